//! The authorizing read: who you are, what you may do here, and the thing itself, in one round trip.

mod explain;

pub use explain::Explained;

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};
use std::str::FromStr;
use std::sync::Arc;

use domain::Error;
use domain::access::{Action, Circumstances, Effect, OrgRole, Standing};
use domain::account::{Account, Session};
use domain::call::Call;
use domain::id::{OrgId, ProjectId, SessionId, Tag, TaskId, TeamId, UserId};
use domain::membership::organization::{Card, Organization};
use domain::work::project::Project;
use domain::work::task::Task;
use jiff::Timestamp;
use runtime::meter;

use crate::answered::Answered;
use crate::feed::signal::Witness;
use crate::keys::{self, Key};
use crate::limits::Limiter;
use crate::record::{Operation, Record, Stored, find, find_value};
use crate::scope::Scope;
use crate::store::Store;
use crate::table::{Item, Table};
use crate::token::Claimed;

/// What can be opened by its id.
pub trait Subject: Copy + Send + Sync + std::fmt::Display {
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

    /// Whether such things are in projects, so that one may have to be read before it is known who sees them.
    const IN_PROJECT: bool = false;

    /// The project that decides about access to it, if any.
    fn project(self, thing: &Self::Thing) -> Option<ProjectId>;

    /// Whether its project takes part in deciding about access of this person.
    fn heeds_project(_: &Self::Thing, _user: UserId) -> bool {
        true
    }

    /// Whether it is hidden from somebody whose roles would show it: `sees_project` says whether they see the project
    /// that it is in, which is so if it is in none.
    fn is_hidden(_: &Self::Thing, _user: UserId, _sees_project: bool) -> bool {
        false
    }

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

    /// What it says about the caller: made by them (for restoring: deleted by them), assigned to them.
    fn relation(thing: &Self::Thing, user: UserId, action: Action) -> (bool, bool);
}

/// A caller whose token is genuine and whose session is live.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Who.
    pub user: UserId,
    /// In which session.
    pub session: Stored<Session>,
    /// Under which operation their writes are known.
    pub operation: Operation,
    /// When they called.
    pub at: Timestamp,
    /// The version they have seen.
    pub if_match: Option<u64>,
    /// Notes what must be known of the request although it changes nothing.
    pub(crate) witness: Witness,
    /// What was opened for the request when it was done before.
    pub(crate) noted: Option<String>,
    /// What charges the organization that the request is about.
    pub(crate) limiter: Arc<Limiter>,
    /// What is still to be charged.
    pub(crate) cost: u32,
}

impl Principal {
    /// Charges the organization for the request, once.
    fn charge(&mut self, table: &Table, tag: Tag) -> Result<(), Error> {
        match std::mem::take(&mut self.cost) {
            0 => Ok(()),
            cost => self.limiter.charge(table, tag, cost, self.at),
        }
    }

    /// The same, whose witness knows what was opened.
    fn about(&self, org: OrgId, subject: &str, project: Option<ProjectId>) -> Self {
        Self {
            witness: self.witness.about(org, subject, project),
            ..self.clone()
        }
    }
}

/// What the authorizing read brought. Nobody looks into it without saying what for.
pub struct Sealed<T> {
    principal: Principal,
    org: Option<Stored<Organization>>,
    card: Option<Stored<Card>>,
    thing: Option<Stored<T>>,
    about: fn(&T, UserId, Action) -> (bool, bool),
    hides: fn(&T, UserId, bool) -> bool,
    own_part: Option<bool>,
    lacks_part: bool,
    deleted: fn(&T) -> bool,
    team: Option<TeamId>,
    project_id: Option<ProjectId>,
    project: Option<Project>,
    /// Where a project would stand that is looked for instead of one that must not be known of. None if no project is
    /// ever looked for, or all were in one go.
    decoy: Option<Key>,
    tag: Tag,
    extra: Arc<HashMap<Key, Item>>,
    table: Table,
}

