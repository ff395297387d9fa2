//! Inviting people: sending invitations, again too, listing them, taking them back; and the answers of those who are
//! signed in.

pub mod admission;
mod answer;
mod list;
mod revoke;
mod send;
mod write;

pub use answer::answer_invitation;
pub use list::{ListedInvitation, Waiting, list_invitations, list_my_invitations};
pub use revoke::revoke_invitation;
pub(crate) use send::invite_one;
pub use send::{InviteOutcome, Wish, invite_members};

use domain::Error;
use domain::access::{Action, Circumstances, OrgRole, ProjectRole, Standing};
use domain::id::ProjectId;
use domain::membership::invitation::Invitation;
use store::Scope;

/// The caller's roles that count for inviting into `project`, or only into the organization.
fn standing(scope: &Scope, project: Option<ProjectId>) -> Standing {
    let card = &scope.card().value;
    project.map_or_else(|| card.standing(), |project| card.standing_in(project, &[]))
}

fn invites(standing: Standing) -> bool {
    standing.granted(Action::MembersInvite, Circumstances::default())
}

/// Fails for those who invite nobody at all, so that they learn nothing of what is there.
fn require_inviter(scope: &Scope) -> Result<(), Error> {
    // Who runs a project invites guests into it, without inviting into the organization.
    if invites(standing(scope, None)) || scope.card().value.runs_a_project() {
        return Ok(());
    }
    scope.audited(Err(Error::Forbidden {
        permission: Action::MembersInvite.as_str(),
    }))
}

/// Whether the caller has to do with an invitation: it is into the organization, and they invite into that; or it is
/// into a project that they run.
fn concerns(scope: &Scope, invitation: &Invitation) -> bool {
    invites(standing(scope, invitation.project))
}

/// The invitation without its project, if that is one whose existence the caller is not to know.
fn shown(scope: &Scope, mut invitation: Invitation) -> Invitation {
    // The project is not read for that: of one that must be, only who runs it is sure to know.
    let hidden = |project: &ProjectId| scope.must_read(*project) && !runs(scope, *project);
    if invitation.project.as_ref().is_some_and(hidden) {
        (invitation.project, invitation.project_role) = (None, None);
    }
    invitation
}

/// Whether they run the project whatever it says of itself.
fn runs(scope: &Scope, project: ProjectId) -> bool {
    let standing = standing(scope, Some(project));
    standing.org <= OrgRole::Admin
        || standing
            .project
            .is_some_and(|role| role <= ProjectRole::Manager)
}
