//! How things are when a mail is written, and whether it is still to be.
//!
//! Queues deliver late, twice and out of order. So a job only names what it is about, and what has been used, answered,
//! taken back or replaced meanwhile makes no mail.

use std::collections::HashMap;

use app::membership::vouching::good_invitations;
use app::notices::mail::{MailJob, OneTimeToken};
use domain::Error;
use domain::account::{Account, AccountStatus, OneTime, Profile, Purpose, Session};
use domain::id::{InvitationId, OrgId, SessionId, Tag, UserId};
use domain::membership::invitation::{HeldInvitation, Invitation, InvitationState};
use domain::membership::organization::{Card, Organization};
use domain::text::Email;
use jiff::Timestamp;
use queue::Message;
use store::keys::{self, Key};
use store::record::{Record, Stored, find_value};
use store::table::Item;

use crate::Mailer;
use crate::letter::{self, Mail};

/// The most invitations of one person that wait for their address to be verified: what they may send in seven days.
const MOST_HELD: usize = 400;

/// A person to whom a letter goes, and what else was read.
struct Recipient {
    account: Account,
    profile: Option<Profile>,
    found: Found,
}

/// What was read, by key.
pub(crate) struct Found(HashMap<Key, Item>);

impl Found {
    /// What was read.
    pub fn new(items: HashMap<Key, Item>) -> Self {
        Self(items)
    }

    pub fn one<T: Record>(&self, key: &Key) -> Result<Option<T>, Error> {
        find_value(&self.0, key)
    }

    /// What was read under a key, if there is one.
    pub fn maybe<T: Record>(&self, key: Option<Key>) -> Result<Option<T>, Error> {
        key.map_or(Ok(None), |key| self.one(&key))
    }

    /// The organization of a tag and a person's card in it, if it is there and they belong to it.
    pub fn place(&self, tag: Tag, user: UserId) -> Result<Option<(Organization, Card)>, Error> {
        let organization = self
            .one::<Organization>(&keys::organization(tag))?
            .filter(|org| org.deleted_at.is_none());
        let card = self
            .one::<Card>(&keys::card(tag, user))?
            .filter(Card::is_live);
        Ok(organization.zip(card))
    }
}

impl Mailer {
    /// The mail that a job asks for; none if it is void by now.
    pub(crate) async fn compose(
        &self,
        job: &MailJob,
        now: Timestamp,
    ) -> Result<Option<Mail>, Error> {
        match job {
            MailJob::OneTime { user, purpose, .. } => self.one_time(*user, *purpose, now).await,
            MailJob::Invitation { id, .. } => self.invitation(*id, now).await,
            // Each becomes a job of its own before it comes to letters.
            MailJob::HeldInvitations { .. } => Ok(None),
            MailJob::EmailChanged {
                user,
                old,
                new,
                change,
                ..
            } => {
                self.email_changed(*user, old, new, change.as_deref(), now)
                    .await
            }
            MailJob::AccountClaimed { user, .. } => self.account_claimed(*user).await,
            MailJob::TokenReused { user, session, .. } => self.token_reused(*user, *session).await,
            MailJob::Notification { user, id, .. } => self.notification(*user, *id, now).await,
        }
    }

    /// A person's account and profile, and one thing more; none if there is no such person.
    async fn person(&self, user: UserId, more: &[Key]) -> Result<Option<Recipient>, Error> {
        let (account, profile) = (keys::account(user), keys::profile(user));
        let keys = [&[account.clone(), profile.clone()], more].concat();
        let found = Found(self.table().get_many(&keys, true).await?);
        Ok(match found.one(&account)? {
            Some(account) => Some(Recipient {
                account,
                profile: found.one(&profile)?,
                found,
            }),
            None => None,
        })
    }

