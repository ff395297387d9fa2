//! One person, as another may see them.

use domain::Error;
use domain::access::OrgRole;
use domain::account::{Account, Profile};
use domain::call::Call;
use domain::id::{OrgId, UserId};
use domain::membership::organization::{Card, OrgKind};
use domain::text::{Email, Name, Slug};
use store::keys::Key;
use store::open::Me;
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
        Self {
            id: org.id,
            name: org.name.clone(),
            slug: org.slug.clone(),
            kind: org.kind,
            role,
        }
    }
}

/// A person.
#[derive(Debug, Clone)]
pub struct Person {
    /// What others see of them.
    pub profile: Profile,
    /// Their address: only if they look at themselves.
    pub email: Option<Email>,
    /// The organizations that they share with the caller.
    pub organizations: Vec<SharedOrganization>,
}

/// A person whom the caller may see: themselves, or one with whom they share an organization.
pub async fn get_user(app: &App, call: &Call, user: UserId) -> Result<Person, Error> {
    let profile_key = keys::profile(user);
    let (me, organizations) = seen(app, call, user, std::slice::from_ref(&profile_key)).await?;
    let profile: Stored<Profile> = me.read(&profile_key)?.ok_or(Error::NotFound)?;
    let email = (user == me.principal.user).then(|| me.account.value.email.clone());
    Ok(Person {
        profile: profile.value,
        email,
        organizations,
    })
}

/// The caller, with what else was read, and the organizations that they share with a person, if they may see them.
pub(crate) async fn seen(
    app: &App,
    call: &Call,
    user: UserId,
    extra: &[Key],
) -> Result<(Me, Vec<SharedOrganization>), Error> {
    let account_key = keys::account(user);
    let me = app
        .store
        .open_me(call, &[std::slice::from_ref(&account_key), extra].concat())
        .await?;
    let shared = common(&me.account.value, me.read(&account_key)?);
    let (scopes, cards) = tokio::join!(app.store.scopes(&me, &shared), cards(app, &shared, user));
    let cards = cards?;
    let organizations: Vec<_> = scopes?
        .iter()
        .filter_map(|scope| shared_in(scope, &cards))
        .collect();
    // Somebody who may not be seen and nobody at all are one answer.
    if organizations.is_empty() && user != me.principal.user {
        return Err(Error::NotFound);
    }
    Ok((me, organizations))
}

/// The organizations to which both people belong; none if the other is not there.
fn common(mine: &Account, theirs: Option<Stored<Account>>) -> Vec<OrgId> {
    let theirs = theirs.map(|account| account.value.orgs).unwrap_or_default();
    let mine = mine.orgs.iter().copied();
    mine.filter(|org| theirs.contains(org)).collect()
}

/// The organization of the scope, if one of these cards of a person is there and may be seen.
fn shared_in(scope: &Scope, cards: &[Stored<Card>]) -> Option<SharedOrganization> {
    let card = cards
        .iter()
        .find(|card| card.value.org == scope.org_id())
        .filter(|card| card.value.is_live())?;
    scope
        .card()
        .value
        .sees(&card.value)
        .then(|| SharedOrganization::of(scope, card.value.role))
}

async fn cards(app: &App, orgs: &[OrgId], user: UserId) -> Result<Vec<Stored<Card>>, Error> {
    let wanted: Vec<_> = orgs.iter().map(|org| keys::card(org.tag(), user)).collect();
    let items = app
        .store
        .outside("the cards of one person in several organizations")
        .get_many(&wanted, true)
        .await?;
    Ok(read_all(items)?.into_values().collect())
}
