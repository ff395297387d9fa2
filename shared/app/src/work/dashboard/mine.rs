//! What the caller has to do: open tasks that are assigned to them, or that they made and that are nobody's.

use domain::Error;
use domain::id::ProjectId;
use domain::work::dashboard::{Count, Now, Work};
use store::Scope;
use store::keys;
use store::table::{Item, Rows};

use super::MOST_COUNTED;
use crate::App;

/// The caller's open tasks in the organization: keys with their projects.
pub(super) async fn open(app: &App, scope: &Scope) -> Result<Rows, Error> {
    let range = keys::open_of_person(scope.tag(), scope.user()).limit(MOST_COUNTED);
    app.store.rows(scope, &range).await
}

/// How much of it there is in those projects that `within` picks.
pub(super) fn work(rows: &Rows, now: Now, within: impl Fn(ProjectId) -> bool) -> Work {
    let fits = |item: &&Item| keys::project_of(item).is_some_and(&within);
    let picked: Vec<&Item> = rows.items.iter().filter(fits).collect();
    let open = Count {
        count: picked.len(),
        capped: rows.more,
    };
    let due = picked.iter().filter_map(|item| keys::due_of(item));
    Work::of(open, due, false, now)
}
