//! Requests to join, as admins see and answer them.

use domain::Error;
use domain::access::Action;
use domain::account::{Account, Profile};
use domain::call::{Call, Page, Versioned};
use domain::id::UserId;
use domain::membership::joining::{JoinRequest, RequestState};
use domain::membership::organization::Card;
use paging::Walk;
use store::Scope;
use store::keys::{self, Key};
use store::record::{Record, Stored};
use store::transaction::Transaction;

use super::open;
use crate::membership::invitation::admission::admit;
use crate::membership::organization::id_of;
use crate::tenant::OrgRef;
use crate::{App, retry};

/// A page of the requests that wait, the oldest first.
pub async fn list_join_requests(
    app: &App,
    call: &Call,
    org: &OrgRef,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Versioned<JoinRequest>>, Error> {
    let id = id_of(app, call, org).await?;
    let range = keys::join_requests_of(id.tag());
    let walk = Walk::new(app.pager(), call, id.tag(), range, &(), limit, cursor).await?;
    let opening = app.store.open(call, id, &[]);
    let row = |_: &Scope, asked: Stored<JoinRequest>| Some(asked.versioned());
    walk.page(opening, Action::SecurityPolicy, |_| Ok(()), row, false)
        .await
}

/// A request that is opened to be answered.
struct Opened {
    scope: Scope,
    request: Stored<JoinRequest>,
}

impl Opened {
    /// The request, and whether this very call has answered it before.
    async fn find(
        app: &App,
        call: &Call,
        org: &OrgRef,
        user: UserId,
        also: &[Key],
    ) -> Result<(Self, bool), Error> {
        let org = id_of(app, call, org).await?;
        let key = keys::join_request(org.tag(), user);
        let extra: Vec<Key> = also
            .iter()
            .cloned()
            .chain([key.clone(), keys::card(org.tag(), user)])
            .collect();
        let scope = open(app, call, org, &extra).await?;
        let request = scope.extra::<JoinRequest>(&key)?.ok_or(Error::NotFound)?;
        let replayed = scope.replays(&request)?;
        if !replayed && !request.value.is_pending() {
            return Err(Error::AlreadyAnswered);
        }
        Ok((Self { scope, request }, replayed))
    }

    fn part<T: Record>(&self, key: &Key) -> Result<Stored<T>, Error> {
        self.scope
            .extra(key)?
            .ok_or_else(|| Error::Internal("a request of one who has no account".to_owned()))
    }

    /// Makes the person a member. `was` is the card that they have from an earlier time.
    fn let_in(
        &self,
        transaction: &mut Transaction,
        was: Option<&Stored<Card>>,
    ) -> Result<(), Error> {
        let (scope, request) = (&self.scope, &self.request.value);
        let account: Stored<Account> = self.part(&keys::account(request.user))?;
        let profile: Stored<Profile> = self.part(&keys::profile(request.user))?;
        let mut next = Account {
            updated_at: scope.at(),
            ..account.value.clone()
        };
        next.join(scope.org_id())?;
        transaction.save(&account, next, scope.operation())?;
        let card = Card {
            updated_by: scope.user(),
            ..Card::new(
                scope.org_id(),
                &profile.value,
                request.role.into(),
                scope.at(),
            )
        };
        // No count of owners and admins: a request is never for one of these roles.
        admit(transaction, was, card, None, scope.operation()).map(drop)
    }

    /// The answer, in a transaction with whatever it brings about.
    async fn answer(
        self,
        app: &App,
        mut transaction: Transaction,
        state: RequestState,
    ) -> Result<Versioned<JoinRequest>, Error> {
        let next = self
            .request
            .value
            .answered(state, self.scope.user(), self.scope.at());
        let saved = transaction.save(&self.request, next, self.scope.operation())?;
        app.store.commit(&self.scope, transaction).await?;
        Ok(saved.versioned())
    }
}

/// Lets the person in. One who has come in another way meanwhile keeps the role they have.
pub async fn approve_join_request(
    app: &App,
    call: &Call,
    org: &OrgRef,
    user: UserId,
) -> Result<Versioned<JoinRequest>, Error> {
    let also = [keys::account(user), keys::profile(user)];
    retry::contended(|| async {
        let (opened, replayed) = Opened::find(app, call, org, user, &also).await?;
        if replayed {
            return Ok(opened.request.versioned());
        }
        let scope = &opened.scope;
        let was: Option<Stored<Card>> = scope.extra(&keys::card(scope.tag(), user))?;
        let mut transaction = Transaction::new();
        if !was.as_ref().is_some_and(|card| card.value.is_live()) {
            opened.let_in(&mut transaction, was.as_ref())?;
        }
        opened
            .answer(app, transaction, RequestState::Approved)
            .await
    })
    .await
}

/// Turns the person down. They may ask again.
pub async fn reject_join_request(
    app: &App,
    call: &Call,
    org: &OrgRef,
    user: UserId,
) -> Result<Versioned<JoinRequest>, Error> {
    retry::contended(|| async {
        let (opened, replayed) = Opened::find(app, call, org, user, &[]).await?;
        if replayed {
            return Ok(opened.request.versioned());
        }
        opened
            .answer(app, Transaction::new(), RequestState::Rejected)
            .await
    })
    .await
}
