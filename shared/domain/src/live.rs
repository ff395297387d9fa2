//! What live connections listen to, and which events belong there.

mod connection;

pub use connection::{Connection, Listener, Subscription, Ticket};

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::feed::event::Event;
use crate::id::{BoardId, NotAnId, OrgId, ProjectId, Tag, TaskId, UserId};

/// Something that can be listened to. Its text form, which is its only form, is `kind:id`: `project:<uuid>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// A person's own: their notifications, and what happens to private projects that they see. Every connection of theirs listens to it from the beginning.
    User(UserId),
    /// An organization's: what happens in it outside its projects, and to such projects as all its members see.
    Org(OrgId),
    /// A project's: all that happens in it.
    Project(ProjectId),
    /// A board's: what its project's has, under the board's name.
    Board(BoardId),
    /// A task's: what happens to it, its comments and its files.
    Task(TaskId),
}

impl Topic {
    /// The tenant it belongs to; a person's belongs to none.
    pub fn tag(self) -> Option<Tag> {
        match self {
            Self::User(_) => None,
            Self::Org(id) => Some(id.tag()),
            Self::Project(id) => Some(id.tag()),
            Self::Board(id) => Some(id.tag()),
            Self::Task(id) => Some(id.tag()),
        }
    }
}

/// Text that is no topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no topic")]
pub struct NotATopic;

impl From<NotAnId> for NotATopic {
    fn from(_: NotAnId) -> Self {
        Self
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Org(id) => write!(f, "org:{id}"),
            Self::Project(id) => write!(f, "project:{id}"),
            Self::Board(id) => write!(f, "board:{id}"),
            Self::Task(id) => write!(f, "task:{id}"),
        }
    }
}

impl FromStr for Topic {
    type Err = NotATopic;

    fn from_str(text: &str) -> Result<Self, NotATopic> {
        let (kind, id) = text.split_once(':').ok_or(NotATopic)?;
        Ok(match kind {
            "user" => Self::User(id.parse()?),
            "org" => Self::Org(id.parse()?),
            "project" => Self::Project(id.parse()?),
            "board" => Self::Board(id.parse()?),
            "task" => Self::Task(id.parse()?),
            _ => return Err(NotATopic),
        })
    }
}

impl Serialize for Topic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Topic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// The topics to which an event of an organization belongs: none for what only the audit trail shows. Those who listen
/// to a board get what belongs to its project, so boards are never named here.
///
/// A topic carries only what all who may listen to it see: so what happens to private projects is not in that of the
/// organization ([`secluded`]).
///
/// What moved from one project to another belongs to both: it must vanish from the one and appear in the other.
pub fn topics(org: OrgId, event: &Event) -> Vec<Topic> {
    if event.kind.is_private() {
        return vec![];
    }
    let left = event
        .change("project_id")
        .and_then(|change| change.from.as_str()?.parse().ok());
    let left = left.filter(|left| event.project != Some(*left));
    let to_all = event.project.is_none() || event.kind.is_of_projects() && !event.secluded;
    let mut topics: Vec<Topic> = to_all.then_some(Topic::Org(org)).into_iter().collect();
    topics.extend(event.project.into_iter().chain(left).map(Topic::Project));
    topics.extend(event.task.map(Topic::Task));
    topics
}

/// The private project that an event is about, of which those who listen to the organization hear under their own topic
/// instead, if they see it: on the organization's topic its events would leave gaps for all others.
pub fn secluded(event: &Event) -> Option<ProjectId> {
    event
        .project
        .filter(|_| event.secluded && event.kind.is_of_projects())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::feed::event::{EventId, EventType, FieldChange, Told};

    const TAG: Tag = Tag::from_bytes([1; 5]);

    fn org() -> OrgId {
        OrgId::new(TAG, [1; 11])
    }

    fn event(kind: EventType, project: Option<u8>, task: Option<u8>) -> Event {
        let (project, task) = (
            project.map(|n| ProjectId::new(TAG, [n; 11])),
            task.map(|n| TaskId::new(TAG, [n; 11])),
        );
        let told = Told::new(kind, jiff::Timestamp::UNIX_EPOCH, None, "");
        Told {
            project,
            task,
            ..told
        }
        .event(EventId([0; 16]), 1)
    }

    #[test]
    fn a_topic_is_its_text() {
        let all = [
            Topic::User(UserId::new(1, [1; 10])),
            Topic::Org(org()),
            Topic::Project(ProjectId::new(TAG, [2; 11])),
            Topic::Board(BoardId::new(TAG, [3; 11])),
            Topic::Task(TaskId::new(TAG, [4; 11])),
        ];
        for topic in all {
            assert_eq!(topic.to_string().parse(), Ok(topic));
            assert_eq!(
                serde_json::from_value::<Topic>(Value::from(topic.to_string())).unwrap(),
                topic
            );
            let upper = topic.to_string().to_uppercase();
            assert_eq!(upper.parse::<Topic>(), Err(NotATopic), "{upper}");
        }
        for bad in [
            "",
            ":",
            "task",
            "task:",
            "task:1",
            "tenant:1",
            &org().to_string(),
        ] {
            assert_eq!(bad.parse::<Topic>(), Err(NotATopic), "{bad}");
        }
    }

    #[test]
    fn what_happens_in_a_project_is_its_own_and_what_happens_to_it_is_everybodys() {
        let (project, task) = (
            Topic::Project(ProjectId::new(TAG, [2; 11])),
            Topic::Task(TaskId::new(TAG, [3; 11])),
        );
        assert_eq!(
            topics(org(), &event(EventType::TaskUpdated, Some(2), Some(3))),
            [project, task]
        );
        assert_eq!(
            topics(org(), &event(EventType::ProjectUpdated, Some(2), None)),
            [Topic::Org(org()), project]
        );
        assert_eq!(
            topics(org(), &event(EventType::MemberJoined, None, None)),
            [Topic::Org(org())]
        );
    }

    #[test]
    fn what_happens_to_a_private_project_is_its_own_and_said_aside() {
        let project = ProjectId::new(TAG, [2; 11]);
        let updated = Event {
            secluded: true,
            ..event(EventType::ProjectUpdated, Some(2), None)
        };
        assert_eq!(
            (topics(org(), &updated), secluded(&updated)),
            (vec![Topic::Project(project)], Some(project))
        );
        let open = event(EventType::ProjectUpdated, Some(2), None);
        assert_eq!(secluded(&open), None);
    }

    #[test]
    fn what_leaves_a_project_is_told_in_both() {
        let mut moved = event(EventType::TaskMoved, Some(2), Some(3));
        let old = ProjectId::new(TAG, [9; 11]);
        moved.changes.push(FieldChange {
            field: "project_id".to_owned(),
            from: Value::from(old.to_string()),
            to: Value::Null,
        });
        assert!(topics(org(), &moved).contains(&Topic::Project(old)));
        assert_eq!(topics(org(), &moved).len(), 3);
    }

    #[test]
    fn what_only_the_audit_trail_shows_is_nobodys() {
        for kind in EventType::ALL.iter().filter(|kind| kind.is_private()) {
            assert_eq!(topics(org(), &event(*kind, Some(2), Some(3))), []);
        }
    }
}
