//! People: the caller themselves, and whom they may see.

mod change;
mod list;
mod show;

pub use change::{ProfileChange, update_me};
pub use list::{PeopleFilter, list_users};
pub(crate) use show::seen;
pub use show::{Person, SharedOrganization, get_user};

use domain::Error;
use domain::account::{Account, Profile, Session};
use domain::call::{Call, Versioned};
use store::open::Me;
use store::record::Stored;
use store::{Scope, keys};

use crate::App;

/// All that is the caller's.
#[derive(Debug, Clone)]
pub struct Myself {
    /// Their account.
    pub account: Account,
    /// What others see of them, and their preferences.
    pub profile: Versioned<Profile>,
    /// The session in which they call.
    pub session: Session,
    /// Their organizations, their personal one first.
    pub organizations: Vec<SharedOrganization>,
}

impl Myself {
    fn new(me: &Me, account: Account, profile: Stored<Profile>, scopes: &[Scope]) -> Self {
        Self {
            account,
            profile: profile.versioned(),
            session: me.principal.session.value.clone(),
            organizations: scopes
                .iter()
                .map(|scope| SharedOrganization::of(scope, scope.card().value.role))
                .collect(),
        }
    }
}

/// Reads the caller's account and profile.
async fn open(app: &App, call: &Call) -> Result<(Me, Stored<Profile>), Error> {
    // The id that the token claims: `open_me` verifies the token with the same read.
    let key = keys::profile(app.store.claimed(call)?);
    let me = app.store.open_me(call, std::slice::from_ref(&key)).await?;
    let profile = me
        .read(&key)?
        .ok_or_else(|| Error::Internal("an account without a profile".to_owned()))?;
    Ok((me, profile))
}

/// The caller themselves.
pub async fn get_me(app: &App, call: &Call) -> Result<Myself, Error> {
    let (me, profile) = open(app, call).await?;
    let scopes = app.store.scopes(&me, &me.account.value.orgs).await?;
    Ok(Myself::new(&me, me.account.value.clone(), profile, &scopes))
}
