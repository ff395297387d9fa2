//! What belongs to others cannot be told from what never was, wherever its id is written.

use serde_json::{Value, json};
use tests::{Answer, File, Person, Team, World};

use super::notifications::{latest, nobodys};
use super::sample::Sample;
use super::sound::sound;
use super::stage::Stage;
use super::unchanged::Snapshot;
use crate::api::{OPERATIONS, Operation};

/// What a parameter or member names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Organization,
    Project,
    Team,
    Task,
    View,
    Comment,
    Attachment,
    Label,
    User,
    Invitation,
    JoinCode,
    Domain,
    Session,
    Device,
    Notification,
    Board,
    List,
}

/// What a name stands for; none if it is no id. Every name of the API stands here: a new one must be put in its place.
fn kind(operation: &Operation, name: &str) -> Option<Kind> {
    match name {
        "org" | "organization_id" | "default_organization_id" => Some(Kind::Organization),
        "project_id" | "project" => Some(Kind::Project),
        "team_id" | "team_ids" | "team" => Some(Kind::Team),
        "before" if operation.id == "readNotifications" => None,
        "task_id" | "before" | "after" => Some(Kind::Task),
        "id" if operation.id == "bulkTasks" => Some(Kind::Task),
        "view_id" | "view" => Some(Kind::View),
        "comment_id" | "parent_id" | "thread" => Some(Kind::Comment),
        "attachment_id" => Some(Kind::Attachment),
        "label_id" | "label" | "labels" | "merge_into" => Some(Kind::Label),
        "board_id" | "board" => Some(Kind::Board),
        "list_id" | "list" | "move_tasks_to" => Some(Kind::List),
        "user_id" | "assignee_id" | "lead_id" | "assigned_to" | "owner_id" | "member" => {
            Some(Kind::User)
        }
        "invitation_id" => Some(Kind::Invitation),
        "code_id" => Some(Kind::JoinCode),
        "domain_id" => Some(Kind::Domain),
        "organization" if operation.id == "joinOrganization" => Some(Kind::Organization),
        "resource" => Some(Kind::Task),
        // Somebody outside is nobody: tests/it/membership/explain.rs.
        "user" => None,
        "session_id" => Some(Kind::Session),
        "device_id" => Some(Kind::Device),
        "notification_id" => Some(Kind::Notification),
        // Those that are not the caller's are passed over: tests/it/notices/notifications/rights.rs.
        "ids" => None,
        // Whoever holds one of these is who it is for; `isolation` of them is the business of other tests.
        "token" | "refresh_token" | "invite_token" | "device_token" | "cursor" => None,
        "archived"
        | "in_app"
        | "push"
        | "quiet_hours"
        | "events"
        | "read"
        | "unread"
        | "snoozed_until"
        | "mentioned"
        | "assigned"
        | "unassigned"
        | "replied"
        | "commented"
        | "status_changed"
        | "due_changed"
        | "task_deleted"
        | "task_restored"
        | "attached"
        | "updated"
        | "added"
        | "role_changed"
        | "auth"
        | "action"
        | "actor"
        | "from_seq"
        | "to_seq"
        | "approval"
        | "bio"
        | "body"
        | "category"
        | "color"
        | "confirm_slug"
        | "content_type"
        | "current"
        | "decline"
        | "description"
        | "device_name"
        | "due_after"
        | "due_before"
        | "due_date"
        | "domain"
        | "email"
        | "emoji"
        | "etag"
        | "endpoint"
        | "expirationTime"
        | "expires_at"
        | "file"
        | "filename"
        | "filter"
        | "final"
        | "from"
        | "full_name"
        | "if_match"
        | "include"
        | "key"
        | "keys"
        | "p256dh"
        | "platform"
        | "join_code"
        | "limit"
        | "max_uses"
        | "list_order"
        | "lists"
        | "all"
        | "locale"
        | "mail"
        | "members_can_create_projects"
        | "members_can_create_teams"
        | "metadata"
        | "team_role"
        | "mode"
        | "name"
        | "new"
        | "number"
        | "op"
        | "operations"
        | "ordering"
        | "organization"
        | "page_size"
        | "parts"
        | "password"
        | "position"
        | "preferences"
        | "priority"
        | "project_role"
        | "q"
        | "require_fields"
        | "resend"
        | "role"
        | "roles"
        | "settings"
        | "sha256"
        | "shared"
        | "size"
        | "slug"
        | "sort"
        | "start_date"
        | "state"
        | "status"
        | "status_map"
        | "statuses"
        | "timezone"
        | "title"
        | "to"
        | "transitions"
        | "type"
        | "username"
        | "version"
        | "viewers_can_comment"
        | "visibility"
        | "wip_limit" => None,
        _ => panic!(
            "{}: is `{name}` an id? Say so here, and of what",
            operation.id
        ),
    }
}

