//! Lists of tasks.

use std::collections::HashMap;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page};
use domain::id::{BoardId, OrgId, ProjectId, TeamId};
use domain::work::board::ListId;
use domain::work::project::Project;
use domain::work::task::Task;
use domain::work::workflow::Workflow;
use futures_util::future::try_join_all;
use paging::{Cursors, Gathering, LeftOut, Merged, Merging, Placed, ranges, several};
use serde::Serialize;
use store::open::Me;
use store::range::Range;
use store::record::Stored;
use store::table::{Item, Rows, key_of};
use store::{Scope, SealedRows, keys};

use super::filter::TaskFilter;
use super::of_list::of_list;
use super::of_team::of_team;
use super::plan::{Ordering, Plan};
use super::{shown, shown_in};
use crate::App;
use crate::in_org::{InOrg, restricted};
use crate::tenant;

/// Which tasks, in which order.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TaskList {
    /// Of this project; without one, the caller's own.
    #[serde(serialize_with = "as_text")]
    pub project: Option<ProjectId>,
    /// The caller's own in this organization only: its id or slug, as they wrote it.
    pub org: Option<String>,
    /// Those in the projects of this team.
    pub team: Option<TeamId>,
    /// Those in this list of a board, by default in their order there.
    pub list: Option<(BoardId, ListId)>,
    /// Those that fit.
    pub filter: TaskFilter,
    /// In this order; by default the one in which they were made, or by due date for the caller's own.
    pub ordering: Option<Ordering>,
    /// In the other direction.
    pub descending: bool,
}

fn as_text<S: serde::Serializer>(
    project: &Option<ProjectId>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&project.map(|id| id.to_string()).unwrap_or_default())
}

impl TaskList {
    /// The tasks in a list of a board.
    pub fn of_list(board: BoardId, list: ListId) -> Self {
        Self {
            list: Some((board, list)),
            ..Self::default()
        }
    }

    /// How it is read in a project of this workflow.
    pub(super) fn plan(&self, project: ProjectId, workflow: &Workflow) -> Result<Plan, Error> {
        let ordering = self.ordering.unwrap_or(Ordering::CreatedAt);
        Plan::project(project, ordering, &self.filter, workflow)
    }
}

/// A page of tasks.
pub type ListedTasks = Page<InOrg<Task>>;

/// A page of tasks: of a project, of a list of a board, of a team, or the caller's own.
pub async fn list_tasks(
    app: &App,
    call: &Call,
    wanted: &TaskList,
    limit: usize,
    cursor: Option<&str>,
) -> Result<ListedTasks, Error> {
    let cursors = Cursors::new(app.pager(), call, wanted).await?;
    let after: Option<String> = cursor.map(|cursor| cursors.open(cursor)).transpose()?;
    let page = match wanted.project {
        _ if wanted.list.is_some() => of_list(app, call, wanted, limit, after).await?,
        _ if wanted.team.is_some() => of_team(app, call, wanted, limit, after).await?,
        Some(project) => of_project(app, call, wanted, project, limit, after).await?,
        None => of_caller(app, call, wanted, limit, after).await?,
    };
    page.sealed(&cursors)
}

/// Where a list of tasks begins, and what of it was read already.
pub(super) struct Start {
    /// The page.
    pub page: Gathering<InOrg<Task>>,
    /// Ascending.
    pub forward: bool,
    /// Behind which place.
    pub after: Option<String>,
    /// The first rows of each lane.
    pub first: Option<Vec<Rows>>,
}

impl Start {
    /// A list of which nothing was read yet.
    pub fn new(wanted: &TaskList, plan: &Plan, limit: usize, after: Option<String>) -> Self {
        Self {
            page: Gathering::new(limit, plan.most()),
            forward: !wanted.descending,
            after,
            first: None,
        }
    }

    /// What of these lanes is read first.
    fn ranges(&self, plan: &Plan) -> Vec<Range> {
        let stride = self.page.stride(plan.left_out() == LeftOut::Some);
        ranges(&plan.lanes, self.forward, self.after.as_deref(), stride)
    }