impl Store {
    /// Reads the caller's session beside `keys` and checks that they are somebody. The items come back only then.
    // In one piece: signature, session and note are judged in this order, and nothing goes out before the last.
    pub(crate) async fn admit(
        &self,
        call: &Call,
        keys: &[Key],
    ) -> Result<(Principal, HashMap<Key, Item>), Error> {
        let claimed = Claimed::of(call)?;
        // As long as the instance knows the keys, a forged token costs no request to the table.
        let unknown = self.keyring.must_read(&claimed, call.at);
        if !unknown {
            self.keyring.verify(&claimed, call.at)?;
        }
        let mut wanted = keys.to_vec();
        wanted.push(keys::session(claimed.user, claimed.session));
        wanted.extend(note_of(call, claimed.user));
        wanted.extend(unknown.then(keys::published_keys));
        let verified = (!unknown).then_some(claimed.user);
        let items = self
            .read_and_count(&wanted, verified, call.cost, call.at)
            .await?;
        if unknown {
            self.learn_keys(&items, call.at)?;
            self.keyring.verify(&claimed, call.at)?;
        }
        let principal = self.recognize(call, (claimed.user, claimed.session), &items)?;
        // Before names, rights and the thing itself are looked at: the request may have changed any of them.
        let note = note_of(call, claimed.user).map(|key| find_value::<Answered>(&items, &key));
        match note.transpose()?.flatten() {
            Some(note) => Ok((note.judge(principal)?, items)),
            None => Ok((principal, items)),
        }
    }

    /// Reads the items under `keys`, and counts the request meanwhile.
    async fn read_and_count(
        &self,
        keys: &[Key],
        caller: Option<UserId>,
        cost: u32,
        now: Timestamp,
    ) -> Result<HashMap<Key, Item>, Error> {
        let count = async {
            match caller {
                Some(user) => self.limiter.count(&self.table, user, cost, now).await,
                // An unverified token counts for nobody.
                None => Ok(()),
            }
        };
        let (items, counted) = tokio::join!(self.table.get_many(keys, true), count);
        // Whoever is above the limit is told so, whatever came of the read.
        counted?;
        items
    }

    /// The caller, if the session in which they say they are was read and is live.
    pub(crate) fn recognize(
        &self,
        call: &Call,
        (user, session): (UserId, SessionId),
        items: &HashMap<Key, Item>,
    ) -> Result<Principal, Error> {
        let session: Option<Stored<Session>> = find(items, &keys::session(user, session))?;
        let session = session
            .filter(|session| session.value.is_live(call.at))
            .ok_or(Error::Unauthenticated)?;
        meter::note(|totals| totals.principal = Some(user.to_string()));
        let operation = Operation::of(call, user);
        Ok(Principal {
            user,
            session,
            operation,
            at: call.at,
            if_match: call.if_match,
            witness: Witness::new(self.signals.clone(), call, user, operation),
            noted: None,
            limiter: self.limiter.clone(),
            cost: call.cost,
        })
    }

    /// Opens the thing that `id` names, with whatever else is wanted from the same round trip.
    pub async fn open<S: Subject>(
        &self,
        call: &Call,
        id: S,
        extra: &[Key],
    ) -> Result<Sealed<S::Thing>, Error> {
        // Not verified yet: this only chooses what to read, and `admit` hands nothing out before.
        let user = Claimed::of(call)?.user;
        let mut wanted = vec![
            keys::organization(id.tag()),
            keys::card(id.tag(), user),
            id.key(),
        ];
        wanted.extend_from_slice(extra);
        let (principal, items) = self.admit(call, &wanted).await?;
        meter::note(|totals| totals.tenant = Some(id.tag().to_string()));
        Opened::new(principal, items, self.table.clone()).seal(id)
    }

    /// Opens tasks, and projects in which tasks are to be made, in one round trip with whatever else is wanted. The
    /// projects that must be looked at before anything is decided about the tasks are read in a second one.
    // In one piece: what is read together is charged together, before the projects are looked at.
    pub async fn open_many(
        &self,
        call: &Call,
        tasks: &[TaskId],
        projects: &[ProjectId],
        extra: &[Key],
    ) -> Result<Opened, Error> {
        let user = Claimed::of(call)?.user;
        let mut wanted = authorizing_keys(user, tasks, projects);
        wanted.extend_from_slice(extra);
        let (mut principal, items) = self.admit(call, &wanted).await?;
        let tags = tasks.iter().map(|id| id.tag());
        let tags: BTreeSet<Tag> = tags.chain(projects.iter().map(|id| id.tag())).collect();
        self.charge_all(&mut principal, &items, tags)?;
        let (task, project) = (tasks.first(), projects.first());
        let tenant = task
            .map(|id| id.tag())
            .or_else(|| project.map(|id| id.tag()));
        meter::note(|totals| totals.tenant = tenant.map(|tag| tag.to_string()));
        self.with_projects(principal, items, tasks).await
    }

