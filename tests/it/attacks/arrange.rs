//! A request that is in order, for every operation: with every parameter and every member that it knows.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{PASSWORD, Person};

use super::sample::Sample;
use super::stage::Stage;
use crate::api::Operation;

impl Stage {
    /// Makes everything ready for a call of `who`, and writes the request.
    pub async fn arrange(&self, operation: &Operation, variant: &str, who: &Person) -> Sample {
        let sample = self.arranged(operation, variant, who).await;
        if operation.codes.contains("insufficient_user_authentication") {
            self.prove(who).await;
        }
        sample
    }

    async fn arranged(&self, operation: &Operation, variant: &str, who: &Person) -> Sample {
        if let Some(sample) = self.arrange_joining(operation, variant, who).await {
            return sample;
        }
        if operation.path.contains("/attachments") {
            return self.arrange_attachments(operation, variant, who).await;
        }
        if operation.path.contains("/avatar") {
            return self.arrange_avatars(operation, who).await;
        }
        if ["/notification", "/watchers"]
            .iter()
            .any(|part| operation.path.contains(part))
        {
            return self.arrange_notifications(operation, variant, who).await;
        }
        if operation.path.contains("/comments") {
            return self.arrange_comments(operation, variant, who).await;
        }
        match operation
            .path
            .split('/')
            .find(|part| !matches!(*part, "" | "api" | "v1"))
            .unwrap()
        {
            "auth" | "invitations" | ".well-known" => {
                self.arrange_auth(operation, variant, who).await
            }
            "users" => self.arrange_users(operation, who),
            "organizations" => self.arrange_orgs(operation, variant, who).await,
            "projects" | "trash" if operation.in_path == ["project_id"] => {
                self.arrange_project(operation, variant).await
            }
            "projects" => self.arrange_projects(operation, variant).await,
            "teams" => self.arrange_teams(operation, variant, who).await,
            "boards" => self.arrange_boards(operation, variant).await,
            "labels" => self.arrange_labels(operation, variant).await,
            "views" => self.arrange_view(operation, variant, who).await,
            "tasks" | "trash" => self.arrange_tasks(operation, variant, who).await,
            "dashboard" => self.arrange_dashboard(variant),
            "activity" => self.arrange_activity(variant),
            "audit-logs" => self.arrange_audit(operation),
            "devices" => self.arrange_devices(operation, variant, who).await,
            "app" if operation.id == "getAppFile" => Sample::at(["main.js"]),
            _ if operation.id == "getDocsFile" => Sample::at(["swagger-ui.css"]),
            _ => Sample::default(),
        }
    }

    fn arrange_activity(&self, variant: &str) -> Sample {
        let place = match variant {
            "of an organization" => ("org", self.team.id.as_str()),
            "private" => ("project", self.private.as_str()),
            _ => ("project", self.open.as_str()),
        };
        Sample::default().query([
            place,
            ("user", &self.owner().id),
            ("type", "project"),
            ("limit", "5"),
        ])
    }

    fn arrange_audit(&self, operation: &Operation) -> Sample {
        let org = ("org", self.team.id.as_str());
        if operation.id == "verifyAuditLogs" {
            return Sample::default().query([org, ("from_seq", "1"), ("to_seq", "5")]);
        }
        Sample::default().query([
            org,
            ("actor", &self.owner().id),
            ("action", "member"),
            ("category", "all"),
            ("from", "2020-01-01"),
            ("to", "2100-01-01T00:00:00Z"),
            ("limit", "5"),
        ])
    }

    fn arrange_dashboard(&self, variant: &str) -> Sample {
        Sample::default().query([match variant {
            "of an organization" => ("org", self.team.id.as_str()),
            "private" => ("project", self.private.as_str()),
            _ => ("project", self.open.as_str()),
        }])
    }

