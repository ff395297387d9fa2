//! Of what people want to be told.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `U#<user>#NOTIFY` | `NOTIFY` | of what a person wants to be told, and by which ways; `notifications` writes it |

use domain::feed::event::Source;
use domain::id::UserId;
use domain::notices::notification::preferences::Preferences;

use crate::key::{Key, key, user_partition};
use crate::record::{Place, Record};

/// Of what a person wants to be told.
pub fn preferences(user: UserId) -> Key {
    key(format!("{}#NOTIFY", user_partition(user)), "NOTIFY")
}

impl Record for Preferences {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(preferences(self.user))
    }
}
