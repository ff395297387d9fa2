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
use domain::work::project::Project;
use domain::work::view::View;
use store::Scope;

use crate::App;

/// A view that the caller sees.
pub async fn show(app: &App, call: &Call, id: ViewId) -> Result<Versioned<View>, Error> {
    let (_, view) = app.store.open(call, id, &[]).await?.require(Action::ViewRead).await?;
    Ok(view.versioned())
}

/// Whether the caller sees a view: it is their own, or shared and about a project that they see. `project` is that
/// project, if it had to be read.
fn sees(scope: &Scope, view: &View, project: Option<&Project>) -> bool {
    view.created_by == scope.user() || view.shared && view.project().is_none_or(|id| scope.sees(id, project))
}
