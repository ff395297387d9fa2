//! Signing in.

use domain::Error;
use domain::account::{Account, AccountStatus, Credential, Session, SessionEnd};
use domain::call::Call;
use domain::id::UserId;
use domain::text::DeviceName;
use store::keys::{self, Key};
use store::record::Stored;
use store::table::Item;
use store::transaction::Transaction;
use store::write::holder;

use super::attempts::{Attempt, KnownDevice, remember};
use super::{Auth, LoginName, Password, Tokens, operation};
use crate::retry;
use crate::secret::Keys;

/// What somebody signs in with.
pub struct Login {
    /// Their name.
    pub name: LoginName,
    /// What they say their password is.
    pub password: Password,
    /// What the device calls itself.
    pub device: Option<DeviceName>,
    /// The token that the device was given when the person signed in on it before.
    pub known: Option<String>,
}

/// Starts a session.
///
/// # Errors
/// `InvalidCredentials` for a wrong name or password, never saying which; `RateLimited` before anything is compared;
/// `AccountInactive` only with the right password.
pub async fn login(auth: &Auth, call: &Call, login: Login) -> Result<Tokens, Error> {
    let guard = login.name.guard();
    let (counted, guard, signing) = tokio::join!(
        auth.count_address(call),
        auth.table().get(&guard),
        auth.keys(call.at)
    );
    // In one round trip; but an address that was refused is told nothing else.
    counted?;
    let (owner, signing) = (guard?.as_ref().and_then(owner), signing?);
    // Nobody's name takes the same way to the same answer: the keys of somebody who is not there.
    let user = owner.unwrap_or_else(|| decoy(login.name.as_str()));
    let known = login
        .known
        .as_deref()
        .and_then(|text| KnownDevice::read(&signing, text, user));
    let (attempt, read_first) =
        tokio::join!(auth.attempt(call, user, known.as_ref()), read(auth, user));
    let guess = Guess {
        auth,
        call,
        login: &login,
        owner,
        user,
        known,
        attempt: attempt?,
    };
    guess.enter(read_first?, &signing).await
}

/// An attempt to sign in, counted, before the password is compared.
struct Guess<'a> {
    auth: &'a Auth,
    call: &'a Call,
    login: &'a Login,
    /// Whose the name is; none if it is nobody's.
    owner: Option<UserId>,
    /// The same, or who stands for a name of nobody's.
    user: UserId,
    /// The device, if its token is of our making.
    known: Option<KnownDevice>,
    attempt: Attempt,
}

/// An account and its password's hash, if they are there.
type Found = (Option<Stored<Account>>, Option<Stored<Credential>>);

/// What the right password opens.
struct Opened {
    account: Stored<Account>,
    credential: Stored<Credential>,
    /// Its hash is cheaper to break than those of today.
    is_outdated: bool,
}

impl Guess<'_> {
    /// Starts a session, if the password is right. `first` was read beside the counting; only after
    /// a lost race it is read again.
    async fn enter(&self, first: Found, signing: &Keys) -> Result<Tokens, Error> {
        let mut first = Some(first);
        retry::contended(|| {
            let first = first.take();
            async move {
                let found = match first {
                    Some(first) => first,
                    None => read(self.auth, self.user).await?,
                };
                let opened = self.compare(found).await?;
                self.start(&opened, signing).await
            }
        })
        .await
    }

    /// Compares the password with that of the account.
    async fn compare(&self, (account, credential): Found) -> Result<Opened, Error> {
        self.attempt
            .check(account.as_ref().map(|account| &account.value))?;
        let hash = credential
            .as_ref()
            .and_then(|credential| credential.value.password.clone());
        let verdict = self
            .auth
            .passwords
            .verify(&self.login.password, hash)
            .await?;
        let (Some(account), Some(credential), true) = (account, credential, verdict.right) else {
            self.auth
                .app
                .store
                .sign_in_failed(self.call, self.owner, self.login.name.as_str())
                .await;
            return Err(Error::InvalidCredentials);
        };
        // Only now: without the password nobody learns how the account stands.
        if account.value.status != AccountStatus::Active {
            return Err(Error::AccountInactive);
        }
        Ok(Opened {
            account,
            credential,
            is_outdated: verdict.outdated,
        })
    }

    /// The device, if the account knows it; else it is a new one.
    fn device(&self, account: &Account) -> KnownDevice {
        self.known
            .clone()
            .filter(|device| account.known.contains(&device.mark))
            .unwrap_or_else(|| self.auth.new_device(account.user))
    }

    /// Starts the session. An outdated hash is made anew now, since only now the password is known.
    async fn start(&self, opened: &Opened, signing: &Keys) -> Result<Tokens, Error> {
        let (auth, call, account) = (self.auth, self.call, &opened.account);
        let device = self.device(&account.value);
        let session = auth.session(call, &account.value, self.login.device.clone(), &device);
        let mut transaction = Transaction::new();
        if opened.is_outdated {
            let password = auth.passwords.hash_again(&self.login.password).await?;
            let renewed = Credential {
                password: Some(password),
                updated_at: call.at,
                ..opened.credential.value.clone()
            };
            transaction.save(&opened.credential, renewed, &operation(call))?;
        }
        begin(auth, call, &mut transaction, account, &session, &device).await?;
        auth.table().commit(transaction).await?;
        auth.tokens(signing, &session, &device, call.at)
    }
}

/// A user's id that nobody has, always the same for the same name.
pub(super) fn decoy(name: &str) -> UserId {
    let hash = keys::hash(&[b"nobody", name.as_bytes()]);
    UserId::new(0, hash.first_chunk().copied().unwrap_or_default())
}

/// Who holds a guard of an account. An address that an account has given up is nobody's name.
pub(super) fn owner(guard: &Item) -> Option<UserId> {
    holder(guard)?.parse().ok()
}

async fn read(auth: &Auth, user: UserId) -> Result<Found, Error> {
    let (account, credential) = (keys::account(user), keys::credential(user));
    let items = auth
        .table()
        .get_many(&[account.clone(), credential.clone()], true)
        .await?;
    let account = items.get(&account).map(Stored::read).transpose()?;
    Ok((
        account,
        items.get(&credential).map(Stored::read).transpose()?,
    ))
}

/// Enters a new session into the account, which then knows the device. One session too many ends the
/// oldest; only then is anything else read.
async fn begin(
    auth: &Auth,
    call: &Call,
    transaction: &mut Transaction,
    account: &Stored<Account>,
    session: &Session,
    device: &KnownDevice,
) -> Result<(), Error> {
    let mut changed = account.value.clone();
    remember(&mut changed, device);
    changed.sessions.push(session.id);
    if changed.sessions.len() > Account::MAX_SESSIONS {
        let oldest = keys::session(changed.user, changed.sessions.remove(0));
        displace(auth, call, transaction, &oldest).await?;
    }
    transaction.save(account, changed, &operation(call))?;
    transaction.create(session.clone(), &operation(call), Error::Conflict)?;
    Ok(())
}

/// Ends a session for which there is no more room, unless it has ended already. It is marked and
/// not deleted: its end is an event, and what has events is never deleted in place.
async fn displace(
    auth: &Auth,
    call: &Call,
    transaction: &mut Transaction,
    session: &Key,
) -> Result<(), Error> {
    let session = auth
        .table()
        .get(session)
        .await?
        .as_ref()
        .map(Stored::<Session>::read)
        .transpose()?;
    if let Some(session) = session.filter(|session| session.value.is_live(call.at)) {
        transaction.save(
            &session,
            session.value.clone().ended(SessionEnd::Displaced, call.at),
            &operation(call),
        )?;
    }
    Ok(())
}