    async fn one_time(
        &self,
        user: UserId,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Option<Mail>, Error> {
        let key = keys::one_time(user, purpose);
        let Some(Recipient {
            account,
            profile,
            found,
        }) = self.person(user, std::slice::from_ref(&key)).await?
        else {
            return Ok(None);
        };
        let Some(token) = found
            .one::<OneTime>(&key)?
            .filter(|token| is_wanted(token, &account, now))
        else {
            return Ok(None);
        };
        let action = self.links.one_time(
            purpose,
            &OneTimeToken::of_one_time(&*self.secrets.keys().await?, &token),
        );
        letter::one_time(&token, &account, profile.as_ref(), action).map(Some)
    }

    async fn invitation(&self, id: InvitationId, now: Timestamp) -> Result<Option<Mail>, Error> {
        let Some((invitation, organization)) = self.pending(id, now).await? else {
            return Ok(None);
        };
        let sender = invitation.voucher().user;
        let Some(Recipient {
            account,
            profile: inviter,
            ..
        }) = self.person(sender, &[]).await?
        else {
            return Ok(None);
        };
        let good = good_invitations(self.table(), std::iter::once(&invitation)).await?;
        // Whoever has not shown that their own address is theirs writes to nobody; it is held until they have.
        if !account.email_verified || good.is_empty() {
            return Ok(None);
        }
        let action = self.links.invitation(&OneTimeToken::of_invitation(
            &*self.secrets.keys().await?,
            &invitation,
        ));
        letter::invitation(&invitation, &organization, inviter.as_ref(), action).map(Some)
    }

    /// An invitation that can still be accepted, and its organization.
    async fn pending(
        &self,
        id: InvitationId,
        now: Timestamp,
    ) -> Result<Option<(Invitation, Organization)>, Error> {
        let (key, organization) = (keys::invitation(id), keys::organization(id.tag()));
        let found = Found(
            self.table()
                .get_many(&[key.clone(), organization.clone()], true)
                .await?,
        );
        let invitation = found.one::<Invitation>(&key)?;
        let organization = found.one::<Organization>(&organization)?;
        Ok(invitation
            .filter(|invitation| invitation.state_at(now) == InvitationState::Pending)
            .zip(organization.filter(|organization| organization.deleted_at.is_none())))
    }

    /// A job for each of a person's invitations that were held back. Each is looked at once more before it is written.
    pub(crate) async fn release(&self, event: &str, user: UserId) -> Result<(), Error> {
        let rows = self
            .table()
            .query(&keys::held_invitations(user).limit(MOST_HELD))
            .await?;
        let held = rows
            .items
            .iter()
            .map(Stored::<HeldInvitation>::read)
            .collect::<Result<Vec<_>, Error>>()?;
        let job = |held: Stored<HeldInvitation>| {
            let id = held.value.invitation;
            Message::new(&MailJob::Invitation {
                event: format!("{event} {id}"),
                id,
            })
        };
        let messages = held
            .into_iter()
            .map(job)
            .collect::<Result<Vec<_>, Error>>()?;
        self.queue
            .send(&messages)
            .await
            .map_err(|_| Error::Unavailable)
    }

    /// To the old address; with the way back, if it is one, unless that was used or voided meanwhile.
    async fn email_changed(
        &self,
        user: UserId,
        old: &Email,
        new: &Email,
        change: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<Mail>, Error> {
        let Some(Recipient {
            account, profile, ..
        }) = self.person(user, &[]).await?
        else {
            return Ok(None);
        };
        let Some(change) = change else {
            return letter::email_changed(&account, profile.as_ref(), old, new, None).map(Some);
        };
        let former = account
            .former
            .iter()
            .find(|one| one.id == change && one.email == *old && now < one.until);
        let Some(former) = former else {
            return Ok(None);
        };
        let token = OneTimeToken::of_former(&*self.secrets.keys().await?, user, former);
        let back = token.map(|token| (self.links.revert(&token), former.until));
        letter::email_changed(&account, profile.as_ref(), old, new, back).map(Some)
    }

    /// What belongs to the account that somebody has made theirs: where it is a member, and as what.
    async fn account_claimed(&self, user: UserId) -> Result<Option<Mail>, Error> {
        let Some(Recipient {
            account, profile, ..
        }) = self.person(user, &[]).await?
        else {
            return Ok(None);
        };
        let places = self.places(user, &account.orgs).await?;
        letter::account_claimed(&account, profile.as_ref(), &places).map(Some)
    }

    /// Those of the organizations to which a person belongs now, each with their card.
    async fn places(
        &self,
        user: UserId,
        orgs: &[OrgId],
    ) -> Result<Vec<(Organization, Card)>, Error> {
        let of = |org: &OrgId| [keys::organization(org.tag()), keys::card(org.tag(), user)];
        let wanted: Vec<Key> = orgs.iter().flat_map(of).collect();
        let found = Found(self.table().get_many(&wanted, true).await?);
        let mut places = vec![];
        for org in orgs {
            places.extend(found.place(org.tag(), user)?);
        }
        Ok(places)
    }

    async fn token_reused(&self, user: UserId, session: SessionId) -> Result<Option<Mail>, Error> {
        let key = keys::session(user, session);
        let Some(Recipient {
            account,
            profile,
            found,
        }) = self.person(user, std::slice::from_ref(&key)).await?
        else {
            return Ok(None);
        };
        let session = found.one::<Session>(&key)?;
        letter::token_reused(&account, profile.as_ref(), session.as_ref()).map(Some)
    }
}

/// Whether a token can still do what it is for.
fn is_wanted(token: &OneTime, account: &Account, now: Timestamp) -> bool {
    let done = token.purpose == Purpose::VerifyEmail && account.email_verified;
    token.is_usable(account, now) && !done && account.status == AccountStatus::Active
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn account(email: &str, verified: bool, status: &str) -> Account {
        let user = UserId::new(1, [7; 10]);
        let org = domain::id::OrgId::new(domain::id::Tag::from_bytes([1; 5]), [2; 11]);
        let account = json!({
            "user": user, "status": status, "email": email, "email_verified": verified, "username": "ann", "epoch": 0,
            "orgs": [org], "default_org": org, "created_at": 0, "updated_at": 0,
        });
        serde_json::from_value(account).unwrap()
    }

    fn token(purpose: Purpose, email: &str) -> OneTime {
        let token = json!({
            "user": UserId::new(1, [7; 10]), "purpose": purpose, "email": email, "nonce": "n", "created_at": 0,
            "expires_at": 1000, "epoch": 0,
        });
        serde_json::from_value(token).unwrap()
    }

    #[test]
    fn a_token_that_can_do_nothing_any_more_is_not_mailed() {
        use Purpose::{ChangeEmail, ResetPassword, VerifyEmail};
        let (own, other) = ("ann@example.com", "ann@example.org");
        let cases = [
            (VerifyEmail, own, false, "active", 999, true),
            (VerifyEmail, own, false, "active", 1000, false),
            (VerifyEmail, own, true, "active", 0, false),
            (VerifyEmail, other, false, "active", 0, false),
            (ResetPassword, own, true, "active", 0, true),
            (ResetPassword, other, true, "active", 0, false),
            (ResetPassword, own, true, "suspended", 0, false),
            (ChangeEmail, other, true, "active", 0, true),
            (ChangeEmail, own, true, "active", 0, false),
        ];
        for (purpose, email, verified, status, now, wanted) in cases {
            let now = Timestamp::from_millisecond(now).unwrap();
            let is_wanted = is_wanted(&token(purpose, email), &account(own, verified, status), now);
            assert_eq!(
                is_wanted, wanted,
                "{purpose:?} {email} {verified} {status} {now}"
            );
        }
        let used = OneTime {
            used_at: Some(Timestamp::UNIX_EPOCH),
            ..token(ResetPassword, own)
        };
        assert!(!is_wanted(
            &used,
            &account(own, true, "active"),
            Timestamp::UNIX_EPOCH
        ));
        let later = Account {
            epoch: 1,
            ..account(own, true, "active")
        };
        assert!(!is_wanted(
            &token(ResetPassword, own),
            &later,
            Timestamp::UNIX_EPOCH
        ));
    }
}
