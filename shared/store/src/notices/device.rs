//! The browsers and phones of people.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `D#<user>` | `DEVICES` | a person's browsers and phones; all that the worker `devices` may write of theirs |

use domain::feed::event::Source;
use domain::id::UserId;
use domain::notices::device::Devices;

use crate::key::{Key, key, person_part};
use crate::record::{Place, Record};

/// A person's devices.
pub fn devices(user: UserId) -> Key {
    key(format!("D#{}", person_part(user)), "DEVICES")
}

impl Record for Devices {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(devices(self.user))
    }
}
