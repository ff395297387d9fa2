//! One's own devices: registering, listing, removing.

use aws_lc_rs::agreement::{ECDH_P256, ParsedPublicKey, UnparsedPublicKey};
use data_encoding::BASE64URL_NOPAD;
use domain::Error;
use domain::call::Call;
use domain::id::{DeviceId, UserId};
use domain::notices::device::{Device, Devices, Reach};
use jiff::Timestamp;
use runtime::meter;
use store::keys;
use store::open::Me;
use store::record::{Operation, Stored};
use store::token::Published;

use crate::notices::device::with_live_sessions;
use crate::{App, retry};

/// The public key that a browser wants to know before it takes messages from us.
///
/// # Errors
/// `Unavailable` until `auth` has published it: a release without it published none.
pub async fn get_application_key(app: &App, call: &Call) -> Result<String, Error> {
    let key = keys::published_keys();
    let known = || {
        app.store
            .keyring()
            .published()
            .and_then(|published| published.vapid)
    };
    let unread: Vec<_> = known().is_none().then(|| key.clone()).into_iter().collect();
    let me = app.store.open_me(call, &unread).await?;
    if let Some(published) = me.read::<Published>(&key)? {
        app.store.keyring().learn(published.value, call.at);
    }
    known().ok_or(Error::Unavailable)
}

/// Checks that the caller is somebody, before anything else is asked about them elsewhere.
pub async fn admit(app: &App, call: &Call) -> Result<(), Error> {
    app.store.open_me(call, &[]).await.map(drop)
}

/// The caller's devices, the oldest first: those whose sessions are live.
pub async fn list_devices(app: &App, call: &Call) -> Result<Vec<Device>, Error> {
    let (me, stored) = open(app, call).await?;
    let devices = stored.map_or_else(|| Devices::none(me.principal.user), |stored| stored.value);
    Ok(live(app, devices, call.at).await?.devices)
}

/// Registers a device for the calling session. `address` is what its platform calls it: the same one again is the same
/// device.
///
/// # Errors
/// `LimitReached` if the person has as many devices as there may be, `Invalid` if nothing can be encrypted for it.
pub async fn register_device(
    app: &App,
    call: &Call,
    address: &str,
    reach: &Reach,
) -> Result<Device, Error> {
    if let Reach::WebPush(subscription) = reach {
        check_point(&subscription.p256dh)?;
    }
    retry::contended(|| async {
        let (me, before) = open(app, call).await?;
        let (user, operation) = (me.principal.user, me.principal.operation);
        let id = identify(user, reach, address);
        if let Some(device) = registered(before.as_ref(), id, &operation)? {
            return Ok(device);
        }
        let device = Device {
            id,
            session: me.principal.session.value.id,
            reach: reach.clone(),
            created_at: call.at,
            updated_at: call.at,
        };
        let devices = enter(app, before.as_ref(), user, device).await?;
        let saved = save(app, before.as_ref(), devices, &operation).await?;
        saved.value.find(id).cloned().ok_or(Error::Conflict)
    })
    .await
}

/// The device as this very request has registered it before. If it was removed since, it is registered again.
fn registered(
    before: Option<&Stored<Devices>>,
    id: DeviceId,
    operation: &Operation,
) -> Result<Option<Device>, Error> {
    let Some(before) = before else {
        return Ok(None);
    };
    if !before.replays(operation)? {
        return Ok(None);
    }
    let device = before.value.find(id).cloned();
    if device.is_some() {
        meter::note(|totals| totals.replayed |= operation.keyed);
    }
    Ok(device)
}

/// A person's devices with this one among them.
async fn enter(
    app: &App,
    before: Option<&Stored<Devices>>,
    user: UserId,
    device: Device,
) -> Result<Devices, Error> {
    let mut devices = before.map_or_else(|| Devices::none(user), |before| before.value.clone());
    // Sessions are read only where there is no room: devices of those that have ended make some.
    if devices.find(device.id).is_none() && devices.devices.len() >= Devices::MAX {
        devices = live(app, devices, device.updated_at).await?;
    }
    devices.enter(device)?;
    Ok(devices)
}

/// Removes one of the caller's devices. Another person's is no more to be found than one that never was.
pub async fn remove_device(app: &App, call: &Call, id: DeviceId) -> Result<(), Error> {
    retry::contended(|| async {
        let (me, before) = open(app, call).await?;
        let (operation, before) = (me.principal.operation, before.ok_or(Error::NotFound)?);
        if before.replays(&operation)? {
            meter::note(|totals| totals.replayed |= operation.keyed);
            return Ok(());
        }
        let mut devices = before.value.clone();
        devices.devices.retain(|device| device.id != id);
        if devices == before.value {
            return Err(Error::NotFound);
        }
        save(app, Some(&before), devices, &operation)
            .await
            .map(drop)
    })
    .await
}

async fn open(app: &App, call: &Call) -> Result<(Me, Option<Stored<Devices>>), Error> {
    let key = keys::devices(app.store.claimed(call)?);
    let me = app.store.open_me(call, std::slice::from_ref(&key)).await?;
    let devices = me.read(&key)?;
    Ok((me, devices))
}

async fn save(
    app: &App,
    before: Option<&Stored<Devices>>,
    devices: Devices,
    operation: &Operation,
) -> Result<Stored<Devices>, Error> {
    let table = app.store.outside("a person's devices belong to no tenant");
    match before {
        Some(before) => table.save(before, devices, operation).await,
        // Whose request made the item says nothing of the devices that came later.
        None => {
            table
                .create(devices, &operation.unkeyed(), Error::Conflict)
                .await
        }
    }
}

async fn live(app: &App, devices: Devices, at: Timestamp) -> Result<Devices, Error> {
    with_live_sessions(
        app.store.outside("the sessions of one's own devices"),
        devices,
        at,
    )
    .await
}

/// A public key that is no point of the curve is nobody's.
fn check_point(p256dh: &str) -> Result<(), Error> {
    let bytes = BASE64URL_NOPAD
        .decode(p256dh.as_bytes())
        .unwrap_or_default();
    let point = ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, bytes));
    point.map(drop).map_err(|_| {
        Error::field(
            "keys/p256dh",
            "invalid",
            "is not a point of the curve P-256",
        )
    })
}

fn identify(user: UserId, reach: &Reach, address: &str) -> DeviceId {
    // With the person: a browser in which two people sign in is a device of each.
    let platform = reach.platform().as_str();
    DeviceId::new(keys::hash(&[
        b"device",
        &user.bytes(),
        platform.as_bytes(),
        address.as_bytes(),
    ]))
}
