//! The authorizing read: who you are, what you may do here, and the thing itself, in one round trip.

mod explain;
mod live;

pub use explain::Explained;

use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::Arc;

use domain::Error;
use domain::access::{Action, Circumstances, Standing};
use domain::account::{Account, Session};
use domain::board::Board;
use domain::call::Call;
use domain::id::{BoardId, LabelId, OrgId, ProjectId, Tag, TaskId, TeamId, UserId, ViewId};
use domain::label::Label;
use domain::organization::{Card, Organization};
use domain::project::Project;
use domain::task::Task;
use domain::team::Team;
use domain::view::View;
use jiff::Timestamp;
use runtime::meter;

use crate::keys::{self, Key};
use crate::record::{Operation, Record, Stored};
use crate::scope::Scope;
use crate::signal::Witness;
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

impl Subject for BoardId {
    type Thing = Board;

    fn tag(self) -> Tag {
        BoardId::tag(self)
    }

    fn key(self) -> Key {
        keys::board(self)
    }

    fn project(self, thing: &Board) -> Option<ProjectId> {
        Some(thing.project)
    }

    fn is_deleted(thing: &Board) -> bool {
        thing.deleted_at.is_some()
    }

    fn relation(thing: &Board, user: UserId, _: Action) -> (bool, bool) {
        (thing.created_by == user, false)
    }
}

impl Subject for TeamId {
    type Thing = Team;

    fn tag(self) -> Tag {
        TeamId::tag(self)
    }

    fn key(self) -> Key {
        keys::team(self)
    }

    fn project(self, _: &Team) -> Option<ProjectId> {
        None
    }

    fn team(self) -> Option<TeamId> {
        Some(self)
    }

    fn is_deleted(thing: &Team) -> bool {
        thing.deleted_at.is_some()
    }

    fn relation(thing: &Team, user: UserId, _: Action) -> (bool, bool) {
        (thing.owner == user, false)
    }
}

impl Subject for LabelId {
    type Thing = Label;

    fn tag(self) -> Tag {
        LabelId::tag(self)
    }

    fn key(self) -> Key {
        keys::label(self)
    }

    /// That of its project, or, if it is the organization's, none.
    fn project(self, thing: &Label) -> Option<ProjectId> {
        thing.project
    }

    fn is_deleted(thing: &Label) -> bool {
        !thing.is_live()
    }

    fn relation(thing: &Label, user: UserId, _: Action) -> (bool, bool) {
        (thing.created_by == user, false)
    }
}

impl Subject for ViewId {
    type Thing = View;

    fn tag(self) -> Tag {
        ViewId::tag(self)
    }

    fn key(self) -> Key {
        keys::view(self)
    }

    // A view grants nothing, so its project decides nothing but who else sees a shared one.
    fn project(self, _: &View) -> Option<ProjectId> {
        None
    }

    fn is_deleted(thing: &View) -> bool {
        thing.deleted_at.is_some()
    }

    fn relation(thing: &View, user: UserId, _: Action) -> (bool, bool) {
        (thing.created_by == user, false)
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
    /// Notes what must be known of the request although it changes nothing.
    pub(crate) witness: Witness,
}

/// What the authorizing read brought. Nobody looks into it without saying what for.
pub struct Sealed<T> {
    principal: Principal,
    org: Option<Stored<Organization>>,
    card: Option<Stored<Card>>,
    thing: Option<Stored<T>>,
    about: fn(&T, UserId, Action) -> (bool, bool),
    own_part: Option<bool>,
    lacks_part: bool,
    deleted: fn(&T) -> bool,
    team: Option<TeamId>,
    project_id: Option<ProjectId>,
    project: Option<Project>,
    extra: Arc<HashMap<Key, Item>>,
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
        let witness = Witness::new(self.signals.clone(), call, claimed.user, operation);
        let (user, at, if_match) = (claimed.user, call.at, call.if_match);
        Ok((Principal { user, session, operation, at, if_match, witness }, items))
    }

    /// Opens the thing that `id` names, with whatever else is wanted from the same round trip.
    pub async fn open<S: Subject>(&self, call: &Call, id: S, extra: &[Key]) -> Result<Sealed<S::Thing>, Error> {
        let user = Claimed::read(call.bearer.as_deref().ok_or(Error::Unauthenticated)?)?.user;
        let mut wanted = vec![keys::organization(id.tag()), keys::card(id.tag(), user), id.key()];
        wanted.extend_from_slice(extra);
        let (principal, items) = self.admit(call, &wanted).await?;
        meter::note(|totals| totals.tenant = Some(id.tag().to_string()));
        Opened { principal, items: Arc::new(items), table: self.table.clone() }.seal(id)
    }

