//! Workflows: the statuses of a project's tasks, and the steps between them.
//!
//! Every status has a category, which is what the rest of the system reckons with: a task is closed when its status is
//! done or cancelled. A project without a workflow of its own has the default one: `todo`, `in_progress`, `done`.
//!
//! When a workflow is replaced, tasks keep the status that they have. A status that is gone is mapped to one that is
//! there, and the map is kept: nothing has to be rewritten, and no task is ever in no status. What is stored is a status's
//! identity, which is never given out again: a key that comes back later names another status, and tasks that were in the
//! former one stay where they were mapped to.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::access::{ProjectRole, words};
use crate::error::{Error, Faults};
use crate::text::Fault;

words!(
    /// What a status amounts to.
    Category {
        /// Not begun.
        Todo = "todo",
        /// Being worked on.
        InProgress = "in_progress",
        /// Finished.
        Done = "done",
        /// Given up.
        Cancelled = "cancelled",
    }
);

impl Category {
    /// Whether nothing is left to do.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }
}

words!(
    /// A field of a task that a step may require.
    RequiredField {
        /// What it is about.
        Description = "description",
        /// Who does it.
        Assignee = "assignee_id",
        /// When it is due.
        Due = "due_date",
    }
);

/// The key of a status: lower case, digits and underscores.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StatusKey(String);

impl StatusKey {
    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Category> for StatusKey {
    /// The status of the default workflow that has the category's name.
    fn from(category: Category) -> Self {
        Self(category.as_str().to_owned())
    }
}

impl std::fmt::Display for StatusKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for StatusKey {
    type Err = Fault;

    /// Reads a key in any case, with spaces or hyphens for underscores.
    fn from_str(text: &str) -> Result<Self, Fault> {
        let key = text.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        // "To Do" is how boards write it; the status is `todo`.
        let key = if key == "to_do" {
            "todo".to_owned()
        } else {
            key
        };
        let plain = key
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let right = (1..=30).contains(&key.len())
            && key.starts_with(|c: char| c.is_ascii_lowercase())
            && plain;
        let message = "must be a status: 1 to 30 of a-z, 0-9 and '_', beginning with a letter";
        right
            .then_some(Self(key))
            .ok_or_else(|| Fault::new("invalid", message))
    }
}

/// A status for ever: its key, and the version of the workflow in which it came. Written as `done`, or `done~5` if it came
/// after the first version; that is no key that people could choose.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct StatusId {
    key: StatusKey,
    since: u32,
}

impl StatusId {
    /// The key that it had.
    pub fn key(&self) -> &StatusKey {
        &self.key
    }
}

impl From<Category> for StatusId {
    /// The status of the default workflow that has the category's name.
    fn from(category: Category) -> Self {
        Self {
            key: category.into(),
            since: Workflow::FIRST,
        }
    }
}

impl std::fmt::Display for StatusId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.since {
            Workflow::FIRST => self.key.fmt(f),
            since => write!(f, "{}~{since}", self.key),
        }
    }
}

impl From<StatusId> for String {
    fn from(id: StatusId) -> Self {
        id.to_string()
    }
}

impl std::str::FromStr for StatusId {
    type Err = Fault;

    /// Reads one as it is stored.
    fn from_str(text: &str) -> Result<Self, Fault> {
        let Some((key, since)) = text.split_once('~') else {
            return Ok(Self {
                key: text.parse()?,
                since: Workflow::FIRST,
            });
        };
        let since = since
            .parse()
            .map_err(|_| Fault::new("invalid", "is no status that is stored"))?;
        Ok(Self {
            key: key.parse()?,
            since,
        })
    }
}

impl TryFrom<String> for StatusId {
    type Error = Fault;

    fn try_from(text: String) -> Result<Self, Fault> {
        text.parse()
    }
}

fn first() -> u32 {
    Workflow::FIRST
}

/// A status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusDefinition {
    /// Its key, unique in the workflow.
    pub key: StatusKey,
    /// The version of the workflow in which it came; [`Workflow::replaced_by`] says it.
    #[serde(default = "first")]
    pub since: u32,
    /// What people call it.
    pub name: String,
    /// What it amounts to.
    pub category: Category,
    /// Its colour, `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// It is meant that nothing follows it.
    #[serde(default, rename = "final", skip_serializing_if = "std::ops::Not::not")]
    pub is_final: bool,
}

