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
    let (scope, asked) = admit(app, call, connection, wanted).await?;
    let channels: Vec<Topic> = asked.iter().map(|one| one.channel).collect();
    // Read before the entries, so that those go at least as far as these ends.
    let ends = app
        .store
        .outside("the last event of a topic, for one who may listen to it")
        .topic_ends(&channels)
        .await?;
    let who = (connection.user, connection.session);
    let Gathered { seq, more, events } = gather(app, call, who, wanted, &scope, &asked).await?;
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

/// The right to the organization, and the topics that are asked for, if all of them may be heard.
async fn admit(
    app: &App,
    call: &Call,
    connection: &Connection,
    wanted: &Resumption<'_>,
) -> Result<(Scope, Vec<Asked>), Error> {
    let named = named(connection, wanted);
    let known: Vec<Topic> = named.iter().copied().flatten().collect();
    let about = [known.as_slice(), &[Topic::Org(wanted.org)]].concat();
    let who = (connection.user, connection.session);
    let opened = app.store.visit(call, who, &about, &[]).await?;
    // Who has left the organization is told only that, whatever they ask for in it.
    let (scope, _) = opened.seal(wanted.org)?.require(Action::OrgRead).await?;
    let heard = decide_all(&opened, connection, known).await?;
    let positions = Positions::new(app, call.at).await?;
    let asked = read(connection, wanted, &named, &heard.wanted, &positions)?;
    Ok((scope, asked))
}

/// What was found in the feed.
struct Gathered {
    /// The entry up to which it was looked through.
    seq: u64,
    /// More entries follow.
    more: bool,
    /// The events, and how much is shown of each.
    events: Vec<(Numbered, ShownEvent)>,
}

/// Reads the feed on from the lowest position until a page of events was found, or enough was looked at.
async fn gather(
    app: &App,
    call: &Call,
    who: (UserId, SessionId),
    wanted: &Resumption<'_>,
    scope: &Scope,
    asked: &[Asked],
) -> Result<Gathered, Error> {
    let since = overlap(wanted.overlap, call.at);
    let (mut seq, mut more, mut events) = (start(asked, since < call.at), true, vec![]);
    for _ in 0..PAGES {
        let rows = app
            .store
            .rows(scope, &stretch(scope.tag(), true, Some(seq), PAGE))
            .await?;
        let entries = Entry::read_all(&rows.items)?;
        let found = missed(wanted.org, &entries, asked, since)?;
        events.extend(visible(app, call, who, scope, found).await?);
        (seq, more) = (entries.last().map_or(seq, |entry| entry.n), rows.more);
        if !more || events.len() >= PAGE {
            break;
        }
    }
    Ok(Gathered { seq, more, events })
}

/// The number after which the feed is read.
fn start(asked: &[Asked], overlaps: bool) -> u64 {
    let lowest = asked.iter().map(|one| one.from).min().unwrap_or_default();
    // What lies before the positions is looked at once more for what has just happened.
    let before = if overlaps { PAGE as u64 } else { 0 };
    lowest.saturating_sub(before)
}

/// The topics that are asked for, each if the connection listens to it and it is of the organization.
fn named(connection: &Connection, wanted: &Resumption<'_>) -> Vec<Option<Topic>> {
    wanted
        .topics
        .iter()
        .map(|(topic, _)| listened(connection, wanted.org, topic))
        .collect()
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
        let heard = heard
            .iter()
            .map(|(one, _)| *one)
            .find(|one| Some(one.topic) == *topic);
        match ask(place, heard, connection.user, position, positions) {
            Ok(one) => read.push(one),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(read)
    } else {
        Err(Error::Invalid(faults))
    }
}

/// The topic in this place of a message, if it is heard, with the number in its position.
fn ask(
    place: usize,
    heard: Option<Subscription>,
    user: UserId,
    position: &str,
    positions: &Positions,
) -> Result<Asked, FieldError> {
    let fault = |member: &str, message: &str| {
        FieldError::new(&format!("topics/{place}/{member}"), "invalid", message)
    };
    let heard = heard.ok_or_else(|| {
        fault(
            "topic",
            "must be a topic of the organization that the connection listens to",
        )
    })?;
    let from = positions.open(user, heard.topic, position).ok_or_else(|| {
        fault(
            "position",
            "must be a position that you were told for this topic",
        )
    })?;
    Ok(Asked {
        topic: heard.topic,
        channel: heard.channel(),
        from,
    })
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
            // A project and its boards share a channel: of their positions the earliest counts.
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

/// The projects that decide how much is seen of events, each once.
fn deciding(events: &[Found]) -> Vec<ProjectId> {
    let needed: BTreeSet<ProjectId> = events
        .iter()
        .flat_map(|(numbered, channels)| {
            channels
                .iter()
                .flat_map(|channel| projects(*channel, &numbered.event))
        })
        .collect();
    needed.into_iter().collect()
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
    let needed = deciding(&events);
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
