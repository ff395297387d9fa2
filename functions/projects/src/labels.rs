//! Labels.

use app::App;
use app::in_org::InOrg;
use app::work::label::{self, LabelChange, LabelFilter, NewLabel};
use axum::extract::State;
use domain::id::{LabelId, OrgId, ProjectId};
use domain::text::{Fault, Needle};
use domain::work::label::Label;
use domain::{Error, Faults};
use edge::openapi::{IfMatch, Many, One};
use edge::patch::Field;
use edge::reply::{Created, Data, Listed, NoContent};
use edge::{Body, Caller, Params, Problem, Segment};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A label.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Label)]
pub struct LabelDto {
    /// Its id.
    id: Uuid,
    /// The organization it belongs to.
    organization_id: Uuid,
    /// The project whose tasks it is for; null for those of the whole organization.
    project_id: Option<Uuid>,
    /// What it is called.
    #[schema(example = "Bug")]
    name: String,
    /// Its colour.
    #[schema(example = "#d73a4a")]
    color: Option<String>,
    /// The labels that were merged into it: their ids mean this one.
    aliases: Vec<Uuid>,
    /// The label that it has become.
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<Uuid>,
    /// When it was made.
    created_at: Timestamp,
    /// Who made it.
    created_by: Uuid,
    /// When it was last changed.
    updated_at: Timestamp,
    /// Who changed it last.
    updated_by: Uuid,
    /// Counts its changes; the `ETag` and `If-Match` of it.
    #[schema(example = 1)]
    version: u64,
}

impl From<InOrg<Label>> for LabelDto {
    fn from(label: InOrg<Label>) -> Self {
        let (org, version, label) = (label.org, label.thing.version, label.thing.value);
        Self {
            id: label.id.uuid(),
            organization_id: org.uuid(),
            project_id: label.project.map(|project| project.uuid()),
            name: label.name.into(),
            color: label.color.map(|color| color.to_string()),
            aliases: label.aliases.into_iter().map(LabelId::uuid).collect(),
            merged_into: label.merged_into.map(LabelId::uuid),
            created_at: label.created_at,
            created_by: label.created_by.uuid(),
            updated_at: label.updated_at,
            updated_by: label.updated_by.uuid(),
            version,
        }
    }
}

/// Which labels.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListLabels {
    /// Of this organization only: id or slug.
    org: Option<String>,
    /// Those for the tasks of this project: its own and its organization's. Instead of `org`.
    project: Option<String>,
    /// Whose name contains this.
    q: Option<String>,
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

impl TryFrom<ListLabels> for LabelFilter {
    type Error = Error;

    fn try_from(query: ListLabels) -> Result<Self, Error> {
        let project = query.project.as_deref().map(str::parse).transpose();
        let project = project.map_err(|_| Error::filter("project", "must be a project's id"))?;
        if project.is_some() && query.org.is_some() {
            return Err(Error::filter("org", "cannot be given with project"));
        }
        Ok(Self {
            org: query.org,
            project,
            q: query.q.as_deref().map(Needle::new),
        })
    }
}

/// A new label.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLabel {
    /// What it is called: 1 to 40 characters, unique in the project, or among the organization's own.
    #[schema(example = "Bug")]
    name: String,
    /// Its colour, `#rrggbb`.
    #[schema(example = "#d73a4a")]
    color: Option<String>,
    /// The project whose tasks it is for; without it those of the whole organization.
    #[schema(format = Uuid)]
    project_id: Option<String>,
    /// The organization; without it that of the project, or else your default one.
    #[schema(format = Uuid)]
    organization_id: Option<String>,
}

impl TryFrom<CreateLabel> for NewLabel {
    type Error = Error;

    fn try_from(body: CreateLabel) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let org = |text: String| {
            text.parse::<OrgId>()
                .map_err(|_| Fault::new("invalid", "must be an organization's id"))
        };
        let project = |text: String| {
            text.parse::<ProjectId>()
                .map_err(|_| Fault::new("invalid", "must be a project's id"))
        };
        let name = faults.take("name", body.name.parse());
        let color = body
            .color
            .and_then(|text| faults.take("color", text.parse()));
        let project = body
            .project_id
            .and_then(|text| faults.take("project_id", project(text)));
        let org = body
            .organization_id
            .and_then(|text| faults.take("organization_id", org(text)));
        faults.finish(name.map(|name| Self {
            org,
            project,
            name,
            color,
        }))
    }
}

