//! The audit trail: everything that has happened, with what proves that it is what was written.

use std::collections::HashMap;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page};
use domain::feed::event::Numbered;
use domain::id::{OrgId, UserId};
use jiff::Timestamp;
use paging::{MOST_ROWS, Placed};
use serde::Serialize;
use store::Scope;
use store::feed::{self, Entry, Hash, Head, Link, START};
use store::keys;
use store::table::{Rows, key_attributes};

use super::Kinds;
use super::walk::{Choose, FeedSource, FeedWalk, FeedWanted};
use crate::App;
use crate::tenant;

/// Which entries are wanted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AuditFilter {
    /// Of this organization: its id or slug, as the caller wrote it.
    pub org: Option<String>,
    /// What this person did.
    pub actor: Option<UserId>,
    /// Those of these kinds.
    pub kinds: Option<Kinds>,
    /// Everything, not only what is about security.
    pub all: bool,
    /// Since this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

impl AuditFilter {
    fn matches(&self, Numbered { event, .. }: &Numbered) -> bool {
        self.actor.is_none_or(|actor| event.actor == Some(actor))
            && self
                .kinds
                .as_ref()
                .is_none_or(|kinds| kinds.take(event.kind))
            && self.from.is_none_or(|from| event.at >= from)
            && self.to.is_none_or(|to| event.at < to)
    }

    /// Where its entries are looked for.
    fn source(&self, org: OrgId) -> FeedSource {
        match self.actor {
            // No index has one person's security events: the filter takes them from everybody's.
            _ if !self.all => FeedSource::Audit(org),
            Some(actor) => FeedSource::Actor(org, actor),
            None => FeedSource::Organization(org),
        }
    }
}

/// An entry of the audit trail.
#[derive(Debug, Clone, PartialEq)]
pub struct Audited {
    /// What it tells.
    pub numbered: Numbered,
    /// Its text, as it was written.
    pub record: String,
    /// The digest of the entry before it.
    pub before: Hash,
    /// The digest of that digest and of its text.
    pub hash: Hash,
}

/// The organization whose trail is wanted. Whoever does not say is told so, if they are somebody.
async fn named(app: &App, call: &Call, org: Option<&str>) -> Result<OrgId, Error> {
    match tenant::named(app, call, org).await? {
        Some(org) => Ok(org),
        None => {
            app.store.open_me(call, &[]).await?;
            Err(Error::filter("org", "must be given"))
        }
    }
}

/// A page of the audit trail, the latest first.
///
/// # Errors
/// `ChainBroken` if an entry's text cannot be read, or one is not there.
pub async fn list_audit_logs(
    app: &App,
    call: &Call,
    filter: &AuditFilter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Audited>, Error> {
    let org = named(app, call, filter.org.as_deref()).await?;
    let source = filter.source(org);
    let (wanted, open) = (
        FeedWanted::page(source, limit, cursor),
        app.store.open(call, org, &[]),
    );
    let (walk, scope) = FeedWalk::begin(app, call, wanted, filter, open, Action::AuditRead).await?;
    let mut trail = Trail {
        filter,
        known: HashMap::from([(0, START)]),
    };
    let page = walk.page(&scope, &mut trail).await?;
    let mut known = trail.known;
    prove(app, &scope, page, &mut known).await
}

/// The page with the digest before each of its entries: one that is not known yet is read.
async fn prove(
    app: &App,
    scope: &Scope,
    page: Page<(Entry, Numbered)>,
    known: &mut HashMap<u64, Hash>,
) -> Result<Page<Audited>, Error> {
    let unknown: Vec<u64> = page
        .rows
        .iter()
        .map(|(entry, _)| entry.n - 1)
        .filter(|n| !known.contains_key(n))
        .collect();
    known.extend(hashes(app, scope, unknown).await?);
    let rows = page.rows.into_iter().map(|(entry, numbered)| {
        let before = *known
            .get(&(entry.n - 1))
            .ok_or(Error::ChainBroken { seq: entry.n - 1 })?;
        Ok(Audited {
            numbered,
            before,
            hash: entry.hash,
            record: entry.body,
        })
    });
    Ok(Page {
        rows: rows.collect::<Result<_, Error>>()?,
        next: page.next,
        limit: page.limit,
    })
}

/// The entries that a filter takes, and the digests of all that were read on the way: each entry names its
/// predecessor's.
struct Trail<'a> {
    filter: &'a AuditFilter,
    known: HashMap<u64, Hash>,
}

impl Choose for Trail<'_> {
    type Row = (Entry, Numbered);

    async fn choose(&mut self, rows: Placed<Entry>) -> Result<Placed<Self::Row>, Error> {
        let entries = rows.iter().filter_map(|(_, entry)| entry.as_ref());
        self.known
            .extend(entries.map(|entry| (entry.n, entry.hash)));
        rows.into_iter()
            .map(|(place, entry)| {
                let row = self.wanted(&place, entry)?;
                Ok((place, row))
            })
            .collect()
    }
}

