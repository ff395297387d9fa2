//! Tasks, and the orders in which they are listed.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#TASK#<id>` | `TASK`, `TEXT#<version>` | task, its long text |
//! | `T#<tag>` | `ALIAS#<PROJ>#<n>` | guard of the key that a task had in another project; tells the task |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#PROJECT#<id>#TASKS` | `<number, ten digits>` |
//! | `by_rank` | `T#<tag>#PROJECT#<id>#S#<status>` | `<rank>#<id>` |
//! | `by_urgency` | `T#<tag>#PROJECT#<id>#URGENCY` | `<priority 0-3>#<due, or 9>#<number>` |
//! | `by_person` | `T#<tag>#PERSON#<user>` | `<0 open, 1 closed>#<due, or 9>#<id>#<project>` |

use domain::access::Action;
use domain::feed::event::Source;
use domain::id::{ProjectId, Tag, TaskId, UserId};
use domain::text::ProjectKey;
use domain::work::due::{Due, NO_DUE};
use domain::work::task::{Priority, Task};
use domain::work::workflow::StatusId;

use crate::key::{Holder, Index, Key, holder, key, person_part, tenant, trash_of};
use crate::open::Subject;
use crate::range::Range;
use crate::record::{Layout, Place, Record, prose, told};
use crate::table::Item;
use crate::work::project::project_partition;

/// A task.
pub fn task(id: TaskId) -> Key {
    Key::within(id.tag(), "TASK", &id.suffix())
}

/// The key that a task had before it moved to another project. It is never given out again.
pub fn alias(tag: Tag, project: &ProjectKey, number: u64) -> Key {
    key(tenant(tag), format!("ALIAS#{project}#{number}"))
}

/// The container of a project's tasks.
pub fn tasks_of(project: ProjectId) -> Range {
    Range::of(
        Index::ByParent,
        format!("{}#TASKS", project_partition(project)),
    )
}

/// The task of a project that has this number.
pub fn task_numbered(project: ProjectId, task_number: u64) -> Range {
    let place = number(task_number);
    tasks_of(project)
        .between(Some(place.clone()), Some(place))
        .limit(1)
}

/// A task's number as it sorts.
fn number(number: u64) -> String {
    format!("{number:010}")
}

/// A project's tasks of one status.
pub fn column(project: ProjectId, status: &StatusId) -> Range {
    Range::of(
        Index::ByRank,
        format!("{}#S#{}", project_partition(project), status),
    )
}

/// A task's place in its column.
pub fn place_in_column(rank: &str, id: TaskId) -> String {
    format!("{rank}#{}", id.suffix())
}

/// A project's tasks by urgency.
pub fn urgency(project: ProjectId) -> Range {
    Range::of(
        Index::ByUrgency,
        format!("{}#URGENCY", project_partition(project)),
    )
}

/// A due date as it sorts.
fn due(due: Option<Due>) -> String {
    due.map_or_else(|| NO_DUE.to_owned(), Due::sort_key)
}

/// What the urgencies of one priority begin with.
fn priority_prefix(priority: Priority) -> String {
    format!("{}#", priority as u8)
}

/// A project's tasks of one priority.
pub fn urgency_of(project: ProjectId, priority: Priority) -> Range {
    urgency(project).prefix(&priority_prefix(priority))
}

/// Those of them that are due no later than `horizon`, which sorts like a due date; the latest first.
pub fn due_until(project: ProjectId, priority: Priority, horizon: &str) -> Range {
    let prefix = priority_prefix(priority);
    let high = format!("{prefix}{horizon}\u{7f}");
    urgency(project)
        .between(Some(prefix), Some(high))
        .backwards()
}

/// Those of them that are due on or after the one date and before the other, as far as such are given.
pub fn due_between(
    project: ProjectId,
    priority: Priority,
    after: Option<Due>,
    before: Option<Due>,
) -> Range {
    let all = urgency(project).behind(&priority_prefix(priority));
    let bound = |due: String| format!("{}{due}", priority_prefix(priority));
    let low = bound(after.map(Due::sort_key).unwrap_or_default());
    let high = match (before, after) {
        (None, None) => return all,
        // The bound itself has no number behind it, so it sorts before every task of that moment: "before" is exclusive.
        (Some(before), _) => bound(before.sort_key()),
        // Without a due date is not "after".
        (None, Some(_)) => bound(NO_DUE.to_owned()),
    };
    all.between(Some(low), Some(high))
}

/// A task's place by urgency.
fn place_by_urgency(priority: Priority, due_date: Option<Due>, task_number: u64) -> String {
    format!(
        "{}{}#{}",
        priority_prefix(priority),
        due(due_date),
        number(task_number)
    )
}

/// A person's tasks in a tenant.
pub fn person(tag: Tag, user: UserId) -> Range {
    Range::of(
        Index::ByPerson,
        format!("T#{tag}#PERSON#{}", person_part(user)),
    )
}

