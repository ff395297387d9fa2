//! A team's people. The right stands in a person's card; the team only lists them.

use std::collections::HashMap;

use domain::Error;
use domain::access::{Action, Circumstances, OrgRole, TeamRole};
use domain::account::Profile;
use domain::call::{Call, Versioned};
use domain::id::{TeamId, UserId};
use domain::membership::invitation::Invitation;
use domain::membership::organization::Card;
use domain::membership::team::{Team, TeamMember};
use domain::text::Email;
use runtime::meter;
use store::keys::{Key, derived};
use store::range::Range;
use store::record::{Operation, Stored, find};
use store::transaction::Transaction;
use store::{Scope, keys};

use super::{open_team, with_room};
use crate::membership::invitation::{self, InviteOutcome, Wish};
use crate::{App, people, retry};

/// The most people that a team lists.
const MOST_MEMBERS: usize = 500;

/// A person in a team.
#[derive(Debug, Clone)]
pub struct MemberOfTeam {
    /// Their place in the team.
    pub member: Versioned<TeamMember>,
    /// What others see of them.
    pub profile: Option<Profile>,
}

/// Who is to be added.
#[derive(Debug, Clone)]
pub enum Who {
    /// A member of the organization.
    User(UserId),
    /// Whoever has this address.
    Email(Email),
}

/// What became of it.
#[derive(Debug, Clone)]
pub enum Added {
    /// They are in the team.
    Member(MemberOfTeam),
    /// They are not in the organization: they were invited into both.
    Invited(Versioned<Invitation>),
}

/// Where the entries of a team's people stand.
fn entries(id: TeamId, limit: usize) -> Range {
    keys::team_members_of(id).limit(limit)
}

/// The cards of a team's people, no more than `most`, and whether there are more.
pub(crate) async fn people_of(
    app: &App,
    scope: &Scope,
    id: TeamId,
    most: usize,
) -> Result<(Vec<Card>, bool), Error> {
    let rows = app.store.rows(scope, &entries(id, most)).await?;
    let members = rows
        .items
        .iter()
        .map(Stored::<TeamMember>::read)
        .collect::<Result<Vec<_>, _>>()?;
    let cards: Vec<_> = members
        .iter()
        .map(|member| keys::card(id.tag(), member.value.user))
        .collect();
    let cards = app.store.fetch::<Card>(scope, &cards).await?;
    let cards = cards.into_values().map(|card| card.value);
    Ok((
        cards
            .filter(|card| card.is_live() && card.team_role(id).is_some())
            .collect(),
        rows.more,
    ))
}

/// The people of a team, oldest first.
pub async fn list_team_members(
    app: &App,
    call: &Call,
    id: TeamId,
) -> Result<Vec<MemberOfTeam>, Error> {
    let range = entries(id, MOST_MEMBERS);
    let (opened, rows) = tokio::join!(
        open_team(app, call, id, Action::TeamRead, &[]),
        app.store.peek(id.tag(), &range)
    );
    let (scope, _) = opened?;
    let rows = rows?.unseal(&scope)?;
    let mut members = rows
        .items
        .iter()
        .map(Stored::<TeamMember>::read)
        .collect::<Result<Vec<_>, _>>()?;
    let cards: Vec<_> = members
        .iter()
        .map(|member| keys::card(id.tag(), member.value.user))
        .collect();
    let people = members.iter().map(|member| member.value.user);
    let (cards, profiles) = tokio::join!(
        app.store.fetch::<Card>(&scope, &cards),
        people::profiles(app, people)
    );
    let (cards, mut profiles): (HashMap<_, _>, HashMap<_, _>) = (cards?, profiles?);
    // Who was removed from the organization keeps their entry until it is swept, and counts as absent.
    members.retain(|member| {
        let card = cards.get(&keys::card(id.tag(), member.value.user));
        card.is_some_and(|card| card.value.is_live() && card.value.team_role(id).is_some())
    });
    members.sort_by_key(|member| member.value.created_at);
    let with_profile = |member: Stored<TeamMember>| MemberOfTeam {
        profile: profiles.remove(&member.value.user),
        member: member.versioned(),
    };
    Ok(members.into_iter().map(with_profile).collect())
}

/// A team, opened together with a person's place in it.
struct Open {
    scope: Scope,
    team: Stored<Team>,
    card: Stored<Card>,
    member: Option<Stored<TeamMember>>,
}

impl Open {
    async fn new(
        app: &App,
        call: &Call,
        id: TeamId,
        user: UserId,
        action: Action,
    ) -> Result<Self, Error> {
        let (card, member) = (keys::card(id.tag(), user), keys::team_member(id, user));
        let (scope, team) =
            open_team(app, call, id, action, &[card.clone(), member.clone()]).await?;
        let card = live(scope.extra(&card)?).ok_or(Error::NotFound)?;
        let member = scope.extra(&member)?;
        Ok(Self::of(scope, team, card, member))
    }

