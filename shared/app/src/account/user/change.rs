//! Changing what is one's own. Names stand in the cards too, by which people are found, so all change together.

use domain::Error;
use domain::account::{Account, Profile};
use domain::call::Call;
use domain::id::OrgId;
use domain::membership::organization::Card;
use domain::text::{Bio, FullName, Username};
use runtime::meter;
use store::Scope;
use store::keys;
use store::open::Me;
use store::record::Stored;
use store::store::read_all;
use store::transaction::Transaction;

use super::{Myself, open};
use crate::{App, retry};

/// What is to change; what is `None` stays, an inner `None` is cleared.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    /// What they are called.
    pub full_name: Option<Option<FullName>>,
    /// What they say about themselves.
    pub bio: Option<Option<Bio>>,
    /// The name by which they sign in and are mentioned.
    pub username: Option<Username>,
    /// IANA name of their time zone.
    pub timezone: Option<Option<String>>,
    /// BCP 47 tag of their language.
    pub locale: Option<Option<String>>,
    /// What their clients keep for them: a JSON object.
    pub preferences: Option<Option<String>>,
    /// The organization that a creation without one goes to.
    pub default_org: Option<OrgId>,
}

impl ProfileChange {
    fn profile(&self, before: &Profile) -> Profile {
        Profile {
            username: self
                .username
                .clone()
                .unwrap_or_else(|| before.username.clone()),
            full_name: self
                .full_name
                .clone()
                .unwrap_or_else(|| before.full_name.clone()),
            bio: self.bio.clone().unwrap_or_else(|| before.bio.clone()),
            timezone: self
                .timezone
                .clone()
                .unwrap_or_else(|| before.timezone.clone()),
            locale: self.locale.clone().unwrap_or_else(|| before.locale.clone()),
            preferences: self
                .preferences
                .clone()
                .unwrap_or_else(|| before.preferences.clone()),
            ..before.clone()
        }
    }

    fn account(&self, before: &Account) -> Account {
        Account {
            username: self
                .username
                .clone()
                .unwrap_or_else(|| before.username.clone()),
            default_org: self.default_org.unwrap_or(before.default_org),
            ..before.clone()
        }
    }
}

/// Changes the caller's profile and account.
pub async fn update_me(app: &App, call: &Call, change: &ProfileChange) -> Result<Myself, Error> {
    retry::contended(|| attempt(app, call, change)).await
}

async fn attempt(app: &App, call: &Call, change: &ProfileChange) -> Result<Myself, Error> {
    let (me, profile) = open(app, call).await?;
    let account = &me.account.value;
    let operation = &me.principal.operation;
    if profile.replays(operation)? {
        meter::note(|totals| totals.replayed |= operation.keyed);
        return unchanged(app, &me, profile).await;
    }
    profile.expect(me.principal.if_match)?;
    let (mut next, mut next_account) = (change.profile(&profile.value), change.account(account));
    if next == profile.value && next_account == *account {
        return unchanged(app, &me, profile).await;
    }
    (next.updated_at, next_account.updated_at) = (me.principal.at, me.principal.at);
    if is_renamed(&profile.value, &next) || next_account.default_org != account.default_org {
        save_widely(app, &me, &profile, (next, next_account)).await
    } else {
        save_profile(app, &me, &profile, next).await
    }
}

fn is_renamed(before: &Profile, next: &Profile) -> bool {
    next.username != before.username || next.full_name != before.full_name
}

async fn unchanged(app: &App, me: &Me, profile: Stored<Profile>) -> Result<Myself, Error> {
    let account = &me.account.value;
    let scopes = app.store.scopes(me, &account.orgs).await?;
    Ok(Myself::new(me, account.clone(), profile, &scopes))
}

/// Saves a change that shows in the profile alone: one item, and no account with which other writes
/// contend.
async fn save_profile(
    app: &App,
    me: &Me,
    before: &Stored<Profile>,
    next: Profile,
) -> Result<Myself, Error> {
    let account = &me.account.value;
    let table = app.store.outside("their own profile belongs to no tenant");
    let (scopes, saved) = tokio::join!(
        app.store.scopes(me, &account.orgs),
        table.save(before, next, &me.principal.operation)
    );
    Ok(Myself::new(me, account.clone(), saved?, &scopes?))
}

/// Saves a change that shows elsewhere too: in the account, or wherever their names stand.
async fn save_widely(
    app: &App,
    me: &Me,
    before: &Stored<Profile>,
    (next, next_account): (Profile, Account),
) -> Result<Myself, Error> {
    let account = &me.account.value;
    let (scopes, cards) = tokio::join!(
        app.store.scopes(me, &account.orgs),
        cards(app, me, is_renamed(&before.value, &next))
    );
    let scopes = scopes?;
    check_default(next_account.default_org, account.default_org, &scopes)?;
    let saved = save(app, me, before, (next, next_account.clone()), &cards?).await?;
    Ok(Myself::new(me, next_account, saved, &scopes))
}

fn check_default(wanted: OrgId, present: OrgId, scopes: &[Scope]) -> Result<(), Error> {
    let is_mine = wanted == present || scopes.iter().any(|scope| scope.org_id() == wanted);
    let refusal = || {
        Error::field(
            "default_organization_id",
            "not_yours",
            "must be an organization that you belong to",
        )
    };
    is_mine.then_some(()).ok_or_else(refusal)
}

/// Their cards, in deleted organizations too: they may come back.
async fn cards(app: &App, me: &Me, wanted: bool) -> Result<Vec<Stored<Card>>, Error> {
    if !wanted {
        return Ok(vec![]);
    }
    let account = &me.account.value;
    let keys: Vec<_> = account
        .orgs
        .iter()
        .map(|org| keys::card(org.tag(), account.user))
        .collect();
    let items = app
        .store
        .outside("their own cards, wherever they are")
        .get_many(&keys, true)
        .await?;
    Ok(read_all(items)?
        .into_values()
        .filter(|card: &Stored<Card>| card.value.is_live())
        .collect())
}

/// Saves profile and account, and with them whatever else shows a name. The account is part of every renaming: whoever
/// joins an organization writes it too, so no card is made with an old name meanwhile.
async fn save(
    app: &App,
    me: &Me,
    before: &Stored<Profile>,
    (next, account): (Profile, Account),
    cards: &[Stored<Card>],
) -> Result<Stored<Profile>, Error> {
    let (operation, user) = (&me.principal.operation, me.principal.user);
    let (old, new) = (&before.value.username, &next.username);
    let mut transaction = Transaction::new();
    if old != new {
        transaction.claim(
            keys::username_guard(new),
            user.to_string(),
            Error::UsernameTaken,
        );
        transaction.release(keys::username_guard(old), user.to_string());
    }
    for card in cards {
        transaction.save(card, renamed(&card.value, &next), operation)?;
    }
    transaction.save(&me.account, account, operation)?;
    let saved = transaction.save(before, next, operation)?;
    app.store
        .outside("their own account and profile belong to no tenant")
        .commit(transaction)
        .await?;
    Ok(saved)
}

/// A card under the names that its person has from now on.
fn renamed(card: &Card, person: &Profile) -> Card {
    Card {
        username: person.username.clone(),
        full_name: person.full_name.clone(),
        updated_at: person.updated_at,
        updated_by: person.user,
        ..card.clone()
    }
}
