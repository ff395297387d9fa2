//! Joining, as it is for the one who joins.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::Error;
use domain::access::OrgRole;
use domain::account::{Account, Profile};
use domain::call::Call;
use domain::id::{DomainId, JoinCodeId, OrgId, Tag};
use domain::membership::joining::{
    CodeText, DomainName, JoinCode, JoinRequest, JoinRole, OrgDomain, RequestState,
};
use domain::membership::organization::{Card, OrgKind, Organization};
use runtime::meter;
use store::keys::{self, Key};
use store::limits::Limit;
use store::open::Me;
use store::record::{Stored, find};
use store::table::{Item, Table};
use store::transaction::Transaction;

use crate::membership::invitation::admission::admit;
use crate::membership::organization::id_of;
use crate::membership::vouching::good_codes;
use crate::network::network;
use crate::tenant::OrgRef;
use crate::{App, retry};

/// Attempts of one person in a minute: codes cannot be guessed.
const PER_PERSON: Limit = Limit {
    kind: "join",
    most: 10,
    window: 60,
};
/// Attempts from one address in ten minutes, unless there shall be another limit: an office has one address.
const PER_ADDRESS: Limit = Limit {
    kind: "joinaddress",
    most: 100,
    window: 600,
};

/// How somebody comes.
#[derive(Debug, Clone)]
pub enum Way {
    /// With a code.
    Code(CodeText),
    /// With a verified address of one of the organization's domains.
    Domain(OrgRef),
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The organization.
    pub org: Organization,
    /// The role that they have, or would have.
    pub role: OrgRole,
    /// Whether they are in.
    pub entry: Admission,
}

/// Whether somebody is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// They are.
    Member,
    /// An admin has to approve it.
    Asked,
}

/// Joins an organization, or asks to, if its code or domain wants that.
///
/// # Errors
/// `NotFound` for a code that is unknown, expired, revoked, used up, or whose maker may not let people in any more, for
/// an organization that has no verified domain of the caller's, and for whoever was removed from it; `EmailUnverified`;
/// `AlreadyMember`; `TooManyOrganizations`; `RateLimited`.
// In one piece: the attempt is counted between the reading of the caller and that of the door.
pub async fn join_organization(
    app: &App,
    call: &Call,
    way: &Way,
    per_address: Option<u64>,
) -> Result<Joined, Error> {
    // One attempt is counted once, however often it is tried again after a lost race.
    let counted = AtomicBool::new(false);
    let org = match way {
        Way::Code(_) => None,
        Way::Domain(org) => Some(id_of(app, call, org).await?),
    };
    retry::contended(|| async {
        let mut extra = vec![keys::profile(app.store.claimed(call)?)];
        if let Way::Code(code) = way {
            extra.push(keys::join_code_guard(&keys::join_code_digest(code)));
        }
        let me = app.store.open_me(call, &extra).await?;
        if !counted.swap(true, Ordering::Relaxed) {
            count(app, call, &me, per_address).await?;
        }
        let door = match (way, org) {
            (Way::Domain(_), Some(org)) => Door::of_domain(app, &me, org).await?,
            (Way::Code(code), _) => {
                Door::of_code(app, call, &me, &keys::join_code_digest(code)).await?
            }
            (Way::Domain(_), None) => return Err(Error::NotFound),
        };
        door.enter(app, me).await
    })
    .await
}

/// Counts the attempt before anything that was found is looked at.
async fn count(app: &App, call: &Call, me: &Me, per_address: Option<u64>) -> Result<(), Error> {
    let table = outside(app);
    let by_address = Limit {
        most: per_address.unwrap_or(PER_ADDRESS.most),
        ..PER_ADDRESS
    };
    let (person, address) = (me.principal.user.to_string(), network(&call.address));
    let (person, address) = tokio::try_join!(
        table.tally(PER_PERSON, &person, call.at),
        table.tally(by_address, &address, call.at)
    )?;
    PER_PERSON.check(person, call.at)?;
    by_address.check(address, call.at)
}

fn outside(app: &App) -> &Table {
    app.store.outside("somebody joins who has no card yet")
}

fn owner<T: std::str::FromStr>(item: Option<&Item>) -> Option<T> {
    item?.get("owner")?.as_s().ok()?.parse().ok()
}

