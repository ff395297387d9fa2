//! Sending invitations.

use std::collections::HashSet;

use domain::access::{Action, Circumstances, OrgRole, ProjectRole, Standing, TeamRole};
use domain::account::Account;
use domain::call::{Call, Versioned};
use domain::id::{OrgId, ProjectId, TeamId};
use domain::membership::invitation::Invitation;
use domain::membership::organization::OrgKind;
use domain::membership::team::Team;
use domain::text::Email;
use domain::work::project::{Project, Visibility};
use domain::{Error, FieldError};
use futures_util::future::try_join_all;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use runtime::meter;
use store::Scope;
use store::keys::{self, Key, derived};
use store::limits::Limit;
use store::record::Operation;
use store::table::Table;

use super::write::{self, Sending};
use super::{invites, require_inviter, shown, standing};
use crate::App;
use crate::membership::organization::id_of;
use crate::tenant::OrgRef;

/// How many people one call invites.
pub const MOST: usize = 50;
/// How many invitations are written at once.
const AT_ONCE: usize = 8;
/// Invitations to one address in an hour, from whomever: nobody's mailbox is filled.
const HOURLY: Limit = Limit {
    kind: "invited",
    most: 10,
    window: 3600,
};
/// Invitations that one organization sends in a day.
const DAILY: Limit = Limit {
    kind: "invitations",
    most: 1000,
    window: 86_400,
};
/// Invitations that one person sends in a day, in all their organizations.
const DAILY_OF_PERSON: Limit = Limit {
    kind: "inviter",
    most: 300,
    window: 86_400,
};
/// The same for one whose own address is not verified: they wait until it is.
const DAILY_UNVERIFIED: Limit = Limit {
    kind: "inviter",
    most: 50,
    window: 86_400,
};

/// Whom to invite, and as what.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The address.
    pub email: Email,
    /// The role in the organization.
    pub role: OrgRole,
    /// A project to bring them into, and the role there.
    pub project: Option<(ProjectId, ProjectRole)>,
    /// A team to bring them into, and the role there.
    pub team: Option<(TeamId, TeamRole)>,
}

/// What became of one wish.
#[derive(Debug, Clone)]
pub enum InviteOutcome {
    /// An invitation was made.
    Invited(Versioned<Invitation>),
    /// The one that waited was sent again.
    Resent(Versioned<Invitation>),
    /// None was sent.
    Refused(Error),
}

/// Invites people, each in a transaction of their own. The outcomes come in the order of the wishes.
pub async fn invite_members(
    app: &App,
    call: &Call,
    org: &OrgRef,
    wishes: &[Wish],
) -> Result<Vec<InviteOutcome>, Error> {
    check(wishes)?;
    let id = id_of(app, call, org).await?;
    let mut extra = wanted_of_all(id, wishes, app.store.operation(call)?);
    extra.push(keys::account(app.store.claimed(call)?));
    let (scope, org) = app
        .store
        .open(call, id, &extra)
        .await?
        .require(Action::OrgRead)
        .await?;
    require_inviter(&scope)?;
    if org.value.kind == OrgKind::Personal {
        return Err(Error::PersonalOrganization);
    }
    let parts = parts(*scope.operation(), wishes.len());
    let outcomes = send_all(app, &scope, wishes, parts).await?;
    let was_sent = |outcome: &InviteOutcome| !matches!(outcome, InviteOutcome::Refused(_));
    meter::note_parts(outcomes.iter().map(was_sent));
    Ok(outcomes)
}

/// What is read for wishes beside the proof of who calls.
fn wanted_of_all(org: OrgId, wishes: &[Wish], operation: Operation) -> Vec<Key> {
    let parts = parts(operation, wishes.len());
    wishes
        .iter()
        .zip(&parts)
        .flat_map(|(wish, part)| wanted(org, wish, part))
        .collect()
}

/// An operation for each wish, by its number: so a repetition sends only what was not sent yet.
fn parts(operation: Operation, count: usize) -> Vec<Operation> {
    (0..count)
        .map(|number| operation.numbered(number))
        .collect()
}

async fn send_all(
    app: &App,
    scope: &Scope,
    wishes: &[Wish],
    parts: Vec<Operation>,
) -> Result<Vec<InviteOutcome>, Error> {
    let allowed = count(app, scope, wishes, &parts).await?;
    let sendings = wishes.iter().zip(parts).zip(allowed);
    let sendings = sendings
        .map(|((wish, operation), allowed)| send(app, scope, wish, operation, allowed).boxed());
    stream::iter(sendings.collect::<Vec<_>>())
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

/// Invites one person in a scope that was opened with the caller's account, the guards of the address, the invitation
/// that the operation would have made, and the team or project that they are to come into.
pub(crate) async fn invite_one(
    app: &App,
    scope: &Scope,
    wish: &Wish,
    operation: Operation,
) -> Result<InviteOutcome, Error> {
    if scope.org().value.kind == OrgKind::Personal {
        return Err(Error::PersonalOrganization);
    }
    let allowed = count(app, scope, std::slice::from_ref(wish), &[operation]).await?;
    send(app, scope, wish, operation, allowed.into_iter().collect()).await
}

/// Refuses an empty list, one that is too long, and an address that stands there twice.
fn check(wishes: &[Wish]) -> Result<(), Error> {
    if !(1..=MOST).contains(&wishes.len()) {
        let message = format!("must have 1 to {MOST} entries");
        return Err(Error::Invalid(vec![FieldError {
            field: String::new(),
            code: "length",
            message,
        }]));
    }
    let mut seen = HashSet::new();
    let twice = |(number, wish): (usize, &Wish)| {
        let message = "must be given once";
        (!seen.insert(wish.email.clone()))
            .then(|| FieldError::new(&format!("/{number}/email"), "duplicate", message))
    };
    let twice: Vec<_> = wishes.iter().enumerate().filter_map(twice).collect();
    if twice.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(twice))
    }
}

