//! Walking through a feed, the latest first.

use std::collections::HashMap;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page};
use domain::id::{OrgId, ProjectId, Tag, TaskId, UserId};
use domain::live::Topic;
use paging::{Cursors, Gathering, LeftOut, MOST_FETCHED, MOST_ROWS, Placed, RowSource, Stretch};
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

    /// The most rows that one request looks at.
    fn most(self) -> usize {
        if self.is_whole() {
            MOST_ROWS
        } else {
            MOST_FETCHED
        }
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

impl<'a> FeedWanted<'a> {
    /// A page of a view.
    pub fn page(source: FeedSource, limit: usize, cursor: Option<&'a str>) -> Self {
        Self {
            source,
            limit,
            cursor,
            after: None,
        }
    }
}

/// What a list says of the rows of a feed.
pub(super) trait Choose: Send {
    /// What a row of the list says.
    type Row: Send;

    /// Each row with what it says, if it belongs to the list. There is no entry where the index named one that is not
    /// there.
    fn choose(
        &mut self,
        rows: Placed<Entry>,
    ) -> impl Future<Output = Result<Placed<Self::Row>, Error>> + Send;
}

/// A page of a feed, of which the first rows have been read.
pub(super) struct FeedWalk<'a> {
    app: &'a App,
    cursors: Cursors,
    source: FeedSource,
    lane: Range,
    first: Rows,
    limit: usize,
    /// The place at which it ends.
    end: Option<String>,
}

impl<'a> FeedWalk<'a> {
    /// Begins a page: reads the first rows while `open` finds out whether the caller may see them; answers by what
    /// right they do. `filters` is everything that decides which rows there are.
    // In one piece: what is read before the decision is only let out behind it.
    pub async fn begin<S: Record>(
        app: &'a App,
        call: &Call,
        wanted: FeedWanted<'_>,
        filters: &impl Serialize,
        open: impl Future<Output = Result<Sealed<S>, Error>>,
        action: Action,
    ) -> Result<(Self, Scope), Error> {
        let FeedWanted {
            source,
            limit,
            cursor,
            after: end,
        } = wanted;
        let cursors = Cursors::new(app.pager(), call, filters).await?;
        let after: Result<Option<String>, Error> =
            cursor.map(|cursor| cursors.open(cursor)).transpose();
        let lane = source.range();
        let start = after.as_ref().ok().and_then(Option::as_deref);
        let range = lane.go_on(false, start, limit.min(source.most()));
        let (sealed, rows) = tokio::join!(open, app.store.peek(source.tag(), &range));
        let (scope, _) = sealed?.require(action).await?;
        // Who may not see the list is not told whether their cursor is one.
        after?;
        let walk = Self {
            app,
            cursors,
            source,
            lane,
            first: rows?.unseal(&scope)?,
            limit,
            end: end.map(keys::sequence),
        };
        Ok((walk, scope))
    }

    /// Reads on until the page is full.
    pub async fn page<C: Choose>(
        self,
        scope: &Scope,
        chosen: &mut C,
    ) -> Result<Page<C::Row>, Error> {
        let mut rows = FeedRows {
            app: self.app,
            scope,
            source: self.source,
            lane: self.lane,
            first: Some(self.first),
            last: None,
            end: self.end,
            chosen,
        };
        Gathering::new(self.limit, self.source.most())
            .fill(&mut rows, LeftOut::Seldom)
            .await?
            .sealed(&self.cursors)
    }
}

/// The rows of a feed, from behind the last one on.
struct FeedRows<'a, C> {
    app: &'a App,
    scope: &'a Scope,
    source: FeedSource,
    lane: Range,
    first: Option<Rows>,
    last: Option<String>,
    end: Option<String>,
    chosen: &'a mut C,
}

impl<C: Choose> RowSource for FeedRows<'_, C> {
    type Row = C::Row;

    async fn next(&mut self, stride: usize) -> Result<Stretch<C::Row>, Error> {
        let rows = match self.first.take() {
            Some(rows) => rows,
            None => {
                let range = self.lane.go_on(false, self.last.as_deref(), stride);
                self.app.store.rows(self.scope, &range).await?
            }
        };
        let (places, more) = self.places(&rows);
        let rows = entries(self.app, self.scope, self.source, places, &rows).await?;
        Ok(Stretch {
            rows: self.chosen.choose(rows).await?,
            more,
        })
    }
}

impl<C> FeedRows<'_, C> {
    /// Where the rows stand, as far as the list goes, and whether more of it follow.
    fn places(&mut self, rows: &Rows) -> (Vec<String>, bool) {
        let mut more = rows.more;
        let mut places: Vec<String> = rows
            .items
            .iter()
            .filter_map(|item| self.lane.place(item))
            .collect();
        if let Some(end) = &self.end
            && let Some(at) = places.iter().position(|place| place <= end)
        {
            places.truncate(at);
            more = false;
        }
        self.last = places.last().cloned().or(self.last.take());
        (places, more)
    }
}

/// The entries at these places.
async fn entries(
    app: &App,
    scope: &Scope,
    source: FeedSource,
    places: Vec<String>,
    rows: &Rows,
) -> Result<Placed<Entry>, Error> {
    let entries = match source.is_whole() {
        true => Entry::read_all(&rows.items)?,
        false => app.store.feed_entries(scope, rows).await?,
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