/// What to change. An absent member stays; null empties.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Defect", "color": "#b60205" }))]
pub struct UpdateLabel {
    /// What it is called.
    #[schema(example = "Defect")]
    name: Option<String>,
    /// Its colour.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "#b60205")]
    color: Field<String>,
    /// The label that it is to become: one of the same project, or of the organization. It goes without other members.
    #[schema(format = Uuid)]
    merge_into: Option<String>,
}

/// What is to be done with a label.
enum Wish {
    Change(LabelChange),
    Merge(LabelId),
}

impl TryFrom<UpdateLabel> for Wish {
    type Error = Error;

    fn try_from(body: UpdateLabel) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let name = body.name.and_then(|text| faults.take("name", text.parse()));
        let color = body.color.into_option();
        let color =
            color.map(|text| text.and_then(|text: String| faults.take("color", text.parse())));
        let target = |text: String| {
            text.parse()
                .map_err(|_| Fault::new("invalid", "must be a label's id"))
        };
        let target = body
            .merge_into
            .and_then(|text| faults.take("merge_into", target(text)));
        if target.is_some() && (name.is_some() || color.is_some()) {
            faults.note(
                "merge_into",
                "exclusive",
                "cannot be given with other members",
            );
        }
        let change = LabelChange { name, color };
        faults.finish(Some(target.map_or(Self::Change(change), Self::Merge)))
    }
}

/// Lists labels.
///
/// Of all your organizations, or of one; with `project` those that its tasks can carry. Oldest first. The list may lag
/// behind a write by about a second.
#[utoipa::path(get, path = "/labels", tag = "labels", operation_id = "listLabels", params(ListLabels),
    responses((status = 200, description = "A page of labels.", body = Many<LabelDto>)),
    extensions(("x-errors" = json!(edge::codes![NotFound]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ListLabels>,
) -> Result<Listed<LabelDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref())?;
    let cursor = query.cursor.clone();
    let page =
        label::list_labels(&app, &call, &query.try_into()?, limit, cursor.as_deref()).await?;
    Ok(Listed::page(page.map(LabelDto::from)))
}

/// Creates a label.
///
/// In a project, or for the tasks of the whole organization.
#[utoipa::path(post, path = "/labels", tag = "labels", operation_id = "createLabel", request_body = CreateLabel,
    responses((status = 201, description = "The label.", body = One<LabelDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, NotFound, NameTaken, ProjectArchived, CrossOrganization
    ]))))]
pub async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    Body(body): Body<CreateLabel>,
) -> Result<Created<LabelDto>, Problem> {
    let label = label::create_label(&app, &call, body.try_into()?).await?;
    let (id, version) = (label.thing.value.id, label.thing.version);
    Ok(Created::at(format!("/labels/{id}"), label.into(), version))
}

/// Changes a label, or merges it into another.
///
/// A merged label becomes the other one: tasks that carry it are shown and found with that, its id goes on to mean it,
/// and its name is free. At most 20 labels become one.
#[utoipa::path(patch, path = "/labels/{label_id}", tag = "labels", operation_id = "updateLabel",
    params(("label_id" = Uuid, Path, description = "The label's id."), IfMatch),
    request_body = UpdateLabel,
    responses((status = 200, description = "The label; if it was merged, with `merged_into`.", body = One<LabelDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, NameTaken, ProjectArchived, LimitReached
    ]))))]
pub async fn change(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<LabelId>,
    Body(body): Body<UpdateLabel>,
) -> Result<Data<LabelDto>, Problem> {
    let label = match body.try_into()? {
        Wish::Change(change) => label::update_label(&app, &call, id, change).await?,
        Wish::Merge(target) => label::merge_label(&app, &call, id, target).await?,
    };
    let version = label.thing.version;
    Ok(Data::versioned(label.into(), version))
}

/// Deletes a label.
///
/// Tasks do not show it any more, and its name is free. It cannot be brought back.
#[utoipa::path(delete, path = "/labels/{label_id}", tag = "labels", operation_id = "deleteLabel",
    params(("label_id" = Uuid, Path, description = "The label's id."), IfMatch),
    responses((status = 204, description = "Done.")),
    extensions(("x-errors" = json!(edge::codes![Forbidden, ProjectArchived]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<LabelId>,
) -> Result<NoContent, Problem> {
    label::delete_label(&app, &call, id).await?;
    Ok(NoContent)
}
