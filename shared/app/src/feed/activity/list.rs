//! What has happened in an organization or a project, by a person, or to a task.

use std::collections::{BTreeSet, HashMap};

use domain::Error;
use domain::access::{Action, Circumstances};
use domain::call::{Call, Page};
use domain::feed::event::{Event, Numbered};
use domain::id::{ProjectId, UserId};
use domain::work::project::Project;
use paging::Placed;
use serde::Serialize;
use store::Scope;
use store::feed::Entry;
use store::open::Sealed;
use store::record::Record;

use super::Kinds;
use super::walk::{Choose, FeedSource, FeedWalk, FeedWanted};
use crate::App;
use crate::in_org::restricted;
use crate::live::position::Positions;
use crate::tenant::{self, OrgRef};
use crate::work::task::{self, TaskRef};

/// Which events are wanted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ActivityFilter {
    /// Those of this organization: its id or slug, as the caller wrote it.
    pub org: Option<String>,
    /// Those in this project.
    pub project: Option<ProjectId>,
    /// What this person did.
    pub user: Option<UserId>,
    /// Those of these kinds.
    pub kinds: Option<Kinds>,
    /// Those after this position.
    pub after: Option<String>,
}

/// An event with its position in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityRow {
    /// The position.
    pub position: String,
    /// The event.
    pub event: Event,
}

impl ActivityFilter {
    fn matches(&self, event: &Event) -> bool {
        self.user.is_none_or(|user| event.actor == Some(user))
            && self
                .kinds
                .as_ref()
                .is_none_or(|kinds| kinds.take(event.kind))
    }
}

/// A page of what has happened in an organization or in a project, the latest first. Whoever does not say in which is
/// told so, if they are somebody.
// In one piece: which view is wanted, of a project or of an organization, and the right that each asks for.
pub async fn list_activity(
    app: &App,
    call: &Call,
    filter: &ActivityFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<ActivityRow>, Error> {
    if let Some(project) = filter.project {
        if filter.org.is_some() {
            return Err(Error::filter("org", "cannot be given with project"));
        }
        let wanted = FeedWanted::page(FeedSource::Project(project), limit, cursor);
        return page(
            app,
            call,
            wanted,
            filter,
            app.store.open(call, project, &[]),
            Action::ActivityRead,
        )
        .await;
    }
    let Some(org) = tenant::named(app, call, filter.org.as_deref()).await? else {
        app.store.open_me(call, &[]).await?;
        return Err(Error::filter("org", "or project must be given"));
    };
    let source = filter.user.map_or(FeedSource::Organization(org), |user| {
        FeedSource::Actor(org, user)
    });
    let wanted = FeedWanted::page(source, limit, cursor);
    page(
        app,
        call,
        wanted,
        filter,
        app.store.open(call, org, &[]),
        Action::OrgRead,
    )
    .await
}

/// A page of what has happened to a task, the latest first.
pub async fn list_task_activity(
    app: &App,
    call: &Call,
    (task, org): (&TaskRef, Option<&OrgRef>),
    after: Option<String>,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<ActivityRow>, Error> {
    let id = task::find_task(app, call, task, org).await?;
    let filter = ActivityFilter {
        after,
        ..ActivityFilter::default()
    };
    let wanted = FeedWanted::page(FeedSource::Task(id), limit, cursor);
    page(
        app,
        call,
        wanted,
        &filter,
        app.store.open(call, id, &[]),
        Action::ActivityRead,
    )
    .await
}

// In one piece: the position is read first, judged behind the right to the list, and given to each row at the end.
async fn page<S: Record>(
    app: &App,
    call: &Call,
    wanted: FeedWanted<'_>,
    filter: &ActivityFilter,
    open: impl Future<Output = Result<Sealed<S>, Error>>,
    action: Action,
) -> Result<Page<ActivityRow>, Error> {
    let (user, topic) = (app.store.claimed(call)?, wanted.source.topic());
    let positions = Positions::new(app, call.at).await?;
    let position = filter
        .after
        .as_deref()
        .map(|after| positions.open(user, topic, after));
    let wanted = FeedWanted {
        after: position.flatten(),
        ..wanted
    };
    let (walk, scope) = FeedWalk::begin(app, call, wanted, filter, open, action).await?;
    // Who may not see the list is not told whether their position is one.
    if position == Some(None) {
        return Err(Error::filter(
            "after",
            "must be a position that you were told in this list",
        ));
    }
    let mut sight = Sight::new(app, &scope, filter);
    let page = walk.page(&scope, &mut sight).await?;
    sight.note();
    let Page { rows, next, limit } = page;
    let placed = |Numbered { seq, event }: Numbered| {
        let position = positions.of_event(user, topic, seq)?;
        Ok(ActivityRow { position, event })
    };
    let rows = rows.into_iter().map(placed).collect::<Result<_, Error>>()?;
    Ok(Page { rows, next, limit })
}

/// What the caller sees of the events that a filter takes.
struct Sight<'a> {
    app: &'a App,
    scope: &'a Scope,
    filter: &'a ActivityFilter,
    /// The projects that had to be looked at.
    projects: HashMap<ProjectId, Project>,
    /// Those of them of which something was shown.
    shown: BTreeSet<ProjectId>,
}

impl Choose for Sight<'_> {
    type Row = Numbered;

    /// The events of rows, without those that the filter or the caller's rights leave out.
    async fn choose(&mut self, rows: Placed<Entry>) -> Result<Placed<Numbered>, Error> {
        let rows: Placed<Numbered> = rows
            .into_iter()
            .map(|(place, entry)| (place, entry.and_then(|entry| self.wanted(&entry))))
            .collect();
        self.know_projects(&rows).await?;
        let seen = |row: Option<Numbered>| {
            row.filter(|numbered| self.sees(&numbered.event))
                .map(Numbered::for_members)
        };
        let rows: Vec<_> = rows
            .into_iter()
            .map(|(place, row)| (place, seen(row)))
            .collect();
        self.shown.extend(
            rows.iter()
                .filter_map(|(_, row)| row.as_ref()?.event.project),
        );
        Ok(rows)
    }
}

