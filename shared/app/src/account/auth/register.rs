//! Signing up: the account, its first session, its personal organization, and what else it comes with.

use domain::Error;
use domain::access::OrgRole;
use domain::account::{Account, AccountStatus, Credential, Profile, Purpose, Session};
use domain::call::Call;
use domain::id::{OrgId, Tag, UserId, base32};
use domain::membership::organization::{Card, OrgKind, Organization, Restricted, Settings};
use domain::membership::retired::Retired;
use domain::text::{DeviceName, Email, FullName, Name as OrgName, Slug, Username};
use store::keys::{self, Holder};
use store::record::Operation;
use store::transaction::Transaction;
use store::write::is_free;

use super::attempts::remember;
use super::password::context_words;
use super::{Auth, Password, Tokens, invitation, operation};
use crate::membership::invitation::admission::OfferedPlace;
use crate::retry;
use crate::secret::Keys;

/// Who signs up.
pub struct NewAccount {
    /// Their address.
    pub email: Email,
    /// Their password.
    pub password: Password,
    /// The name they want; without one they get one.
    pub username: Option<Username>,
    /// What they are called.
    pub full_name: Option<FullName>,
    /// The token of an invitation that they accept with it.
    pub invite_token: Option<String>,
    /// An organization that they found with it.
    pub organization: Option<FirstOrganization>,
    /// What the device calls itself.
    pub device: Option<DeviceName>,
}

/// An organization that comes with an account.
#[derive(Debug, Clone)]
pub struct FirstOrganization {
    /// What it is called.
    pub name: OrgName,
    /// The part of an address that names it.
    pub slug: Slug,
}

/// What signing up has made.
pub struct Registered {
    /// The account.
    pub account: Account,
    /// What others see of the person.
    pub profile: Profile,
    /// The organization that they founded or joined; else their personal one.
    pub org: Organization,
    /// Their role in it.
    pub role: OrgRole,
    /// The tokens of their first session.
    pub tokens: Tokens,
}

/// An account, and where its person works first.
struct FirstPlace {
    account: Account,
    org: Organization,
    role: OrgRole,
}

/// Makes an account with everything that belongs to it, or nothing.
///
/// # Errors
/// `EmailTaken`, `UsernameTaken`, `SlugTaken`, `NameTaken`; `Invalid` for a weak password; for an invitation
/// `TokenGone`, `AlreadyAccepted`, `EmailMismatch`.
pub async fn register_account(
    auth: &Auth,
    call: &Call,
    new: NewAccount,
) -> Result<Registered, Error> {
    let (counted, free, signing) = tokio::join!(
        auth.count_address(call),
        free(auth, call, &new),
        auth.keys(call.at)
    );
    counted?;
    free?;
    let signing = signing?;
    let hash = auth
        .passwords
        .hash_new("password", &new.password, words(&new))
        .await?;
    // A name or tag that was drawn and is taken is drawn again.
    retry::contended(|| async {
        Draft::new(auth, call, &new)?
            .register(&hash, &signing)
            .await
    })
    .await
}

/// Looks whether the names are free before a password is hashed for nothing. The transaction decides.
async fn free(auth: &Auth, call: &Call, new: &NewAccount) -> Result<(), Error> {
    let mut guards = vec![(keys::email_guard(&new.email), Error::EmailTaken)];
    guards.extend(
        new.username
            .as_ref()
            .map(|name| (keys::username_guard(name), Error::UsernameTaken)),
    );
    if let Some(org) = &new.organization {
        guards.push((keys::slug_guard(&org.slug), Error::SlugTaken));
        guards.push((
            keys::organization_name_guard(org.name.as_str()),
            Error::NameTaken,
        ));
    }
    let wanted: Vec<_> = guards.iter().map(|(key, _)| key.clone()).collect();
    let taken = auth.table().get_many(&wanted, true).await?;
    guards
        .into_iter()
        .find(|(key, _)| !is_free(taken.get(key), call.at))
        .map_or(Ok(()), |(_, error)| Err(error))
}

/// The words that a guesser of this password tries first.
fn words(new: &NewAccount) -> Vec<String> {
    let mut words: Vec<String> = context_words(&new.email).collect();
    words.extend(new.username.as_ref().map(Username::to_string));
    words.extend(new.full_name.as_ref().map(FullName::to_string));
    words.extend(new.organization.as_ref().map(|org| org.name.to_string()));
    words
}

