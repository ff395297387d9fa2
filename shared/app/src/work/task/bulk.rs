//! Many operations on tasks in one request: all of them or none, or each by itself.

use std::collections::{BTreeMap, HashSet};

use domain::access::Action;
use domain::call::Call;
use domain::id::{ProjectId, Tag, TaskId};
use domain::work::task::Task;
use domain::{Error, FieldError};
use futures_util::FutureExt;
use futures_util::future::{join_all, try_join_all};
use runtime::meter;
use store::done::Done;
use store::open::Opened;
use store::record::{Operation, Stored};
use store::transaction::Transaction;
use store::{Scope, keys};

use super::change::{Step, knowing_teams};
use super::create::{NewTask, Unnumbered, made};
use super::shown;
use crate::in_org::InOrg;
use crate::{App, retry};

/// How many operations of a request that does each by itself are written at once.
const AT_ONCE: usize = 8;

/// How the operations of a request hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All of them or none.
    Atomic,
    /// Each by itself.
    BestEffort,
}

impl Mode {
    /// The most operations that one request has.
    pub fn most(self) -> usize {
        match self {
            Self::Atomic => 25,
            Self::BestEffort => 100,
        }
    }
}

/// One operation.
#[derive(Debug, Clone)]
pub enum BulkAct {
    /// Makes a task.
    Create(NewTask),
    /// Does something with a task, of which the caller may have seen a version.
    Step(TaskId, Option<u64>, Step),
}

impl BulkAct {
    /// The task that it names.
    pub fn target(&self) -> Option<TaskId> {
        match self {
            Self::Create(_) => None,
            Self::Step(id, ..) => Some(*id),
        }
    }

    fn tag(&self) -> Tag {
        match self {
            Self::Create(new) => new.project.tag(),
            Self::Step(id, ..) => id.tag(),
        }
    }
}

/// What became of one operation: the task as it is now, or why it was not done.
pub type BulkOutcome = Result<InOrg<Task>, Error>;

/// Does what each of the operations asks for; one that could not be read is its own outcome. The outcomes come in the
/// order of the operations.
pub async fn bulk_tasks(
    app: &App,
    call: &Call,
    mode: Mode,
    acts: Vec<Result<BulkAct, Error>>,
) -> Result<Vec<BulkOutcome>, Error> {
    check(mode, &acts)?;
    let operation = app.store.operation(call)?;
    let part = |(index, act): (usize, Result<BulkAct, Error>)| {
        act.map(|act| Part::new(app, &operation, index, act))
    };
    let parts: Vec<Result<Part, Error>> = acts.into_iter().enumerate().map(part).collect();
    match mode {
        Mode::BestEffort => {
            let outcomes = each(app, call, parts).await?;
            meter::note_parts(outcomes.iter().map(Result::is_ok));
            Ok(outcomes)
        }
        Mode::Atomic => {
            let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
            let tasks = retry::contended(|| all(app, call, &operation, &parts)).await?;
            Ok(tasks.into_iter().map(Ok).collect())
        }
    }
}

/// Refuses too many operations, a task that two of them name, and, where all must succeed, one that cannot be read or is
/// about another organization than the first.
fn check(mode: Mode, acts: &[Result<BulkAct, Error>]) -> Result<(), Error> {
    if !(1..=mode.most()).contains(&acts.len()) {
        return Err(Error::field(
            "operations",
            "length",
            format!("must have 1 to {} entries", mode.most()),
        ));
    }
    let faults = faults(mode, acts);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let tags: Vec<Tag> = acts
        .iter()
        .filter_map(|act| act.as_ref().ok())
        .map(BulkAct::tag)
        .collect();
    match tags.iter().position(|tag| *tag != tags[0]) {
        Some(index) if mode == Mode::Atomic => Err(Error::CrossOrganization.of_operation(index)),
        _ => Ok(()),
    }
}

