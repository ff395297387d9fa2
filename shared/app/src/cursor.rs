//! Cursors: where a list goes on, sealed, so that nobody reads, forges or lends one.
//!
//! AES-256-GCM-SIV (RFC 8452) over the position, bound to the caller, the list and its filters.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use data_encoding::BASE64URL_NOPAD;
use domain::Error;
use domain::call::Call;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::token::Claimed;

use crate::App;

/// The longest cursor that is looked at, in characters: that of a list in which many stretches take part keeps a place
/// for each.
const LONGEST: usize = 6144;

/// Seals and opens the cursors of one list for one caller.
pub struct Cursors {
    key: LessSafeKey,
    bound_to: Vec<u8>,
}

impl Cursors {
    /// The cursors of the list of this call. `filters` is everything that decides which rows it has.
    pub async fn new(app: &App, call: &Call, filters: &impl Serialize) -> Result<Self, Error> {
        let user = Claimed::read(call.bearer.as_deref().ok_or(Error::Unauthenticated)?)?.user;
        let fault = |_| Error::Internal("the cursor key is no key".to_owned());
        let key = UnboundKey::new(&AES_256_GCM_SIV, &app.store.cursor_key(call.at).await?).map_err(fault)?;
        let filters = serde_json::to_vec(filters).map_err(|error| Error::Internal(error.to_string()))?;
        let bound_to = [user.bytes().as_slice(), call.route.as_bytes(), b"\n", &filters].concat();
        Ok(Self { key: LessSafeKey::new(key), bound_to })
    }

    /// A cursor for a position.
    pub fn seal(&self, app: &App, position: &impl Serialize) -> Result<String, Error> {
        let nonce: [u8; NONCE_LEN] = app.entropy.bytes();
        let mut sealed = serde_json::to_vec(position).map_err(|error| Error::Internal(error.to_string()))?;
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&self.bound_to), &mut sealed)
            .map_err(|_| Error::Internal("a cursor could not be sealed".to_owned()))?;
        Ok(BASE64URL_NOPAD.encode(&[nonce.as_slice(), &sealed].concat()))
    }

    /// The position of a cursor, if this list gave it out to this caller with these filters.
    pub fn open<T: DeserializeOwned>(&self, cursor: &str) -> Result<T, Error> {
        if cursor.len() > LONGEST {
            return Err(Error::BadCursor);
        }
        let mut bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| Error::BadCursor)?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(Error::BadCursor)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Error::BadCursor)?;
        let plain = self.key.open_in_place(nonce, Aad::from(&self.bound_to), sealed).map_err(|_| Error::BadCursor)?;
        serde_json::from_slice(plain).map_err(|_| Error::BadCursor)
    }
}
