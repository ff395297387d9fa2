//! The authorizing read: who you are, what you may do here, and the thing itself, in one round trip.

use std::collections::HashMap;

use domain::Error;
use domain::access::{Action, Circumstances, Standing};
use domain::account::{Account, Session};
use domain::call::Call;
use domain::id::{OrgId, ProjectId, Tag, TaskId, TeamId, UserId};
use domain::organization::{Card, Organization};
use domain::project::Project;
use domain::task::Task;
use jiff::Timestamp;
use runtime::meter;

use crate::keys::{self, Key};
use crate::record::{Operation, Record, Stored};
use crate::scope::Scope;
use crate::store::Store;
use crate::table::{Item, Table};
use crate::token::Claimed;

/// What can be opened by its id.
pub trait Subject: Copy + Send + Sync {
    /// What the id names.
    type Thing: Record;

    /// The tenant it belongs to.
    fn tag(self) -> Tag;

    /// Where it stands.
    fn key(self) -> Key;

    /// Whether the thing under the key is the one that the id names: the key of an organization has only its tenant.
    fn names(self, _: &Self::Thing) -> bool {
        true
    }

    /// The project that decides about access to it, if any.
    fn project(self, thing: &Self::Thing) -> Option<ProjectId>;

    /// The team that it is, if it is one.
    fn team(self) -> Option<TeamId> {
        None
    }

    /// The project that it is, if it is one.
    fn as_project(_: &Self::Thing) -> Option<&Project> {
        None
    }

    /// Whether it is deleted.
    fn is_deleted(thing: &Self::Thing) -> bool;

    /// What it says about the caller: made by him (for restoring: deleted by him), assigned to him.
    fn relation(thing: &Self::Thing, user: UserId, action: Action) -> (bool, bool);
}

impl Subject for OrgId {
    type Thing = Organization;

    fn tag(self) -> Tag {
        OrgId::tag(self)
    }

    fn key(self) -> Key {
        keys::organization(OrgId::tag(self))
    }

    fn names(self, thing: &Organization) -> bool {
        thing.id == self
    }

    fn project(self, _: &Organization) -> Option<ProjectId> {
        None
    }

    fn is_deleted(thing: &Organization) -> bool {
        thing.deleted_at.is_some()
    }

    fn relation(thing: &Organization, user: UserId, _: Action) -> (bool, bool) {
        (thing.created_by == user, false)
    }
}

impl Subject for ProjectId {
    type Thing = Project;

    fn tag(self) -> Tag {
        ProjectId::tag(self)
    }

    fn key(self) -> Key {
        keys::project(self)
    }

    fn project(self, _: &Project) -> Option<ProjectId> {
        Some(self)
    }

    fn as_project(thing: &Project) -> Option<&Project> {
        Some(thing)
    }

    fn is_deleted(thing: &Project) -> bool {
        thing.deleted_at.is_some()
    }

    fn relation(thing: &Project, user: UserId, action: Action) -> (bool, bool) {
        let maker = if action == Action::ProjectRestore { thing.deleted_by } else { Some(thing.created_by) };
        (maker == Some(user), false)
    }
}

impl Subject for TaskId {
    type Thing = Task;

    fn tag(self) -> Tag {
        TaskId::tag(self)
    }

    fn key(self) -> Key {
        keys::task(self)
    }

    fn project(self, thing: &Task) -> Option<ProjectId> {
        Some(thing.project)
    }

    fn is_deleted(thing: &Task) -> bool {
        thing.deleted_at.is_some()
    }

    fn relation(thing: &Task, user: UserId, action: Action) -> (bool, bool) {
        let maker = if action == Action::TaskRestore { thing.deleted_by } else { Some(thing.created_by) };
        (maker == Some(user), thing.assignee == Some(user))
    }
}

/// A caller whose token is genuine and whose session is live.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Who.
    pub user: UserId,
    /// In which session.
    pub session: Stored<Session>,
    /// Under which operation his writes are known.
    pub operation: Operation,
    /// When he called.
    pub at: Timestamp,
    /// The version he has seen.
    pub if_match: Option<u64>,
}

/// What the authorizing read brought. Nobody looks into it without saying what for.
pub struct Sealed<T> {
    principal: Principal,
    org: Option<Stored<Organization>>,
    card: Option<Stored<Card>>,
    thing: Option<Stored<T>>,
    about: fn(&T, UserId, Action) -> (bool, bool),
    deleted: fn(&T) -> bool,
    team: Option<TeamId>,
    project_id: Option<ProjectId>,
    project: Option<Project>,
    extra: HashMap<Key, Item>,
    table: Table,
}

fn read<T: Record>(items: &HashMap<Key, Item>, key: &Key) -> Result<Option<Stored<T>>, Error> {
    items.get(key).map(Stored::read).transpose()
}

