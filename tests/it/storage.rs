//! What stands in the table: items of other releases, items whose time is over, what stays of things that are gone, and
//! everything after a restart, the registry.

mod age;
mod expiry;
mod registry;
mod restart;
