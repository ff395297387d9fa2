//! Walking through a feed, the latest first.

use std::collections::HashMap;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page};
use domain::id::{OrgId, ProjectId, Tag, TaskId, UserId};
use domain::live::Topic;
use paging::{Cursors, Gathering, MOST_FETCHED, MOST_ROWS};
use serde::Serialize;
use store::Scope;
use store::feed::{self, Entry};
use store::keys;
use store::open::Sealed;
use store::range::Range;
use store::record::Record;
use store::table::Rows;

use crate::App;

/// A view of an organization's feed.
#[derive(Debug, Clone, Copy)]
pub(super) enum FeedSource {
    /// All of it.
    Organization(OrgId),
    /// What auditors look for.
    Audit(OrgId),
    /// What happened in a project.
    Project(ProjectId),
    /// What happened to a task.
    Task(TaskId),
    /// What a person did in an organization.
    Actor(OrgId, UserId),
}

impl FeedSource {
    /// The topic in which its positions are.
    pub fn topic(self) -> Topic {
        match self {
            Self::Organization(org) | Self::Audit(org) | Self::Actor(org, _) => Topic::Org(org),
            Self::Project(project) => Topic::Project(project),
            Self::Task(task) => Topic::Task(task),
        }
    }

    fn tag(self) -> Tag {
        match self {
            Self::Organization(org) | Self::Audit(org) | Self::Actor(org, _) => org.tag(),
            Self::Project(project) => project.tag(),
            Self::Task(task) => task.tag(),
        }
    }

    /// Whether its rows are the entries themselves.
    fn is_whole(self) -> bool {
        matches!(self, Self::Organization(_))
    }

    fn range(self) -> Range {
        match self {
            Self::Organization(org) => feed::stretch(org.tag(), false, None, 0),
            Self::Audit(org) => feed::of_audit(org.tag(), 0),
            Self::Project(project) => feed::of_project(project, 0),
            Self::Task(task) => feed::of_task(task, 0),
            Self::Actor(org, user) => feed::of_actor(org, user, 0),
        }
    }
}

/// An entry with its place in the walk; none if the index named one that is not there.
pub(super) type Row = (String, Option<Entry>);

/// What is wanted of a feed.
pub(super) struct FeedWanted<'a> {
    /// Which view of it.
    pub source: FeedSource,
    /// How many rows.
    pub limit: usize,
    /// Where to go on.
    pub cursor: Option<&'a str>,
    /// Only what came after this number.
    pub after: Option<u64>,
}

/// A page of a feed in the making.
pub(super) struct FeedWalk<'a, R> {
    app: &'a App,
    cursors: Cursors,
    source: FeedSource,
    lane: Range,
    page: Gathering<R>,
    limit: usize,
    last: Option<String>,
    more: bool,
    /// The place at which it ends.
    end: Option<String>,
}

/// A walk that was begun, by what right, and its first rows.
pub(super) struct BegunWalk<'a, R> {
    pub walk: FeedWalk<'a, R>,
    pub scope: Scope,
    pub rows: Vec<Row>,
}

impl<'a, R> FeedWalk<'a, R> {
    /// Begins a page: reads the first rows while `open` finds out whether the caller may see them. `filters` is
    /// everything that decides which rows there are.
    pub async fn begin<S: Record>(
        app: &'a App,
        call: &Call,
        wanted: FeedWanted<'_>,
        filters: &impl Serialize,
        open: impl Future<Output = Result<Sealed<S>, Error>>,
        action: Action,
    ) -> Result<BegunWalk<'a, R>, Error> {
        let FeedWanted {
            source,
            limit,
            cursor,
            after: end,
        } = wanted;
        let cursors = Cursors::new(app.pager(), call, filters).await?;
        let after: Result<Option<String>, Error> =
            cursor.map(|cursor| cursors.open(cursor)).transpose();
        let page = Gathering::new(
            limit,
            if source.is_whole() {
                MOST_ROWS
            } else {
                MOST_FETCHED
            },
        );
        let lane = source.range();
        let start = after.as_ref().ok().and_then(Option::as_deref);
        let range = lane.go_on(false, start, page.stride(false));
        let (sealed, rows) = tokio::join!(open, app.store.peek(source.tag(), &range));
        let (scope, _) = sealed?.require(action).await?;
        // Who may not see the list is not told whether their cursor is one.
        after?;
        let rows = rows?.unseal(&scope)?;
        let mut walk = Self {
            app,
            cursors,
            source,
            lane,
            page,
            limit,
            last: None,
            more: false,
            end: end.map(keys::sequence),
        };
        let rows = walk.entries(&scope, rows).await?;
        Ok(BegunWalk { walk, scope, rows })
    }

    /// Takes what was chosen of the rows; the next ones, unless the page is complete.
    pub async fn take(
        &mut self,
        scope: &Scope,
        rows: impl IntoIterator<Item = (String, Option<R>)>,
    ) -> Result<Option<Vec<Row>>, Error> {
        if self.page.take(rows, self.more) {
            return Ok(None);
        }
        // Some were left out, so more may be.
        let range = self
            .lane
            .go_on(false, self.last.as_deref(), self.page.stride(true));
        let rows = self.app.store.rows(scope, &range).await?;
        self.entries(scope, rows).await.map(Some)
    }

    /// The page.
    pub fn end(self) -> Result<Page<R>, Error> {
        let next = self
            .page
            .position
            .map(|place| self.cursors.seal(&place))
            .transpose()?;
        Ok(Page {
            rows: self.page.rows,
            next,
            limit: self.limit,
        })
    }

    async fn entries(&mut self, scope: &Scope, rows: Rows) -> Result<Vec<Row>, Error> {
        self.more = rows.more;
        let mut places: Vec<String> = rows
            .items
            .iter()
            .filter_map(|item| self.lane.place(item))
            .collect();
        if let Some(end) = &self.end
            && let Some(at) = places.iter().position(|place| place <= end)
        {
            places.truncate(at);
            self.more = false;
        }
        self.last = places.last().cloned().or(self.last.take());
        let entries = match self.source.is_whole() {
            true => Entry::read_all(&rows.items)?,
            false => self.app.store.feed_entries(scope, &rows).await?,
        };
        let mut entries: HashMap<String, Entry> = entries
            .into_iter()
            .map(|entry| (keys::sequence(entry.n), entry))
            .collect();
        Ok(places
            .into_iter()
            .map(|place| (place.clone(), entries.remove(&place)))
            .collect())
    }
}
