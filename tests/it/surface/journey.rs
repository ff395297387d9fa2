//! One way through every operation, for what can only be seen from real traffic.

use std::collections::BTreeSet;
use std::sync::Mutex;

use jiff::SignedDuration;
use local::Call;
use reqwest::Method;
use runtime::env::Entropy;
use serde_json::{Value, json};
use tests::{Answer, File, PASSWORD, Person, Team, World};

use crate::api::{self, OPERATIONS, Operation};
use crate::table::{self, Snapshot};
use tokio::sync::OnceCell;

const NEW_PASSWORD: &str = "seven purple kites over Lima";

/// The operations that have been done.
struct Trail {
    operations: Vec<Operation>,
    done: Mutex<Vec<String>>,
    /// Those that can be repeated.
    repeatable: Mutex<Vec<Sent>>,
}

/// A request as it was sent, and the status of its answer.
struct Sent {
    who: Person,
    operation: String,
    method: Method,
    path: String,
    key: Option<String>,
    seen: Option<String>,
    body: Value,
    status: u16,
}

impl Sent {
    async fn send(&self) -> Answer {
        let mut request = self.who.raw(self.method.clone(), &self.path);
        if let Some(key) = &self.key {
            request = request.header("idempotency-key", key);
        }
        if let Some(seen) = &self.seen {
            request = request.header("if-match", seen);
        }
        if !self.body.is_null() {
            request = request.json(self.body.clone());
        }
        request.send().await
    }

    /// What is wrong with a repetition: none may be refused but to one who may not see any more what was changed.
    fn judge(&self, answer: &Answer) -> Option<String> {
        let replayed = answer.header("idempotent-replayed") == "true";
        let right = match answer.status {
            // It may show the thing as it is by now: who had to be let in is in.
            200..300 => replayed,
            // Their session, or what was changed, is gone meanwhile.
            401 | 404 | 410 => true,
            _ => answer.code() == "idempotency_target_deleted",
        };
        let (operation, status) = (&self.operation, self.status);
        (!right).then(|| {
            format!(
                "{operation} ({}): {status}, then {}",
                answer.request, answer.text
            )
        })
    }
}

impl Trail {
    /// Does an operation, which must succeed. POST goes with an idempotency key where it may.
    async fn call(&self, who: &Person, method: &str, path: &str, body: Value) -> Answer {
        let (bare, _) = path.split_once('?').unwrap_or((path, ""));
        let page = bare == "/app" || bare.starts_with("/app/");
        let outside = page
            || bare == "/health"
            || ["/openapi.json", "/asyncapi.json"].contains(&bare)
            || bare.starts_with("/.well-known/");
        let prefix = if outside { "" } else { "/api/v1" };
        let operation = api::target(&self.operations, method, &format!("{prefix}{bare}"));
        let operation = operation
            .unwrap_or_else(|| panic!("the journey does {method} {path}, which is not documented"));
        let key = || format!("{}-{}", operation.id, self.done.lock().unwrap().len());
        let key = operation.takes("Idempotency-Key").then(key);
        let mut seen = None;
        if ["replaceWorkflow", "replaceNotificationPreferences"].contains(&operation.id.as_str()) {
            seen = Some(who.get(path).await.header("etag").to_owned());
        }
        let mut sent = Sent {
            who: who.clone(),
            operation: operation.id.clone(),
            method: method.parse().unwrap(),
            path: format!("{prefix}{path}"),
            key,
            seen,
            body,
            status: 0,
        };
        let answer = sent.send().await;
        assert!(
            (200..300).contains(&answer.status),
            "{} ({}): {}",
            answer.request,
            operation.id,
            answer.text
        );
        self.done.lock().unwrap().push(operation.id.clone());
        if sent.key.is_some() {
            sent.status = answer.status;
            self.repeatable.lock().unwrap().push(sent);
        }
        answer
    }

    async fn get(&self, who: &Person, path: &str) -> Answer {
        self.call(who, "GET", path, Value::Null).await
    }

    async fn post(&self, who: &Person, path: &str, body: Value) -> Answer {
        self.call(who, "POST", path, body).await
    }

    async fn patch(&self, who: &Person, path: &str, body: Value) -> Answer {
        self.call(who, "PATCH", path, body).await
    }

    async fn delete(&self, who: &Person, path: &str) -> Answer {
        self.call(who, "DELETE", path, Value::Null).await
    }
}

/// A text that stands apart from its thing.
fn long(text: &str) -> String {
    [text; 300].join(" ")
}

/// What is seen on the way.
struct Journey {
    calls: Vec<Call>,
    /// What was wrong with repetitions.
    wrong: Vec<String>,
}

static JOURNEY: OnceCell<Journey> = OnceCell::const_new();