    /// Fills the page with rows of these lanes.
    async fn fill<K, FK>(
        self,
        app: &App,
        plan: &Plan,
        scopes: &[Option<&Scope>],
        keep: K,
    ) -> Result<Gathering<InOrg<Task>>, Error>
    where
        K: Fn(Merged) -> FK + Send + Sync,
        FK: Future<Output = Result<Placed<InOrg<Task>>, Error>> + Send,
    {
        let mut source = Merging::new(
            &app.store,
            &plan.lanes,
            scopes,
            self.forward,
            self.after,
            keep,
        );
        if let Some(first) = self.first {
            source = source.begun(first);
        }
        self.page.fill(&mut source, plan.left_out()).await
    }
}

/// The rows as tasks, in their order; `None` for a row whose item is not there any more.
pub(super) async fn tasks(
    app: &App,
    scopes: &[Option<&Scope>],
    plan: &Plan,
    merged: &Merged,
) -> Result<Vec<Option<Stored<Task>>>, Error> {
    if !plan.fetch {
        return merged
            .rows
            .iter()
            .map(|row| Stored::read(&row.value).map(Some))
            .collect();
    }
    let mut found = fetch(app, scopes, merged).await?;
    // The index may not know yet that a task was deleted.
    let mut take = |item: &Item| {
        key_of(item)
            .and_then(|key| found.remove(&key))
            .filter(|task| task.value.deleted_at.is_none())
    };
    Ok(merged.rows.iter().map(|row| take(&row.value)).collect())
}

/// The tasks of the rows by their keys, each read in the organization of its lane.
async fn fetch(
    app: &App,
    scopes: &[Option<&Scope>],
    merged: &Merged,
) -> Result<HashMap<keys::Key, Stored<Task>>, Error> {
    let fetches = scopes.iter().enumerate().filter_map(|(lane, scope)| {
        let keys: Vec<_> = merged
            .rows
            .iter()
            .filter(|row| row.lane == lane)
            .filter_map(|row| key_of(&row.value))
            .collect();
        scope
            .filter(|_| !keys.is_empty())
            .map(|scope| async move { app.store.fetch::<Task>(scope, &keys).await })
    });
    Ok(try_join_all(fetches).await?.into_iter().flatten().collect())
}

/// The list of a project, opened, and what was read of it beside that.
struct Begun {
    scope: Scope,
    /// By which the rows were read.
    plan: Plan,
    start: Start,
    /// What went wrong here is told only once the caller is let in and their filter is sound.
    rows: Result<Vec<SealedRows>, Error>,
}

/// Opens a project and reads the first rows of its list in the same round trip.
async fn begin(
    app: &App,
    call: &Call,
    wanted: &TaskList,
    project: ProjectId,
    limit: usize,
    after: Option<String>,
) -> Result<Begun, Error> {
    // Read as if the project had the default workflow; if it has its own, that may have other columns.
    let plan = wanted.plan(project, &Workflow::default())?;
    let start = Start::new(wanted, &plan, limit, after);
    let labels = wanted.filter.label_keys(Some(project.tag()));
    let ranges = start.ranges(&plan);
    let rows = ranges
        .iter()
        .map(|range| app.store.peek(project.tag(), range));
    let (sealed, rows) = tokio::join!(app.store.open(call, project, &labels), try_join_all(rows));
    let (scope, _) = sealed?.require(Action::TaskRead).await?;
    Ok(Begun {
        scope,
        plan,
        start,
        rows,
    })
}

async fn of_project(
    app: &App,
    call: &Call,
    wanted: &TaskList,
    project: ProjectId,
    limit: usize,
    after: Option<String>,
) -> Result<Gathering<InOrg<Task>>, Error> {
    let Begun {
        scope,
        plan: usual,
        mut start,
        rows,
    } = begin(app, call, wanted, project, limit, after).await?;
    let filter = wanted
        .filter
        .with_aliases(app, |key| scope.extra(key))
        .await?;
    let workflow = scope.workflow();
    wanted.filter.check_status(&workflow)?;
    let first = rows?
        .into_iter()
        .map(|rows| rows.unseal(&scope))
        .collect::<Result<Vec<Rows>, _>>()?;
    let plan = wanted.plan(project, &workflow)?;
    start.first = plan.has_lanes_of(&usual).then_some(first);
    in_project(app, &scope, project, &plan, &filter, start).await
}

