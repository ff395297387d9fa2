//! `GET` and `PUT /projects/{project_id}/workflow`.

use std::collections::BTreeMap;

use app::App;
use app::in_org::InOrg;
use app::work::project::{self, NewWorkflow};
use axum::extract::State;
use domain::id::ProjectId;
use domain::text::{Caption, Color};
use domain::work::project::Project;
use domain::work::workflow::{RequiredField, StatusDefinition, StatusKey, Transition, Workflow};
use domain::{Error, Faults};
use edge::openapi::{IfMatchRequired, One};
use edge::reply::Data;
use edge::{Body, Caller, Problem, Segment};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A status.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkflowStatus {
    /// How requests name it: 1 to 30 of a-z, 0-9 and `_`, beginning with a letter; unique in the workflow.
    #[schema(example = "in_review")]
    key: String,
    /// What people call it: 1 to 40 characters.
    #[schema(example = "In review")]
    name: String,
    /// What it amounts to: todo, in_progress, done or cancelled.
    #[schema(example = "in_progress")]
    category: String,
    /// Its colour, `#rrggbb`.
    #[serde(default)]
    #[schema(example = "#1a7f37")]
    color: Option<String>,
    /// It is meant that nothing follows it. Any other status that can be reached must be followed by one.
    #[serde(default, rename = "final")]
    #[schema(example = false)]
    is_final: bool,
}

/// A step that the workflow allows.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkflowTransition {
    /// From any of these statuses.
    #[schema(example = json!(["in_progress"]))]
    from: Vec<String>,
    /// To this one.
    #[schema(example = "in_review")]
    to: String,
    /// Only for people with one of these roles in the project, or a higher one: owner, manager, member or viewer. None
    /// for everybody who may move tasks. Owners and admins of the organization count as owners, its managers as managers,
    /// its members as members.
    #[serde(default)]
    #[schema(example = json!(["member"]))]
    roles: Vec<String>,
    /// Only for tasks that have these: description, assignee_id, due_date.
    #[serde(default)]
    #[schema(example = json!(["assignee_id"]))]
    require_fields: Vec<String>,
}

/// A workflow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Workflow)]
pub struct WorkflowDto {
    /// Counts its replacements; the workflow that every project begins with is version 1.
    #[schema(example = 2)]
    version: u32,
    /// The statuses, in the order in which they are shown.
    statuses: Vec<WorkflowStatus>,
    /// The steps that are allowed; none at all allows every step.
    transitions: Vec<WorkflowTransition>,
}

/// What the workflow shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceWorkflow {
    /// The statuses, in the order in which they are shown: at most 30, at least one of the category todo and one of the
    /// category done.
    #[serde(deserialize_with = "edge::object::every")]
    statuses: Vec<WorkflowStatus>,
    /// The steps that are allowed, at most 100; none at all allows every step.
    #[serde(default, deserialize_with = "edge::object::every")]
    transitions: Vec<WorkflowTransition>,
    /// Where tasks go that are in a status which the new workflow does not have: the old key, and a new one.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, String>, example = json!({ "done": "in_review" }))]
    status_map: BTreeMap<String, String>,
}

impl From<&StatusDefinition> for WorkflowStatus {
    fn from(status: &StatusDefinition) -> Self {
        Self {
            key: status.key.to_string(),
            name: status.name.clone(),
            category: status.category.as_str().to_owned(),
            color: status.color.clone(),
            is_final: status.is_final,
        }
    }
}

impl From<&Transition> for WorkflowTransition {
    fn from(step: &Transition) -> Self {
        Self {
            from: step.from.iter().map(ToString::to_string).collect(),
            to: step.to.to_string(),
            roles: step
                .roles
                .iter()
                .map(|role| role.as_str().to_owned())
                .collect(),
            require_fields: step
                .require_fields
                .iter()
                .map(|field| field.as_str().to_owned())
                .collect(),
        }
    }
}

impl From<&Project> for WorkflowDto {
    fn from(project: &Project) -> Self {
        let workflow = project.workflow();
        Self {
            version: workflow.version,
            statuses: workflow.statuses.iter().map(Into::into).collect(),
            transitions: workflow.steps.iter().map(Into::into).collect(),
        }
    }
}

impl WorkflowStatus {
    fn read(self, faults: &mut Faults, at: usize) -> Option<StatusDefinition> {
        let field = |name: &str| format!("/statuses/{at}/{name}");
        let key = faults.take(&field("key"), self.key.parse());
        let name = faults.take(&field("name"), self.name.parse::<Caption>());
        let category = faults.take(&field("category"), self.category.parse());
        let color = self
            .color
            .and_then(|text| faults.take(&field("color"), text.parse::<Color>()));
        let ((key, name), category) = key.zip(name).zip(category)?;
        let color = color.map(|color| color.to_string());
        Some(StatusDefinition {
            key,
            since: Workflow::FIRST,
            name: name.into(),
            category,
            color,
            is_final: self.is_final,
        })
    }
}

