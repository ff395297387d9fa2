//! Joining an organization without an invitation: by a code, or by an address of a domain that is the organization's;
//! at once, or when an admin has said yes.

mod codes;
mod domains;
mod join;
mod requests;

pub use codes::{
    ListedCode, Made, NewCode, create_join_code, keep_join_code, list_join_codes, revoke_join_code, rotate_join_code,
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

use crate::App;

/// Opens the organization for those who say how people join it. Nobody joins a personal one.
async fn open(app: &App, call: &Call, org: OrgId, extra: &[Key]) -> Result<Scope, Error> {
    let (scope, org) = app.store.open(call, org, extra).await?.require(Action::SecurityPolicy).await?;
    if org.value.kind == OrgKind::Personal { Err(Error::PersonalOrganization) } else { Ok(scope) }
}