/// What is read for a wish beside the proof of who calls.
fn wanted(org: OrgId, wish: &Wish, operation: &Operation) -> Vec<Key> {
    let tag = org.tag();
    let project = wish
        .project
        .filter(|(project, _)| project.tag() == tag)
        .map(|(project, _)| keys::project(project));
    let made = operation
        .keyed
        .then(|| keys::invitation(derived::id(tag, &operation.id)));
    let team = wish
        .team
        .filter(|(team, _)| team.tag() == tag)
        .map(|(team, _)| keys::team(team));
    let guards = [
        keys::invited(tag, &wish.email),
        keys::email_guard(&wish.email),
    ];
    guards
        .into_iter()
        .chain(project)
        .chain(team)
        .chain(made)
        .collect()
}

/// Which wishes are allowed: by the caller's rights, and by what was sent already. Invitations are mail to strangers,
/// so they are counted for the caller, for the organization and for each address, before any is sent. What is not
/// permitted is not counted, nor is a repetition.
// In one piece: who is permitted decides what is counted, for the caller before anybody else.
async fn count(
    app: &App,
    scope: &Scope,
    wishes: &[Wish],
    parts: &[Operation],
) -> Result<Vec<Result<(), Error>>, Error> {
    let (table, now) = (app.store.outside("a counter is nobody's"), scope.at());
    let permitted: Vec<_> = wishes
        .iter()
        .map(|wish| scope.audited(permit(scope, wish)))
        .collect();
    let sent = were_sent(scope, parts)?;
    let fresh = permitted
        .iter()
        .zip(&sent)
        .filter(|(permitted, sent)| permitted.is_ok() && !**sent)
        .count();
    // The caller first: what is beyond their share takes nothing of the organization's, nor of an address's.
    let (org, user) = (scope.org_id().to_string(), scope.user().to_string());
    count_daily(table, limit_of_person(scope)?, &user, fresh, now).await?;
    let counts = permitted
        .into_iter()
        .zip(wishes)
        .zip(&sent)
        .map(|((permitted, wish), sent)| count_hourly(table, wish, permitted, *sent, now));
    let (allowed, ()) = tokio::try_join!(
        try_join_all(counts.collect::<Vec<_>>()),
        count_daily(table, DAILY, &org, fresh, now),
    )?;
    Ok(allowed)
}

fn limit_of_person(scope: &Scope) -> Result<Limit, Error> {
    is_verified(scope).map(|verified| match verified {
        true => DAILY_OF_PERSON,
        false => DAILY_UNVERIFIED,
    })
}

/// Whether each of these operations has sent its invitation before.
fn were_sent(scope: &Scope, parts: &[Operation]) -> Result<Vec<bool>, Error> {
    let sent = |part: &Operation| {
        let made = keys::invitation(derived::id(scope.tag(), &part.id));
        let made = scope.extra::<Invitation>(&made)?;
        Ok(part.is_answered() || made.is_some())
    };
    parts.iter().map(sent).collect()
}

/// What is said of a wish once its address is counted. Where nothing is sent, nothing is counted.
async fn count_hourly(
    table: &Table,
    wish: &Wish,
    permitted: Result<(), Error>,
    sent: bool,
    now: Timestamp,
) -> Result<Result<(), Error>, Error> {
    if permitted.is_err() || sent {
        return Ok(permitted);
    }
    let count = table.tally(HOURLY, wish.email.as_str(), now).await?;
    Ok(HOURLY.check(count, now))
}

async fn count_daily(
    table: &Table,
    limit: Limit,
    subject: &str,
    fresh: usize,
    now: Timestamp,
) -> Result<(), Error> {
    let window = now.as_second().div_euclid(limit.window);
    let key = keys::rate(limit.kind, subject, window);
    let expires = Some((window + 2) * limit.window);
    // A pure repetition sends nothing, and must not fail because the day is full by now.
    let sum = if fresh > 0 {
        table.add(&key, "n", fresh as u64, expires).await?
    } else {
        0
    };
    limit.check(sum, now)
}

/// Whether the caller, whose account was read too, has shown that their own address is theirs. Whoever has not writes
/// to nobody.
pub(super) fn is_verified(scope: &Scope) -> Result<bool, Error> {
    let account = scope.extra::<Account>(&keys::account(scope.user()))?;
    Ok(account.is_some_and(|account| account.value.email_verified))
}