/// Fails unless the code can be used now and somebody stands for it.
async fn check_code(app: &App, call: &Call, code: &JoinCode) -> Result<(), Error> {
    let good = good_codes(outside(app), std::iter::once(code)).await?;
    if !code.is_open(call.at) || good.is_empty() {
        return Err(Error::NotFound);
    }
    Ok(())
}

fn profile(me: &Me) -> Result<Stored<Profile>, Error> {
    me.read(&keys::profile(me.principal.user))?
        .ok_or_else(|| Error::Internal("an account without a profile".to_owned()))
}

/// Where somebody may come in.
struct Door {
    org: Stored<Organization>,
    card: Option<Stored<Card>>,
    request: Option<Stored<JoinRequest>>,
    role: JoinRole,
    approval: bool,
    /// The code that they use.
    code: Option<Stored<JoinCode>>,
}

impl Door {
    /// The door that a code opens.
    async fn of_code(app: &App, call: &Call, me: &Me, digest: &str) -> Result<Self, Error> {
        let id: JoinCodeId =
            owner(me.item(&keys::join_code_guard(digest))).ok_or(Error::NotFound)?;
        let key = keys::join_code(id);
        let items = Self::read(app, me, id.tag(), std::slice::from_ref(&key)).await?;
        // Rotated since the guard was read, it is another code.
        let code =
            find(&items, &key)?.filter(|code: &Stored<JoinCode>| code.value.digest == digest);
        let code = code.ok_or(Error::NotFound)?;
        let (role, approval) = (code.value.role, code.value.approval);
        let door = Self::of(&items, me, code.value.org, role, approval)?;
        // Who has come in by this very request finds themselves inside, though they were the last to be let in.
        if !door.is_repeated(me) {
            check_code(app, call, &code.value).await?;
        }
        Ok(Self {
            code: Some(code),
            ..door
        })
    }

    /// The door that the caller's verified address opens.
    async fn of_domain(app: &App, me: &Me, org: OrgId) -> Result<Self, Error> {
        let account = &me.account.value;
        if !account.email_verified {
            return Err(Error::EmailUnverified);
        }
        // Only a verified domain has a guard, and only one organization holds it.
        let guard = outside(app)
            .get(&keys::domain_guard(&DomainName::of(&account.email)))
            .await?;
        let id: DomainId = owner(guard.as_ref())
            .filter(|id: &DomainId| id.tag() == org.tag())
            .ok_or(Error::NotFound)?;
        let key = keys::domain(id);
        let items = Self::read(app, me, org.tag(), std::slice::from_ref(&key)).await?;
        let named: Stored<OrgDomain> = find(&items, &key)?.ok_or(Error::NotFound)?;
        if !named.value.is_open() || named.value.org != org {
            return Err(Error::NotFound);
        }
        Self::of(&items, me, org, named.value.role, named.value.approval)
    }

    async fn read(app: &App, me: &Me, tag: Tag, also: &[Key]) -> Result<HashMap<Key, Item>, Error> {
        let user = me.principal.user;
        let wanted = [
            keys::organization(tag),
            keys::card(tag, user),
            keys::join_request(tag, user),
        ];
        outside(app).get_many(&[&wanted, also].concat(), true).await
    }

    fn of(
        items: &HashMap<Key, Item>,
        me: &Me,
        id: OrgId,
        role: JoinRole,
        approval: bool,
    ) -> Result<Self, Error> {
        let (tag, user) = (id.tag(), me.principal.user);
        let org: Option<Stored<Organization>> = find(items, &keys::organization(tag))?;
        let org = org
            .filter(|org| org.value.id == id && org.value.deleted_at.is_none())
            .ok_or(Error::NotFound)?;
        if org.value.kind == OrgKind::Personal {
            return Err(Error::PersonalOrganization);
        }
        let (card, request) = (
            find(items, &keys::card(tag, user))?,
            find(items, &keys::join_request(tag, user))?,
        );
        Ok(Self {
            org,
            card,
            request,
            role,
            approval,
            code: None,
        })
    }