    /// Charges each of these organizations for the request, as far as its caller belongs to it.
    fn charge_all(
        &self,
        principal: &mut Principal,
        items: &HashMap<Key, Item>,
        tags: BTreeSet<Tag>,
    ) -> Result<(), Error> {
        for tag in tags {
            let card = find_value::<Card>(items, &keys::card(tag, principal.user))?;
            if card.is_some_and(|card| card.is_live()) {
                principal.clone().charge(&self.table, tag)?;
            }
        }
        principal.cost = 0;
        Ok(())
    }

    /// Opens tasks for one who is admitted already, as [`Self::open_many`] does: it counts as no further request.
    pub async fn open_for(&self, me: &Me, tasks: &[TaskId]) -> Result<Opened, Error> {
        let wanted = authorizing_keys(me.principal.user, tasks, &[]);
        let items = self.table.get_many(&wanted, true).await?;
        let mut principal = me.principal.clone();
        principal.cost = 0;
        self.with_projects(principal, items, tasks).await
    }

    /// What was read of tasks, with the projects that must be looked at before anything is decided about them.
    async fn with_projects(
        &self,
        principal: Principal,
        mut items: HashMap<Key, Item>,
        tasks: &[TaskId],
    ) -> Result<Opened, Error> {
        let unread = unread_projects(&items, principal.user, tasks)?;
        if !unread.is_empty() {
            items.extend(self.table.get_many(&unread, true).await?);
        }
        Ok(Opened {
            principal,
            items: Arc::new(items),
            has_projects: true,
            table: self.table.clone(),
        })
    }

    /// Opens the caller's own account.
    pub async fn open_me(&self, call: &Call, extra: &[Key]) -> Result<Me, Error> {
        let user = Claimed::of(call)?.user;
        let account_key = keys::account(user);
        let mut wanted = vec![account_key.clone()];
        wanted.extend_from_slice(extra);
        let (principal, items) = self.admit(call, &wanted).await?;
        let account = find(&items, &account_key)?.ok_or(Error::Unauthenticated)?;
        Ok(Me {
            principal,
            account,
            items,
        })
    }
}

/// What is read to decide about tasks and projects: each, its organization, and the person's card.
fn authorizing_keys(user: UserId, tasks: &[TaskId], projects: &[ProjectId]) -> Vec<Key> {
    let tasks = tasks.iter().map(|id| (id.tag(), keys::task(*id)));
    let projects = projects.iter().map(|id| (id.tag(), keys::project(*id)));
    tasks
        .chain(projects)
        .flat_map(|(tag, thing)| [keys::organization(tag), keys::card(tag, user), thing])
        .collect()
}

/// Where it is noted how the call's request was answered, if it has an idempotency key.
fn note_of(call: &Call, user: UserId) -> Option<Key> {
    let operation = Operation::of(call, user);
    // Reading changes nothing, so nothing is noted of it.
    let notes = operation.keyed && !call.route.starts_with("GET ");
    notes.then(|| keys::answered(user, &operation.id))
}

/// The organization and the card of one who belongs to it.
fn membership(
    items: &HashMap<Key, Item>,
    user: UserId,
    tag: Tag,
) -> Result<Option<(Organization, Card)>, Error> {
    let org: Option<Stored<Organization>> = find(items, &keys::organization(tag))?;
    let card: Option<Stored<Card>> = find(items, &keys::card(tag, user))?;
    let card = card.filter(|card| card.value.is_live());
    Ok(org.zip(card).map(|(org, card)| (org.value, card.value)))
}

