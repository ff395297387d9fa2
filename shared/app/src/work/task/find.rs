//! One task, by its id or by the key that people use.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::error::Candidate;
use domain::id::{NotAnId, OrgId, ProjectId, TaskId};
use domain::work::task::{Task, TaskKey};
use futures_util::future::try_join_all;
use store::keys;
use store::open::Me;
use store::record::Stored;

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
    let guard = |org: &OrgId| keys::project_key(org.tag(), &key.project);
    let alias = |org: &OrgId| keys::alias(org.tag(), &key.project, key.number);
    let guards: Vec<_> = orgs
        .iter()
        .flat_map(|org| [guard(org), alias(org)])
        .collect();
    let found = table.get_many(&guards, true).await?;
    let owner = |key| {
        found
            .get(&key)?
            .get("owner")?
            .as_s()
            .ok()
            .map(String::as_str)
    };
    // A task that had the key in its former project.
    let moved = |org: &OrgId| Some((*org, owner(alias(org))?.parse::<TaskId>().ok()?));
    let known: Vec<(OrgId, TaskId)> = orgs.iter().filter_map(moved).collect();
    let project = |org: &OrgId| owner(guard(org)).and_then(|id| id.parse::<ProjectId>().ok());
    let nobodys = |org: &OrgId| keys::derived::id(org.tag(), &nobodys(key));
    let projects = orgs
        .iter()
        .map(|org| (*org, project(org).unwrap_or_else(|| nobodys(org))));
    let lookups = projects.map(|(org, project)| async move {
        let rows = table
            .query(&keys::task_numbered(project, key.number))
            .await?;
        let task = rows.items.first().map(Stored::<Task>::read).transpose()?;
        Ok::<_, Error>(task.map(|task| (org, task.value.id)))
    });
    let present = try_join_all(lookups).await?.into_iter().flatten();
    let others = present
        .filter(|(org, _)| !known.iter().any(|(known, _)| known == org))
        .collect::<Vec<_>>();
    Ok([known, others].concat())
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
    let named = |org: &OrgId| {
        found
            .iter()
            .find(|(other, _)| other == org)
            .map(|(_, id)| *id)
    };
    let ids: Vec<TaskId> = orgs
        .iter()
        .map(|org| named(org).unwrap_or_else(|| nobodys_task(*org, key)))
        .collect();
    let opened = app.store.open_for(me, &ids).await?;
    let mut visible = vec![];
    for (_, id) in found {
        match opened.seal(*id)?.require(Action::TaskRead).await {
            Ok((scope, _)) => {
                let slug = scope.org().value.slug.to_string();
                visible.push((
                    *id,
                    Candidate {
                        organization: scope.org_id(),
                        slug,
                    },
                ));
            }
            Err(Error::NotFound | Error::Forbidden { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    match &visible[..] {
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
