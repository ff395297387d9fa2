//! Refresh tokens: opaque, good for one exchange, none of them stored.
//!
//! A token is `user | session | turn | seed | HMAC-SHA256(refresh key; user, session, turn, seed)`. The code tells
//! forgeries before anything is read; the seed, which is in the session's item too, makes the key alone useless. The
//! next token is made of the next turn, so all who exchange one token at a time get the same next one.

use data_encoding::BASE64URL_NOPAD;
use domain::Error;
use domain::account::{Session, SessionEnd};
use domain::call::Call;
use domain::id::{SessionId, UserId};
use jiff::SignedDuration;
use store::account::session::{Turn, Turned};

use super::{Auth, IDLE, Tokens, after, operation};
use crate::retry;
use crate::secret::Keys;

/// For so long the token before may be exchanged again: an answer may be lost, and clients have several windows.
const GRACE: SignedDuration = SignedDuration::from_secs(10);
const SEED: usize = 16;
/// User, session, turn, seed.
const BODY: usize = 16 + 8 + 4 + SEED;

/// A refresh token that is of our making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HeldToken {
    pub user: UserId,
    pub session: SessionId,
    turn: u32,
    seed: [u8; SEED],
}

impl HeldToken {
    /// The present token of a session.
    pub fn of(session: &Session) -> Result<Self, Error> {
        let seed = BASE64URL_NOPAD
            .decode(session.seed.as_bytes())
            .ok()
            .and_then(|seed| seed.try_into().ok());
        match (seed, u32::try_from(session.turn)) {
            (Some(seed), Ok(turn)) => Ok(Self {
                user: session.user,
                session: session.id,
                turn,
                seed,
            }),
            _ => Err(Error::Internal(
                "a session whose tokens cannot be made".to_owned(),
            )),
        }
    }

    /// Its text.
    pub fn text(&self, keys: &Keys) -> String {
        let body = self.body();
        BASE64URL_NOPAD.encode(&[body.as_slice(), &keys.refresh.sign(&[&body])].concat())
    }

    fn read(keys: &Keys, text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (body, code) = bytes.split_at_checked(BODY)?;
        if !keys.refresh.verify(&[body], code) {
            return None;
        }
        let (user, rest) = body.split_first_chunk::<16>()?;
        let (session, rest) = rest.split_first_chunk::<8>()?;
        let (turn, seed) = rest.split_first_chunk::<4>()?;
        Some(Self {
            user: UserId::from_bytes(*user).ok()?,
            session: SessionId::from_bytes(*session),
            turn: u32::from_be_bytes(*turn),
            seed: seed.try_into().ok()?,
        })
    }

    fn body(&self) -> Vec<u8> {
        [
            &self.user.bytes()[..],
            &self.session.bytes(),
            &self.turn.to_be_bytes(),
            &self.seed,
        ]
        .concat()
    }

    fn turn(&self) -> Turn {
        let seed = BASE64URL_NOPAD.encode(&self.seed);
        Turn {
            user: self.user,
            session: self.session,
            turn: u64::from(self.turn),
            seed,
        }
    }
}

/// Exchanges a refresh token for the next pair of tokens.
///
/// # Errors
/// `RateLimited` if too many from this address were refused; `Unauthenticated` for a token that is not ours or whose
/// session has ended; `TokenReused` for one that was
/// exchanged before: one of two holders is a thief, so the session ends and its owner is told.
pub async fn refresh_tokens(auth: &Auth, call: &Call, token: &str) -> Result<Tokens, Error> {
    let keys = auth.keys(call.at).await?;
    let exchanged = match HeldToken::read(&keys, token) {
        Some(held) => retry::contended(|| exchange(auth, call, &held))
            .await
            .map(|()| held),
        None => Err(Error::Unauthenticated),
    };
    let held = match exchanged {
        // Only what is refused counts: a token that is good cannot be guessed, and costs nothing more.
        Err(Error::Unauthenticated | Error::TokenReused) => {
            auth.count_address(call).await?;
            exchanged?
        }
        exchanged => exchanged?,
    };
    let next = HeldToken {
        turn: held.turn + 1,
        ..held
    };
    auth.tokens_of(&keys, &next, call.at)
}

async fn exchange(auth: &Auth, call: &Call, held: &HeldToken) -> Result<(), Error> {
    let turn = held.turn();
    let session = match auth
        .table()
        .turn(&turn, call.at, after(call.at, IDLE))
        .await?
    {
        Turned::Next => return Ok(()),
        Turned::Refused(session) => session.ok_or(Error::Unauthenticated)?,
    };
    let value = &session.value;
    if value.seed != turn.seed || !value.is_live(call.at) || value.turn <= turn.turn {
        return Err(Error::Unauthenticated);
    }
    // The next token is made of the session and the turn: this answers the same one as before.
    if value.turn == turn.turn + 1 && call.at.duration_since(value.turned_at) <= GRACE {
        return Ok(());
    }
    auth.table()
        .save(
            &session,
            value.clone().ended(SessionEnd::Reuse, call.at),
            &operation(call),
        )
        .await?;
    Err(Error::TokenReused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held() -> HeldToken {
        HeldToken {
            user: UserId::new(1, [2; 10]),
            session: SessionId::from_bytes([3; 8]),
            turn: 7,
            seed: [4; SEED],
        }
    }

    #[test]
    fn a_token_comes_back_and_the_next_is_another() {
        let keys = Keys::derive("secret").unwrap();
        let text = held().text(&keys);
        assert_eq!(HeldToken::read(&keys, &text), Some(held()));
        let next = HeldToken { turn: 8, ..held() };
        assert_ne!(next.text(&keys), text);
        assert_eq!(next.text(&keys), next.text(&keys));
    }

    #[test]
    fn any_other_text_is_no_token() {
        let keys = Keys::derive("secret").unwrap();
        let text = held().text(&keys);
        assert_eq!(
            HeldToken::read(&Keys::derive("other").unwrap(), &text),
            None
        );
        for place in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                HeldToken::read(&keys, std::str::from_utf8(&forged).unwrap()),
                None,
                "{place}"
            );
        }
        for bad in [
            "",
            "a",
            &text[1..],
            &format!("{text}AAAA"),
            &"A".repeat(10_000),
        ] {
            assert_eq!(HeldToken::read(&keys, bad), None);
        }
    }
}
