//! What stands in the table: items of other releases, items whose time is over, what stays of things that are gone, and
//! what a restart leaves, and the registry.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

mod age;
mod expiry;
mod left;
mod registry;
mod restart;