/// What is to be read before anything is decided about these tasks: the projects that are not read yet and must be
/// looked at, and for every task that is not there as much as for one in a project that is hidden, so that the number
/// of keys does not tell the two apart.
fn unread_projects(
    items: &HashMap<Key, Item>,
    user: UserId,
    tasks: &[TaskId],
) -> Result<Vec<Key>, Error> {
    let mut tenants = BTreeMap::new();
    let mut unread = Unread::default();
    for id in tasks {
        let tenant = match tenants.entry(id.tag()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(membership(items, user, id.tag())?),
        };
        let Some((org, card)) = tenant else { continue };
        let decoy = keys::decoy_project(id.tag(), &keys::task(*id));
        match find_value::<Task>(items, &keys::task(*id))? {
            None => unread.decoys.push(decoy),
            Some(task) if items.contains_key(&keys::project(task.project)) => {}
            Some(task) => unread.add(task.project, decoy, org, card),
        }
    }
    unread.projects.extend(unread.decoys);
    Ok(unread.projects)
}

/// Projects that are to be looked at, and what is read where a project must not be known of.
#[derive(Default)]
struct Unread {
    projects: Vec<Key>,
    decoys: Vec<Key>,
}

impl Unread {
    /// Adds a task's project if it must be looked at, or the decoy if the project stays hidden.
    fn add(&mut self, project: ProjectId, decoy: Key, org: &Organization, card: &Card) {
        let key = keys::project(project);
        // Only the project says which teams count in it, so one who is in teams needs it.
        let restricted = !card.teams.is_empty() || org.restricted.contains(project);
        if restricted && !self.projects.contains(&key) {
            self.projects.push(key);
            return;
        }
        let around = Circumstances {
            private: restricted,
            ..Circumstances::default()
        };
        let visible = card
            .standing_in(project, &[])
            .granted(Action::ProjectRead, around);
        if !visible {
            self.decoys.push(decoy);
        }
    }
}

/// What one authorizing read has brought for many things, not opened yet.
#[derive(Clone)]
pub struct Opened {
    principal: Principal,
    items: Arc<HashMap<Key, Item>>,
    /// Every project that must be looked at is among the items.
    has_projects: bool,
    table: Table,
}

impl Opened {
    /// What was read beside `principal`, whose right to ask is known.
    pub(crate) fn new(principal: Principal, items: HashMap<Key, Item>, table: Table) -> Self {
        Self {
            principal,
            items: Arc::new(items),
            has_projects: false,
            table,
        }
    }

    /// The same for one part of the request: known by its place in it, about the version that the caller has seen.
    pub fn part(&self, place: usize, if_match: Option<u64>) -> Self {
        let operation = self.principal.operation.numbered(place);
        Self {
            principal: Principal {
                operation,
                if_match,
                cost: 0,
                ..self.principal.clone()
            },
            ..self.clone()
        }
    }

    /// The thing that `id` names, sealed.
    // In one piece: every member of `Sealed`, out of the items of one read.
    pub fn seal<S: Subject>(&self, id: S) -> Result<Sealed<S::Thing>, Error> {
        let tag = id.tag();
        if self.principal.operation.keyed {
            meter::note(|totals| totals.thing = Some(format!("{} {id}", id.key().sk)));
        }
        let thing: Option<Stored<S::Thing>> = find(&self.items, &id.key())?;
        let thing = thing.filter(|thing| id.names(&thing.value));
        let within = match &thing {
            Some(thing) => self.within(id, &thing.value)?,
            None => Within::default(),
        };
        let org: Option<Stored<Organization>> = find(&self.items, &keys::organization(tag))?;
        let principal = match &org {
            Some(org) => self
                .principal
                .about(org.value.id, &id.to_string(), within.id),
            None => self.principal.clone(),
        };
        Ok(Sealed {
            principal,
            org,
            card: find(&self.items, &keys::card(tag, self.principal.user))?,
            thing,
            about: S::relation,
            hides: S::is_hidden,
            own_part: None,
            lacks_part: false,
            deleted: S::is_deleted,
            team: id.team(),
            project_id: within.id,
            project: within.project,
            tag,
            decoy: (S::IN_PROJECT && !self.has_projects)
                .then(|| keys::decoy_project(tag, &id.key())),
            extra: self.items.clone(),
            table: self.table.clone(),
        })
    }

    /// The project that takes part in deciding about a thing.
    fn within<S: Subject>(&self, id: S, thing: &S::Thing) -> Result<Within, Error> {
        let heeded = S::heeds_project(thing, self.principal.user);
        let project_id = id.project(thing).filter(|_| heeded);
        let project = match (S::as_project(thing), project_id) {
            (Some(itself), _) => Some(itself.clone()),
            (None, Some(other)) => find_value(&self.items, &keys::project(other))?,
            (None, None) => None,
        };
        Ok(Within {
            id: project_id,
            project,
        })
    }
}

