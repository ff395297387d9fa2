//! Names to addresses, of which only public ones are connected to.

use std::net::{IpAddr, SocketAddr};

use domain::outbound::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use runtime::outbound::Outbound;
use runtime::resolver::NoAnswer;

/// A name that leads inside.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the name does not lead to the public internet")]
pub struct Within;

/// The machine's way to names, as its own programs have it.
pub fn system() -> Outbound {
    Outbound::from_fn(|name| async move {
        let found = tokio::net::lookup_host((name, 0))
            .await
            .map_err(|why| NoAnswer(why.to_string()))?;
        Ok(found.map(|address| address.ip()).collect())
    })
}

/// Gives out addresses only if all that a name has are public: one that also leads inside is no mistake.
pub struct Public(pub Outbound);

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        let ways = self.0.clone();
        Box::pin(async move {
            let found = ways.addresses(name.as_str()).await?;
            Ok(vet(&found).map(|found| Box::new(found.into_iter()) as Addrs)?)
        })
    }
}

/// The addresses to connect to; the port is the request's.
fn vet(found: &[IpAddr]) -> Result<Vec<SocketAddr>, Within> {
    let public = found.iter().all(|address| is_public(*address));
    public
        .then(|| {
            found
                .iter()
                .map(|address| SocketAddr::new(*address, 0))
                .collect()
        })
        .ok_or(Within)
}
