//! Saving a view.

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Versioned};
use domain::id::OrgId;
use domain::text::Name;
use runtime::meter;
use store::Scope;
use store::keys::Key;

use crate::model::{SavedView, ViewId};
use crate::{Conditions, table};
use app::{App, tenant};

/// What a new view is to be.
#[derive(Debug, Clone)]
pub struct NewView {
    /// The organization that it goes to; without one that of its project, or the caller's default.
    pub org: Option<OrgId>,
    /// What it is called.
    pub name: Name,
    /// Which tasks it lists.
    pub conditions: Conditions,
    /// Whether others see it.
    pub shared: bool,
}

/// Saves a view. Under an idempotency key it is found again by its id.
pub async fn create_view(
    app: &App,
    call: &Call,
    new: NewView,
) -> Result<Versioned<SavedView>, Error> {
    let operation = app.store.operation(call)?;
    let id = |tag| app.new_id(tag, &operation);
    let (id, scope) = match (new.org, new.conditions.list.project) {
        (None, Some(project)) => {
            let id = id(project.tag());
            let opened = app.store.open(call, project, &extra(id, &new)).await?;
            (id, opened.require(Action::ProjectRead).await?.0)
        }
        (org, _) => {
            let org = tenant::for_creation(app, call, org).await?;
            let id = id(org.tag());
            let opened = app.store.open(call, org, &extra(id, &new)).await?;
            (id, opened.require(Action::OrgRead).await?.0)
        }
    };
    write(app, call, &scope, id, new).await
}

fn extra(id: ViewId, new: &NewView) -> Vec<Key> {
    std::iter::once(table::view(id))
        .chain(new.conditions.wanted(id.tag()))
        .collect()
}

async fn write(
    app: &App,
    call: &Call,
    scope: &Scope,
    id: ViewId,
    new: NewView,
) -> Result<Versioned<SavedView>, Error> {
    if let Some(made) = scope.extra::<SavedView>(&table::view(id))? {
        made.made_by(scope.operation())?;
        meter::note(|totals| totals.replayed = true);
        let deleted = made.value.deleted_at.is_some();
        return if deleted {
            Err(Error::IdempotencyTargetDeleted)
        } else {
            Ok(made.versioned())
        };
    }
    new.conditions.check(scope)?;
    new.conditions.check_team(app, call, scope.tag()).await?;
    let view = SavedView {
        id,
        org: scope.org_id(),
        name: new.name,
        filter: new.conditions.filter,
        shared: new.shared,
        created_at: scope.at(),
        created_by: scope.user(),
        updated_at: scope.at(),
        deleted_at: None,
    };
    Ok(app
        .store
        .create(scope, view, Error::Conflict)
        .await?
        .versioned())
}
