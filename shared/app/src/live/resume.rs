//! What a connection has missed.

use std::collections::BTreeSet;

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::event::Numbered;
use domain::id::{OrgId, ProjectId};
use domain::live::{Connection, Topic, topics};
use store::feed::{Entry, stretch};

use super::view::{Shown, judge, projects};
use crate::App;

/// How many entries of the feed are looked at for one message.
const PAGE: usize = 100;

/// A part of what was missed.
#[derive(Debug, Clone, PartialEq)]
pub struct Missed {
    /// The organization.
    pub org: OrgId,
    /// With this part the client is complete up to this number.
    pub seq: u64,
    /// More follow.
    pub more: bool,
    /// The events of the connection's topics, oldest first, and how much is shown of each.
    pub events: Vec<(Numbered, Shown)>,
}

/// The events after number `seq` of an organization's feed: of them those that belong to the connection's topics and
/// that the person may see.
///
/// # Errors
/// `Unauthenticated` if the session has ended; `NotFound` if he does not belong to the organization.
pub async fn resume(app: &App, call: &Call, connection: &Connection, org: OrgId, seq: u64) -> Result<Missed, Error> {
    let who = (connection.user, connection.session);
    let range = stretch(org.tag(), true, Some(seq), PAGE);
    let about = [Topic::Org(org)];
    let (opened, rows) = tokio::try_join!(app.store.visit(call, who, &about, &[]), app.store.peek(org.tag(), &range))?;
    let (scope, _) = opened.seal(org)?.require(Action::OrgRead).await?;
    let rows = rows.unseal(&scope)?;
    let entries = Entry::read_all(&rows.items)?;
    let last = entries.last().map_or(seq, |entry| entry.n);
    let mut events = vec![];
    for entry in &entries {
        let numbered = entry.numbered()?;
        let channels = heard(connection, org, &numbered);
        if !channels.is_empty() {
            events.push((numbered, channels));
        }
    }
    let needed: BTreeSet<ProjectId> = events
        .iter()
        .flat_map(|(numbered, channels)| channels.iter().flat_map(|channel| projects(*channel, &numbered.event)))
        .collect();
    let needed: Vec<ProjectId> = needed.into_iter().collect();
    let audience = app.store.audience(org.tag(), &[who], &needed, call.at).await?;
    let show = |(numbered, channels): (Numbered, Vec<Topic>)| {
        let each = channels.iter().filter_map(|one| judge(&audience, who.0, *one, &numbered.event).ok());
        let shown = each.max().filter(|shown| *shown > Shown::Nothing)?;
        Some((numbered.for_members(), shown))
    };
    Ok(Missed { org, seq: last, more: rows.more, events: events.into_iter().filter_map(show).collect() })
}

/// Those of an event's topics that the connection listens to.
fn heard(connection: &Connection, org: OrgId, numbered: &Numbered) -> Vec<Topic> {
    let mut channels = topics(org, &numbered.event);
    channels.retain(|topic| connection.subscriptions.iter().any(|one| one.channel() == *topic));
    channels
}
