//! How often a password may be tried.
//!
//! Every attempt counts before anything is compared: for the account, under whichever of its names (so that many addresses
//! together gain nothing), and for the address (so that many names together gain nothing). On a device where the person
//! has signed in before only the device's own count holds, so that strangers cannot lock them out of it.

use data_encoding::BASE64URL_NOPAD;
use domain::Error;
use domain::account::Account;
use domain::call::Call;
use domain::id::UserId;
use jiff::Timestamp;
use store::attempts::Counter;
use store::keys;

use super::Auth;
use crate::network::network;
use crate::secret::Keys;

/// Attempts at one account, from devices that are not known.
const PER_MINUTE: u64 = 5;
const PER_DAY: u64 = 50;
/// Attempts from one known device.
const PER_MINUTE_AND_DEVICE: u64 = 10;
const PER_DAY_AND_DEVICE: u64 = 100;

const MINUTE: i64 = 60;
const TEN_MINUTES: i64 = 600;
const DAY: i64 = 86_400;
/// Bytes of a device's mark.
const MARK: usize = 6;

/// A device that the account may know again: its token is of our making. A token is `user | mark | HMAC-SHA256(device key;
/// user, mark)`; the account keeps the marks, so a reset makes all of them void.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownDevice {
    user: UserId,
    /// What the account keeps of it.
    pub mark: String,
}

impl KnownDevice {
    /// The device that a token names, if it is one of this person's.
    pub fn read(keys: &Keys, text: &str, user: UserId) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (body, code) = bytes.split_at_checked(16 + MARK)?;
        let mark = body.strip_prefix(&user.bytes())?;
        keys.device.verify(&[body], code).then(|| Self {
            user,
            mark: BASE64URL_NOPAD.encode(mark),
        })
    }

    /// The device of a session, if the account knows it again.
    pub fn of(user: UserId, mark: Option<&String>) -> Option<Self> {
        mark.map(|mark| Self {
            user,
            mark: mark.clone(),
        })
    }

    /// The text of its token.
    pub fn text(&self, keys: &Keys) -> Result<String, Error> {
        let mark = BASE64URL_NOPAD.decode(self.mark.as_bytes());
        let mark =
            mark.map_err(|_| Error::Internal("a mark of a device that cannot be read".to_owned()))?;
        let body = [&self.user.bytes()[..], &mark].concat();
        Ok(BASE64URL_NOPAD.encode(&[body.as_slice(), &keys.device.sign(&[&body])].concat()))
    }
}

/// An attempt that the address was allowed to make. Whether the account allows it depends on the device.
#[must_use]
pub(super) struct Attempt {
    device: Option<String>,
    /// Seconds until the account may be tried again, if it was tried too often; from a device, and from any other.
    wait_of_device: Option<u64>,
    wait: Option<u64>,
}

impl Attempt {
    /// Fails if the account was tried too often, unless it knows the device.
    pub fn check(&self, account: Option<&Account>) -> Result<(), Error> {
        let known = account
            .zip(self.device.as_ref())
            .is_some_and(|(account, mark)| account.known.contains(mark));
        let wait = if known {
            self.wait_of_device
        } else {
            self.wait
        };
        wait.map_or(Ok(()), |retry_after| {
            Err(Error::RateLimited { retry_after })
        })
    }
}

impl Auth {
    /// Counts an attempt at the password of an account: of `user`, or of the one that stands for a name of nobody's.
    pub(super) async fn attempt(
        &self,
        call: &Call,
        user: UserId,
        device: Option<&KnownDevice>,
    ) -> Result<Attempt, Error> {
        let periods = [MINUTE, DAY];
        let subject = user.to_string();
        let of_device = async {
            let Some(KnownDevice { user, mark }) = device else {
                return Ok(None);
            };
            let subject = format!("{user} {mark}");
            let counters = counters(call.at, PER_MINUTE_AND_DEVICE, PER_DAY_AND_DEVICE);
            self.count("device", &subject, DAY, &counters, periods, call.at)
                .await
        };
        let all = counters(call.at, PER_MINUTE, PER_DAY);
        // Both count: whether the account knows the device shows only when it is read, which may be
        // meanwhile.
        let (wait, wait_of_device) = tokio::join!(
            self.count("signin", &subject, DAY, &all, periods, call.at),
            of_device
        );
        let device = device.map(|device| device.mark.clone());
        Ok(Attempt {
            device,
            wait_of_device: wait_of_device?,
            wait: wait?,
        })
    }

    /// Counts a call of one who has not signed in, or who shows a secret of another kind.
    ///
    /// # Errors
    /// `RateLimited` if the address has made too many.
    pub(super) async fn count_address(&self, call: &Call) -> Result<(), Error> {
        let counters = [counter("n".to_owned(), self.attempts_per_address)];
        let full = self
            .count(
                "address",
                &network(&call.address),
                TEN_MINUTES,
                &counters,
                [TEN_MINUTES],
                call.at,
            )
            .await?;
        full.map_or(Ok(()), |retry_after| {
            Err(Error::RateLimited { retry_after })
        })
    }

