//! A project's people. The right stands in a person's card; the project only lists them.

use std::collections::HashMap;

use domain::Error;
use domain::access::{Action, ProjectRole};
use domain::account::Profile;
use domain::call::{Call, Versioned};
use domain::id::{ProjectId, UserId};
use domain::membership::organization::Card;
use domain::work::project::{Project, ProjectMember};
use store::record::Stored;
use store::transaction::Transaction;
use store::{Scope, keys};

use super::check_room_on;
use crate::{App, membership::team, people, retry};

/// The most people that a project lists.
const MOST_MEMBERS: usize = 500;

/// A person in a project.
#[derive(Debug, Clone)]
pub struct MemberOfProject {
    /// Their place in the project.
    pub member: Versioned<ProjectMember>,
    /// What others see of them.
    pub profile: Option<Profile>,
}

/// The people who have a role in a project, oldest first.
pub async fn list_project_members(
    app: &App,
    call: &Call,
    id: ProjectId,
) -> Result<Vec<MemberOfProject>, Error> {
    let range = keys::project_members_of(id).limit(MOST_MEMBERS);
    let (sealed, rows) = tokio::join!(
        app.store.open(call, id, &[]),
        app.store.peek(id.tag(), &range)
    );
    let (scope, _) = sealed?.require(Action::ProjectRead).await?;
    let rows = rows?.unseal(&scope)?;
    let members = rows
        .items
        .iter()
        .map(Stored::<ProjectMember>::read)
        .collect::<Result<Vec<_>, _>>()?;
    present(app, &scope, id, members).await
}

/// Those of the people whom a project lists who are still in it, with what others see of them.
async fn present(
    app: &App,
    scope: &Scope,
    id: ProjectId,
    mut members: Vec<Stored<ProjectMember>>,
) -> Result<Vec<MemberOfProject>, Error> {
    let cards: Vec<_> = members
        .iter()
        .map(|member| keys::card(id.tag(), member.value.user))
        .collect();
    let people = members.iter().map(|member| member.value.user);
    let (cards, profiles) = tokio::join!(
        app.store.fetch::<Card>(scope, &cards),
        people::profiles(app, people)
    );
    let (cards, profiles): (HashMap<_, _>, HashMap<_, _>) = (cards?, profiles?);
    // Who was removed from the organization keeps their entry until it is swept, and counts as absent.
    members.retain(|member| {
        let card = cards.get(&keys::card(id.tag(), member.value.user));
        card.is_some_and(|card| card.value.is_live() && card.value.project_role(id).is_some())
    });
    Ok(named(members, profiles))
}

/// People with what others see of them, oldest first.
fn named(
    mut members: Vec<Stored<ProjectMember>>,
    mut profiles: HashMap<UserId, Profile>,
) -> Vec<MemberOfProject> {
    // The rows came by person: when somebody was added stands in no key.
    members.sort_by_key(|member| member.value.created_at);
    let with_profile = |member: Stored<ProjectMember>| MemberOfProject {
        profile: profiles.remove(&member.value.user),
        member: member.versioned(),
    };
    members.into_iter().map(with_profile).collect()
}

struct Open {
    scope: Scope,
    project: Stored<Project>,
    card: Stored<Card>,
    member: Option<Stored<ProjectMember>>,
}

impl Open {
    /// Opens a project together with a person's place in it.
    async fn new(
        app: &App,
        call: &Call,
        id: ProjectId,
        user: UserId,
        action: Action,
    ) -> Result<Self, Error> {
        let (card, member) = (keys::card(id.tag(), user), keys::project_member(id, user));
        let (scope, project) = app
            .store
            .open(call, id, &[card.clone(), member.clone()])
            .await?
            .require(action)
            .await?;
        let card = scope
            .extra::<Card>(&card)?
            .filter(|card| card.value.is_live())
            .ok_or(Error::NotFound)?;
        // An entry without the right in the card is left from a former time in the organization.
        let member = scope
            .extra(&member)?
            .filter(|_| card.value.project_role(id).is_some());
        Ok(Self {
            scope,
            project,
            card,
            member,
        })
    }

    fn may_give(&self, role: ProjectRole) -> bool {
        self.scope
            .standing()
            .may_give_in_project(role, self.scope.circumstances())
    }

    fn role(&self) -> Option<ProjectRole> {
        self.card.value.project_role(self.project.value.id)
    }

    /// Writes the person's role, or its absence, into card, project and list of people at once.
    async fn write(
        self,
        app: &App,
        role: Option<ProjectRole>,
    ) -> Result<Option<Stored<ProjectMember>>, Error> {
        let scope = &self.scope;
        let mut transaction = Transaction::new();
        let mut card = self.card_after(role);
        if role.is_none() {
            team::leave_inside(app, scope, &mut transaction, &self.project.value, &mut card)
                .await?;
        }
        transaction.save(&self.card, card, scope.operation())?;
        // Of two owners who leave at once the second loses here, reads again, and is the last one.
        transaction.save(&self.project, self.project_after(role), scope.operation())?;
        let member = self.write_entry(&mut transaction, role)?;
        app.store.commit(scope, transaction).await?;
        Ok(member)
    }

