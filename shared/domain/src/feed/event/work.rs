//! What happens to projects, teams, labels and tasks.

use super::told::{Life, Tell, Told, ToldField, text};
use super::{EventType, FieldChange};
use crate::id::{LabelId, TeamId};
use crate::membership::team::Team;
use crate::prose::Prose;
use crate::work::label::Label;
use crate::work::project::Project;
use crate::work::task::Task;

fn has(changes: &[FieldChange], field: &str) -> bool {
    changes.iter().any(|change| change.field == field)
}

impl Project {
    const LIFE: Life = Life {
        made: EventType::ProjectCreated,
        changed: EventType::ProjectUpdated,
        deleted: EventType::ProjectDeleted,
        restored: EventType::ProjectRestored,
    };
}

impl Tell for Project {
    fn subject(&self, kind: EventType) -> Told {
        let told = Told::new(kind, self.updated_at, Some(self.updated_by), self.id)
            .named(self.name.as_str());
        Told {
            project: Some(self.id),
            ..told
        }
    }

    // In one piece: every member is named and told or not, so none is forgotten when one is added.
    fn fields(&self) -> Vec<ToldField> {
        let Self {
            key,
            name,
            description,
            status,
            visibility,
            lead,
            start,
            due,
            teams,
            workflow,
            viewers_comment,
            id: _,
            owners: _,
            hidden: _,
            archived_at: _,
            created_at: _,
            created_by: _,
            updated_at: _,
            updated_by: _,
            deleted_at: _,
            deleted_by: _,
        } = self;
        let team = |suffix: &String| {
            TeamId::from_suffix(self.id.tag(), suffix)
                .ok()
                .map(|id| id.to_string())
        };
        let workflow = workflow
            .as_ref()
            .and_then(|workflow| serde_json::to_value(workflow).ok());
        vec![
            ToldField::new("key", key.as_str()),
            ToldField::new("name", name.as_str()),
            ToldField::unquoted(
                "description",
                text(description.as_ref().map(Prose::identity)),
            ),
            ToldField::new("status", status.as_str()),
            ToldField::new("visibility", visibility.as_str()),
            ToldField::id("lead_id", *lead),
            ToldField::id("start_date", *start),
            ToldField::id("due_date", *due),
            ToldField::new(
                "team_ids",
                teams.iter().filter_map(team).collect::<Vec<_>>(),
            ),
            ToldField::unquoted("workflow", workflow.unwrap_or_default()),
            ToldField::new("viewers_can_comment", *viewers_comment),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, changes: &[FieldChange]) -> Option<EventType> {
        let archived = |project: &Self| project.archived_at.is_some();
        let deleted = |project: &Self| project.deleted_at.is_some();
        match before {
            Some(before)
                if deleted(before) == deleted(after) && archived(before) != archived(after) =>
            {
                Some(if archived(after) {
                    EventType::ProjectArchived
                } else {
                    EventType::ProjectUnarchived
                })
            }
            _ => Self::LIFE.step(before.map(deleted), deleted(after), changes),
        }
    }

    fn last(&self) -> EventType {
        if self.deleted_at.is_some() {
            EventType::ProjectDeleted
        } else {
            EventType::ProjectUpdated
        }
    }

    fn secluded(before: Option<&Self>, after: &Self) -> bool {
        after.is_private() && before.is_none_or(Self::is_private)
    }
}

impl Team {
    const LIFE: Life = Life {
        made: EventType::TeamCreated,
        changed: EventType::TeamUpdated,
        deleted: EventType::TeamDeleted,
        restored: EventType::TeamUpdated,
    };
}

impl Tell for Team {
    fn subject(&self, kind: EventType) -> Told {
        let told = Told::new(kind, self.updated_at, Some(self.updated_by), self.id)
            .named(self.name.as_str());
        Told {
            project: self.project,
            ..told
        }
    }