/// What is wrong with the operations themselves, each fault at its place in the request.
fn faults(mode: Mode, acts: &[Result<BulkAct, Error>]) -> Vec<FieldError> {
    let mut seen = HashSet::new();
    let mut faults = vec![];
    for (index, act) in acts.iter().enumerate() {
        // A transaction takes each item once, and all operations are decided about after one read.
        let target = act.as_ref().ok().and_then(BulkAct::target);
        if target.is_some_and(|id| !seen.insert(id)) {
            faults.push(FieldError::new(
                &format!("/operations/{index}/id"),
                "duplicate",
                "must be given once",
            ));
        }
        match act {
            Err(Error::Invalid(fields)) if mode == Mode::Atomic => {
                faults.extend(fields.iter().cloned().map(|mut wrong| {
                    wrong.field.insert_str(0, &format!("/operations/{index}"));
                    wrong
                }))
            }
            _ => {}
        }
    }
    faults
}

/// An operation with its place in the request.
struct Part {
    index: usize,
    act: BulkAct,
    /// The task: the one that it names, or the one that it makes.
    id: TaskId,
    /// Under what it is known.
    operation: Operation,
}

impl Part {
    fn new(app: &App, whole: &Operation, index: usize, act: BulkAct) -> Self {
        let operation = whole.numbered(index);
        let id = match &act {
            BulkAct::Create(new) => new.id(app, &operation),
            BulkAct::Step(id, ..) => *id,
        };
        Self {
            index,
            act,
            id,
            operation,
        }
    }
}

/// What is to be written for an operation.
enum Planned {
    /// Nothing: this very request has done it before.
    Done(Stored<Task>),
    /// A new task.
    New(Unnumbered),
    /// A task, as it was and as it is to be.
    Changed(Stored<Task>, Box<Task>),
}

impl Planned {
    fn project(&self) -> Option<ProjectId> {
        match self {
            Self::New(new) => Some(new.project()),
            Self::Done(_) | Self::Changed(..) => None,
        }
    }

    /// Puts into a transaction what is to be written, and tells the task as it will be.
    fn enter(
        self,
        transaction: &mut Transaction,
        scope: &Scope,
        number: u64,
    ) -> Result<Stored<Task>, Error> {
        match self {
            Self::Done(task) => Ok(task),
            Self::New(new) => {
                transaction.create(new.numbered(number), scope.operation(), Error::Conflict)
            }
            // Nothing is to be written, as in a request of its own, so the version stays.
            Self::Changed(task, next) if task.value == *next => Ok(task),
            Self::Changed(task, next) => transaction.save(&task, *next, scope.operation()),
        }
    }
}

/// An operation that may be done.
struct Ready {
    scope: Scope,
    planned: Planned,
}

/// Reads all that the operations are about, and the note that they were done before.
async fn open(
    app: &App,
    call: &Call,
    parts: &[&Part],
    done: Option<keys::Key>,
) -> Result<Opened, Error> {
    let (mut tasks, mut projects, mut extra) = (vec![], vec![], vec![]);
    extra.extend(done);
    for part in parts {
        match &part.act {
            BulkAct::Create(new) => {
                projects.push(new.project);
                extra.extend(new.wanted(part.id, &part.operation));
            }
            BulkAct::Step(id, _, step) => {
                tasks.push(*id);
                extra.extend(step.wanted(id.tag()));
            }
        }
    }
    app.store.open_many(call, &tasks, &projects, &extra).await
}

/// Decides about one operation as about a request of its own.
// In one piece: both arms open, ask whether it was done before and plan, and are read side by side.
async fn plan(
    app: &App,
    opened: &Opened,
    part: &Part,
    done: Option<&keys::Key>,
) -> Result<Ready, Error> {
    match &part.act {
        BulkAct::Create(new) => {
            let sealed = opened.part(part.index, None).seal(new.project)?;
            let (scope, project) = sealed.require(Action::TaskCreate).await?;
            let planned = match made(&scope, part.id)? {
                Some(made) if made.value.project == new.project => Planned::Done(made),
                // It has moved since, to where the caller may not see it.
                Some(_) => return Err(Error::NotFound),
                None => Planned::New(new.clone().plan(&scope, &project.value, part.id)?),
            };
            Ok(Ready { scope, planned })
        }
        BulkAct::Step(id, seen, step) => {
            let (scope, task) = opened
                .part(part.index, *seen)
                .seal(*id)?
                .require(step.action())
                .await?;
            let scope = knowing_teams(app, scope, step, task.value.project).await?;
            let next = if was_done(&scope, done)? {
                None
            } else {
                step.plan(&scope, &task)?
            };
            let planned = match next {
                Some(next) => Planned::Changed(task, Box::new(next)),
                None => Planned::Done(task),
            };
            Ok(Ready { scope, planned })
        }
    }
}

