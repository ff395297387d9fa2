//! Who gets what.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use app::App;
use app::live::connect::{forget_connection, list_listeners};
use app::live::position::Positions;
use app::live::shown::{ShownEvent, judge, projects};
use app::live::subscribe::leave;
use domain::Error;
use domain::feed::event::{Event, EventType, Numbered};
use domain::id::{OrgId, ProjectId, SessionId, Tag, UserId};
use domain::live::{Listener, Topic};
use edge::live::{ByeFrame, ErrorFrame, NotificationFrame, ServerFrame};
use futures_util::future::join_all;
use store::live::audience::Listeners;
use store::record::Operation;

use crate::batch::{Job, Run};
use crate::frames::{self, Draft, Piece};
use crate::posts::{Batch, Posted};

/// The most connections that listen to one topic.
const MOST: usize = 10_000;

/// What became of a delivery, in numbers of connections.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Those that listen.
    pub listeners: usize,
    /// Those that got all that was for them.
    pub sent: usize,
    /// Those that are no more.
    pub gone: usize,
    /// Those that did not take it.
    pub failed: usize,
}

/// What one connection gets.
enum Word {
    /// These texts.
    Texts(Arc<[String]>),
    /// These, and that it does not listen any more.
    Lost(Arc<[String]>, Error),
    /// That it is closed.
    Bye(ByeFrame),
}

/// Sends a job to all whom it concerns.
///
/// # Errors
/// When the table does not tell who they are; then nothing was sent.
pub async fn deliver(app: &App, posts: &Batch<'_>, job: &Job) -> Result<Told, Error> {
    let words = words(app, job).await?;
    let posted = join_all(
        words
            .iter()
            .map(|(listener, word)| tell(app, posts, listener, word)),
    )
    .await;
    let count = |wanted| posted.iter().filter(|one| **one == wanted).count();
    let [sent, gone, failed] = [Posted::Sent, Posted::Gone, Posted::Failed].map(count);
    Ok(Told {
        listeners: words.len(),
        sent,
        gone,
        failed,
    })
}

/// Whom a job concerns, and what each of them gets.
async fn words(app: &App, job: &Job) -> Result<Vec<(Listener, Word)>, Error> {
    match job {
        Job::Events(run) => events(app, run).await,
        Job::Aside {
            org,
            project,
            event,
        } => aside(app, *org, *project, event).await,
        Job::Notification {
            user,
            org,
            project,
            notification,
        } => {
            let frame = NotificationFrame {
                topic: Topic::User(*user).to_string(),
                organization: org.uuid(),
                notification: notification.clone(),
            };
            notify(app, *user, *org, *project, frame).await
        }
        Job::Close {
            user,
            session,
            org,
            reason,
        } => {
            let bye = ByeFrame {
                reason: reason.clone(),
                organization: org.map(|org| org.uuid()),
            };
            let meant = ended(app, *user, *session, org.is_some()).await?;
            Ok(meant
                .into_iter()
                .map(|listener| (listener, Word::Bye(bye.clone())))
                .collect())
        }
    }
}

async fn of_topic(app: &App, channel: Topic) -> Result<Vec<Listener>, Error> {
    list_listeners(
        app.store.outside("a job of the feed names who is meant"),
        channel,
        MOST,
        app.clock.now(),
    )
    .await
}

/// Those who listen to a topic, and what decides about what they may hear.
struct Listening {
    all: Vec<Listener>,
    audience: Listeners,
}

/// Who listens to a topic of a tenant, and what decides about these projects; none if nobody does.
async fn listening(
    app: &App,
    channel: Topic,
    tag: Tag,
    projects: &[ProjectId],
) -> Result<Option<Listening>, Error> {
    let all = of_topic(app, channel).await?;
    if all.is_empty() {
        return Ok(None);
    }
    let audience = app
        .store
        .audience(tag, &people(&all), projects, app.clock.now())
        .await?;
    Ok(Some(Listening { all, audience }))
}