/// A project that takes part in deciding: which, and what it is, as far as it was read.
#[derive(Default)]
struct Within {
    id: Option<ProjectId>,
    project: Option<Project>,
}

impl<T: Record> Sealed<T> {
    /// The action is about a part of the thing that was read beside it, such as a comment on a task: what is the
    /// caller's own is decided by who made the part. Who may see the thing is told if the part is not there.
    pub fn about_part<P: Record>(
        mut self,
        key: &Key,
        maker: fn(&P) -> UserId,
    ) -> Result<Self, Error> {
        let part = find::<P>(&self.extra, key)?;
        self.lacks_part = part.is_none();
        self.own_part = Some(part.is_some_and(|part| maker(&part.value) == self.principal.user));
        Ok(self)
    }

    /// Whether the project must be looked at before anything is decided: it is private, archived or deleted, or has a
    /// workflow of its own. For one who does not belong to the organization everything is decided already.
    fn is_restricted(&self) -> bool {
        let restricted = self
            .org
            .as_ref()
            .filter(|_| self.belongs())
            .map(|org| &org.value.restricted);
        self.project_id
            .zip(restricted)
            .is_some_and(|(project, restricted)| restricted.contains(project))
    }

    /// Whether the caller is one of its owners and admins.
    fn is_steward(&self) -> bool {
        let role = self.card.as_ref().map(|card| card.value.role);
        matches!(role, Some(OrgRole::Owner | OrgRole::Admin))
    }

    /// Whether the caller belongs to the organization.
    fn belongs(&self) -> bool {
        self.card.as_ref().is_some_and(|card| card.value.is_live())
    }

    async fn read_project(&mut self) -> Result<(), Error> {
        if let Some(id) = self.project_id {
            // This is the read that the decoy would stand for.
            self.decoy = None;
            let item = self.table.get(&keys::project(id)).await?;
            self.project = item
                .as_ref()
                .map(Stored::read)
                .transpose()?
                .map(|project: Stored<Project>| project.value);
        }
        Ok(())
    }

    /// Reads as much as if there were a project to look at, for one who belongs to the organization: so the requests to
    /// the table do not tell what is hidden from what is not there.
    async fn pretend(&mut self) -> Result<(), Error> {
        match self.decoy.take().filter(|_| self.belongs()) {
            Some(decoy) => self.table.get(&decoy).await.map(drop),
            None => Ok(()),
        }
    }

    /// The thing, and the right to work on it: or 404 where the caller may not know of it, 403 where they may see but
    /// not do. If their roles in organization and project do not grant it and they have roles in teams, the project is
    /// read for the teams that are attached to it.
    pub async fn require(mut self, action: Action) -> Result<(Scope, Stored<T>), Error> {
        if self.belongs() {
            let charged = self.principal.charge(&self.table, self.tag);
            // Who runs the organization can always put out whoever spends what is everybody's.
            if action.in_project() || !self.is_steward() {
                charged?;
            }
        }
        let decision = self.settle(action).await?;
        let (standing, circumstances) =
            decision.inspect_err(|error| self.principal.witness.refused(error))?;
        if action.reads() && standing.by_office(circumstances) {
            self.principal.witness.private_read();
        }
        let (org, card, thing) = (
            self.org.ok_or(Error::NotFound)?,
            self.card.ok_or(Error::NotFound)?,
            self.thing,
        );
        let scope = Scope::of(
            self.principal,
            org,
            card,
            standing,
            circumstances,
            self.project,
            self.extra,
        );
        Ok((scope, thing.ok_or(Error::NotFound)?))
    }

    /// The decision, after whatever must be read for it.
    async fn settle(
        &mut self,
        action: Action,
    ) -> Result<Result<(Standing, Circumstances), Error>, Error> {
        if self.project.is_none() && self.is_restricted() {
            self.read_project().await?;
        }
        let mut decision = self.decide(action);
        let in_teams = self
            .card
            .as_ref()
            .is_some_and(|card| card.value.is_live() && !card.value.teams.is_empty());
        let unread = self.project.is_none() && self.project_id.is_some() && self.decoy.is_some();
        if matches!(decision, Err(Error::NotFound | Error::Forbidden { .. })) && in_teams && unread
        {
            self.read_project().await?;
            decision = self.decide(action);
        }
        if decision == Err(Error::NotFound) {
            self.pretend().await?;
        }
        Ok(decision)
    }

