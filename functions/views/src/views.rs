//! `/views`: saved views.

use std::collections::BTreeMap;

use app::App;
use axum::extract::State;
use domain::call::Versioned;
use domain::id::ProjectId;
use domain::text::{Fault, clean};
use domain::{Error, Faults};
use edge::openapi::{IfMatch, Many, One};
use edge::reply::{Created, Data, Listed};
use edge::{Body, Caller, Params, Problem, Segment};
use jiff::Timestamp;
use saved_views::{Conditions, NewView, SavedView, ViewChange, ViewFilter, ViewId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The most characters that a condition has.
const LONGEST: usize = 800;

/// Which tasks a view lists, and in which order: parameters of `GET /tasks`. Without a project, your own in the view's
/// organization.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "assigned_to": "me", "priority": "urgent" }))]
pub struct ViewConditions {
    /// Of this project.
    #[schema(format = Uuid)]
    project: Option<String>,
    /// Of the projects of this team, instead of a project.
    #[schema(format = Uuid)]
    team: Option<String>,
    /// In this status.
    #[schema(example = "todo")]
    status: Option<String>,
    /// low, medium, high or urgent.
    #[schema(example = "high")]
    priority: Option<String>,
    /// A person's id, `none`, or `me`: whoever runs the view.
    #[schema(example = "me")]
    assigned_to: Option<String>,
    /// Due before this day or moment.
    #[schema(example = "2026-12-24")]
    due_before: Option<String>,
    /// Due on or after this day or moment.
    #[schema(example = "2026-12-01")]
    due_after: Option<String>,
    /// Marked with this label, or, several ids with commas between them, with every one of these.
    label: Option<String>,
    /// Whose title or key contains this.
    #[schema(example = "press")]
    q: Option<String>,
    /// created_at, due_date, priority or position; a leading `-` reverses.
    #[schema(example = "due_date")]
    ordering: Option<String>,
}

impl ViewConditions {
    fn members(self) -> [(&'static str, Option<String>); 10] {
        [
            ("project", self.project),
            ("team", self.team),
            ("status", self.status),
            ("priority", self.priority),
            ("assigned_to", self.assigned_to),
            ("due_before", self.due_before),
            ("due_after", self.due_after),
            ("label", self.label),
            ("q", self.q),
            ("ordering", self.ordering),
        ]
    }
}

impl TryFrom<ViewConditions> for Conditions {
    type Error = Error;

    fn try_from(body: ViewConditions) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let mut filter = BTreeMap::new();
        for (name, text) in body.members() {
            let text = text.and_then(|text| {
                faults.take(&format!("filter/{name}"), clean(&text, 1, LONGEST, false))
            });
            filter.extend(text.map(|text| (name.to_owned(), text)));
        }
        faults.check()?;
        filter.try_into()
    }
}

/// A new view.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateView {
    /// The organization it goes to; without it that of its project, or your default one.
    #[schema(format = Uuid)]
    organization_id: Option<String>,
    /// What it is called: 1 to 100 characters.
    #[schema(example = "Urgent and mine")]
    name: String,
    /// Which tasks it lists.
    #[serde(deserialize_with = "edge::object::required")]
    filter: ViewConditions,
    /// Whether others in the organization see it, if they see its project; false if absent.
    #[schema(example = true)]
    shared: Option<bool>,
}

impl TryFrom<CreateView> for NewView {
    type Error = Error;

    fn try_from(body: CreateView) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let id = |text: String| {
            text.parse()
                .map_err(|_| Fault::new("invalid", "must be an organization's id"))
        };
        let org = body
            .organization_id
            .and_then(|text| faults.take("organization_id", id(text)));
        let name = faults.take("name", body.name.parse());
        let conditions = body.filter.try_into();
        let name = faults.finish(name)?;
        Ok(Self {
            org,
            name,
            conditions: conditions?,
            shared: body.shared.unwrap_or_default(),
        })
    }
}

/// What to change. An absent member stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateView {
    /// What it is called.
    #[schema(example = "Mine, by due date")]
    name: Option<String>,
    /// Which tasks it lists, as a whole: conditions that you leave out are gone.
    #[serde(default, deserialize_with = "edge::object::optional")]
    filter: Option<ViewConditions>,
    /// Whether others in the organization see it, if they see its project.
    #[schema(example = false)]
    shared: Option<bool>,
}

impl TryFrom<UpdateView> for ViewChange {
    type Error = Error;

    fn try_from(body: UpdateView) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let name = body.name.and_then(|text| faults.take("name", text.parse()));
        let conditions = body.filter.map(TryInto::try_into);
        faults.check()?;
        Ok(Self {
            name,
            conditions: conditions.transpose()?,
            shared: body.shared,
        })
    }
}