/// A username made of an address, with a random tail.
fn drawn_username(email: &Email, tail: &str) -> Result<Username, Error> {
    let local = email.as_str().split(['@', '+']).next().unwrap_or_default();
    let plain = local
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'));
    let base: String = plain
        .skip_while(|c| !c.is_ascii_alphanumeric())
        .take(20)
        .collect();
    let base = if base.is_empty() { "user" } else { &base };
    format!("{base}-{tail}")
        .parse()
        .map_err(|_| Error::Internal("a drawn username is none".to_owned()))
}

/// One attempt, with everything in it that is drawn by lot.
struct Draft<'a> {
    auth: &'a Auth,
    call: &'a Call,
    new: &'a NewAccount,
    operation: Operation,
    tail: String,
    profile: Profile,
    transaction: Transaction,
}

impl<'a> Draft<'a> {
    fn new(auth: &'a Auth, call: &'a Call, new: &'a NewAccount) -> Result<Self, Error> {
        let entropy = &auth.app.entropy;
        let tail: String = base32()
            .encode(&entropy.bytes::<5>())
            .chars()
            .take(6)
            .collect();
        let millis = u64::try_from(call.at.as_millisecond()).unwrap_or_default();
        let profile = Profile {
            user: UserId::new(millis, entropy.bytes()),
            username: new
                .username
                .clone()
                .map_or_else(|| drawn_username(&new.email, &tail), Ok)?,
            full_name: new.full_name.clone(),
            bio: None,
            timezone: None,
            locale: None,
            preferences: None,
            created_at: call.at,
            updated_at: call.at,
        };
        Ok(Self {
            auth,
            call,
            new,
            operation: operation(call),
            tail,
            profile,
            transaction: Transaction::new(),
        })
    }

    async fn register(mut self, hash: &str, signing: &Keys) -> Result<Registered, Error> {
        self.person(hash)?;
        let personal = self.found_personal()?;
        let FirstPlace {
            mut account,
            org,
            role,
        } = self.place(personal).await?;
        let device = self.auth.new_device(account.user);
        let session = self
            .auth
            .session(self.call, &account, self.new.device.clone(), &device);
        account.sessions.push(session.id);
        remember(&mut account, &device);
        if !account.email_verified {
            self.ask_for_proof(&account)?;
        }
        self.enter(account.clone(), session.clone())?;
        self.auth.table().commit(self.transaction).await?;
        let tokens = self.auth.tokens(signing, &session, &device, self.call.at)?;
        Ok(Registered {
            account,
            profile: self.profile,
            org,
            role,
            tokens,
        })
    }

    /// The token by which they show that the address is theirs.
    fn ask_for_proof(&mut self, account: &Account) -> Result<(), Error> {
        let token = self.auth.one_time(
            self.call,
            account,
            Purpose::VerifyEmail,
            account.email.clone(),
        );
        self.transaction
            .create(token, &self.operation, Error::Conflict)
            .map(drop)
    }

    /// The account, its place among all there are, and its first session.
    fn enter(&mut self, account: Account, session: Session) -> Result<(), Error> {
        let user = account.user;
        self.transaction
            .create(account, &self.operation, Error::Conflict)?;
        self.transaction
            .register(Holder::Person(user), user.to_string());
        self.transaction
            .create(session, &self.operation, Error::Conflict)
            .map(drop)
    }

    /// The guards of their names, what others see of them, and their password.
    fn person(&mut self, hash: &str) -> Result<(), Error> {
        let (user, owner) = (self.profile.user, self.profile.user.to_string());
        // A name that was drawn is drawn again; a name that they want is theirs to change.
        let taken = if self.new.username.is_some() {
            Error::UsernameTaken
        } else {
            Error::Conflict
        };
        // First: of several acts that are refused the first names the error.
        self.transaction.take(
            keys::email_guard(&self.new.email),
            &owner,
            self.call.at,
            Error::EmailTaken,
        );
        self.transaction
            .claim(keys::username_guard(&self.profile.username), &owner, taken);
        self.transaction
            .create(self.profile.clone(), &self.operation, Error::Conflict)?;
        let credential = Credential {
            user,
            password: Some(hash.to_owned()),
            updated_at: self.call.at,
        };
        self.transaction
            .create(credential, &self.operation, Error::Conflict)
            .map(drop)
    }

