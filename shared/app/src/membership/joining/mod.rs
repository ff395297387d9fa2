//! Joining an organization without an invitation: by a code, or by an address of a domain that is the organization's;
//! at once, or when an admin has said yes.

mod codes;
mod domains;
mod join;
mod requests;

pub use codes::{
    ListedCode, Made, NewCode, create as create_code, keep as keep_code, list as list_codes, revoke as revoke_code,
    rotate as rotate_code,
};
pub use domains::{
    NewDomain, claim as claim_domain, list as list_domains, remove as remove_domain, verify as verify_domain,
};
pub use join::{Admission, Joined, Way, join};
pub use requests::{approve, list as list_requests, reject};

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::OrgId;
use domain::membership::organization::OrgKind;
use store::Scope;
use store::keys::Key;

use crate::App;

/// Opens the organization for those who say how people join it. Nobody joins a personal one.
async fn open(app: &App, call: &Call, org: OrgId, extra: &[Key]) -> Result<Scope, Error> {
    let (scope, org) = app.store.open(call, org, extra).await?.require(Action::SecurityPolicy).await?;
    if org.value.kind == OrgKind::Personal { Err(Error::PersonalOrganization) } else { Ok(scope) }
}
