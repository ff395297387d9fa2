//! Where the feed stands.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#FEED` | `HEAD`, `E#<number, 14 digits>`, `SEEN#<event>`, `TOPIC#<topic>` | the feed: its end, its entries, guards of what it has, the last event of each topic |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#TASK#<id>#FEED`, `T#<tag>#AUDIT` | `<number in the feed, 14 digits>` |
//! | `by_rank` | `T#<tag>#PROJECT#<id>#FEED` | `<number in the feed, 14 digits>` |
//! | `by_person` | `T#<tag>#ACTOR#<user>` | `<number in the feed, 14 digits>` |

use domain::feed::event::EventId;
use domain::id::{ProjectId, Tag, TaskId, UserId, base32};
use domain::live::Topic;

use crate::key::{Index, Key, key, person_part};
use crate::range::Range;
use crate::work::project::project_partition;
use crate::work::task::task;

/// The partition of an organization's feed.
pub(super) fn feed(tag: Tag) -> String {
    format!("T#{tag}#FEED")
}

/// The end of a feed.
pub fn feed_head(tag: Tag) -> Key {
    key(feed(tag), "HEAD")
}

/// A number in a feed as it sorts.
pub fn sequence(number: u64) -> String {
    format!("{number:014}")
}

/// The entries of a feed, in order.
pub fn entries_of(tag: Tag) -> Range {
    Range::in_table(feed(tag)).behind(FEED_ENTRIES)
}

/// What the sort keys of a feed's entries begin with.
pub(super) const FEED_ENTRIES: &str = "E#";

/// An entry of a feed.
pub fn feed_entry(tag: Tag, number: u64) -> Key {
    key(feed(tag), format!("{FEED_ENTRIES}{}", sequence(number)))
}

/// The guard that an event is in a feed once.
pub fn feed_guard(tag: Tag, event: &EventId) -> Key {
    key(feed(tag), format!("SEEN#{}", base32().encode(&event.0)))
}

/// Which event a topic of live connections had last; none of a person's own, which is of no feed.
pub fn feed_topic(topic: Topic) -> Option<Key> {
    Some(key(feed(topic.tag()?), format!("TOPIC#{topic}")))
}

/// A task's events in the feed.
pub fn feed_of_task(id: TaskId) -> Range {
    Range::of(Index::ByParent, format!("{}#FEED", task(id).pk))
}

/// The events in the feed that auditors look for, but for those of tasks.
pub fn audit_of(tag: Tag) -> Range {
    Range::of_tenant(tag, "AUDIT")
}

/// A project's events in the feed.
pub fn feed_of_project(id: ProjectId) -> Range {
    Range::of(Index::ByRank, format!("{}#FEED", project_partition(id)))
}

/// What a person has done, in the feed.
pub fn feed_of_actor(tag: Tag, user: UserId) -> Range {
    Range::of(
        Index::ByPerson,
        format!("T#{tag}#ACTOR#{}", person_part(user)),
    )
}