/// The calls to AWS that functions make when every documented operation is done in a fresh world.
pub async fn every_operation() -> &'static [Call] {
    &JOURNEY.get_or_init(journey).await.calls
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_can_be_repeated_under_its_key_whatever_came_between() {
    let wrong = &JOURNEY.get_or_init(journey).await.wrong;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Does everything once more that has a key: first to last, after all that came since. Nothing may change by it.
async fn repeat(trail: &Trail, world: &World) -> Vec<String> {
    let sent = std::mem::take(&mut *trail.repeatable.lock().unwrap());
    assert!(sent.len() > 100, "{} requests have a key", sent.len());
    world.cloud.settle().await;
    let before = what_counts(world).await;
    let mut wrong = vec![];
    for one in &sent {
        wrong.extend(one.judge(&one.send().await));
    }
    let after = what_counts(world).await;
    let changed = after
        .iter()
        .filter(|(key, item)| before.get(*key) != Some(*item))
        .map(|(key, _)| key);
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    wrong.extend(
        changed
            .chain(gone)
            .map(|key| format!("{key:?} was changed by a repetition")),
    );
    wrong
}

/// What stands in the table but for counters of requests, notes, and what follows by itself.
async fn what_counts(world: &World) -> Snapshot {
    let mut all = table::written(&world.cloud).await;
    all.retain(|(pk, _), _| !pk.starts_with("RL#") && !pk.starts_with("O#"));
    all
}

async fn journey() -> Journey {
    // The dice fall so that every request is counted: that too is a right.
    let world =
        World::with(|options| options.entropy = Some(Entropy::system().with_dice(|_| true))).await;
    world.cloud.record_calls();
    let trail = Trail {
        operations: OPERATIONS.clone(),
        done: Mutex::default(),
        repeatable: Mutex::default(),
    };
    let ann = account(&trail, &world).await;
    let team = organization(&trail, &world, &ann).await;
    invitations(&trail, &world, &team).await;
    joining(&trail, &world, &team).await;
    let project = project(&trail, &world, &team).await;
    workflow_and_labels(&trail, &team).await;
    tasks(&trail, &team, &project).await;
    teams(&trail, &world, &team, &project).await;
    boards(&trail, &team, &project).await;
    notifications(&trail, &world, &team, &project).await;
    comments(&trail, &world, &team, &project).await;
    files(&trail, &team, &project).await;
    dashboards(&trail, &team, &project).await;
    devices(&trail, &world, &team).await;
    activity(&trail, &world, &team, &project).await;
    live(&trail, &world, &team, &project).await;
    leave(&trail, &world, &team).await;
    the_system(&trail, &world).await;
    let wrong = repeat(&trail, &world).await;
    world.cloud.settle().await;
    by_the_clock(&world).await;
    let all: BTreeSet<String> = trail
        .operations
        .iter()
        .map(|operation| operation.id.clone())
        .collect();
    let done = trail.done.into_inner().unwrap().into_iter().collect();
    let missing: Vec<&String> = all.difference(&done).collect();
    assert!(
        missing.is_empty(),
        "the journey must do every operation once with success; it lacks {missing:?}"
    );
    Journey {
        calls: world.cloud.take_calls(),
        wrong,
    }
}

/// Two days pass with what is due by the clock.
async fn by_the_clock(world: &World) {
    let event: Value =
        serde_json::from_str(&super::read("events/scheduler.schedule.json")).unwrap();
    for pause in [
        SignedDuration::from_mins(20),
        SignedDuration::from_hours(25),
    ] {
        world.clock.advance(pause);
        world
            .cloud
            .invoke("scheduler", event.clone())
            .await
            .unwrap();
        world.cloud.settle().await;
    }
}

/// Somebody signs up, forgets and changes all there is, and is signed in at last.
async fn account(trail: &Trail, world: &World) -> Person {
    let nobody = world.nobody();
    let body = json!({ "email": "old@example.com", "password": PASSWORD, "username": "ann", "full_name": "Ann" });
    let ann = world.signed_in(&trail.post(&nobody, "/auth/register", body).await);
    trail
        .post(&ann, "/auth/email/verify", json!({ "resend": true }))
        .await;
    let token = world.mailed_token("old@example.com", "Confirm").await;
    trail
        .post(&nobody, "/auth/email/verify", json!({ "token": token }))
        .await;
    trail
        .post(
            &nobody,
            "/auth/email/verify",
            json!({ "resend": true, "email": "nobody@example.com" }),
        )
        .await;
    let change = json!({ "email": "ann@example.com", "password": PASSWORD });
    trail.post(&ann, "/auth/email/change", change).await;
    let token = world.mailed_token("ann@example.com", "new address").await;
    trail
        .post(&ann, "/auth/email/verify", json!({ "token": token }))
        .await;
    moved(trail, world).await;
    let name = json!({ "username": "ann", "password": PASSWORD, "device_name": "Laptop" });
    let laptop = ann.with_tokens(&trail.post(&nobody, "/auth/login", name).await);
    let refreshed = trail
        .post(
            &nobody,
            "/auth/refresh",
            json!({ "refresh_token": laptop.refresh }),
        )
        .await;
    let laptop_again = laptop.with_tokens(&refreshed);
    let sessions = trail.get(&ann, "/auth/sessions").await;
    let other = sessions
        .rows()
        .iter()
        .find(|session| session["current"] == false)
        .expect("the laptop's");
    trail.get(&laptop_again, "/users/me").await;
    trail
        .delete(
            &ann,
            &format!("/auth/sessions/{}", other["id"].as_str().unwrap()),
        )
        .await;
    stolen(trail, world).await;
    let passwords = json!({ "current": PASSWORD, "new": NEW_PASSWORD });
    let ann = ann.with_tokens(&trail.post(&ann, "/auth/password/change", passwords).await);
    trail.post(&ann, "/auth/logout", Value::Null).await;
    trail
        .post(
            &nobody,
            "/auth/password/forgot",
            json!({ "email": "ann@example.com" }),
        )
        .await;
    trail
        .post(
            &nobody,
            "/auth/password/forgot",
            json!({ "email": "nobody@example.com" }),
        )
        .await;
    let token = world.mailed_token("ann@example.com", "new password").await;
    trail
        .post(
            &nobody,
            "/auth/password/reset",
            json!({ "token": token, "password": PASSWORD }),
        )
        .await;
    let login = json!({ "email": "ann@example.com", "password": PASSWORD });
    ann.with_tokens(&trail.post(&nobody, "/auth/login", login).await)
}

/// An account is moved to another address, and taken back.
async fn moved(trail: &Trail, world: &World) {
    let tom = world.person("tom").await;
    let change = json!({ "email": "thief@example.com", "password": PASSWORD });
    trail.post(&tom, "/auth/email/change", change).await;
    let token = world.mailed_token("thief@example.com", "new address").await;
    trail
        .post(
            &tom,
            "/auth/reauthenticate",
            json!({ "password": PASSWORD }),
        )
        .await;
    let with_password = json!({ "token": token, "password": PASSWORD });
    trail
        .post(&world.nobody(), "/auth/email/verify", with_password)
        .await;
    let token = world.mailed_token(&tom.email, "was changed").await;
    trail
        .post(
            &world.nobody(),
            "/auth/email/revert",
            json!({ "token": token }),
        )
        .await;
}

/// A refresh token is used by two; and the account ends all sessions.
async fn stolen(trail: &Trail, world: &World) {
    let eve = world.person("eve").await;
    let body = json!({ "refresh_token": eve.refresh });
    let next = eve.with_tokens(&trail.post(&eve, "/auth/refresh", body.clone()).await);
    world.clock.advance(SignedDuration::from_mins(1));
    eve.post("/auth/refresh", body)
        .await
        .refused(401, "token_reused");
    next.get("/users/me").await.refused(401, "unauthenticated");
    let login = json!({ "email": eve.email, "password": PASSWORD });
    let eve = eve.with_tokens(&trail.post(&eve, "/auth/login", login.clone()).await);
    let wrong = json!({ "email": eve.email, "password": "wrong" });
    eve.post("/auth/login", wrong)
        .await
        .refused(401, "invalid_credentials");
    trail
        .post(&eve, "/auth/logout", json!({ "all": true }))
        .await;
}

/// An organization with names that change, and the names of its owner.
async fn organization(trail: &Trail, world: &World, ann: &Person) -> Team {
    // Her own address, which she has confirmed, is the organization's alone.
    let body = json!({ "name": "Acme", "slug": "acme", "email": "ann@example.com" });
    let id = trail.post(ann, "/organizations", body).await.id();
    let org = format!("/organizations/{id}");
    for path in ["/organizations", "/organizations/acme", &org] {
        trail.get(ann, path).await;
    }
    let body = json!({
        "name": "Acme International", "slug": "acme-int", "email": "hello@acme.example",
        "settings": { "members_can_create_projects": true }
    });
    trail.patch(ann, &org, body).await;
    let team = Team {
        id: id.clone(),
        slug: "acme-int".to_owned(),
        owner: ann.clone(),
    };
    let bob = world.member(&team, "bob", "member").await;
    let names = json!({
        "full_name": "Ann Example", "username": "ann.example", "bio": "Hello", "timezone": "Europe/Vienna",
        "locale": "de-AT", "preferences": { "theme": "dark" }, "default_organization_id": id
    });
    trail.patch(ann, "/users/me", names).await;
    for path in [
        "/users",
        "/users?q=bo",
        "/users?org=acme-int&limit=1",
        "/users/me",
        &format!("/users/{}", bob.id),
    ] {
        trail.get(ann, path).await;
    }
    for path in ["/members", "/members?role=member", "/members?q=bo"] {
        trail.get(ann, &format!("{org}{path}")).await;
    }
    for role in ["manager", "owner", "member"] {
        trail
            .patch(
                ann,
                &format!("{org}/members/{}", bob.id),
                json!({ "role": role }),
            )
            .await;
    }
    team
}

/// Invitations in every way that they can end.
async fn invitations(trail: &Trail, world: &World, team: &Team) {
    let (ann, org) = (&team.owner, format!("/organizations/{}", team.id));
    let people = ["cleo", "dan", "fay", "gil"];
    let project = trail
        .post(
            ann,
            "/projects",
            json!({ "organization_id": team.id, "name": "First" }),
        )
        .await
        .id();
    let wish = |name: &&str| json!({ "email": format!("{name}@example.com"), "role": "member" });
    let mut wishes: Vec<Value> = people.iter().map(wish).collect();
    let guest = json!({ "email": "hal@example.com", "role": "guest", "project_id": project, "project_role": "member" });
    wishes.push(guest);
    let sent = trail
        .post(ann, &format!("{org}/invitations"), json!(wishes))
        .await;
    let id = |at: usize| {
        sent.data()[at]["invitation"]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    trail
        .post(ann, &format!("{org}/invitations"), json!([wish(&"gil")]))
        .await;
    for state in ["", "?state=pending"] {
        trail.get(ann, &format!("{org}/invitations{state}")).await;
    }
    // One by the mailed token, one by registering with it, one by id, one declines, one is taken back.
    let token = world.mailed_token("cleo@example.com", "Invitation").await;
    let cleo = world.person("cleo").await;
    trail
        .get(&world.nobody(), &format!("/invitations/{token}"))
        .await;
    trail
        .post(&cleo, &format!("/invitations/{token}/accept"), json!({}))
        .await;
    let invite_token = world.mailed_token("hal@example.com", "Invitation").await;
    let body =
        json!({ "email": "hal@example.com", "password": PASSWORD, "invite_token": invite_token });
    trail.post(&world.nobody(), "/auth/register", body).await;
    for (name, at, decline) in [("dan", 1, false), ("fay", 2, true)] {
        let person = world.person(name).await;
        world.verify(&person).await;
        trail.get(&person, "/users/me/invitations").await;
        trail
            .post(
                &person,
                &format!("{org}/invitations/{}/accept", id(at)),
                json!({ "decline": decline }),
            )
            .await;
    }
    trail
        .delete(ann, &format!("{org}/invitations/{}", id(3)))
        .await;
    let founder = json!({
        "email": "ida@example.com", "password": PASSWORD, "organization": { "name": "Ida's", "slug": "idas" }
    });
    trail.post(&world.nobody(), "/auth/register", founder).await;
}

/// Every way in without an invitation, and what admins say to it.
async fn joining(trail: &Trail, world: &World, team: &Team) {
    let (ann, org) = (&team.owner, format!("/organizations/{}", team.id));
    let codes = format!("{org}/join-codes");
    let made = trail
        .post(ann, &codes, json!({ "role": "member", "max_uses": 10 }))
        .await;
    trail
        .post(ann, &format!("{codes}/{}/keep", made.id()), Value::Null)
        .await;
    let rotated = trail
        .post(ann, &format!("{codes}/{}/rotate", made.id()), Value::Null)
        .await;
    let asks = trail
        .post(ann, &codes, json!({ "role": "viewer", "approval": true }))
        .await;
    let (jim, kay, leo) = (
        world.person("jim").await,
        world.person("kay").await,
        world.person("leo").await,
    );
    trail
        .post(
            &jim,
            "/organizations/join",
            json!({ "join_code": rotated.text_of("code") }),
        )
        .await;
    for (person, word) in [(&kay, "reject"), (&kay, "approve"), (&leo, "approve")] {
        trail
            .post(
                person,
                "/organizations/join",
                json!({ "join_code": asks.text_of("code") }),
            )
            .await;
        trail.get(ann, &format!("{org}/join-requests")).await;
        trail
            .post(
                ann,
                &format!("{org}/join-requests/{}/{word}", person.id),
                Value::Null,
            )
            .await;
    }
    trail.get(ann, &codes).await;
    trail.delete(ann, &format!("{codes}/{}", made.id())).await;
    let domains = format!("{org}/domains");
    let named = trail
        .post(
            ann,
            &domains,
            json!({ "domain": "example.com", "role": "guest" }),
        )
        .await;
    let record = |part: &str| named.data()["record"][part].as_str().unwrap().to_owned();
    world.dns.publish(&record("name"), &record("value"));
    trail
        .post(
            ann,
            &format!("{domains}/{}/verify", named.id()),
            Value::Null,
        )
        .await;
    let mia = world.person("mia").await;
    world.verify(&mia).await;
    trail
        .post(
            &mia,
            "/organizations/join",
            json!({ "organization": team.slug }),
        )
        .await;
    trail.get(ann, &domains).await;
    trail
        .delete(ann, &format!("{domains}/{}", named.id()))
        .await;
    for action in ["org.update", "project.create"] {
        let resource = if action == "org.update" {
            &team.id
        } else {
            &team.slug
        };
        trail
            .get(
                ann,
                &format!(
                    "/permissions/explain?action={action}&resource={resource}&user={}",
                    jim.id
                ),
            )
            .await;
    }
}

/// A project's whole life, up to being alive.
async fn project(trail: &Trail, world: &World, team: &Team) -> String {
    let ann = &team.owner;
    let zoe = world.member(team, "zoe", "viewer").await;
    let body = json!({
        "organization_id": team.id, "name": "Website", "key": "WEB", "description": long("All of it."), "lead_id": ann.id,
        "start_date": "2026-12-01", "due_date": "2027-03-31", "visibility": "private"
    });
    let id = trail.post(ann, "/projects", body).await.id();
    let project = format!("/projects/{id}");
    for path in [
        "/projects",
        &format!("/projects?org={}", team.slug),
        &project,
    ] {
        trail.get(ann, path).await;
    }
    trail
        .call(
            ann,
            "PUT",
            &format!("{project}/members/{}", zoe.id),
            json!({ "role": "member" }),
        )
        .await;
    trail.get(&zoe, &format!("{project}/members")).await;
    trail
        .delete(ann, &format!("{project}/members/{}", zoe.id))
        .await;
    trail
        .patch(
            ann,
            &project,
            json!({ "status": "on_hold", "name": "Site", "visibility": "organization" }),
        )
        .await;
    trail
        .patch(
            ann,
            &project,
            json!({ "status": "active", "description": "Brief." }),
        )
        .await;
    trail
        .post(ann, &format!("{project}/archive"), Value::Null)
        .await;
    trail
        .post(ann, &format!("{project}/unarchive"), Value::Null)
        .await;
    for restore in [
        format!("{project}/restore"),
        format!("/trash/project/{id}/restore"),
    ] {
        trail.delete(ann, &project).await;
        trail.get(ann, "/trash?type=project").await;
        trail.post(ann, &restore, Value::Null).await;
    }
    id
}

/// A workflow of a project's own; labels are made, changed, carried, merged and deleted.
async fn workflow_and_labels(trail: &Trail, team: &Team) {
    let ann = &team.owner;
    let project = team.project("FLOW").await;
    let workflow = format!("/projects/{project}/workflow");
    trail.get(ann, &workflow).await;
    let statuses = json!([
        { "key": "new", "name": "New", "category": "todo" }, { "key": "over", "name": "Over", "category": "done" }
    ]);
    trail
        .call(ann, "PUT", &workflow, json!({ "statuses": statuses }))
        .await;
    let made = |body: Value| async move { trail.post(ann, "/labels", body).await.id() };
    let bug = made(json!({ "organization_id": team.id, "name": "Bug" })).await;
    let own = made(json!({ "project_id": project, "name": "Bug", "color": "#d73a4a" })).await;
    for path in [
        "/labels".to_owned(),
        format!("/labels?org={}", team.slug),
        format!("/labels?project={project}"),
    ] {
        trail.get(ann, &path).await;
    }
    let task = trail
        .post(
            ann,
            "/tasks",
            json!({ "project_id": project, "title": "A", "labels": [bug, own] }),
        )
        .await
        .id();
    trail
        .patch(ann, &format!("/labels/{own}"), json!({ "name": "Defect" }))
        .await;
    trail
        .patch(ann, &format!("/labels/{own}"), json!({ "merge_into": bug }))
        .await;
    for path in [
        format!("/tasks?project={project}&label={own}"),
        format!("/tasks?label={own}&include=labels"),
    ] {
        trail.get(ann, &path).await;
    }
    trail
        .patch(ann, &format!("/tasks/{task}"), json!({ "labels": [own] }))
        .await;
    trail
        .get(ann, &format!("/tasks/{task}?include=labels"))
        .await;
    trail.delete(ann, &format!("/labels/{bug}")).await;
}

/// Tasks, in a project that all see and in one that is private.
async fn tasks(trail: &Trail, team: &Team, project: &str) {
    let ann = &team.owner;
    let body = json!({
        "project_id": project, "title": "Press release", "description": long("Two pages."), "priority": "high",
        "assignee_id": ann.id, "due_date": "2026-12-24"
    });
    let id = trail.post(ann, "/tasks", body).await.id();
    trail
        .post(
            ann,
            "/tasks",
            json!({ "project_id": project, "title": "Another" }),
        )
        .await;
    let private = team.private_project("LAB").await;
    trail
        .post(
            ann,
            "/tasks",
            json!({ "project_id": private, "title": "Secret", "assignee_id": ann.id }),
        )
        .await;
    let task = format!("/tasks/{id}");
    for path in [
        &task,
        "/tasks/WEB-1",
        &format!("{task}?include=project,assignee,creator"),
    ] {
        trail.get(ann, path).await;
    }
    let mine = [
        "/tasks".to_owned(),
        format!("/tasks?org={}", team.slug),
        "/tasks?include=project".to_owned(),
    ];
    let orderings = [
        "",
        "&ordering=-created_at",
        "&ordering=due_date",
        "&ordering=-priority",
        "&ordering=position&status=todo",
    ];
    let filters = [
        "&status=todo",
        "&priority=high",
        "&assigned_to=me",
        "&assigned_to=none",
        "&due_before=2027-01-01",
        "&q=press",
    ];
    let lists = orderings
        .iter()
        .chain(&filters)
        .map(|query| format!("/tasks?project={project}&limit=1{query}"));
    for path in mine
        .into_iter()
        .chain(lists)
        .chain([format!("/tasks?project={private}")])
    {
        trail.get(ann, &path).await;
    }
    trail
        .patch(ann, &task, json!({ "title": "Press", "description": "Brief.", "assignee_id": null, "due_date": null, "priority": "low" }))
        .await;
    trail
        .post(ann, &format!("{task}/transition"), json!({ "to": "done" }))
        .await;
    let operations = json!([
        { "op": "update", "id": id, "title": "Press release" },
        { "op": "transition", "id": id, "to": "todo" },
        { "op": "create", "project_id": project, "title": "Third" },
    ]);
    for operations in [
        json!([operations[0], operations[2]]),
        json!([operations[1]]),
    ] {
        for mode in ["atomic", "best_effort"] {
            trail
                .post(
                    ann,
                    "/tasks/bulk",
                    json!({ "mode": mode, "operations": operations }),
                )
                .await;
        }
    }
    for project in [project, &private] {
        let body = json!({ "name": "Mine", "filter": { "project": project, "assigned_to": ann.id }, "shared": true });
        let view = trail.post(ann, "/views", body).await.id();
        trail.get(ann, &format!("/tasks?view={view}")).await;
        for path in [
            "/views",
            &format!("/views?org={}", team.slug),
            &format!("/views/{view}"),
        ] {
            trail.get(ann, path).await;
        }
        trail
            .patch(ann, &format!("/views/{view}"), json!({ "filter": {} }))
            .await;
        trail.delete(ann, &format!("/views/{view}")).await;
    }
    trail.delete(ann, &task).await;
    trail
        .get(ann, &format!("/trash?org={}&type=task", team.slug))
        .await;
    trail
        .post(ann, &format!("/trash/task/{id}/restore"), Value::Null)
        .await;
}

/// What people say about a task, and take back.
async fn comments(trail: &Trail, world: &World, team: &Team, project: &str) {
    let ann = &team.owner;
    let task = team.task(project, "Discussed").await;
    let (task, place) = (format!("/tasks/{task}"), format!("/tasks/{task}/comments"));
    let root = trail
        .post(
            ann,
            &place,
            json!({ "body": long("What of it, @ann.example?") }),
        )
        .await
        .id();
    let answer = trail
        .post(
            ann,
            &place,
            json!({ "body": "Nothing.", "parent_id": root }),
        )
        .await
        .id();
    let (root_at, answer_at) = (format!("{place}/{root}"), format!("{place}/{answer}"));
    trail
        .patch(
            ann,
            &root_at,
            json!({ "body": "What of it, @ann.example and @nobody?" }),
        )
        .await;
    trail
        .call(ann, "PUT", &format!("{root_at}/reactions/👍"), Value::Null)
        .await;
    trail.delete(ann, &format!("{root_at}/reactions/👍")).await;
    world.cloud.settle().await;
    for path in [
        &place,
        &format!("{place}?thread={root}"),
        &root_at,
        &format!("{root_at}/history"),
    ] {
        trail.get(ann, path).await;
    }
    trail.get(ann, &format!("{task}?include=counts")).await;
    trail.delete(ann, &answer_at).await;
    trail.delete(ann, &root_at).await;
}

/// A file with two versions, one that is not what it says, and a picture that is replaced.
async fn files(trail: &Trail, team: &Team, project: &str) {
    let ann = &team.owner;
    let place = format!(
        "/tasks/{}/attachments",
        team.task(project, "Collected").await
    );
    let file = File::text("minutes.txt", 100);
    let begun = trail.post(ann, &place, file.announcement()).await;
    assert_eq!(
        ann.put_file(&begun.data()["upload"], &file.bytes)
            .await
            .status,
        200
    );
    let at = format!("{place}/{}", begun.id());
    trail.post(ann, &format!("{at}/complete"), json!({})).await;
    let begun = trail
        .post(ann, &format!("{at}/versions"), file.announcement())
        .await;
    assert_eq!(
        ann.put_file(&begun.data()["upload"], &file.bytes)
            .await
            .status,
        200
    );
    trail
        .post(ann, &format!("{at}/complete"), json!({ "number": 2 }))
        .await;
    let other = File::new("page.png", "image/png", "<html>");
    let begun = trail.post(ann, &place, other.announcement()).await;
    assert_eq!(
        ann.put_file(&begun.data()["upload"], &other.bytes)
            .await
            .status,
        200
    );
    ann.post(&format!("{place}/{}/complete", begun.id()), json!({}))
        .await
        .expect(422);
    trail.get(ann, &place).await;
    trail.get(ann, &format!("{at}?version=1")).await;
    trail.delete(ann, &at).await;
    let bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x08\x08\x06\0\0\0\0\0\0\0\0\0\0\0IEND\xaeB`\x82";
    let picture = File::new("avatar", "image/png", bytes.as_slice());
    let body =
        json!({ "size": bytes.len(), "content_type": picture.kind, "sha256": picture.sha256() });
    for _ in 0..2 {
        let begun = trail.post(ann, "/users/me/avatar", body.clone()).await;
        assert_eq!(
            ann.put_file(&begun.data()["upload"], &picture.bytes)
                .await
                .status,
            200
        );
        trail
            .post(ann, "/users/me/avatar/complete", Value::Null)
            .await;
    }
    trail.get(ann, "/users/me/avatar").await;
    trail.get(ann, &format!("/users/{}/avatar", ann.id)).await;
    trail.delete(ann, "/users/me/avatar").await;
}

/// Somebody is told of what others do, reads it, and says what they want to be told.
async fn notifications(trail: &Trail, world: &World, team: &Team, project: &str) {
    let (ann, nell) = (&team.owner, world.member(team, "nell", "member").await);
    let task = team.task(project, "Watched").await;
    let watchers = format!("/tasks/{task}/watchers");
    for (method, path) in [
        ("PUT", "/me"),
        ("GET", ""),
        ("DELETE", "/me"),
        ("PUT", "/me"),
    ] {
        trail
            .call(&nell, method, &format!("{watchers}{path}"), Value::Null)
            .await;
    }
    // Quiet hours of nearly the whole day: mail goes back into the queue.
    let hours = json!({ "from": "00:00", "to": "23:59" });
    let preferences = "/notification-preferences";
    trail.get(&nell, preferences).await;
    for quiet in [hours, Value::Null] {
        let body = json!({ "events": {}, "quiet_hours": quiet });
        trail.call(&nell, "PUT", preferences, body).await;
        ann.patch(&format!("/tasks/{task}"), json!({ "assignee_id": nell.id }))
            .await
            .expect(200);
        let said = json!({ "body": "@nell, look." });
        ann.post(&format!("/tasks/{task}/comments"), said)
            .await
            .expect(201);
        ann.patch(&format!("/tasks/{task}"), json!({ "assignee_id": null }))
            .await
            .expect(200);
        world.cloud.settle().await;
        world.clock.advance(SignedDuration::from_mins(16));
        world.cloud.settle().await;
    }
    for query in [
        "",
        "?unread=true",
        &format!("?org={}&limit=1", team.slug),
        "/unread-count",
    ] {
        trail.get(&nell, &format!("/notifications{query}")).await;
    }
    let page = nell.get("/notifications").await.expect(200);
    let id = |at: usize| page.rows()[at]["id"].as_str().unwrap().to_owned();
    trail
        .patch(
            &nell,
            &format!("/notifications/{}", id(0)),
            json!({ "read": true }),
        )
        .await;
    trail
        .post(&nell, "/notifications/read", json!({ "ids": [id(1)] }))
        .await;
    trail
        .post(&nell, "/notifications/read", json!({ "all": true }))
        .await;
}

/// A board's whole life, and cards that move on it and to another project.
async fn boards(trail: &Trail, team: &Team, project: &str) {
    let ann = &team.owner;
    let list = |status: &str| json!({ "name": status, "status": status });
    let lists = json!([list("todo"), list("in_progress")]);
    let made = trail
        .post(
            ann,
            "/boards",
            json!({ "project_id": project, "name": "Board", "lists": lists }),
        )
        .await;
    let board = format!("/boards/{}", made.id());
    let ids: Vec<&str> = (0..2)
        .map(|at| made.data()["lists"][at]["id"].as_str().unwrap())
        .collect();
    let added = json!({ "name": "Ready", "status": "done", "wip_limit": 3, "position": 0 });
    let added = trail.post(ann, &format!("{board}/lists"), added).await.id();
    trail
        .patch(
            ann,
            &format!("{board}/lists/{added}"),
            json!({ "name": "Finished", "position": 2 }),
        )
        .await;
    trail
        .patch(
            ann,
            &board,
            json!({ "name": "Work", "list_order": [added, ids[0], ids[1]] }),
        )
        .await;
    let mut tasks = vec![];
    for title in ["One", "Two"] {
        tasks.push(
            trail
                .post(
                    ann,
                    "/tasks",
                    json!({ "project_id": project, "title": title }),
                )
                .await
                .id(),
        );
    }
    trail
        .post(
            ann,
            &format!("/tasks/{}/move", tasks[1]),
            json!({ "before": tasks[0] }),
        )
        .await;
    let to = json!({ "board_id": made.id(), "list_id": added });
    trail
        .post(ann, &format!("/tasks/{}/move", tasks[1]), to)
        .await;
    let listed = format!("/tasks?board={}&list={added}", made.id());
    for path in [
        board.as_str(),
        &format!("{board}?limit=1"),
        &format!("/boards?project={project}"),
        &listed,
    ] {
        trail.get(ann, path).await;
    }
    let other = team.project("LATER").await;
    let moved = trail
        .post(
            ann,
            &format!("/tasks/{}/move", tasks[0]),
            json!({ "project_id": other }),
        )
        .await;
    assert_eq!(moved.text_of("key"), "LATER-1");
    trail
        .delete(
            ann,
            &format!("{board}/lists/{added}?move_tasks_to={}", ids[0]),
        )
        .await;
    trail.delete(ann, &board).await;
}

/// A team's whole life, with people who come in every way, work and projects.
async fn teams(trail: &Trail, world: &World, team: &Team, project: &str) {
    let ann = &team.owner;
    let (kim, lou) = (
        world.member(team, "kim", "member").await,
        world.member(team, "lou", "guest").await,
    );
    let body = json!({ "organization_id": team.id, "name": "Crew", "description": long("All."), "metadata": { "a": 1 } });
    let id = trail.post(ann, "/teams", body).await.id();
    let (path, members) = (format!("/teams/{id}"), format!("/teams/{id}/members"));
    trail
        .post(ann, &members, json!({ "user_id": kim.id, "role": "admin" }))
        .await;
    trail
        .post(ann, &members, json!({ "email": lou.email }))
        .await;
    trail
        .post(ann, &members, json!({ "email": "max@example.com" }))
        .await;
    let token = world.mailed_token("max@example.com", "Invitation").await;
    let max = world.person("max").await;
    trail
        .post(&max, &format!("/invitations/{token}/accept"), json!({}))
        .await;
    let invite = json!([{ "email": "ned@example.com", "role": "member", "team_id": id, "team_role": "viewer" }]);
    trail
        .post(
            ann,
            &format!("/organizations/{}/invitations", team.id),
            invite,
        )
        .await;
    unconfirmed(trail, world, team).await;
    trail
        .post(&lou, "/tasks", json!({ "team_id": id, "title": "First" }))
        .await;
    trail
        .patch(
            ann,
            &format!("/projects/{project}"),
            json!({ "team_ids": [id] }),
        )
        .await;
    let more = json!({ "name": "Another", "team_id": id });
    let another = trail.post(ann, "/projects", more).await.id();
    trail.get(&lou, &format!("/projects/{another}")).await;
    for path in [
        "/teams".to_owned(),
        format!("/teams?org={}&member=me", team.slug),
        format!("/teams?project={project}&member={}", kim.id),
        format!("/tasks?team={id}"),
        format!("/tasks?team={id}&ordering=due_date"),
        format!("/users?team={id}"),
        format!("/organizations/{}/members?team={id}", team.slug),
        format!("/projects?team={id}"),
        path.clone(),
        members.clone(),
    ] {
        trail.get(ann, &path).await;
    }
    trail
        .patch(
            ann,
            &path,
            json!({ "name": "The crew", "owner_id": kim.id }),
        )
        .await;
    trail
        .patch(
            &kim,
            &format!("{members}/{}", lou.id),
            json!({ "role": "viewer" }),
        )
        .await;
    trail.delete(&lou, &format!("{members}/{}", lou.id)).await;
    for project in [project, &another] {
        trail
            .patch(
                ann,
                &format!("/projects/{project}"),
                json!({ "team_ids": [] }),
            )
            .await;
    }
    let inside = trail
        .post(
            ann,
            "/teams",
            json!({ "name": "Inside", "project_id": another }),
        )
        .await
        .id();
    for team in [id, inside] {
        trail.delete(ann, &format!("/teams/{team}")).await;
    }
}

/// People leave, and the organization goes and comes back.
async fn leave(trail: &Trail, world: &World, team: &Team) {
    let (ann, org) = (&team.owner, format!("/organizations/{}", team.id));
    let pat = world.member(team, "pat", "member").await;
    trail
        .delete(&pat, &format!("{org}/members/{}", pat.id))
        .await;
    trail
        .post(ann, "/auth/reauthenticate", json!({ "password": PASSWORD }))
        .await;
    trail
        .call(ann, "DELETE", &org, json!({ "confirm_slug": "acme-int" }))
        .await;
    trail
        .post(ann, &format!("{org}/restore"), Value::Null)
        .await;
}

/// Somebody who has not confirmed her address invites: the letters wait until she has.
async fn unconfirmed(trail: &Trail, world: &World, team: &Team) {
    let (ann, org) = (&team.owner, format!("/organizations/{}", team.id));
    let uma = world.unverified("uma").await;
    trail
        .post(ann, "/auth/reauthenticate", json!({ "password": PASSWORD }))
        .await;
    let code = trail
        .post(
            ann,
            &format!("{org}/join-codes"),
            json!({ "role": "member" }),
        )
        .await
        .text_of("code");
    trail
        .post(&uma, "/organizations/join", json!({ "join_code": code }))
        .await;
    trail
        .patch(
            ann,
            &format!("{org}/members/{}", uma.id),
            json!({ "role": "manager" }),
        )
        .await;
    let hers = trail
        .post(
            &uma,
            "/teams",
            json!({ "organization_id": team.id, "name": "Hers" }),
        )
        .await
        .id();
    trail
        .post(
            &uma,
            &format!("/teams/{hers}/members"),
            json!({ "email": "zed@example.com" }),
        )
        .await;
    let invite = json!([{ "email": "zoltan@example.com", "role": "member" }]);
    trail
        .post(&uma, &format!("{org}/invitations"), invite)
        .await;
    world.verify(&uma).await;
    world.cloud.settle().await;
}

/// Numbers of a project, of an organization by either name, and of the default one.
async fn dashboards(trail: &Trail, team: &Team, project: &str) {
    for query in [
        format!("?project={project}"),
        format!("?org={}", team.id),
        "?org=acme-int".to_owned(),
        String::new(),
    ] {
        trail.get(&team.owner, &format!("/dashboard{query}")).await;
    }
}

/// Browsers and phones are registered, get messages, and go.
async fn devices(trail: &Trail, world: &World, team: &Team) {
    let ann = &team.owner;
    trail.get(ann, "/devices/vapid-key").await;
    let browser = trail
        .post(ann, "/devices", crate::attacks::subscription("journey"))
        .await
        .id();
    for body in [
        json!({ "platform": "fcm", "token": "abc" }),
        json!({ "platform": "apns", "token": "abcd" }),
    ] {
        trail.post(ann, "/devices", body).await;
    }
    trail.get(ann, "/devices").await;
    let notice = json!({ "title": "WEB-1", "body": "Hello", "link": "/tasks/1", "tag": "1" });
    for id in ["first", "second"] {
        let job = json!({ "id": id, "user": ann.id, "org": team.id, "notification": notice });
        crate::notices::devices::queue(world, &job).await;
        // From now on the phones are gone.
        world.cloud.disable_phone("abc");
        world.cloud.disable_phone("abcd");
    }
    trail.delete(ann, &format!("/devices/{browser}")).await;
}

/// What has happened; and what must be known although nothing has.
async fn activity(trail: &Trail, world: &World, team: &Team, project: &str) {
    let ann = &team.owner;
    world.cloud.settle().await;
    let task = team.task(project, "Watched").await;
    world.cloud.settle().await;
    for query in [
        format!("project={project}"),
        "org=acme-int".to_owned(),
        format!("org={}&user={}", team.id, ann.id),
    ] {
        trail.get(ann, &format!("/activity?{query}")).await;
    }
    trail.get(ann, &format!("/tasks/{task}/activity")).await;
    trail.get(ann, "/audit-logs?org=acme-int").await;
    trail
        .get(ann, &format!("/audit-logs?org={}&category=all", team.id))
        .await;
    trail
        .get(
            ann,
            &format!("/audit-logs?org={}&category=all&actor={}", team.id, ann.id),
        )
        .await;
    trail.get(ann, "/audit-logs/verify?org=acme-int").await;
    let (ray, sue) = (
        world.member(team, "ray", "member").await,
        world.member(team, "sue", "admin").await,
    );
    ray.get("/audit-logs?org=acme-int")
        .await
        .refused(403, "forbidden");
    let shared =
        json!({ "organization_id": team.id, "name": "Ours", "filter": {}, "shared": true });
    let view = trail.post(ann, "/views", shared).await.id();
    ray.patch(&format!("/views/{view}"), json!({ "name": "Mine" }))
        .await
        .refused(403, "forbidden");
    // By right of office.
    let closed = team.private_project("OFF").await;
    sue.get(&format!("/dashboard?project={closed}"))
        .await
        .expect(200);
    let wrong = |email: &str| json!({ "email": email, "password": "wrong" });
    for email in [ray.email.as_str(), "nobody@example.com"] {
        world
            .nobody()
            .post("/auth/login", wrong(email))
            .await
            .refused(401, "invalid_credentials");
    }
}

/// Live connections are opened, listen, miss something, and end in every way.
async fn live(trail: &Trail, world: &World, team: &Team, project: &str) {
    let (ann, xia) = (&team.owner, world.member(team, "xia", "member").await);
    let task = team.task(project, "Heard").await;
    world.cloud.settle().await;
    trail.post(ann, "/realtime/tickets", Value::Null).await;
    let (mut first, mut second) = (world.live(&xia).await, world.live(&xia).await);
    let (org, topic) = (format!("org:{}", team.id), format!("project:{project}"));
    let board = json!({ "project_id": project, "name": "Watched" });
    let board = team.owner.post("/boards", board).await.expect(201).id();
    let begun = first
        .subscribe(&[
            &org,
            &topic,
            &format!("task:{task}"),
            &format!("board:{board}"),
        ])
        .await;
    second.subscribe(&[&org, &topic]).await;
    first.resume(&team.id, &begun["topics"]).await;
    first.ask(json!({ "action": "ping" })).await;
    first
        .ask(json!({ "action": "unsubscribe", "topics": [org] }))
        .await;
    first
        .ask(json!({ "action": "subscribe", "topics": [format!("org:{}", ann.home)] }))
        .await;
    for (path, body) in [
        (
            format!("/tasks/{task}"),
            json!({ "title": "Heard by all", "assignee_id": xia.id }),
        ),
        (
            format!("/projects/{project}"),
            json!({ "visibility": "private" }),
        ),
        (
            format!("/tasks/{task}"),
            json!({ "title": "Heard by none" }),
        ),
        (
            format!("/projects/{project}"),
            json!({ "visibility": "organization" }),
        ),
    ] {
        trail.patch(ann, &path, body).await;
        world.cloud.settle().await;
    }
    first.close().await;
    // An owner listens to a project that she is not in.
    let body = json!({ "organization_id": team.id, "name": "Hers", "visibility": "private" });
    let hers = xia.post("/projects", body).await.expect(201).id();
    let mut third = world.live(ann).await;
    third.subscribe(&[&format!("project:{hers}")]).await;
    third.close().await;
    xia.post("/auth/logout", json!({})).await.expect(204);
    second.closed().await;
    world.cloud.settle().await;
}

/// What is the same for everybody.
async fn the_system(trail: &Trail, world: &World) {
    let nobody = world.nobody();
    for path in [
        "/health",
        "/openapi.json",
        "/asyncapi.json",
        "/docs",
        "/docs/swagger-ui.css",
        "/app",
        "/app/main.js",
        "/.well-known/jwks.json",
    ] {
        trail.get(&nobody, path).await;
    }
    nobody
        .raw(Method::GET, "/nowhere")
        .send()
        .await
        .refused(404, "not_found");
}
