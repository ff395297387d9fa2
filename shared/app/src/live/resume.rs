//! What a connection has missed.

use std::collections::BTreeSet;

use domain::access::Action;
use domain::call::Call;
use domain::feed::event::Numbered;
use domain::id::{OrgId, ProjectId, SessionId, UserId};
use domain::live::{Connection, Subscription, Topic, secluded, topics};
use domain::{Error, FieldError};
use jiff::{SignedDuration, Timestamp};
use store::Scope;
use store::feed::{Entry, stretch};

use super::position::Positions;
use super::shown::{ShownEvent, judge, projects};
use super::subscribe::decide_all;
use crate::App;

/// How many entries of the feed are read at once.
const PAGE: usize = 100;
/// How often that is done for one message, as long as nothing is found that the person may see.
const PAGES: usize = 5;
/// The most of what happened before the positions that is sent again, in seconds.
const OVERLAP: u64 = 60;

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Resumption<'a> {
    /// The organization whose events are wanted.
    pub org: OrgId,
    /// The topics, each with the position from which on its events are wanted.
    pub topics: Vec<(&'a str, &'a str)>,
    /// What happened in so many seconds before now is wanted too, as far as it is among the last hundred entries before
    /// the positions.
    pub overlap: u64,
}

/// A part of what was missed.
#[derive(Debug, Clone, PartialEq)]
pub struct Missed {
    /// The topics that were asked for, each with the number of its last event if nothing more follows.
    pub topics: Vec<(Topic, Option<u64>)>,
    /// With this part the client is complete up to this entry of the feed.
    pub seq: u64,
    /// More follow.
    pub more: bool,
    /// The events of the topics, oldest first, and how much is shown of each.
    pub events: Vec<(Numbered, ShownEvent)>,
}

/// A topic that is asked for.
struct Asked {
    topic: Topic,
    /// The topic whose events it gets.
    channel: Topic,
    /// What came after this number is wanted.
    from: u64,
}

/// The events of an organization's feed after the positions of topics: of them those that belong to the topics, and that
/// the person may see.
///
/// # Errors
/// `Unauthenticated` if the session has ended; `NotFound` if they do not belong to the organization; `Invalid` if a topic
/// is not listened to or may not be any more, or a position is not one of this person in that topic.
pub async fn resume_topic(
    app: &App,
    call: &Call,
    connection: &Connection,
    wanted: &Resumption<'_>,
) -> Result<Missed, Error> {
    let who = (connection.user, connection.session);
    let named: Vec<Option<Topic>> = wanted
        .topics
        .iter()
        .map(|(topic, _)| listened(connection, wanted.org, topic))
        .collect();
    let about: Vec<Topic> = named
        .iter()
        .copied()
        .flatten()
        .chain([Topic::Org(wanted.org)])
        .collect();
    let opened = app.store.visit(call, who, &about, &[]).await?;
    let (scope, _) = opened.seal(wanted.org)?.require(Action::OrgRead).await?;
    let heard = decide_all(
        &opened,
        connection,
        named.iter().copied().flatten().collect(),
    )
    .await?;
    let asked = read(
        connection,
        wanted,
        &named,
        &heard.wanted,
        &Positions::new(app, call.at).await?,
    )?;
    let channels: Vec<Topic> = asked.iter().map(|one| one.channel).collect();
    let ends = app
        .store
        .outside("the last event of a topic, for one who may listen to it")
        .topic_ends(&channels)
        .await?;
    let since = overlap(wanted.overlap, call.at);
    let lowest = asked.iter().map(|one| one.from).min().unwrap_or_default();
    // What lies before the positions is looked at once more for what has just happened.
    let before = if since < call.at { PAGE as u64 } else { 0 };
    let (mut seq, mut more, mut events) = (lowest.saturating_sub(before), true, vec![]);
    for _ in 0..PAGES {
        let rows = app
            .store
            .rows(&scope, &stretch(scope.tag(), true, Some(seq), PAGE))
            .await?;
        let entries = Entry::read_all(&rows.items)?;
        let found = missed(wanted.org, &entries, &asked, since)?;
        events.extend(visible(app, call, who, &scope, found).await?);
        (seq, more) = (entries.last().map_or(seq, |entry| entry.n), rows.more);
        if !more || events.len() >= PAGE {
            break;
        }
    }
    let end = |one: &Asked| {
        let last = ends.get(&one.channel).copied().unwrap_or_default();
        (one.topic, (!more).then_some(last))
    };
    Ok(Missed {
        topics: asked.iter().map(end).collect(),
        seq,
        more,
        events,
    })
}

