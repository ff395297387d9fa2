//! Who is told of what.
//!
//! One event tells a person one thing: the strongest that holds of them. Nobody is told of their own doing, and whoever
//! has muted a task only of what is meant for them alone. Whether they may see it at all is decided elsewhere, by their
//! rights.

use std::collections::BTreeMap;

use serde_json::Value;

use super::NotificationType;
use crate::feed::event::{Event, EventType, FieldChange};
use crate::id::{ProjectId, UserId};
use crate::notices::watch::Watch;

/// The people around a task.
#[derive(Debug, Clone, Default)]
pub struct Circle {
    /// Who made it.
    pub creator: Option<UserId>,
    /// Who does it.
    pub assignee: Option<UserId>,
    /// Who has a word in its list of watchers.
    pub watches: Vec<Watch>,
    /// Whom the comment that the event is about names for the first time.
    pub mentioned: Vec<UserId>,
    /// Whose comment it answers.
    pub answered: Option<UserId>,
}

impl Circle {
    fn has_muted(&self, user: UserId) -> bool {
        self.watches
            .iter()
            .any(|watch| watch.user == user && watch.is_muted())
    }

    fn watchers(&self, event: &Event) -> impl Iterator<Item = UserId> {
        let said = self
            .watches
            .iter()
            .filter(|watch| watch.covers(event.at))
            .map(|watch| watch.user);
        self.creator.into_iter().chain(self.assignee).chain(said)
    }
}

/// Whether anybody may have to be told of an event of this kind: most are no news, and then nothing needs to be read.
pub fn is_news(event: &Event) -> bool {
    match event.kind {
        EventType::TaskUpdated | EventType::TaskTransitioned | EventType::TaskMoved => {
            of_change(event).is_some() || reassigned(event).is_some()
        }
        EventType::TaskCreated => reassigned(event).is_some(),
        EventType::CommentCreated
        | EventType::CommentUpdated
        | EventType::AttachmentAvailable
        | EventType::TaskDeleted
        | EventType::TaskRestored => true,
        _ => of_membership(event).is_some(),
    }
}

/// Whom an event of a task, or of what belongs to one, tells what.
// In one piece: all that may be told goes into one map, which keeps the strongest for each person.
pub fn of_task(event: &Event, circle: &Circle) -> BTreeMap<UserId, NotificationType> {
    let mut told = BTreeMap::new();
    let mut tell = |user: UserId, kind: NotificationType| {
        let strongest = told.entry(user).or_insert(kind);
        *strongest = kind.min(*strongest);
    };
    circle
        .mentioned
        .iter()
        .for_each(|user| tell(*user, NotificationType::Mentioned));
    if let Some(author) = circle
        .answered
        .filter(|_| event.kind == EventType::CommentCreated)
    {
        tell(author, NotificationType::Replied);
    }
    if let Some(change) = reassigned(event) {
        person(&change.to)
            .into_iter()
            .for_each(|user| tell(user, NotificationType::Assigned));
        person(&change.from)
            .into_iter()
            .for_each(|user| tell(user, NotificationType::Unassigned));
    }
    if let Some(kind) = to_watchers(event) {
        circle.watchers(event).for_each(|user| tell(user, kind));
    }
    told.retain(|user, kind| {
        Some(*user) != event.actor && (kind.pierces_mute() || !circle.has_muted(*user))
    });
    told
}

/// What the watchers of a task are told.
fn to_watchers(event: &Event) -> Option<NotificationType> {
    match event.kind {
        EventType::CommentCreated => Some(NotificationType::Commented),
        EventType::AttachmentAvailable => Some(NotificationType::Attached),
        EventType::TaskDeleted => Some(NotificationType::TaskDeleted),
        EventType::TaskRestored => Some(NotificationType::TaskRestored),
        EventType::TaskUpdated | EventType::TaskTransitioned | EventType::TaskMoved => {
            of_change(event)
        }
        _ => None,
    }
}

