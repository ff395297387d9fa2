//! Devices of people: browsers and phones that show messages.

mod job;
mod own;

pub use job::{DeviceJob, Notice};
pub use own::{admit, get_application_key, list_devices, register_device, remove_device};

use domain::Error;
use domain::account::Session;
use domain::notices::device::Devices;
use jiff::Timestamp;
use store::keys;
use store::record::Stored;
use store::store::read_all;
use store::table::Table;

/// Those of somebody's devices whose sessions are live.
pub async fn with_live_sessions(
    table: &Table,
    mut devices: Devices,
    now: Timestamp,
) -> Result<Devices, Error> {
    let key = |session| keys::session(devices.user, session);
    let wanted: Vec<_> = devices
        .devices
        .iter()
        .map(|device| key(device.session))
        .collect();
    if wanted.is_empty() {
        return Ok(devices);
    }
    // Strongly consistent: a session that has just ended gets nothing more.
    let sessions = read_all::<Session>(table.get_many(&wanted, true).await?)?;
    let live = |session: Option<&Stored<Session>>| {
        session.is_some_and(|session| session.value.is_live(now))
    };
    let user = devices.user;
    devices
        .devices
        .retain(|device| live(sessions.get(&keys::session(user, device.session))));
    Ok(devices)
}