impl Store {
    /// Reads the caller's session beside `keys` and checks that he is somebody. The items come back only then.
    pub(crate) async fn admit(&self, call: &Call, keys: &[Key]) -> Result<(Principal, HashMap<Key, Item>), Error> {
        let claimed = Claimed::read(call.bearer.as_deref().ok_or(Error::Unauthenticated)?)?;
        let unknown = self.keyring.must_read(&claimed, call.at);
        if !unknown {
            self.keyring.verify(&claimed, call.at)?;
        }
        let session_key = keys::session(claimed.user, claimed.session);
        let mut wanted = keys.to_vec();
        wanted.push(session_key.clone());
        wanted.extend(unknown.then(keys::published_keys));
        // An unverified token counts for nobody.
        let count =
            async { if unknown { Ok(()) } else { self.limiter.count(&self.table, claimed.user, call.at).await } };
        let (items, counted) = tokio::join!(self.table.get_many(&wanted, true), count);
        counted?;
        let items = items?;
        if unknown {
            self.learn_keys(&items, call.at)?;
            self.keyring.verify(&claimed, call.at)?;
        }
        let session: Stored<Session> = read(&items, &session_key)?.ok_or(Error::Unauthenticated)?;
        if !session.value.is_live(call.at) {
            return Err(Error::Unauthenticated);
        }
        meter::note(|totals| totals.principal = Some(claimed.user.to_string()));
        let operation = Operation::of(call, claimed.user);
        Ok((Principal { user: claimed.user, session, operation, at: call.at, if_match: call.if_match }, items))
    }

    /// Opens the thing that `id` names, with whatever else is wanted from the same round trip.
    pub async fn open<S: Subject>(&self, call: &Call, id: S, extra: &[Key]) -> Result<Sealed<S::Thing>, Error> {
        let user = Claimed::read(call.bearer.as_deref().ok_or(Error::Unauthenticated)?)?.user;
        let (tag, thing_key) = (id.tag(), id.key());
        let (org_key, card_key) = (keys::organization(tag), keys::card(tag, user));
        let mut wanted = vec![org_key.clone(), card_key.clone(), thing_key.clone()];
        wanted.extend_from_slice(extra);
        let (principal, items) = self.admit(call, &wanted).await?;
        meter::note(|totals| totals.tenant = Some(tag.to_string()));
        let thing: Option<Stored<S::Thing>> = read(&items, &thing_key)?;
        let thing = thing.filter(|thing| id.names(&thing.value));
        let org: Option<Stored<Organization>> = read(&items, &org_key)?;
        let project_id = thing.as_ref().and_then(|thing| id.project(&thing.value));
        let mut sealed = Sealed {
            principal,
            card: read(&items, &card_key)?,
            thing,
            about: S::relation,
            deleted: S::is_deleted,
            team: id.team(),
            project_id,
            project: None,
            org,
            extra: items,
            table: self.table.clone(),
        };
        sealed.project = sealed.thing.as_ref().and_then(|thing| S::as_project(&thing.value)).cloned();
        if sealed.project.is_none() && sealed.is_restricted() {
            sealed.read_project().await?;
        }
        Ok(sealed)
    }

    /// Opens the caller's own account.
    pub async fn open_me(&self, call: &Call, extra: &[Key]) -> Result<Me, Error> {
        let user = Claimed::read(call.bearer.as_deref().ok_or(Error::Unauthenticated)?)?.user;
        let account_key = keys::account(user);
        let mut wanted = vec![account_key.clone()];
        wanted.extend_from_slice(extra);
        let (principal, items) = self.admit(call, &wanted).await?;
        let account = read(&items, &account_key)?.ok_or(Error::Unauthenticated)?;
        Ok(Me { principal, account, items })
    }
}

impl<T: Record> Sealed<T> {
    /// Whether the project must be looked at before anything is decided: it is private, archived or deleted, or has a
    /// workflow of its own.
    fn is_restricted(&self) -> bool {
        let restricted = self.org.as_ref().map(|org| &org.value.restricted);
        self.project_id.zip(restricted).is_some_and(|(project, restricted)| restricted.contains(project))
    }

    async fn read_project(&mut self) -> Result<(), Error> {
        let Some(key) = self.project_id.map(keys::project) else {
            return Ok(());
        };
        if !self.extra.contains_key(&key) {
            self.extra.extend(self.table.get_many(std::slice::from_ref(&key), true).await?);
        }
        self.project = read::<Project>(&self.extra, &key)?.map(|project| project.value);
        Ok(())
    }