impl StatusDefinition {
    /// What it is known by for ever.
    pub fn id(&self) -> StatusId {
        StatusId {
            key: self.key.clone(),
            since: self.since,
        }
    }
}

/// A step that the workflow allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// From any of these.
    pub from: Vec<StatusKey>,
    /// To this.
    pub to: StatusKey,
    /// Only for people with one of these roles in the project; empty for everybody who may move tasks. Owners and
    /// admins of the organization count as owners of the project, its managers as managers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<ProjectRole>,
    /// Only for tasks that have these fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub require_fields: Vec<RequiredField>,
}

impl Transition {
    fn is_for(&self, roles: &[ProjectRole]) -> bool {
        self.roles.is_empty() || self.roles.iter().any(|role| roles.contains(role))
    }

    /// The first field that it requires and is not among these.
    fn lacks(&self, fields: &[RequiredField]) -> Option<RequiredField> {
        self.require_fields
            .iter()
            .copied()
            .find(|field| !fields.contains(field))
    }
}

/// A workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workflow {
    /// Counts replacements; the default workflow is version 1.
    pub version: u32,
    /// The statuses, in the order in which they are shown.
    pub statuses: Vec<StatusDefinition>,
    /// The steps; none at all allows every step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Transition>,
    /// What became of statuses of earlier versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub moved: BTreeMap<StatusId, StatusId>,
}

/// What a step depends on besides the statuses.
#[derive(Debug, Clone, Copy, Default)]
pub struct StepContext<'a> {
    /// The roles of the caller that count in the project.
    pub roles: &'a [ProjectRole],
    /// The fields that the task has.
    pub fields: &'a [RequiredField],
}

impl Default for Workflow {
    fn default() -> Self {
        let status = |category: Category, name: &str| StatusDefinition {
            key: category.into(),
            since: Workflow::FIRST,
            name: name.to_owned(),
            category,
            color: None,
            is_final: false,
        };
        let statuses = vec![
            status(Category::Todo, "To Do"),
            status(Category::InProgress, "In Progress"),
            status(Category::Done, "Done"),
        ];
        // From every status to every other: work begins and is put back, anything open can be finished, and what is
        // finished can be taken up again.
        Self {
            version: Workflow::FIRST,
            statuses,
            steps: vec![],
            moved: BTreeMap::new(),
        }
    }
}

impl Workflow {
    /// The version of the default workflow.
    pub const FIRST: u32 = 1;
    /// The most bytes of its statuses and steps, as JSON: every request about the project reads them.
    pub const MAX_BYTES: usize = 12 * 1024;
    /// The most statuses that it may have.
    pub const MAX_STATUSES: usize = 30;
    /// The most steps that it may have.
    pub const MAX_STEPS: usize = 100;
    /// The most earlier statuses whose fate is kept.
    pub const MAX_MOVED: usize = 60;

    /// A status of it.
    pub fn status(&self, key: &StatusKey) -> Option<&StatusDefinition> {
        self.statuses.iter().find(|status| status.key == *key)
    }

    /// A status of it, by the key that somebody names in the field `status`.
    ///
    /// # Errors
    /// One that names what statuses there are.
    pub fn named(&self, key: &StatusKey) -> Result<&StatusDefinition, Error> {
        self.status(key).ok_or_else(|| {
            let keys: Vec<&str> = self
                .statuses
                .iter()
                .map(|status| status.key.as_str())
                .collect();
            Error::field(
                "status",
                "invalid",
                format!("must be one of: {}", keys.join(", ")),
            )
        })
    }

    fn find(&self, id: &StatusId) -> Option<&StatusDefinition> {
        self.statuses
            .iter()
            .find(|status| status.key == id.key && status.since == id.since)
    }

    /// Whether it has this very status.
    pub fn has(&self, id: &StatusId) -> bool {
        self.find(id).is_some()
    }

    /// What a stored status is now.
    pub fn present(&self, id: &StatusId) -> &StatusDefinition {
        let id = self.moved.get(id).unwrap_or(id);
        self.find(id).unwrap_or(&self.statuses[0])
    }

