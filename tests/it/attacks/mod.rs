//! What must not be possible.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

mod arrange;
mod arrange_joining;
mod attachments;
mod boards;
mod bodies;
mod comments;
mod cursors;
mod devices;
mod enumeration;
mod explained;
mod forge;
mod headers;
mod isolation;
mod labels;
mod limits;
mod many;
mod matrix;
mod notifications;
mod queries;
mod raw;
mod revocation;
mod sample;
mod sec_accounts;
mod sec_doors;
mod sec_hidden;
mod sec_oracles;
mod sec_positions;
mod sec_sequences;
mod sec_sizes;
mod sec_tokens;
mod secrecy;
mod sound;
mod stage;
mod teams;
mod tokens;
mod unchanged;

pub use devices::subscription;
