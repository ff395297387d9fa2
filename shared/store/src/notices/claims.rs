//! Claims on mails and messages to devices: whoever holds the claim sends, and nobody sends what was sent.
//!
//! SES and push services know no idempotency token, so between their taking a mail and our note of it there is a moment
//! in which a crash makes the mail go out twice. The claim closes every other way to that: repeated deliveries, replays
//! of the stream, two instances at once.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `MAIL#<hash>` | `CLAIM` | a mail that is being or was sent |
//! | `PUSH#<hash>` | `CLAIM` | a message to a device that is being or was sent |

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure as OnFailure,
};
use domain::Error;
use domain::id::{DeviceId, base32};
use jiff::{SignedDuration, Timestamp};

use crate::key::{Key, hash, key};
use crate::table::{Item, Request, Table, failure, int, key_attributes, text};

/// The claim on one mail to one recipient.
pub fn mail_claim(event: &str, recipient: &str) -> Key {
    key(
        format!(
            "MAIL#{}",
            base32().encode(&hash(&[event.as_bytes(), recipient.as_bytes()]))
        ),
        "CLAIM",
    )
}

/// The claim on one message to one device.
pub fn device_claim(job: &str, device: DeviceId) -> Key {
    key(
        format!(
            "PUSH#{}",
            base32().encode(&hash(&[job.as_bytes(), &device.bytes()]))
        ),
        "CLAIM",
    )
}

/// How long a claim holds without a word from its holder: longer than a function may run.
const LEASE: SignedDuration = SignedDuration::from_secs(15);

/// How long a claim is remembered: longer than a queue or a stream keeps anything.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 30);

const CLAIMED: &str = "claimed";
const SENT: &str = "sent";
const REFUSED: &str = "refused";

/// What an attempt to claim a mail comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// The mail is the caller's to send.
    Held(Held),
    /// Another holds it, and may yet fail.
    Busy,
    /// It was sent, or refused for good.
    Settled,
}

/// A mail that is the holder's to send.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    key: Key,
    holder: [u8; 16],
}

impl Held {
    /// A name of the mail, unique among all mails, that tells nothing of its recipient.
    pub fn name(&self) -> &str {
        self.key
            .pk
            .split_once('#')
            .map_or(&self.key.pk, |(_, name)| name)
    }
}

/// How a mail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimOutcome<'a> {
    /// It was taken for delivery, under this id.
    Sent {
        /// The id that the mail service gave.
        message: &'a str,
    },
    /// It will never be taken.
    Refused {
        /// The mail service's word for why.
        reason: &'a str,
    },
    /// It was not taken now; whoever comes next may try.
    Postponed,
}

impl Table {
    /// Claims the mail about `event` to `recipient`.
    pub async fn claim_mail(
        &self,
        event: &str,
        recipient: &str,
        now: Timestamp,
    ) -> Result<Claim, Error> {
        self.claim(mail_claim(event, recipient), now).await
    }

    /// Claims the message of a job to a device.
    pub async fn claim_message(
        &self,
        job: &str,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<Claim, Error> {
        self.claim(device_claim(job, device), now).await
    }

    async fn claim(&self, key: Key, now: Timestamp) -> Result<Claim, Error> {
        let held = Held {
            key,
            holder: self.entropy.bytes(),
        };
        let request = Request::begin("PutItem");
        let answer = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item(&held, now)))
            .condition_expression(
                "attribute_not_exists(pk) OR (#state = :claimed AND #lease <= :now)",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_values(":claimed", text(CLAIMED))
            .expression_attribute_values(":now", int(now.as_millisecond()))
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
            .send()
            .await;
        let error = match answer {
            Ok(answer) => {
                request.wrote(answer.consumed_capacity());
                return Ok(Claim::Held(held));
            }
            Err(error) => error,
        };
        let Some(PutItemError::ConditionalCheckFailedException(refusal)) = error.as_service_error()
        else {
            return Err(failure("PutItem", error));
        };
        let claim = standing(refusal.item(), held);
        request.refused();
        Ok(claim)
    }

    /// Notes how a mail or message ended, unless another has taken the claim over meanwhile: then their word counts.
    pub async fn settle_mail(&self, held: &Held, outcome: ClaimOutcome<'_>) -> Result<(), Error> {
        let (state, name, value) = match outcome {
            ClaimOutcome::Sent { message } => (SENT, "message", text(message)),
            ClaimOutcome::Refused { reason } => (REFUSED, "reason", text(reason)),
            ClaimOutcome::Postponed => (CLAIMED, "lease", int(0)),
        };
        let update = self
            .update(&held.key)
            .update_expression("SET #state = :state, #name = :value")
            .condition_expression("#holder = :holder")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#name", name)
            .expression_attribute_names("#holder", "holder")
            .expression_attribute_values(":state", text(state))
            .expression_attribute_values(":value", value)
            .expression_attribute_values(":holder", bytes(held.holder));
        self.update_if(update).await.map(drop)
    }
}

fn bytes(bytes: [u8; 16]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

fn item(held: &Held, now: Timestamp) -> Item {
    let after = |duration| now.checked_add(duration).unwrap_or(Timestamp::MAX);
    let mut item = key_attributes(&held.key);
    item.insert("state".to_owned(), text(CLAIMED));
    item.insert("holder".to_owned(), bytes(held.holder));
    item.insert("lease".to_owned(), int(after(LEASE).as_millisecond()));
    item.insert("ttl".to_owned(), int(after(REMEMBERED).as_second()));
    item
}

/// What the claim that stands in the way means.
fn standing(there: Option<&Item>, held: Held) -> Claim {
    let there = |name: &str| there.and_then(|item| item.get(name));
    let state = there("state")
        .and_then(|state| state.as_s().ok())
        .map(String::as_str);
    if let Some(SENT | REFUSED) = state {
        return Claim::Settled;
    }
    // Our own claim: the answer to it was lost, and the SDK asked again.
    if there("holder") == Some(&bytes(held.holder)) {
        Claim::Held(held)
    } else {
        Claim::Busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(holder: u8) -> Held {
        Held {
            key: mail_claim("event", "ann@example.com"),
            holder: [holder; 16],
        }
    }

    #[test]
    fn a_claim_stands_in_the_way_of_others_until_it_is_settled() {
        let mut there = item(&held(1), Timestamp::UNIX_EPOCH);
        assert_eq!(standing(Some(&there), held(2)), Claim::Busy);
        for state in [SENT, REFUSED] {
            there.insert("state".to_owned(), text(state));
            assert_eq!(standing(Some(&there), held(2)), Claim::Settled);
        }
    }

    #[test]
    fn the_repetition_of_a_lost_answer_finds_its_own_claim() {
        let there = item(&held(1), Timestamp::UNIX_EPOCH);
        assert_eq!(standing(Some(&there), held(1)), Claim::Held(held(1)));
    }

    #[test]
    fn a_claim_makes_no_event_and_tells_no_address() {
        let held = held(1);
        let item = item(&held, Timestamp::UNIX_EPOCH);
        assert!(!item.contains_key("ev"));
        assert!(!format!("{item:?}").contains("ann"));
        assert!(
            held.name().bytes().all(|byte| byte.is_ascii_alphanumeric()) && held.name().len() == 26
        );
        assert_eq!(item["lease"], int(LEASE.as_millis()));
    }
}