    fn found_personal(&mut self) -> Result<Organization, Error> {
        let called = self
            .profile
            .full_name
            .as_ref()
            .map_or(self.profile.username.as_str(), FullName::as_str);
        let name: String = called.chars().take(OrgName::MAX).collect();
        let name = name.parse().map_err(|_| {
            Error::Internal("a person's name is none for their organization".to_owned())
        })?;
        // A username that was drawn has the tail already.
        let salt = self.new.username.as_ref().map(|_| self.tail.as_str());
        let slug = Slug::suggest(self.profile.username.as_str(), salt);
        self.found(OrgKind::Personal, name, slug)
    }

    /// An organization of which they are the owner.
    fn found(&mut self, kind: OrgKind, name: OrgName, slug: Slug) -> Result<Organization, Error> {
        let (user, at, id) = (self.profile.user, self.call.at, self.draw_org());
        self.claim_names(id, kind, &name, &slug);
        let org = Organization {
            id,
            kind,
            name,
            slug,
            email: None,
            email_verified: false,
            settings: Settings::default(),
            restricted: Restricted::none(),
            retired_labels: Retired::default(),
            created_at: at,
            created_by: user,
            updated_at: at,
            updated_by: user,
            deleted_at: None,
        };
        let card = Card::new(id, &self.profile, OrgRole::Owner, at);
        self.transaction
            .create(card, &self.operation, Error::Conflict)?;
        self.transaction
            .register(Holder::Tenant(id.tag()), id.to_string());
        Ok(self
            .transaction
            .create(org, &self.operation, Error::Conflict)?
            .value)
    }

    /// An organization's id, its tag with it.
    fn draw_org(&self) -> OrgId {
        let entropy = &self.auth.app.entropy;
        OrgId::new(Tag::from_bytes(entropy.bytes()), entropy.bytes())
    }

    /// The guards of an organization's names. Personal ones are called like their people, who may
    /// share a name.
    fn claim_names(&mut self, id: OrgId, kind: OrgKind, name: &OrgName, slug: &Slug) {
        let personal = kind == OrgKind::Personal;
        // A slug that was drawn is drawn again; one that they want is theirs to change.
        let taken = if personal {
            Error::Conflict
        } else {
            Error::SlugTaken
        };
        self.transaction
            .claim(keys::slug_guard(slug), id.to_string(), taken);
        if !personal {
            self.transaction.claim(
                keys::organization_name_guard(name.as_str()),
                id.to_string(),
                Error::NameTaken,
            );
        }
    }

    fn account(&self, personal: OrgId) -> Account {
        Account {
            user: self.profile.user,
            status: AccountStatus::Active,
            email: self.new.email.clone(),
            email_verified: false,
            username: self.profile.username.clone(),
            epoch: 0,
            orgs: vec![personal],
            default_org: personal,
            sessions: vec![],
            known: vec![],
            former: vec![],
            vouches_since: None,
            created_at: self.call.at,
            updated_at: self.call.at,
        }
    }

    /// The account, and where they work first: in what they found or join, else in their personal organization.
    async fn place(&mut self, personal: Organization) -> Result<FirstPlace, Error> {
        let mut account = self.account(personal.id);
        if let Some(FirstOrganization { name, slug }) = self.new.organization.clone() {
            let org = self.found(OrgKind::Team, name, slug)?;
            account.join(org.id)?;
            return Ok(FirstPlace {
                account,
                org,
                role: OrgRole::Owner,
            });
        }
        let Some(token) = &self.new.invite_token else {
            return Ok(FirstPlace {
                account,
                org: personal,
                role: OrgRole::Owner,
            });
        };
        self.accept(token, account).await
    }

    /// Joins the organization to which an invitation is.
    async fn accept(&mut self, token: &str, mut account: Account) -> Result<FirstPlace, Error> {
        let invitation = invitation::held(self.auth, self.call, token, &account.email).await?;
        let place = OfferedPlace::read(&self.auth.app, &invitation.value, account.user).await?;
        let joined = place.join(
            &mut self.transaction,
            &invitation,
            &self.profile,
            &self.operation,
            self.call.at,
        )?;
        account.join(joined.org.id)?;
        // The token came to the address, so the address is theirs.
        account.email_verified = true;
        Ok(FirstPlace {
            account,
            org: joined.org,
            role: joined.role,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_address_makes_a_username() {
        for (email, name) in [
            ("ann@example.com", "ann-000000"),
            ("ann.lee+tag@example.com", "ann.lee-000000"),
            ("_._@example.com", "user-000000"),
            (
                "a-very-long-local-part-of-an-address@example.com",
                "a-very-long-local-pa-000000",
            ),
        ] {
            let email: Email = email.parse().unwrap();
            assert_eq!(drawn_username(&email, "000000").unwrap().as_str(), name);
        }
    }
}
