//! `POST /projects`.

use app::App;
use app::work::project::{self, NewProject};
use axum::extract::State;
use domain::text::Fault;
use domain::work::project::Visibility;
use domain::{Error, Faults};
use edge::openapi::One;
use edge::reply::Created;
use edge::{Body, Caller, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::body::{day, person, team};
use crate::dto::ProjectDto;

/// A new project.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateProject {
    /// The organization; without it your default one.
    #[schema(format = Uuid)]
    organization_id: Option<String>,
    /// What it is called: 1 to 80 characters.
    #[schema(example = "Website relaunch")]
    name: String,
    /// The prefix of its task keys: 2 to 10 of A-Z and 0-9. Without it one is made from the name.
    #[schema(example = "WEB")]
    key: Option<String>,
    /// What it is about (Markdown).
    description: Option<String>,
    /// organization (the default) or private.
    #[schema(example = "organization")]
    visibility: Option<String>,
    /// Who leads it: somebody who can see it.
    #[schema(format = Uuid)]
    lead_id: Option<String>,
    /// A team to attach it to: one that you are in. Without `organization_id` it goes to the team's organization. If the
    /// project is private, the answer shows whom it lets in.
    #[schema(format = Uuid)]
    team_id: Option<String>,
    /// The day on which it begins.
    #[schema(format = Date, example = "2026-12-01")]
    start_date: Option<String>,
    /// The day by which it should be done.
    #[schema(format = Date, example = "2027-03-31")]
    due_date: Option<String>,
}

impl TryFrom<CreateProject> for NewProject {
    type Error = Error;

    // In one piece: a list of fields; each is read beside its name in the body, all of them before
    // it is decided whether there is a new project.
    fn try_from(body: CreateProject) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let org_id = |text: String| {
            text.parse()
                .map_err(|_| Fault::new("invalid", "must be an organization's id"))
        };
        let org = body
            .organization_id
            .and_then(|text| faults.take("organization_id", org_id(text)));
        let name = faults.take("name", body.name.parse());
        let key = body.key.and_then(|text| faults.take("key", text.parse()));
        let description = body
            .description
            .and_then(|text| faults.take("description", text.parse()));
        let visibility = match body.visibility {
            Some(text) => faults.take("visibility", text.parse()),
            None => Some(Visibility::Organization),
        };
        let lead = person(&mut faults, "lead_id", body.lead_id);
        let team = body
            .team_id
            .and_then(|text| team(&mut faults, "team_id", &text));
        let start = day(&mut faults, "start_date", body.start_date);
        let due = day(&mut faults, "due_date", body.due_date);
        let new = name.zip(visibility);
        faults.finish(new.map(|(name, visibility)| Self {
            org,
            name,
            key,
            description,
            visibility,
            lead,
            start,
            due,
            team,
        }))
    }
}

/// Creates a project.
///
/// You become its owner. Its key is unique in the organization and never changes.
#[utoipa::path(post, path = "/projects", tag = "projects", operation_id = "createProject", request_body = CreateProject,
    responses((status = 201, description = "The project.", body = One<ProjectDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, NotFound, KeyTaken, LimitReached]))))]
pub async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    Body(body): Body<CreateProject>,
) -> Result<Created<ProjectDto>, Problem> {
    let project = project::create_project(&app, &call, body.try_into()?).await?;
    let (id, version) = (
        project.project.thing.value.id,
        project.project.thing.version,
    );
    Ok(Created::at(
        format!("/projects/{id}"),
        project.into(),
        version,
    ))
}