/// Sends one invitation. What is wrong with the wish is its own outcome; what is wrong with us, or with the whole
/// request, ends the call.
async fn send(
    app: &App,
    scope: &Scope,
    wish: &Wish,
    operation: Operation,
    allowed: Result<(), Error>,
) -> Result<InviteOutcome, Error> {
    let sent = match allowed {
        Ok(()) => {
            write::write(
                app,
                Sending {
                    scope,
                    wish,
                    operation,
                },
            )
            .await
        }
        Err(refusal) => Err(refusal),
    };
    let seen = |sent: Versioned<Invitation>| Versioned {
        value: shown(scope, sent.value),
        version: sent.version,
    };
    match sent {
        Ok(InviteOutcome::Invited(sent)) => Ok(InviteOutcome::Invited(seen(sent))),
        Ok(InviteOutcome::Resent(sent)) => Ok(InviteOutcome::Resent(seen(sent))),
        Ok(refused) => Ok(refused),
        Err(error @ (Error::Internal(_) | Error::Unavailable | Error::IdempotencyKeyReused)) => {
            Err(error)
        }
        Err(refusal) => Ok(InviteOutcome::Refused(refusal)),
    }
}

/// Whether the caller may invite on these terms.
fn permit(scope: &Scope, wish: &Wish) -> Result<(), Error> {
    let standing = standing(scope, wish.project.map(|(project, _)| project));
    // First, so that a hidden project is 404 also for one who may not invite at all.
    if let Some((id, role)) = wish.project {
        permit_project(scope, standing, id, role)?;
    }
    if let Some((team, _)) = wish.team {
        permit_team(scope, team, wish.project.map(|(project, _)| project))?;
    }
    if !invites(standing) {
        return Err(Error::Forbidden {
            permission: Action::MembersInvite.as_str(),
        });
    }
    if standing.may_invite(wish.role) {
        Ok(())
    } else {
        Err(Error::RoleTooHigh)
    }
}

/// Whether the caller may bring people into the project in this role.
fn permit_project(
    scope: &Scope,
    standing: Standing,
    id: ProjectId,
    role: ProjectRole,
) -> Result<(), Error> {
    let project = (id.tag() == scope.tag())
        .then(|| scope.extra::<Project>(&keys::project(id)).transpose())
        .flatten();
    let project = project
        .transpose()?
        .filter(|project| project.value.deleted_at.is_none())
        .ok_or(Error::NotFound)?;
    let private = project.value.visibility == Visibility::Private;
    let around = Circumstances {
        private,
        ..Circumstances::default()
    };
    standing.may(Action::ProjectMembersManage, around)?;
    if project.value.archived_at.is_some() {
        return Err(Error::ProjectArchived);
    }
    if standing.may_give_in_project(role, around) {
        Ok(())
    } else {
        Err(Error::RoleTooHigh)
    }
}

/// Whether the caller may bring people into the team; into one inside a project, only with a role in that too.
fn permit_team(scope: &Scope, id: TeamId, project: Option<ProjectId>) -> Result<(), Error> {
    let team = (id.tag() == scope.tag())
        .then(|| scope.extra::<Team>(&keys::team(id)))
        .transpose()?
        .flatten();
    let team =
        team.filter(|team| team.value.deleted_at.is_none() && sees(scope, team.value.project));
    let team = team.ok_or(Error::NotFound)?;
    let card = &scope.card().value;
    let standing = Standing {
        org: card.role,
        team: card.team_role(id),
        project: None,
    };
    standing.may(Action::TeamMembersManage, Circumstances::default())?;
    if team.value.project.is_some() && team.value.project != project {
        return Err(Error::field(
            "project_id",
            "required",
            "must be the project that the team is inside of",
        ));
    }
    Ok(())
}

/// Whether the caller sees what is inside of this project. It was not read: of one that may be private only those who
/// have a role in it know.
fn sees(scope: &Scope, project: Option<ProjectId>) -> bool {
    let Some(project) = project.filter(|project| scope.org().value.restricted.contains(*project))
    else {
        return true;
    };
    let private = Circumstances {
        private: true,
        ..Circumstances::default()
    };
    standing(scope, Some(project)).granted(Action::ProjectRead, private)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(email: &str) -> Wish {
        Wish {
            email: email.parse().unwrap(),
            role: OrgRole::Member,
            project: None,
            team: None,
        }
    }

    #[test]
    fn a_call_invites_one_to_fifty_different_people() {
        let people = |count: usize| {
            (0..count)
                .map(|n| wish(&format!("p{n}@example.com")))
                .collect::<Vec<_>>()
        };
        assert!(check(&people(1)).is_ok() && check(&people(50)).is_ok());
        assert!(check(&[]).is_err() && check(&people(51)).is_err());
        let Err(Error::Invalid(fields)) =
            check(&[wish("ann@example.com"), wish("Ann@example.com")])
        else {
            panic!("an address twice was taken");
        };
        assert_eq!(fields[0].field, "/1/email");
    }
}
