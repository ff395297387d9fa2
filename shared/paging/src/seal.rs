//! Texts that clients carry and only we read: AES-256-GCM-SIV (RFC 8452), bound to what a text is good for.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use data_encoding::BASE64URL_NOPAD;
use domain::Error;

/// Seals and opens texts with one key.
pub struct Sealer(LessSafeKey);

impl Sealer {
    /// With this key.
    ///
    /// # Errors
    /// `Internal` if the library does not take it.
    pub fn new(key: &[u8; 32]) -> Result<Self, Error> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, key);
        Ok(Self(LessSafeKey::new(key.map_err(|_| {
            Error::Internal("the cursor key is no key".to_owned())
        })?)))
    }

    /// The text that holds `plain`, good only for what it is bound to. The same nonce makes the same text of the same
    /// content, which then shows that it is the same and nothing else.
    ///
    /// # Errors
    /// `Internal` if it cannot be sealed.
    pub fn seal(
        &self,
        nonce: [u8; NONCE_LEN],
        bound_to: &[u8],
        mut plain: Vec<u8>,
    ) -> Result<String, Error> {
        self.0
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound_to),
                &mut plain,
            )
            .map_err(|_| Error::Internal("a text could not be sealed".to_owned()))?;
        Ok(BASE64URL_NOPAD.encode(&[nonce.as_slice(), &plain].concat()))
    }

    /// What a text holds; none if it was not sealed with this key for this.
    pub fn open(&self, bound_to: &[u8], text: &str) -> Option<Vec<u8>> {
        let mut bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk_mut::<NONCE_LEN>()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        self.0
            .open_in_place(nonce, Aad::from(bound_to), sealed)
            .ok()
            .map(|plain| plain.to_vec())
    }
}