    /// The same with what was read of the person.
    fn of(
        scope: Scope,
        team: Stored<Team>,
        card: Stored<Card>,
        member: Option<Stored<TeamMember>>,
    ) -> Self {
        let member = member.filter(|_| card.value.team_role(team.value.id).is_some());
        Self {
            scope,
            team,
            card,
            member,
        }
    }

    fn role(&self) -> Option<TeamRole> {
        self.card.value.team_role(self.team.value.id)
    }

    /// Writes the person's role, or its absence, into card, team and list of people at once.
    async fn write(
        self,
        app: &App,
        role: Option<TeamRole>,
    ) -> Result<Option<Stored<TeamMember>>, Error> {
        let (scope, team, user) = (self.scope, self.team.value.id, self.card.value.user);
        let (now, operation) = (scope.at(), scope.operation());
        let before = self.card.value.team_role(team);
        let admins = self.team.value.admins_after(user, before, role)?;
        let mut card = match (before, role) {
            (None, Some(_)) => with_room(app, &self.card.value).await?,
            _ => self.card.value.clone(),
        };
        match role {
            Some(role) => card.teams.insert(team.suffix(), role),
            None => card.teams.remove(&team.suffix()),
        };
        (card.updated_at, card.updated_by) = (now, scope.user());
        let mut transaction = Transaction::new();
        transaction.save(&self.card, card, operation)?;
        let next = Team {
            admins,
            updated_at: now,
            updated_by: scope.user(),
            ..self.team.value.clone()
        };
        transaction.save(&self.team, next, operation)?;
        let member = match (self.member, role) {
            (Some(member), Some(role)) => {
                let next = TeamMember {
                    role,
                    ..member.value.clone()
                };
                Some(transaction.save(&member, next, operation)?)
            }
            (None, Some(role)) => Some(transaction.put(
                TeamMember {
                    team,
                    user,
                    role,
                    created_at: now,
                },
                operation,
            )?),
            (Some(member), None) => {
                transaction.delete(&member);
                None
            }
            (None, None) => None,
        };
        app.store.commit(&scope, transaction).await?;
        Ok(member)
    }

    /// Adds the person, who may be in the team already by this very request.
    async fn add(
        self,
        app: &App,
        role: TeamRole,
        field: &str,
    ) -> Result<Stored<TeamMember>, Error> {
        let operation = self.scope.operation();
        let by_now = self
            .member
            .as_ref()
            .map(|member| member.replays(operation))
            .transpose()?;
        if by_now == Some(true) || self.team.replays(operation)? {
            meter::note(|totals| totals.replayed |= operation.keyed);
            return self.member.ok_or(Error::IdempotencyTargetDeleted);
        }
        if by_now.is_some() {
            return Err(Error::AlreadyMember);
        }
        let inside = self.team.value.project;
        if inside.is_some_and(|project| self.card.value.project_role(project).is_none()) {
            return Err(Error::field(
                field,
                "not_eligible",
                "must be somebody with a role in the team's project",
            ));
        }
        self.write(app, Some(role))
            .await?
            .ok_or_else(|| Error::Internal("an addition without a place".to_owned()))
    }
}

fn live(card: Option<Stored<Card>>) -> Option<Stored<Card>> {
    card.filter(|card| card.value.is_live())
}

async fn named(app: &App, member: Stored<TeamMember>) -> Result<MemberOfTeam, Error> {
    let user = member.value.user;
    let profile = people::profiles(app, [user]).await?.remove(&user);
    Ok(MemberOfTeam {
        member: member.versioned(),
        profile,
    })
}

/// Adds somebody to a team: a member of the organization at once; whoever is none is invited into the organization and
/// the team, if the caller may invite.
pub async fn add_team_member(
    app: &App,
    call: &Call,
    id: TeamId,
    who: &Who,
    role: TeamRole,
) -> Result<Added, Error> {
    let added = retry::contended(|| async {
        match who {
            Who::User(user) => by_id(app, call, id, *user, role).await.map(Ok),
            Who::Email(email) => by_email(app, call, id, email, role).await,
        }
    })
    .await?;
    match added {
        Ok(member) => Ok(Added::Member(named(app, member).await?)),
        Err(invitation) => Ok(Added::Invited(invitation)),
    }
}

/// The part of the call that invites, and where the invitation stands that it makes.
fn invited(app: &App, call: &Call, team: TeamId) -> Result<(Operation, Key), Error> {
    let operation = app.store.operation(call)?.part("invitation");
    Ok((
        operation,
        keys::invitation(derived::id(team.tag(), &operation.id)),
    ))
}

/// Fails if another request has invited somebody under the same idempotency key.
fn unless_invited(scope: &Scope, invitation: &Key) -> Result<(), Error> {
    scope
        .extra::<Invitation>(invitation)?
        .map_or(Ok(()), |made| made.made_by(scope.operation()))
}

