//! Saved views: the conditions of a list of tasks, under a name. A capability above `app`, in a crate of its own.
//!
//! # Layout
//!
//! - `model`: what a view is; `conditions`: which tasks it lists, checked before they are kept.
//! - `table`: where views stand, and what opens them.
//! - `create`, `list`, `change`: what can be done with them.
//!
//! No events follow from views: they are about nobody's work.

mod change;
mod conditions;
mod create;
mod list;
mod model;
mod table;

pub use change::{ViewChange, delete_view, update_view};
pub use conditions::Conditions;
pub use create::{NewView, create_view};
pub use list::{ViewFilter, list_views};
pub use model::{SavedView, ViewId};

use app::App;
use domain::Error;
use domain::access::Action;
use domain::call::{Call, Versioned};
use domain::work::project::Project;
use store::Scope;

/// A view that the caller sees.
pub async fn get_view(app: &App, call: &Call, id: ViewId) -> Result<Versioned<SavedView>, Error> {
    let (_, view) = app
        .store
        .open(call, id, &[])
        .await?
        .require(Action::ViewRead)
        .await?;
    Ok(view.versioned())
}

/// Whether the caller sees a view: it is their own, or shared and about a project that they see. `project` is that
/// project, if it had to be read.
fn sees(scope: &Scope, view: &SavedView, project: Option<&Project>) -> bool {
    view.created_by == scope.user()
        || view.shared && view.project().is_none_or(|id| scope.sees(id, project))
}
