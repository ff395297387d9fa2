//! Which changes are worth a mail.

use app::notices::mail::MailJob;
use domain::account::{Account, SessionEnd};
use domain::membership::invitation::InvitationState;
use store::feed::stream::{Change, MailCause, Pair};

/// The mails that follow from a change.
pub fn jobs(change: &Change) -> Vec<MailJob> {
    claimed(change)
        .into_iter()
        .chain(released(change))
        .chain(job(change))
        .collect()
}

/// That a person may write to others from now on.
fn released(change: &Change) -> Option<MailJob> {
    let Some(MailCause::Account(Pair {
        before: Some(before),
        after,
    })) = &change.subject
    else {
        return None;
    };
    let released = after.email_verified && !before.email_verified;
    released.then(|| MailJob::HeldInvitations {
        event: change.event.clone(),
        user: after.user,
    })
}

/// That an account is its owner's from now on, and what they find in it.
fn claimed(change: &Change) -> Option<MailJob> {
    let Some(MailCause::Account(pair)) = &change.subject else {
        return None;
    };
    // An account that is taken back was its owner's before.
    let new = pair
        .before
        .as_ref()
        .is_some_and(|before| !before.email_verified);
    let since = pair
        .after
        .vouches_since
        .filter(|_| new && pair.turned(|account| &account.vouches_since));
    since.map(|_| MailJob::AccountClaimed {
        event: change.event.clone(),
        user: pair.after.user,
    })
}

/// That an account has another address; goes to the old one.
fn address_changed(event: String, pair: Pair<Account>) -> Option<MailJob> {
    let before = pair.before?;
    let new_one = pair
        .after
        .former
        .last()
        .filter(|one| !before.former.iter().any(|other| other.id == one.id));
    let (change, user) = (new_one.map(|one| one.id.clone()), pair.after.user);
    let (old, new) = (before.email, pair.after.email);
    // One that nobody has confirmed may be a stranger's.
    (old != new && before.email_verified).then_some(MailJob::EmailChanged {
        event,
        user,
        old,
        new,
        change,
    })
}

fn job(change: &Change) -> Option<MailJob> {
    let event = change.event.clone();
    match change.subject.clone()? {
        MailCause::OneTime(pair) => {
            let fresh = pair.turned(|token| &token.nonce);
            fresh.then_some(MailJob::OneTime {
                event,
                user: pair.after.user,
                purpose: pair.after.purpose,
            })
        }
        MailCause::Invitation(pair) => {
            let fresh = pair.turned(|invitation| &invitation.nonce);
            let waits = pair.after.state == InvitationState::Pending;
            (fresh && waits).then_some(MailJob::Invitation {
                event,
                id: pair.after.id,
            })
        }
        MailCause::Account(pair) => address_changed(event, pair),
        MailCause::Session(pair) => {
            let stolen =
                pair.after.end == Some(SessionEnd::Reuse) && pair.turned(|session| &session.end);
            stolen.then_some(MailJob::TokenReused {
                event,
                user: pair.after.user,
                session: pair.after.id,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::dynamodb::{Event, EventRecord};
    use domain::account::Purpose;

    use store::record::ROW;

    use super::*;

    fn records() -> Vec<EventRecord> {
        serde_json::from_str::<Event>(include_str!("../../../events/fanout.stream.json"))
            .unwrap()
            .records
    }

    fn follows(record: EventRecord) -> Option<MailJob> {
        let (before, after) = (record.change.old_image, record.change.new_image);
        Change::read(&kinds::all(), &record.event_id, before, after)
            .unwrap()
            .as_ref()
            .and_then(job)
    }

    #[test]
    fn every_kind_of_mail_follows_from_its_change() {
        let jobs: Vec<_> = records().into_iter().map(follows).collect();
        let [
            Some(token),
            Some(invitation),
            Some(address),
            Some(session),
            None,
        ] = jobs.as_slice()
        else {
            panic!("{jobs:?}");
        };
        assert!(matches!(
            token,
            MailJob::OneTime {
                purpose: Purpose::VerifyEmail,
                ..
            }
        ));
        assert_eq!(token.event(), records()[0].event_id);
        assert!(matches!(invitation, MailJob::Invitation { .. }));
        let MailJob::EmailChanged { old, new, .. } = address else {
            panic!("{address:?}")
        };
        assert_eq!(
            (old.as_str(), new.as_str()),
            ("ann@example.com", "ann@example.org")
        );
        assert!(matches!(session, MailJob::TokenReused { .. }));
    }

    #[test]
    fn nothing_follows_when_nothing_worth_a_mail_has_changed() {
        for mut record in records() {
            record.change.old_image = record.change.new_image.clone();
            assert_eq!(follows(record), None);
        }
    }

    #[test]
    fn an_answered_invitation_is_not_mailed() {
        let mut record = records().swap_remove(1);
        let row = record.change.new_image.get_mut(ROW).unwrap();
        let serde_dynamo::AttributeValue::M(row) = row else {
            panic!("{row:?}")
        };
        row.insert(
            "state".to_owned(),
            serde_dynamo::AttributeValue::S("revoked".to_owned()),
        );
        assert_eq!(follows(record), None);
    }
}
