//! What happens to organizations, to who belongs to them and may come, and to accounts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::told::{Life, Tell, Told, ToldField, text};
use super::{EventType, FieldChange};
use crate::account::{Account, Session};
use crate::id::{ProjectId, TeamId};
use crate::membership::invitation::{Invitation, InvitationState};
use crate::membership::joining::{JoinCode, JoinRequest, OrgDomain};
use crate::membership::organization::{Card, Organization};

impl Organization {
    const LIFE: Life = Life {
        made: EventType::OrganizationCreated,
        changed: EventType::OrganizationUpdated,
        deleted: EventType::OrganizationDeleted,
        restored: EventType::OrganizationRestored,
    };
}

impl Tell for Organization {
    fn subject(&self, kind: EventType) -> Told {
        Told::new(kind, self.updated_at, Some(self.updated_by), self.id).named(self.name.as_str())
    }

    fn fields(&self) -> Vec<ToldField> {
        let Self {
            name,
            slug,
            email,
            email_verified,
            settings,
            id: _,
            kind: _,
            restricted: _,
            retired_labels: _,
            created_at: _,
            created_by: _,
            updated_at: _,
            updated_by: _,
            deleted_at: _,
        } = self;
        vec![
            ToldField::new("name", name.as_str()),
            ToldField::new("slug", slug.as_str()),
            ToldField::id("email", email.as_ref()),
            ToldField::new("email_verified", *email_verified),
            ToldField::new(
                "settings.members_can_create_projects",
                settings.members_can_create_projects,
            ),
            ToldField::new(
                "settings.members_can_create_teams",
                settings.members_can_create_teams,
            ),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, changes: &[FieldChange]) -> Option<EventType> {
        let deleted = |org: &Self| org.deleted_at.is_some();
        Self::LIFE.step(before.map(deleted), deleted(after), changes)
    }

    fn last(&self) -> EventType {
        if self.deleted_at.is_some() {
            EventType::OrganizationDeleted
        } else {
            EventType::OrganizationUpdated
        }
    }
}

/// Roles by the public ids of what they are in; nothing if there are none.
fn roles<R: Copy>(
    roles: &BTreeMap<String, R>,
    id: impl Fn(&str) -> Option<String>,
    word: fn(R) -> &'static str,
) -> Value {
    let entries: Map<String, Value> = roles
        .iter()
        .filter_map(|(suffix, role)| Some((id(suffix)?, word(*role).into())))
        .collect();
    if entries.is_empty() {
        Value::Null
    } else {
        entries.into()
    }
}

impl Card {
    /// The change of their role in one project, told with the project: so only those see it who see that.
    fn change_in_project(before: &Self, after: &Self) -> Option<(ProjectId, FieldChange)> {
        let suffixes: BTreeSet<&String> = before
            .projects
            .keys()
            .chain(after.projects.keys())
            .collect();
        let differs =
            |suffix: &&&String| before.projects.get(**suffix) != after.projects.get(**suffix);
        let mut differing = suffixes.iter().filter(differs);
        let (Some(suffix), None) = (differing.next(), differing.next()) else {
            return None;
        };
        let role = |card: &Self| text(card.projects.get(*suffix).map(|role| role.as_str()));
        let change = FieldChange {
            field: "project_role".to_owned(),
            from: role(before),
            to: role(after),
        };
        Some((
            ProjectId::from_suffix(after.org.tag(), suffix).ok()?,
            change,
        ))
    }
}

impl Tell for Card {
    fn subject(&self, kind: EventType) -> Told {
        let name = self
            .full_name
            .as_ref()
            .map_or(self.username.as_str(), |name| name.as_str());
        let told = Told::new(kind, self.updated_at, Some(self.updated_by), self.user).named(name);
        Told {
            user: Some(self.user),
            ..told
        }
    }

