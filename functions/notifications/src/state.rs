//! What the handlers of the group work with.

use app::App;
use axum::extract::FromRef;
use runtime::env::{Env, MissingVariable};

use crate::phones::Phones;
use crate::tickets::Address;

/// The state of the group.
#[derive(Clone)]
pub struct Notifications {
    /// Table, time and randomness.
    pub(crate) app: App,
    /// The platforms of phones.
    phones: Phones,
    /// Where live connections are opened.
    address: Address,
}

impl Notifications {
    /// What the environment names.
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        Ok(Self {
            app: App::new(env)?,
            phones: Phones::new(env)?,
            address: Address::new(env)?,
        })
    }
}

impl FromRef<Notifications> for App {
    fn from_ref(state: &Notifications) -> Self {
        state.app.clone()
    }
}

impl FromRef<Notifications> for Phones {
    fn from_ref(state: &Notifications) -> Self {
        state.phones.clone()
    }
}

impl FromRef<Notifications> for Address {
    fn from_ref(state: &Notifications) -> Self {
        state.address.clone()
    }
}