impl<'a> Sight<'a> {
    fn new(app: &'a App, scope: &'a Scope, filter: &'a ActivityFilter) -> Self {
        let opened = scope.project().map(|project| (project.id, project.clone()));
        Self {
            app,
            scope,
            filter,
            projects: opened.into_iter().collect(),
            shown: BTreeSet::new(),
        }
    }

    /// The event of an entry, if the filter takes it. A text that cannot be read is for auditors to find.
    fn wanted(&self, entry: &Entry) -> Option<Numbered> {
        let numbered = entry.numbered().ok()?;
        let event = &numbered.event;
        (!event.kind.is_private() && self.filter.matches(event)).then_some(numbered)
    }

    /// Reads the projects of rows that must be looked at, and were not yet.
    async fn know_projects(&mut self, rows: &Placed<Numbered>) -> Result<(), Error> {
        let projects = rows
            .iter()
            .filter_map(|(_, row)| row.as_ref()?.event.project);
        let unread: Vec<ProjectId> = projects
            .filter(|id| !self.projects.contains_key(id))
            .collect();
        self.projects
            .extend(restricted(self.app, self.scope, unread).await?);
        Ok(())
    }

    fn sees(&self, event: &Event) -> bool {
        let Some(id) = event.project else {
            // What is nobody's project is the whole organization's: guests see only projects.
            let standing = self.scope.card().value.standing();
            return standing.granted(Action::ActivityRead, Circumstances::default());
        };
        match self.projects.get(&id) {
            // That it was deleted is told to those who saw it.
            Some(project) if event.kind.is_of_projects() => self.scope.saw(project),
            project => self.scope.sees(id, project),
        }
    }

    /// Notes of which private projects something was shown that is not the caller's to see but by their office.
    fn note(&self) {
        for project in self.shown.iter().filter_map(|id| self.projects.get(id)) {
            self.scope.looked_into(project);
        }
    }
}
