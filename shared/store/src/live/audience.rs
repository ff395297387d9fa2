//! Who of many may hear something now. The rights are read with every delivery, many people's in one go: whoever has
//! lost them hears nothing more, and nobody has to tell.

use std::collections::{HashMap, HashSet};

use domain::Error;
use domain::access::{Action, Circumstances};
use domain::account::Session;
use domain::id::{ProjectId, SessionId, Tag, UserId};
use domain::live::Topic;
use domain::membership::organization::{Card, Organization};
use domain::work::project::Project;
use jiff::Timestamp;

use crate::keys::{self, Key};
use crate::record::find_value;
use crate::store::Store;
use crate::table::Item;

/// What is known of the people who listen to something of one organization.
pub struct Listeners {
    live: bool,
    cards: HashMap<UserId, Card>,
    sessions: HashSet<(UserId, SessionId)>,
    projects: HashMap<ProjectId, Project>,
}

impl Store {
    /// Reads what decides who of these people, each in a session of theirs, may hear what happens in these projects of
    /// a tenant.
    pub async fn audience(
        &self,
        tag: Tag,
        people: &[(UserId, SessionId)],
        projects: &[ProjectId],
        now: Timestamp,
    ) -> Result<Listeners, Error> {
        let mut wanted = vec![keys::organization(tag)];
        wanted.extend(projects.iter().map(|id| keys::project(*id)));
        for (user, session) in people {
            wanted.extend([keys::card(tag, *user), keys::session(*user, *session)]);
        }
        // Consistent: whoever was removed a moment ago must not hear what comes after.
        let items = self.table.get_many(&wanted, true).await?;
        let org: Option<Organization> = find_value(&items, &keys::organization(tag))?;
        Ok(Listeners {
            live: org.is_some_and(|org| org.deleted_at.is_none()),
            sessions: live_sessions(&items, people, now)?,
            cards: live_cards(&items, tag, people)?,
            projects: projects_read(&items, projects)?,
        })
    }

    /// Which of these sessions are good.
    pub async fn live_sessions(
        &self,
        people: &[(UserId, SessionId)],
        now: Timestamp,
    ) -> Result<HashSet<(UserId, SessionId)>, Error> {
        let wanted: Vec<Key> = people
            .iter()
            .map(|(user, session)| keys::session(*user, *session))
            .collect();
        live_sessions(&self.table.get_many(&wanted, true).await?, people, now)
    }
}

fn live_sessions(
    items: &HashMap<Key, Item>,
    people: &[(UserId, SessionId)],
    now: Timestamp,
) -> Result<HashSet<(UserId, SessionId)>, Error> {
    let mut live = HashSet::new();
    for (user, id) in people {
        let session: Option<Session> = find_value(items, &keys::session(*user, *id))?;
        live.extend(
            session
                .filter(|session| session.is_live(now))
                .map(|_| (*user, *id)),
        );
    }
    Ok(live)
}

fn live_cards(
    items: &HashMap<Key, Item>,
    tag: Tag,
    people: &[(UserId, SessionId)],
) -> Result<HashMap<UserId, Card>, Error> {
    let mut live = HashMap::new();
    for (user, _) in people {
        let card: Option<Card> = find_value(items, &keys::card(tag, *user))?;
        live.extend(card.filter(Card::is_live).map(|card| (*user, card)));
    }
    Ok(live)
}

fn projects_read(
    items: &HashMap<Key, Item>,
    ids: &[ProjectId],
) -> Result<HashMap<ProjectId, Project>, Error> {
    let mut read = HashMap::new();
    for id in ids {
        let project: Option<Project> = find_value(items, &keys::project(*id))?;
        read.extend(project.map(|project| (*id, project)));
    }
    Ok(read)
}

impl Listeners {
    /// Whether somebody's session is good.
    pub fn is_signed_in(&self, user: UserId, session: SessionId) -> bool {
        self.sessions.contains(&(user, session))
    }

    /// Whether somebody belongs to the organization.
    pub fn has(&self, user: UserId) -> bool {
        self.card(user).is_ok()
    }

    /// Whether somebody may listen to a topic; `project` is the one that the topic is, or is in.
    ///
    /// # Errors
    /// `NotFound` to whom it is as if it were not there, `Forbidden` to whoever sees the organization only.
    pub fn may_listen(
        &self,
        user: UserId,
        topic: Topic,
        project: Option<ProjectId>,
    ) -> Result<(), Error> {
        match (topic, project) {
            (Topic::User(own), _) if own == user => Ok(()),
            (Topic::User(_), _) | (_, None) if !matches!(topic, Topic::Org(_)) => {
                Err(Error::NotFound)
            }
            (_, Some(project)) if !matches!(topic, Topic::Org(_)) => self.sees(user, project),
            _ => {
                let card = self.card(user)?;
                let hears = card
                    .standing()
                    .granted(Action::ActivityRead, Circumstances::default());
                hears.then_some(()).ok_or(Error::Forbidden {
                    permission: Action::ActivityRead.as_str(),
                })
            }
        }
    }

    /// Whether somebody sees what happens in a project.
    ///
    /// # Errors
    /// `NotFound` if they do not, or the project is deleted.
    pub fn sees(&self, user: UserId, project: ProjectId) -> Result<(), Error> {
        let live = self
            .projects
            .get(&project)
            .is_some_and(|project| project.deleted_at.is_none());
        if live {
            self.saw(user, project)
        } else {
            Err(Error::NotFound)
        }
    }

    /// Whether somebody sees what happens to a project, its deletion included.
    ///
    /// # Errors
    /// `NotFound` if they do not.
    pub fn saw(&self, user: UserId, project: ProjectId) -> Result<(), Error> {
        let card = self.card(user)?;
        let project = self.projects.get(&project).ok_or(Error::NotFound)?;
        let around = Circumstances {
            private: project.is_private(),
            ..Circumstances::default()
        };
        card.standing_in(project.id, &project.teams)
            .may(Action::ActivityRead, around)
    }

    fn card(&self, user: UserId) -> Result<&Card, Error> {
        self.cards
            .get(&user)
            .filter(|_| self.live)
            .ok_or(Error::NotFound)
    }
}
