//! Which organization a call is about.

use domain::Error;
use domain::call::Call;
use domain::id::{NotAnId, OrgId};
use domain::text::Slug;
use store::open::Me;
use store::{Scope, keys};

use crate::App;

/// How a caller names an organization: by its id or by its slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrgRef {
    /// By id.
    Id(OrgId),
    /// By slug.
    Slug(Slug),
}

impl std::str::FromStr for OrgRef {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            // Only the spelling that we print: slugs are lower case.
            Err(_) => text
                .parse::<Slug>()
                .ok()
                .filter(|slug| slug.as_str() == text)
                .map(Self::Slug)
                .ok_or(NotAnId),
        }
    }
}

/// The organization's id. A slug that is nobody's leads to an organization that nobody belongs to: so its answer is
/// that of a stranger's organization. Whoever is not signed in is told that, and learns nothing of slugs.
pub async fn resolve(app: &App, call: &Call, org: &OrgRef) -> Result<OrgId, Error> {
    let slug = match org {
        OrgRef::Id(id) => return Ok(*id),
        OrgRef::Slug(slug) => slug,
    };
    let guard = keys::slug_guard(slug);
    let me = app
        .store
        .open_me(call, std::slice::from_ref(&guard))
        .await?;
    // The request may have changed the slug itself.
    if let Some(org) = me.noted() {
        return Ok(org);
    }
    let owner = me
        .item(&guard)
        .and_then(|item| item.get("owner"))
        .and_then(|owner| owner.as_s().ok());
    let nobodys = || keys::derived::organization(&keys::hash(&[slug.as_str().as_bytes()]));
    Ok(owner
        .and_then(|owner| owner.parse().ok())
        .unwrap_or_else(nobodys))
}

/// The organization that a creation goes to: the named one, or the caller's default. A default that was deleted gives
/// way to their personal one.
pub async fn for_creation(app: &App, call: &Call, named: Option<OrgId>) -> Result<OrgId, Error> {
    if let Some(org) = named {
        return Ok(org);
    }
    let me = app.store.open_me(call, &[]).await?;
    // Another may be the default by now.
    if let Some(org) = me.noted() {
        return Ok(org);
    }
    let account = &me.account.value;
    // A personal organization is never deleted, so it is not looked at.
    let live = account.default_org == account.personal_org()
        || !app
            .store
            .scopes(&me, &[account.default_org])
            .await?
            .is_empty();
    Ok(if live {
        account.default_org
    } else {
        account.personal_org()
    })
}

/// Scopes of the caller's organizations, or only of the one named.
pub async fn scopes(app: &App, me: &Me, only: Option<OrgId>) -> Result<Vec<Scope>, Error> {
    let orgs = of(me, only)?;
    app.store.scopes(me, &orgs).await
}

/// The caller's organizations, or only the one named, which must be among them.
pub fn of(me: &Me, only: Option<OrgId>) -> Result<Vec<OrgId>, Error> {
    let mine = &me.account.value.orgs;
    match only {
        None => Ok(mine.clone()),
        Some(org) if mine.contains(&org) => Ok(vec![org]),
        Some(_) => Err(Error::NotFound),
    }
}

/// The organization that a list is narrowed to by `org=`: an id or a slug.
pub async fn named(app: &App, call: &Call, org: Option<&str>) -> Result<Option<OrgId>, Error> {
    let Some(org) = org else {
        return Ok(None);
    };
    let org: OrgRef = org
        .parse()
        .map_err(|_| Error::filter("org", "must be an organization's id or slug"))?;
    resolve(app, call, &org).await.map(Some)
}
