//! What live connections are told of events.

use std::collections::{BTreeMap, HashMap};

use app::live::BroadcastJob;
use domain::Error;
use domain::feed::event::{Event, EventType};
use domain::id::{OrgId, SessionId};
use domain::live::{Topic, secluded, topics};
use futures_util::future::try_join_all;
use queue::Message;
use store::feed::Appended;

use super::Hands;

/// The number of the event before each in each of its topics, where that is known.
pub(super) type Links = HashMap<(Topic, u64), u64>;

/// Notes the last event of each topic, and tells what each event follows there. What was handed over before, and is
/// followed by a later one already, follows nothing.
pub(super) async fn links(hands: &Hands, events: &[Appended]) -> Result<Links, Error> {
    let mut numbers: BTreeMap<Topic, Vec<u64>> = BTreeMap::new();
    for appended in events {
        for topic in topics(appended.org, &appended.numbered.event) {
            numbers
                .entry(topic)
                .or_default()
                .push(appended.numbered.seq);
        }
    }
    let (table, now) = (hands.table(), hands.clock.now());
    let linked = numbers.into_iter().map(|(topic, mut numbers)| async move {
        numbers.sort_unstable();
        let last = numbers.last().copied().unwrap_or_default();
        let before = table.advance_topic(topic, last, now).await?;
        Ok::<_, Error>(
            chain(before, &numbers)
                .into_iter()
                .map(move |(seq, prev)| ((topic, seq), prev)),
        )
    });
    Ok(try_join_all(linked).await?.into_iter().flatten().collect())
}

/// What each of these numbers, in their order, follows.
fn chain(before: Option<u64>, numbers: &[u64]) -> Vec<(u64, u64)> {
    let mut last = before;
    let follows = |seq: &u64| {
        let prev = last.replace(last.map_or(*seq, |last| last.max(*seq)))?;
        (prev < *seq).then_some((*seq, prev))
    };
    numbers.iter().filter_map(follows).collect()
}

/// The event for each of its topics and for those who hear of it aside, and the end of connections that may not go on.
pub(super) fn messages(appended: &Appended, links: &Links) -> Result<Vec<Message>, Error> {
    let (org, seq, event) = (
        appended.org,
        appended.numbered.seq,
        &appended.numbered.event,
    );
    let numbered = || Box::new(appended.numbered.clone());
    let told = topics(org, event).into_iter().map(|topic| {
        let prev = links.get(&(topic, seq)).copied();
        BroadcastJob::Event {
            topic,
            org,
            prev,
            numbered: numbered(),
        }
    });
    let aside = secluded(event).map(|project| BroadcastJob::Aside {
        org,
        project,
        numbered: numbered(),
    });
    told.chain(aside)
        .chain(close(org, event))
        .map(|job| Ok(Message::new(&job)?.in_group(job.group(), job.deduplication())))
        .collect()
}

fn close(org: OrgId, event: &Event) -> Option<BroadcastJob> {
    let user = event.user?;
    let (session, org, reason): (Option<SessionId>, _, _) = match event.kind {
        EventType::SessionEnded => (Some(event.subject.parse().ok()?), None, "session_ended"),
        EventType::AccountSessionsEnded => (None, None, "session_ended"),
        EventType::MemberRemoved => (None, Some(org), "member_removed"),
        _ => return None,
    };
    Some(BroadcastJob::Close {
        user,
        session,
        org,
        reason: reason.to_owned(),
        id: event.id.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_follows_the_one_before_it() {
        assert_eq!(chain(Some(0), &[3, 7]), [(3, 0), (7, 3)]);
        assert_eq!(
            chain(Some(5), &[3, 5, 9]),
            [(9, 5)],
            "what was handed over before follows nothing"
        );
        assert_eq!(chain(None, &[3, 9]), [(9, 3)]);
        assert_eq!(chain(Some(4), &[]), []);
    }
}