    /// Counts in the item of this window; if one of the counters is full, the seconds until it begins anew.
    async fn count<const N: usize>(
        &self,
        kind: &'static str,
        subject: &str,
        window: i64,
        counters: &[Counter; N],
        periods: [i64; N],
        at: Timestamp,
    ) -> Result<Option<u64>, Error> {
        let now = at.as_second();
        let place = now.div_euclid(window);
        let full = self
            .table()
            .attempt(
                &keys::rate(kind, subject, place),
                counters,
                (place + 2) * window,
            )
            .await?;
        let wait = |full: usize| {
            periods
                .get(full)
                .map(|period| period - now.rem_euclid(*period))
        };
        Ok(full
            .and_then(wait)
            .map(|seconds| u64::try_from(seconds).unwrap_or(1)))
    }

    /// A device that the account has not known: the person signs in on it for the first time.
    pub(super) fn new_device(&self, user: UserId) -> KnownDevice {
        KnownDevice {
            user,
            mark: BASE64URL_NOPAD.encode(&self.app.entropy.bytes::<MARK>()),
        }
    }
}

fn counter(name: String, most: u64) -> Counter {
    Counter { name, most }
}

/// The counters of a minute and of its day. Both stand in the item of the day, so the minute's name
/// is its number there.
fn counters(at: Timestamp, of_minute: u64, of_day: u64) -> [Counter; 2] {
    let minute = at.as_second().div_euclid(MINUTE);
    [
        counter(format!("m{}", minute % (DAY / MINUTE)), of_minute),
        counter("n".to_owned(), of_day),
    ]
}

/// Notes that the person has signed in on this device.
pub(super) fn remember(account: &mut Account, device: &KnownDevice) {
    if account.known.last() == Some(&device.mark) {
        return;
    }
    account.known.retain(|other| *other != device.mark);
    account.known.push(device.mark.clone());
    let surplus = account.known.len().saturating_sub(Account::MAX_KNOWN);
    account.known.drain(..surplus);
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::account::AccountStatus;
    use domain::id::{OrgId, Tag};

    const USER: fn() -> UserId = || UserId::new(1, [1; 10]);

    fn account() -> Account {
        let org = OrgId::new(Tag::from_bytes([1; 5]), [1; 11]);
        Account {
            user: USER(),
            status: AccountStatus::Active,
            email: "ann@example.com".parse().unwrap(),
            email_verified: true,
            username: "ann".parse().unwrap(),
            epoch: 0,
            orgs: vec![org],
            default_org: org,
            sessions: vec![],
            known: vec![],
            former: vec![],
            vouches_since: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn device(n: u8) -> KnownDevice {
        KnownDevice {
            user: USER(),
            mark: BASE64URL_NOPAD.encode(&[n; MARK]),
        }
    }

    #[test]
    fn strangers_wait_and_known_devices_do_not() {
        let mut account = account();
        remember(&mut account, &device(1));
        let attempt = |n: Option<u8>| Attempt {
            device: n.map(|n| device(n).mark),
            wait: Some(7),
            wait_of_device: None,
        };
        assert!(attempt(Some(1)).check(Some(&account)).is_ok());
        let refused = Err(Error::RateLimited { retry_after: 7 });
        assert_eq!(attempt(Some(9)).check(Some(&account)), refused);
        assert_eq!(attempt(None).check(Some(&account)), refused);
        assert_eq!(attempt(Some(1)).check(None), refused);
        let device = Attempt {
            wait: None,
            wait_of_device: Some(3),
            ..attempt(Some(1))
        };
        assert_eq!(
            device.check(Some(&account)),
            Err(Error::RateLimited { retry_after: 3 })
        );
    }

    #[test]
    fn the_latest_devices_are_known() {
        let mut account = account();
        for n in 0..20 {
            remember(&mut account, &device(n));
        }
        remember(&mut account, &device(15));
        assert_eq!(account.known.len(), Account::MAX_KNOWN);
        assert_eq!(account.known.last(), Some(&device(15).mark));
        assert!(account.known.contains(&device(19).mark));
        assert!(!account.known.contains(&device(11).mark));
    }

    #[test]
    fn a_device_is_known_by_its_own_token_and_only_for_its_own_person() {
        let keys = Keys::derive("secret").unwrap();
        let text = device(3).text(&keys).unwrap();
        assert_eq!(KnownDevice::read(&keys, &text, USER()), Some(device(3)));
        assert_eq!(
            KnownDevice::read(&keys, &text, UserId::new(2, [2; 10])),
            None
        );
        assert_eq!(
            KnownDevice::read(&Keys::derive("other").unwrap(), &text, USER()),
            None
        );
        for bad in ["", "a", &text[1..], &format!("{text}AAAA"), &"A".repeat(72)] {
            assert_eq!(KnownDevice::read(&keys, bad, USER()), None, "{bad}");
        }
    }
}
