//! Invitations into an organization, and through it into a project.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use crate::access::{OrgRole, ProjectRole, TeamRole, words};
use crate::error::Error;
use crate::id::{InvitationId, OrgId, ProjectId, TeamId, UserId};
use crate::text::Email;

/// Days for which an invitation can be accepted.
pub const VALID_DAYS: i64 = 7;

words!(
    /// What became of an invitation. `expired` is not stored: it is a pending one whose time is over.
    InvitationState {
        /// Waits for an answer.
        Pending = "pending",
        /// Was accepted.
        Accepted = "accepted",
        /// Was declined.
        Declined = "declined",
        /// Was taken back.
        Revoked = "revoked",
        /// Was not answered in time.
        Expired = "expired",
    }
);

/// An invitation whose letter is held back, since whoever sent it has not shown yet that their own address is theirs. It
/// goes out when they do, if that is in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldInvitation {
    /// Who sent it.
    pub user: UserId,
    /// Which.
    pub invitation: InvitationId,
    /// Until when it can be accepted.
    #[serde(with = "timestamp::millisecond::required")]
    pub expires_at: Timestamp,
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The organization.
    pub org: OrgId,
    /// Who is invited.
    pub email: Email,
    /// The role that waits.
    pub role: OrgRole,
    /// A project in which a role waits too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The role in that project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_role: Option<ProjectRole>,
    /// A team in which a role waits too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// The role in that team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_role: Option<TeamRole>,
    /// What became of it.
    pub state: InvitationState,
    /// Makes the mailed token of this sending: sending again makes a new one, and the old token is void. Empty in the
    /// rows of lists, which do without secrets.
    #[serde(default)]
    pub nonce: String,
    /// Until when it can be accepted.
    #[serde(with = "timestamp::millisecond::required")]
    pub expires_at: Timestamp,
    /// When it was made.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// Who invited.
    pub created_by: UserId,
    /// When it was last changed.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: UserId,
}

impl Invitation {
    /// What it is at this moment.
    pub fn state_at(&self, now: Timestamp) -> InvitationState {
        if self.state == InvitationState::Pending && self.expires_at <= now {
            InvitationState::Expired
        } else {
            self.state
        }
    }

    /// Fails unless it still waits for an answer.
    pub fn open_at(&self, now: Timestamp) -> Result<(), Error> {
        match self.state_at(now) {
            InvitationState::Pending => Ok(()),
            InvitationState::Accepted => Err(Error::AlreadyAccepted),
            InvitationState::Declined | InvitationState::Revoked | InvitationState::Expired => {
                Err(Error::TokenGone)
            }
        }
    }
}
