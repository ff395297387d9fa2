//! The audit trail: everything that has happened, with what proves that it is what was written.

use std::collections::HashMap;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page};
use domain::feed::event::Numbered;
use domain::id::{OrgId, UserId};
use jiff::Timestamp;
use paging::MOST_ROWS;
use serde::Serialize;
use store::Scope;
use store::feed::{self, Entry, Hash, Head, Link, START};
use store::keys;
use store::table::{Rows, key_attributes};

use super::Kinds;
use super::walk::{BegunWalk, FeedSource, FeedWalk, FeedWanted, Row};
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
    let source = match filter.actor {
        _ if !filter.all => FeedSource::Audit(org),
        Some(actor) => FeedSource::Actor(org, actor),
        None => FeedSource::Organization(org),
    };
    let (wanted, open) = (
        FeedWanted {
            source,
            limit,
            cursor,
            after: None,
        },
        app.store.open(call, org, &[]),
    );
    let BegunWalk {
        mut walk,
        scope,
        rows,
    } = FeedWalk::begin(app, call, wanted, filter, open, Action::AuditRead).await?;
    let mut known: HashMap<u64, Hash> = HashMap::from([(0, START)]);
    let mut next = Some(rows);
    while let Some(rows) = next {
        known.extend(
            rows.iter()
                .filter_map(|(_, entry)| entry.as_ref())
                .map(|entry| (entry.n, entry.hash)),
        );
        let chosen = rows
            .into_iter()
            .map(|row| choose(row, filter))
            .collect::<Result<Vec<_>, Error>>()?;
        next = walk.take(&scope, chosen).await?;
    }
    let page = walk.end()?;
    let unknown: Vec<u64> = page
        .rows
        .iter()
        .map(|(entry, _)| entry.n - 1)
        .filter(|n| !known.contains_key(n))
        .collect();
    known.extend(hashes(app, &scope, unknown).await?);
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
        limit,
    })
}

type Chosen = (String, Option<(Entry, Numbered)>);

/// The row, unless the filter leaves it out.
fn choose((place, entry): Row, filter: &AuditFilter) -> Result<Chosen, Error> {
    let seq = place.parse().unwrap_or_default();
    let entry = entry
        .filter(|entry| entry.n > 0)
        .ok_or(Error::ChainBroken { seq })?;
    let numbered = entry.numbered().map_err(|_| Error::ChainBroken { seq })?;
    let matches = filter.matches(&numbered);
    Ok((place, matches.then_some((entry, numbered))))
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
    let (sealed, rows) = tokio::join!(open, app.store.peek(org.tag(), &range));
    let (scope, _) = sealed?.require(Action::AuditRead).await?;
    let head = scope
        .extra::<Head>(&head_key)?
        .map_or_else(|| Head::new(org), |head| head.value);
    let mut links: Vec<Link> = Entry::read_all(&rows?.unseal(&scope)?.items)?
        .into_iter()
        .map(Entry::link)
        .collect();
    let last = head
        .n
        .min(to.unwrap_or(u64::MAX))
        .min(from - 1 + MOST_ROWS as u64);
    let stretch = Verified {
        checked: 0,
        from,
        to: from - 1,
        head: head.n,
        hash: head.hash,
        next: None,
    };
    if last < from {
        return Ok(stretch);
    }
    links.retain(|link| link.seq <= last);
    let before = match from {
        1 => START,
        // Whatever stands there instead is not it.
        _ if links.first().is_none_or(|link| link.seq != from - 1) => {
            return Err(Error::ChainBroken { seq: from - 1 });
        }
        _ => links.remove(0).hash,
    };
    let hash = feed::verify(org, from - 1, before, &links)
        .map_err(|broken| Error::ChainBroken { seq: broken.seq })?;
    let (checked, reached) = (links.len(), from - 1 + links.len() as u64);
    if reached < last || reached == head.n && hash != head.hash {
        return Err(Error::ChainBroken {
            seq: last.min(reached + 1),
        });
    }
    let goal = head.n.min(to.unwrap_or(u64::MAX));
    Ok(Verified {
        checked,
        to: reached,
        next: (reached < goal).then_some(reached + 1),
        ..stretch
    })
}
