//! The labels that a caller may use.

use std::future::ready;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page};
use domain::id::ProjectId;
use domain::text::Needle;
use domain::work::label::Label;
use paging::{
    Cursors, Gathering, LaneRow, LeftOut, MOST_ROWS, Merged, Merging, Placed, Walk, several,
};
use serde::Serialize;
use store::range::Range;
use store::record::Stored;
use store::{Scope, keys};

use crate::App;
use crate::in_org::InOrg;
use crate::tenant;

/// Which labels are wanted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LabelFilter {
    /// Of one organization only: its id or slug, as the caller wrote it.
    pub org: Option<String>,
    /// Those for the tasks of a project: its own and its organization's. Without one, organizations' only.
    pub project: Option<ProjectId>,
    /// Whose name contains this.
    pub q: Option<Needle>,
}

impl LabelFilter {
    fn matches(&self, label: &Label) -> bool {
        let place = label.project.is_none() || label.project == self.project;
        let name = |q: &Needle| q.is_in(label.name.as_str());
        place && label.is_live() && self.q.as_ref().is_none_or(name)
    }
}

/// A page of labels, oldest first.
pub async fn list_labels(
    app: &App,
    call: &Call,
    filter: &LabelFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<InOrg<Label>>, Error> {
    let Some(project) = filter.project else {
        return of_organizations(app, call, filter, limit, cursor).await;
    };
    // The labels of a project stand among those of its organization, and `keep` picks them.
    let range = keys::labels_of(project.tag());
    let walk = Walk::new(
        app.pager(),
        call,
        project.tag(),
        range,
        filter,
        limit,
        cursor,
    )
    .await?;
    let keep = |scope: &Scope, label: Stored<Label>| {
        filter
            .matches(&label.value)
            .then(|| InOrg::of(scope, label))
    };
    walk.page(
        app.store.open(call, project, &[]),
        Action::ProjectRead,
        |_| Ok(()),
        keep,
        true,
    )
    .await
}

/// Of those of the caller's organizations in which they are more than a guest.
async fn of_organizations(
    app: &App,
    call: &Call,
    filter: &LabelFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<InOrg<Label>>, Error> {
    let only = tenant::named(app, call, filter.org.as_deref()).await?;
    let me = app.store.open_me(call, &[]).await?;
    let cursors = Cursors::new(app.pager(), call, filter).await?;
    let after: Option<String> = cursor.map(|cursor| cursors.open(cursor)).transpose()?;
    let mut scopes = tenant::scopes(app, &me, only).await?;
    scopes.retain(|scope| {
        scope
            .standing()
            .granted(Action::ProjectRead, scope.circumstances())
    });
    gather(app, &scopes, filter, limit, after)
        .await?
        .sealed(&cursors)
}

/// The labels in these scopes behind a place, oldest first.
async fn gather(
    app: &App,
    scopes: &[Scope],
    filter: &LabelFilter,
    limit: usize,
    after: Option<String>,
) -> Result<Gathering<InOrg<Label>>, Error> {
    let lane = |scope: &Scope| keys::labels_of(scope.tag());
    let lanes: Vec<Range> = scopes.iter().map(lane).collect();
    let scopes = &several::all(scopes);
    let keep = |merged: Merged| ready(kept(filter, scopes, merged));
    let mut labels = Merging::new(&app.store, &lanes, scopes, true, after, keep);
    Gathering::new(limit, MOST_ROWS)
        .fill(&mut labels, LeftOut::Some)
        .await
}

/// These rows, each with its label if that is wanted.
fn kept(
    filter: &LabelFilter,
    scopes: &[Option<&Scope>],
    merged: Merged,
) -> Result<Placed<InOrg<Label>>, Error> {
    let row = |LaneRow { place, lane, value }: LaneRow| {
        let label = Stored::<Label>::read(&value)?;
        let scope = scopes[lane].filter(|_| filter.matches(&label.value));
        Ok((place, scope.map(|scope| InOrg::of(scope, label))))
    };
    merged.rows.into_iter().map(row).collect()
}
