//! E-mail domains of an organization: named, shown to be its own, taken away.

use std::time::Duration;

use domain::Error;
use domain::access::Action;
use domain::call::{Call, Page, Versioned};
use domain::id::DomainId;
use domain::membership::joining::{DomainName, JoinRole, OrgDomain};
use paging::Walk;
use runtime::meter;
use runtime::resolver::Resolver;
use store::record::Stored;
use store::transaction::Transaction;
use store::{Scope, keys};

use super::{Opened, open};
use crate::membership::organization::id_of;
use crate::tenant::OrgRef;
use crate::{App, retry};

/// How long a look-up may take; a function has ten seconds for everything.
const PATIENCE: Duration = Duration::from_secs(4);

/// A domain that an organization says is its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDomain {
    /// The domain.
    pub domain: DomainName,
    /// The role of those who join.
    pub role: JoinRole,
    /// Whoever joins must be approved by an admin.
    pub approval: bool,
}

/// Names a domain. Nobody joins by it until it is verified.
///
/// # Errors
/// `DomainTaken` if the organization has named it already.
// In one piece: what stands under the domain decides whether it is named, taken up again, or another's.
pub async fn claim_domain(
    app: &App,
    call: &Call,
    org: &OrgRef,
    new: &NewDomain,
) -> Result<Versioned<OrgDomain>, Error> {
    let org = id_of(app, call, org).await?;
    let id = keys::domain_id(org.tag(), &new.domain);
    let key = keys::domain(id);
    retry::contended(|| async {
        let scope = open(app, call, org, std::slice::from_ref(&key)).await?;
        let before = scope.extra::<OrgDomain>(&key)?;
        if let Some(before) = &before
            && is_repeated(&scope, before)?
        {
            return Ok(before.clone().versioned());
        }
        let named = named(app, &scope, id, new);
        // The id follows from the domain: one that was taken away before stands there already.
        let saved = match before {
            Some(tombstone) => app.store.save(&scope, &tombstone, named).await?,
            None => {
                let table = app.store.outside(
                    "the domain alone names it, so no idempotency key has made what stands there",
                );
                let operation = scope.operation().unkeyed();
                table.create(named, &operation, Error::Conflict).await?
            }
        };
        Ok(saved.versioned())
    })
    .await
}

/// Whether this very request has named the domain, which must be there still. Fails if another has.
fn is_repeated(scope: &Scope, before: &Stored<OrgDomain>) -> Result<bool, Error> {
    let live = before.value.deleted_at.is_none();
    if before.replays(scope.operation())? {
        meter::note(|totals| totals.replayed |= scope.operation().keyed);
        return live.then_some(true).ok_or(Error::IdempotencyTargetDeleted);
    }
    if live {
        Err(Error::DomainTaken)
    } else {
        Ok(false)
    }
}

fn named(app: &App, scope: &Scope, id: DomainId, new: &NewDomain) -> OrgDomain {
    OrgDomain {
        id,
        org: scope.org_id(),
        domain: new.domain.clone(),
        role: new.role,
        approval: new.approval,
        // A new one each time: what an earlier naming has put into the DNS proves nothing.
        proof: domain::id::base32().encode(&app.entropy.bytes::<16>()),
        verified_at: None,
        created_at: scope.at(),
        created_by: scope.user(),
        updated_at: scope.at(),
        updated_by: scope.user(),
        deleted_at: None,
    }
}

/// A page of an organization's domains, the newest first.
pub async fn list_domains(
    app: &App,
    call: &Call,
    org: &OrgRef,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Versioned<OrgDomain>>, Error> {
    let id = id_of(app, call, org).await?;
    let range = keys::domains_of(id.tag()).backwards();
    let walk = Walk::new(app.pager(), call, id.tag(), range, &(), limit, cursor).await?;
    let opening = app.store.open(call, id, &[]);
    walk.page(
        opening,
        Action::SecurityPolicy,
        |_| Ok(()),
        |_, named: Stored<OrgDomain>| Some(named.versioned()),
        false,
    )
    .await
}

/// Opens a domain for a change.
async fn find(
    app: &App,
    call: &Call,
    org: &OrgRef,
    id: DomainId,
) -> Result<Opened<OrgDomain>, Error> {
    let org = id_of(app, call, org).await?;
    let key = (id.tag() == org.tag()).then(|| keys::domain(id));
    Opened::read(app, call, org, key, |domain: &OrgDomain| {
        domain.deleted_at.is_some()
    })
    .await
}

/// Looks whether the domain's DNS shows whose it is. From then on it is this organization's alone.
///
/// # Errors
/// `DomainUnverified` if it does not, or the DNS gives no answer; `DomainTaken` if it is another organization's.
pub async fn verify_domain(
    app: &App,
    call: &Call,
    org: &OrgRef,
    id: DomainId,
    resolver: &Resolver,
) -> Result<Versioned<OrgDomain>, Error> {
    retry::contended(|| async {
        let Opened {
            scope,
            found: named,
            replayed,
        } = find(app, call, org, id).await?;
        if replayed || named.value.verified_at.is_some() {
            return Ok(named.versioned());
        }
        look_up(&named.value, resolver).await?;
        let (at, by) = (scope.at(), scope.user());
        let next = OrgDomain {
            verified_at: Some(at),
            updated_at: at,
            updated_by: by,
            ..named.value.clone()
        };
        let mut transaction = Transaction::new();
        let saved = transaction.save(&named, next, scope.operation())?;
        // The guard only now: whoever merely names a domain keeps it from nobody.
        transaction.claim(
            keys::domain_guard(&saved.value.domain),
            id.to_string(),
            Error::DomainTaken,
        );
        app.store.commit(&scope, transaction).await?;
        Ok(saved.versioned())
    })
    .await
}

/// Finds the proof under its own name or at the domain itself.
async fn look_up(named: &OrgDomain, resolver: &Resolver) -> Result<(), Error> {
    let (name, domain, value) = (
        named.record_name(),
        named.domain.to_string(),
        named.record_value(),
    );
    let shows = |name: String| {
        let value = &value;
        async move {
            match tokio::time::timeout(PATIENCE, resolver.txt(&name)).await {
                Ok(Ok(texts)) => texts.iter().any(|text| text.trim() == value),
                Ok(Err(why)) => {
                    tracing::info!(%why, "a domain cannot be verified");
                    false
                }
                Err(_) => false,
            }
        }
    };
    let (under_its_name, at_the_domain) = tokio::join!(shows(name.clone()), shows(domain.clone()));
    if under_its_name || at_the_domain {
        Ok(())
    } else {
        Err(Error::DomainUnverified {
            name,
            domain,
            value,
        })
    }
}

/// Takes a domain away: nobody joins by it any more, and another organization can have it. Those who have joined stay.
pub async fn remove_domain(
    app: &App,
    call: &Call,
    org: &OrgRef,
    id: DomainId,
) -> Result<Versioned<OrgDomain>, Error> {
    retry::contended(|| async {
        let Opened {
            scope,
            found: named,
            replayed,
        } = find(app, call, org, id).await?;
        if replayed {
            return Ok(named.versioned());
        }
        let (at, by) = (scope.at(), scope.user());
        let next = OrgDomain {
            deleted_at: Some(at),
            updated_at: at,
            updated_by: by,
            ..named.value.clone()
        };
        let mut transaction = Transaction::new();
        let saved = transaction.save(&named, next, scope.operation())?;
        if named.value.verified_at.is_some() {
            transaction.release(keys::domain_guard(&named.value.domain), id.to_string());
        }
        app.store.commit(&scope, transaction).await?;
        Ok(saved.versioned())
    })
    .await
}
