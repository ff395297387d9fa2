//! Notes of how requests with an idempotency key were answered, so that a repetition is known as one whatever happened
//! since: after any number of other changes, and when the request itself took the right to see what it changed.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `O#<user>` | `<operation>` | how a request of theirs was answered |

use domain::Error;
use domain::call::{Call, NotedAnswer};
use domain::feed::event::Source;
use domain::id::{UserId, base32};
use jiff::fmt::serde::timestamp;
use jiff::{SignedDuration, Timestamp};
use runtime::meter;
use serde::{Deserialize, Serialize};

use crate::key::{Key, key, person_part};
use crate::open::Principal;
use crate::record::{Operation, Place, Record};
use crate::store::Store;
use crate::token::Claimed;

/// How long a note holds. A client that repeats its request later than that makes a new one.
const HOLDS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Of an answer that has nothing to show.
const NO_CONTENT: u16 = 204;

/// The note of a person's request.
pub fn answered(user: UserId, operation: &[u8; 16]) -> Key {
    key(
        format!("O#{}", person_part(user)),
        base32().encode(operation),
    )
}

/// How a request was answered. It holds nothing of the answer itself: a thing is shown as far as the caller may see it
/// when they ask again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    user: UserId,
    operation: [u8; 16],
    fingerprint: [u8; 8],
    status: u16,
    /// What was opened, and its id: what the request named it by may be gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thing: Option<String>,
    /// Of a request with many operations: those that were done, each a bit, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parts: Option<String>,
    #[serde(with = "timestamp::millisecond::required")]
    until: Timestamp,
}

impl Answered {
    /// What the note says of this operation, and what was opened for it; nothing once its time is over.
    ///
    /// # Errors
    /// `IdempotencyKeyReused` if another request was made under the key. `Answered` if the answer showed nothing, so
    /// that it is given again without a look at anything else.
    pub(crate) fn judge(self, principal: Principal) -> Result<Principal, Error> {
        let operation = principal.operation;
        if principal.at >= self.until {
            return Ok(principal);
        }
        if self.fingerprint != operation.fingerprint {
            return Err(Error::IdempotencyKeyReused);
        }
        // What was not done then may be done now, and is to be noted too.
        let whole = self.parts.is_none();
        meter::note(|totals| (totals.replayed, totals.noted) = (true, whole));
        if self.status == NO_CONTENT {
            meter::note(|totals| totals.done = true);
            return Err(Error::Answered);
        }
        let parts = self.parts.as_deref().map(|parts| {
            // What cannot be read says that nothing was done, which the items themselves then know better.
            u128::from_str_radix(parts, 16).unwrap_or_default()
        });
        Ok(Principal {
            operation: operation.answered(parts),
            noted: self.thing,
            ..principal
        })
    }
}

impl Record for Answered {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(answered(self.user, &self.operation)).until(self.until)
    }
}

impl Store {
    /// Notes how the call's request was answered. The caller was admitted: the token is theirs.
    pub async fn note_answer(&self, call: &Call, answer: NotedAnswer) -> Result<(), Error> {
        let user = Claimed::of(call)?.user;
        let operation = Operation::of(call, user);
        let until = call.at.checked_add(HOLDS).unwrap_or(Timestamp::MAX);
        let note = Answered {
            user,
            operation: operation.id,
            fingerprint: operation.fingerprint,
            status: answer.status,
            thing: answer.thing,
            parts: answer.parts.map(|parts| format!("{parts:x}")),
            until,
        };
        self.table.put(note, &operation).await
    }
}
