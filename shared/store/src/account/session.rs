//! Sessions, and the exchange of their refresh tokens: one conditional write, and no read.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `U#<user>` | `S#<session>` | a session |

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure as OnFailure;
use domain::Error;
use domain::account::Session;
use domain::feed::event::Source;
use domain::id::{SessionId, UserId};
use jiff::{SignedDuration, Timestamp};

use crate::key::{Key, key, user_partition};
use crate::record::{Place, Record, Stored, told};
use crate::table::{Table, Updated, int, text};

/// A session.
pub fn session(user: UserId, session: SessionId) -> Key {
    key(user_partition(user), format!("S#{session}"))
}

impl Record for Session {
    const EVENT: Option<Source> = Some(Source::Session);
    told!();

    /// The exchange of a refresh token counts the turns and, with them, the versions.
    fn unnoted(&self) -> u64 {
        self.turn
    }

    fn place(&self) -> Place {
        // A day more than it lives, so that a late refresh is told "expired" and not "nobody".
        let sweep = self
            .expires_at
            .checked_add(SignedDuration::from_hours(24))
            .unwrap_or(self.expires_at);
        Place::at(session(self.user, self.id)).until(sweep)
    }
}

/// The refresh token that a session is to be turned from.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Whose session.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// Which of its tokens this is.
    pub turn: u64,
    /// The session's seed, as the token knows it.
    pub seed: String,
}

/// What became of an exchange.
#[derive(Debug, Clone)]
pub enum Turned {
    /// The next token is the present one now.
    Next,
    /// It is not the present token of a live session. The session as it is, if it is there.
    Refused(Option<Box<Stored<Session>>>),
}

impl Table {
    /// Makes the token after `from` the present one, if `from` is that, its seed is right and the session is live.
    ///
    /// The write is not known by an operation: a lost answer shows as a session that is one turn on since a moment.
    // In one piece: one update, whose condition, names and values are read side by side.
    pub async fn turn(
        &self,
        from: &Turn,
        now: Timestamp,
        idle_until: Timestamp,
    ) -> Result<Turned, Error> {
        // A turn is a version too, so that nobody saves the session as it was before.
        let update = self
            .update(&session(from.user, from.session))
            .update_expression("SET #turn = :next, #turned = :now, #idle = :idle, #version = #version + :one")
            .condition_expression(
                "#turn = :turn AND #seed = :seed AND attribute_not_exists(#ended) AND #idle > :now AND #expires > :now",
            )
            .expression_attribute_names("#turn", "turn")
            .expression_attribute_names("#turned", "turned_at")
            .expression_attribute_names("#idle", "idle_until")
            .expression_attribute_names("#version", "version")
            .expression_attribute_names("#seed", "seed")
            .expression_attribute_names("#ended", "ended_at")
            .expression_attribute_names("#expires", "expires_at")
            .expression_attribute_values(":turn", int(from.turn))
            .expression_attribute_values(":next", int(from.turn + 1))
            .expression_attribute_values(":seed", text(&from.seed))
            .expression_attribute_values(":now", int(now.as_millisecond()))
            .expression_attribute_values(":idle", int(idle_until.as_millisecond()))
            .expression_attribute_values(":one", int(1))
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        Ok(match self.update_if(update).await? {
            Updated::Done(_) => Turned::Next,
            Updated::Refused(there) => Turned::Refused(
                there
                    .map(|item| Stored::read(&item).map(Box::new))
                    .transpose()?,
            ),
        })
    }
}