/// The tasks of a project that fit.
pub(super) async fn in_project(
    app: &App,
    scope: &Scope,
    project: ProjectId,
    plan: &Plan,
    filter: &TaskFilter,
    start: Start,
) -> Result<Gathering<InOrg<Task>>, Error> {
    let scopes = &vec![Some(scope); plan.lanes.len()];
    let keep = |merged: Merged| async move {
        let tasks = tasks(app, scopes, plan, &merged).await?;
        // A row of the index may tell of a project that the task has left.
        let fits = |task: &Task| task.project == project && filter.matches(task, scope.user());
        let rows = merged.rows.into_iter().zip(tasks).map(|(row, task)| {
            (
                row.place,
                task.map(|task| shown(scope, task))
                    .filter(|task| fits(&task.thing.value)),
            )
        });
        Ok(rows.collect())
    };
    start.fill(app, plan, scopes, keep).await
}

async fn of_caller(
    app: &App,
    call: &Call,
    wanted: &TaskList,
    limit: usize,
    after: Option<String>,
) -> Result<Gathering<InOrg<Task>>, Error> {
    wanted.check_own()?;
    let me = app
        .store
        .open_me(call, &wanted.filter.label_keys(None))
        .await?;
    let filter = wanted.filter.with_aliases(app, |key| me.read(key)).await?;
    let only = tenant::named(app, call, wanted.org.as_deref()).await?;
    let orgs = tenant::of(&me, only)?;
    let plan = Plan::person(&orgs, me.principal.user, &wanted.filter);
    let start = Start::new(wanted, &plan, limit, after);
    in_orgs(app, &me, &orgs, &plan, &filter, start).await
}

/// The caller's own tasks in these organizations that fit.
async fn in_orgs(
    app: &App,
    me: &Me,
    orgs: &[OrgId],
    plan: &Plan,
    filter: &TaskFilter,
    mut start: Start,
) -> Result<Gathering<InOrg<Task>>, Error> {
    let (scopes, first) = several::begin(&app.store, me, orgs, &start.ranges(plan)).await?;
    start.first = Some(first);
    let scopes = &several::in_order(&scopes, orgs);
    let user = me.principal.user;
    let keep = |merged: Merged| async move {
        let visible = visible(app, scopes, plan, &merged).await?;
        let fits = |task: &Task| filter.across_projects(task).matches(task, user);
        let rows = merged.rows.into_iter().zip(visible);
        Ok(rows
            .map(|(row, task)| (row.place, task.filter(|task| fits(&task.thing.value))))
            .collect())
    };
    start.fill(app, plan, scopes, keep).await
}

/// The projects of the rows that must be read before it is known who sees their tasks.
async fn restricted_of(
    app: &App,
    lanes: &[Option<&Scope>],
    merged: &Merged,
) -> Result<HashMap<ProjectId, Project>, Error> {
    let projects = |lane: usize| {
        let rows = merged.rows.iter().filter(move |row| row.lane == lane);
        rows.filter_map(|row| keys::project_of(&row.value))
    };
    let lookups = lanes
        .iter()
        .enumerate()
        .filter_map(|(lane, scope)| scope.map(|scope| restricted(app, scope, projects(lane))));
    Ok(try_join_all(lookups).await?.into_iter().flatten().collect())
}

/// The rows as tasks, without those in projects that the caller does not see (any more).
async fn visible(
    app: &App,
    lanes: &[Option<&Scope>],
    plan: &Plan,
    merged: &Merged,
) -> Result<Vec<Option<InOrg<Task>>>, Error> {
    // A row names its project, so what may hide the task is read beside it. A task that has just
    // come into a restricted project is left out until its row says so.
    let (tasks, restricted) = tokio::join!(
        tasks(app, lanes, plan, merged),
        restricted_of(app, lanes, merged)
    );
    let restricted = restricted?;
    let rows = merged.rows.iter().zip(tasks?).map(|(row, task)| {
        let (task, scope) = (task?, lanes[row.lane]?);
        let seen = scope.sees(task.value.project, restricted.get(&task.value.project));
        let workflow = restricted
            .get(&task.value.project)
            .map(Project::workflow)
            .unwrap_or_default();
        seen.then(|| shown_in(scope, &workflow, task))
    });
    Ok(rows.collect())
}
