//! What live connections take from the feeds.

use std::collections::HashMap;

use domain::Error;
use domain::id::{OrgId, Tag, UserId};
use domain::live::{Subscription, Topic};
use jiff::Timestamp;
use store::feed::Head;
use store::keys::{self, Key};
use store::record::Stored;

use super::position::Positions;
use crate::App;

/// How far a topic has got, for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The topic.
    pub topic: Topic,
    /// The organization in whose feed its events stand.
    pub org: OrgId,
    /// The position of its last event.
    pub position: String,
    /// The end of the feed: what is fetched from now on has all up to it, and what comes later is sent to who listens.
    pub resume_from: String,
}

/// How far topics have got, each with the organization in whose feed its events stand; strongly consistent.
// In one piece: three reads side by side, and a row for each subscription made of all three.
pub(super) async fn reached(
    app: &App,
    now: Timestamp,
    user: UserId,
    subscriptions: &[(Subscription, OrgId)],
) -> Result<Vec<Reached>, Error> {
    if subscriptions.is_empty() {
        return Ok(vec![]);
    }
    let tags: Vec<Tag> = subscriptions.iter().map(|(_, org)| org.tag()).collect();
    let channels: Vec<Topic> = subscriptions
        .iter()
        .map(|(subscription, _)| subscription.channel())
        .collect();
    let table = app
        .store
        .outside("the last event of a topic, for one who may listen to it");
    let (heads, ends, positions) = tokio::try_join!(
        heads(app, &tags),
        table.topic_ends(&channels),
        Positions::new(app, now)
    )?;
    let one = |(subscription, org): &(Subscription, OrgId)| {
        let end = heads.get(&org.tag()).map_or(0, |head| head.n);
        let last = ends
            .get(&subscription.channel())
            .copied()
            .unwrap_or_default();
        // A board gets its project's events, but the client named the board: so its positions.
        let topic = subscription.topic;
        Ok(Reached {
            topic,
            org: *org,
            position: positions.of_event(user, topic, last)?,
            resume_from: positions.of_feed(app, user, topic, end)?,
        })
    };
    subscriptions.iter().map(one).collect()
}

/// The end of the feed of each of these tenants; of one without a feed yet none.
async fn heads(app: &App, tags: &[Tag]) -> Result<HashMap<Tag, Head>, Error> {
    let wanted: Vec<Key> = tags.iter().map(|tag| keys::feed_head(*tag)).collect();
    let table = app
        .store
        .outside("the number of the last event, for one who may listen to them");
    let items = table.get_many(&wanted, true).await?;
    let mut heads = HashMap::new();
    for (tag, key) in tags.iter().zip(&wanted) {
        let head = items.get(key).map(Stored::<Head>::read).transpose()?;
        heads.extend(head.map(|head| (*tag, head.value)));
    }
    Ok(heads)
}
