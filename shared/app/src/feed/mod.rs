//! Events on their way into the feeds, as they stand in the queue.

pub mod activity;

use std::collections::BTreeSet;

use domain::Error;
use domain::account::Account;
use domain::feed::event::Event;
use domain::id::{Tag, UserId};
use domain::membership::organization::Card;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::feed::stream::{Audience, Happened};
use store::keys;
use store::record::Stored;
use store::table::Table;

/// An event for the feed of one organization. The queue is a FIFO one, its groups are the organizations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedJob {
    /// Whose feed.
    pub tag: Tag,
    /// The event.
    pub event: Event,
}

impl FeedJob {
    /// Its group at the queue.
    pub fn group(&self) -> String {
        self.tag.to_string()
    }

    /// By what the queue knows a repetition.
    pub fn deduplication(&self) -> String {
        format!("{}#{}", self.tag, self.event.id)
    }
}

/// For each of the events a job for every feed in which it belongs. What happens to a person belongs in those of the
/// organizations of which they were a member then: so it is the same feeds whenever it is asked.
///
/// # Errors
/// `Unavailable` if it cannot be read to which organizations people belong.
pub async fn jobs(table: &Table, happened: &[&Happened]) -> Result<Vec<Vec<FeedJob>>, Error> {
    let memberships = memberships(table, happened).await?;
    let job = |happened: &&Happened| {
        let feeds = match &happened.audience {
            Audience::Tenant(tag) => vec![*tag],
            Audience::Person(user, _) => memberships.feeds(*user, happened.event.at),
        };
        feeds
            .into_iter()
            .map(|tag| FeedJob {
                tag,
                event: happened.event.clone(),
            })
            .collect()
    };
    Ok(happened.iter().map(job).collect())
}

/// People's cards in their organizations.
struct Memberships(Vec<Card>);

impl Memberships {
    fn feeds(&self, user: UserId, at: Timestamp) -> Vec<Tag> {
        // A replay asks later than the stream did, and must find the same feeds.
        let then = |card: &&Card| {
            card.created_at <= at && card.removed_at.is_none_or(|removed| at <= removed)
        };
        self.0
            .iter()
            .filter(|card| card.user == user)
            .filter(then)
            .map(|card| card.org.tag())
            .collect()
    }
}

/// The cards of the people to whom something happened, in the organizations that they have now or had after it.
async fn memberships(table: &Table, happened: &[&Happened]) -> Result<Memberships, Error> {
    let orgs = organizations(table, happened).await?;
    if orgs.is_empty() {
        return Ok(Memberships(vec![]));
    }
    let wanted: Vec<_> = orgs
        .into_iter()
        .map(|(user, tag)| keys::card(tag, user))
        .collect();
    let found = table.get_many(&wanted, true).await?;
    let cards: Result<_, Error> = found
        .values()
        .map(|item| Ok(Stored::<Card>::read(item)?.value))
        .collect();
    cards.map(Memberships)
}

/// The organizations of the people to whom something happened: those that came with it, or those of their accounts.
async fn organizations(
    table: &Table,
    happened: &[&Happened],
) -> Result<BTreeSet<(UserId, Tag)>, Error> {
    let mut orgs: BTreeSet<(UserId, Tag)> = BTreeSet::new();
    let mut unknown = vec![];
    for happened in happened {
        match &happened.audience {
            Audience::Tenant(_) => {}
            Audience::Person(user, Some(known)) => {
                orgs.extend(known.iter().map(|org| (*user, org.tag())))
            }
            Audience::Person(user, None) => unknown.push(keys::account(*user)),
        }
    }
    if !unknown.is_empty() {
        for item in table.get_many(&unknown, true).await?.values() {
            let account = Stored::<Account>::read(item)?.value;
            orgs.extend(account.orgs.iter().map(|org| (account.user, org.tag())));
        }
    }
    Ok(orgs)
}