async fn by_id(
    app: &App,
    call: &Call,
    id: TeamId,
    user: UserId,
    role: TeamRole,
) -> Result<Stored<TeamMember>, Error> {
    let (card, member) = (keys::card(id.tag(), user), keys::team_member(id, user));
    let extra = [card.clone(), member.clone(), invited(app, call, id)?.1];
    let (scope, team) = open_team(app, call, id, Action::TeamMembersManage, &extra).await?;
    unless_invited(&scope, &extra[2])?;
    let stranger = || {
        Error::field(
            "user_id",
            "not_eligible",
            "must be a member of the team's organization",
        )
    };
    let card = live(scope.extra(&card)?).ok_or_else(stranger)?;
    let member = scope.extra(&member)?;
    Open::of(scope, team, card, member)
        .add(app, role, "user_id")
        .await
}

/// The place of the one who has the address, or the invitation that was sent to it.
async fn by_email(
    app: &App,
    call: &Call,
    id: TeamId,
    email: &Email,
    role: TeamRole,
) -> Result<Result<Stored<TeamMember>, Versioned<Invitation>>, Error> {
    let (operation, invitation) = invited(app, call, id)?;
    let guard = keys::email_guard(email);
    let caller = keys::account(app.store.claimed(call)?);
    let extra = [
        guard.clone(),
        keys::invited(id.tag(), email),
        invitation,
        caller,
    ];
    let (scope, team) = open_team(app, call, id, Action::TeamMembersManage, &extra).await?;
    // Whoever may not invite learns nothing of whose an address is.
    if !scope
        .card()
        .value
        .standing()
        .granted(Action::MembersInvite, Circumstances::default())
    {
        return scope.audited(Err(Error::Forbidden {
            permission: Action::MembersInvite.as_str(),
        }));
    }
    let holder: Option<UserId> = scope
        .extra_owner(&guard)
        .and_then(|owner| owner.parse().ok());
    let (card, member) = match holder {
        Some(user) => place_of(app, id, user).await?,
        None => (None, None),
    };
    if let Some(card) = live(card) {
        unless_invited(&scope, &extra[2])?;
        return Open::of(scope, team, card, member)
            .add(app, role, "email")
            .await
            .map(Ok);
    }
    if team.replays(scope.operation())? {
        return Err(Error::IdempotencyTargetDeleted);
    }
    if team.value.project.is_some() {
        return Err(Error::field(
            "email",
            "not_eligible",
            "must be that of somebody with a role in the team's project",
        ));
    }
    // Who only looks on in the team changes nothing elsewhere either.
    let org_role = if role == TeamRole::Viewer {
        OrgRole::Viewer
    } else {
        OrgRole::Member
    };
    let wish = Wish {
        email: email.clone(),
        role: org_role,
        project: None,
        team: Some((id, role)),
    };
    match invitation::invite_one(app, &scope, &wish, operation).await? {
        InviteOutcome::Invited(invitation) | InviteOutcome::Resent(invitation) => {
            Ok(Err(invitation))
        }
        InviteOutcome::Refused(error) => Err(error),
    }
}

async fn place_of(
    app: &App,
    team: TeamId,
    user: UserId,
) -> Result<(Option<Stored<Card>>, Option<Stored<TeamMember>>), Error> {
    let (card, member) = (keys::card(team.tag(), user), keys::team_member(team, user));
    let table = app
        .store
        .outside("whether the holder of an address belongs to the team's organization");
    let items = table
        .get_many(&[card.clone(), member.clone()], true)
        .await?;
    Ok((find(&items, &card)?, find(&items, &member)?))
}

/// Gives one of a team's people another role.
pub async fn change_team_member_role(
    app: &App,
    call: &Call,
    id: TeamId,
    user: UserId,
    role: TeamRole,
) -> Result<MemberOfTeam, Error> {
    let member = retry::contended(|| async {
        let open = Open::new(app, call, id, user, Action::TeamMembersManage).await?;
        let member = open.member.clone().ok_or(Error::NotFound)?;
        if open.scope.replays(&member)? || open.role() == Some(role) {
            return Ok(Some(member));
        }
        open.write(app, Some(role)).await
    })
    .await?;
    named(app, member.ok_or(Error::NotFound)?).await
}

/// Takes somebody out of a team. Everybody may leave.
pub async fn remove_team_member(
    app: &App,
    call: &Call,
    id: TeamId,
    user: UserId,
) -> Result<(), Error> {
    retry::contended(|| async {
        let open = Open::new(app, call, id, user, Action::TeamRead).await?;
        if open.scope.user() != user {
            open.scope.also(Action::TeamMembersManage)?;
        }
        if open.role().is_none() {
            return Err(Error::NotFound);
        }
        open.write(app, None).await.map(drop)
    })
    .await
}
