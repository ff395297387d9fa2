//! What live connections are told of an event.

use app::live::PushJob;
use domain::Error;
use domain::event::{Event, EventType};
use domain::id::{OrgId, SessionId};
use domain::live::{secluded, topics};
use futures_util::future::try_join_all;
use queue::Message;
use store::feed::Appended;

use super::Hands;

/// The event for each of its topics and for those who hear of it aside, and the end of connections that may not go on.
pub(super) async fn messages(hands: &Hands, appended: &Appended) -> Result<Vec<Message>, Error> {
    let (org, seq, event) = (appended.org, appended.numbered.seq, &appended.numbered.event);
    let (table, now) = (hands.table(), hands.clock.now());
    let told = topics(org, event).into_iter().map(|topic| async move {
        let prev = table.advance_topic(topic, seq, now).await?;
        Ok::<_, Error>(PushJob::Event { topic, org, prev, numbered: Box::new(appended.numbered.clone()) })
    });
    let told = try_join_all(told).await?.into_iter();
    let aside =
        secluded(event).map(|project| PushJob::Aside { org, project, numbered: Box::new(appended.numbered.clone()) });
    told.chain(aside)
        .chain(close(org, event))
        .map(|job| Ok(Message::new(&job)?.in_group(job.group(), job.deduplication())))
        .collect()
}

fn close(org: OrgId, event: &Event) -> Option<PushJob> {
    let user = event.user?;
    let (session, org, reason): (Option<SessionId>, _, _) = match event.kind {
        EventType::SessionEnded => (Some(event.subject.parse().ok()?), None, "session_ended"),
        EventType::AccountSessionsEnded => (None, None, "session_ended"),
        EventType::MemberRemoved => (None, Some(org), "member_removed"),
        _ => return None,
    };
    Some(PushJob::Close { user, session, org, reason: reason.to_owned(), id: event.id.to_string() })
}