/// The fields that are news, and what kind. Others, such as a place in a column, are none.
const FIELDS: [(&str, NotificationType); 7] = [
    ("status", NotificationType::StatusChanged),
    ("due_date", NotificationType::DueChanged),
    ("title", NotificationType::Updated),
    ("description", NotificationType::Updated),
    ("priority", NotificationType::Updated),
    ("assignee_id", NotificationType::Updated),
    ("project_id", NotificationType::Updated),
];

/// What a change of a task is to those who watch it: the strongest of what has changed.
fn of_change(event: &Event) -> Option<NotificationType> {
    FIELDS
        .iter()
        .filter(|(field, _)| event.change(field).is_some())
        .map(|(_, kind)| *kind)
        .min()
}

/// The change that a notification of this kind tells of, if it is one.
pub fn told_change(event: &Event, kind: NotificationType) -> Option<&FieldChange> {
    let field = match kind {
        NotificationType::Assigned | NotificationType::Unassigned => "assignee_id",
        NotificationType::StatusChanged => "status",
        NotificationType::DueChanged => "due_date",
        NotificationType::RoleChanged if event.change("role").is_some() => "role",
        NotificationType::RoleChanged | NotificationType::Added => "project_role",
        NotificationType::Updated => {
            let mut changed = FIELDS.iter().filter_map(|(field, _)| event.change(field));
            return changed.next().filter(|_| changed.next().is_none());
        }
        _ => return None,
    };
    event.change(field)
}

fn reassigned(event: &Event) -> Option<&FieldChange> {
    let of_task = matches!(
        event.kind,
        EventType::TaskCreated
            | EventType::TaskUpdated
            | EventType::TaskTransitioned
            | EventType::TaskMoved
    );
    event.change("assignee_id").filter(|_| of_task)
}

fn person(value: &Value) -> Option<UserId> {
    value.as_str()?.parse().ok()
}

/// What a change of membership tells the person whom it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfMember {
    /// The person.
    pub user: UserId,
    /// What.
    pub kind: NotificationType,
    /// The project to which they were added, or in which their role was changed.
    pub project: Option<ProjectId>,
}

/// What an event about a member tells them: that somebody has added them, or changed their role.
pub fn of_membership(event: &Event) -> Option<OfMember> {
    let user = event.user.filter(|user| Some(*user) != event.actor)?;
    let kind = match event.kind {
        EventType::MemberJoined => NotificationType::Added,
        EventType::MemberUpdated if event.change("role").is_some() => NotificationType::RoleChanged,
        EventType::MemberUpdated => match event.change("project_role") {
            Some(change) => of_role(&change.from, &change.to)?,
            None => of_teams(event.change("team_roles")?)?,
        },
        _ => return None,
    };
    Some(OfMember {
        user,
        kind,
        project: event.project,
    })
}

/// What has become of one role. That it is gone is told to nobody: they may not see any more what it was in.
fn of_role(from: &Value, to: &Value) -> Option<NotificationType> {
    match (from.is_null(), to.is_null()) {
        (_, true) => None,
        (true, false) => Some(NotificationType::Added),
        (false, false) => (from != to).then_some(NotificationType::RoleChanged),
    }
}