    fn decide(&self, action: Action) -> Result<(Standing, Circumstances), Error> {
        self.decide_for(self.card.as_ref().map(|card| &card.value), action)
            .map_err(|error| match error {
                // They see the thing, and may know that it has no such part.
                Error::Forbidden { .. } if self.lacks_part => Error::NotFound,
                error => error,
            })
    }

    /// The decision about the person of this card.
    // In one piece: the order of the checks is what the caller may learn, one after the other.
    fn decide_for(
        &self,
        card: Option<&Card>,
        action: Action,
    ) -> Result<(Standing, Circumstances), Error> {
        let org = self.org.as_ref().ok_or(Error::NotFound)?;
        let card = card.filter(|card| card.is_live()).ok_or(Error::NotFound)?;
        let stored = self.thing.as_ref().ok_or(Error::NotFound)?;
        let thing = &stored.value;
        // Whoever repeats a deletion finds what they have deleted.
        let operation = &self.principal.operation;
        let repeated = operation.is_answered() || stored.operations.find(operation).is_some();
        if self.is_gone(&org.value, thing, action, repeated) {
            return Err(Error::NotFound);
        }
        // What must be looked at and is not there shows nothing: it may have been private.
        if self.lacks_project(&org.value) || self.is_hidden_from(card, thing) {
            return Err(Error::NotFound);
        }
        let (standing, circumstances) = self.weigh(org, card, thing, action);
        if operation.is_answered() {
            // It was done: only the thing is left to be shown, as far as they may see it now.
            let needed = match (self.deleted)(thing) {
                true => action,
                false => action.shown_by(),
            };
            standing.may(needed, circumstances)?;
            let deleted = self
                .project
                .as_ref()
                .is_some_and(|it| it.deleted_at.is_some());
            return match deleted && action.in_project() && action.effect() != Effect::Deletes {
                true => Err(Error::NotFound),
                false => Ok((standing, circumstances)),
            };
        }
        standing.may(action, circumstances)?;
        // Last, so that only those learn what state the project is in who might do it otherwise.
        self.check_project(action, repeated)?;
        Ok((standing, circumstances))
    }

    /// Whether the project must be looked at and is not there.
    fn lacks_project(&self, org: &Organization) -> bool {
        self.project_id
            .is_some_and(|id| self.project.is_none() && org.restricted.contains(id))
    }

    /// Whether the thing or its organization is deleted, and the action is not about that.
    fn is_gone(&self, org: &Organization, thing: &T, action: Action, repeated: bool) -> bool {
        // An action that may delete something else than the thing it opens does not matter here: the
        // thing is there then.
        let (deletes, restores) = (
            action.effect() == Effect::Deletes,
            action.effect() == Effect::Restores,
        );
        let org_is_gone =
            org.deleted_at.is_some() && !matches!(action, Action::OrgRestore | Action::OrgDelete);
        org_is_gone || (self.deleted)(thing) && !(restores || deletes && repeated)
    }

    /// Fails if the project is archived or deleted, and the action is none that goes on then.
    fn check_project(&self, action: Action, repeated: bool) -> Result<(), Error> {
        let Some(project) = self.project.as_ref().filter(|_| action.in_project()) else {
            return Ok(());
        };
        if project.archived_at.is_some() && !action.works_in_archive() {
            return Err(Error::ProjectArchived);
        }
        let about_the_deletion =
            action == Action::ProjectRestore || action == Action::ProjectDelete && repeated;
        match project.deleted_at {
            Some(_) if about_the_deletion => Ok(()),
            // Whoever might restore the task otherwise is told what has to come back before it.
            Some(_) if action == Action::TaskRestore => Err(Error::ParentDeleted),
            Some(_) => Err(Error::NotFound),
            None => Ok(()),
        }
    }