    /// Every stored status that is this one now.
    pub fn stored_as(&self, status: &StatusDefinition) -> Vec<StatusId> {
        let id = status.id();
        let earlier = self
            .moved
            .iter()
            .filter(|(_, to)| **to == id)
            .map(|(from, _)| from.clone());
        std::iter::once(id.clone()).chain(earlier).collect()
    }

    /// The status in which a task of another workflow goes on here: the first of its category, or, if there is none, the
    /// first in which as much of it is left to do.
    pub fn counterpart(&self, category: Category) -> &StatusDefinition {
        let first = |fits: &dyn Fn(Category) -> bool| {
            self.statuses.iter().find(|status| fits(status.category))
        };
        let same = first(&|other| other == category);
        same.or_else(|| first(&|other| other.is_closed() == category.is_closed()))
            .unwrap_or(&self.statuses[0])
    }

    /// The statuses that may follow.
    pub fn next(&self, from: &StatusKey) -> Vec<&StatusKey> {
        let all = self
            .statuses
            .iter()
            .map(|status| &status.key)
            .filter(|key| *key != from);
        if self.steps.is_empty() {
            return all.collect();
        }
        all.filter(|to| {
            self.steps
                .iter()
                .any(|step| step.to == **to && step.from.contains(from))
        })
        .collect()
    }

    /// The status `to`, if it may follow the stored status `from` under these circumstances.
    pub fn step(
        &self,
        from: &StatusId,
        to: &StatusKey,
        given: StepContext<'_>,
    ) -> Result<&StatusDefinition, Error> {
        let from = &self.present(from).key;
        let target = self.named(to)?;
        if from == to || self.steps.is_empty() {
            return Ok(target);
        }
        let mut steps = self
            .steps
            .iter()
            .filter(|step| step.to == *to && step.from.contains(from))
            .peekable();
        if steps.peek().is_none() {
            let allowed = self
                .next(from)
                .into_iter()
                .map(ToString::to_string)
                .collect();
            return Err(Error::InvalidTransition { allowed });
        }
        // One step that lets them pass is enough. Else a missing field is told rather than a
        // missing role: fields they can set themselves.
        let mut refusal = Error::Forbidden {
            permission: "task.transition",
        };
        for step in steps.filter(|step| step.is_for(given.roles)) {
            let Some(missing) = step.lacks(given.fields) else {
                return Ok(target);
            };
            refusal = Error::field(missing.as_str(), "required", "must be set for this step");
        }
        Err(refusal)
    }

