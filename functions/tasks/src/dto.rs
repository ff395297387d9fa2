//! What clients see of tasks.

use std::collections::HashMap;

use app::in_org::InOrg;
use app::work::task::Counts;
use app::work::task::{Included, Trashed};
use domain::account::Profile;
use domain::id::LabelId;
use domain::prose::Prose;
use domain::retention::restore_until;
use domain::work::label::Label;
use domain::work::project::Project;
use domain::work::task::Task;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Task)]
pub struct TaskDto {
    /// Its id.
    pub id: Uuid,
    /// The key that people use.
    #[schema(example = "WEB-12")]
    pub key: String,
    /// Its number in the project.
    #[schema(example = 12)]
    pub number: u64,
    /// The organization it belongs to.
    pub organization_id: Uuid,
    /// The project it belongs to.
    pub project_id: Uuid,
    /// What it is called.
    #[schema(example = "Write the press release")]
    pub title: String,
    /// What it is about (Markdown). Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A status of the project's workflow: todo, in_progress or done unless it has its own.
    #[schema(example = "todo")]
    pub status: String,
    /// What the status amounts to: todo, in_progress, done or cancelled.
    #[schema(example = "todo")]
    pub status_category: &'static str,
    /// low, medium, high or urgent.
    #[schema(example = "high")]
    pub priority: &'static str,
    /// Who does it.
    pub assignee_id: Option<Uuid>,
    /// When it is due: a day or a moment.
    #[schema(example = "2026-12-24")]
    pub due_date: Option<String>,
    /// Its place among the tasks of its status; sorts as text.
    #[schema(example = "0101010d80")]
    pub position: String,
    /// What it is marked with: ids of labels. A label that was merged is the one that it became, and one that was
    /// deleted is left out.
    #[schema(value_type = Vec<Uuid>)]
    pub labels: Vec<Uuid>,
    /// When it was finished.
    pub completed_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: Uuid,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: Uuid,
    /// Counts its changes; the `ETag` and `If-Match` of it.
    #[schema(example = 4)]
    pub version: u64,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Until when it can be restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_until: Option<Timestamp>,
    /// Its project, with `include=project`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectSummary>,
    /// Who does it, with `include=assignee`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<PersonSummary>,
    /// Who made it, with `include=creator`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator: Option<PersonSummary>,
    /// What it is marked with, with `include=labels`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_details: Option<Vec<LabelSummary>>,
    /// How many comments and files it has, with `include=counts`; they follow a change within a second or so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<TaskCounts>,
}

/// How much there is to a task.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskCounts {
    /// How many comments, without deleted ones.
    #[schema(example = 3)]
    pub comments: u64,
    /// How many files, each counted once whatever versions it has.
    #[schema(example = 1)]
    pub attachments: u64,
}

/// A label, as a task brings it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LabelSummary {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    #[schema(example = "Bug")]
    pub name: String,
    /// Its colour.
    #[schema(example = "#d73a4a")]
    pub color: Option<String>,
    /// The project whose label it is; null for one of the organization.
    pub project_id: Option<Uuid>,
}

/// A project, as a task brings it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectSummary {
    /// Its id.
    pub id: Uuid,
    /// The prefix of its tasks' keys.
    #[schema(example = "WEB")]
    pub key: String,
    /// What it is called.
    #[schema(example = "Website relaunch")]
    pub name: String,
    /// planning, active, on_hold, completed or cancelled.
    #[schema(example = "active")]
    pub status: &'static str,
}

/// A person, as a task brings them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonSummary {
    /// Their id.
    pub id: Uuid,
    /// The name by which they are mentioned.
    #[schema(example = "ann")]
    pub username: String,
    /// What they are called.
    #[schema(example = "Ann Example")]
    pub full_name: Option<String>,
}

impl From<&Project> for ProjectSummary {
    fn from(project: &Project) -> Self {
        Self {
            id: project.id.uuid(),
            key: project.key.to_string(),
            name: project.name.to_string(),
            status: project.status.as_str(),
        }
    }
}

impl From<&Label> for LabelSummary {
    fn from(label: &Label) -> Self {
        Self {
            id: label.id.uuid(),
            name: label.name.to_string(),
            color: label.color.as_ref().map(ToString::to_string),
            project_id: label.project.map(|project| project.uuid()),
        }
    }
}

impl From<Counts> for TaskCounts {
    fn from(counts: Counts) -> Self {
        Self {
            comments: counts.comments,
            attachments: counts.attachments,
        }
    }
}

