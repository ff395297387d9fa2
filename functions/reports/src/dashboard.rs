//! `GET /dashboard`.

use app::work::dashboard::{get_organization_dashboard, get_project_dashboard};
use app::{App, tenant};
use axum::extract::State;
use domain::Error;
use edge::openapi::One;
use edge::reply::Data;
use edge::{Caller, Params, Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dto::DashboardDto;

/// Which numbers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ShowDashboard {
    /// Of this organization: id or slug.
    org: Option<String>,
    /// Of this project; not with `org`.
    project: Option<String>,
}

/// Gives numbers to look at.
///
/// Of a project, or of your work in an organization; with neither, in your default one. They may lag behind a write by
/// about a second, and none is counted further than 500: where `capped` is true there may be more. A day is over when it
/// is over in your time zone. `topics` are those whose events change the numbers: subscribe to them on a live
/// connection, and ask again when one comes. (What happens to single tasks is told to the topics of their projects, not
/// to that of the organization.)
#[utoipa::path(get, path = "/dashboard", tag = "reports", operation_id = "getDashboard", params(ShowDashboard),
    responses((status = 200, description = "The numbers.", body = One<DashboardDto>)),
    extensions(("x-errors" = json!(edge::codes![NotFound]))))]
pub async fn show(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ShowDashboard>,
) -> Result<Data<DashboardDto>, Problem> {
    let dashboard = match (query.org.as_deref(), query.project.as_deref()) {
        (Some(_), Some(_)) => {
            return Err(Error::filter("org", "cannot be given with project").into());
        }
        (None, Some(project)) => {
            let project = project
                .parse()
                .map_err(|_| Error::filter("project", "must be a project's id"))?;
            get_project_dashboard(&app, &call, project).await?
        }
        (org, None) => {
            get_organization_dashboard(&app, &call, tenant::named(&app, &call, org).await?).await?
        }
    };
    Ok(Data::plain(dashboard.into()))
}