    fn fields(&self) -> Vec<ToldField> {
        let Self {
            role,
            username,
            full_name,
            projects,
            teams,
            org: _,
            user: _,
            created_at: _,
            updated_at: _,
            updated_by: _,
            removed_at: _,
            left: _,
        } = self;
        let team = |suffix: &str| {
            TeamId::from_suffix(self.org.tag(), suffix)
                .ok()
                .map(|id| id.to_string())
        };
        let project = |suffix: &str| Some(suffix.to_owned());
        vec![
            ToldField::id("role", self.is_live().then_some(role.as_str())),
            ToldField::new("username", username.as_str()),
            ToldField::id("full_name", full_name.as_ref()),
            // Not everybody who sees them sees all of their projects.
            ToldField::unquoted(
                "project_roles",
                roles(projects, project, |role| role.as_str()),
            ),
            ToldField::new(super::TEAM_ROLES, roles(teams, team, |role| role.as_str())),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, changes: &[FieldChange]) -> Option<EventType> {
        match (before.is_some_and(Self::is_live), after.is_live()) {
            (false, true) => Some(EventType::MemberJoined),
            (true, false) => Some(EventType::MemberRemoved),
            (false, false) => None,
            (true, true) => (!changes.is_empty()).then_some(EventType::MemberUpdated),
        }
    }

    fn last(&self) -> EventType {
        if self.is_live() {
            EventType::MemberUpdated
        } else {
            EventType::MemberRemoved
        }
    }

    fn told(before: Option<&Self>, after: &Self) -> Option<Told> {
        // Who comes back begins anew.
        let known = before.filter(|card| card.is_live());
        let changes = super::told::changes(known.map(Self::fields), after.fields());
        let kind = Self::kind(before, after, &changes)?;
        let told = Told {
            changes,
            ..after.subject(kind)
        };
        let alone = told.changes.len() == 1 && after.is_live();
        let in_project = known
            .filter(|_| alone)
            .and_then(|known| Self::change_in_project(known, after));
        Some(match in_project {
            Some((project, change)) => Told {
                project: Some(project),
                changes: vec![change],
                ..told
            },
            None => told,
        })
    }
}

impl Tell for Invitation {
    fn subject(&self, kind: EventType) -> Told {
        Told::new(kind, self.updated_at, Some(self.updated_by), self.id).named(self.email.as_str())
    }

    fn fields(&self) -> Vec<ToldField> {
        let Self {
            email,
            role,
            project,
            project_role,
            team,
            team_role,
            state,
            expires_at,
            id: _,
            org: _,
            nonce: _,
            created_at: _,
            created_by: _,
            updated_at: _,
            updated_by: _,
        } = self;
        vec![
            ToldField::new("email", email.as_str()),
            ToldField::new("role", role.as_str()),
            ToldField::id("project_id", *project),
            ToldField::id("project_role", project_role.map(|role| role.as_str())),
            ToldField::id("team_id", *team),
            ToldField::id("team_role", team_role.map(|role| role.as_str())),
            ToldField::new("state", state.as_str()),
            ToldField::id("expires_at", Some(expires_at)),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, changes: &[FieldChange]) -> Option<EventType> {
        let Some(before) = before else {
            return Some(EventType::InvitationCreated);
        };
        match before.state == after.state {
            // Sent again it has another secret, and mostly more time.
            true => (!changes.is_empty() || before.nonce != after.nonce)
                .then_some(EventType::InvitationUpdated),
            false => Some(after.last()),
        }
    }

    fn last(&self) -> EventType {
        match self.state {
            InvitationState::Accepted => EventType::InvitationAccepted,
            InvitationState::Declined => EventType::InvitationDeclined,
            InvitationState::Revoked => EventType::InvitationRevoked,
            InvitationState::Pending | InvitationState::Expired => EventType::InvitationUpdated,
        }
    }
}

impl JoinCode {
    const LIFE: Life = Life {
        made: EventType::JoinCodeCreated,
        changed: EventType::JoinCodeUpdated,
        deleted: EventType::JoinCodeDeleted,
        restored: EventType::JoinCodeUpdated,
    };
}

impl Tell for JoinCode {
    fn subject(&self, kind: EventType) -> Told {
        Told::new(kind, self.updated_at, Some(self.updated_by), self.id).named(&self.prefix)
    }

    fn fields(&self) -> Vec<ToldField> {
        let Self {
            prefix,
            role,
            approval,
            max_uses,
            uses,
            expires_at,
            kept_by,
            digest,
            id: _,
            org: _,
            used_at: _,
            created_at: _,
            created_by: _,
            updated_at: _,
            updated_by: _,
            deleted_at: _,
        } = self;
        vec![
            ToldField::new("prefix", prefix.as_str()),
            ToldField::new("role", role.as_str()),
            ToldField::new("approval", *approval),
            ToldField::id("max_uses", *max_uses),
            ToldField::new("uses", *uses),
            ToldField::id("expires_at", *expires_at),
            ToldField::id("kept_by", kept_by.map(|voucher| voucher.user)),
            // Another code may begin like the one before.
            ToldField::unquoted("code", digest.as_str()),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, changes: &[FieldChange]) -> Option<EventType> {
        let deleted = |code: &Self| code.deleted_at.is_some();
        Self::LIFE.step(before.map(deleted), deleted(after), changes)
    }

    fn last(&self) -> EventType {
        if self.deleted_at.is_some() {
            EventType::JoinCodeDeleted
        } else {
            EventType::JoinCodeUpdated
        }
    }
}

impl OrgDomain {
    const LIFE: Life = Life {
        made: EventType::DomainCreated,
        changed: EventType::DomainUpdated,
        deleted: EventType::DomainDeleted,
        restored: EventType::DomainCreated,
    };
}

impl Tell for OrgDomain {
    fn subject(&self, kind: EventType) -> Told {
        Told::new(kind, self.updated_at, Some(self.updated_by), self.id).named(self.domain.as_str())
    }

