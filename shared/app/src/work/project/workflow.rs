//! Replacing the workflow of a project.

use std::collections::{BTreeMap, BTreeSet};

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::ProjectId;
use domain::work::project::Project;
use domain::work::workflow::{StatusDefinition, StatusKey, Transition, Workflow};
use futures_util::future::try_join_all;
use store::Scope;
use store::keys;

use super::save;
use crate::in_org::InOrg;
use crate::{App, retry};

/// What the statuses of a project's tasks and the steps between them are to be.
#[derive(Debug, Clone)]
pub struct NewWorkflow {
    /// The statuses, in the order in which they are shown.
    pub statuses: Vec<StatusDefinition>,
    /// The steps; none at all allows every step.
    pub steps: Vec<Transition>,
    /// Where tasks go that are in a status which is gone.
    pub map: BTreeMap<StatusKey, StatusKey>,
}

/// Replaces the workflow of a project, for one who says which version of the project they have seen.
pub async fn replace_workflow(
    app: &App,
    call: &Call,
    id: ProjectId,
    new: NewWorkflow,
) -> Result<InOrg<Project>, Error> {
    retry::contended(|| attempt(app, call, id, &new)).await
}

async fn attempt(
    app: &App,
    call: &Call,
    id: ProjectId,
    new: &NewWorkflow,
) -> Result<InOrg<Project>, Error> {
    let (scope, project) = app
        .store
        .open(call, id, &[])
        .await?
        .require(Action::WorkflowManage)
        .await?;
    if scope.replays(&project)? {
        return Ok(InOrg::of(&scope, project));
    }
    // A workflow is replaced whole: whoever has not seen the latest would undo others' changes.
    scope.if_match().ok_or(Error::PreconditionRequired)?;
    let present = project.value.workflow();
    let used = used(app, &scope, id, &present, new).await?;
    let workflow = present.replaced_by(new.statuses.clone(), new.steps.clone(), &new.map, &used)?;
    let next = Project {
        workflow: Some(workflow),
        updated_at: scope.at(),
        updated_by: scope.user(),
        ..project.value.clone()
    };
    Ok(InOrg::of(&scope, save(app, &scope, &project, next).await?))
}

/// Those of the statuses which would be gone, and lead nowhere, that tasks are in: one look at each column. It may miss
/// a task of the last moment, which then goes to the first status.
async fn used(
    app: &App,
    scope: &Scope,
    id: ProjectId,
    present: &Workflow,
    new: &NewWorkflow,
) -> Result<BTreeSet<StatusKey>, Error> {
    let columns = present
        .homeless(&new.statuses, &new.map)
        .flat_map(|status| {
            present
                .stored_as(status)
                .into_iter()
                .map(move |stored| (&status.key, stored))
        });
    let looks = columns.map(|(status, stored)| {
        let range = keys::column(id, &stored).limit(1);
        async move { Ok::<_, Error>((status, app.store.rows(scope, &range).await?)) }
    });
    let found = try_join_all(looks)
        .await?
        .into_iter()
        .filter(|(_, rows)| !rows.items.is_empty());
    Ok(found.map(|(status, _)| status.clone()).collect())
}
