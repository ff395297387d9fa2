//! Every operation by everybody: what is really answered, compared with what is committed.

use std::fmt::Write;

use tests::Answer;

use super::sound::sound;
use super::stage::{COLUMNS, Stage};
use crate::api::{OPERATIONS, Operation};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/access-matrix.txt");

const HEAD: &str = "\
# What everybody is answered: the status of every operation, as it really was. Compared byte for byte by a test, which
# writes this file anew when UPDATE=1 is set. Every request is in order but for who makes it; what it changes is put
# back before the next.
#
# Roles are those in the organization; `guest` has the role viewer in the projects, the columns with a plus another one.
# Those with t- are guests with a role in a team that is attached to the projects.
# `removed` was a member; `stranger` never was. 404 is the answer where one may not know that the thing is there.
# A word behind the status says what became of the one entry of a request that has many.
";

/// What an operation is also asked for, besides the ordinary.
fn variants(operation: &Operation) -> &'static [&'static str] {
    match operation.id.as_str() {
        "logout" => &["", "everywhere"],
        "verifyEmail" => &["", "another mail"],
        "joinOrganization" => &["", "with approval", "by domain"],
        "explainPermission" => &["", "about another"],
        "acceptInvitation" | "answerInvitation" => &["", "declines"],
        "changeOrganizationMemberRole" => &["", "of an admin", "to admin", "to owner"],
        "removeOrganizationMember" => &["", "an admin", "oneself"],
        "inviteMembers" => &["", "as admin", "as guest of a project", "into a team"],
        "putProjectMember" => &["", "as owner"],
        "getProject" | "updateProject" | "listProjectMembers" => &["", "private"],
        "createTask" => &["", "private", "for a team"],
        "getTask" | "getWorkflow" => &["", "private"],
        "listLabels" | "createLabel" | "deleteLabel" => &["", "private", "of the organization"],
        "updateLabel" => &["", "private", "of the organization", "merged"],
        "listBoards" | "createBoard" | "getBoard" => &["", "private"],
        "listTasks" => &["", "private", "mine", "of a list", "of a team"],
        "getDashboard" | "listActivity" => &["", "private", "of an organization"],
        "listTaskActivity" => &["", "private"],
        "getTeam" => &["", "private"],
        "createTeam" => &["", "private", "across projects"],
        "updateTeam" => &["", "hands it over"],
        "addTeamMember" => &["", "a stranger"],
        "removeTeamMember" => &["", "leaves"],
        "updateTask" => &["", "private", "assigned to the caller"],
        "transitionTask" => &["", "assigned to the caller"],
        "moveTask" => &["", "assigned to the caller", "to the private project"],
        "bulkTasks" => &[
            "",
            "private",
            "best effort",
            "creates",
            "deletes",
            "assigned to the caller",
        ],
        "createView" => &["", "private"],
        "listComments" | "createComment" | "getComment" => &["", "private"],
        "updateComment" | "deleteComment" => &["", "own"],
        "listAttachments" | "getAttachment" => &["", "private"],
        "beginAttachment" => &["", "private", "assigned to the caller"],
        "completeAttachment" | "deleteAttachment" => &["", "own"],
        "getView" | "updateView" => &["", "private", "own", "not shared"],
        "deleteView" => &["", "own"],
        "deleteTask" | "restoreTask" => &["", "own"],
        "registerDevice" => &["", "a phone"],
        "listWatchers" | "watchTask" | "muteTask" => &["", "private"],
        "readNotifications" => &["", "all"],
        _ => &[""],
    }
}

impl Stage {
    /// What one person is answered.
    async fn cell(&self, operation: &Operation, variant: &str, column: &str) -> String {
        let who = self.person(column);
        let sample = self.arrange(operation, variant, &who).await;
        let told = self.told(operation, variant, &sample, &who).await;
        let answer = sound(operation, sample.send(operation, &who).await);
        told.compare(operation, column, &answer);
        self.put_back(operation, variant, column, &answer).await;
        let first = &answer.body["data"][0];
        let entry = first["code"]
            .as_str()
            .or(first["problem"]["code"].as_str())
            .unwrap_or_default();
        format!("{} {entry}", answer.status).trim_end().to_owned()
    }

