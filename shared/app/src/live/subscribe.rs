//! What a connection listens to.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::OrgId;
use domain::live::{Connection, Subscription, Topic};
use futures_util::future::join_all;
use store::Scope;
use store::open::Opened;
use store::record::{Operation, Stored};
use store::transaction::Transaction;

use super::connect::{load_connection, table};
use super::feed::{Reached, reached};
use crate::App;
use crate::retry::contended;

/// What became of a wish to listen.
#[derive(Debug, Default)]
pub struct Heard {
    /// What is listened to now; for topics of an organization, with how far it has got.
    pub topics: Vec<(Topic, Option<Reached>)>,
    /// What is not, and why.
    pub refused: Vec<(Topic, Error)>,
}

/// Listens to topics. The rights are those of the API; the end of each feed is read after the topics are listened to,
/// so that nothing falls in between.
///
/// # Errors
/// `Unauthenticated` if the session has ended; `Invalid` if a topic is no topic; `LimitReached` if there would be too
/// many.
pub async fn subscribe(
    app: &App,
    call: &Call,
    connection: Stored<Connection>,
    topics: &[String],
) -> Result<Heard, Error> {
    let topics = read(topics)?;
    let user = connection.value.user;
    let opened = app
        .store
        .visit(call, (user, connection.value.session), &topics, &[])
        .await?;
    let decided = decide_all(&opened, &connection.value, topics).await?;
    listen(app, call, connection, &decided.subscriptions()).await?;
    let mut reached = reached(app, call.at, user, &decided.in_feeds())
        .await?
        .into_iter();
    let with_feed = |(subscription, org): (Subscription, Option<OrgId>)| {
        (subscription.topic, org.and_then(|_| reached.next()))
    };
    Ok(Heard {
        topics: decided.wanted.into_iter().map(with_feed).collect(),
        refused: decided.refused,
    })
}

/// How far the topics have got that a connection listens to and whose person may hear them still.
///
/// # Errors
/// `Unauthenticated` if the session has ended.
pub async fn progress(
    app: &App,
    call: &Call,
    connection: &Connection,
) -> Result<Vec<Reached>, Error> {
    let topics: Vec<Topic> = connection
        .subscriptions
        .iter()
        .map(|one| one.topic)
        .collect();
    let opened = app
        .store
        .visit(call, (connection.user, connection.session), &topics, &[])
        .await?;
    // Of what may not be heard any more `broadcast` tells with the topic's next event, and ends it.
    let decided = decide_all(&opened, connection, topics).await?;
    reached(app, call.at, connection.user, &decided.in_feeds()).await
}

/// Which topics a person may listen to, and in whose feed their events stand.
pub(super) struct Decided {
    pub wanted: Vec<(Subscription, Option<OrgId>)>,
    pub refused: Vec<(Topic, Error)>,
}

impl Decided {
    fn subscriptions(&self) -> Vec<Subscription> {
        self.wanted.iter().map(|(one, _)| *one).collect()
    }

    /// Those whose events stand in a feed: all but a person's own topic.
    fn in_feeds(&self) -> Vec<(Subscription, OrgId)> {
        self.wanted
            .iter()
            .filter_map(|(one, org)| Some((*one, (*org)?)))
            .collect()
    }
}

pub(super) async fn decide_all(
    opened: &Opened,
    connection: &Connection,
    topics: Vec<Topic>,
) -> Result<Decided, Error> {
    let decided = join_all(
        topics
            .iter()
            .map(|topic| decide(opened, connection, *topic)),
    )
    .await;
    let (mut wanted, mut refused) = (vec![], vec![]);
    for (topic, decision) in topics.into_iter().zip(decided) {
        match decision {
            Ok(subscription) => wanted.push(subscription),
            // Nothing was decided: the client tries the whole message again.
            Err(error @ (Error::Unavailable | Error::Internal(_))) => return Err(error),
            Err(error) => refused.push((topic, error)),
        }
    }
    Ok(Decided { wanted, refused })
}

