//! One task, by its id or by the key that people use.

use std::collections::HashMap;

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::error::Candidate;
use domain::id::{NotAnId, OrgId, ProjectId, TaskId};
use domain::work::task::{Task, TaskKey};
use futures_util::future::try_join_all;
use store::keys::{self, Key};
use store::open::{Me, Opened};
use store::record::Stored;
use store::table::{Item, Table};

use crate::App;
use crate::in_org::InOrg;
use crate::tenant::{self, OrgRef};

/// How a caller names a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskRef {
    /// By id.
    Id(TaskId),
    /// By key: `PROJ-12`.
    Key(TaskKey),
}

impl std::str::FromStr for TaskRef {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Key),
        }
    }
}

/// A task that the caller may see.
pub async fn get_task(
    app: &App,
    call: &Call,
    task: &TaskRef,
    org: Option<&OrgRef>,
) -> Result<InOrg<Task>, Error> {
    let id = find_task(app, call, task, org).await?;
    let (scope, task) = app
        .store
        .open(call, id, &[])
        .await?
        .require(Action::TaskRead)
        .await?;
    super::shown(&scope, task).whole(app, &scope).await
}

/// The id of a task. A key is looked for in the caller's organizations; the index that finds it may lag a moment.
pub async fn find_task(
    app: &App,
    call: &Call,
    task: &TaskRef,
    org: Option<&OrgRef>,
) -> Result<TaskId, Error> {
    let key = match task {
        TaskRef::Id(id) => return Ok(*id),
        TaskRef::Key(key) => key,
    };
    let only = match org {
        Some(org) => Some(tenant::resolve(app, call, org).await?),
        None => None,
    };
    let me = app.store.open_me(call, &[]).await?;
    // The request may have deleted the task, which no key leads to then.
    if let Some(id) = me.noted() {
        return Ok(id);
    }
    let orgs = tenant::of(&me, only)?;
    let found = candidates(app, &orgs, key).await?;
    match &orgs[..] {
        [] => Err(Error::NotFound),
        // An id that was never given out is opened like that of a hidden task, and is not there.
        [org] => Ok(found
            .first()
            .map_or_else(|| nobodys_task(*org, key), |(_, id)| *id)),
        _ => choose(app, &me, &orgs, key, &found).await,
    }
}

/// What the ids that stand for a key which names nothing are made of.
fn nobodys(key: &TaskKey) -> [u8; 16] {
    keys::hash(&[
        b"no task",
        key.project.as_str().as_bytes(),
        &key.number.to_be_bytes(),
    ])
}

/// The id that stands for a key which names nothing in an organization.
fn nobodys_task(org: OrgId, key: &TaskKey) -> TaskId {
    keys::derived::id(org.tag(), &nobodys(key))
}

/// What a key leads to in one organization.
struct Lead {
    org: OrgId,
    /// The task that had the key in its former project.
    moved: Option<TaskId>,
    /// The project whose tasks have such keys.
    project: ProjectId,
}

impl Lead {
    /// What the guards of an organization say, which were read.
    fn read(org: OrgId, key: &TaskKey, guards: &HashMap<Key, Item>) -> Self {
        let owner = |guard: Key| guards.get(&guard)?.get("owner")?.as_s().ok();
        let moved = owner(keys::alias(org.tag(), &key.project, key.number));
        let project = owner(keys::project_key(org.tag(), &key.project));
        // Where no project has the key, one that is nobody's is searched: the requests stay the same.
        let nobodys = || keys::derived::id(org.tag(), &nobodys(key));
        Self {
            org,
            moved: moved.and_then(|id| id.parse().ok()),
            project: project
                .and_then(|id| id.parse().ok())
                .unwrap_or_else(nobodys),
        }
    }
}

/// Where the task of this key is to be looked for in these organizations.
async fn leads(table: &Table, orgs: &[OrgId], key: &TaskKey) -> Result<Vec<Lead>, Error> {
    let wanted: Vec<Key> = orgs
        .iter()
        .flat_map(|org| {
            [
                keys::project_key(org.tag(), &key.project),
                keys::alias(org.tag(), &key.project, key.number),
            ]
        })
        .collect();
    let guards = table.get_many(&wanted, true).await?;
    let lead = |org: &OrgId| Lead::read(*org, key, &guards);
    Ok(orgs.iter().map(lead).collect())
}

/// The task that has this number in a project.
async fn numbered(table: &Table, project: ProjectId, number: u64) -> Result<Option<TaskId>, Error> {
    let rows = table.query(&keys::task_numbered(project, number)).await?;
    let task = rows.items.first().map(Stored::<Task>::read).transpose()?;
    Ok(task.map(|task| task.value.id))
}

/// The tasks of this key in these organizations, whether or not the caller may see them. The requests to the table are
/// the same whether there is such a project, such a task, or neither.
async fn candidates(
    app: &App,
    orgs: &[OrgId],
    key: &TaskKey,
) -> Result<Vec<(OrgId, TaskId)>, Error> {
    let table = app.store.outside(
        "a task key says nothing about its organization; what it finds is opened as usual",
    );
    let leads = leads(table, orgs, key).await?;
    let lookups = leads
        .iter()
        .map(|lead| numbered(table, lead.project, key.number));
    let numbered = try_join_all(lookups).await?;
    let moved = leads
        .iter()
        .filter_map(|lead| Some((lead.org, lead.moved?)));
    // The index may still have a task that was just moved where it was: such a task counts once.
    let present = leads
        .iter()
        .zip(numbered)
        .filter(|(lead, _)| lead.moved.is_none())
        .filter_map(|(lead, task)| Some((lead.org, task?)));
    Ok(moved.chain(present).collect())
}

/// The organization of a task, to be chosen by; none if the caller may not see the task.
async fn seen_in(opened: &Opened, id: TaskId) -> Result<Option<Candidate>, Error> {
    match opened.seal(id)?.require(Action::TaskRead).await {
        Ok((scope, _)) => Ok(Some(Candidate {
            organization: scope.org_id(),
            slug: scope.org().value.slug.to_string(),
        })),
        Err(Error::NotFound | Error::Forbidden { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A task of each organization: the one that was found there, or one that nobody has made.
fn one_of_each(orgs: &[OrgId], key: &TaskKey, found: &[(OrgId, TaskId)]) -> Vec<TaskId> {
    let named = |org: &OrgId| {
        found
            .iter()
            .find(|(other, _)| other == org)
            .map(|(_, id)| *id)
    };
    orgs.iter()
        .map(|org| named(org).unwrap_or_else(|| nobodys_task(*org, key)))
        .collect()
}

/// Chooses among the tasks of a key those that the caller may see. As many are opened as there are organizations,
/// whatever was found, so that nobody counts the hidden ones.
async fn choose(
    app: &App,
    me: &Me,
    orgs: &[OrgId],
    key: &TaskKey,
    found: &[(OrgId, TaskId)],
) -> Result<TaskId, Error> {
    let ids = one_of_each(orgs, key, found);
    let opened = app.store.open_for(me, &ids).await?;
    let mut visible = vec![];
    for (_, id) in found {
        if let Some(candidate) = seen_in(&opened, *id).await? {
            visible.push((*id, candidate));
        }
    }
    match &visible[..] {
        // Opening that id is answered as for any hidden task: 404.
        [] => Ok(ids[0]),
        [(id, _)] => Ok(*id),
        _ => Err(Error::AmbiguousKey(
            visible
                .into_iter()
                .map(|(_, candidate)| candidate)
                .collect(),
        )),
    }
}
