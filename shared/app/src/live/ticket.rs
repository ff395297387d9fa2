//! Tickets: the right to open one live connection. Browsers can show nothing else when they open one, and what they
//! show stands in logs; so it is good once, for a moment, and tells nothing.

use data_encoding::BASE64URL_NOPAD;
use domain::Error;
use domain::call::Call;
use domain::id::{SessionId, UserId};
use domain::live::Ticket;
use jiff::Timestamp;
use store::keys::hash;
use store::keys::live::ticket_digest;

use crate::App;

/// What a client gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The ticket's text, which nobody else ever sees.
    pub text: String,
    /// When it is too late to use it.
    pub expires_at: Timestamp,
}

/// Issues a ticket to the caller, for the session in which they call.
pub async fn issue_ticket(app: &App, call: &Call) -> Result<Issued, Error> {
    let me = app.store.open_me(call, &[]).await?;
    let (user, session, operation) = (
        me.principal.user,
        me.principal.session.value.id,
        me.principal.operation,
    );
    // Who repeats their request with its key gets the same ticket again, though its text is not stored.
    let secret = match operation.keyed {
        true => hash(&[
            b"ticket",
            &app.store.cursor_key(call.at).await?,
            &operation.id,
        ]),
        false => app.entropy.bytes(),
    };
    let text = write(user, session, secret);
    let expires_at = call
        .at
        .checked_add(Ticket::GOOD_FOR)
        .unwrap_or(Timestamp::MAX);
    let ticket = Ticket {
        user,
        session,
        digest: ticket_digest(&text),
        expires_at,
        used_at: None,
    };
    let table = app
        .store
        .outside("a ticket belongs to a person and to no tenant");
    // A repetition gets the same ticket, also when it is swept away by then: it is good for a moment only.
    let operation = operation.unkeyed();
    let stored = table.create(ticket, &operation, Error::Conflict).await?;
    Ok(Issued {
        text,
        // Of the first one, if this is a repetition: it is stored with its own time.
        expires_at: stored.value.expires_at,
    })
}

/// Person, session and a secret: so the item is found from the text.
fn write(user: UserId, session: SessionId, secret: [u8; 16]) -> String {
    BASE64URL_NOPAD.encode(&[user.bytes().as_slice(), &session.bytes(), &secret].concat())
}

/// Whose ticket it claims to be. Nothing in it is to be trusted before it is compared with its item.
pub(super) fn read(text: &str) -> Option<(UserId, SessionId)> {
    let bytes: [u8; 40] = BASE64URL_NOPAD
        .decode(text.as_bytes())
        .ok()?
        .try_into()
        .ok()?;
    let (user, rest) = bytes.split_first_chunk::<16>()?;
    let (session, _) = rest.split_first_chunk::<8>()?;
    Some((
        UserId::from_bytes(*user).ok()?,
        SessionId::from_bytes(*session),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_fits_into_a_subprotocol_and_tells_whose_it_is() {
        let (user, session) = (UserId::new(1, [1; 10]), SessionId::from_bytes([2; 8]));
        let text = write(user, session, [0xff; 16]);
        // RFC 6455 section 4.1: a subprotocol is a token of RFC 2616.
        assert!(
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
            "{text}"
        );
        assert_eq!(read(&text), Some((user, session)));
        for bad in ["", "a", &text[1..], &format!("{text}AAAA"), &"A".repeat(54)] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