/// The id of a board that never was.
const NO_BOARD: &str = "0190abcd-ef12-8333-8333-333333333333";

/// Another organization with one of everything.
struct Foreign {
    team: Team,
    project: String,
    crew: String,
    task: String,
    label: String,
    view: String,
    comment: String,
    attachment: String,
    invitation: String,
    join_code: String,
    domain: String,
    session: String,
    device: String,
    notification: String,
    user: String,
    board: String,
    list: String,
}

impl Foreign {
    async fn new(world: &World, owner: &Person) -> Self {
        let team = world.team(owner, "globex").await;
        let project = team.project("GLOB").await;
        let task = team.task(&project, "Take over").await;
        let comment = owner
            .post(
                &format!("/tasks/{task}/comments"),
                json!({ "body": "Secret" }),
            )
            .await;
        let comment = comment.expect(201).id();
        let attachment = owner.attach(&task, &File::text("secret.txt", 10)).await;
        let crew = json!({ "organization_id": team.id, "name": "Secret" });
        let crew = owner.post("/teams", crew).await.expect(201).id();
        let label = owner
            .post(
                "/labels",
                json!({ "organization_id": team.id, "name": "Secret" }),
            )
            .await
            .expect(201)
            .id();
        let body = json!([{ "email": "hank@example.com", "role": "member" }]);
        let invited = owner
            .post(&format!("/organizations/{}/invitations", team.id), body)
            .await
            .expect(201);
        let [codes, domains] =
            ["join-codes", "domains"].map(|part| format!("/organizations/{}/{part}", team.id));
        let join_code = owner
            .post(&codes, json!({ "role": "member" }))
            .await
            .expect(201)
            .id();
        let domain = json!({ "domain": "globex.example", "role": "member" });
        let domain = owner.post(&domains, domain).await.expect(201).id();
        let sessions = owner.get("/auth/sessions").await.expect(200);
        let body =
            json!({ "organization_id": team.id, "name": "Secret", "filter": {}, "shared": true });
        let view = owner.post("/views", body).await.expect(201).id();
        let board = owner
            .post("/boards", json!({ "project_id": project, "name": "Board" }))
            .await
            .expect(201);
        let hal = world.member(&team, "hal-of-globex", "member").await;
        let given = json!({ "project_id": project, "title": "Given", "assignee_id": owner.id });
        hal.post("/tasks", given).await.expect(201);
        let notification = latest(world, owner).await;
        let device = owner
            .post("/devices", super::devices::subscription("theirs"))
            .await
            .expect(201)
            .id();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            device,
            notification,
            invitation: text(&invited.rows()[0]["invitation"]["id"]),
            session: text(&sessions.rows()[0]["id"]),
            join_code,
            domain,
            user: owner.id.clone(),
            board: board.id(),
            list: text(&board.data()["lists"][0]["id"]),
            team,
            project,
            crew,
            task,
            comment,
            attachment,
            label,
            view,
        }
    }

    /// Each of its names of this kind, with names of the same form that never were anything's.
    fn names(&self, stage: &Stage, kind: Kind) -> Vec<(String, Vec<String>)> {
        let ours = stage.team.id.as_str();
        let id = |foreign: &str| {
            (
                foreign.to_owned(),
                vec![mixed(foreign, 7), mixed(ours, 9), random(foreign)],
            )
        };
        match kind {
            Kind::Organization => vec![
                id(&self.team.id),
                (self.team.slug.clone(), vec!["initech".to_owned()]),
            ],
            Kind::Project => vec![id(&self.project)],
            Kind::Team => vec![id(&self.crew)],
            Kind::Task => vec![
                id(&self.task),
                (
                    "GLOB-1".to_owned(),
                    vec!["NONE-1".to_owned(), "GLOB-2".to_owned()],
                ),
            ],
            Kind::View => vec![id(&self.view)],
            Kind::Comment => vec![id(&self.comment)],
            Kind::Attachment => vec![id(&self.attachment)],
            Kind::Label => vec![id(&self.label)],
            Kind::User => vec![(self.user.clone(), vec![random(&self.user)])],
            Kind::Invitation => vec![id(&self.invitation)],
            Kind::JoinCode => vec![id(&self.join_code)],
            Kind::Domain => vec![id(&self.domain)],
            Kind::Board => vec![id(&self.board)],
            Kind::List => vec![(self.list.clone(), vec!["3f1c9a0b7d25e864".to_owned()])],
            Kind::Device => vec![id(&self.device)],
            Kind::Notification => vec![(self.notification.clone(), nobodys(&self.notification))],
            Kind::Session => vec![(self.session.clone(), vec!["3f1c9a0b7d25e864".to_owned()])],
        }
    }
}

