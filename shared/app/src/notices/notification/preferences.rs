//! Of what a person wants to be told, by which ways, and when not.

use std::collections::BTreeMap;

use domain::Error;
use domain::call::{Call, Versioned};
use domain::notices::notification::preferences::{Channels, Preferences};
use domain::notices::notification::quiet::QuietHours;
use runtime::meter;
use store::keys;
use store::open::Me;
use store::record::{Operation, Stored};

use crate::App;

/// What preferences are to be.
#[derive(Debug, Clone, Default)]
pub struct NotificationSettings {
    /// The ways by which each type comes, by its word; what is not named is left to the defaults.
    pub events: BTreeMap<String, Channels>,
    /// When mail and devices wait.
    pub quiet: Option<QuietHours>,
}

/// The caller's preferences. Those of one who has never said anything are version 1.
pub async fn get_preferences(app: &App, call: &Call) -> Result<Versioned<Preferences>, Error> {
    let (me, found) = open(app, call).await?;
    Ok(shown(&me, found))
}

/// Replaces the caller's preferences, if they say which version of them they have seen.
pub async fn replace_preferences(
    app: &App,
    call: &Call,
    settings: &NotificationSettings,
) -> Result<Versioned<Preferences>, Error> {
    let (me, found) = open(app, call).await?;
    let operation = &me.principal.operation;
    if let Some(stored) = &found
        && stored.replays(operation)?
    {
        meter::note(|totals| totals.replayed |= operation.keyed);
        return Ok(shown(&me, found));
    }
    check(&me, found.as_ref())?;
    let next = Preferences {
        user: me.principal.user,
        events: settings.events.clone(),
        quiet: settings.quiet,
        updated_at: me.principal.at,
    };
    let saved = save(app, found.as_ref(), next, operation).await;
    match saved {
        Ok(saved) => Ok(shown(&me, Some(saved))),
        // They have seen the version that another has replaced in this moment.
        Err(Error::Conflict) => Err(Error::PreconditionFailed {
            current: version(open(app, call).await?.1.as_ref()),
        }),
        Err(error) => Err(error),
    }
}

/// Fails unless the caller has seen the present version.
fn check(me: &Me, found: Option<&Stored<Preferences>>) -> Result<(), Error> {
    let seen = me.principal.if_match.ok_or(Error::PreconditionRequired)?;
    let current = version(found);
    if seen == current {
        Ok(())
    } else {
        Err(Error::PreconditionFailed { current })
    }
}

async fn save(
    app: &App,
    before: Option<&Stored<Preferences>>,
    next: Preferences,
    operation: &Operation,
) -> Result<Stored<Preferences>, Error> {
    let table = app
        .store
        .outside("their own preferences belong to no tenant");
    match before {
        // Its key names the person alone, so it is nothing that an idempotency key has made.
        None => {
            table
                .create(next, &operation.unkeyed(), Error::Conflict)
                .await
        }
        Some(before) => table.save(before, next, operation).await,
    }
}

async fn open(app: &App, call: &Call) -> Result<(Me, Option<Stored<Preferences>>), Error> {
    let key = keys::preferences(app.store.claimed(call)?);
    let me = app.store.open_me(call, std::slice::from_ref(&key)).await?;
    let found = me.read::<Preferences>(&key)?;
    Ok((me, found))
}

/// The defaults count as the first version, so that they too can be replaced only by one who has seen them.
fn version(stored: Option<&Stored<Preferences>>) -> u64 {
    stored.map_or(1, |stored| stored.version + 1)
}

fn shown(me: &Me, stored: Option<Stored<Preferences>>) -> Versioned<Preferences> {
    let version = version(stored.as_ref());
    let value = stored.map_or_else(|| Preferences::of(me.principal.user), |stored| stored.value);
    Versioned { value, version }
}
