//! What must be known before anybody is told: the task and the people around it, then the rights and wishes of those
//! who would be told. Two reads, whatever has happened; a third for the answer to a comment.

use std::collections::HashMap;

use domain::Error;
use domain::account::Profile;
use domain::feed::event::Event;
use domain::id::{OrgId, ProjectId, Tag, TaskId, UserId};
use domain::membership::organization::{Card, Organization};
use domain::notices::notification::NotificationType;
use domain::notices::notification::preferences::{Channels, Preferences};
use domain::notices::notification::rules::Circle;
use domain::notices::watch::Watch;
use domain::talk::comment::Comment;
use domain::work::project::Project;
use domain::work::task::Task;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::Store;
use store::keys::{self, Key};
use store::record::{Stored, find_value};
use store::table::Item;

use super::{ByPerson, is_comment, table};

/// The most words about a task that are looked at: as many as an organization has people.
const MOST_WATCHERS: usize = 10_000;

/// Around what something has happened.
#[derive(Debug, Default)]
pub(super) struct Scene {
    /// The project that it is in now.
    pub project: Option<ProjectId>,
    /// The task.
    pub task: Option<Task>,
    /// The people around the task.
    pub circle: Circle,
}

impl Scene {
    /// Reads the task of an event and who is around it; none if nobody has to know any more: the organization, the task
    /// or the comment is gone.
    pub async fn read(
        store: &Store,
        org: OrgId,
        event: &Event,
        id: TaskId,
    ) -> Result<Option<Self>, Error> {
        let Some(Around {
            task,
            watches,
            comment,
        }) = Around::read(store, org, event, id).await?
        else {
            return Ok(None);
        };
        let mut circle = Circle {
            creator: Some(task.created_by),
            assignee: task.assignee,
            watches,
            ..Circle::default()
        };
        if let Some(comment) = comment {
            circle.mentioned = comment
                .newly_mentioned(event.version)
                .map(|mention| mention.user)
                .collect();
            circle.answered = answered(store, &comment).await?;
        }
        Ok(Some(Self {
            project: Some(task.project),
            task: Some(task),
            circle,
        }))
    }
}

/// What is read first of a task and what is around it.
struct Around {
    task: Task,
    watches: Vec<Watch>,
    /// The comment that was written, if the event is about one.
    comment: Option<Comment>,
}

impl Around {
    async fn read(
        store: &Store,
        org: OrgId,
        event: &Event,
        id: TaskId,
    ) -> Result<Option<Self>, Error> {
        let comment_key = comment_of(event, id);
        let task_key = keys::task(id);
        let wanted: Vec<Key> = [task_key.clone(), keys::organization(org.tag())]
            .into_iter()
            .chain(comment_key.clone())
            .collect();
        let (items, watches) =
            tokio::join!(table(store).get_many(&wanted, true), watches(store, id));
        let items = items?;
        let live = live_org(&items, org.tag())?.is_some();
        let Some(task) = find_value::<Task>(&items, &task_key)?.filter(|_| live) else {
            return Ok(None);
        };
        let watches = watches?;
        let comment = live_comment(&items, comment_key)?;
        if is_comment(event) && comment.is_none() {
            return Ok(None);
        }
        Ok(Some(Self {
            task,
            watches,
            comment,
        }))
    }
}

/// Where the comment stands that was written, if the event is about one.
fn comment_of(event: &Event, task: TaskId) -> Option<Key> {
    event
        .subject
        .parse()
        .ok()
        .filter(|_| is_comment(event))
        .map(|comment| keys::comment(task, comment))
}

fn live_comment(items: &HashMap<Key, Item>, key: Option<Key>) -> Result<Option<Comment>, Error> {
    let comment = key.map(|key| find_value::<Comment>(items, &key));
    Ok(comment.transpose()?.flatten().filter(Comment::is_live))
}

fn live_org(items: &HashMap<Key, Item>, tag: Tag) -> Result<Option<Organization>, Error> {
    let org = find_value::<Organization>(items, &keys::organization(tag))?;
    Ok(org.filter(|org| org.deleted_at.is_none()))
}

/// Whose comment a comment answers.
async fn answered(store: &Store, comment: &Comment) -> Result<Option<UserId>, Error> {
    let Some(parent) = comment.parent else {
        return Ok(None);
    };
    let item = table(store)
        .get(&keys::comment(comment.task, parent))
        .await?;
    Ok(item
        .as_ref()
        .map(Stored::<Comment>::read)
        .transpose()?
        .map(|parent| parent.value.author))
}

