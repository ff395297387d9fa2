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
use store::table::Rows;
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
    let members = read_entries(&rows)?;
    let cards = app.store.fetch::<Card>(scope, &cards_of(&members)).await?;
    let cards = cards.into_values().map(|card| card.value);
    Ok((cards.filter(|card| belongs(card, id)).collect(), rows.more))
}

fn read_entries(rows: &Rows) -> Result<Vec<Stored<TeamMember>>, Error> {
    rows.items.iter().map(Stored::read).collect()
}

/// Where the cards of these people stand.
fn cards_of(members: &[Stored<TeamMember>]) -> Vec<Key> {
    let card = |member: &TeamMember| keys::card(member.team.tag(), member.user);
    members.iter().map(|member| card(&member.value)).collect()
}

/// Whether the person of this card is in the team, whatever the team lists.
fn belongs(card: &Card, team: TeamId) -> bool {
    card.is_live() && card.team_role(team).is_some()
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
    let members = read_entries(&rows?.unseal(&scope)?)?;
    let cards = cards_of(&members);
    let people = members.iter().map(|member| member.value.user);
    let (cards, profiles) = tokio::join!(
        app.store.fetch::<Card>(&scope, &cards),
        people::profiles(app, people)
    );
    Ok(present(id, members, &cards?, profiles?))
}

/// Those of a team's entries whose people are in the team, oldest first, with their profiles.
fn present(
    team: TeamId,
    mut members: Vec<Stored<TeamMember>>,
    cards: &HashMap<Key, Stored<Card>>,
    mut profiles: HashMap<UserId, Profile>,
) -> Vec<MemberOfTeam> {
    // Who was removed from the organization keeps their entry until it is swept, and counts as absent.
    members.retain(|member| {
        let card = cards.get(&keys::card(team.tag(), member.value.user));
        card.is_some_and(|card| belongs(&card.value, team))
    });
    members.sort_by_key(|member| member.value.created_at);
    let with_profile = |member: Stored<TeamMember>| MemberOfTeam {
        profile: profiles.remove(&member.value.user),
        member: member.versioned(),
    };
    members.into_iter().map(with_profile).collect()
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
        let (scope, operation) = (&self.scope, self.scope.operation());
        let (user, before) = (self.card.value.user, self.role());
        let admins = self.team.value.admins_after(user, before, role)?;
        let card = self.next_card(app, role).await?;
        let mut transaction = Transaction::new();
        transaction.save(&self.card, card, operation)?;
        let next = Team {
            admins,
            updated_at: scope.at(),
            updated_by: scope.user(),
            ..self.team.value.clone()
        };
        transaction.save(&self.team, next, operation)?;
        let member = self.write_entry(&mut transaction, role)?;
        app.store.commit(scope, transaction).await?;
        Ok(member)
    }

    /// The person's card with the role, or without one.
    async fn next_card(&self, app: &App, role: Option<TeamRole>) -> Result<Card, Error> {
        let team = self.team.value.id;
        let mut card = match (self.role(), role) {
            (None, Some(_)) => with_room(app, &self.card.value).await?,
            _ => self.card.value.clone(),
        };
        match role {
            Some(role) => card.teams.insert(team.suffix(), role),
            None => card.teams.remove(&team.suffix()),
        };
        (card.updated_at, card.updated_by) = (self.scope.at(), self.scope.user());
        Ok(card)
    }

    /// Writes the person's entry in the list of people, or deletes it.
    fn write_entry(
        &self,
        transaction: &mut Transaction,
        role: Option<TeamRole>,
    ) -> Result<Option<Stored<TeamMember>>, Error> {
        let operation = self.scope.operation();
        match (&self.member, role) {
            (Some(member), Some(role)) => {
                let next = TeamMember {
                    role,
                    ..member.value.clone()
                };
                transaction.save(member, next, operation).map(Some)
            }
            // Over whatever is there: who was in the team before may have left an entry.
            (None, Some(role)) => {
                let entry = TeamMember {
                    team: self.team.value.id,
                    user: self.card.value.user,
                    role,
                    created_at: self.scope.at(),
                };
                transaction.put(entry, operation).map(Some)
            }
            (Some(member), None) => {
                transaction.delete(member);
                Ok(None)
            }
            (None, None) => Ok(None),
        }
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
        // Only members of the project belong to a team that is inside one.
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
// In one piece: the order of the questions keeps from a caller without rights whose an address is.
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
    require_inviter(&scope)?;
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
    let wish = wish_for(id, email, role);
    invite(app, &scope, &team, &wish, operation).await.map(Err)
}

/// Invites somebody into a team who is not in its organization.
async fn invite(
    app: &App,
    scope: &Scope,
    team: &Stored<Team>,
    wish: &Wish,
    operation: Operation,
) -> Result<Versioned<Invitation>, Error> {
    // This very request has added them; since then they have left, or have another address.
    if team.operations.find(scope.operation()).is_some() {
        return Err(Error::IdempotencyTargetDeleted);
    }
    // Who is not in the organization has no role in the project, and would be given none here.
    if team.value.project.is_some() {
        return Err(Error::field(
            "email",
            "not_eligible",
            "must be that of somebody with a role in the team's project",
        ));
    }
    match invitation::invite_one(app, scope, wish, operation).await? {
        InviteOutcome::Invited(invitation) | InviteOutcome::Resent(invitation) => Ok(invitation),
        InviteOutcome::Refused(error) => Err(error),
    }
}

/// Fails unless the caller may invite into the organization.
fn require_inviter(scope: &Scope) -> Result<(), Error> {
    let standing = scope.card().value.standing();
    if standing.granted(Action::MembersInvite, Circumstances::default()) {
        return Ok(());
    }
    scope.audited(Err(Error::Forbidden {
        permission: Action::MembersInvite.as_str(),
    }))
}

/// The invitation that brings somebody into a team, and into the organization by the way.
fn wish_for(team: TeamId, email: &Email, role: TeamRole) -> Wish {
    // Who only looks on in the team changes nothing elsewhere either.
    let org_role = if role == TeamRole::Viewer {
        OrgRole::Viewer
    } else {
        OrgRole::Member
    };
    Wish {
        email: email.clone(),
        role: org_role,
        project: None,
        team: Some((team, role)),
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