/// The connections that may not go on: those whose session is not good any more, or, of one who has left an
/// organization, all of theirs. They may come again, and hear what is left to them.
async fn ended(
    app: &App,
    user: UserId,
    session: Option<SessionId>,
    left: bool,
) -> Result<Vec<Listener>, Error> {
    let mut all = of_topic(app, Topic::User(user)).await?;
    all.retain(|one| session.is_none_or(|session| session == one.session));
    if !left {
        let good = app
            .store
            .live_sessions(&people(&all), app.clock.now())
            .await?;
        all.retain(|one| !good.contains(&(one.user, one.session)));
    }
    Ok(all)
}

/// The people who listen, each session once.
fn people(listeners: &[Listener]) -> Vec<(UserId, SessionId)> {
    let distinct: BTreeSet<(UserId, SessionId)> = listeners
        .iter()
        .map(|one| (one.user, one.session))
        .collect();
    distinct.into_iter().collect()
}

/// What those who listen to a topic get of its events: what they may see at this moment.
async fn events(app: &App, run: &Run) -> Result<Vec<(Listener, Word)>, Error> {
    let needed: BTreeSet<ProjectId> = run
        .events
        .iter()
        .flat_map(|(_, numbered)| projects(run.topic, &numbered.event))
        .collect();
    let needed: Vec<ProjectId> = needed.into_iter().collect();
    let tag = run.org.tag();
    let Some(Listening { all, audience }) = listening(app, run.topic, tag, &needed).await? else {
        return Ok(vec![]);
    };
    let positions = Positions::new(app, app.clock.now()).await?;
    let mut drafts: HashMap<Vec<ShownEvent>, Vec<Draft>> = HashMap::new();
    let mut words = Vec::with_capacity(all.len());
    for listener in all {
        let word = word(&audience, run, &listener, &positions, &mut drafts)?;
        words.push((listener, word));
    }
    Ok(words)
}

/// What one gets. Most see the same, so each message is drafted once.
fn word(
    audience: &Listeners,
    run: &Run,
    listener: &Listener,
    positions: &Positions,
    drafts: &mut HashMap<Vec<ShownEvent>, Vec<Draft>>,
) -> Result<Word, Error> {
    if !audience.is_signed_in(listener.user, listener.session) {
        return Ok(Word::Bye(ByeFrame::because("session_ended")));
    }
    let shown = match judged(audience, run, listener.user) {
        Ok(shown) => shown,
        Err(error) => return Ok(Word::Lost(Arc::new([]), error)),
    };
    let topic = listener.to.topic;
    let drafts = drafts
        .entry(shown)
        .or_insert_with_key(|shown| drafted(run, shown));
    let texts = drafts
        .iter()
        .map(|draft| draft.text(positions, listener.user, topic, run.org));
    let texts = texts.collect::<Result<_, Error>>()?;
    Ok(if deletes(run, topic) {
        Word::Lost(texts, Error::NotFound)
    } else {
        Word::Texts(texts)
    })
}

/// How much a person is shown of each event.
///
/// # Errors
/// Why they may not listen to the topic any more.
fn judged(audience: &Listeners, run: &Run, user: UserId) -> Result<Vec<ShownEvent>, Error> {
    run.events
        .iter()
        .map(|(_, numbered)| judge(audience, user, run.topic, &numbered.event))
        .collect()
}