impl WorkflowTransition {
    fn read(self, faults: &mut Faults, at: usize) -> Option<Transition> {
        let from = each(faults, &format!("/transitions/{at}/from"), &self.from);
        let to = faults.take(&format!("/transitions/{at}/to"), self.to.parse());
        let roles = each(faults, &format!("/transitions/{at}/roles"), &self.roles);
        let fields: Vec<RequiredField> = each(
            faults,
            &format!("/transitions/{at}/require_fields"),
            &self.require_fields,
        );
        to.map(|to| Transition {
            from,
            to,
            roles,
            require_fields: fields,
        })
    }
}

/// The words of a list, each once.
fn each<T>(faults: &mut Faults, list: &str, words: &[String]) -> Vec<T>
where
    T: std::str::FromStr<Err = domain::text::Fault> + PartialEq,
{
    let mut read: Vec<T> = vec![];
    for (at, word) in words.iter().enumerate() {
        match faults.take(&format!("{list}/{at}"), word.parse()) {
            Some(value) if read.contains(&value) => {
                faults.note(&format!("{list}/{at}"), "duplicate", "must be given once");
            }
            value => read.extend(value),
        }
    }
    read
}

/// Where the tasks of statuses go that are gone.
fn read_map(
    faults: &mut Faults,
    status_map: &BTreeMap<String, String>,
) -> BTreeMap<StatusKey, StatusKey> {
    let mut map = BTreeMap::new();
    for (from, to) in status_map {
        let shown: String = from.chars().take(40).collect();
        let field = format!(
            "/status_map/{}",
            shown.replace('~', "~0").replace('/', "~1")
        );
        let key: Option<StatusKey> = faults.take(&field, from.parse());
        let pair = key.zip(faults.take(&field, to.parse()));
        if pair.is_some_and(|(key, to)| map.insert(key, to).is_some()) {
            faults.note(&field, "duplicate", "must be given once");
        }
    }
    map
}

impl TryFrom<ReplaceWorkflow> for NewWorkflow {
    type Error = Error;

    fn try_from(body: ReplaceWorkflow) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let statuses = body.statuses.into_iter().enumerate();
        let statuses = statuses
            .filter_map(|(at, status)| status.read(&mut faults, at))
            .collect();
        let steps = body.transitions.into_iter().enumerate();
        let steps = steps
            .filter_map(|(at, step)| step.read(&mut faults, at))
            .collect();
        let map = read_map(&mut faults, &body.status_map);
        faults.finish(Some(Self {
            statuses,
            steps,
            map,
        }))
    }
}

fn reply(project: &InOrg<Project>) -> Data<WorkflowDto> {
    Data::versioned((&project.thing.value).into(), project.thing.version)
}

/// Reads the workflow of a project.
///
/// Its statuses, and the steps that tasks may take. Its `ETag` is the project's.
#[utoipa::path(get, path = "/projects/{project_id}/workflow", tag = "projects", operation_id = "getWorkflow",
    params(("project_id" = Uuid, Path, description = "The project's id.")),
    responses((status = 200, description = "The workflow.", body = One<WorkflowDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn show(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<ProjectId>,
) -> Result<Data<WorkflowDto>, Problem> {
    Ok(reply(&project::get_project(&app, &call, id).await?))
}

/// Replaces the workflow of a project.
///
/// It is a document: what is not in it is gone. So `If-Match` is required, with the `ETag` of the project (`*` does not
/// say what you have seen, and does not count). Tasks keep their statuses; those in a status that is gone go where
/// `status_map` says, without being changed themselves. A status that tasks are in cannot go without that.
#[utoipa::path(put, path = "/projects/{project_id}/workflow", tag = "projects", operation_id = "replaceWorkflow",
    params(("project_id" = Uuid, Path, description = "The project's id."), IfMatchRequired),
    request_body = ReplaceWorkflow,
    responses((status = 200, description = "The new workflow.", body = One<WorkflowDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, ProjectArchived, TasksInRemovedStatus, LimitReached, PreconditionRequired
    ]))))]
pub async fn replace(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<ProjectId>,
    Body(body): Body<ReplaceWorkflow>,
) -> Result<Data<WorkflowDto>, Problem> {
    Ok(reply(
        &project::replace_workflow(&app, &call, id, body.try_into()?).await?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_word_of_a_workflow_is_named() {
        let body = r##"{
            "statuses": [
                { "key": "9", "name": "", "category": "open", "color": "red" },
                { "key": "In Review", "name": "Review", "category": "In Progress", "color": "#ABCDEF", "final": true }
            ],
            "transitions": [{ "from": ["a", "!", "A"], "to": "", "roles": ["boss"], "require_fields": ["title"] }],
            "status_map": { "a/b": "c", "x": "" }
        }"##;
        let body: ReplaceWorkflow = serde_json::from_str(body).unwrap();
        let Err(Error::Invalid(faults)) = NewWorkflow::try_from(body) else {
            panic!("it is accepted")
        };
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        let wanted = [
            "/statuses/0/key",
            "/statuses/0/name",
            "/statuses/0/category",
            "/statuses/0/color",
            "/transitions/0/from/1",
            "/transitions/0/from/2",
            "/transitions/0/to",
            "/transitions/0/roles/0",
            "/transitions/0/require_fields/0",
            "/status_map/a~1b",
            "/status_map/x",
        ];
        assert_eq!(fields, wanted);
    }
}
