//! What Elevanalog is about, and nothing else: ids, roles and rights, entities, state machines.
//!
//! Pure: no I/O, no clock, no randomness, no HTTP, no AWS. Time and random bytes come in as parameters.
//! The serde forms of the types here are the stored ones (short); what clients see is made in the functions.
//!
//! # Layout
//!
//! - Areas, of equal names in every layer: [`account`], [`membership`], [`work`], [`talk`], [`files`], [`notices`],
//!   [`live`], [`feed`] (events and signals).
//! - What everybody may do: [`access`]; who stands for letting somebody in: [`vouching`].
//! - What everything is made of: [`id`], [`text`], [`prose`], [`call`], [`error`], [`outbound`], [`retention`].
//!
//! # Words
//!
//! - **Organization**: the tenant. Its **tag** is the first 40 bits of every id in it.
//! - **Card**: that a person belongs to an organization, with every role that they have there. (On a board, and in the API,
//!   a card is a task; a **list** of a board is a column.)
//! - **Scope**: the right to work on something of one organization; the authorizing read seals what it brings, and only
//!   the decision opens it. **Guard**: an item that keeps a name, key or address for its one owner.
//! - **Action**: what one may or may not do. **Standing**: the roles that count for one thing. **Circumstances**: what
//!   else decides, such as that the thing is one's own.
//! - **Stewards**: an organization's owners and admins, as far as they are counted.
//! - **Prose**: a text that may be long, and then stands apart from its thing.
//! - **Restricted project**: one that must be read before it is known who sees it: private, archived, deleted, or with
//!   a workflow of its own.
//! - **Status**: where a task stands in its project's **workflow**; its **category** says whether that is open or
//!   closed. **Rank**: its place among the tasks of its status.
//! - **Event**: what has happened, one change of one thing. **Signal**: something that changed nothing and must be known,
//!   such as a refusal. **Feed**: the events of an organization, numbered without a gap and chained by their hashes.
//! - **Broadcast**: a message to live connections. **Push**: a message to a browser or phone (a **device**).
//! - **Capability**: what people can do beyond the core, in a crate of its own above `app`. **Saved view**: a list of tasks under
//!   a name. **DTO**: a thing as the API shows it.
//! - **Watch**: a person's word about a task, that they want to be told or do not. **Notification**: what they were
//!   told.
//! - **Topic**: what a live connection listens to. **Position**: a place in a topic, sealed for one person.
//! - **Voucher**: the person by whose right a join code or an invitation lets somebody in.
//! - **Call**: a request as the use cases see it: when, by whom, under which idempotency key.

pub mod access;
pub mod account;
pub mod call;
pub mod error;
pub mod feed;
pub mod files;
pub mod id;
pub mod live;
pub mod membership;
pub mod notices;
pub mod outbound;
pub mod prose;
pub mod retention;
pub mod talk;
pub mod text;
pub mod vouching;
pub mod work;

pub use error::{Error, Faults, FieldError};
