//! What explanations say is what happens: for every cell of the access matrix that one right decides.

use tests::{Answer, Person};

use super::sample::Sample;
use super::stage::Stage;
use crate::api::Operation;

/// What was told before a request.
pub struct Told(Option<Answer>);

/// The action and the thing about which an operation is decided; none where no right alone decides: whoever is signed
/// in may, or it depends on what the request contains.
fn question(
    stage: &Stage,
    operation: &Operation,
    variant: &str,
    sample: &Sample,
) -> Option<(&'static str, String)> {
    let action = match operation.id.as_str() {
        "getOrganization" => "org.read",
        "updateOrganization" => "org.update",
        "deleteOrganization" => "org.delete",
        "restoreOrganization" => "org.restore",
        "listOrganizationMembers" => "org.members.list",
        "changeOrganizationMemberRole" => "org.members.change_role",
        "removeOrganizationMember" if variant != "oneself" => "org.members.remove",
        // Who runs a project invites too, and sees whom they have invited.
        "listInvitations" => return Some(("org.members.invite", stage.open.clone())),
        "createJoinCode" | "listJoinCodes" | "rotateJoinCode" | "revokeJoinCode"
        | "claimDomain" | "listDomains" | "verifyDomain" | "removeDomain" | "listJoinRequests"
        | "approveJoinRequest" | "rejectJoinRequest" => "security.policy",
        "createProject" => "project.create",
        "getProject" | "listProjectMembers" | "getWorkflow" | "getBoard" | "listBoards" => {
            "project.read"
        }
        "getDashboard" if variant == "of an organization" => "org.read",
        "getDashboard" => "project.read",
        "listActivity" if variant == "of an organization" => "org.read",
        "listActivity" | "listTaskActivity" => "activity.read",
        "listAuditLogs" | "verifyAuditLogs" => "audit.read",
        "updateProject" => "project.update",
        "replaceWorkflow" => "workflow.manage",
        "archiveProject" | "unarchiveProject" => "project.archive",
        "deleteProject" => "project.delete",
        "restoreProject" | "restoreProjectFromTrash" => "project.restore",
        "putProjectMember" | "removeProjectMember" => "project.members.manage",
        "createTask" => "task.create",
        "getTask" | "listWatchers" | "watchTask" | "muteTask" => "task.read",
        "listTasks" if variant != "mine" => "task.read",
        "updateTask" => "task.update",
        "moveTask" if variant != "to the private project" => "task.update",
        "transitionTask" => "task.transition",
        "deleteTask" => "task.delete",
        "restoreTask" => "task.restore",
        "getTeam" | "listTeamMembers" => "team.read",
        "createTeam" if variant == "across projects" => "team.create",
        "updateTeam" if variant == "hands it over" => "team.delete",
        "updateTeam" => "team.update",
        "deleteTeam" => "team.delete",
        "changeTeamMemberRole" => "team.members.manage",
        "addTeamMember" | "removeTeamMember" if variant.is_empty() => "team.members.manage",
        "listLabels" if variant != "of the organization" => "project.read",
        "createLabel" => "label.manage",
        "createBoard" | "updateBoard" | "addBoardList" | "updateBoardList" | "removeBoardList" => {
            "board.update"
        }
        "deleteBoard" => "board.delete",
        "listComments" | "getComment" | "getCommentHistory" => "task.read",
        "createComment" | "addReaction" | "removeReaction" => "comment.create",
        "listAttachments" | "getAttachment" => "attachment.download",
        "beginAttachment" | "beginAttachmentVersion" => "attachment.upload",
        _ => return None,
    };
    let named = |name: &str| {
        sample
            .query
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, value)| value.clone())
    };
    let member = |name: &str| sample.body.as_ref()?[name].as_str().map(str::to_owned);
    let thing = match operation.id.as_str() {
        "createProject" | "createTeam" => member("organization_id"),
        "createTask" | "createBoard" => member("project_id"),
        "createLabel" => member("project_id").or(member("organization_id")),
        "listTasks" | "listBoards" | "listLabels" => named("project"),
        "getDashboard" | "listActivity" | "listAuditLogs" | "verifyAuditLogs" => {
            named("project").or(named("org"))
        }
        _ => sample.path.first().cloned(),
    };
    thing.map(|thing| (action, thing))
}

impl Stage {
    /// Asks what is going to happen.
    pub async fn told(
        &self,
        operation: &Operation,
        variant: &str,
        sample: &Sample,
        who: &Person,
    ) -> Told {
        let Some((action, thing)) = question(self, operation, variant, sample) else {
            return Told(None);
        };
        Told(Some(
            who.get(&format!(
                "/permissions/explain?action={action}&resource={thing}"
            ))
            .await,
        ))
    }
}

impl Told {
    /// Fails the test unless it has happened so.
    #[track_caller]
    pub fn compare(&self, operation: &Operation, column: &str, answer: &Answer) {
        let Some(told) = &self.0 else { return };
        // A role above one's own is refused for what the request contains.
        let decision = match (answer.status, answer.code()) {
            (_, "role_too_high") | (..300, _) => "allowed",
            (401, _) => "unauthenticated",
            (_, code) => code,
        };
        let foretold = match told.status {
            200 => told.data()["decision"].as_str().unwrap_or_default(),
            _ => told.code(),
        };
        let case = format!(
            "{} by {column}: {} {}\n{}",
            operation.name(),
            answer.status,
            answer.text,
            told.text
        );
        assert_eq!(foretold, decision, "{case}");
        assert_eq!(
            told.data()["allowed"] == true,
            decision == "allowed",
            "{case}"
        );
        if told.status == 200 {
            let (rule, trace) = (
                &told.data()["rule"],
                told.data()["trace"].as_array().unwrap(),
            );
            assert!(
                trace.iter().any(|ground| ground["source"] == *rule),
                "{case}"
            );
        }
    }
}