    /// Whether the thing is hidden from a person because of the project that it is in, or by its maker.
    fn is_hidden_from(&self, card: &Card, thing: &T) -> bool {
        let is_in_team = self.team.is_some_and(|team| card.team_role(team).is_some());
        let sees = match (self.project_id, &self.project) {
            (None, _) => true,
            (Some(id), None) => card
                .standing_in(id, &[])
                .granted(Action::ProjectRead, Circumstances::default()),
            (Some(_), Some(project)) => project.deleted_at.is_none() && project.is_seen_by(card),
        };
        !is_in_team && (self.hides)(thing, card.user, sees)
    }

    /// The roles of the person that count here, and what else the decision depends on.
    fn weigh(
        &self,
        org: &Stored<Organization>,
        card: &Card,
        thing: &T,
        action: Action,
    ) -> (Standing, Circumstances) {
        let standing = self.standing_of(card);
        let (own, assignee) = (self.about)(thing, card.user, action);
        let own = self.own_part.unwrap_or(own);
        let settings = &org.value.settings;
        let circumstances = Circumstances {
            private: self.project.as_ref().is_some_and(Project::is_private),
            own,
            assignee,
            members_may: match action {
                Action::TeamCreate => settings.members_can_create_teams,
                action if action.comments() => self
                    .project
                    .as_ref()
                    .is_some_and(|project| project.viewers_comment),
                _ => settings.members_can_create_projects,
            },
        };
        (standing, circumstances)
    }

    fn standing_of(&self, card: &Card) -> Standing {
        let teams = self
            .project
            .as_ref()
            .map_or(&[][..], |project| &project.teams);
        match (self.team, self.project_id) {
            (Some(team), _) => Standing {
                team: card.team_role(team),
                ..card.standing()
            },
            (None, Some(project)) => card.standing_in(project, teams),
            (None, None) => card.standing(),
        }
    }
}

impl Store {
    /// Scopes of those of `orgs` to which the caller belongs: the right to look for what they may see there.
    pub async fn scopes(&self, me: &Me, orgs: &[OrgId]) -> Result<Vec<Scope>, Error> {
        let user = me.principal.user;
        let wanted: Vec<Key> = orgs
            .iter()
            .flat_map(|org| [keys::organization(org.tag()), keys::card(org.tag(), user)])
            .collect();
        let items = self.table.get_many(&wanted, true).await?;
        orgs.iter()
            .filter_map(|org| me.scope(&items, org.tag()).transpose())
            .collect()
    }
}

/// The caller's own account, and what was read beside it.
pub struct Me {
    /// Who calls.
    pub principal: Principal,
    /// Their account.
    pub account: Stored<Account>,
    items: HashMap<Key, Item>,
}

impl Me {
    /// The scope of a tenant, out of what was read; none if they do not belong to its organization.
    fn scope(&self, items: &HashMap<Key, Item>, tag: Tag) -> Result<Option<Scope>, Error> {
        let org: Option<Stored<Organization>> = find(items, &keys::organization(tag))?;
        let card: Option<Stored<Card>> = find(items, &keys::card(tag, self.principal.user))?;
        let (Some(org), Some(card)) = (org, card) else {
            return Ok(None);
        };
        if org.value.deleted_at.is_some() || !card.value.is_live() {
            return Ok(None);
        }
        let (id, standing) = (org.value.id, card.value.standing());
        Ok(Some(Scope::of(
            self.principal.about(id, &id.to_string(), None),
            org,
            card,
            standing,
            Circumstances::default(),
            None,
            Arc::default(),
        )))
    }

    /// Fails unless the caller has shown a moment ago that it is they.
    pub fn proved(&self) -> Result<(), Error> {
        let fresh = self.principal.session.value.is_proved(self.principal.at);
        fresh.then_some(()).ok_or(Error::ProofRequired)
    }

    /// Something else that was read, as it stands in the table.
    pub fn item(&self, key: &Key) -> Option<&Item> {
        self.items.get(key)
    }

    /// The id of what was opened when this very request was done before, if that was such a thing.
    pub fn noted<S: Subject + FromStr>(&self) -> Option<S> {
        let (kind, id) = self.principal.noted.as_deref()?.split_once(' ')?;
        let id: S = id.parse().ok()?;
        (id.key().sk == kind).then_some(id)
    }

    /// What else was read.
    pub fn read<T: Record>(&self, key: &Key) -> Result<Option<Stored<T>>, Error> {
        find(&self.items, key)
    }
}
