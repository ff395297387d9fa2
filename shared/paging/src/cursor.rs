//! Cursors: where a list goes on, sealed, so that nobody reads, forges or lends one. They are bound to the caller, the list
//! and its filters.

use domain::Error;
use domain::call::Call;
use runtime::env::Entropy;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Pager;
use crate::seal::Sealer;

/// The longest cursor that is looked at, in characters: that of a list in which many stretches take part keeps a place
/// for each.
const LONGEST: usize = 6144;

/// Seals and opens the cursors of one list for one caller.
pub struct Cursors {
    sealer: Sealer,
    entropy: Entropy,
    bound_to: Vec<u8>,
}

impl Cursors {
    /// The cursors of the list of this call. `filters` is everything that decides which rows it has.
    pub async fn new(
        pager: Pager<'_>,
        call: &Call,
        filters: &impl Serialize,
    ) -> Result<Self, Error> {
        let user = pager.store.claimed(call)?;
        let sealer = Sealer::new(&pager.store.cursor_key(call.at).await?)?;
        let filters =
            serde_json::to_vec(filters).map_err(|error| Error::Internal(error.to_string()))?;
        let bound_to = [
            user.bytes().as_slice(),
            call.route.as_bytes(),
            b"\n",
            &filters,
        ]
        .concat();
        Ok(Self {
            sealer,
            entropy: pager.entropy.clone(),
            bound_to,
        })
    }

    /// A cursor for a position.
    pub fn seal(&self, position: &impl Serialize) -> Result<String, Error> {
        let position =
            serde_json::to_vec(position).map_err(|error| Error::Internal(error.to_string()))?;
        self.sealer
            .seal(self.entropy.bytes(), &self.bound_to, position)
    }

    /// The position of a cursor, if this list gave it out to this caller with these filters.
    pub fn open<T: DeserializeOwned>(&self, cursor: &str) -> Result<T, Error> {
        if cursor.len() > LONGEST {
            return Err(Error::BadCursor);
        }
        let plain = self
            .sealer
            .open(&self.bound_to, cursor)
            .ok_or(Error::BadCursor)?;
        serde_json::from_slice(&plain).map_err(|_| Error::BadCursor)
    }
}