/// A saved view.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = View)]
pub struct SavedViewDto {
    /// Its id.
    pub id: Uuid,
    /// The organization it belongs to.
    pub organization_id: Uuid,
    /// Whose it is.
    pub owner_id: Uuid,
    /// What it is called.
    #[schema(example = "Urgent and mine")]
    pub name: String,
    /// Which tasks it lists: run it by `GET /tasks?view=`.
    #[schema(value_type = ViewConditions)]
    pub filter: BTreeMap<String, String>,
    /// Whether others in the organization see it, if they see its project.
    pub shared: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts its changes; the `ETag` and `If-Match` of it.
    #[schema(example = 2)]
    pub version: u64,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

impl From<Versioned<SavedView>> for SavedViewDto {
    fn from(view: Versioned<SavedView>) -> Self {
        let Versioned {
            value: view,
            version,
        } = view;
        Self {
            id: view.id.uuid(),
            organization_id: view.org.uuid(),
            owner_id: view.created_by.uuid(),
            name: view.name.into(),
            filter: view.filter,
            shared: view.shared,
            created_at: view.created_at,
            updated_at: view.updated_at,
            version,
            deleted_at: view.deleted_at,
        }
    }
}

/// Which views.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListViews {
    /// Of this organization only: id or slug.
    org: Option<String>,
    /// About this project only.
    project: Option<String>,
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists saved views.
///
/// Your own, and those that others share in your organizations, if you see their project; oldest first. The list may
/// lag behind a write by about a second.
#[utoipa::path(get, path = "/views", tag = "tasks", operation_id = "listViews", params(ListViews),
    responses((status = 200, description = "A page of views.", body = Many<SavedViewDto>)),
    extensions(("x-errors" = json!(edge::codes![NotFound]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ListViews>,
) -> Result<Listed<SavedViewDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref())?;
    let project = query.project.as_deref().map(str::parse::<ProjectId>);
    let project = project
        .transpose()
        .map_err(|_| Error::filter("project", "must be a project's id"))?;
    let filter = ViewFilter {
        org: query.org,
        project,
    };
    let page =
        saved_views::list_views(&app, &call, &filter, limit, query.cursor.as_deref()).await?;
    Ok(Listed::page(page.map(SavedViewDto::from)))
}

/// Saves a view.
///
/// Its conditions are checked now, and run by `GET /tasks?view=` for whoever asks: with their rights, and `me` is that
/// person.
#[utoipa::path(post, path = "/views", tag = "tasks", operation_id = "createView", request_body = CreateView,
    responses((status = 201, description = "The view.", body = One<SavedViewDto>)),
    extensions(("x-errors" = json!(edge::codes![NotFound]))))]
pub async fn create(
    State(app): State<App>,
    Caller(call): Caller,
    Body(body): Body<CreateView>,
) -> Result<Created<SavedViewDto>, Problem> {
    let view = saved_views::create_view(&app, &call, body.try_into()?).await?;
    let (id, version) = (view.value.id, view.version);
    Ok(Created::at(format!("/views/{id}"), view.into(), version))
}

/// Reads a view.
///
/// Your own, or one that is shared.
#[utoipa::path(get, path = "/views/{view_id}", tag = "tasks", operation_id = "getView",
    params(("view_id" = Uuid, Path, description = "The view's id.")),
    responses((status = 200, description = "The view.", body = One<SavedViewDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn show(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<ViewId>,
) -> Result<Data<SavedViewDto>, Problem> {
    let view = saved_views::get_view(&app, &call, id).await?;
    let version = view.version;
    Ok(Data::versioned(view.into(), version))
}

/// Changes a view.
///
/// Only its owner does. A new filter takes the place of the former one as a whole.
#[utoipa::path(patch, path = "/views/{view_id}", tag = "tasks", operation_id = "updateView",
    params(("view_id" = Uuid, Path, description = "The view's id."), IfMatch), request_body = UpdateView,
    responses((status = 200, description = "The view.", body = One<SavedViewDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden]))))]
pub async fn change(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<ViewId>,
    Body(body): Body<UpdateView>,
) -> Result<Data<SavedViewDto>, Problem> {
    let view = saved_views::update_view(&app, &call, id, body.try_into()?).await?;
    let version = view.version;
    Ok(Data::versioned(view.into(), version))
}

/// Deletes a view.
///
/// Only its owner does, and for good.
#[utoipa::path(delete, path = "/views/{view_id}", tag = "tasks", operation_id = "deleteView",
    params(("view_id" = Uuid, Path, description = "The view's id."), IfMatch),
    responses((status = 200, description = "The deleted view.", body = One<SavedViewDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<ViewId>,
) -> Result<Data<SavedViewDto>, Problem> {
    let view = saved_views::delete_view(&app, &call, id).await?;
    let version = view.version;
    Ok(Data::versioned(view.into(), version))
}
