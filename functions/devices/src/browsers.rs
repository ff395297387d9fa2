//! Messages to browsers: encrypted for the browser (RFC 8291), signed for its push service (RFC 8292), sent as RFC 8030
//! says.

use std::time::{Duration, Instant};

use app::notices::device::DeviceJob;
use app::vapid::Vapid;
use data_encoding::BASE64URL_NOPAD;
use domain::Error;
use domain::notices::device::PushSubscription;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use outbound::{Answer, Failure, Sender};
use runtime::env::Env;
use store::keys;
use store::record::Stored;
use store::table::Table;
use store::token::VapidSecret;
use tokio::sync::OnceCell;
use web_push_native::p256::PublicKey;
use web_push_native::{Auth, encrypt};

use crate::Posting;
use crate::notice::{fitting, for_browser};

/// How long a push service keeps a message for a browser that is away: a day, in seconds (RFC 8030 section 5.2).
const TTL: &str = "86400";
/// The most bytes before encryption: push services take 4096 after it, and header, padding and tag are 103 (RFC 8291
/// section 4).
const LONGEST: usize = 3993;
/// As much as is tried where even that was too much.
const SHORT: usize = 1000;
/// A service that answers within this time may be asked a second time: the function has ten seconds for its batch.
const QUICK: Duration = Duration::from_secs(2);

/// Sends messages to browsers.
pub struct Browsers {
    env: Env,
    /// Made on first use, since a client reads the machine's certificates.
    sender: OnceCell<Sender>,
    /// By what push services know us, once it was read.
    vapid: OnceCell<Vapid>,
    table: Table,
    contact: Option<String>,
}

impl Browsers {
    /// The way that the environment has; nothing is made or read yet.
    pub fn new(env: &Env, table: Table) -> Self {
        let contact = env.optional("VAPID_CONTACT").map(str::to_owned);
        Self {
            env: env.clone(),
            sender: OnceCell::new(),
            vapid: OnceCell::new(),
            table,
            contact,
        }
    }

    /// Sends a job's message.
    pub async fn post(&self, to: &PushSubscription, job: &DeviceJob, now: Timestamp) -> Posting {
        let began = Instant::now();
        let posting = self.post_at_most(LONGEST, to, job, now).await;
        match posting {
            // There is time for a second request only if the first was quick.
            Posting::Refused { code } if code == "413" && began.elapsed() < QUICK => {
                self.post_at_most(SHORT, to, job, now).await
            }
            other => other,
        }
    }

    async fn post_at_most(
        &self,
        limit: usize,
        to: &PushSubscription,
        job: &DeviceJob,
        now: Timestamp,
    ) -> Posting {
        let Some(text) = fitting(&job.notification, limit, |notice| {
            for_browser(&job.id, notice)
        }) else {
            return Posting::Refused {
                code: "too long".to_owned(),
            };
        };
        let Some(body) = encrypted(to, text) else {
            return Posting::Refused {
                code: "keys that are none".to_owned(),
            };
        };
        let ready = async {
            Ok((
                self.sender()?,
                self.headers(to, &job.notification.tag, now).await?,
            ))
        };
        match ready.await {
            Ok((sender, headers)) => verdict(sender.post(&to.endpoint, headers, body).await),
            Err(error) => Posting::Later {
                code: error_text(error),
            },
        }
    }

    /// The key that `auth` has kept for us.
    ///
    /// # Errors
    /// `Unavailable` as long as nobody has signed in since this stack was made.
    async fn read_vapid(&self) -> Result<Vapid, Error> {
        let item = self
            .table
            .get(&keys::vapid_key())
            .await?
            .ok_or(Error::Unavailable)?;
        Vapid::read(&Stored::<VapidSecret>::read(&item)?.value.private)
    }

    fn sender(&self) -> Result<Sender, Error> {
        if let Some(sender) = self.sender.get() {
            return Ok(sender.clone());
        }
        let sender =
            Sender::new(&self.env).map_err(|why| Error::Internal(format!("no TLS: {why}")))?;
        // Another job may have been quicker; then both have one.
        let _ = self.sender.set(sender.clone());
        Ok(sender)
    }

    /// The header by which the push service knows us.
    async fn authorization(
        &self,
        to: &PushSubscription,
        now: Timestamp,
    ) -> Result<HeaderValue, Error> {
        let vapid = self.vapid.get_or_try_init(|| self.read_vapid()).await?;
        let authorization =
            vapid.authorization(to.endpoint.origin(), self.contact.as_deref(), now)?;
        let mut authorization =
            HeaderValue::try_from(authorization).map_err(|why| Error::Internal(why.to_string()))?;
        authorization.set_sensitive(true);
        Ok(authorization)
    }

    async fn headers(
        &self,
        to: &PushSubscription,
        tag: &str,
        now: Timestamp,
    ) -> Result<HeaderMap, Error> {
        let authorization = self.authorization(to, now).await?;
        // 22 characters of base64url; 32 may be (RFC 8030 section 5.4).
        let topic = BASE64URL_NOPAD.encode(&store::keys::hash(&[tag.as_bytes()]));
        let topic = HeaderValue::try_from(topic).map_err(|why| Error::Internal(why.to_string()))?;
        Ok(HeaderMap::from_iter([
            (AUTHORIZATION, authorization),
            (
                CONTENT_TYPE,
                HeaderValue::from_static("application/octet-stream"),
            ),
            (CONTENT_ENCODING, HeaderValue::from_static("aes128gcm")),
            (
                HeaderName::from_static("ttl"),
                HeaderValue::from_static(TTL),
            ),
            (
                HeaderName::from_static("urgency"),
                HeaderValue::from_static("normal"),
            ),
            (HeaderName::from_static("topic"), topic),
        ]))
    }
}

fn error_text(error: Error) -> String {
    match error {
        Error::Internal(text) => text,
        other => other.to_string(),
    }
}

/// The body for a browser; none if its keys are none.
fn encrypted(to: &PushSubscription, text: String) -> Option<Vec<u8>> {
    let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    let point = PublicKey::from_sec1_bytes(&decode(&to.p256dh)?).ok()?;
    let secret = decode(&to.auth)?;
    (secret.len() == 16)
        .then(|| Auth::clone_from_slice(&secret))
        .and_then(|auth| encrypt(text.into(), &point, &auth).ok())
}

/// What the answer of a push service means (RFC 8030 sections 5 and 7.3).
fn verdict(answer: Result<Answer, Failure>) -> Posting {
    let status = match answer {
        Ok(answer) => answer.status,
        Err(Failure::NotPublic) => {
            return Posting::Refused {
                code: "a name that leads inside".to_owned(),
            };
        }
        Err(Failure::NoAnswer(why)) => return Posting::Later { code: why },
    };
    let code = status.to_string();
    match status {
        200..=299 => Posting::Taken { message: code },
        404 | 410 => Posting::Gone { code },
        408 | 425 | 429 | 500..=599 => Posting::Later { code },
        _ => Posting::Refused { code },
    }
}

#[cfg(test)]
mod tests;
