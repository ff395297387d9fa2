//! Joining an organization without an invitation: by a code, or by an address of a domain that is the organization's;
//! at once, or when an admin has said yes.

mod codes;
mod domains;
mod join;
mod requests;

pub use codes::{
    ListedCode, Made, NewCode, create_join_code, keep_join_code, list_join_codes, revoke_join_code,
    rotate_join_code,
};
pub use domains::{NewDomain, claim_domain, list_domains, remove_domain, verify_domain};
pub use join::{Admission, Joined, Way, join_organization};
pub use requests::{approve_join_request, list_join_requests, reject_join_request};

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::OrgId;
use domain::membership::organization::OrgKind;
use store::Scope;
use store::keys::Key;
use store::record::{Record, Stored};

use crate::App;

/// A way into an organization, opened for a change.
struct Opened<T> {
    scope: Scope,
    found: Stored<T>,
    /// This very change was made before.
    replayed: bool,
}

impl<T: Record> Opened<T> {
    /// Opens what stands under `key`, if it can be of the organization; what is deleted is gone, except for who repeats that.
    async fn read(
        app: &App,
        call: &Call,
        org: OrgId,
        key: Option<Key>,
        deleted: fn(&T) -> bool,
    ) -> Result<Self, Error> {
        let scope = open(app, call, org, key.as_slice()).await?;
        let found: Option<Stored<T>> = key.map(|key| scope.extra(&key)).transpose()?.flatten();
        let found = found.ok_or(Error::NotFound)?;
        if deleted(&found.value) && !found.replays(scope.operation())? {
            return Err(Error::NotFound);
        }
        // Asked again, since `Scope::replays` also compares the version that the caller has seen.
        let replayed = scope.replays(&found)?;
        Ok(Self {
            scope,
            found,
            replayed,
        })
    }
}

/// Opens the organization for those who say how people join it. Nobody joins a personal one.
async fn open(app: &App, call: &Call, org: OrgId, extra: &[Key]) -> Result<Scope, Error> {
    let (scope, org) = app
        .store
        .open(call, org, extra)
        .await?
        .require(Action::SecurityPolicy)
        .await?;
    if org.value.kind == OrgKind::Personal {
        Err(Error::PersonalOrganization)
    } else {
        Ok(scope)
    }
}
