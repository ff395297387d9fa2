//! Making an organization.

use domain::Error;
use domain::access::OrgRole;
use domain::account::{Account, Profile};
use domain::call::Call;
use domain::id::{OrgId, UserId};
use domain::membership::organization::{Card, OrgKind, Organization, Restricted, Settings};
use domain::membership::retired::Retired;
use domain::text::{Email, Name, Slug};
use jiff::Timestamp;
use runtime::meter;
use store::keys::{self, Holder, derived};
use store::membership::people::Headcount;
use store::open::Me;
use store::record::Stored;
use store::transaction::Transaction;

use super::{Mine, guards, is_own};
use crate::{App, retry};

/// What a new organization is to be.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// What it is called.
    pub name: Name,
    /// The name in addresses; none to have one made from the name.
    pub slug: Option<Slug>,
    /// Where it can be reached.
    pub email: Option<Email>,
}

/// Makes an organization; the caller becomes its owner.
pub async fn create_organization(
    app: &App,
    call: &Call,
    new: &NewOrganization,
) -> Result<Mine, Error> {
    retry::contended(|| attempt(app, call, new)).await
}

async fn attempt(app: &App, call: &Call, new: &NewOrganization) -> Result<Mine, Error> {
    let user = app.store.claimed(call)?;
    let id = derived::organization(&app.store.operation(call)?.id);
    let (org_key, card_key) = (keys::organization(id.tag()), keys::card(id.tag(), user));
    let profile_key = keys::profile(user);
    let me = app
        .store
        .open_me(
            call,
            &[org_key.clone(), card_key.clone(), profile_key.clone()],
        )
        .await?;
    // Another organization may have the same tag: only the whole id says that it is this one.
    if let Some(made) = me
        .read::<Organization>(&org_key)?
        .filter(|made| made.value.id == id)
    {
        return replayed(app, &me, made, me.read(&card_key)?).await;
    }
    let profile = me
        .read::<Profile>(&profile_key)?
        .ok_or_else(|| Error::Internal("an account without a profile".to_owned()))?;
    make(app, &me, id, new, &profile.value).await
}

/// Makes the organization under the first of its slugs that is free.
async fn make(
    app: &App,
    me: &Me,
    id: OrgId,
    new: &NewOrganization,
    profile: &Profile,
) -> Result<Mine, Error> {
    for slug in slugs(id, new) {
        let email_verified = is_own(new.email.as_ref(), &me.account.value);
        let org = Organization {
            email_verified,
            ..organization(id, new, slug, profile.user, me.principal.at)
        };
        match write(app, me, org, profile).await {
            Err(Error::SlugTaken) if new.slug.is_none() => {}
            other => return other,
        }
    }
    Err(Error::SlugTaken)
}

/// The slug that is wanted, or two to try: the second ends in characters of the id.
fn slugs(id: OrgId, new: &NewOrganization) -> Vec<Slug> {
    if let Some(slug) = &new.slug {
        return vec![slug.clone()];
    }
    let salt: String = id.suffix().chars().skip(1).take(5).collect();
    vec![
        Slug::suggest(new.name.as_str(), None),
        Slug::suggest(new.name.as_str(), Some(&salt)),
    ]
}

async fn replayed(
    app: &App,
    me: &Me,
    made: Stored<Organization>,
    card: Option<Stored<Card>>,
) -> Result<Mine, Error> {
    made.made_by(&me.principal.operation)?;
    let card = card.filter(|card| card.value.is_live() && made.value.deleted_at.is_none());
    let card = card.ok_or(Error::IdempotencyTargetDeleted)?;
    meter::note(|totals| totals.replayed |= me.principal.operation.keyed);
    let id = made.value.id;
    let counts = app
        .store
        .outside("how many people an organization of the caller's has")
        .headcounts(&[id])
        .await?;
    let people = counts.get(&id).copied().unwrap_or(Headcount::FOUNDER);
    Ok(Mine {
        org: made.versioned(),
        role: card.value.role,
        people,
    })
}

fn organization(
    id: OrgId,
    new: &NewOrganization,
    slug: Slug,
    user: UserId,
    now: Timestamp,
) -> Organization {
    Organization {
        id,
        kind: OrgKind::Team,
        name: new.name.clone(),
        slug,
        email: new.email.clone(),
        email_verified: false,
        settings: Settings::default(),
        restricted: Restricted::none(),
        retired_labels: Retired::default(),
        created_at: now,
        created_by: user,
        updated_at: now,
        updated_by: user,
        deleted_at: None,
    }
}

// In one piece: one transaction, whose first refused act decides what a second request is told.
async fn write(app: &App, me: &Me, org: Organization, profile: &Profile) -> Result<Mine, Error> {
    let (operation, now) = (&me.principal.operation, me.principal.at);
    let mut account = Account {
        updated_at: now,
        ..me.account.value.clone()
    };
    account.join(org.id)?;
    let card = Card::new(org.id, profile, OrgRole::Owner, now);
    let mut transaction = Transaction::new();
    let (id, guards) = (org.id.to_string(), guards(&org));
    // First, so that of two equal requests the second finds what the first has made, and no guard in its way.
    let made = transaction.create(org, operation, Error::Conflict)?;
    transaction.create(card, operation, Error::Conflict)?;
    transaction.save(&me.account, account, operation)?;
    for (guard, taken) in guards {
        transaction.claim(guard, &id, taken);
    }
    // Into the list of all organizations, by which events that are missing are looked for.
    transaction.register(Holder::Tenant(made.value.id.tag()), &id);
    app.store
        .outside("nobody belongs to it yet")
        .commit(transaction)
        .await?;
    Ok(Mine {
        org: made.versioned(),
        role: OrgRole::Owner,
        people: Headcount::FOUNDER,
    })
}
