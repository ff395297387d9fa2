//! What clients see of numbers.

use app::work::dashboard::Dashboard;
use domain::live::Topic;
use domain::work::dashboard::{Count, Work};
use domain::work::project::ProjectStatus;
use domain::work::workflow::StatusDefinition;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Numbers about a project, or about one's work in an organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Dashboard)]
pub struct DashboardDto {
    /// The organization.
    pub organization_id: Uuid,
    /// The project; null if the numbers are those of an organization.
    pub project_id: Option<Uuid>,
    /// All work in the project; null for an organization.
    pub tasks: Option<WorkDto>,
    /// The tasks of the project by status, in the order of its workflow; null for an organization.
    pub statuses: Option<Vec<StatusCountDto>>,
    /// One's own work there: what is assigned to one, or made by one and assigned to nobody.
    pub mine: WorkDto,
    /// The projects that one sees and that are not archived, by status; null for a project.
    pub projects: Option<Vec<ProjectCountDto>>,
    /// What one has not read in the inbox, of that organization.
    pub unread_notifications: CountDto,
    /// What to subscribe to on a live connection to know when the numbers change.
    #[schema(example = json!(["project:9f3a61c4-7e5d-8e4f-aa7b-8c9dae1f2031", "user:0197e5d4-1111-7222-8333-444455556666"]))]
    pub topics: Vec<String>,
}

/// A number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Count)]
pub struct CountDto {
    /// So many.
    #[schema(example = 12)]
    pub count: usize,
    /// Whether there may be more.
    #[schema(example = false)]
    pub capped: bool,
}

/// How much work there is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Work)]
pub struct WorkDto {
    /// Tasks that are neither done nor cancelled.
    pub open: CountDto,
    /// Of these, those that are late.
    pub overdue: CountDto,
    /// Of these, those that are due within seven days.
    pub due_soon: CountDto,
}

/// How many tasks are in a status.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatusCount)]
pub struct StatusCountDto {
    /// The status.
    #[schema(example = "in_progress")]
    pub status: String,
    /// What people call it.
    #[schema(example = "In Progress")]
    pub name: String,
    /// What it amounts to: todo, in_progress, done or cancelled.
    #[schema(example = "in_progress")]
    pub category: &'static str,
    /// The tasks.
    #[serde(flatten)]
    pub tasks: CountDto,
}

/// How many projects are in a status.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProjectCount)]
pub struct ProjectCountDto {
    /// planning, active, on_hold, completed or cancelled.
    #[schema(example = "active")]
    pub status: &'static str,
    /// The projects.
    #[serde(flatten)]
    pub projects: CountDto,
}

impl From<Count> for CountDto {
    fn from(count: Count) -> Self {
        Self {
            count: count.count,
            capped: count.capped,
        }
    }
}

impl From<Work> for WorkDto {
    fn from(work: Work) -> Self {
        Self {
            open: work.open.into(),
            overdue: work.overdue.into(),
            due_soon: work.due_soon.into(),
        }
    }
}

impl From<(StatusDefinition, Count)> for StatusCountDto {
    fn from((status, count): (StatusDefinition, Count)) -> Self {
        let (key, category) = (status.key.to_string(), status.category.as_str());
        Self {
            status: key,
            name: status.name,
            category,
            tasks: count.into(),
        }
    }
}

impl From<(ProjectStatus, Count)> for ProjectCountDto {
    fn from((status, count): (ProjectStatus, Count)) -> Self {
        Self {
            status: status.as_str(),
            projects: count.into(),
        }
    }
}

/// The topics whose events change the numbers.
fn topics(dashboard: &Dashboard) -> Vec<String> {
    let of = dashboard
        .project
        .map_or(Topic::Org(dashboard.org), Topic::Project);
    [of, Topic::User(dashboard.user)]
        .iter()
        .map(ToString::to_string)
        .collect()
}

impl From<Dashboard> for DashboardDto {
    fn from(dashboard: Dashboard) -> Self {
        let topics = topics(&dashboard);
        let (tasks, statuses) = dashboard.tasks.unzip();
        Self {
            organization_id: dashboard.org.uuid(),
            project_id: dashboard.project.map(|project| project.uuid()),
            tasks: tasks.map(Into::into),
            statuses: statuses.map(|all| all.into_iter().map(Into::into).collect()),
            mine: dashboard.mine.into(),
            projects: dashboard
                .projects
                .map(|all| all.into_iter().map(Into::into).collect()),
            unread_notifications: dashboard.unread.into(),
            topics,
        }
    }
}