async fn watches(store: &Store, task: TaskId) -> Result<Vec<Watch>, Error> {
    let rows = table(store)
        .query(&keys::watches_of(task).limit(MOST_WATCHERS))
        .await?;
    rows.items
        .iter()
        .map(|item| Stored::<Watch>::read(item).map(|watch| watch.value))
        .collect()
}

/// The people who would be told, and what decides whether and how they are.
#[derive(Debug, Default)]
pub(super) struct People {
    cards: ByPerson<Card>,
    preferences: ByPerson<Preferences>,
    zones: ByPerson<TimeZone>,
    project: Option<Project>,
    live: bool,
    /// What the organization is called.
    pub organization: String,
    /// What the one who did it is called.
    pub actor: Option<String>,
}

impl People {
    /// Reads them.
    pub async fn read(
        store: &Store,
        org: OrgId,
        event: &Event,
        scene: &Scene,
        listeners: &[UserId],
    ) -> Result<Self, Error> {
        let tag = org.tag();
        let wanted = wanted(tag, event, scene, listeners);
        let items = table(store).get_many(&wanted, true).await?;
        let org = live_org(&items, tag)?;
        let mut people = Self {
            live: org.is_some(),
            organization: org.map(|org| org.name.into()).unwrap_or_default(),
            ..Self::default()
        };
        if let Some(id) = scene.project {
            people.project = find_value(&items, &keys::project(id))?;
        }
        if let Some(actor) = event.actor {
            people.actor = find_value::<Card>(&items, &keys::card(tag, actor))?.map(called);
        }
        for user in listeners {
            people.enter(&items, tag, *user)?;
        }
        Ok(people)
    }

    /// Takes what was read of one of them.
    fn enter(&mut self, items: &HashMap<Key, Item>, tag: Tag, user: UserId) -> Result<(), Error> {
        self.cards
            .extend(find_value(items, &keys::card(tag, user))?.map(|card| (user, card)));
        self.preferences
            .extend(find_value(items, &keys::preferences(user))?.map(|own| (user, own)));
        let profile: Option<Profile> = find_value(items, &keys::profile(user))?;
        let zone = profile.and_then(|profile| TimeZone::get(profile.timezone.as_deref()?).ok());
        self.zones.insert(user, zone.unwrap_or(TimeZone::UTC));
        Ok(())
    }

    /// Whether somebody may know of what has happened, and wants to. That a task is deleted by now hides what they were
    /// told, in lists and letters: it may come back.
    pub fn may_hear(&self, user: UserId, kind: NotificationType, scene: &Scene) -> bool {
        let Some(card) = self
            .cards
            .get(&user)
            .filter(|card| self.live && card.is_live())
        else {
            return false;
        };
        let sees = match (scene.project, &self.project) {
            (None, _) => true,
            (Some(_), Some(project)) => project.is_seen_by(card),
            (Some(_), None) => false,
        };
        sees && !self.channels(user, kind).none()
    }

    /// By which ways somebody wants to be told.
    pub fn channels(&self, user: UserId, kind: NotificationType) -> Channels {
        self.preferences
            .get(&user)
            .map_or_else(|| Channels::default_of(kind), |own| own.channels(kind))
    }

    /// Until when somebody wants quiet, if it is their quiet time.
    pub fn quiet_until(&self, user: UserId, now: Timestamp) -> Option<Timestamp> {
        let quiet = self.preferences.get(&user)?.quiet?;
        quiet.until(now, self.zones.get(&user)?)
    }

    /// What the project is called.
    pub fn project_name(&self) -> Option<&str> {
        self.project.as_ref().map(|project| project.name.as_str())
    }
}

/// What is read of the organization, the project, the one who did it, and those who would be told.
fn wanted(tag: Tag, event: &Event, scene: &Scene, listeners: &[UserId]) -> Vec<Key> {
    // The organization is read here too: a change of membership comes without the first read.
    let mut wanted = vec![keys::organization(tag)];
    wanted.extend(scene.project.map(keys::project));
    wanted.extend(event.actor.map(|actor| keys::card(tag, actor)));
    for user in listeners {
        wanted.extend([
            keys::card(tag, *user),
            keys::preferences(*user),
            keys::profile(*user),
        ]);
    }
    wanted
}

fn called(card: Card) -> String {
    card.full_name
        .map_or_else(|| card.username.to_string(), Into::into)
}