impl Trail<'_> {
    /// The entry, unless the filter leaves it out.
    fn wanted(
        &self,
        place: &str,
        entry: Option<Entry>,
    ) -> Result<Option<(Entry, Numbered)>, Error> {
        let seq = place.parse().unwrap_or_default();
        let entry = entry
            .filter(|entry| entry.n > 0)
            .ok_or(Error::ChainBroken { seq })?;
        let numbered = entry.numbered().map_err(|_| Error::ChainBroken { seq })?;
        let matches = self.filter.matches(&numbered);
        Ok(matches.then_some((entry, numbered)))
    }
}

/// The digests of these entries.
async fn hashes(app: &App, scope: &Scope, numbers: Vec<u64>) -> Result<Vec<(u64, Hash)>, Error> {
    let items = numbers
        .iter()
        .map(|n| key_attributes(&keys::feed_entry(scope.tag(), *n)))
        .collect();
    let found = app
        .store
        .feed_entries(scope, &Rows { items, more: false })
        .await?;
    Ok(found
        .into_iter()
        .map(|entry| (entry.n, entry.hash))
        .collect())
}

/// A stretch of the audit trail that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many entries hold.
    pub checked: usize,
    /// The first of them, or the one asked for if there is none.
    pub from: u64,
    /// The last of them, or the one before the first if there is none.
    pub to: u64,
    /// The number of the latest entry.
    pub head: u64,
    /// Its digest.
    pub hash: Hash,
    /// Where to go on; none at the end of what was asked for.
    pub next: Option<u64>,
}

/// Verifies a stretch of the audit trail, no more than 500 entries of it: that none is missing, and that each is what
/// was written.
///
/// # Errors
/// `ChainBroken` with the first that is wrong.
pub async fn verify_audit_logs(
    app: &App,
    call: &Call,
    org: Option<&str>,
    from: u64,
    to: Option<u64>,
) -> Result<Verified, Error> {
    let org = named(app, call, org).await?;
    let head_key = keys::feed_head(org.tag());
    // The one before the first has the digest that the first follows.
    let range = feed::stretch(org.tag(), true, from.checked_sub(2), MOST_ROWS + 1);
    let open = app.store.open(call, org, std::slice::from_ref(&head_key));
    let (scope, _) = open.await?.require(Action::AuditRead).await?;
    // After the head, not beside it: of entries that come meanwhile the head that was read knows nothing, so none of
    // those that it counts is missed.
    let rows = app.store.rows(&scope, &range).await?;
    let head = scope
        .extra::<Head>(&head_key)?
        .map_or_else(|| Head::new(org), |head| head.value);
    let entries = Entry::read_all(&rows.items)?;
    check(org, &head, entries, from, to)
}

/// Checks the entries from `from` to `to`, as far as the feed and one request go.
fn check(
    org: OrgId,
    head: &Head,
    entries: Vec<Entry>,
    from: u64,
    to: Option<u64>,
) -> Result<Verified, Error> {
    let goal = head.n.min(to.unwrap_or(u64::MAX));
    let last = goal.min(from - 1 + MOST_ROWS as u64);
    let checked = if last < from {
        0
    } else {
        check_links(org, head, entries, from, last)?
    };
    let reached = from - 1 + checked as u64;
    Ok(Verified {
        checked,
        from,
        to: reached,
        head: head.n,
        hash: head.hash,
        next: (reached < goal).then_some(reached + 1),
    })
}

/// Checks that the entries from `from` to `last` are all there and hold; how many they are.
fn check_links(
    org: OrgId,
    head: &Head,
    entries: Vec<Entry>,
    from: u64,
    last: u64,
) -> Result<usize, Error> {
    // The range is made without the feed's end and `to`, and may bring entries behind them.
    let entries = entries.into_iter().filter(|entry| entry.n <= last);
    let mut links: Vec<Link> = entries.map(Entry::link).collect();
    let before = take_before(&mut links, from)?;
    let hash = feed::verify(org, from - 1, before, &links)
        .map_err(|broken| Error::ChainBroken { seq: broken.seq })?;
    let reached = from - 1 + links.len() as u64;
    // The feed's end has the last digest too: a tail that was cut off or written anew shows here.
    if reached < last || reached == head.n && hash != head.hash {
        return Err(Error::ChainBroken {
            seq: last.min(reached + 1),
        });
    }
    Ok(links.len())
}

/// The digest that entry `from` follows. The link that has it is taken out of the others.
fn take_before(links: &mut Vec<Link>, from: u64) -> Result<Hash, Error> {
    match from {
        1 => Ok(START),
        // Whatever stands there instead is not it.
        _ if links.first().is_none_or(|link| link.seq != from - 1) => {
            Err(Error::ChainBroken { seq: from - 1 })
        }
        _ => Ok(links.remove(0).hash),
    }
}