/// Whether the whole request was done before.
fn was_done(scope: &Scope, done: Option<&keys::Key>) -> Result<bool, Error> {
    let Some(note) = done
        .map(|key| scope.extra::<Done>(key))
        .transpose()?
        .flatten()
    else {
        return Ok(false);
    };
    if !note.value.holds(scope.at()) {
        return Ok(false);
    }
    // Each part has an operation of its own, but the fingerprint of the whole.
    note.made_by(scope.operation())?;
    meter::note(|totals| totals.replayed = true);
    Ok(true)
}

/// How many tasks are new in a project, and by what right they are made.
struct Draw<'r> {
    scope: &'r Scope,
    count: u64,
}

/// Draws the numbers of all new tasks, those of a project at once; each in its place.
async fn numbers<'a>(
    app: &App,
    ready: impl Iterator<Item = Option<&'a Ready>>,
) -> Result<Vec<u64>, Error> {
    let ready: Vec<Option<&Ready>> = ready.collect();
    let draws = draws(&ready).into_iter().map(|(project, draw)| async move {
        let first = app.store.next_numbers(draw.scope, project, draw.count);
        Ok::<_, Error>((project, first.await?))
    });
    let mut next: BTreeMap<ProjectId, u64> = try_join_all(draws).await?.into_iter().collect();
    let mut number = |ready: &Ready| {
        let next = next.get_mut(&ready.planned.project()?)?;
        *next += 1;
        Some(*next - 1)
    };
    Ok(ready
        .into_iter()
        .map(|ready| ready.and_then(&mut number).unwrap_or_default())
        .collect())
}

fn draws<'r>(ready: &[Option<&'r Ready>]) -> BTreeMap<ProjectId, Draw<'r>> {
    let mut draws = BTreeMap::new();
    for ready in ready.iter().copied().flatten() {
        if let Some(project) = ready.planned.project() {
            let scope = &ready.scope;
            draws
                .entry(project)
                .or_insert(Draw { scope, count: 0 })
                .count += 1;
        }
    }
    draws
}

/// Decides about all of the operations, or tells the first that cannot be done.
async fn plan_all(
    app: &App,
    opened: &Opened,
    parts: &[Part],
    done: Option<&keys::Key>,
) -> Result<Vec<Ready>, Error> {
    let mut ready = vec![];
    for part in parts {
        let planned = plan(app, opened, part, done).await;
        ready.push(planned.map_err(|why| why.of_operation(part.index))?);
    }
    Ok(ready)
}

/// Leaves a note in the transaction that the whole request was done.
fn leave_note(
    transaction: &mut Transaction,
    scope: &Scope,
    key: &keys::Key,
    operation: &Operation,
) -> Result<(), Error> {
    let note = Done::new(scope.org_id(), operation, scope.at());
    // One that was kept too long may not be swept yet.
    match scope.extra::<Done>(key)? {
        Some(_) => transaction.put(note, operation)?,
        None => transaction.create(note, operation, Error::Conflict)?,
    };
    Ok(())
}

/// Does all of the operations in one transaction, or none.
async fn all(
    app: &App,
    call: &Call,
    operation: &Operation,
    parts: &[Part],
) -> Result<Vec<InOrg<Task>>, Error> {
    let Some(tag) = parts.first().map(|part| part.act.tag()) else {
        return Ok(vec![]);
    };
    let done = operation.keyed.then(|| keys::done(tag, &operation.id));
    let opened = open(app, call, &parts.iter().collect::<Vec<_>>(), done.clone()).await?;
    let ready = plan_all(app, &opened, parts, done.as_ref()).await?;
    write_all(app, operation, ready, done).await
}