    fn is_repeated(&self, me: &Me) -> bool {
        let operation = &me.principal.operation;
        if operation.is_answered() {
            return true;
        }
        let card = self
            .card
            .as_ref()
            .is_some_and(|card| card.operations.find(operation).is_some());
        card || self
            .request
            .as_ref()
            .is_some_and(|request| request.operations.find(operation).is_some())
    }

    fn joined(&self, role: OrgRole, entry: Admission) -> Joined {
        Joined {
            org: self.org.value.clone(),
            role,
            entry,
        }
    }

    /// What this very request has come to before, if it was made before.
    fn repeated(&self, me: &Me) -> Result<Option<Joined>, Error> {
        let operation = &me.principal.operation;
        let note = || meter::note(|totals| totals.replayed |= operation.keyed);
        // Of what was answered only what is there now is left to be shown: the card, or the request.
        let left = !operation.is_answered();
        if let Some(card) = &self.card
            && (left || card.value.is_live())
            && card.replays(operation)?
        {
            note();
            let live = card.value.is_live();
            return live
                .then(|| Some(self.joined(card.value.role, Admission::Member)))
                .ok_or(Error::IdempotencyTargetDeleted);
        }
        match &self.request {
            Some(request) if request.replays(operation)? => {
                note();
                Ok(Some(
                    self.joined(request.value.role.into(), Admission::Asked),
                ))
            }
            _ if operation.is_answered() => Err(Error::IdempotencyTargetDeleted),
            _ => Ok(None),
        }
    }

    async fn enter(self, app: &App, me: Me) -> Result<Joined, Error> {
        if let Some(joined) = self.repeated(&me)? {
            return Ok(joined);
        }
        self.check_card()?;
        let profile = profile(&me)?;
        let mut transaction = Transaction::new();
        let joined = match self.approval {
            true => self.ask(&mut transaction, &me, &profile.value)?,
            false => Some(self.step_in(&mut transaction, &me, &profile.value)?),
        };
        // Whoever asks twice has asked once.
        let Some(joined) = joined else {
            return Ok(self.joined(self.role.into(), Admission::Asked));
        };
        let (at, operation) = (me.principal.at, &me.principal.operation);
        // Saved on condition of its version, so that no more come in than its limit allows.
        if let Some(code) = &self.code {
            transaction.save(code, code.value.used(me.principal.user, at), operation)?;
        }
        outside(app).commit(transaction).await?;
        Ok(joined)
    }

    /// Fails for those who are inside, and for those who were removed.
    fn check_card(&self) -> Result<(), Error> {
        match &self.card {
            Some(card) if card.value.is_live() => Err(Error::AlreadyMember),
            // Whom somebody has removed comes back by an invitation only.
            Some(card) if card.value.is_expelled() => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    fn step_in(
        &self,
        transaction: &mut Transaction,
        me: &Me,
        person: &Profile,
    ) -> Result<Joined, Error> {
        let (at, operation) = (me.principal.at, &me.principal.operation);
        let mut account = Account {
            updated_at: at,
            ..me.account.value.clone()
        };
        account.join(self.org.value.id)?;
        transaction.save(&me.account, account, operation)?;
        let card = Card::new(self.org.value.id, person, self.role.into(), at);
        // No way of joining by oneself makes an owner or admin.
        let card = admit(transaction, self.card.as_ref(), card, None, operation)?;
        // What they have asked for is answered by that.
        if let Some(request) = self
            .request
            .as_ref()
            .filter(|request| request.value.is_pending())
        {
            let answered = request
                .value
                .answered(RequestState::Approved, person.user, at);
            transaction.save(request, answered, operation)?;
        }
        Ok(self.joined(card.value.role, Admission::Member))
    }

    fn ask(
        &self,
        transaction: &mut Transaction,
        me: &Me,
        person: &Profile,
    ) -> Result<Option<Joined>, Error> {
        let (at, operation) = (me.principal.at, &me.principal.operation);
        let asked = JoinRequest::new(self.org.value.id, &me.account.value, person, self.role, at);
        match &self.request {
            Some(request) if request.value.is_pending() => return Ok(None),
            Some(answered) => transaction.save(answered, asked, operation)?,
            None => transaction.create(asked, operation, Error::Conflict)?,
        };
        Ok(Some(self.joined(self.role.into(), Admission::Asked)))
    }
}
