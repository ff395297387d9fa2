//! What a connection has missed.

use std::collections::{BTreeSet, HashMap};

use domain::access::Action;
use domain::call::Call;
use domain::event::Numbered;
use domain::id::{OrgId, ProjectId, SessionId, UserId};
use domain::live::{Connection, Topic, secluded, topics};
use domain::{Error, FieldError};
use jiff::{SignedDuration, Timestamp};
use store::Scope;
use store::feed::{Entry, stretch};

use super::feed::heads;
use super::position::Positions;
use super::view::{Shown, judge, projects};
use crate::App;

/// How many entries of the feed are read at once.
const PAGE: usize = 100;
/// How often that is done for one message, as long as nothing is found that the person may see.
const PAGES: usize = 5;
/// The most of what happened before the positions that is sent again, in seconds.
const OVERLAP: u64 = 60;

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted<'a> {
    /// The organization whose events are wanted.
    pub org: OrgId,
    /// The topics, each with the position from which on its events are wanted.
    pub topics: Vec<(&'a str, &'a str)>,
    /// What happened in so many seconds before now is wanted in any case.
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
    pub events: Vec<(Numbered, Shown)>,
}

/// The events of an organization's feed after a position: of them those that belong to topics that the connection
/// listens to, and that the person may see.
///
/// # Errors
/// `Unauthenticated` if the session has ended; `NotFound` if they do not belong to the organization; `Invalid` if a topic
/// is not listened to, or a position is not one of this person in that topic.
pub async fn resume(app: &App, call: &Call, connection: &Connection, wanted: &Wanted<'_>) -> Result<Missed, Error> {
    let who = (connection.user, connection.session);
    let opened = app.store.visit(call, who, &[Topic::Org(wanted.org)], &[]).await?;
    let (scope, _) = opened.seal(wanted.org)?.require(Action::OrgRead).await?;
    let asked = read(connection, wanted, &Positions::new(app, call.at).await?)?;
    let from = asked.iter().map(|(_, _, seq)| *seq).min().unwrap_or_default();
    let since = overlap(wanted.overlap, call.at);
    // What lies before the positions is looked at once more for what has just happened.
    let before = if since < call.at { PAGE as u64 } else { 0 };
    let (mut seq, mut more, mut events) = (from.saturating_sub(before), true, vec![]);
    let mut last = ends(app, &scope, &asked).await?;
    for _ in 0..PAGES {
        let rows = app.store.rows(&scope, &stretch(scope.tag(), true, Some(seq), PAGE)).await?;
        let entries = Entry::read_all(&rows.items)?;
        let mut heard = heard(wanted.org, &entries, &mut last)?;
        heard.retain(|(numbered, _)| numbered.seq > from || numbered.event.at >= since);
        events.extend(visible(app, call, who, &scope, heard).await?);
        (seq, more) = (entries.last().map_or(seq, |entry| entry.n), rows.more);
        if !more || events.len() >= PAGE {
            break;
        }
    }
    let end = |(topic, channel, _): &(Topic, Topic, u64)| {
        let last = last.get(channel).copied().unwrap_or_default();
        (*topic, (!more).then_some(last))
    };
    Ok(Missed { topics: asked.iter().map(end).collect(), seq, more, events })
}

/// The number of the last event of each topic that was asked for, or a higher one.
async fn ends(app: &App, scope: &Scope, asked: &[(Topic, Topic, u64)]) -> Result<HashMap<Topic, u64>, Error> {
    let heads = heads(app, &[scope.tag()]).await?;
    let recent = heads.get(&scope.tag()).map(|head| &head.recent);
    let last = |channel: &Topic| recent.map_or(0, |recent| recent.last(channel));
    Ok(asked.iter().map(|(_, channel, _)| (*channel, last(channel))).collect())
}

/// Since when what happened is wanted in any case.
fn overlap(seconds: u64, now: Timestamp) -> Timestamp {
    let span = SignedDuration::from_secs(seconds.min(OVERLAP).cast_signed());
    now.checked_sub(span).unwrap_or(now)
}

/// The topics that are asked for, each with the one whose events it gets and with the number in its position.
fn read(
    connection: &Connection,
    wanted: &Wanted<'_>,
    positions: &Positions,
) -> Result<Vec<(Topic, Topic, u64)>, Error> {
    let (mut read, mut faults) = (vec![], vec![]);
    for (place, (topic, position)) in wanted.topics.iter().enumerate() {
        let named = topic.parse().ok().filter(|topic: &Topic| topic.tag() == Some(wanted.org.tag()));
        let Some(one) = connection.subscriptions.iter().find(|one| Some(one.topic) == named) else {
            let message = "must be a topic of the organization that the connection listens to";
            faults.push(FieldError::new(&format!("topics/{place}/topic"), "invalid", message));
            continue;
        };
        match positions.open(connection.user, one.topic, position) {
            Some(seq) => read.push((one.topic, one.channel(), seq)),
            None => {
                let message = "must be a position that you were told for this topic";
                faults.push(FieldError::new(&format!("topics/{place}/position"), "invalid", message));
            }
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(Error::Invalid(faults)) }
}

/// An event with those topics, of the ones asked for, to which it belongs.
type Heard = (Numbered, Vec<Topic>);

/// The events among entries that belong to topics whose `last` number is wanted, and that number.
fn heard(org: OrgId, entries: &[Entry], last: &mut HashMap<Topic, u64>) -> Result<Vec<Heard>, Error> {
    let mut events = vec![];
    for entry in entries {
        let numbered = entry.numbered()?;
        let mut channels = topics(org, &numbered.event);
        for channel in &channels {
            last.entry(*channel).and_modify(|last| *last = numbered.seq.max(*last));
        }
        // On the organization's topic what happened to private projects is missed by those who see them.
        channels.extend(secluded(&numbered.event).map(|_| Topic::Org(org)));
        channels.retain(|channel| last.contains_key(channel));
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
    events: Vec<Heard>,
) -> Result<Vec<(Numbered, Shown)>, Error> {
    let needed: BTreeSet<ProjectId> = events
        .iter()
        .flat_map(|(numbered, channels)| channels.iter().flat_map(|channel| projects(*channel, &numbered.event)))
        .collect();
    let needed: Vec<ProjectId> = needed.into_iter().collect();
    let audience = app.store.audience(scope.tag(), &[who], &needed, call.at).await?;
    let show = |(numbered, channels): Heard| {
        let each = channels.iter().filter_map(|one| judge(&audience, who.0, *one, &numbered.event).ok());
        let shown = each.max().filter(|shown| *shown > Shown::Nothing)?;
        Some((numbered.for_members(), shown))
    };
    Ok(events.into_iter().filter_map(show).collect())
}