    fn fields(&self) -> Vec<ToldField> {
        let Self {
            domain,
            role,
            approval,
            verified_at,
            proof,
            id: _,
            org: _,
            created_at: _,
            created_by: _,
            updated_at: _,
            updated_by: _,
            deleted_at: _,
        } = self;
        vec![
            ToldField::new("domain", domain.as_str()),
            ToldField::new("role", role.as_str()),
            ToldField::new("approval", *approval),
            ToldField::id("verified_at", *verified_at),
            ToldField::unquoted("record", proof.as_str()),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, changes: &[FieldChange]) -> Option<EventType> {
        let deleted = |domain: &Self| domain.deleted_at.is_some();
        Self::LIFE.step(before.map(deleted), deleted(after), changes)
    }

    fn last(&self) -> EventType {
        if self.deleted_at.is_some() {
            EventType::DomainDeleted
        } else {
            EventType::DomainUpdated
        }
    }
}

impl Tell for JoinRequest {
    fn subject(&self, kind: EventType) -> Told {
        let told = Told::new(kind, self.updated_at, Some(self.updated_by), self.user)
            .named(self.username.as_str());
        Told {
            user: Some(self.user),
            ..told
        }
    }

    fn fields(&self) -> Vec<ToldField> {
        let Self {
            role,
            state,
            org: _,
            user: _,
            username: _,
            full_name: _,
            email: _,
            created_at: _,
            updated_at: _,
            updated_by: _,
        } = self;
        vec![
            ToldField::new("role", role.as_str()),
            ToldField::new("state", state.as_str()),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, changes: &[FieldChange]) -> Option<EventType> {
        match before {
            // Who was turned down may ask again.
            Some(before) if before.is_pending() || !after.is_pending() => {
                (!changes.is_empty()).then_some(EventType::JoinRequestUpdated)
            }
            _ => Some(EventType::JoinRequestCreated),
        }
    }

    fn last(&self) -> EventType {
        if self.is_pending() {
            EventType::JoinRequestCreated
        } else {
            EventType::JoinRequestUpdated
        }
    }
}

/// An account's events go to each of its organizations, so they tell nothing that is the person's own: no address and
/// no other organization.
impl Tell for Account {
    fn subject(&self, kind: EventType) -> Told {
        let told = Told::new(kind, self.updated_at, Some(self.user), self.user)
            .named(self.username.as_str());
        Told {
            user: Some(self.user),
            ..told
        }
    }

    fn fields(&self) -> Vec<ToldField> {
        let Self {
            email,
            email_verified,
            username,
            status,
            user: _,
            epoch: _,
            orgs: _,
            default_org: _,
            sessions: _,
            known: _,
            former: _,
            vouches_since: _,
            created_at: _,
            updated_at: _,
        } = self;
        vec![
            ToldField::unquoted("email", email.as_str()),
            ToldField::new("email_verified", *email_verified),
            ToldField::new("username", username.as_str()),
            ToldField::new("status", status.as_str()),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, changes: &[FieldChange]) -> Option<EventType> {
        // That there is a new account shows as its organization.
        let before = before?;
        if before.email != after.email {
            return Some(EventType::AccountEmailChanged);
        }
        if before.epoch != after.epoch {
            return Some(EventType::AccountSessionsEnded);
        }
        (!changes.is_empty()).then_some(EventType::AccountUpdated)
    }

    fn last(&self) -> EventType {
        EventType::AccountUpdated
    }
}

/// As with accounts: not from where.
impl Tell for Session {
    fn subject(&self, kind: EventType) -> Told {
        let at = self.ended_at.unwrap_or(self.created_at);
        Told {
            user: Some(self.user),
            ..Told::new(kind, at, Some(self.user), self.id)
        }
    }

    fn fields(&self) -> Vec<ToldField> {
        let Self {
            end,
            user: _,
            id: _,
            turn: _,
            turned_at: _,
            seed: _,
            device: _,
            address: _,
            mark: _,
            proved_at: _,
            created_at: _,
            idle_until: _,
            expires_at: _,
            ended_at: _,
        } = self;
        vec![ToldField::id("end", end.map(|end| end.as_str()))]
    }

    fn kind(before: Option<&Self>, after: &Self, _: &[FieldChange]) -> Option<EventType> {
        match before {
            None => Some(EventType::SessionCreated),
            // Turning its tokens is its daily life.
            Some(before) => (before.ended_at != after.ended_at).then_some(EventType::SessionEnded),
        }
    }

    fn last(&self) -> EventType {
        if self.ended_at.is_some() {
            EventType::SessionEnded
        } else {
            EventType::SessionCreated
        }
    }
}
