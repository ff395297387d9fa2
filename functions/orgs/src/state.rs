//! What the handlers of the group work with.

use app::App;
use axum::extract::FromRef;
use runtime::env::{Env, MissingVariable};
use runtime::resolver::Resolver;

use crate::dns;

/// The state of the group.
#[derive(Clone)]
pub struct Orgs {
    /// Table, time and randomness.
    pub app: App,
    /// The DNS, which shows whose a domain is.
    pub resolver: Resolver,
    /// How many attempts to join one address may make in ten minutes, if not the usual number.
    pub attempts_per_address: Option<u64>,
}

impl Orgs {
    /// What the environment names.
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        let attempts_per_address = env
            .optional("ATTEMPTS_PER_ADDRESS")
            .and_then(|number| number.parse().ok());
        let resolver = env.resolver().cloned().unwrap_or_else(dns::system);
        Ok(Self {
            app: App::new(env)?,
            resolver,
            attempts_per_address,
        })
    }
}

impl FromRef<Orgs> for App {
    fn from_ref(orgs: &Orgs) -> Self {
        orgs.app.clone()
    }
}
