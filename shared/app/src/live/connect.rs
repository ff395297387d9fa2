//! Connections come and go.

use domain::Error;
use domain::account::Session;
use domain::call::Call;
use domain::id::UserId;
use domain::live::{Connection, Listener, Ticket, Topic};
use jiff::Timestamp;
use store::keys;
use store::record::{Operation, Stored, find, find_value};
use store::table::Table;
use store::transaction::Transaction;

use super::ticket;
use crate::App;

/// The most entries of a person's connections that are looked at: those that are open and those not swept yet.
const LOOK_AT: usize = 500;
/// Seconds to wait for one who has too many.
const WAIT: u64 = 60;

pub(super) fn table(app: &App) -> &Table {
    app.store
        .outside("a connection belongs to a person, whose ticket was checked when it was opened")
}

/// Opens a connection with a ticket; tells whose it is.
///
/// # Errors
/// `Unauthenticated` if the ticket is none, was used, is too old, or its session has ended; `RateLimited` if the
/// person has too many connections.
pub async fn open_connection(
    app: &App,
    call: &Call,
    connection: &str,
    ticket: &str,
) -> Result<UserId, Error> {
    let Shown {
        ticket,
        session,
        open,
    } = look_up(app, call, ticket).await?;
    let used = ticket
        .value
        .used(call.at)
        .filter(|_| session.is_some_and(|session| session.is_live(call.at)))
        .ok_or(Error::Unauthenticated)?;
    // Not exact: two that open at once may not count each other. The limit only keeps them few.
    if open >= Connection::MAX_OF_A_PERSON {
        return Err(Error::RateLimited { retry_after: WAIT });
    }
    let user = used.user;
    let connection = Connection::new(connection, user, used.session, call.at);
    enter(app, call, connection, &ticket, used).await?;
    Ok(user)
}

/// A ticket that was shown, and what decides whether it opens a connection.
struct Shown {
    ticket: Stored<Ticket>,
    session: Option<Session>,
    /// How many connections its person has.
    open: usize,
}

async fn look_up(app: &App, call: &Call, text: &str) -> Result<Shown, Error> {
    let (user, session) = ticket::read(text).ok_or(Error::Unauthenticated)?;
    let ticket_key = keys::live::ticket(user, &keys::live::ticket_digest(text));
    let session_key = keys::session(user, session);
    let wanted = [ticket_key.clone(), session_key.clone()];
    let (items, open) = tokio::try_join!(
        table(app).get_many(&wanted, true),
        list_listeners(table(app), Topic::User(user), LOOK_AT, call.at)
    )?;
    Ok(Shown {
        ticket: find(&items, &ticket_key)?.ok_or(Error::Unauthenticated)?,
        session: find_value(&items, &session_key)?,
        open: open.len(),
    })
}

/// Writes a connection down in one transaction with the use of its ticket.
async fn enter(
    app: &App,
    call: &Call,
    connection: Connection,
    ticket: &Stored<Ticket>,
    used: Ticket,
) -> Result<(), Error> {
    let operation = Operation::anonymous(call);
    let mut transaction = Transaction::new();
    transaction.save(ticket, used, &operation)?;
    transaction.put(connection.own_listener(), &operation)?;
    transaction.create(connection, &operation, Error::Conflict)?;
    // Who loses the race for the ticket has used it a second time.
    table(app)
        .commit(transaction)
        .await
        .map_err(|error| match error {
            Error::Conflict => Error::Unauthenticated,
            error => error,
        })
}

/// The connections that listen to a topic, those of its boards too.
pub async fn list_listeners(
    table: &Table,
    channel: Topic,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<Listener>, Error> {
    let rows = table
        .query(&keys::live::listeners_of(channel).limit(limit))
        .await?;
    let all = rows
        .items
        .iter()
        .map(|item| Stored::<Listener>::read(item).map(|stored| stored.value));
    let all = all.collect::<Result<Vec<Listener>, Error>>()?;
    // What is over is swept away some time later: until then its entry is passed over here.
    Ok(all
        .into_iter()
        .filter(|listener| now < listener.until)
        .collect())
}

/// A connection as it is known.
///
/// # Errors
/// `NotFound` if it is not, or must be closed by now.
pub async fn load_connection(
    app: &App,
    id: &str,
    now: Timestamp,
) -> Result<Stored<Connection>, Error> {
    let item = table(app)
        .get(&keys::live::connection(id))
        .await?
        .ok_or(Error::NotFound)?;
    let connection: Stored<Connection> = Stored::read(&item)?;
    if connection.value.is_open(now) {
        Ok(connection)
    } else {
        Err(Error::NotFound)
    }
}

/// Forgets a connection and all that it listens to. What is left, should it subscribe at this very moment, goes when
/// the gateway says that it is gone, or with its time.
pub async fn forget_connection(app: &App, id: &str) -> Result<(), Error> {
    let Some(item) = table(app).get(&keys::live::connection(id)).await? else {
        return Ok(());
    };
    let connection: Stored<Connection> = Stored::read(&item)?;
    // No request asks for it: the gateway does, or a delivery that finds the connection gone.
    let operation = Operation::internal(app.entropy.bytes());
    let mut transaction = Transaction::new();
    for listener in connection.value.listeners() {
        transaction.delete(&Stored::new(listener, &operation));
    }
    transaction.delete(&connection);
    table(app).commit(transaction).await
}