/// Those of them that are open.
pub fn open_of_person(tag: Tag, user: UserId) -> Range {
    person(tag, user).prefix(OPEN_OF_PERSON)
}

/// What the places of a person's open tasks begin with.
const OPEN_OF_PERSON: &str = "0#";

/// A task's place among those of its person. It names the project, because reading the task is decided there.
fn place_by_person(closed: bool, due_date: Option<Due>, id: TaskId, project: ProjectId) -> String {
    format!(
        "{}#{}#{}#{}",
        u8::from(closed),
        due(due_date),
        id.suffix(),
        project.suffix()
    )
}

/// The due date in a place by urgency or by person.
fn due_in_place(place: &str) -> Option<Due> {
    place.split('#').nth(1)?.trim_end_matches('~').parse().ok()
}

/// The due date that a row of a person's tasks tells, or one of a project's by urgency.
pub fn due_of(row: &Item) -> Option<Due> {
    let place = |index: Index| row.get(index.attributes().1);
    due_in_place(
        place(Index::ByPerson)
            .or_else(|| place(Index::ByUrgency))?
            .as_s()
            .ok()?,
    )
}

/// The project that a row of a person's tasks names.
pub fn project_of(row: &Item) -> Option<ProjectId> {
    let (partition, place) = Index::ByPerson.attributes();
    let text = |name| row.get(name)?.as_s().ok();
    let Holder::Tenant(tag) = holder(text(partition)?)? else {
        return None;
    };
    project_in_place(tag, text(place)?)
}

/// The project in a task's place among those of its person.
fn project_in_place(tag: Tag, place: &str) -> Option<ProjectId> {
    ProjectId::from_suffix(tag, place.split('#').nth(3)?).ok()
}

impl Record for Task {
    const EVENT: Option<Source> = Some(Source::Task);
    const LAYOUT: Layout = Layout::Listed {
        beside: &["description"],
    };
    told!();
    prose!(description);

    fn place(&self) -> Place {
        let place = Place::at(task(self.id));
        if let Some(deleted) = self.deleted_at {
            return place.and(trash_of(self.id.tag()).made(deleted, &self.id.suffix()));
        }
        let tag = self.id.tag();
        place
            .and(tasks_of(self.project).entry(number(self.number)))
            .and(column(self.project, &self.status).entry(place_in_column(&self.rank, self.id)))
            .and(urgency(self.project).entry(place_by_urgency(
                self.priority,
                self.due,
                self.number,
            )))
            .and(person(tag, self.person()).entry(place_by_person(
                self.category.is_closed(),
                self.due,
                self.id,
                self.project,
            )))
    }
}

impl Subject for TaskId {
    type Thing = Task;
    const IN_PROJECT: bool = true;

    fn tag(self) -> Tag {
        TaskId::tag(self)
    }

    fn key(self) -> Key {
        task(self)
    }

    fn project(self, thing: &Task) -> Option<ProjectId> {
        Some(thing.project)
    }

    fn is_deleted(thing: &Task) -> bool {
        thing.deleted_at.is_some()
    }

    fn relation(thing: &Task, user: UserId, action: Action) -> (bool, bool) {
        let maker = if action == Action::TaskRestore {
            thing.deleted_by
        } else {
            Some(thing.created_by)
        };
        (maker == Some(user), thing.assignee == Some(user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: Tag = Tag::from_bytes([9, 8, 7, 6, 5]);

    #[test]
    fn a_place_tells_its_due_date_and_project() {
        let (id, project) = (TaskId::new(TAG, [3; 11]), ProjectId::new(TAG, [4; 11]));
        for due in [None, Some("2026-01-02"), Some("2026-01-02T10:00:00.250Z")] {
            let due = due.map(|due| due.parse::<Due>().unwrap());
            assert_eq!(due_in_place(&place_by_urgency(Priority::Low, due, 7)), due);
            let place = |closed| place_by_person(closed, due, id, project);
            assert_eq!(
                (
                    due_in_place(&place(false)),
                    project_in_place(TAG, &place(false))
                ),
                (due, Some(project))
            );
            assert!(
                place(false).starts_with(OPEN_OF_PERSON)
                    && !place(true).starts_with(OPEN_OF_PERSON)
            );
        }
    }

    #[test]
    fn urgency_sorts_by_priority_then_due_date_with_none_last() {
        let place = |priority, due: Option<&str>| {
            place_by_urgency(priority, due.map(|d| d.parse().unwrap()), 1)
        };
        let places = [
            place(Priority::Low, Some("2026-01-01")),
            place(Priority::Low, Some("2026-01-02T00:00:00Z")),
            place(Priority::Low, None),
            place(Priority::High, Some("2025-01-01")),
        ];
        assert!(places.is_sorted());
    }
}