/// The messages for those who are shown so much of each event.
fn drafted(run: &Run, shown: &[ShownEvent]) -> Vec<Draft> {
    let pieces = run
        .events
        .iter()
        .zip(shown)
        .map(|((prev, numbered), shown)| (*prev, numbered, *shown));
    frames::draft(&pieces.collect::<Vec<Piece<'_>>>())
}

/// What those who listen to an organization get of what happened to a private project: all if they see it, else
/// nothing.
async fn aside(
    app: &App,
    org: OrgId,
    project: ProjectId,
    event: &Event,
) -> Result<Vec<(Listener, Word)>, Error> {
    let topic = Topic::Org(org);
    let Some(Listening { all, audience }) = listening(app, topic, org.tag(), &[project]).await?
    else {
        return Ok(vec![]);
    };
    let drafts = drafted_aside(event);
    let word = |listener: Listener| {
        let user = listener.user;
        let hears = audience.is_signed_in(user, listener.session)
            && audience.may_listen(user, topic, None).is_ok()
            && audience.saw(user, project).is_ok();
        let texts = || drafts.iter().map(|draft| draft.aside(user, org)).collect();
        hears.then(|| (listener, Word::Texts(texts())))
    };
    Ok(all.into_iter().filter_map(word).collect())
}

/// The messages about an event that is told aside: there its number counts for nothing.
fn drafted_aside(event: &Event) -> Vec<Draft> {
    let told = Numbered {
        seq: 0,
        event: event.clone(),
    };
    frames::draft(&[(None, &told, ShownEvent::All)])
}

/// Whether the events end with a board that is listened to: it cannot be brought back.
fn deletes(run: &Run, topic: Topic) -> bool {
    let is_it = |event: &Event| {
        event.kind == EventType::BoardDeleted && event.board.map(Topic::Board) == Some(topic)
    };
    run.events
        .iter()
        .any(|(_, numbered)| is_it(&numbered.event))
}

/// What a person's connections get of a notification: nothing if they may not see any more what it is about.
async fn notify(
    app: &App,
    user: UserId,
    org: OrgId,
    project: Option<ProjectId>,
    frame: NotificationFrame,
) -> Result<Vec<(Listener, Word)>, Error> {
    let Some(Listening { all, audience }) =
        listening(app, Topic::User(user), org.tag(), project.as_slice()).await?
    else {
        return Ok(vec![]);
    };
    let sees = project.map_or_else(
        || audience.has(user),
        |project| audience.sees(user, project).is_ok(),
    );
    let texts: Arc<[String]> = Arc::new([ServerFrame::Notification(frame).text()]);
    let word = |listener: Listener| {
        let word = match audience.is_signed_in(listener.user, listener.session) {
            true => sees.then(|| Word::Texts(texts.clone()))?,
            false => Word::Bye(ByeFrame::because("session_ended")),
        };
        Some((listener, word))
    };
    Ok(all.into_iter().filter_map(word).collect())
}

/// Tells one connection its word, and forgets what is no more.
async fn tell(app: &App, posts: &Batch<'_>, listener: &Listener, word: &Word) -> Posted {
    let id = &listener.connection;
    let posted = match word {
        Word::Texts(texts) => send(posts, id, texts.iter().map(String::as_str)).await,
        Word::Lost(texts, error) => lose(app, posts, listener, texts, error).await,
        Word::Bye(bye) => {
            let posted = posts.post(id, &ServerFrame::Bye(bye.clone()).text()).await;
            posts.close(id).await;
            note("a closed connection", forget_connection(app, id).await);
            posted
        }
    };
    if posted == Posted::Gone {
        note(
            "a connection that is gone",
            forget_connection(app, id).await,
        );
    }
    posted
}

/// Takes a topic from a connection, and tells it so behind the last texts.
async fn lose(
    app: &App,
    posts: &Batch<'_>,
    listener: &Listener,
    texts: &[String],
    error: &Error,
) -> Posted {
    let (id, topic) = (&listener.connection, listener.to.topic);
    let last = ServerFrame::Error(ErrorFrame::about(topic, error.clone())).text();
    let left = leave(app, &operation(app), id, &[topic]).await;
    note("a lost topic", left.map(drop));
    // It is told that it does not listen any more, though what came before could not be.
    let before = send(posts, id, texts.iter().map(String::as_str)).await;
    let told = posts.post(id, &last).await;
    if before == Posted::Sent { told } else { before }
}

/// One text after the other, as long as the connection takes them: what comes later would come without what came
/// before.
async fn send(posts: &Batch<'_>, connection: &str, texts: impl Iterator<Item = &str>) -> Posted {
    for text in texts {
        let posted = posts.post(connection, text).await;
        if posted != Posted::Sent {
            return posted;
        }
    }
    Posted::Sent
}

fn operation(app: &App) -> Operation {
    Operation::internal(app.entropy.bytes())
}

/// What is left over concerns nobody: it is looked at again with the next delivery, and goes with its time.
fn note(what: &str, done: Result<(), Error>) {
    if let Err(error) = done
        && error != Error::NotFound
    {
        tracing::warn!(what, %error, "could not be tidied up");
    }
}