/// What has become of roles in teams, by the ids of the teams.
fn of_teams(change: &FieldChange) -> Option<NotificationType> {
    let before = |team: &str| change.from.get(team).unwrap_or(&Value::Null);
    let after = change.to.as_object().into_iter().flatten();
    after
        .filter_map(|(team, role)| of_role(before(team), role))
        .min()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::feed::event::{EventId, Told};
    use crate::id::{Tag, TaskId};
    use crate::notices::watch::WatchReason;

    fn user(n: u8) -> UserId {
        UserId::new(1, [n; 10])
    }

    fn event(kind: EventType, actor: u8, changes: &[(&str, Value, Value)]) -> Event {
        let changes = changes
            .iter()
            .map(|(field, from, to)| FieldChange {
                field: (*field).to_owned(),
                from: from.clone(),
                to: to.clone(),
            })
            .collect();
        let told = Told::new(
            kind,
            Timestamp::from_second(100).unwrap(),
            Some(user(actor)),
            "",
        );
        Told { changes, ..told }.event(EventId([0; 16]), 2)
    }

    fn watch(n: u8, reason: WatchReason, since: i64) -> Watch {
        let task = TaskId::new(Tag::from_bytes([1; 5]), [1; 11]);
        Watch {
            task,
            user: user(n),
            reason,
            since: Timestamp::from_second(since).unwrap(),
        }
    }

    /// Made by 1, done by 2; 3 and 4 watch, 5 has muted it.
    fn circle() -> Circle {
        use WatchReason::{Commented, Explicit, Muted};
        Circle {
            creator: Some(user(1)),
            assignee: Some(user(2)),
            watches: vec![
                watch(3, Explicit, 50),
                watch(4, Commented, 100),
                watch(5, Muted, 1),
            ],
            ..Circle::default()
        }
    }

    fn told(event: &Event, circle: &Circle) -> Vec<(u8, NotificationType)> {
        let number = |id: &UserId| (1..=9).find(|n| user(*n) == *id).unwrap();
        of_task(event, circle)
            .iter()
            .map(|(id, kind)| (number(id), *kind))
            .collect()
    }

    fn text(n: u8) -> Value {
        user(n).to_string().into()
    }

    #[test]
    fn a_comment_tells_the_named_the_answered_and_the_watchers_once_each() {
        use NotificationType::{Commented, Mentioned, Replied};
        let around = Circle {
            mentioned: vec![user(2), user(6)],
            answered: Some(user(3)),
            ..circle()
        };
        let written = event(EventType::CommentCreated, 4, &[]);
        let all = [(1, Commented), (2, Mentioned), (3, Replied), (6, Mentioned)];
        assert_eq!(told(&written, &around), all);
        // An edit tells only those whom it names anew.
        let edited = event(EventType::CommentUpdated, 4, &[]);
        assert_eq!(told(&edited, &around), [(2, Mentioned), (6, Mentioned)]);
    }

    #[test]
    fn nobody_is_told_of_his_own_doing() {
        let around = Circle {
            mentioned: vec![user(1)],
            answered: Some(user(1)),
            ..circle()
        };
        for kind in [
            EventType::CommentCreated,
            EventType::TaskDeleted,
            EventType::AttachmentAvailable,
        ] {
            assert!(
                told(&event(kind, 1, &[]), &around)
                    .iter()
                    .all(|(who, _)| *who != 1),
                "{kind:?}"
            );
        }
        let own = event(
            EventType::TaskUpdated,
            2,
            &[("assignee_id", text(9), text(2))],
        );
        assert_eq!(told(&own, &circle())[0], (1, NotificationType::Updated));
        assert!(told(&own, &circle()).iter().all(|(who, _)| *who != 2));
    }

    #[test]
    fn who_has_muted_a_task_hears_only_what_is_meant_for_him() {
        let mentioned = Circle {
            mentioned: vec![user(5)],
            ..circle()
        };
        let comment = event(EventType::CommentCreated, 9, &[]);
        assert!(told(&comment, &mentioned).contains(&(5, NotificationType::Mentioned)));
        let answered = Circle {
            answered: Some(user(5)),
            assignee: Some(user(5)),
            creator: Some(user(5)),
            ..circle()
        };
        assert!(told(&comment, &answered).iter().all(|(who, _)| *who != 5));
        let given = event(
            EventType::TaskUpdated,
            9,
            &[("assignee_id", Value::Null, text(5))],
        );
        assert!(told(&given, &circle()).contains(&(5, NotificationType::Assigned)));
        let taken = event(
            EventType::TaskUpdated,
            9,
            &[("assignee_id", text(5), Value::Null)],
        );
        assert!(told(&taken, &circle()).iter().all(|(who, _)| *who != 5));
    }

    #[test]
    fn a_task_that_changes_hands_tells_both_and_those_who_watch() {
        use NotificationType::{Assigned, Unassigned, Updated};
        let moved = event(
            EventType::TaskUpdated,
            9,
            &[("assignee_id", text(7), text(2))],
        );
        assert_eq!(
            told(&moved, &circle()),
            [
                (1, Updated),
                (2, Assigned),
                (3, Updated),
                (4, Updated),
                (7, Unassigned)
            ]
        );
        let made = event(
            EventType::TaskCreated,
            1,
            &[
                ("assignee_id", Value::Null, text(2)),
                ("title", "".into(), "x".into()),
            ],
        );
        assert_eq!(told(&made, &circle()), [(2, Assigned)]);
    }

    #[test]
    fn of_several_changes_the_strongest_is_told() {
        let all = |changes: &[(&str, Value, Value)]| {
            told(&event(EventType::TaskUpdated, 9, changes), &circle())
        };
        let [status, due, title] =
            ["status", "due_date", "title"].map(|field| (field, json!("a"), json!("b")));
        assert_eq!(
            all(&[due.clone(), status])[0].1,
            NotificationType::StatusChanged
        );
        assert_eq!(
            all(&[title.clone(), due])[0].1,
            NotificationType::DueChanged
        );
        assert_eq!(all(&[title])[0].1, NotificationType::Updated);
        assert!(all(&[("position", json!("a"), json!("b"))]).is_empty());
        assert!(!is_news(&event(
            EventType::TaskMoved,
            9,
            &[("position", json!("a"), json!("b"))]
        )));
    }

    #[test]
    fn what_happened_before_he_watched_is_no_news() {
        let mut around = circle();
        around.watches.push(watch(8, WatchReason::Mentioned, 101));
        assert!(
            told(&event(EventType::TaskDeleted, 9, &[]), &around)
                .iter()
                .all(|(who, _)| *who != 8)
        );
    }

    #[test]
    fn a_member_is_told_what_others_have_made_of_him() {
        let about = |kind, changes: &[(&str, Value, Value)]| {
            let event = Event {
                user: Some(user(2)),
                ..event(kind, 1, changes)
            };
            of_membership(&event).map(|told| (told.kind, told.project))
        };
        let project = ProjectId::new(Tag::from_bytes([1; 5]), [4; 11]);
        use NotificationType::{Added, RoleChanged};
        assert_eq!(about(EventType::MemberJoined, &[]), Some((Added, None)));
        let role = ("role", json!("member"), json!("admin"));
        assert_eq!(
            about(EventType::MemberUpdated, &[role]),
            Some((RoleChanged, None))
        );
        let in_project = |from: Value, to: Value| {
            let event = event(EventType::MemberUpdated, 1, &[("project_role", from, to)]);
            let event = Event {
                user: Some(user(2)),
                project: Some(project),
                ..event
            };
            of_membership(&event).map(|told| (told.kind, told.project))
        };
        assert_eq!(
            in_project(Value::Null, "viewer".into()),
            Some((Added, Some(project)))
        );
        assert_eq!(
            in_project("viewer".into(), "owner".into()),
            Some((RoleChanged, Some(project)))
        );
        assert_eq!(in_project("viewer".into(), Value::Null), None);
        let teams =
            |from: Value, to: Value| about(EventType::MemberUpdated, &[("team_roles", from, to)]);
        let one = json!({ "a": "member" });
        assert_eq!(teams(Value::Null, one.clone()), Some((Added, None)));
        assert_eq!(
            teams(one.clone(), json!({ "a": "admin" })),
            Some((RoleChanged, None))
        );
        assert_eq!(
            teams(one.clone(), json!({ "a": "admin", "b": "viewer" })),
            Some((Added, None))
        );
        assert_eq!(teams(one, Value::Null), None);
        let renamed = ("full_name", json!("a"), json!("b"));
        assert_eq!(about(EventType::MemberUpdated, &[renamed]), None);
        let own = Event {
            user: Some(user(1)),
            ..event(EventType::MemberJoined, 1, &[])
        };
        assert_eq!(of_membership(&own), None);
    }
}
