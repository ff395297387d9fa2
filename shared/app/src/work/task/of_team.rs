//! The tasks of a team: those of the projects that it is attached to and of its default one, as one list.

use std::collections::{BTreeMap, HashMap, VecDeque};

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::ProjectId;
use domain::work::project::Project;
use domain::work::task::Task;
use domain::work::workflow::Workflow;
use futures_util::future::try_join_all;
use paging::{Gathering, LeftOut, RowSource, Stretch};
use store::Scope;
use store::range::Range;
use store::record::{Stored, listed};
use store::table::{Item, key_of};

use super::filter::TaskFilter;
use super::list::TaskList;
use super::plan::{Ordering, Plan};
use super::shown_in;
use crate::in_org::{InOrg, restricted};
use crate::{App, membership::team};

/// How far each stretch of each project (by the suffix of its id) has been read. The stretches have orders of their own,
/// so no single place says where the list goes on.
type Progress = BTreeMap<String, Vec<Option<String>>>;

/// One stretch of one project.
struct Strand {
    project: ProjectId,
    /// The number of the stretch in its project.
    number: usize,
    lane: Range,
}

/// One row: by what it is ordered, its strand, its place in that.
struct Row {
    order: String,
    strand: usize,
    place: String,
    item: Item,
}

/// The projects that are listed: those of the team that the caller sees, with their workflows where they have their own.
struct Projects {
    ids: Vec<ProjectId>,
    read: HashMap<ProjectId, Project>,
}

impl Projects {
    fn workflow(&self, id: ProjectId) -> Workflow {
        self.read
            .get(&id)
            .map(Project::workflow)
            .unwrap_or_default()
    }
}

/// A page of the tasks of a team.
pub(super) async fn of_team(
    app: &App,
    call: &Call,
    wanted: &TaskList,
    limit: usize,
    after: Option<String>,
) -> Result<Gathering<InOrg<Task>>, Error> {
    let ordering = wanted.ordering.unwrap_or(Ordering::CreatedAt);
    wanted.check_team()?;
    let id = wanted
        .team
        .ok_or_else(|| Error::Internal("a list of no team".to_owned()))?;
    let labels = wanted.filter.label_keys(Some(id.tag()));
    let (scope, team) = team::open_team(app, call, id, Action::TeamRead, &labels).await?;
    let filter = wanted
        .filter
        .with_aliases(app, |key| scope.extra(key))
        .await?;
    let mut ids = team.value.all_projects();
    let read = restricted(app, &scope, ids.iter().copied()).await?;
    ids.retain(|id| scope.sees(*id, read.get(id)));
    let projects = Projects { ids, read };
    let Strands {
        all: strands,
        fetch,
        exact,
        most,
    } = strands(&projects, ordering, wanted)?;
    let progress = progress(after)?;
    let mut tasks = OfTeam {
        app,
        scope: &scope,
        wanted,
        filter,
        projects,
        strands,
        progress,
        ordering,
        fetch,
    };
    let left_out = if exact { LeftOut::Never } else { LeftOut::Some };
    Gathering::new(limit, most).fill(&mut tasks, left_out).await
}

/// The tasks of a team's projects, in one order.
struct OfTeam<'a> {
    app: &'a App,
    scope: &'a Scope,
    wanted: &'a TaskList,
    filter: TaskFilter,
    projects: Projects,
    strands: Vec<Strand>,
    progress: Progress,
    ordering: Ordering,
    fetch: bool,
}

impl RowSource for OfTeam<'_> {
    type Row = InOrg<Task>;

    async fn next(&mut self, stride: usize) -> Result<Stretch<InOrg<Task>>, Error> {
        let Self {
            app,
            scope,
            wanted,
            filter,
            projects,
            strands,
            progress,
            ordering,
            fetch,
        } = self;
        let (rows, more) = next(
            app,
            scope,
            strands,
            progress,
            *ordering,
            wanted.descending,
            stride,
        )
        .await?;
        let tasks = tasks(app, scope, &rows, *fetch).await?;
        let mut taken = vec![];
        for (row, task) in rows.into_iter().zip(tasks) {
            let Strand {
                project, number, ..
            } = &strands[row.strand];
            let places = progress.entry(project.suffix()).or_default();
            places.resize(places.len().max(number + 1), None);
            places[*number] = Some(row.place);
            let place = serde_json::to_string(&progress)
                .map_err(|error| Error::Internal(error.to_string()))?;
            // A row of the index may tell of a project that the task has left.
            let task = task.filter(|task| task.value.project == *project);
            let task = task.map(|task| shown_in(scope, &projects.workflow(*project), task));
            let fits = |task: &Task| filter.across_projects(task).matches(task, scope.user());
            taken.push((place, task.filter(|task| fits(&task.thing.value))));
        }
        Ok(Stretch { rows: taken, more })
    }
}

fn progress(after: Option<String>) -> Result<Progress, Error> {
    after.map_or(Ok(Progress::new()), |text| {
        serde_json::from_str(&text).map_err(|_| Error::BadCursor)
    })
}

