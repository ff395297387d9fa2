//! Live connections: where what is known of them stands. Nothing follows from their changes.

use std::collections::HashMap;

use domain::Error;
use domain::live::{Connection, Listener, Ticket, Topic};
use jiff::{SignedDuration, Timestamp};

use crate::keys::{self, Key};
use crate::record::{Place, Record};
use crate::table::{Item, Table, int};

impl Record for Ticket {
    const EVENT: Option<&'static str> = None;

    fn place(&self) -> Place {
        Place::at(keys::live::ticket(self.user, &self.digest)).until(self.expires_at)
    }
}

impl Record for Connection {
    const EVENT: Option<&'static str> = None;

    fn place(&self) -> Place {
        Place::at(keys::live::connection(&self.connection)).until(self.until)
    }
}

impl Record for Listener {
    const EVENT: Option<&'static str> = None;

    fn place(&self) -> Place {
        Place::at(keys::live::listener(self.to, &self.connection)).until(self.until)
    }
}

/// How long it is remembered what listeners were sent last: longer than a connection lasts.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

impl Table {
    /// The number of the last event that the listeners of each of these topics were sent, strongly consistent; none of one
    /// to which nobody has listened lately.
    pub async fn last_sent(&self, channels: &[Topic]) -> Result<HashMap<Topic, u64>, Error> {
        let wanted: Vec<Key> = channels.iter().map(|channel| keys::live::last_sent(*channel)).collect();
        let items = self.get_many(&wanted, true).await?;
        let number = |(channel, key): (&Topic, &Key)| Some((*channel, sent(items.get(key)?)?));
        Ok(channels.iter().zip(&wanted).filter_map(number).collect())
    }

    /// Notes the number of the last event that the listeners of a topic were sent, unless they were sent a later one.
    pub async fn note_sent(&self, channel: Topic, seq: u64, now: Timestamp) -> Result<(), Error> {
        let until = now.checked_add(REMEMBERED).unwrap_or(Timestamp::MAX);
        let update = self
            .update(&keys::live::last_sent(channel))
            .update_expression("SET n = :n, #ttl = :ttl")
            .condition_expression("attribute_not_exists(pk) OR n < :n")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":n", int(seq))
            .expression_attribute_values(":ttl", int(until.as_second()));
        self.update_if(update).await.map(drop)
    }
}

/// The number that stands in the item of what was sent last.
pub fn sent(item: &Item) -> Option<u64> {
    item.get("n")?.as_n().ok()?.parse().ok()
}