/// An id of the same tenant that is nothing's.
pub fn mixed(id: &str, digit: u32) -> String {
    let (head, tail) = id.split_at(24);
    format!(
        "{head}{}",
        tail.chars()
            .map(|_| char::from_digit(digit, 16).unwrap())
            .collect::<String>()
    )
}

/// An id of the same form of a tenant, or user, that never was.
fn random(id: &str) -> String {
    let head: String = "0190abcd-ef12".chars().collect();
    format!("{head}{}", &mixed(id, 3)[13..])
}

/// The request with another word in one place of it.
pub type Place = (String, Kind, Box<dyn Fn(&Sample, &str) -> Sample>);

/// Every place of a request where an id stands.
pub fn places(operation: &Operation, sample: &Sample) -> Vec<Place> {
    let mut places: Vec<Place> = vec![];
    for (index, name) in operation.in_path.iter().enumerate() {
        let change = move |sample: &Sample, word: &str| {
            let mut sample = sample.clone();
            word.clone_into(&mut sample.path[index]);
            sample
        };
        places
            .extend(kind(operation, name).map(|kind| (name.clone(), kind, Box::new(change) as _)));
    }
    for name in operation.in_query.clone() {
        let given = sample.query.iter().any(|(other, _)| *other == name);
        let known = ["page_size", "sort", "cursor"].contains(&name.as_str());
        let Some(kind) = kind(operation, &name) else {
            assert!(
                given || known || sample.key.is_some() || name == "org",
                "{}: {name} is not in the sample",
                operation.id
            );
            continue;
        };
        let (own, of_tasks) = (name.clone(), operation.id == "listTasks");
        let change = move |sample: &Sample, word: &str| {
            let mut sample = sample.clone();
            // A task is looked for in an organization by its key only.
            if let Some(key) = sample.key.clone() {
                sample.path[0] = key;
            }
            // Mine in an organization, or those of a project: not both.
            sample
                .query
                .retain(|(other, _)| *other != own && !(own == "org" && *other == "project"));
            // A list says itself of which project and status, and is named with its board.
            if own == "board" || own == "list" {
                sample
                    .query
                    .retain(|(other, _)| !["project", "status", "filter"].contains(other));
                let other = if own == "board" {
                    ("list", "3f1c9a0b7d25e864")
                } else {
                    ("board", NO_BOARD)
                };
                sample.query.push((other.0, other.1.to_owned()));
            }
            if own == "team" && of_tasks {
                // A team says itself of which projects.
                sample.query.retain(|(other, _)| *other != "project");
            }
            if own == "view" {
                // It goes with no other condition.
                sample.query.retain(|(other, _)| *other == "limit");
            }
            let name: &'static str = own.clone().leak();
            sample.query.push((name, word.to_owned()));
            sample
        };
        places.push((name, kind, Box::new(change)));
    }
    for (way, _) in operation.members() {
        let name = way.rsplit('/').next().unwrap();
        let change = {
            let way = way.clone();
            move |sample: &Sample, word: &str| {
                let mut sample = sample.clone();
                let (above, name) = way.rsplit_once('/').unwrap();
                sample.body.as_mut().unwrap().pointer_mut(above).unwrap()[name] =
                    if ["labels", "team_ids"].contains(&name) {
                        json!([word])
                    } else {
                        json!(word)
                    };
                if way == "/team_id" {
                    // A task goes to a team or to a project.
                    sample
                        .body
                        .as_mut()
                        .and_then(serde_json::Value::as_object_mut)
                        .unwrap()
                        .remove("project_id");
                }
                sample
            }
        };
        places.extend(kind(operation, name).map(|kind| (way.clone(), kind, Box::new(change) as _)));
    }
    places
}

/// Sent by the owner, who may do everything but what is not theirs.
async fn send(stage: &Stage, operation: &Operation, sample: &Sample) -> Answer {
    sound(operation, sample.send(operation, &stage.owner()).await)
}

/// Whether the answer says that there is no such thing: an error, or a list without rows.
fn is_refusal(answer: &Answer) -> bool {
    let empty = answer.body["data"].as_array().is_some_and(Vec::is_empty);
    let first = &answer.body["data"][0];
    let refused = first["code"] == "not_found" || first["problem"]["code"] == "not_found";
    [404, 422].contains(&answer.status) || answer.code() == "bad_filter" || empty || refused
}

