//! Live connections: where what is known of them stands. Nothing follows from their changes.

pub mod audience;
pub mod keys;
pub mod visit;

use domain::feed::event::Source;
use domain::live::{Connection, Listener, Ticket};

use crate::record::{Place, Record};

impl Record for Ticket {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::ticket(self.user, &self.digest)).until(self.expires_at)
    }
}

impl Record for Connection {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::connection(&self.connection)).until(self.until)
    }
}

impl Record for Listener {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::listener(self.to, &self.connection)).until(self.until)
    }
}
