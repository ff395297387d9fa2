//! The names of people, for answers that show them.

use std::collections::HashMap;

use domain::Error;
use domain::account::Profile;
use domain::id::UserId;
use store::keys;
use store::record::Stored;

use crate::App;

/// The profiles of people whom the caller sees already, by their ids.
pub async fn profiles(
    app: &App,
    people: impl IntoIterator<Item = UserId>,
) -> Result<HashMap<UserId, Profile>, Error> {
    let wanted: Vec<_> = people.into_iter().map(keys::profile).collect();
    let items = app
        .store
        .outside("profiles belong to no tenant")
        // Not strongly consistent: for half the price a name may be that of a moment ago.
        .get_many(&wanted, false)
        .await?;
    items
        .values()
        .map(|item| {
            Stored::<Profile>::read(item).map(|profile| (profile.value.user, profile.value))
        })
        .collect()
}
