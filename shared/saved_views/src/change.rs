//! Changing and deleting views: their owners do.

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Versioned};
use domain::text::Name;
use store::Scope;
use store::keys::Key;

use crate::Conditions;
use crate::model::{SavedView, ViewId};
use app::{App, retry};

/// What is to change; `None` leaves it as it is.
#[derive(Debug, Clone)]
pub struct ViewChange {
    /// What it is called.
    pub name: Option<Name>,
    /// Which tasks it lists, as a whole.
    pub conditions: Option<Conditions>,
    /// Whether others see it.
    pub shared: Option<bool>,
}

/// Changes a view.
pub async fn update_view(
    app: &App,
    call: &Call,
    id: ViewId,
    change: ViewChange,
) -> Result<Versioned<SavedView>, Error> {
    let extra = change
        .conditions
        .as_ref()
        .map(|conditions| conditions.wanted(id.tag()))
        .unwrap_or_default();
    if let Some(conditions) = &change.conditions {
        conditions.check_team(app, call, id.tag()).await?;
    }
    step(app, call, id, Action::ViewUpdate, &extra, |scope, view| {
        view.name = change.name.clone().unwrap_or_else(|| view.name.clone());
        view.shared = change.shared.unwrap_or(view.shared);
        if let Some(conditions) = &change.conditions {
            conditions.check(scope)?;
            view.filter = conditions.filter.clone();
        }
        Ok(())
    })
    .await
}

/// Deletes a view, for good: all that it was is its conditions.
pub async fn delete_view(
    app: &App,
    call: &Call,
    id: ViewId,
) -> Result<Versioned<SavedView>, Error> {
    step(app, call, id, Action::ViewDelete, &[], |scope, view| {
        view.deleted_at = Some(scope.at());
        Ok(())
    })
    .await
}

async fn step(
    app: &App,
    call: &Call,
    id: ViewId,
    action: Action,
    extra: &[Key],
    step: impl Fn(&Scope, &mut SavedView) -> Result<(), Error>,
) -> Result<Versioned<SavedView>, Error> {
    retry::contended(|| async {
        let (scope, view) = app
            .store
            .open(call, id, extra)
            .await?
            .require(action)
            .await?;
        if scope.replays(&view)? {
            return Ok(view.versioned());
        }
        let mut next = view.value.clone();
        step(&scope, &mut next)?;
        if next != view.value {
            next.updated_at = scope.at();
        }
        Ok(app.store.save(&scope, &view, next).await?.versioned())
    })
    .await
}
