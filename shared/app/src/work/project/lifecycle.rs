//! Archiving, deleting and bringing projects back.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::ProjectId;
use domain::retention::restore_until;
use domain::work::project::Project;
use jiff::Timestamp;
use store::Scope;

use super::save;
use crate::in_org::InOrg;
use crate::{App, retry};

type Step = fn(&mut Project, &Scope) -> Result<(), Error>;

async fn step(
    app: &App,
    call: &Call,
    id: ProjectId,
    action: Action,
    step: Step,
) -> Result<InOrg<Project>, Error> {
    retry::contended(|| async {
        let (scope, project) = app.store.open(call, id, &[]).await?.require(action).await?;
        if scope.replays(&project)? {
            return InOrg::of(&scope, project).whole(app, &scope).await;
        }
        let mut next = project.value.clone();
        step(&mut next, &scope)?;
        (next.updated_at, next.updated_by) = (scope.at(), scope.user());
        let saved = save(app, &scope, &project, next).await?;
        InOrg::of(&scope, saved).whole(app, &scope).await
    })
    .await
}

/// Makes a project read-only.
pub async fn archive_project(
    app: &App,
    call: &Call,
    id: ProjectId,
) -> Result<InOrg<Project>, Error> {
    step(
        app,
        call,
        id,
        Action::ProjectArchive,
        |project, scope| match project.archived_at.replace(scope.at()) {
            Some(_) => Err(Error::AlreadyArchived),
            None => Ok(()),
        },
    )
    .await
}

/// Makes an archived project writable again.
pub async fn unarchive_project(
    app: &App,
    call: &Call,
    id: ProjectId,
) -> Result<InOrg<Project>, Error> {
    step(app, call, id, Action::ProjectArchive, |project, _| {
        project
            .archived_at
            .take()
            .map(|_| ())
            .ok_or(Error::NotArchived)
    })
    .await
}

/// Deletes a project; it can be restored for 30 days. A team's default project comes back as an ordinary one, since the
/// team makes another when it needs one.
pub async fn delete_project(
    app: &App,
    call: &Call,
    id: ProjectId,
) -> Result<InOrg<Project>, Error> {
    step(app, call, id, Action::ProjectDelete, |project, scope| {
        (project.deleted_at, project.deleted_by) = (Some(scope.at()), Some(scope.user()));
        // Its team lets go of it with the same save, and so makes another when it needs one.
        if std::mem::take(&mut project.hidden) {
            project.teams.clear();
        }
        Ok(())
    })
    .await
}

/// Brings a deleted project back, with all that is in it.
pub async fn restore_project(
    app: &App,
    call: &Call,
    id: ProjectId,
) -> Result<InOrg<Project>, Error> {
    step(app, call, id, Action::ProjectRestore, |project, scope| {
        check_restorable(project.deleted_at, scope.at())?;
        (project.deleted_at, project.deleted_by) = (None, None);
        Ok(())
    })
    .await
}

/// Fails unless something deleted at this moment can still be brought back.
pub fn check_restorable(deleted_at: Option<Timestamp>, now: Timestamp) -> Result<(), Error> {
    let deleted_at = deleted_at.ok_or(Error::NotDeleted)?;
    if now < restore_until(deleted_at) {
        Ok(())
    } else {
        Err(Error::TokenGone)
    }
}
