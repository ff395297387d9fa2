//! Signing in.

use domain::Error;
use domain::account::{Account, AccountStatus, Credential, Session, SessionEnd};
use domain::call::Call;
use domain::id::UserId;
use domain::text::DeviceName;
use store::keys;
use store::record::Stored;
use store::table::Item;
use store::transaction::Transaction;
use store::write::holder;

use super::attempts::{KnownDevice, remember};
use super::{Auth, LoginName, Password, Tokens, operation};
use crate::retry;

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
    let (attempt, mut first) = (attempt?, Some(read_first?));
    retry::contended(|| {
        let first = first.take();
        let (attempt, known, login, signing) = (&attempt, &known, &login, &signing);
        async move {
            let (account, credential) = match first {
                Some(first) => first,
                None => read(auth, user).await?,
            };
            attempt.check(account.as_ref().map(|account| &account.value))?;
            let hash = credential
                .as_ref()
                .and_then(|credential| credential.value.password.clone());
            let verdict = auth.passwords.verify(&login.password, hash).await?;
            let (Some(account), Some(credential), true) = (account, credential, verdict.right)
            else {
                auth.app
                    .store
                    .sign_in_failed(call, owner, login.name.as_str())
                    .await;
                return Err(Error::InvalidCredentials);
            };
            if account.value.status != AccountStatus::Active {
                return Err(Error::AccountInactive);
            }
            let device = known
                .clone()
                .filter(|device| account.value.known.contains(&device.mark));
            let device = device.unwrap_or_else(|| auth.new_device(user));
            let session = auth.session(call, &account.value, login.device.clone(), &device);
            let mut transaction = Transaction::new();
            if verdict.outdated {
                let password = auth.passwords.hash_again(&login.password).await?;
                let renewed = Credential {
                    password: Some(password),
                    updated_at: call.at,
                    ..credential.value.clone()
                };
                transaction.save(&credential, renewed, &operation(call))?;
            }
            begin(auth, call, &mut transaction, &account, &session, &device).await?;
            auth.table().commit(transaction).await?;
            auth.tokens(signing, &session, &device, call.at)
        }
    })
    .await
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

async fn read(
    auth: &Auth,
    user: UserId,
) -> Result<(Option<Stored<Account>>, Option<Stored<Credential>>), Error> {
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
        let oldest = auth
            .table()
            .get(&oldest)
            .await?
            .as_ref()
            .map(Stored::<Session>::read)
            .transpose()?;
        if let Some(oldest) = oldest.filter(|oldest| oldest.value.is_live(call.at)) {
            transaction.save(
                &oldest,
                oldest.value.clone().ended(SessionEnd::Displaced, call.at),
                &operation(call),
            )?;
        }
    }
    transaction.save(account, changed, &operation(call))?;
    transaction.create(session.clone(), &operation(call), Error::Conflict)?;
    Ok(())
}