    /// The statuses of this workflow that `next` does not have and `map` does not place: tasks must not be in them.
    pub fn homeless<'a>(
        &'a self,
        next: &'a [StatusDefinition],
        map: &'a BTreeMap<StatusKey, StatusKey>,
    ) -> impl Iterator<Item = &'a StatusDefinition> {
        let placed =
            |key: &StatusKey| map.contains_key(key) || next.iter().any(|status| status.key == *key);
        self.statuses
            .iter()
            .filter(move |status| !placed(&status.key))
    }

    /// The workflow that replaces this one. Statuses that are `used` and gone must be in `map`.
    pub fn replaced_by(
        &self,
        statuses: Vec<StatusDefinition>,
        steps: Vec<Transition>,
        map: &BTreeMap<StatusKey, StatusKey>,
        used: &BTreeSet<StatusKey>,
    ) -> Result<Self, Error> {
        let mut next = Self {
            version: self.version + 1,
            statuses,
            steps,
            moved: BTreeMap::new(),
        };
        for status in &mut next.statuses {
            status.since = self
                .status(&status.key)
                .map_or(next.version, |there| there.since);
        }
        next.check(self, map)?;
        self.check_homes(&next, map, used)?;
        next.moved = self.moved_to(&next, map);
        if next.moved.len() > Self::MAX_MOVED {
            return Err(Error::LimitReached {
                what: "removed statuses",
                limit: Self::MAX_MOVED,
            });
        }
        Ok(next)
    }

    /// Fails if tasks are in a status that `next` does not have and `map` does not place.
    fn check_homes(
        &self,
        next: &Self,
        map: &BTreeMap<StatusKey, StatusKey>,
        used: &BTreeSet<StatusKey>,
    ) -> Result<(), Error> {
        let homeless = self
            .homeless(&next.statuses, map)
            .filter(|status| used.contains(&status.key));
        let statuses: Vec<String> = homeless.map(|status| status.key.to_string()).collect();
        if statuses.is_empty() {
            Ok(())
        } else {
            Err(Error::TasksInRemovedStatus { statuses })
        }
    }

    /// What becomes in `next` of the statuses, of this workflow and earlier ones, that it lacks.
    fn moved_to(
        &self,
        next: &Self,
        map: &BTreeMap<StatusKey, StatusKey>,
    ) -> BTreeMap<StatusId, StatusId> {
        // What was mapped before follows its target; what nobody used goes to the first status, in case somebody does.
        let older = self
            .moved
            .iter()
            .map(|(from, to)| (from.clone(), to.clone()));
        let own = self
            .statuses
            .iter()
            .map(|status| (status.id(), status.id()));
        let gone = older.chain(own).filter(|(from, _)| !next.has(from));
        let moved = gone.map(|(from, to)| {
            let mapped = || {
                map.get(to.key())
                    .and_then(|key| next.status(key))
                    .unwrap_or(&next.statuses[0])
            };
            let to = next.find(&to).unwrap_or_else(mapped).id();
            (from, to)
        });
        moved.collect()
    }

    /// Names everything for which tasks could not follow it, or could not come to it from `old`.
    fn check(&self, old: &Self, map: &BTreeMap<StatusKey, StatusKey>) -> Result<(), Error> {
        let mut faults = Faults::new();
        self.check_statuses(&mut faults);
        self.check_steps(&mut faults);
        for (from, to) in map {
            let fault = if self.status(from).is_some() {
                "is a status of the workflow itself"
            } else if old.status(from).is_none() {
                "is no status of the present workflow"
            } else if self.status(to).is_none() {
                "must lead to a status of the workflow"
            } else {
                continue;
            };
            faults.note(&format!("/status_map/{from}"), "invalid", fault);
        }
        faults.check()?;
        let mut faults = Faults::new();
        for key in self.dead_ends() {
            let at = self
                .statuses
                .iter()
                .position(|status| status.key == *key)
                .unwrap_or_default();
            let message =
                "can be reached and nothing follows it; add a transition, or say that it is final";
            faults.note(&format!("/statuses/{at}"), "dead_end", message);
        }
        faults.check()
    }

    fn check_statuses(&self, faults: &mut Faults) {
        if self.statuses.len() > Self::MAX_STATUSES {
            faults.note(
                "statuses",
                "too_many",
                format!("must be at most {}", Self::MAX_STATUSES),
            );
        }
        for (at, status) in self.statuses.iter().enumerate() {
            if self.statuses[..at]
                .iter()
                .any(|other| other.key == status.key)
            {
                faults.note(
                    &format!("/statuses/{at}/key"),
                    "duplicate",
                    "must be unique in the workflow",
                );
            }
        }
        for needed in [Category::Todo, Category::Done] {
            if !self.statuses.iter().any(|status| status.category == needed) {
                let message = format!("must have a status of the category {}", needed.as_str());
                faults.note("statuses", "missing_category", message);
            }
        }
    }

    fn check_steps(&self, faults: &mut Faults) {
        if self.steps.len() > Self::MAX_STEPS {
            faults.note(
                "transitions",
                "too_many",
                format!("must be at most {}", Self::MAX_STEPS),
            );
        }
        let bytes = serde_json::to_vec(&(&self.statuses, &self.steps)).map_or(0, |json| json.len());
        if bytes > Self::MAX_BYTES {
            faults.note(
                "transitions",
                "too_long",
                format!(
                    "must have at most {} bytes with the statuses, and has {bytes}",
                    Self::MAX_BYTES
                ),
            );
        }
        for (at, step) in self.steps.iter().enumerate() {
            self.check_step(at, step, faults);
        }
    }

    fn check_step(&self, at: usize, step: &Transition, faults: &mut Faults) {
        let unknown = "must be a status of the workflow";
        if step.from.is_empty() {
            faults.note(
                &format!("/transitions/{at}/from"),
                "required",
                "must not be empty",
            );
        }
        for (place, _) in step
            .from
            .iter()
            .enumerate()
            .filter(|(_, from)| self.status(from).is_none())
        {
            faults.note(
                &format!("/transitions/{at}/from/{place}"),
                "invalid",
                unknown,
            );
        }
        if self.status(&step.to).is_none() {
            faults.note(&format!("/transitions/{at}/to"), "invalid", unknown);
        }
    }

    /// Statuses that can be reached from the first one, or from the one in which work begins, that nothing follows, and
    /// that are not said to be final.
    pub fn dead_ends(&self) -> Vec<&StatusKey> {
        let begin = self
            .statuses
            .iter()
            .find(|status| status.category == Category::Todo);
        let mut reached: BTreeSet<&StatusKey> = self
            .statuses
            .first()
            .into_iter()
            .chain(begin)
            .map(|status| &status.key)
            .collect();
        let mut open: Vec<&StatusKey> = reached.iter().copied().collect();
        while let Some(key) = open.pop() {
            for next in self.next(key) {
                if reached.insert(next) {
                    open.push(next);
                }
            }
        }
        let meant = |key: &StatusKey| self.status(key).is_some_and(|status| status.is_final);
        reached
            .into_iter()
            .filter(|key| self.next(key).is_empty() && !meant(key))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> StatusKey {
        text.parse().unwrap()
    }

    fn id(text: &str) -> StatusId {
        text.parse().unwrap()
    }

    fn status(text: &str, category: Category) -> StatusDefinition {
        StatusDefinition {
            key: key(text),
            since: Workflow::FIRST,
            name: text.to_owned(),
            category,
            color: None,
            is_final: false,
        }
    }

    fn step(from: &[&str], to: &str) -> Transition {
        let from = from.iter().map(|from| key(from)).collect();
        Transition {
            from,
            to: key(to),
            roles: vec![],
            require_fields: vec![],
        }
    }

    fn review() -> (Vec<StatusDefinition>, Vec<Transition>) {
        let statuses = vec![
            status("backlog", Category::Todo),
            status("doing", Category::InProgress),
            status("review", Category::InProgress),
            status("shipped", Category::Done),
        ];
        let steps = vec![
            step(&["backlog"], "doing"),
            step(&["doing", "shipped"], "review"),
            step(&["review"], "doing"),
            step(&["review"], "shipped"),
        ];
        (statuses, steps)
    }

    fn replace(
        old: &Workflow,
        (statuses, steps): (Vec<StatusDefinition>, Vec<Transition>),
        map: &[(&str, &str)],
        used: &[&str],
    ) -> Result<Workflow, Error> {
        let map = map.iter().map(|(from, to)| (key(from), key(to))).collect();
        old.replaced_by(
            statuses,
            steps,
            &map,
            &used.iter().map(|used| key(used)).collect(),
        )
    }

    #[test]
    fn a_task_of_another_workflow_finds_its_counterpart() {
        let (statuses, steps) = review();
        let review = replace(&Workflow::default(), (statuses, steps), &[], &[]).unwrap();
        assert_eq!(
            review.counterpart(Category::InProgress).key.as_str(),
            "doing"
        );
        assert_eq!(
            review.counterpart(Category::Cancelled).key.as_str(),
            "shipped"
        );
        assert_eq!(
            Workflow::default()
                .counterpart(Category::Cancelled)
                .key
                .as_str(),
            "done"
        );
    }

    #[test]
    fn the_default_workflow_allows_every_step() {
        let workflow = Workflow::default();
        for from in &workflow.statuses {
            for to in &workflow.statuses {
                assert!(
                    workflow
                        .step(&from.id(), &to.key, StepContext::default())
                        .is_ok()
                );
            }
        }
        assert!(
            workflow
                .step(&id("todo"), &key("review"), StepContext::default())
                .is_err()
        );
    }

    #[test]
    fn whatever_is_wrong_with_a_workflow_is_named_at_once() {
        let (mut statuses, mut steps) = review();
        statuses[1].key = key("backlog");
        statuses[3].category = Category::Cancelled;
        steps[0].from.push(key("nowhere"));
        steps[3].to = key("nowhere");
        let map = [
            ("todo", "nowhere"),
            ("review", "doing"),
            ("elsewhere", "review"),
        ];
        let Err(Error::Invalid(faults)) =
            replace(&Workflow::default(), (statuses, steps), &map, &[])
        else {
            panic!("it is accepted")
        };
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        let of_statuses = ["/statuses/1/key", "/statuses"];
        let of_steps = [
            "/transitions/0/from/1",
            "/transitions/0/to",
            "/transitions/1/from/0",
            "/transitions/2/to",
            "/transitions/3/to",
        ];
        let of_map = [
            "/status_map/elsewhere",
            "/status_map/review",
            "/status_map/todo",
        ];
        assert_eq!(fields, [&of_statuses[..], &of_steps, &of_map].concat());
    }

    #[test]
    fn statuses_are_read_as_people_write_them() {
        for (text, right) in [
            ("To Do", "todo"),
            ("TODO", "todo"),
            ("In Progress", "in_progress"),
            ("in-progress", "in_progress"),
        ] {
            assert_eq!(key(text).as_str(), right);
        }
        for wrong in ["", "1st", "a#b", "ä", "a".repeat(31).as_str()] {
            assert!(wrong.parse::<StatusKey>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_used_status_goes_only_with_a_place_to_go_to() {
        let old = Workflow::default();
        let missing = Error::TasksInRemovedStatus {
            statuses: vec!["todo".to_owned()],
        };
        assert_eq!(replace(&old, review(), &[], &["todo"]), Err(missing));
        let new = replace(
            &old,
            review(),
            &[("todo", "backlog"), ("done", "shipped")],
            &["todo", "done"],
        )
        .unwrap();
        assert_eq!(new.present(&id("done")).key, key("shipped"));
        assert_eq!(new.present(&id("in_progress")).key, key("backlog"));
        assert_eq!(
            new.stored_as(new.status(&key("shipped")).unwrap()),
            [id("shipped~2"), id("done")]
        );
        // Mapped once more, the oldest follow.
        let (mut statuses, steps) = review();
        statuses[3] = status("released", Category::Done);
        let steps: Vec<Transition> = steps
            .into_iter()
            .filter(|step| step.to != key("shipped"))
            .map(|mut step| {
                step.from.retain(|from| *from != key("shipped"));
                step
            })
            .chain([
                self::step(&["review"], "released"),
                self::step(&["released"], "doing"),
            ])
            .collect();
        let newer = replace(
            &new,
            (statuses, steps),
            &[("shipped", "released")],
            &["shipped"],
        )
        .unwrap();
        assert_eq!(newer.present(&id("done")).key, key("released"));
        assert_eq!(newer.version, 3);
    }

    #[test]
    fn a_key_that_comes_back_names_another_status() {
        let first = Workflow::default();
        let map = [
            ("todo", "backlog"),
            ("in_progress", "doing"),
            ("done", "shipped"),
        ];
        let second = replace(&first, review(), &map, &[]).unwrap();
        // "done" is back, and means that work begins; what was done stays shipped.
        let (mut statuses, _) = review();
        statuses.push(status("done", Category::Todo));
        let third = replace(&second, (statuses.clone(), vec![]), &[], &[]).unwrap();
        assert_eq!(third.status(&key("done")).unwrap().id(), id("done~3"));
        assert_eq!(third.status(&key("shipped")).unwrap().id(), id("shipped~2"));
        assert_eq!(third.present(&id("done")).key, key("shipped"));
        assert_eq!(third.present(&id("done~3")).category, Category::Todo);
        // Gone once more, the two go each their own way.
        statuses.pop();
        let fourth = replace(
            &third,
            (statuses, vec![]),
            &[("done", "backlog")],
            &["done"],
        )
        .unwrap();
        assert_eq!(fourth.present(&id("done~3")).key, key("backlog"));
        assert_eq!(fourth.present(&id("done")).key, key("shipped"));
    }

    #[test]
    fn a_status_that_is_none_is_refused_with_those_there_are() {
        let Err(Error::Invalid(faults)) = Workflow::default().named(&key("nowhere")) else {
            panic!("it is taken")
        };
        assert!(
            faults[0].message.contains("todo, in_progress, done"),
            "{faults:?}"
        );
        assert_eq!(
            Workflow::default().named(&key("done")).unwrap().category,
            Category::Done
        );
    }

    #[test]
    fn an_identity_is_stored_as_text() {
        for text in ["done", "done~5"] {
            assert_eq!(serde_json::to_value(id(text)).unwrap(), text);
            assert_eq!(id(text).to_string(), text);
        }
        for wrong in ["", "~", "done~", "done~x", "Do#ne"] {
            assert!(wrong.parse::<StatusId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn steps_ask_for_roles_and_fields() {
        let (statuses, mut steps) = review();
        steps[3].roles = vec![ProjectRole::Manager];
        steps[3].require_fields = vec![RequiredField::Assignee];
        let workflow = replace(&Workflow::default(), (statuses, steps), &[], &[]).unwrap();
        let go = |roles: &[ProjectRole], fields: &[RequiredField]| {
            workflow
                .step(
                    &id("review~2"),
                    &key("shipped"),
                    StepContext { roles, fields },
                )
                .map(|status| status.category)
        };
        assert_eq!(
            go(&[ProjectRole::Member], &[RequiredField::Assignee]),
            Err(Error::Forbidden {
                permission: "task.transition"
            })
        );
        assert!(matches!(
            go(&[ProjectRole::Manager], &[]),
            Err(Error::Invalid(_))
        ));
        assert_eq!(
            go(&[ProjectRole::Manager], &[RequiredField::Assignee]),
            Ok(Category::Done)
        );
        let jump = workflow.step(&id("backlog~2"), &key("shipped"), StepContext::default());
        assert_eq!(
            jump,
            Err(Error::InvalidTransition {
                allowed: vec!["doing".to_owned()]
            })
        );
    }

    #[test]
    fn what_tasks_cannot_follow_is_refused() {
        let refused = |change: fn(&mut Vec<StatusDefinition>, &mut Vec<Transition>)| {
            let (mut statuses, mut steps) = review();
            change(&mut statuses, &mut steps);
            replace(&Workflow::default(), (statuses, steps), &[], &[]).unwrap_err()
        };
        refused(|statuses, _| statuses.clear());
        refused(|statuses, _| statuses[0].category = Category::InProgress);
        refused(|statuses, _| statuses[3].category = Category::Cancelled);
        refused(|statuses, _| statuses[1].key = "backlog".parse().unwrap());
        refused(|_, steps| steps[0].to = "nowhere".parse().unwrap());
        refused(|_, steps| steps[0].from.clear());
        let dead = refused(|_, steps| steps[1].from.retain(|from| from.as_str() != "shipped"));
        assert!(matches!(dead, Error::Invalid(faults) if faults[0].code == "dead_end"));
        let (mut statuses, mut steps) = review();
        steps[1].from.retain(|from| from.as_str() != "shipped");
        statuses[3].is_final = true;
        assert!(replace(&Workflow::default(), (statuses, steps), &[], &[]).is_ok());
    }

    proptest! {
        #[test]
        fn no_accepted_workflow_has_a_reachable_dead_end(
            categories in prop::collection::vec(0..4_usize, 1..7),
            edges in prop::collection::vec((0..7_usize, 0..7_usize), 0..20),
            finals in prop::collection::vec(any::<bool>(), 7),
        ) {
            let name = |at: usize| format!("s{at}");
            let count = categories.len();
            let statuses: Vec<_> = categories.iter().enumerate().map(|(at, category)| {
                StatusDefinition { is_final: finals[at], ..status(&name(at), Category::ALL[*category]) }
            }).collect();
            let steps: Vec<_> = edges.iter().map(|(from, to)| step(&[&name(from % count)], &name(to % count))).collect();
            if let Ok(workflow) = replace(&Workflow::default(), (statuses, steps), &[], &[]) {
                // Walk as far as one gets: at every status there is a way on, or the workflow says that it ends there.
                let mut seen = vec![workflow.statuses[0].key.clone()];
                let mut at = 0;
                while at < seen.len() {
                    let next = workflow.next(&seen[at]);
                    prop_assert!(!next.is_empty() || workflow.status(&seen[at]).unwrap().is_final);
                    for key in next.into_iter().cloned().collect::<Vec<_>>() {
                        if !seen.contains(&key) { seen.push(key) }
                    }
                    at += 1;
                }
            }
        }
    }
}