    async fn arrange_auth(&self, operation: &Operation, variant: &str, who: &Person) -> Sample {
        let n = self.next();
        match operation.id.as_str() {
            "register" => Sample::with(json!({
                "email": format!("fresh{n}@example.com"), "password": PASSWORD, "username": format!("fresh{n}"),
                "full_name": "Fresh", "device_name": "Phone",
                "organization": { "name": format!("Fresh {n}"), "slug": format!("fresh-{n}") },
            })),
            "login" => {
                self.world.clock.advance(jiff::SignedDuration::from_mins(1));
                let email = self.person("spare").email;
                Sample::with(
                    json!({ "email": email, "password": PASSWORD, "device_name": "Phone" }),
                )
            }
            "refresh" => Sample::with(json!({ "refresh_token": self.person("spare").refresh })),
            "logout" => Sample::with(json!({ "all": variant == "everywhere" })),
            "forgotPassword" => Sample::with(json!({ "email": self.person("deputy").email })),
            "resetPassword" => {
                self.world
                    .clock
                    .advance(jiff::SignedDuration::from_hours(1));
                let email = self.person("deputy").email;
                self.world
                    .nobody()
                    .post("/auth/password/forgot", json!({ "email": email }))
                    .await
                    .expect(202);
                Sample::with(
                    json!({ "token": self.world.mailed_token(&email, "new password").await, "password": PASSWORD }),
                )
            }
            "changePassword" => {
                self.world.clock.advance(jiff::SignedDuration::from_mins(1));
                Sample::with(json!({ "current": PASSWORD, "new": PASSWORD }))
            }
            "verifyEmail" if variant == "another mail" => {
                Sample::with(json!({ "resend": true, "email": self.person("spare").email }))
            }
            "verifyEmail" => {
                let person = self.world.unverified(&format!("fresh{n}")).await;
                Sample::with(
                    json!({ "token": self.world.mailed_token(&person.email, "Confirm").await }),
                )
            }
            "changeEmail" => {
                self.world.clock.advance(jiff::SignedDuration::from_mins(1));
                Sample::with(
                    json!({ "email": format!("other{n}@example.com"), "password": PASSWORD }),
                )
            }
            "reauthenticate" => {
                self.world.clock.advance(jiff::SignedDuration::from_mins(1));
                Sample::with(json!({ "password": PASSWORD }))
            }
            "revertEmail" => {
                let person = self.world.person(&format!("fresh{n}")).await;
                let email = format!("other{n}@example.com");
                let change = json!({ "email": email, "password": PASSWORD });
                person.post("/auth/email/change", change).await.expect(202);
                let token = self.world.mailed_token(&email, "new address").await;
                person
                    .post("/auth/email/verify", json!({ "token": token }))
                    .await
                    .expect(204);
                Sample::with(
                    json!({ "token": self.world.mailed_token(&person.email, "was changed").await }),
                )
            }
            "revokeSession" => {
                let sessions = who.get("/auth/sessions").await;
                let current = sessions.body["data"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .find(|row| row["current"] == true);
                Sample::at([current.map_or("3f1c9a0b7d25e864", |row| row["id"].as_str().unwrap())])
            }
            "previewInvitation" => {
                let email = format!("fresh{n}@example.com");
                self.invite(&email, "member").await;
                Sample::at([&self.world.mailed_token(&email, "Invitation").await])
            }
            "acceptInvitation" => {
                let email = if who.email.is_empty() {
                    format!("fresh{n}@example.com")
                } else {
                    who.email.clone()
                };
                self.invited_elsewhere(&email).await;
                let sample = Sample::at([&self.world.mailed_token(&email, "Invitation").await]);
                sample.body(json!({ "decline": variant == "declines" }))
            }
            _ => Sample::default(),
        }
    }

    fn arrange_users(&self, operation: &Operation, who: &Person) -> Sample {
        match operation.id.as_str() {
            "listUsers" => {
                Sample::default().query([("org", &self.team.id), ("q", "spa"), ("limit", "5")])
            }
            "updateMe" => Sample::with(json!({
                "full_name": "Another Name", "bio": "Busy.", "username": format!("name{}", self.next()),
                "timezone": "Europe/Berlin", "locale": "de-DE", "preferences": { "theme": "dark" },
                "default_organization_id": if who.home.is_empty() { &self.team.id } else { &who.home },
            })),
            "listMyInvitations" => Sample::default().query([("limit", "5")]),
            "getUser" => Sample::at([&self.person("viewer").id]),
            _ => Sample::default(),
        }
    }

    async fn arrange_orgs(&self, operation: &Operation, variant: &str, who: &Person) -> Sample {
        let (org, n) = (self.team.id.as_str(), self.next());
        match operation.id.as_str() {
            "listOrganizations" => Sample::default().query([("limit", "5")]),
            "createOrganization" => Sample::with(json!({
                "name": format!("New {n}"), "slug": format!("new-{n}"), "email": format!("new{n}@example.com"),
            })),
            "updateOrganization" => Sample::at([org]).body(json!({
                "name": format!("Acme {n}"), "slug": "acme", "email": format!("acme{n}@example.com"),
                "settings": { "members_can_create_projects": true, "members_can_create_teams": true },
            })),
            "deleteOrganization" => Sample::at([org]).body(json!({ "confirm_slug": "acme" })),
            "restoreOrganization" => {
                self.prove(&self.owner()).await;
                self.owner()
                    .request(Method::DELETE, &self.org(""))
                    .json(json!({ "confirm_slug": "acme" }))
                    .send()
                    .await;
                Sample::at([org])
            }
            "listOrganizationMembers" => Sample::at([org]).query([("role", "member"), ("q", "spa"), ("limit", "5")]),
            "changeOrganizationMemberRole" => {
                let (target, role) = match variant {
                    "of an admin" => ("deputy", "member"),
                    "to admin" => ("spare", "admin"),
                    "to owner" => ("spare", "owner"),
                    _ => ("spare", "viewer"),
                };
                Sample::at([org, &self.person(target).id]).body(json!({ "role": role }))
            }
            "removeOrganizationMember" => match variant {
                "an admin" => Sample::at([org, &self.person("deputy").id]),
                "oneself" if !who.id.is_empty() => Sample::at([org, &who.id]),
                _ => Sample::at([org, &self.person("spare").id]),
            },
            "listInvitations" => Sample::at([org]).query([("state", "pending"), ("limit", "5")]),
            "inviteMembers" => Sample::at([org]).body(match variant {
                "as admin" => json!([{ "email": format!("new{n}@example.com"), "role": "admin" }]),
                "into a team" => {
                    let email = format!("new{n}@example.com");
                    json!([{ "email": email, "role": "viewer", "team_id": self.crew, "team_role": "viewer" }])
                }
                "as guest of a project" => {
                    let email = format!("new{n}@example.com");
                    json!([{ "email": email, "role": "guest", "project_id": self.open, "project_role": "viewer" }])
                }
                _ => json!([{ "email": format!("new{n}@example.com"), "role": "viewer" }]),
            }),
            "revokeInvitation" => Sample::at([org, &self.invite(&format!("new{n}@example.com"), "member").await]),
            "answerInvitation" => {
                let email = if who.email.is_empty() { format!("new{n}@example.com") } else { who.email.clone() };
                let (org, invitation) = self.invited_elsewhere(&email).await;
                Sample::at([&org, &invitation]).body(json!({ "decline": variant == "declines" }))
            }
            _ => Sample::at([org]),
        }
    }

    async fn arrange_projects(&self, operation: &Operation, variant: &str) -> Sample {
        let (org, n, spare) = (self.team.id.as_str(), self.next(), self.person("spare").id);
        match operation.id.as_str() {
            "listProjects" => Sample::default().query([
                ("org", org),
                ("status", "planning"),
                ("archived", "false"),
                ("q", "pro"),
                ("ordering", "created_at"),
                ("limit", "5"),
            ]),
            "createProject" => Sample::with(json!({
                "organization_id": org, "name": format!("New {n}"), "key": format!("N{n}"), "description": "About it.",
                "visibility": "organization", "lead_id": spare, "start_date": "2030-01-01", "due_date": "2030-02-01",
            })),
            "putProjectMember" => {
                let role = if variant == "as owner" {
                    "owner"
                } else {
                    "member"
                };
                let _ = self
                    .owner()
                    .delete(&format!("/projects/{}/members/{spare}", self.open))
                    .await;
                Sample::at([&self.open, &spare]).body(json!({ "role": role }))
            }
            _ => {
                let place = format!("/projects/{}/members/{spare}", self.open);
                self.owner()
                    .put(&place, json!({ "role": "viewer" }))
                    .await
                    .expect(200);
                Sample::at([&self.open, &spare])
            }
        }
    }

    async fn arrange_project(&self, operation: &Operation, variant: &str) -> Sample {
        let project = match (operation.id.as_str(), variant) {
            ("deleteProject" | "archiveProject" | "replaceWorkflow", _) => {
                self.make(&self.doomed, "live").await;
                &self.doomed
            }
            ("unarchiveProject", _) => {
                self.make(&self.doomed, "archived").await;
                &self.doomed
            }
            ("restoreProject" | "restoreProjectFromTrash", _) => {
                self.make(&self.doomed, "deleted").await;
                &self.doomed
            }
            (_, "private") => &self.private,
            _ => &self.open,
        };
        let sample = Sample::at([project]);
        match operation.id.as_str() {
            "replaceWorkflow" => self.arrange_workflow(project).await,
            "updateProject" => sample.body(json!({
                "name": format!("Project {}", self.next()), "description": "About it.", "visibility":
                    if variant == "private" { "private" } else { "organization" },
                "lead_id": self.owner().id, "start_date": "2030-01-01", "due_date": "2030-02-01",
                "status": "active", "team_ids": [self.crew], "viewers_can_comment": false,
            })),
            _ => sample,
        }
    }

    async fn arrange_tasks(&self, operation: &Operation, variant: &str, who: &Person) -> Sample {
        let project = if variant == "private" {
            &self.private
        } else {
            &self.open
        };
        let (id, mut body) = (operation.id.as_str(), self.task_body(operation, variant));
        if ["createTask", "updateTask"].contains(&id) && variant != "assigned to the caller" {
            body.as_mut().unwrap()["labels"] = json!([self.label(None).await]);
        }
        match id {
            "listTasks" if variant == "of a team" => {
                return Sample::default().query([
                    ("team", &self.crew),
                    ("status", "todo"),
                    ("limit", "5"),
                ]);
            }
            "listTasks" if variant == "of a list" => return self.arrange_list_of_tasks().await,
            "listTasks" => {
                let whose = if variant == "mine" {
                    ("org", self.team.id.as_str())
                } else {
                    ("project", project.as_str())
                };
                let whom = if variant == "mine" {
                    "me"
                } else {
                    &self.owner().id
                };
                let ordering = if variant == "mine" {
                    "due_date"
                } else {
                    "created_at"
                };
                return Sample::default().query([
                    whose,
                    ("status", "todo"),
                    ("priority", "high"),
                    ("assigned_to", whom),
                    ("due_before", "2040-01-01"),
                    ("due_after", "2020-01-01"),
                    ("q", "task"),
                    ("filter", "status:todo"),
                    ("ordering", ordering),
                    ("label", &self.label(None).await),
                    ("include", "project,assignee,creator,labels"),
                    ("limit", "5"),
                ]);
            }
            "bulkTasks" => return self.arrange_bulk(variant, who).await,
            "createTask" if variant == "for a team" => {
                return Sample::with(json!({ "team_id": self.crew, "title": "New" }));
            }
            "createTask" => {
                return Sample {
                    body,
                    ..Sample::default()
                };
            }
            "listTrash" => {
                return Sample::default().query([
                    ("org", &self.team.id),
                    ("type", "task"),
                    ("limit", "5"),
                ]);
            }
            _ => {}
        }
        let own = json!({ "project_id": project, "title": "My own" });
        let made = if variant == "own" {
            Some(who.post("/tasks", own).await)
        } else {
            None
        };
        let task = match made.filter(|made| made.status == 201) {
            Some(made) => made.id(),
            None => {
                self.task(
                    project,
                    Some(who).filter(|_| variant == "assigned to the caller"),
                )
                .await
            }
        };
        let path = format!("/tasks/{task}");
        if id == "restoreTask" {
            let own = variant == "own" && who.delete(&path).await.status == 200;
            if !own {
                self.owner().delete(&path).await.expect(200);
            }
            return Sample::at([&task]);
        }
        let body = if id == "moveTask" {
            Some(self.move_body(variant).await)
        } else {
            body
        };
        let key = self.owner().get(&path).await.expect(200).text_of("key");
        Sample {
            body,
            key: Some(key),
            ..Sample::at([&task])
        }
    }

    fn task_body(&self, operation: &Operation, variant: &str) -> Option<Value> {
        let owner = self.owner().id;
        let project = if variant == "private" {
            &self.private
        } else {
            &self.open
        };
        match operation.id.as_str() {
            "createTask" => Some(json!({
                "project_id": project, "title": "New", "description": "About it.", "status": "todo",
                "priority": "high", "due_date": "2030-02-01", "assignee_id": owner,
            })),
            "updateTask" if variant == "assigned to the caller" => {
                Some(json!({ "title": "Mine", "status": "in_progress" }))
            }
            "updateTask" => Some(json!({
                "title": "Changed", "description": "About it.", "status": "in_progress", "priority": "low",
                "due_date": "2030-02-01", "assignee_id": owner,
            })),
            "transitionTask" => Some(json!({ "to": "in_progress" })),
            _ => None,
        }
    }
}
