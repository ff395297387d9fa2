//! `PATCH /projects/{project_id}`.

use app::App;
use app::work::project::{self, ProjectChange};
use axum::extract::State;
use domain::id::ProjectId;
use domain::{Error, Faults};
use edge::openapi::One;
use edge::patch::Field;
use edge::reply::Data;
use edge::{Body, Caller, Problem, Segment};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::body::{day, person, team};
use crate::dto::ProjectDto;

/// What to change. An absent member stays; null empties.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateProject {
    /// What it is called.
    #[schema(example = "Website relaunch 2027")]
    name: Option<String>,
    /// What it is about (Markdown).
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    description: Field<String>,
    /// planning, active, on_hold, completed or cancelled, as the life cycle allows.
    #[schema(example = "on_hold")]
    status: Option<String>,
    /// organization or private.
    #[schema(example = "private")]
    visibility: Option<String>,
    /// Who leads it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    lead_id: Field<String>,
    /// The teams that it is attached to: each of the organization, at most 20. Those that you add must be yours. If the
    /// project is private, the answer shows whom they let in.
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    team_ids: Option<Vec<String>>,
    /// Whether those who only read it may comment on its tasks all the same.
    #[schema(example = true)]
    viewers_can_comment: Option<bool>,
    /// The day on which it begins.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    start_date: Field<String>,
    /// The day by which it should be done.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    due_date: Field<String>,
}

impl TryFrom<UpdateProject> for ProjectChange {
    type Error = Error;

    // In one piece: a list of fields; each is read beside its name in the body, all of them before
    // any fault is told.
    fn try_from(body: UpdateProject) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let name = body.name.and_then(|text| faults.take("name", text.parse()));
        let description = body
            .description
            .into_option()
            .map(|text| text.and_then(|text: String| faults.take("description", text.parse())));
        let status = body
            .status
            .and_then(|text| faults.take("status", text.parse()));
        let visibility = body
            .visibility
            .and_then(|text| faults.take("visibility", text.parse()));
        let lead = body
            .lead_id
            .into_option()
            .map(|text| person(&mut faults, "lead_id", text));
        let team = |text: String| team(&mut faults, "team_ids", &text);
        let teams = body
            .team_ids
            .map(|ids| ids.into_iter().filter_map(team).collect());
        let start = body
            .start_date
            .into_option()
            .map(|text| day(&mut faults, "start_date", text));
        let due = body
            .due_date
            .into_option()
            .map(|text| day(&mut faults, "due_date", text));
        let viewers_comment = body.viewers_can_comment;
        faults.finish(Some(Self {
            name,
            description,
            status,
            visibility,
            lead,
            start,
            due,
            teams,
            viewers_comment,
        }))
    }
}

/// Changes a project.
///
/// A change of `status` is a step of the life cycle: planning, active and on_hold lead into one another, active leads
/// to completed, all three to cancelled, and what is completed or cancelled can be made active again.
#[utoipa::path(patch, path = "/projects/{project_id}", tag = "projects", operation_id = "updateProject",
    params(("project_id" = Uuid, Path, description = "The project's id."), edge::openapi::IfMatch),
    request_body = UpdateProject,
    responses((status = 200, description = "The project.", body = One<ProjectDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, ProjectArchived, InvalidTransition, LimitReached, Conflict
    ]))))]
pub async fn change(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<ProjectId>,
    Body(body): Body<UpdateProject>,
) -> Result<Data<ProjectDto>, Problem> {
    let project = project::update_project(&app, &call, id, body.try_into()?).await?;
    let version = project.project.thing.version;
    Ok(Data::versioned(project.into(), version))
}
