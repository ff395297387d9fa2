//! The tasks of a team: those of the projects that it is attached to and of its default one, as one list.

use std::collections::{BTreeMap, HashMap, VecDeque};

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::ProjectId;
use domain::membership::team::Team;
use domain::work::project::Project;
use domain::work::task::Task;
use domain::work::workflow::Workflow;
use futures_util::future::try_join_all;
use paging::{Gathering, LeftOut, RowSource, Stretch};
use store::Scope;
use store::range::Range;
use store::record::{Stored, listed};
use store::table::{Item, Rows, key_of};

use super::filter::TaskFilter;
use super::list::TaskList;
use super::plan::Ordering;
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

/// The projects of a team that the caller sees.
async fn projects_of(app: &App, scope: &Scope, team: &Team) -> Result<Projects, Error> {
    let mut ids = team.all_projects();
    let read = restricted(app, scope, ids.iter().copied()).await?;
    ids.retain(|id| scope.sees(*id, read.get(id)));
    Ok(Projects { ids, read })
}

/// A page of the tasks of a team.
pub(super) async fn of_team(
    app: &App,
    call: &Call,
    wanted: &TaskList,
    limit: usize,
    after: Option<String>,
) -> Result<Gathering<InOrg<Task>>, Error> {
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
    let projects = projects_of(app, &scope, &team.value).await?;
    let strands = strands(&projects, wanted)?;
    let left_out = strands.left_out();
    let page = Gathering::new(limit, strands.most);
    let mut tasks = OfTeam {
        app,
        scope: &scope,
        wanted,
        filter,
        projects,
        strands,
        progress: progress(after)?,
    };
    page.fill(&mut tasks, left_out).await
}

/// The tasks of a team's projects, in one order.
struct OfTeam<'a> {
    app: &'a App,
    scope: &'a Scope,
    wanted: &'a TaskList,
    filter: TaskFilter,
    projects: Projects,
    strands: Strands,
    progress: Progress,
}

impl RowSource for OfTeam<'_> {
    type Row = InOrg<Task>;

    async fn next(&mut self, stride: usize) -> Result<Stretch<InOrg<Task>>, Error> {
        let found = self.read(stride).await?;
        let unread = found.iter().any(|rows| rows.more);
        let mut queues = self.queues(found)?;
        let rows = weave(&mut queues, self.wanted.descending, stride);
        // What was read and is not taken now is read again with the next rows.
        let more = unread || queues.iter().any(|queue| !queue.is_empty());
        let tasks = tasks(self.app, self.scope, &rows, self.strands.fetch).await?;
        let taken = rows
            .into_iter()
            .zip(tasks)
            .map(|(row, task)| self.take(row, task))
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(Stretch { rows: taken, more })
    }
}

impl OfTeam<'_> {
    /// The next rows of each strand.
    async fn read(&self, stride: usize) -> Result<Vec<Rows>, Error> {
        let queries = self.strands.all.iter().map(|strand| {
            let after = self
                .progress
                .get(&strand.project.suffix())
                .and_then(|places| places.get(strand.number)?.as_deref());
            let range = strand.lane.go_on(!self.wanted.descending, after, stride);
            async move { self.app.store.rows(self.scope, &range).await }
        });
        try_join_all(queries).await
    }

    /// What each strand gave, in its own order.
    fn queues(&self, found: Vec<Rows>) -> Result<Vec<VecDeque<Row>>, Error> {
        let queue = |(strand, rows): (usize, Rows)| {
            let rows = rows.items.into_iter().map(|item| self.row(strand, item));
            rows.collect::<Result<VecDeque<Row>, Error>>()
        };
        found.into_iter().enumerate().map(queue).collect()
    }

    fn row(&self, strand: usize, item: Item) -> Result<Row, Error> {
        let place = self.strands.all[strand]
            .lane
            .place(&item)
            .ok_or_else(|| Error::Internal("a row without its place".to_owned()))?;
        // Numbers tell what was made first only within one project, so here the moment does.
        let order = match self.wanted.ordering {
            None | Some(Ordering::CreatedAt) => made(&item),
            Some(_) => place.clone(),
        };
        Ok(Row {
            order,
            strand,
            place,
            item,
        })
    }

    /// Goes on behind a row: where the list then is, and the task of the row if it belongs to the list.
    fn take(
        &mut self,
        row: Row,
        task: Option<Stored<Task>>,
    ) -> Result<(String, Option<InOrg<Task>>), Error> {
        let Strand {
            project, number, ..
        } = &self.strands.all[row.strand];
        let places = self.progress.entry(project.suffix()).or_default();
        places.resize(places.len().max(number + 1), None);
        places[*number] = Some(row.place);
        let place = serde_json::to_string(&self.progress)
            .map_err(|error| Error::Internal(error.to_string()))?;
        let task = task.and_then(|task| self.shown(*project, task));
        Ok((place, task))
    }

    /// The task of a row of a project, if it belongs to the list.
    fn shown(&self, project: ProjectId, task: Stored<Task>) -> Option<InOrg<Task>> {
        // A row of the index may tell of a project that the task has left.
        if task.value.project != project {
            return None;
        }
        let task = shown_in(self.scope, &self.projects.workflow(project), task);
        let now = &task.thing.value;
        let fits = self
            .filter
            .across_projects(now)
            .matches(now, self.scope.user());
        fits.then_some(task)
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

impl Strands {
    fn left_out(&self) -> LeftOut {
        if self.exact {
            LeftOut::Never
        } else {
            LeftOut::Some
        }
    }
}

fn strands(projects: &Projects, wanted: &TaskList) -> Result<Strands, Error> {
    let mut strands = Strands {
        all: vec![],
        fetch: false,
        exact: true,
        most: paging::MOST_ROWS,
    };
    for id in &projects.ids {
        let plan = wanted.plan(*id, &projects.workflow(*id))?;
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