    /// The card after the person has got another role or none.
    fn card_after(&self, role: Option<ProjectRole>) -> Card {
        let project = self.project.value.id.suffix();
        let mut card = self.card.value.clone();
        match role {
            Some(role) => card.projects.insert(project, role),
            None => card.projects.remove(&project),
        };
        (card.updated_at, card.updated_by) = (self.scope.at(), self.scope.user());
        card
    }

    /// The project after the person has got another role or none.
    fn project_after(&self, role: Option<ProjectRole>) -> Project {
        let owners = |role: Option<ProjectRole>| u32::from(role == Some(ProjectRole::Owner));
        let count = self.project.value.owners + owners(role);
        Project {
            owners: count.saturating_sub(owners(self.role())),
            updated_at: self.scope.at(),
            updated_by: self.scope.user(),
            ..self.project.value.clone()
        }
    }

    /// Writes the person into the project's list of people, or takes them out of it.
    fn write_entry(
        &self,
        transaction: &mut Transaction,
        role: Option<ProjectRole>,
    ) -> Result<Option<Stored<ProjectMember>>, Error> {
        let operation = self.scope.operation();
        match (&self.member, role) {
            (Some(member), Some(role)) => {
                let next = ProjectMember {
                    role,
                    ..member.value.clone()
                };
                transaction.save(member, next, operation).map(Some)
            }
            (None, Some(role)) => {
                let new = ProjectMember {
                    project: self.project.value.id,
                    user: self.card.value.user,
                    role,
                    created_at: self.scope.at(),
                };
                transaction.put(new, operation).map(Some)
            }
            (Some(member), None) => {
                transaction.delete(member);
                Ok(None)
            }
            (None, None) => Ok(None),
        }
    }

    /// Fails unless the caller may give the person this role instead of the one that they have.
    async fn check_giving(&self, app: &App, role: ProjectRole) -> Result<(), Error> {
        // The role that is taken away counts too: nobody demotes whom they could not have promoted.
        let above = |role| !self.may_give(role);
        if above(role) || self.role().is_some_and(above) {
            return self.scope.audited(Err(Error::RoleTooHigh));
        }
        if self.role() == Some(ProjectRole::Owner)
            && role != ProjectRole::Owner
            && self.project.value.owners <= 1
        {
            return Err(Error::LastOwner);
        }
        match self.role() {
            Some(_) => Ok(()),
            None => check_room_on(app, &self.scope, &self.card.value).await,
        }
    }
}

/// Gives a person a role in a project.
pub async fn put_project_member(
    app: &App,
    call: &Call,
    id: ProjectId,
    user: UserId,
    role: ProjectRole,
) -> Result<MemberOfProject, Error> {
    let member = retry::contended(|| async {
        let open = Open::new(app, call, id, user, Action::ProjectMembersManage).await?;
        if open.scope.operation().is_answered() {
            return Ok(open.member.clone());
        }
        open.check_giving(app, role).await?;
        match open.member.clone().filter(|_| open.role() == Some(role)) {
            Some(member) => Ok(Some(member)),
            None => open.write(app, Some(role)).await,
        }
    })
    .await?;
    let profile = people::profiles(app, [user]).await?.remove(&user);
    Ok(MemberOfProject {
        member: member.ok_or(Error::NotFound)?.versioned(),
        profile,
    })
}

/// Takes a person's role in a project away, and with it those in the teams inside the project. Everybody may leave.
pub async fn remove_project_member(
    app: &App,
    call: &Call,
    id: ProjectId,
    user: UserId,
) -> Result<(), Error> {
    retry::contended(|| async {
        let open = Open::new(app, call, id, user, Action::ProjectRead).await?;
        // Before the role is looked for: whoever may not manage is not told who has one.
        if open.scope.user() != user {
            open.scope.also(Action::ProjectMembersManage)?;
        }
        let role = open.role().ok_or(Error::NotFound)?;
        // Opened for reading, since everybody may leave, and that works in an archived project too.
        if open.project.value.archived_at.is_some() {
            return Err(Error::ProjectArchived);
        }
        if open.scope.user() != user && !open.may_give(role) {
            return open.scope.audited(Err(Error::RoleTooHigh));
        }
        if role == ProjectRole::Owner && open.project.value.owners <= 1 {
            return Err(Error::LastOwner);
        }
        open.write(app, None).await.map(drop)
    })
    .await
}