/// The answer without the words of the request, which it may repeat.
fn comparable(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let (status, body, headers) = answer.comparable();
    // A list's tag is a digest of its body, and an invitation repeats the address.
    (
        status,
        body,
        headers
            .into_iter()
            .filter(|(name, _)| name != "etag")
            .collect(),
    )
}

#[tokio::test]
async fn what_is_anothers_is_answered_like_what_never_was() {
    let stage = Stage::new().await;
    let foreign = Foreign::new(&stage.world, &stage.person("stranger")).await;
    // The first call of an instance learns the keys, and is not counted.
    for path in [
        "/users/me",
        "/organizations",
        "/projects",
        "/tasks",
        "/dashboard",
        "/auth/sessions",
    ] {
        stage.owner().get(path).await.expect(200);
    }
    let mut covered = 0;
    for operation in OPERATIONS.iter() {
        let variant = if operation.id == "inviteMembers" {
            "as guest of a project"
        } else {
            ""
        };
        let sample = stage.arrange(operation, variant, &stage.owner()).await;
        let before = Snapshot::of(&stage.world).await;
        for (name, kind, put) in places(operation, &sample) {
            for (theirs, never) in foreign.names(&stage, kind) {
                let told = |word: &str| format!("{} with {word} as {name}", operation.name());
                let anothers = send(&stage, operation, &put(&sample, &theirs)).await;
                assert!(
                    is_refusal(&anothers),
                    "{}: {} {}",
                    told(&theirs),
                    anothers.status,
                    anothers.text
                );
                for word in never {
                    let nothings = send(&stage, operation, &put(&sample, &word)).await;
                    assert_eq!(
                        comparable(&anothers),
                        comparable(&nothings),
                        "{}, {}",
                        told(&theirs),
                        told(&word)
                    );
                }
                covered += 1;
            }
        }
        before.assert_same(&Snapshot::of(&stage.world).await, &operation.name());
        stage.reopen().await;
    }
    assert!(covered > 50, "only {covered} places");
}

#[tokio::test]
async fn an_id_of_another_kind_is_nothing() {
    let stage = Stage::new().await;
    let open = format!("/projects/{}", stage.open);
    let task = stage.task(&stage.open, None).await;
    let owner = stage.owner();
    for (path, ids) in [
        ("/projects/", vec![&task, &stage.team.id, &owner.id]),
        ("/tasks/", vec![&stage.open, &stage.team.id, &owner.id]),
        (
            "/teams/",
            vec![&stage.open, &task, &stage.team.id, &owner.id],
        ),
        ("/organizations/", vec![&task, &stage.open, &owner.id]),
        ("/users/", vec![&task, &stage.open, &stage.team.id]),
    ] {
        for id in ids {
            owner
                .get(&format!("{path}{id}"))
                .await
                .refused(404, "not_found");
        }
    }
    // A child is found under its own parent only.
    let place = format!("{open}/members/{}", stage.person("viewer").id);
    owner.delete(&place).await.refused(404, "not_found");
    let invitation = stage.invite("zoe@example.com", "member").await;
    let other = stage.world.team(&owner, "initrode").await;
    owner
        .delete(&format!(
            "/organizations/{}/invitations/{invitation}",
            other.id
        ))
        .await
        .refused(404, "not_found");
    owner
        .delete(&stage.org(&format!("/invitations/{invitation}")))
        .await
        .expect(200);
}

#[tokio::test]
async fn nobody_outside_can_be_drawn_in() {
    let stage = Stage::new().await;
    let (owner, stranger) = (stage.owner(), stage.person("stranger"));
    let task = format!("/tasks/{}", stage.task(&stage.private, None).await);
    // Neither a stranger, nor one who was removed, nor a member who cannot see the project.
    for name in ["stranger", "removed", "manager"] {
        let id = stage.person(name).id;
        owner
            .patch(&task, json!({ "assignee_id": id }))
            .await
            .refused(422, "validation_failed");
        let lead = json!({ "lead_id": id });
        owner
            .patch(&format!("/projects/{}", stage.private), lead)
            .await
            .refused(422, "validation_failed");
    }
    for name in ["stranger", "removed"] {
        let place = format!(
            "/projects/{}/members/{}",
            stage.private,
            stage.person(name).id
        );
        owner
            .put(&place, json!({ "role": "viewer" }))
            .await
            .refused(404, "not_found");
    }
    assert!(stranger.get("/tasks").await.expect(200).rows().is_empty());
    // A task does not go where its maker may not.
    let body = json!({ "project_id": stage.open, "title": "Smuggled" });
    stranger
        .post("/tasks", body)
        .await
        .refused(404, "not_found");
}