/// The topics of a message, each once.
fn read(texts: &[String]) -> Result<Vec<Topic>, Error> {
    let mut topics: Vec<Topic> = vec![];
    for (place, text) in texts.iter().enumerate() {
        let wrong = || {
            Error::field(
                &format!("topics/{place}"),
                "invalid",
                "must be a kind, a colon and an id",
            )
        };
        let topic = text.parse().map_err(|_| wrong())?;
        if !topics.contains(&topic) {
            topics.push(topic);
        }
    }
    Ok(topics)
}

/// Whether the person may listen to a topic, and in whose feed its events stand.
async fn decide(
    opened: &Opened,
    connection: &Connection,
    topic: Topic,
) -> Result<(Subscription, Option<OrgId>), Error> {
    let mut subscription = Subscription::to(topic);
    let scope = match topic {
        Topic::User(user) if user == connection.user => return Ok((subscription, None)),
        // Not `Forbidden`: whether there is such a person is nobody's business.
        Topic::User(_) => return Err(Error::NotFound),
        Topic::Org(id) => hear_org(opened, id).await?,
        Topic::Project(id) => opened.seal(id)?.require(Action::ActivityRead).await?.0,
        Topic::Task(id) => opened.seal(id)?.require(Action::ActivityRead).await?.0,
        Topic::Board(id) => {
            let (scope, board) = opened.seal(id)?.require(Action::ActivityRead).await?;
            subscription.project = Some(board.value.project);
            scope
        }
    };
    Ok((subscription, Some(scope.org_id())))
}

/// The right to listen to an organization.
async fn hear_org(opened: &Opened, id: OrgId) -> Result<Scope, Error> {
    let (scope, _) = opened.seal(id)?.require(Action::OrgRead).await?;
    // A guest is there and sees nothing of what is outside their projects.
    let hears = scope
        .standing()
        .granted(Action::ActivityRead, scope.circumstances());
    let refusal = Error::Forbidden {
        permission: Action::ActivityRead.as_str(),
    };
    scope.audited(hears.then_some(()).ok_or(refusal))?;
    Ok(scope)
}

/// Writes down what the connection listens to, in one transaction with its entries among the listeners.
async fn listen(
    app: &App,
    call: &Call,
    connection: Stored<Connection>,
    wanted: &[Subscription],
) -> Result<(), Error> {
    let operation = Operation::anonymous(call);
    let id = connection.value.connection.clone();
    // The first try spares a read: only after a lost race the connection is read anew.
    let mut known = Some(connection);
    contended(|| {
        // What the caller has read serves the first run only: later ones have lost a race.
        let (known, id) = (known.take(), &id);
        async move {
            let before = match known {
                Some(known) => known,
                None => load_connection(app, id, call.at).await?,
            };
            let (after, new) = before.value.and(wanted)?;
            if new.is_empty() {
                return Ok(());
            }
            let mut transaction = Transaction::new();
            for subscription in new {
                transaction.put(after.listener(subscription), &operation)?;
            }
            transaction.save(&before, after, &operation)?;
            table(app).commit(transaction).await
        }
    })
    .await
}

/// Does not listen to topics any more; tells which it has listened to.
///
/// # Errors
/// `Invalid` if a topic is no topic.
pub async fn unsubscribe(
    app: &App,
    call: &Call,
    id: &str,
    topics: &[String],
) -> Result<Vec<Topic>, Error> {
    leave(app, &Operation::anonymous(call), id, &read(topics)?).await
}

/// Takes topics from a connection; tells which it has listened to.
pub async fn leave(
    app: &App,
    operation: &Operation,
    id: &str,
    topics: &[Topic],
) -> Result<Vec<Topic>, Error> {
    contended(|| async {
        let before = load_connection(app, id, app.clock.now()).await?;
        let (after, gone) = before.value.without(topics);
        if gone.is_empty() {
            return Ok(vec![]);
        }
        let mut transaction = Transaction::new();
        for subscription in &gone {
            transaction.delete(&Stored::new(after.listener(*subscription), operation));
        }
        transaction.save(&before, after, operation)?;
        table(app).commit(transaction).await?;
        Ok(gone
            .into_iter()
            .map(|subscription| subscription.topic)
            .collect())
    })
    .await
}
