//! The way to addresses that users name.
//!
//! Functions have the machine's DNS and the public internet. Tests have neither: they tell which addresses a name has,
//! and which server of theirs stands in for it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use crate::resolver::NoAnswer;

/// What a look-up of addresses brings.
pub type Addresses = Result<Vec<IpAddr>, NoAnswer>;

type LookUp = dyn Fn(String) -> Pin<Box<dyn Future<Output = Addresses> + Send>> + Send + Sync;

/// A way to names.
#[derive(Clone)]
pub struct Outbound {
    look_up: Arc<LookUp>,
    stand_ins: BTreeMap<String, SocketAddr>,
}

impl Outbound {
    /// A way of the caller's making: `addresses` gives the addresses of a name. They are looked at as any others are.
    pub fn from_fn<F>(addresses: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Addresses> + Send + 'static,
    {
        Self {
            look_up: Arc::new(move |name| Box::pin(addresses(name))),
            stand_ins: BTreeMap::new(),
        }
    }

    /// The same, with a server of the caller's that stands in for a name: it is spoken to without TLS.
    pub fn standing_in(mut self, name: &str, server: SocketAddr) -> Self {
        self.stand_ins.insert(name.to_owned(), server);
        self
    }

    /// The servers that stand in for names.
    pub fn stand_ins(&self) -> &BTreeMap<String, SocketAddr> {
        &self.stand_ins
    }

    /// The addresses of a name.
    pub async fn addresses(&self, name: &str) -> Addresses {
        (self.look_up)(name.to_owned()).await
    }
}