/// The topic of a name, if the connection listens to it and it is of the organization.
fn listened(connection: &Connection, org: OrgId, name: &str) -> Option<Topic> {
    let named = name
        .parse()
        .ok()
        .filter(|topic: &Topic| topic.tag() == Some(org.tag()))?;
    connection
        .subscriptions
        .iter()
        .map(|one| one.topic)
        .find(|topic| *topic == named)
}

/// Since when what happened is wanted, though it came before the positions.
fn overlap(seconds: u64, now: Timestamp) -> Timestamp {
    let span = SignedDuration::from_secs(seconds.min(OVERLAP).cast_signed());
    now.checked_sub(span).unwrap_or(now)
}

/// The topics that are asked for, if all of them may be heard, with the numbers in their positions.
fn read(
    connection: &Connection,
    wanted: &Resumption<'_>,
    named: &[Option<Topic>],
    heard: &[(Subscription, Option<OrgId>)],
    positions: &Positions,
) -> Result<Vec<Asked>, Error> {
    let (mut read, mut faults) = (vec![], vec![]);
    for (place, (topic, (_, position))) in named.iter().zip(&wanted.topics).enumerate() {
        let Some((one, _)) = heard.iter().find(|(one, _)| Some(one.topic) == *topic) else {
            let message = "must be a topic of the organization that the connection listens to";
            faults.push(FieldError::new(
                &format!("topics/{place}/topic"),
                "invalid",
                message,
            ));
            continue;
        };
        match positions.open(connection.user, one.topic, position) {
            Some(from) => read.push(Asked {
                topic: one.topic,
                channel: one.channel(),
                from,
            }),
            None => {
                let message = "must be a position that you were told for this topic";
                faults.push(FieldError::new(
                    &format!("topics/{place}/position"),
                    "invalid",
                    message,
                ));
            }
        }
    }
    if faults.is_empty() {
        Ok(read)
    } else {
        Err(Error::Invalid(faults))
    }
}

/// An event with those topics, of the ones asked for, to which it belongs.
type Found = (Numbered, Vec<Topic>);

/// The events among entries that came after the positions of their topics, or since a moment.
fn missed(
    org: OrgId,
    entries: &[Entry],
    asked: &[Asked],
    since: Timestamp,
) -> Result<Vec<Found>, Error> {
    let mut events = vec![];
    for entry in entries {
        let numbered = entry.numbered()?;
        let late = |channel: &Topic| {
            let from = asked
                .iter()
                .filter(|one| one.channel == *channel)
                .map(|one| one.from)
                .min();
            from.is_some_and(|from| numbered.seq > from || numbered.event.at >= since)
        };
        let mut channels = topics(org, &numbered.event);
        // Who listens to the organization has missed what happened to private projects, if they see those.
        channels.extend(secluded(&numbered.event).map(|_| Topic::Org(org)));
        channels.retain(late);
        if !channels.is_empty() {
            events.push((numbered, channels));
        }
    }
    Ok(events)
}

/// How much of events somebody may see, without those of which they may see nothing.
async fn visible(
    app: &App,
    call: &Call,
    who: (UserId, SessionId),
    scope: &Scope,
    events: Vec<Found>,
) -> Result<Vec<(Numbered, ShownEvent)>, Error> {
    if events.is_empty() {
        return Ok(vec![]);
    }
    let needed: BTreeSet<ProjectId> = events
        .iter()
        .flat_map(|(numbered, channels)| {
            channels
                .iter()
                .flat_map(|channel| projects(*channel, &numbered.event))
        })
        .collect();
    let needed: Vec<ProjectId> = needed.into_iter().collect();
    let audience = app
        .store
        .audience(scope.tag(), &[who], &needed, call.at)
        .await?;
    let show = |(numbered, channels): Found| {
        let each = channels
            .iter()
            .filter_map(|one| judge(&audience, who.0, *one, &numbered.event).ok());
        let shown = each.max().filter(|shown| *shown > ShownEvent::Nothing)?;
        Some((numbered.for_members(), shown))
    };
    Ok(events.into_iter().filter_map(show).collect())
}
