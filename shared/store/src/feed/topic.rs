//! Which event a topic of live connections had last. Exact, and of nothing else's making: so whoever listens sees what
//! they lack, and nothing of what happens elsewhere.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure};
use domain::Error;
use domain::live::Topic;
use jiff::{SignedDuration, Timestamp};

use crate::keys::{self, Key};
use crate::table::{Table, Updated, int, number};

/// How long it is remembered: longer than a connection lasts. What is forgotten counts as 0, and then clients ask once
/// too often.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

impl Table {
    /// Notes that the event of this number is the last of a topic; tells which was the last before this note, 0 if there
    /// was none. Of several events handed over together only the last is noted; the caller chains those between. The same
    /// comes back as often as it is noted, until another event follows; after that none.
    pub async fn advance_topic(
        &self,
        topic: Topic,
        seq: u64,
        now: Timestamp,
    ) -> Result<Option<u64>, Error> {
        let until = now.checked_add(REMEMBERED).unwrap_or(Timestamp::MAX);
        let Some(key) = keys::feed_topic(topic) else {
            return Ok(None);
        };
        let update = self
            .update(&key)
            .update_expression("SET prev = if_not_exists(n, :zero), n = :n, #ttl = :ttl")
            .condition_expression("attribute_not_exists(pk) OR n < :n")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":zero", int(0))
            .expression_attribute_values(":n", int(seq))
            .expression_attribute_values(":ttl", int(until.as_second()))
            .return_values(ReturnValue::UpdatedNew)
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        let now = match self.update_if(update).await? {
            Updated::Done(now) => now,
            // Noted before, and the answer was lost or the event is handed over once more.
            Updated::Refused(there) => there.filter(|item| number(item, "n") == Some(seq)),
        };
        Ok(now.and_then(|item| number(&item, "prev")))
    }

    /// The number of the last event of each of these topics, strongly consistent; none of those that had none lately.
    pub async fn topic_ends(&self, topics: &[Topic]) -> Result<HashMap<Topic, u64>, Error> {
        let wanted: Vec<(Topic, Key)> = topics
            .iter()
            .filter_map(|topic| Some((*topic, keys::feed_topic(*topic)?)))
            .collect();
        let keys: Vec<Key> = wanted.iter().map(|(_, key)| key.clone()).collect();
        let items = self.get_many(&keys, true).await?;
        Ok(wanted
            .into_iter()
            .filter_map(|(topic, key)| Some((topic, number(items.get(&key)?, "n")?)))
            .collect())
    }
}
