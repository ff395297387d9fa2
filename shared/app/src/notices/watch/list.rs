//! Who watches a task.

use std::collections::{BTreeMap, HashMap};

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::{TaskId, UserId};
use domain::membership::organization::Card;
use domain::notices::watch::{Watch, WatchReason};
use domain::work::project::Project;
use domain::work::task::Task;
use futures_util::future::try_join;
use store::record::Stored;
use store::{Scope, keys};

use crate::App;

/// The most words that are looked at.
const MOST: usize = 500;

/// Why somebody watches a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// They do it.
    Assignee,
    /// They made it.
    Creator,
    /// They were drawn into it, or want to be.
    Said(WatchReason),
}

/// Somebody who watches a task.
#[derive(Debug, Clone)]
pub struct Watcher {
    /// Their card.
    pub card: Card,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// Who watches a task, of those who still may: the assignee and the creator first. Who has muted it is not among them.
pub async fn list_watchers(app: &App, call: &Call, task: TaskId) -> Result<Vec<Watcher>, Error> {
    let words = keys::watches_of(task).limit(MOST);
    let (sealed, rows) = tokio::join!(
        app.store.open(call, task, &[]),
        app.store.peek(task.tag(), &words)
    );
    let (scope, task) = sealed?.require(Action::TaskRead).await?;
    let words = rows?.unseal(&scope)?;
    let words = words
        .items
        .iter()
        .map(|item| Stored::<Watch>::read(item).map(|word| word.value));
    let reasons = reasons(&task.value, &words.collect::<Result<Vec<_>, _>>()?);
    watchers(app, &scope, &task.value, reasons).await
}

/// Those of these people who belong to the organization and see the task, as far as the caller may know of them.
async fn watchers(
    app: &App,
    scope: &Scope,
    task: &Task,
    reasons: Vec<(UserId, Vec<Reason>)>,
) -> Result<Vec<Watcher>, Error> {
    let people: Vec<UserId> = reasons.iter().map(|(user, _)| *user).collect();
    let (cards, project) = try_join(cards(app, scope, &people), project(app, scope, task)).await?;
    let watcher = |(user, reasons): (UserId, Vec<Reason>)| {
        // A guest knows only of people with whom they share a project or a team.
        let card = cards
            .get(&user)
            .filter(|card| scope.card().value.sees(card) && project.is_seen_by(card))?;
        Some(Watcher {
            card: card.clone(),
            reasons,
        })
    };
    Ok(reasons.into_iter().filter_map(watcher).collect())
}

/// Everybody's reasons, without those who have muted the task; the strongest first, then in the order in which they
/// came.
fn reasons(task: &Task, words: &[Watch]) -> Vec<(UserId, Vec<Reason>)> {
    let mut found: BTreeMap<UserId, Vec<Reason>> = BTreeMap::new();
    found
        .entry(task.created_by)
        .or_default()
        .push(Reason::Creator);
    if let Some(assignee) = task.assignee {
        found.entry(assignee).or_default().push(Reason::Assignee);
    }
    for word in words {
        found
            .entry(word.user)
            .or_default()
            .push(Reason::Said(word.reason));
    }
    found.retain(|_, reasons| !reasons.contains(&Reason::Said(WatchReason::Muted)));
    found.values_mut().for_each(|reasons| reasons.sort());
    in_order(found, words)
}

fn in_order(found: BTreeMap<UserId, Vec<Reason>>, words: &[Watch]) -> Vec<(UserId, Vec<Reason>)> {
    let since = |user: UserId| {
        words
            .iter()
            .find(|word| word.user == user)
            .map(|word| word.since)
    };
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(user, reasons)| (reasons.first().copied(), since(*user), *user));
    found
}

/// The cards of people who belong to the organization.
async fn cards(
    app: &App,
    scope: &Scope,
    people: &[UserId],
) -> Result<HashMap<UserId, Card>, Error> {
    let wanted: Vec<_> = people
        .iter()
        .map(|user| keys::card(scope.tag(), *user))
        .collect();
    let found = app.store.fetch::<Card>(scope, &wanted).await?;
    let live = found
        .into_values()
        .map(|card| card.value)
        .filter(Card::is_live);
    Ok(live.map(|card| (card.user, card)).collect())
}

/// The project of the task: which teams count in it only it knows.
async fn project(app: &App, scope: &Scope, task: &Task) -> Result<Project, Error> {
    if let Some(project) = scope.project() {
        return Ok(project.clone());
    }
    let key = keys::project(task.project);
    let found = app
        .store
        .fetch::<Project>(scope, std::slice::from_ref(&key))
        .await?
        .remove(&key);
    found.map(|project| project.value).ok_or(Error::NotFound)
}
