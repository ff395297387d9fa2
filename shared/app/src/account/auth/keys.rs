//! Publishing the keys with which other functions know callers.

use std::sync::Arc;

use domain::Error;
use jiff::Timestamp;
use store::keys::{self, vapid_key};
use store::record::{Operation, Stored};
use store::token::{Published, VapidSecret};

use super::Auth;
use crate::retry;
use crate::secret::Keys;

/// How many keys are published: the present one, and the one before for tokens that are still good.
const KEPT: usize = 2;

impl Auth {
    /// The keys of the stack, published before anything is signed with them: once per instance.
    pub(super) async fn keys(&self, at: Timestamp) -> Result<Arc<Keys>, Error> {
        let keys = self.secrets.keys().await?;
        let publish = || async {
            retry::contended(|| self.publish(&keys, at)).await?;
            retry::contended(|| self.hand_over_vapid(&keys)).await
        };
        self.published.get_or_try_init(publish).await?;
        Ok(keys)
    }

    /// Keeps the key for push services where only `devices` reads it.
    async fn hand_over_vapid(&self, keys: &Keys) -> Result<(), Error> {
        let table = self
            .app
            .store
            .outside("only auth makes the key for push services");
        let operation = Operation::internal(self.app.entropy.bytes());
        let wanted = VapidSecret {
            private: keys.vapid.private().to_owned(),
        };
        match table
            .get(&vapid_key())
            .await?
            .as_ref()
            .map(Stored::<VapidSecret>::read)
            .transpose()?
        {
            Some(there) => table.save(&there, wanted, &operation).await.map(drop),
            None => table
                .create(wanted, &operation, Error::Conflict)
                .await
                .map(drop),
        }
    }

    async fn publish(&self, keys: &Keys, at: Timestamp) -> Result<(), Error> {
        let table = self.app.store.outside("only auth publishes keys");
        let operation = Operation::internal(self.app.entropy.bytes());
        let there = table
            .get(&keys::published_keys())
            .await?
            .as_ref()
            .map(Stored::<Published>::read)
            .transpose()?;
        let wanted = merged(keys.published(), there.as_ref().map(|there| &there.value));
        // Keys that are published already are no change, so nothing is written.
        let stored = match there {
            Some(there) => table.save(&there, wanted, &operation).await?,
            None => table.create(wanted, &operation, Error::Conflict).await?,
        };
        self.app.store.keyring().learn(stored.value, at);
        Ok(())
    }
}

/// Our key first, then those published before, so that tokens signed with them stay good through a change.
fn merged(mut ours: Published, there: Option<&Published>) -> Published {
    let older = there.into_iter().flat_map(|there| &there.keys);
    let older: Vec<_> = older
        .filter(|key| ours.keys.iter().all(|own| own.kid != key.kid))
        .cloned()
        .collect();
    ours.keys.extend(older);
    ours.keys.truncate(KEPT);
    ours
}

/// The published keys, as anybody may see them.
pub async fn published_keys(auth: &Auth, at: Timestamp) -> Result<Published, Error> {
    auth.keys(at).await?;
    auth.app
        .store
        .keyring()
        .published()
        .ok_or(Error::Unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_key_comes_first_and_the_one_before_stays() {
        let [first, second, third] =
            ["1", "2", "3"].map(|secret| Keys::derive(secret).unwrap().published());
        let kids = |published: &Published| {
            published
                .keys
                .iter()
                .map(|key| key.kid.clone())
                .collect::<Vec<_>>()
        };
        let kid = |published: &Published| published.keys[0].kid.clone();
        let once = merged(first.clone(), None);
        assert_eq!(merged(first.clone(), Some(&once)), once);
        let twice = merged(second.clone(), Some(&once));
        assert_eq!(kids(&twice), [kid(&second), kid(&first)]);
        assert_eq!(twice.cursor, second.cursor);
        assert_eq!(
            kids(&merged(third.clone(), Some(&twice))),
            [kid(&third), kid(&second)]
        );
    }
}
