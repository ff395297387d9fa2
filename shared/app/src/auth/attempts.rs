//! How often a password may be tried.
//!
//! Every attempt counts before anything is compared: for the name (so that many addresses together gain nothing) and
//! for the address (so that many names together gain nothing). From an address where the person has signed in before
//! only the count of the address holds, so that strangers cannot lock him out of his own devices.

use std::net::IpAddr;

use domain::Error;
use domain::account::Account;
use domain::call::Call;
use domain::id::UserId;
use jiff::Timestamp;
use store::attempts::Counter;
use store::keys;

use super::Auth;

/// Attempts under one name, from addresses that are not known.
const PER_MINUTE: u64 = 5;
const PER_DAY: u64 = 50;
/// Attempts under one name from one address.
const PER_MINUTE_AND_ADDRESS: u64 = 10;

const MINUTE: i64 = 60;
const TEN_MINUTES: i64 = 600;
const DAY: i64 = 86_400;

/// An attempt that the address was allowed to make. Whether the name allows it depends on who makes it.
#[must_use]
pub(super) struct Attempt {
    network: String,
    /// Seconds until the name may be tried again, if it was tried too often.
    wait: Option<u64>,
}

impl Attempt {
    /// Fails if the account was tried too often, unless it knows the address.
    pub fn check(&self, account: Option<&Account>) -> Result<(), Error> {
        let known = account.is_some_and(|account| account.known.contains(&mark(account.user, &self.network)));
        self.wait.filter(|_| !known).map_or(Ok(()), |retry_after| Err(Error::RateLimited { retry_after }))
    }
}

impl Auth {
    /// Counts an attempt of this call at the password of `name`.
    ///
    /// # Errors
    /// `RateLimited` if the address has made too many.
    pub(super) async fn attempt(&self, call: &Call, name: &str) -> Result<Attempt, Error> {
        let network = network(&call.address);
        let minute = call.at.as_second().div_euclid(MINUTE);
        // Seven characters, so that a full item stays below a kilobyte.
        let own = format!("{}{}", short::<4>(&[name.as_bytes()]), minute % (TEN_MINUTES / MINUTE));
        let by_address = [self.per_address(), counter(own, PER_MINUTE_AND_ADDRESS)];
        let by_name = [counter(format!("m{}", minute % (DAY / MINUTE)), PER_MINUTE), counter("n".to_owned(), PER_DAY)];
        let (address, name) = tokio::join!(
            self.count("address", &network, TEN_MINUTES, &by_address, [TEN_MINUTES, MINUTE], call.at),
            self.count("signin", name, DAY, &by_name, [MINUTE, DAY], call.at),
        );
        address?.map_or(Ok(()), |retry_after| Err(Error::RateLimited { retry_after }))?;
        Ok(Attempt { network, wait: name? })
    }

    /// Counts a call of one who has not signed in.
    ///
    /// # Errors
    /// `RateLimited` if the address has made too many.
    pub(super) async fn count_address(&self, call: &Call) -> Result<(), Error> {
        let counters = [self.per_address()];
        let full =
            self.count("address", &network(&call.address), TEN_MINUTES, &counters, [TEN_MINUTES], call.at).await?;
        full.map_or(Ok(()), |retry_after| Err(Error::RateLimited { retry_after }))
    }

    fn per_address(&self) -> Counter {
        counter("n".to_owned(), self.attempts_per_address)
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
        let full = self.table().attempt(&keys::rate(kind, subject, place), counters, (place + 2) * window).await?;
        let wait = |full: usize| periods.get(full).map(|period| period - now.rem_euclid(*period));
        Ok(full.and_then(wait).map(|seconds| u64::try_from(seconds).unwrap_or(1)))
    }
}

fn counter(name: String, most: u64) -> Counter {
    Counter { name, most }
}

/// Notes that the person has signed in from this address.
pub(super) fn remember(account: &mut Account, address: &str) {
    let mark = mark(account.user, &network(address));
    if account.known.last() == Some(&mark) {
        return;
    }
    account.known.retain(|other| *other != mark);
    account.known.push(mark);
    let surplus = account.known.len().saturating_sub(Account::MAX_KNOWN);
    account.known.drain(..surplus);
}

/// What an account keeps of an address: of no use for any other account.
fn mark(user: UserId, network: &str) -> String {
    short::<6>(&[&user.bytes(), network.as_bytes()])
}

fn short<const BYTES: usize>(parts: &[&[u8]]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(&keys::hash(parts)[..BYTES])
}

/// The part of an address that one subscriber has: all of an IPv4 address, the first 64 bits of an IPv6 address
/// (RFC 6177).
pub(crate) fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::account::AccountStatus;
    use domain::id::{OrgId, Tag};

    fn account() -> Account {
        let org = OrgId::new(Tag::from_bytes([1; 5]), [1; 11]);
        Account {
            user: UserId::new(1, [1; 10]),
            status: AccountStatus::Active,
            email: "ann@example.com".parse().unwrap(),
            email_verified: true,
            username: "ann".parse().unwrap(),
            epoch: 0,
            orgs: vec![org],
            default_org: org,
            sessions: vec![],
            known: vec![],
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_ipv6_subscriber_is_one_network() {
        assert_eq!(network("2001:db8:1:2:3::4"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }

    #[test]
    fn strangers_wait_and_known_addresses_do_not() {
        let mut account = account();
        remember(&mut account, "192.0.2.1");
        let attempt = |address: &str| Attempt { network: network(address), wait: Some(7) };
        assert!(attempt("192.0.2.1").check(Some(&account)).is_ok());
        assert_eq!(attempt("192.0.2.9").check(Some(&account)), Err(Error::RateLimited { retry_after: 7 }));
        assert_eq!(attempt("192.0.2.1").check(None), Err(Error::RateLimited { retry_after: 7 }));
        assert!(Attempt { network: network("192.0.2.9"), wait: None }.check(None).is_ok());
    }

    #[test]
    fn the_latest_addresses_are_known() {
        let mut account = account();
        for n in 0..20 {
            remember(&mut account, &format!("192.0.2.{n}"));
        }
        remember(&mut account, "192.0.2.15");
        assert_eq!(account.known.len(), Account::MAX_KNOWN);
        assert_eq!(account.known.last(), Some(&mark(account.user, "192.0.2.15")));
        assert!(account.known.contains(&mark(account.user, "192.0.2.19")));
        assert!(!account.known.contains(&mark(account.user, "192.0.2.11")));
    }
}