/// Writes what was decided about all of the operations in one transaction, with a note under `done`.
async fn write_all(
    app: &App,
    operation: &Operation,
    ready: Vec<Ready>,
    done: Option<keys::Key>,
) -> Result<Vec<InOrg<Task>>, Error> {
    // Drawn aside from the transaction: if that fails the numbers are lost, which leaves a gap.
    let numbers = numbers(app, ready.iter().map(Some)).await?;
    let mut transaction = Transaction::new();
    let mut tasks = vec![];
    let mut last = None;
    for (Ready { scope, planned }, number) in ready.into_iter().zip(numbers) {
        let task = planned.enter(&mut transaction, &scope, number)?;
        tasks.push(shown(&scope, task));
        last = Some(scope);
    }
    // Any of the scopes will do: all are of the one organization and came with the one read.
    let Some(scope) = last.filter(|_| !transaction.is_empty()) else {
        return Ok(tasks);
    };
    if let Some(key) = done {
        leave_note(&mut transaction, &scope, &key, operation)?;
    }
    app.store.commit(&scope, transaction).await?;
    Ok(tasks)
}

/// Decides about each of the operations; one that could not be read is its own refusal.
async fn plan_each<'p>(
    app: &App,
    opened: &Opened,
    parts: &'p [Result<Part, Error>],
) -> Vec<Result<(&'p Part, Ready), Error>> {
    let plans = parts.iter().map(|part| async move {
        let part = part.as_ref().map_err(Error::clone)?;
        Ok((part, plan(app, opened, part, None).await?))
    });
    join_all(plans).await
}

/// Does each of the operations by itself: decides about all of them after one read, and writes several at once.
async fn each(
    app: &App,
    call: &Call,
    parts: Vec<Result<Part, Error>>,
) -> Result<Vec<BulkOutcome>, Error> {
    let readable: Vec<&Part> = parts.iter().filter_map(|part| part.as_ref().ok()).collect();
    // No note of the whole: each task remembers the operation that changed or made it.
    let opened = open(app, call, &readable, None).await?;
    let plans = plan_each(app, &opened, &parts).await;
    let numbers = numbers(
        app,
        plans
            .iter()
            .map(|plan| plan.as_ref().ok().map(|(_, ready)| ready)),
    )
    .await?;
    let mut writes = plans
        .into_iter()
        .zip(numbers)
        .map(|(plan, number)| carry_out(app, call, plan, number).boxed());
    let mut outcomes = Vec::with_capacity(parts.len());
    while outcomes.len() < parts.len() {
        outcomes.extend(join_all(writes.by_ref().take(AT_ONCE)).await);
    }
    Ok(outcomes)
}

/// Writes what was decided about one operation, and does it anew if somebody else was faster.
async fn carry_out(
    app: &App,
    call: &Call,
    plan: Result<(&Part, Ready), Error>,
    number: u64,
) -> BulkOutcome {
    let (part, ready) = plan?;
    match write(app, ready, number).await {
        Err(Error::Conflict) => retry::contended(|| again(app, call, part)).await,
        written => written,
    }
}

/// Writes what was decided about one operation.
async fn write(app: &App, Ready { scope, planned }: Ready, number: u64) -> BulkOutcome {
    let task = match planned {
        Planned::Done(task) => task,
        Planned::New(new) => {
            app.store
                .create(&scope, new.numbered(number), Error::Conflict)
                .await?
        }
        Planned::Changed(task, next) => app.store.save(&scope, &task, *next).await?,
    };
    Ok(shown(&scope, task))
}

/// Does one operation of many after somebody else was faster.
async fn again(app: &App, call: &Call, part: &Part) -> BulkOutcome {
    let opened = open(app, call, &[part], None).await?;
    let ready = plan(app, &opened, part, None).await?;
    let number = numbers(app, std::iter::once(Some(&ready))).await?;
    write(app, ready, number.first().copied().unwrap_or_default()).await
}
