//! Telling people of what has happened: who is told ([`circle`] reads, `domain::notices::notification::rules` decide), what is
//! written into their inboxes, and which jobs follow for other ways ([`jobs`]).
//!
//! Everything is known by event and person, so it may be done again: an inbox item that is there is not written anew,
//! and a job that is queued twice is done once.

mod circle;
mod jobs;
mod write;

pub use jobs::Jobs;

use std::collections::{BTreeMap, HashMap};

use domain::Error;
use domain::feed::event::{Event, EventType};
use domain::id::{OrgId, UserId};
use domain::notices::notification::NotificationType;
use domain::notices::notification::rules;
use jiff::Timestamp;
use store::Store;
use store::table::Table;

use crate::notices::notify::circle::{People, Scene};

fn table(store: &Store) -> &Table {
    store.outside("events have no caller; whoever is told is checked by their card")
}

/// Tells those who are to know of an event of an organization, and says what is to be queued for them.
pub async fn notify_people(
    store: &Store,
    org: OrgId,
    event: &Event,
    now: Timestamp,
) -> Result<Jobs, Error> {
    if !rules::is_news(event) {
        return Ok(Jobs::default());
    }
    let Some((scene, told)) = audience(store, org, event).await? else {
        return Ok(Jobs::default());
    };
    let listeners: Vec<UserId> = told.keys().copied().collect();
    let people = People::read(store, org, event, &scene, &listeners).await?;
    // Rights before anything is written: who may not know is not made a watcher either.
    let told: BTreeMap<UserId, NotificationType> = told
        .into_iter()
        .filter(|(user, kind)| people.may_hear(*user, *kind, &scene))
        .collect();
    write::watches(store, event, &scene, &told).await?;
    let written = write::inbox(store, org, event, &told, &people).await?;
    Ok(jobs::of(written, &people, &scene, now))
}

/// Around what it has happened, and who is to be told what, if they may know.
async fn audience(
    store: &Store,
    org: OrgId,
    event: &Event,
) -> Result<Option<(Scene, BTreeMap<UserId, NotificationType>)>, Error> {
    if let Some(told) = rules::of_membership(event) {
        let scene = Scene {
            project: told.project,
            ..Scene::default()
        };
        return Ok(Some((scene, BTreeMap::from([(told.user, told.kind)]))));
    }
    let Some(task) = event.task else {
        return Ok(None);
    };
    let Some(scene) = Scene::read(store, org, event, task).await? else {
        return Ok(None);
    };
    let told = rules::of_task(event, &scene.circle);
    Ok(Some((scene, told)))
}

/// Whether the event is about a comment that was written.
fn is_comment(event: &Event) -> bool {
    matches!(
        event.kind,
        EventType::CommentCreated | EventType::CommentUpdated
    )
}

/// Things by the people whose they are.
type ByPerson<T> = HashMap<UserId, T>;
