//! The caller's work in an organization, and its projects.

use std::collections::HashMap;

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::{OrgId, ProjectId};
use domain::work::dashboard::Count;
use domain::work::project::{Project, ProjectStatus};
use store::Scope;
use store::keys;
use store::record::Stored;
use store::table::Rows;

use super::{Dashboard, MOST_COUNTED, mine, now, unread};
use crate::in_org::restricted;
use crate::{App, tenant};

/// The numbers of an organization, or of the caller's default one.
pub async fn get_organization_dashboard(
    app: &App,
    call: &Call,
    org: Option<OrgId>,
) -> Result<Dashboard, Error> {
    let org = tenant::for_creation(app, call, org).await?;
    let profile = keys::profile(app.store.claimed(call)?);
    let opened = app
        .store
        .open(call, org, std::slice::from_ref(&profile))
        .await?;
    let (scope, _) = opened.require(Action::OrgRead).await?;
    let (open, projects, unread) = tokio::try_join!(
        mine::open(app, &scope),
        projects(app, &scope),
        unread(app, &scope)
    )?;
    // Whoever does not see a project any more may still have tasks in it: these do not count.
    let seen = seen(app, &scope, &open).await?;
    let mine = mine::work(&open, now(&scope, &profile)?, |id| {
        scope.sees(id, seen.get(&id))
    });
    Ok(Dashboard {
        user: scope.user(),
        org,
        project: None,
        tasks: None,
        mine,
        projects: Some(projects),
        unread,
    })
}

/// Those projects of the rows that say themselves who sees them.
async fn seen(app: &App, scope: &Scope, open: &Rows) -> Result<HashMap<ProjectId, Project>, Error> {
    restricted(app, scope, open.items.iter().filter_map(keys::project_of)).await
}

/// The projects that the caller sees and that are at work, by status.
async fn projects(app: &App, scope: &Scope) -> Result<Vec<(ProjectStatus, Count)>, Error> {
    let range = keys::projects_of(scope.tag()).limit(MOST_COUNTED);
    let rows = app.store.rows(scope, &range).await?;
    let mut found = vec![];
    for item in &rows.items {
        let project = Stored::<Project>::read(item)?.value;
        if scope.sees(project.id, Some(&project))
            && !project.hidden
            && project.archived_at.is_none()
        {
            found.push(project.status);
        }
    }
    let of = |status: ProjectStatus| found.iter().filter(|other| **other == status).count();
    let all = ProjectStatus::ALL.iter().map(|status| {
        (
            *status,
            Count {
                count: of(*status),
                capped: rows.more,
            },
        )
    });
    Ok(all.collect())
}
