//! Saved views: making, finding, running and changing them.

mod change;
mod conditions;
mod create;
mod list;

pub use change::{ViewChange, change, remove};
pub use conditions::Conditions;
pub use create::{NewView, create};
pub use list::{ViewFilter, list};

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Versioned};
use domain::id::ViewId;
use domain::project::Project;
use domain::view::View;
use store::Scope;

use crate::App;
use crate::project::restricted;

/// A view that the caller sees.
pub async fn show(app: &App, call: &Call, id: ViewId) -> Result<Versioned<View>, Error> {
    let (scope, view) = app.store.open(call, id, &[]).await?.require(Action::ViewRead).await?;
    let project = view.value.project();
    let restricted = match project.filter(|_| view.value.created_by != scope.user() && view.value.shared) {
        Some(project) => restricted(app, &scope, [project]).await?.remove(&project),
        None => None,
    };
    if sees(&scope, &view.value, restricted.as_ref()) { Ok(view.versioned()) } else { Err(Error::NotFound) }
}

/// Whether the caller sees a view: it is his own, or shared and about a project that he sees. `project` is that project,
/// if it had to be read.
fn sees(scope: &Scope, view: &View, project: Option<&Project>) -> bool {
    view.created_by == scope.user() || view.shared && view.project().is_none_or(|id| scope.sees(id, project))
}
