//! Requests to addresses that users name.
//!
//! Nothing inside is reached by them. The address is read strictly ([`HttpsUrl`]); the addresses that its name has are
//! looked at after they were looked up, and the connection goes to one of exactly these, so a name that leads elsewhere
//! a moment later leads nowhere. No redirect is followed, no proxy asked, nothing but `https` spoken, no answer waited
//! for long or read far.

mod resolve;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::outbound::HttpsUrl;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder};
use runtime::env::Env;

use crate::resolve::{Public, Within};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(2);
/// How long a request may take in all: less than a function has.
const TOTAL: Duration = Duration::from_secs(3);
/// How long a connection is kept for the next request.
const IDLE: Duration = Duration::from_secs(20);
/// How much of an answer is read.
const MOST: usize = 1024;

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The beginning of the body, at most one kilobyte: for the log, never for whoever named the address.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The name leads inside. No connection was made.
    #[error("the name does not lead to the public internet")]
    NotPublic,
    /// It was not reached, or did not answer in time.
    #[error("no answer: {0}")]
    NoAnswer(String),
}

/// Sends requests.
#[derive(Clone)]
pub struct Sender {
    client: Client,
    within: Vec<StandIn>,
}

impl Sender {
    /// A sender by the way that the environment has: the machine's DNS and the public internet, unless it was given
    /// another.
    ///
    /// # Errors
    /// When the machine has no TLS.
    pub fn new(env: &Env) -> Result<Self, reqwest::Error> {
        let ways = env.outbound().cloned().unwrap_or_else(resolve::system);
        let within = ways
            .stand_ins()
            .iter()
            .map(|(name, server)| StandIn::new(name, *server))
            .collect::<Result<_, _>>()?;
        let client = builder()
            .https_only(true)
            .dns_resolver(Arc::new(Public(ways)))
            .build()?;
        Ok(Self { client, within })
    }

    /// Posts a body.
    ///
    /// # Errors
    /// [`Failure`] where nothing was answered. A status is an answer, whatever it says.
    pub async fn post(
        &self,
        url: &HttpsUrl,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Answer, Failure> {
        let request = self.request(url).headers(headers).body(body);
        let mut response = request.send().await.map_err(failure)?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        // The status counts even if the body breaks off.
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk[..chunk.len().min(MOST - body.len())]);
            if body.len() >= MOST {
                break;
            }
        }
        Ok(Answer { status, body })
    }

    fn request(&self, url: &HttpsUrl) -> RequestBuilder {
        match self.within.iter().find(|within| within.name == url.host()) {
            Some(StandIn {
                name,
                server,
                client,
            }) => client.post(format!("http://{name}:{}{}", server.port(), url.path())),
            None => self.client.post(url.as_str()),
        }
    }
}

/// What every client has in common.
fn builder() -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT)
        .timeout(TOTAL)
        .pool_idle_timeout(IDLE)
        .user_agent("Elevanalog")
}

/// A server that stands in for a name, and a client of it.
#[derive(Clone)]
struct StandIn {
    name: String,
    server: SocketAddr,
    client: Client,
}

impl StandIn {
    fn new(name: &str, server: SocketAddr) -> Result<Self, reqwest::Error> {
        Ok(Self {
            name: name.to_owned(),
            server,
            client: builder().resolve(name, server).build()?,
        })
    }
}

fn failure(error: reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    let mut last = String::new();
    while let Some(why) = cause {
        if why.is::<Within>() {
            return Failure::NotPublic;
        }
        (last, cause) = (why.to_string(), why.source());
    }
    Failure::NoAnswer(if error.is_timeout() {
        "timeout".to_owned()
    } else {
        last
    })
}

#[cfg(test)]
mod tests;