/// The stretches of all projects.
struct Strands {
    all: Vec<Strand>,
    /// Rows must be fetched.
    fetch: bool,
    /// All rows belong to the list.
    exact: bool,
    /// How many rows are looked at.
    most: usize,
}

fn strands(projects: &Projects, ordering: Ordering, wanted: &TaskList) -> Result<Strands, Error> {
    let mut strands = Strands {
        all: vec![],
        fetch: false,
        exact: true,
        most: paging::MOST_ROWS,
    };
    for id in &projects.ids {
        let plan = Plan::project(*id, ordering, &wanted.filter, &projects.workflow(*id))?;
        strands.fetch |= plan.fetch;
        strands.exact &= plan.exact;
        strands.most = strands.most.min(plan.most());
        let lanes = plan.lanes.into_iter().enumerate();
        strands.all.extend(lanes.map(|(number, lane)| Strand {
            project: *id,
            number,
            lane,
        }));
    }
    Ok(strands)
}

/// The next rows of all strands in one order, and whether more follow.
async fn next(
    app: &App,
    scope: &Scope,
    strands: &[Strand],
    progress: &Progress,
    ordering: Ordering,
    descending: bool,
    stride: usize,
) -> Result<(Vec<Row>, bool), Error> {
    let queries = strands.iter().map(|strand| {
        let after = progress
            .get(&strand.project.suffix())
            .and_then(|places| places.get(strand.number)?.as_deref());
        let range = strand.lane.go_on(!descending, after, stride);
        async move { app.store.rows(scope, &range).await }
    });
    let found = try_join_all(queries).await?;
    let mut more = found.iter().any(|rows| rows.more);
    let mut queues: Vec<VecDeque<Row>> = vec![];
    for (number, (strand, rows)) in strands.iter().zip(found).enumerate() {
        let row = |item: Item| {
            let place = strand
                .lane
                .place(&item)
                .ok_or_else(|| Error::Internal("a row without its place".to_owned()))?;
            let order = if ordering == Ordering::CreatedAt {
                made(&item)
            } else {
                place.clone()
            };
            Ok(Row {
                order,
                strand: number,
                place,
                item,
            })
        };
        queues.push(
            rows.items
                .into_iter()
                .map(row)
                .collect::<Result<_, Error>>()?,
        );
    }
    let rows = weave(&mut queues, descending, stride);
    more |= queues.iter().any(|queue| !queue.is_empty());
    Ok((rows, more))
}

/// When a task was made, as it sorts.
fn made(item: &Item) -> String {
    let moment = listed(item, "created_at")
        .and_then(|value| value.as_n().ok())
        .map(String::as_str);
    format!("{:0>15}", moment.unwrap_or_default())
}

/// The first rows of all queues. Each queue keeps its own order, so that it can be read on from any row.
fn weave(queues: &mut [VecDeque<Row>], descending: bool, limit: usize) -> Vec<Row> {
    let mut rows = vec![];
    while rows.len() < limit {
        let heads = queues
            .iter()
            .enumerate()
            .filter_map(|(at, queue)| queue.front().map(|row| (&row.order, at)));
        let first = if descending { heads.max() } else { heads.min() };
        let Some(row) = first
            .map(|(_, at)| at)
            .and_then(|at| queues[at].pop_front())
        else {
            break;
        };
        rows.push(row);
    }
    rows
}

/// The rows as tasks; `None` for a row whose item is not there any more.
async fn tasks(
    app: &App,
    scope: &Scope,
    rows: &[Row],
    fetch: bool,
) -> Result<Vec<Option<Stored<Task>>>, Error> {
    if !fetch {
        return rows
            .iter()
            .map(|row| Stored::read(&row.item).map(Some))
            .collect();
    }
    let keys: Vec<_> = rows.iter().filter_map(|row| key_of(&row.item)).collect();
    let mut found = if keys.is_empty() {
        HashMap::new()
    } else {
        app.store.fetch::<Task>(scope, &keys).await?
    };
    let mut take = |item: &Item| {
        key_of(item)
            .and_then(|key| found.remove(&key))
            .filter(|task| task.value.deleted_at.is_none())
    };
    Ok(rows.iter().map(|row| take(&row.item)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(strand: usize, orders: &[&str]) -> VecDeque<Row> {
        let row = |order: &&str| Row {
            order: (*order).to_owned(),
            strand,
            place: String::new(),
            item: Item::new(),
        };
        orders.iter().map(row).collect()
    }

    #[test]
    fn strands_are_woven_in_order_and_each_keeps_its_own() {
        let woven = |descending, a: &[&str], b: &[&str], limit| {
            let rows = weave(&mut [queue(0, a), queue(1, b)], descending, limit);
            rows.into_iter()
                .map(|row| format!("{}{}", row.order, row.strand))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(woven(false, &["1", "4"], &["2", "3"], 9), "10 21 31 40");
        assert_eq!(woven(true, &["4", "1"], &["3", "2"], 3), "40 31 21");
        // Two numbers were drawn in the other order than the tasks were made.
        assert_eq!(woven(false, &["2", "1"], &["3"], 9), "20 10 31");
        assert_eq!(woven(false, &["1"], &["1"], 1), "10");
    }
}
