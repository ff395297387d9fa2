//! Live connections: the ticket that opens one, and what listens to what.

use jiff::fmt::serde::timestamp;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Topic;
use crate::error::Error;
use crate::id::{ProjectId, SessionId, UserId};

/// The right to open one connection, soon. The text that the client gets is not stored, only its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Whose it is.
    pub user: UserId,
    /// The session in which they asked for it.
    pub session: SessionId,
    /// What is kept of its text.
    pub digest: String,
    /// When it is too late to use it.
    #[serde(with = "timestamp::millisecond::required")]
    pub expires_at: Timestamp,
    /// When it was used.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub used_at: Option<Timestamp>,
}

impl Ticket {
    /// How long it is good.
    pub const GOOD_FOR: SignedDuration = SignedDuration::from_secs(30);

    /// The ticket, used. None if it was used before or is too old.
    pub fn used(&self, now: Timestamp) -> Option<Self> {
        let good = self.used_at.is_none() && now < self.expires_at;
        good.then(|| Self {
            used_at: Some(now),
            ..self.clone()
        })
    }
}

/// A topic that a connection listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The topic.
    pub topic: Topic,
    /// If that is a board: its project, whose events it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
}

impl Subscription {
    /// To a topic that has events of its own: any but a board.
    pub fn to(topic: Topic) -> Self {
        Self {
            topic,
            project: None,
        }
    }

    /// The topic whose events it gets.
    pub fn channel(self) -> Topic {
        self.project.map_or(self.topic, Topic::Project)
    }
}

/// An open connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its id, as the gateway gave it.
    pub connection: String,
    /// Whose it is.
    pub user: UserId,
    /// The session in which they asked for its ticket.
    pub session: SessionId,
    /// When it was opened.
    #[serde(with = "timestamp::millisecond::required")]
    pub opened_at: Timestamp,
    /// When it is gone, whatever the gateway says.
    #[serde(with = "timestamp::millisecond::required")]
    pub until: Timestamp,
    /// What it listens to besides its person's own topic, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<Subscription>,
}

impl Connection {
    /// How long one is remembered: the gateway closes it after two hours.
    pub const LASTS: SignedDuration = SignedDuration::from_mins(130);
    /// How many topics it listens to at most, its person's own aside.
    pub const MAX_TOPICS: usize = 50;
    /// How many a person has at most.
    pub const MAX_OF_A_PERSON: usize = 10;

    /// A new one.
    pub fn new(connection: &str, user: UserId, session: SessionId, now: Timestamp) -> Self {
        let until = now.checked_add(Self::LASTS).unwrap_or(Timestamp::MAX);
        Self {
            connection: connection.to_owned(),
            user,
            session,
            opened_at: now,
            until,
            subscriptions: vec![],
        }
    }

    /// Whether it can still be open.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.until
    }

    /// Whether it listens to a topic.
    pub fn listens_to(&self, topic: Topic) -> bool {
        topic == Topic::User(self.user) || self.subscriptions.iter().any(|one| one.topic == topic)
    }

    /// The same, listening to these topics too, and those of them that are new.
    ///
    /// # Errors
    /// `LimitReached` if it would listen to too many.
    pub fn and(&self, wanted: &[Subscription]) -> Result<(Self, Vec<Subscription>), Error> {
        let new: Vec<Subscription> = wanted
            .iter()
            .copied()
            .filter(|one| !self.listens_to(one.topic))
            .collect();
        let mut more = self.clone();
        more.subscriptions.extend(&new);
        if more.subscriptions.len() > Self::MAX_TOPICS {
            return Err(Error::LimitReached {
                what: "the topics of a connection",
                limit: Self::MAX_TOPICS,
            });
        }
        Ok((more, new))
    }

    /// The same, not listening to these topics any more, and what went.
    pub fn without(&self, topics: &[Topic]) -> (Self, Vec<Subscription>) {
        let mut fewer = self.clone();
        let gone = fewer
            .subscriptions
            .extract_if(.., |one| topics.contains(&one.topic))
            .collect();
        (fewer, gone)
    }

    /// Its entry among those that listen to what a subscription is to.
    pub fn listener(&self, to: Subscription) -> Listener {
        let Self {
            connection,
            user,
            session,
            until,
            ..
        } = self.clone();
        Listener {
            connection,
            user,
            session,
            until,
            to,
        }
    }

    /// Its entry among the connections of its person.
    pub fn own_listener(&self) -> Listener {
        self.listener(Subscription::to(Topic::User(self.user)))
    }

    /// All its entries.
    pub fn listeners(&self) -> impl Iterator<Item = Listener> {
        let own = std::iter::once(self.own_listener());
        own.chain(self.subscriptions.iter().map(|one| self.listener(*one)))
    }
}

/// That a connection listens to a topic, as it stands among all that listen to it: enough to decide who gets what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// The connection.
    pub connection: String,
    /// Whose it is.
    pub user: UserId,
    /// Their session.
    pub session: SessionId,
    /// When it is gone.
    #[serde(with = "timestamp::millisecond::required")]
    pub until: Timestamp,
    /// What it listens to.
    pub to: Subscription,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{BoardId, OrgId, Tag, TaskId};

    const TAG: Tag = Tag::from_bytes([1; 5]);

    fn connection() -> Connection {
        Connection::new(
            "c",
            UserId::new(1, [1; 10]),
            SessionId::from_bytes([1; 8]),
            Timestamp::UNIX_EPOCH,
        )
    }

    fn task(n: u8) -> Subscription {
        Subscription::to(Topic::Task(TaskId::new(TAG, [n; 11])))
    }

    #[test]
    fn a_ticket_is_used_once_and_in_time() {
        let now = Timestamp::UNIX_EPOCH;
        let expires_at = now.checked_add(Ticket::GOOD_FOR).unwrap();
        let digest = "digest".to_owned();
        let Connection { user, session, .. } = connection();
        let ticket = Ticket {
            user,
            session,
            digest,
            expires_at,
            used_at: None,
        };
        let used = ticket.used(now).unwrap();
        assert_eq!(used.used(now), None);
        assert_eq!(ticket.used(expires_at), None);
    }

    #[test]
    fn a_connection_listens_to_a_topic_once_and_to_no_more_than_fifty() {
        let (one, new) = connection().and(&[task(1)]).unwrap();
        assert_eq!(new, [task(1)]);
        assert_eq!(one.and(&[task(1)]).unwrap().1, []);
        assert_eq!(
            one.and(&[Subscription::to(Topic::User(one.user))])
                .unwrap()
                .1,
            []
        );
        let all: Vec<Subscription> = (0..50).map(task).collect();
        let (full, _) = connection().and(&all).unwrap();
        assert_eq!(full.listeners().count(), 51);
        assert!(matches!(
            full.and(&[task(99)]),
            Err(Error::LimitReached { limit: 50, .. })
        ));
        let (fewer, gone) = full.without(&[task(3).topic, Topic::Org(OrgId::new(TAG, [1; 11]))]);
        assert_eq!((fewer.subscriptions.len(), gone), (49, vec![task(3)]));
    }

    #[test]
    fn a_board_is_heard_through_its_project() {
        let project = ProjectId::new(TAG, [7; 11]);
        let board = Subscription {
            topic: Topic::Board(BoardId::new(TAG, [8; 11])),
            project: Some(project),
        };
        assert_eq!(board.channel(), Topic::Project(project));
        assert_eq!(task(1).channel(), task(1).topic);
    }
}
