//! Where live connections stand.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `U#<user>#TICKETS` | `<hash>` | the right to open one live connection |
//! | `U#<user>#LIVE` | `<connection>` | a live connection of the person |
//! | `T#<tag>#LIVE#<kind>#<id>` | `<connection>`, `<connection>#<board>` | a live connection that listens to it |
//! | `W#<connection>` | `CONNECTION` | a live connection, and what it listens to |

use domain::id::{UserId, base32};
use domain::live::{Subscription, Topic};

use crate::key::{Key, hash, key, user_partition, within};
use crate::range::Range;

/// What is kept of a ticket's text.
pub fn ticket_digest(text: &str) -> String {
    base32().encode(&hash(&[b"ticket", text.as_bytes()]))
}

/// A ticket, by the digest of its text.
pub fn ticket(user: UserId, digest: &str) -> Key {
    key(format!("{}#TICKETS", user_partition(user)), digest)
}

/// A connection.
pub fn connection(id: &str) -> Key {
    key(format!("W#{id}"), "CONNECTION")
}

/// The connections that listen to a topic that has events of its own.
pub fn listeners_of(channel: Topic) -> Range {
    Range::in_table(listeners(channel))
}

fn listeners(channel: Topic) -> String {
    match channel {
        Topic::User(id) => format!("{}#LIVE", user_partition(id)),
        Topic::Org(id) => within(id.tag(), "LIVE#ORG", &id.suffix()),
        Topic::Project(id) => within(id.tag(), "LIVE#PROJECT", &id.suffix()),
        Topic::Board(id) => within(id.tag(), "LIVE#BOARD", &id.suffix()),
        Topic::Task(id) => within(id.tag(), "LIVE#TASK", &id.suffix()),
    }
}

/// The entry of a connection among those that listen to what a subscription is to. One may listen to a project and to
/// several of its boards.
pub fn listener(to: Subscription, connection: &str) -> Key {
    let board = match to.topic {
        Topic::Board(id) => format!("#{}", id.suffix()),
        _ => String::new(),
    };
    key(listeners(to.channel()), format!("{connection}{board}"))
}

#[cfg(test)]
mod tests {
    use domain::id::{BoardId, OrgId, ProjectId, Tag, TaskId};

    use super::*;

    const TAG: Tag = Tag::from_bytes([9, 8, 7, 6, 5]);

    #[test]
    fn who_listens_to_something_of_a_tenant_stands_in_its_tenant() {
        let project = ProjectId::new(TAG, [2; 11]);
        let topics = [
            Topic::Org(OrgId::new(TAG, [1; 11])),
            Topic::Project(project),
            Topic::Board(BoardId::new(TAG, [3; 11])),
            Topic::Task(TaskId::new(TAG, [4; 11])),
        ];
        let partitions: std::collections::BTreeSet<String> =
            topics.into_iter().map(listeners).collect();
        assert_eq!(partitions.len(), topics.len());
        assert!(
            partitions
                .iter()
                .all(|one| one.starts_with(&format!("T#{TAG}#LIVE#"))),
            "{partitions:?}"
        );
    }

    #[test]
    fn a_connection_may_listen_to_a_project_and_to_its_boards() {
        let project = ProjectId::new(TAG, [2; 11]);
        let board = |n| Subscription {
            topic: Topic::Board(BoardId::new(TAG, [n; 11])),
            project: Some(project),
        };
        let keys = [
            Subscription::to(Topic::Project(project)),
            board(1),
            board(2),
        ]
        .map(|to| listener(to, "c="));
        assert!(
            keys.iter()
                .all(|key| key.pk == keys[0].pk && key.sk.starts_with("c="))
        );
        assert!(keys[0] != keys[1] && keys[1] != keys[2]);
    }
}