    fn fields(&self) -> Vec<ToldField> {
        let Self {
            name,
            description,
            owner,
            project,
            projects,
            default_project,
            metadata,
            id: _,
            admins: _,
            created_at: _,
            created_by: _,
            updated_at: _,
            updated_by: _,
            deleted_at: _,
            deleted_by: _,
        } = self;
        vec![
            ToldField::new("name", name.as_str()),
            ToldField::unquoted(
                "description",
                text(description.as_ref().map(Prose::identity)),
            ),
            ToldField::id("owner_id", Some(owner)),
            ToldField::id("project_id", *project),
            // Not everybody who sees the team sees all of its projects.
            ToldField::unquoted("project_ids", projects.clone()),
            ToldField::unquoted("default_project_id", text(*default_project)),
            ToldField::unquoted("metadata", text(metadata.as_ref())),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, changes: &[FieldChange]) -> Option<EventType> {
        let deleted = |team: &Self| team.deleted_at.is_some();
        Self::LIFE.step(before.map(deleted), deleted(after), changes)
    }

    fn last(&self) -> EventType {
        if self.deleted_at.is_some() {
            EventType::TeamDeleted
        } else {
            EventType::TeamUpdated
        }
    }
}

impl Label {
    const LIFE: Life = Life {
        made: EventType::LabelCreated,
        changed: EventType::LabelUpdated,
        deleted: EventType::LabelDeleted,
        restored: EventType::LabelUpdated,
    };
}

impl Tell for Label {
    fn subject(&self, kind: EventType) -> Told {
        let told = Told::new(kind, self.updated_at, Some(self.updated_by), self.id)
            .named(self.name.as_str());
        Told {
            project: self.project,
            ..told
        }
    }

    fn fields(&self) -> Vec<ToldField> {
        let Self {
            name,
            color,
            project,
            merged_into,
            id: _,
            aliases: _,
            created_at: _,
            created_by: _,
            updated_at: _,
            updated_by: _,
            deleted_at: _,
        } = self;
        vec![
            ToldField::new("name", name.as_str()),
            ToldField::id("color", color.as_ref()),
            ToldField::id("project_id", *project),
            ToldField::id("merged_into", *merged_into),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, changes: &[FieldChange]) -> Option<EventType> {
        let deleted = |label: &Self| label.deleted_at.is_some();
        Self::LIFE.step(before.map(deleted), deleted(after), changes)
    }

    fn last(&self) -> EventType {
        if self.deleted_at.is_some() {
            EventType::LabelDeleted
        } else {
            EventType::LabelUpdated
        }
    }
}

impl Task {
    const LIFE: Life = Life {
        made: EventType::TaskCreated,
        changed: EventType::TaskUpdated,
        deleted: EventType::TaskDeleted,
        restored: EventType::TaskRestored,
    };
}

impl Tell for Task {
    fn subject(&self, kind: EventType) -> Told {
        let name = format!("{} {}", self.key(), self.title.as_str());
        let told = Told::new(kind, self.updated_at, Some(self.updated_by), self.id).named(name);
        Told {
            project: Some(self.project),
            task: Some(self.id),
            ..told
        }
    }

    // In one piece: every member is named and told or not, so none is forgotten when one is added.
    fn fields(&self) -> Vec<ToldField> {
        let Self {
            project,
            title,
            description,
            status,
            category,
            priority,
            assignee,
            due,
            rank,
            completed_at,
            id: _,
            prefix: _,
            number: _,
            labels: _,
            created_at: _,
            created_by: _,
            updated_at: _,
            updated_by: _,
            deleted_at: _,
            deleted_by: _,
        } = self;
        vec![
            ToldField::id("project_id", Some(project)),
            ToldField::id("key", Some(self.key())),
            ToldField::new("title", title.as_str()),
            ToldField::unquoted(
                "description",
                text(description.as_ref().map(Prose::identity)),
            ),
            ToldField::named("status", status.to_string(), status.key().as_str()),
            ToldField::new("status_category", category.as_str()),
            ToldField::new("priority", priority.as_str()),
            ToldField::id("assignee_id", *assignee),
            ToldField::id("due_date", *due),
            ToldField::new("position", rank.as_str()),
            ToldField::new(
                "labels",
                self.label_ids()
                    .map(|id: LabelId| id.to_string())
                    .collect::<Vec<_>>(),
            ),
            ToldField::id("completed_at", *completed_at),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, changes: &[FieldChange]) -> Option<EventType> {
        let deleted = |task: &Self| task.deleted_at.is_some();
        let step = Self::LIFE.step(before.map(deleted), deleted(after), changes)?;
        Some(match step {
            EventType::TaskUpdated if has(changes, "project_id") => EventType::TaskMoved,
            EventType::TaskUpdated if has(changes, "status") => EventType::TaskTransitioned,
            EventType::TaskUpdated if has(changes, "position") && changes.len() == 1 => {
                EventType::TaskMoved
            }
            step => step,
        })
    }

    fn last(&self) -> EventType {
        if self.deleted_at.is_some() {
            EventType::TaskDeleted
        } else {
            EventType::TaskUpdated
        }
    }
}
