//! The authorizing read for one at the other end of a live connection: they have shown no token now, but a ticket when
//! they connected, and that named their session. The session decides, as ever.

use domain::Error;
use domain::call::Call;
use domain::id::{SessionId, UserId};
use domain::live::Topic;

use crate::keys::{self, Key};
use crate::open::Opened;
use crate::store::Store;

impl Store {
    /// Reads, in one round trip, what must be known to decide whether a person may listen to `topics`, with whatever
    /// else is wanted. `call` is their message, without a token.
    ///
    /// # Errors
    /// `RateLimited` if they ask too often, here and by the API together. `Unauthenticated` if the session, in which
    /// they asked for the connection's ticket, is not live any more.
    pub async fn visit(
        &self,
        call: &Call,
        (user, session): (UserId, SessionId),
        topics: &[Topic],
        extra: &[Key],
    ) -> Result<Opened, Error> {
        let mut wanted = vec![keys::session(user, session)];
        wanted.extend_from_slice(extra);
        for topic in topics {
            wanted.extend(thing(*topic));
            wanted.extend(
                topic
                    .tag()
                    .into_iter()
                    .flat_map(|tag| [keys::organization(tag), keys::card(tag, user)]),
            );
        }
        let counted = self.limiter.count(&self.table, user, call.cost, call.at);
        let (items, ()) = tokio::try_join!(self.table.get_many(&wanted, true), counted)?;
        let principal = self.recognize(call, (user, session), &items)?;
        Ok(Opened::new(principal, items, self.table.clone()))
    }
}

/// Where the thing stands that a topic is about, besides organizations, which are read anyway.
fn thing(topic: Topic) -> Option<Key> {
    match topic {
        Topic::User(_) | Topic::Org(_) => None,
        Topic::Project(id) => Some(keys::project(id)),
        Topic::Board(id) => Some(keys::board(id)),
        Topic::Task(id) => Some(keys::task(id)),
    }
}