    /// Opens tasks, and projects in which tasks are to be made, in one round trip with whatever else is wanted. The
    /// projects that must be looked at before anything is decided about the tasks are read in a second one.
    pub async fn open_many(
        &self,
        call: &Call,
        tasks: &[TaskId],
        projects: &[ProjectId],
        extra: &[Key],
    ) -> Result<Opened, Error> {
        let user = Claimed::read(call.bearer.as_deref().ok_or(Error::Unauthenticated)?)?.user;
        let tags = tasks.iter().map(|id| id.tag()).chain(projects.iter().map(|id| id.tag()));
        let mut wanted: Vec<Key> =
            tags.clone().flat_map(|tag| [keys::organization(tag), keys::card(tag, user)]).collect();
        wanted.extend(tasks.iter().map(|id| keys::task(*id)).chain(projects.iter().map(|id| keys::project(*id))));
        wanted.extend_from_slice(extra);
        let (principal, mut items) = self.admit(call, &wanted).await?;
        meter::note(|totals| totals.tenant = tags.clone().next().map(|tag| tag.to_string()));
        let unread = unread_projects(&items, user, tasks)?;
        if !unread.is_empty() {
            items.extend(self.table.get_many(&unread, true).await?);
        }
        Ok(Opened { principal, items: Arc::new(items), table: self.table.clone() })
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

/// The organization, and whether its projects must be looked at for the teams that are attached to them: if the caller
/// has roles in teams. None if he does not belong.
fn belongs(items: &HashMap<Key, Item>, user: UserId, tag: Tag) -> Result<Option<(Organization, bool)>, Error> {
    let org: Option<Stored<Organization>> = read(items, &keys::organization(tag))?;
    let card: Option<Stored<Card>> = read(items, &keys::card(tag, user))?;
    let card = card.filter(|card| card.value.is_live());
    Ok(org.zip(card).map(|(org, card)| (org.value, !card.value.teams.is_empty())))
}

/// The projects of these tasks that are not read yet and must be looked at before anything is decided.
fn unread_projects(items: &HashMap<Key, Item>, user: UserId, tasks: &[TaskId]) -> Result<Vec<Key>, Error> {
    let mut tenants = BTreeMap::new();
    let mut unread = vec![];
    for id in tasks {
        let tenant = match tenants.entry(id.tag()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(belongs(items, user, id.tag())?),
        };
        let Some((org, in_teams)) = tenant else { continue };
        let Some(task) = read::<Task>(items, &keys::task(*id))? else { continue };
        let key = keys::project(task.value.project);
        if (*in_teams || org.restricted.contains(task.value.project)) && !items.contains_key(&key) {
            unread.push(key);
        }
    }
    Ok(unread)
}

/// What one authorizing read has brought for many things, not opened yet.
#[derive(Clone)]
pub struct Opened {
    principal: Principal,
    items: Arc<HashMap<Key, Item>>,
    table: Table,
}

impl Opened {
    /// The same for one part of the request: known by a name of its own, about the version that the caller has seen.
    pub fn part(&self, name: &str, if_match: Option<u64>) -> Self {
        let operation = self.principal.operation.part(name);
        Self { principal: Principal { operation, if_match, ..self.principal.clone() }, ..self.clone() }
    }

    /// The thing that `id` names, sealed.
    pub fn seal<S: Subject>(&self, id: S) -> Result<Sealed<S::Thing>, Error> {
        let tag = id.tag();
        let thing: Option<Stored<S::Thing>> = read(&self.items, &id.key())?;
        let thing = thing.filter(|thing| id.names(&thing.value));
        let project_id = thing.as_ref().and_then(|thing| id.project(&thing.value));
        let mut project = thing.as_ref().and_then(|thing| S::as_project(&thing.value)).cloned();
        if let (None, Some(other)) = (&project, project_id) {
            project = read::<Project>(&self.items, &keys::project(other))?.map(|project| project.value);
        }
        let org: Option<Stored<Organization>> = read(&self.items, &keys::organization(tag))?;
        let mut principal = self.principal.clone();
        if let Some(org) = &org {
            principal.witness = principal.witness.about(org.value.id, &id.to_string(), project_id);
        }
        Ok(Sealed {
            principal,
            org,
            card: read(&self.items, &keys::card(tag, self.principal.user))?,
            thing,
            about: S::relation,
            own_part: None,
            lacks_part: false,
            deleted: S::is_deleted,
            team: id.team(),
            project_id,
            project,
            extra: self.items.clone(),
            table: self.table.clone(),
        })
    }
}

impl<T: Record> Sealed<T> {
    /// The action is about a part of the thing that was read beside it, such as a comment on a task: what is the
    /// caller's own is decided by who made the part. Who may see the thing is told if the part is not there.
    pub fn about_part<P: Record>(mut self, key: &Key, maker: fn(&P) -> UserId) -> Result<Self, Error> {
        let part = read::<P>(&self.extra, key)?;
        self.lacks_part = part.is_none();
        self.own_part = Some(part.is_some_and(|part| maker(&part.value) == self.principal.user));
        Ok(self)
    }

    /// Whether the project must be looked at before anything is decided: it is private, archived or deleted, or has a
    /// workflow of its own. For one who does not belong to the organization everything is decided already.
    fn is_restricted(&self) -> bool {
        let belongs = self.card.as_ref().is_some_and(|card| card.value.is_live());
        let restricted = self.org.as_ref().filter(|_| belongs).map(|org| &org.value.restricted);
        self.project_id.zip(restricted).is_some_and(|(project, restricted)| restricted.contains(project))
    }

    async fn read_project(&mut self) -> Result<(), Error> {
        if let Some(id) = self.project_id {
            let item = self.table.get(&keys::project(id)).await?;
            self.project = item.as_ref().map(Stored::read).transpose()?.map(|project: Stored<Project>| project.value);
        }
        Ok(())
    }

    /// The thing, and the right to work on it: or 404 where the caller may not know of it, 403 where he may see but
    /// not do. If his roles in organization and project do not grant it and he has roles in teams, the project is read
    /// for the teams that are attached to it.
    pub async fn require(mut self, action: Action) -> Result<(Scope, Stored<T>), Error> {
        if self.project.is_none() && self.is_restricted() {
            self.read_project().await?;
        }
        let mut decision = self.decide(action);
        let in_teams = self.card.as_ref().is_some_and(|card| card.value.is_live() && !card.value.teams.is_empty());
        let unread = self.project.is_none() && self.project_id.is_some();
        if matches!(decision, Err(Error::NotFound | Error::Forbidden { .. })) && in_teams && unread {
            self.read_project().await?;
            decision = self.decide(action);
        }
        let (standing, circumstances) = decision.inspect_err(|error| self.principal.witness.refused(error))?;
        if action.reads() && standing.by_office(circumstances) {
            self.principal.witness.private_read();
        }
        let (org, card, thing) = (self.org.ok_or(Error::NotFound)?, self.card.ok_or(Error::NotFound)?, self.thing);
        let scope = Scope::of(self.principal, org, card, standing, circumstances, self.project, self.extra);
        Ok((scope, thing.ok_or(Error::NotFound)?))
    }

    fn decide(&self, action: Action) -> Result<(Standing, Circumstances), Error> {
        self.decide_for(self.card.as_ref().map(|card| &card.value), action).map_err(|error| match error {
            Error::Forbidden { .. } if self.lacks_part => Error::NotFound,
            error => error,
        })
    }

    /// The decision about the person of this card.
    fn decide_for(&self, card: Option<&Card>, action: Action) -> Result<(Standing, Circumstances), Error> {
        let org = self.org.as_ref().ok_or(Error::NotFound)?;
        let card = card.filter(|card| card.is_live()).ok_or(Error::NotFound)?;
        let stored = self.thing.as_ref().ok_or(Error::NotFound)?;
        let thing = &stored.value;
        // Whoever repeats a deletion finds what he has deleted.
        let repeated = stored.operations.find(&self.principal.operation).is_some();
        let deletes = matches!(
            action,
            Action::OrgDelete
                | Action::ProjectDelete
                | Action::TaskDelete
                | Action::TeamDelete
                | Action::BoardDelete
                | Action::LabelManage
                | Action::ViewDelete
        );
        let restores = matches!(action, Action::OrgRestore | Action::ProjectRestore | Action::TaskRestore);
        let org_is_gone = org.value.deleted_at.is_some() && !matches!(action, Action::OrgRestore | Action::OrgDelete);
        if org_is_gone || (self.deleted)(thing) && !(restores || deletes && repeated) {
            return Err(Error::NotFound);
        }
        let (standing, circumstances) = self.weigh(org, card, thing, action);
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

    /// The roles of the person that count here, and what else the decision depends on.
    fn weigh(&self, org: &Stored<Organization>, card: &Card, thing: &T, action: Action) -> (Standing, Circumstances) {
        let teams = self.project.as_ref().map_or(&[][..], |project| &project.teams);
        let mut standing = match self.project_id {
            Some(project) => card.standing_in(project, teams),
            None => card.standing(),
        };
        standing.team = standing.team.or(self.team.and_then(|team| card.team_role(team)));
        let (own, assignee) = (self.about)(thing, card.user, action);
        let own = self.own_part.unwrap_or(own);
        let settings = &org.value.settings;
        let circumstances = Circumstances {
            private: self.project.as_ref().is_some_and(Project::is_private),
            own,
            assignee,
            members_may: match action {
                Action::TeamCreate => settings.members_can_create_teams,
                action if action.comments() => self.project.as_ref().is_some_and(|project| project.viewers_comment),
                _ => settings.members_can_create_projects,
            },
        };
        (standing, circumstances)
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
            let id = org.value.id;
            let witness = me.principal.witness.about(id, &id.to_string(), None);
            let principal = Principal { witness, ..me.principal.clone() };
            let scope = || Scope::of(principal, org, card, standing, circumstances, None, Arc::default());
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
    /// Something else that was read, as it stands in the table.
    pub fn item(&self, key: &Key) -> Option<&Item> {
        self.items.get(key)
    }

    /// What else was read.
    pub fn read<T: Record>(&self, key: &Key) -> Result<Option<Stored<T>>, Error> {
        read(&self.items, key)
    }
}