    /// Undoes what the call has done, as far as others would notice.
    pub async fn put_back(
        &self,
        operation: &Operation,
        variant: &str,
        column: &str,
        answer: &Answer,
    ) {
        let done = answer.status < 300;
        match (operation.id.as_str(), variant) {
            ("refresh", _) => self.renew("spare", answer),
            ("changePassword", _) if done => self.renew(column, answer),
            ("logout" | "revokeSession", _) if done => self.login(column).await,
            ("resetPassword", _) if done => self.login("deputy").await,
            ("deleteOrganization" | "restoreOrganization", _) => self.reopen().await,
            ("changeOrganizationMemberRole", _) if done => {
                self.prove(&self.owner()).await;
                for (name, role) in [("spare", "member"), ("deputy", "admin")] {
                    let path = self.org(&format!("/members/{}", self.person(name).id));
                    self.person("owner")
                        .patch(&path, serde_json::json!({ "role": role }))
                        .await
                        .expect(200);
                }
            }
            ("updateTeam", "hands it over") if done => {
                let body = serde_json::json!({ "owner_id": self.owner().id });
                self.owner()
                    .patch(&format!("/teams/{}", self.crew), body)
                    .await
                    .expect(200);
            }
            ("removeTeamMember", "leaves") if done => self.man(&self.crew).await,
            ("removeOrganizationMember", "an admin") if done => {
                self.rejoin("deputy", "admin").await
            }
            ("removeOrganizationMember", "") if done => self.rejoin("spare", "member").await,
            _ => {}
        }
    }

    async fn row(&self, operation: &Operation, variant: &str) -> String {
        let name = format!("{} {}", operation.method, operation.path);
        let name = if variant.is_empty() {
            name
        } else {
            format!("{name} ({variant})")
        };
        let mut row = format!("{name:<75}");
        for column in COLUMNS {
            let _ = write!(row, " {:<13}", self.cell(operation, variant, column).await);
        }
        row.trim_end().to_owned()
    }
}

/// A row's place in the file, the operation and the variant.
type Row = (usize, &'static Operation, &'static str);

/// The lines of some rows, with their places.
async fn lines(mut rows: Vec<Row>) -> Vec<(usize, String)> {
    let stage = Stage::new().await;
    // Who has left is gone for the rest.
    rows.sort_by_key(|(_, _, variant)| *variant == "oneself");
    let mut lines = vec![];
    for (place, operation, variant) in rows {
        lines.push((place, stage.row(operation, variant).await + "\n"));
    }
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_answered_as_the_access_matrix_says() {
    let rows = OPERATIONS.iter().flat_map(|operation| {
        variants(operation)
            .iter()
            .map(move |variant| (operation, *variant))
    });
    let rows = rows
        .enumerate()
        .map(|(place, (operation, variant))| (place, operation, variant));
    // On two stages at once, of about equal length.
    let (first, second): (Vec<Row>, Vec<Row>) =
        rows.partition(|(_, operation, _)| operation.path.contains("/auth/"));
    let (first, second) = (tokio::spawn(lines(first)), tokio::spawn(lines(second)));
    let mut lines = [first.await.unwrap(), second.await.unwrap()].concat();
    lines.sort();
    let title = COLUMNS.iter().fold(format!("{:<75}", ""), |title, column| {
        format!("{title} {column:<13}")
    });
    let rows: String = lines.into_iter().map(|(_, line)| line).collect();
    let really = format!("{HEAD}\n{}\n{rows}", title.trim_end());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(FILE, &really).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap_or_default();
    for (really, committed) in really.lines().zip(committed.lines()) {
        assert_eq!(really, committed);
    }
    assert_eq!(really, committed, "set UPDATE=1 to write {FILE} anew");
}