impl From<&Profile> for PersonSummary {
    fn from(profile: &Profile) -> Self {
        let full_name = profile.full_name.as_ref().map(ToString::to_string);
        Self {
            id: profile.user.uuid(),
            username: profile.username.to_string(),
            full_name,
        }
    }
}

impl From<InOrg<Task>> for TaskDto {
    // In one piece: a list of fields, what a client sees of a task.
    fn from(task: InOrg<Task>) -> Self {
        let (org, version, task) = (task.org, task.thing.version, task.thing.value);
        Self {
            id: task.id.uuid(),
            key: task.key().to_string(),
            labels: task.label_ids().map(|label| label.uuid()).collect(),
            number: task.number,
            organization_id: org.uuid(),
            project_id: task.project.uuid(),
            title: task.title.into(),
            description: task.description.and_then(Prose::into_text).map(Into::into),
            status: task.status.key().to_string(),
            status_category: task.category.as_str(),
            priority: task.priority.as_str(),
            assignee_id: task.assignee.map(|assignee| assignee.uuid()),
            due_date: task.due.map(|due| due.to_string()),
            position: task.rank,
            completed_at: task.completed_at,
            created_at: task.created_at,
            created_by: task.created_by.uuid(),
            updated_at: task.updated_at,
            updated_by: task.updated_by.uuid(),
            version,
            deleted_at: task.deleted_at,
            restore_until: task.deleted_at.map(restore_until),
            project: None,
            assignee: None,
            creator: None,
            label_details: None,
            counts: None,
        }
    }
}

/// What a task's labels are now, each once.
fn summaries(labels: &HashMap<LabelId, Label>, task: &Task) -> Vec<LabelSummary> {
    let mut found: Vec<LabelSummary> = vec![];
    for label in task.label_ids().filter_map(|id| labels.get(&id)) {
        if !found.iter().any(|other| other.id == label.id.uuid()) {
            found.push(label.into());
        }
    }
    found
}

impl TaskDto {
    /// The view of a task with what it brought along.
    // In one piece: a list of fields, each filled from what was brought along; the ids by which
    // that is found must be noted before the task is used up.
    pub fn with(task: InOrg<Task>, included: &Included) -> Self {
        let (project, assignee) = (task.thing.value.project, task.thing.value.assignee);
        let (creator, id) = (task.thing.value.created_by, task.thing.value.id);
        let labels = included
            .labels
            .as_ref()
            .map(|labels| summaries(labels, &task.thing.value));
        let mut view = Self::from(task);
        if let Some(labels) = &labels {
            view.labels = labels.iter().map(|label| label.id).collect();
        }
        view.label_details = labels;
        view.counts = included
            .counts
            .as_ref()
            .and_then(|counts| counts.get(&id))
            .copied()
            .map(Into::into);
        view.project = included.projects.get(&project).map(Into::into);
        view.assignee = assignee
            .and_then(|assignee| included.people.get(&assignee))
            .map(Into::into);
        view.creator = included.people.get(&creator).map(Into::into);
        view
    }

    /// The view of a task in a list: without its description.
    pub fn listed(mut task: InOrg<Task>, included: &Included) -> Self {
        task.thing.value.description = None;
        Self::with(task, included)
    }
}

/// A deleted thing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrashView)]
pub struct TrashDto {
    /// task or project.
    #[schema(example = "task")]
    pub r#type: &'static str,
    /// Its id.
    pub id: Uuid,
    /// The organization it belongs to.
    pub organization_id: Uuid,
    /// A task's key, or a project's.
    #[schema(example = "WEB-12")]
    pub key: String,
    /// What it is called.
    #[schema(example = "Write the press release")]
    pub title: String,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it.
    pub deleted_by: Option<Uuid>,
    /// Until when it can be restored.
    pub restore_until: Option<Timestamp>,
}

impl From<Trashed> for TrashDto {
    fn from(trashed: Trashed) -> Self {
        let deleted_at = trashed.deleted_at();
        let (r#type, id, org, key, title, deleted_by) = match trashed {
            Trashed::Task(org, task) => (
                "task",
                task.id.uuid(),
                org,
                task.key().to_string(),
                String::from(task.title),
                task.deleted_by,
            ),
            Trashed::Project(org, project) => {
                let key = project.key.to_string();
                (
                    "project",
                    project.id.uuid(),
                    org,
                    key,
                    String::from(project.name),
                    project.deleted_by,
                )
            }
        };
        let deleted_by = deleted_by.map(|user| user.uuid());
        let restore_until = deleted_at.map(restore_until);
        Self {
            r#type,
            id,
            organization_id: org.uuid(),
            key,
            title,
            deleted_at,
            deleted_by,
            restore_until,
        }
    }
}