    /// The thing, and the right to work on it: or 404 where the caller may not know of it, 403 where he may see but
    /// not do. If his roles in organization and project do not grant it and he has roles in teams, the project is read
    /// for the teams that are attached to it.
    pub async fn require(mut self, action: Action) -> Result<(Scope, Stored<T>), Error> {
        let mut decision = self.decide(action);
        let in_teams = self.card.as_ref().is_some_and(|card| card.value.is_live() && !card.value.teams.is_empty());
        let unread = self.project.is_none() && self.project_id.is_some();
        if matches!(decision, Err(Error::NotFound | Error::Forbidden { .. })) && in_teams && unread {
            self.read_project().await?;
            decision = self.decide(action);
        }
        let (standing, circumstances) = decision?;
        let (org, card, thing) = (self.org.ok_or(Error::NotFound)?, self.card.ok_or(Error::NotFound)?, self.thing);
        let scope = Scope::of(self.principal, org, card, standing, circumstances, self.project, self.extra);
        Ok((scope, thing.ok_or(Error::NotFound)?))
    }

    fn decide(&self, action: Action) -> Result<(Standing, Circumstances), Error> {
        let org = self.org.as_ref().ok_or(Error::NotFound)?;
        let card = self.card.as_ref().filter(|card| card.value.is_live()).ok_or(Error::NotFound)?;
        let stored = self.thing.as_ref().ok_or(Error::NotFound)?;
        let thing = &stored.value;
        // Whoever repeats a deletion finds what he has deleted.
        let repeated = stored.operations.find(&self.principal.operation).is_some();
        let deletes = matches!(
            action,
            Action::OrgDelete | Action::ProjectDelete | Action::TaskDelete | Action::TeamDelete | Action::BoardDelete
        );
        let restores = matches!(action, Action::OrgRestore | Action::ProjectRestore | Action::TaskRestore);
        let org_is_gone = org.value.deleted_at.is_some() && !matches!(action, Action::OrgRestore | Action::OrgDelete);
        if org_is_gone || (self.deleted)(thing) && !(restores || deletes && repeated) {
            return Err(Error::NotFound);
        }
        let teams = self.project.as_ref().map_or(&[][..], |project| &project.teams);
        let mut standing = match self.project_id {
            Some(project) => card.value.standing_in(project, teams),
            None => card.value.standing(),
        };
        standing.team = standing.team.or(self.team.and_then(|team| card.value.team_role(team)));
        let (own, assignee) = (self.about)(thing, self.principal.user, action);
        let settings = &org.value.settings;
        let circumstances = Circumstances {
            private: self.project.as_ref().is_some_and(Project::is_private),
            own,
            assignee,
            members_may: match action {
                Action::TeamCreate => settings.members_can_create_teams,
                _ => settings.members_can_create_projects,
            },
        };
        standing.may(action, circumstances)?;
        if let Some(project) = &self.project {
            if project.archived_at.is_some() && !action.works_in_archive() {
                return Err(Error::ProjectArchived);
            }
            let about_the_deletion = action == Action::ProjectRestore || action == Action::ProjectDelete && repeated;
            if project.deleted_at.is_some() && !about_the_deletion {
                return Err(if action == Action::TaskRestore { Error::ParentDeleted } else { Error::NotFound });
            }
        }
        Ok((standing, circumstances))
    }
}

impl Store {
    /// Scopes of those of `orgs` to which the caller belongs: the right to look for what he may see there.
    pub async fn scopes(&self, me: &Me, orgs: &[OrgId]) -> Result<Vec<Scope>, Error> {
        let user = me.principal.user;
        let wanted: Vec<Key> =
            orgs.iter().flat_map(|org| [keys::organization(org.tag()), keys::card(org.tag(), user)]).collect();
        let items = self.table.get_many(&wanted, true).await?;
        let scope = |org: &OrgId| {
            let found = (read(&items, &keys::organization(org.tag()))?, read(&items, &keys::card(org.tag(), user))?);
            let (Some(org), Some(card)): (Option<Stored<Organization>>, Option<Stored<Card>>) = found else {
                return Ok(None);
            };
            let live = org.value.deleted_at.is_none() && card.value.is_live();
            let standing = card.value.standing();
            let circumstances = Circumstances::default();
            let scope = || Scope::of(me.principal.clone(), org, card, standing, circumstances, None, HashMap::new());
            Ok(live.then(scope))
        };
        orgs.iter().filter_map(|org| scope(org).transpose()).collect()
    }
}

/// The caller's own account, and what was read beside it.
pub struct Me {
    /// Who calls.
    pub principal: Principal,
    /// His account.
    pub account: Stored<Account>,
    items: HashMap<Key, Item>,
}

impl Me {
    /// What else was read.
    pub fn read<T: Record>(&self, key: &Key) -> Result<Option<Stored<T>>, Error> {
        read(&self.items, key)
    }
}
