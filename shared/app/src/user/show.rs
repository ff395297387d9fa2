//! One person, as another may see him.

use domain::Error;
use domain::access::OrgRole;
use domain::account::{Account, Profile};
use domain::call::Call;
use domain::id::{OrgId, UserId};
use domain::organization::{Card, OrgKind};
use domain::text::{Email, Name, Slug};
use store::record::Stored;
use store::store::read_all;
use store::{Scope, keys};

use crate::App;

/// An organization that two people share, and the role in it of the one who is shown.
#[derive(Debug, Clone)]
pub struct SharedOrganization {
    /// Its id.
    pub id: OrgId,
    /// What it is called.
    pub name: Name,
    /// Its name in addresses.
    pub slug: Slug,
    /// What it is for.
    pub kind: OrgKind,
    /// The role.
    pub role: OrgRole,
}

impl SharedOrganization {
    pub(super) fn of(scope: &Scope, role: OrgRole) -> Self {
        let org = &scope.org().value;
        Self { id: org.id, name: org.name.clone(), slug: org.slug.clone(), kind: org.kind, role }
    }
}

/// A person.
#[derive(Debug, Clone)]
pub struct Person {
    /// What others see of him.
    pub profile: Profile,
    /// His address: only if he looks at himself.
    pub email: Option<Email>,
    /// The organizations that he shares with the caller.
    pub organizations: Vec<SharedOrganization>,
}

/// A person whom the caller may see: himself, or one with whom he shares an organization.
pub async fn show(app: &App, call: &Call, user: UserId) -> Result<Person, Error> {
    let (account_key, profile_key) = (keys::account(user), keys::profile(user));
    let me = app.store.open_me(call, &[account_key.clone(), profile_key.clone()]).await?;
    let his = me.read::<Account>(&account_key)?.map(|account| account.value.orgs).unwrap_or_default();
    let mine = &me.account.value.orgs;
    let shared: Vec<OrgId> = mine.iter().copied().filter(|org| his.contains(org)).collect();
    let (scopes, cards) = tokio::join!(app.store.scopes(&me, &shared), cards(app, &shared, user));
    let cards = cards?;
    let seen = |scope: &Scope| {
        let card = cards.iter().find(|card| card.value.org == scope.org_id()).filter(|card| card.value.is_live())?;
        scope.card().value.sees(&card.value).then(|| SharedOrganization::of(scope, card.value.role))
    };
    let organizations: Vec<_> = scopes?.iter().filter_map(seen).collect();
    let himself = user == me.principal.user;
    if organizations.is_empty() && !himself {
        return Err(Error::NotFound);
    }
    let profile: Stored<Profile> = me.read(&profile_key)?.ok_or(Error::NotFound)?;
    let email = himself.then(|| me.account.value.email.clone());
    Ok(Person { profile: profile.value, email, organizations })
}

async fn cards(app: &App, orgs: &[OrgId], user: UserId) -> Result<Vec<Stored<Card>>, Error> {
    let wanted: Vec<_> = orgs.iter().map(|org| keys::card(org.tag(), user)).collect();
    let items = app.store.outside("the cards of one person in several organizations").get_many(&wanted, true).await?;
    Ok(read_all(items)?.into_values().collect())
}
