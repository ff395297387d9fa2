//! A stage with somebody for every role, and with things that can be changed again and again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use tests::{Answer, PASSWORD, Person, Team, World};

/// Who calls: nobody, by role in the organization, without one, and guests or viewers with a role in the projects.
/// The guest has the lowest role in the projects, without which they would see nothing.
pub const COLUMNS: [&str; 16] = [
    "nobody",
    "viewer",
    "member",
    "manager",
    "admin",
    "owner",
    "guest",
    "removed",
    "stranger",
    "guest+member",
    "guest+manager",
    "guest+owner",
    "viewer+owner",
    "t-admin",
    "t-member",
    "t-viewer",
];

/// Roles in the organization.
const JOIN: [(&str, &str); 14] = [
    ("viewer", "viewer"),
    ("member", "member"),
    ("manager", "manager"),
    ("admin", "admin"),
    ("guest", "guest"),
    ("guest+member", "guest"),
    ("guest+manager", "guest"),
    ("guest+owner", "guest"),
    ("viewer+owner", "viewer"),
    ("t-admin", "guest"),
    ("t-member", "guest"),
    ("t-viewer", "guest"),
    ("removed", "member"),
    ("spare", "member"),
];

/// Roles in every project of the stage.
const PLACES: [(&str, &str); 5] = [
    ("guest", "viewer"),
    ("guest+member", "member"),
    ("guest+manager", "manager"),
    ("guest+owner", "owner"),
    ("viewer+owner", "owner"),
];

/// Roles in the crew, which is attached to every project of the stage.
const CREW: [(&str, &str); 3] = [
    ("t-admin", "admin"),
    ("t-member", "member"),
    ("t-viewer", "viewer"),
];

/// The stage.
pub struct Stage {
    pub world: World,
    pub team: Team,
    /// A project that the organization sees.
    pub open: String,
    /// One that it does not.
    pub private: String,
    /// One to be archived and deleted.
    pub doomed: String,
    /// A team of the owner's that is attached to every project.
    pub crew: String,
    /// A team of the owner's inside the private project.
    pub inner: String,
    last_team: Mutex<Option<String>>,
    people: Mutex<BTreeMap<String, Person>>,
    count: AtomicUsize,
    /// When somebody showed their password last, by access token.
    proved: Mutex<BTreeMap<String, Timestamp>>,
}

impl Stage {
    /// A stage whose access tokens outlive every test, however far time is moved.
    pub async fn new() -> Self {
        let long = ("ACCESS_TOKEN_SECONDS".to_owned(), "2500000".to_owned());
        let world = World::with(|options| {
            options.variables.extend([long]);
            options.large = true;
        });
        let world = world.await;
        let extra = ["owner", "stranger", "deputy"];
        let names: Vec<&str> = JOIN.iter().map(|(name, _)| *name).chain(extra).collect();
        let accounts: Vec<String> = names.iter().map(|name| name.replace('+', "-")).collect();
        let people = join_all(accounts.iter().map(|name| world.person(name))).await;
        let people: BTreeMap<String, Person> =
            names.iter().map(ToString::to_string).zip(people).collect();
        let team = world.team(&people["owner"], "acme").await;
        for name in ["owner", "stranger"] {
            world.verify(&people[name]).await;
        }
        let wanted = JOIN.iter().copied().chain([("deputy", "admin")]);
        let body = wanted
            .clone()
            .map(|(name, role)| json!({ "email": people[name].email, "role": role }));
        let path = format!("/organizations/{}/invitations", team.id);
        team.owner
            .post(&path, Value::Array(body.collect()))
            .await
            .expect(201);
        for (name, _) in wanted {
            accept(&world, &people[name]).await;
        }
        let projects = [
            team.project("OPEN").await,
            team.private_project("SHUT").await,
            team.project("DOOM").await,
        ];
        for project in &projects {
            for (name, role) in PLACES {
                let place = format!("/projects/{project}/members/{}", people[name].id);
                team.owner
                    .put(&place, json!({ "role": role }))
                    .await
                    .expect(200);
            }
        }
        let gone = format!(
            "/organizations/{}/members/{}",
            team.id, people["removed"].id
        );
        team.owner.delete(&gone).await.expect(204);
        let crew = json!({ "organization_id": team.id, "name": "Crew" });
        let crew = team.owner.post("/teams", crew).await.expect(201).id();
        for project in &projects {
            team.owner
                .patch(
                    &format!("/projects/{project}"),
                    json!({ "team_ids": [crew] }),
                )
                .await
                .expect(200);
        }
        let [open, private, doomed] = projects;
        let inner = json!({ "name": "Inner", "project_id": private });
        let inner = team.owner.post("/teams", inner).await.expect(201).id();
        let (people, last_team) = (Mutex::new(people), Mutex::default());
        let stage = Self {
            world,
            team,
            open,
            private,
            doomed,
            crew,
            inner,
            last_team,
            people,
            count: AtomicUsize::new(0),
            proved: Mutex::default(),
        };
        stage.man(&stage.crew).await;
        stage
    }

    /// Gives the people of the crew their roles in a team.
    pub async fn man(&self, team: &str) {
        for (name, role) in CREW {
            let body = json!({ "user_id": self.person(name).id, "role": role });
            // Who is in it already stays.
            let _ = self
                .owner()
                .post(&format!("/teams/{team}/members"), body)
                .await;
        }
    }

    /// The team that was made for the last request about one that may go.
    pub fn last_team(&self) -> MutexGuard<'_, Option<String>> {
        self.last_team.lock().unwrap()
    }

    fn people(&self) -> MutexGuard<'_, BTreeMap<String, Person>> {
        self.people.lock().unwrap()
    }

    /// The person of a column, or another of the stage.
    pub fn person(&self, name: &str) -> Person {
        if name == "nobody" {
            return self.world.nobody();
        }
        self.people()[name].clone()
    }

    /// The owner, who sets the stage.
    pub fn owner(&self) -> Person {
        self.person("owner")
    }

    /// From now on the person calls with these tokens.
    pub fn renew(&self, name: &str, answer: &Answer) {
        let person = self.person(name).with_tokens(answer);
        self.people().insert(name.to_owned(), person);
    }

    /// Signs a person in anew. The minute before is over, so that attempts do not add up.
    pub async fn login(&self, name: &str) {
        self.world.clock.advance(jiff::SignedDuration::from_mins(1));
        let body = json!({ "email": self.person(name).email, "password": PASSWORD });
        let answer = self
            .world
            .nobody()
            .post("/auth/login", body)
            .await
            .expect(200);
        self.renew(name, &answer);
    }

    /// Somebody shows their password again, unless they have just done so. The minute before is over, so that attempts
    /// do not add up.
    pub async fn prove(&self, person: &Person) {
        let Some(token) = person.token.clone() else {
            return;
        };
        let now = || self.world.clock.clock().now();
        let fresh = |at: &Timestamp| now().duration_since(*at) < jiff::SignedDuration::from_mins(8);
        if self.proved.lock().unwrap().get(&token).is_some_and(fresh) {
            return;
        }
        self.world.clock.advance(jiff::SignedDuration::from_mins(1));
        person.prove().await;
        self.proved.lock().unwrap().insert(token, now());
    }

    /// A number that was not given before.
    pub fn next(&self) -> usize {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// The path of the organization, or of something in it.
    pub fn org(&self, rest: &str) -> String {
        format!("/organizations/{}{rest}", self.team.id)
    }

    /// A new task of the owner's, for one who shall do it, if that is possible.
    pub async fn task(&self, project: &str, assignee: Option<&Person>) -> String {
        let title = format!("Task {}", self.next());
        let owner = self.owner();
        let assigned = assignee.filter(|person| !person.id.is_empty());
        let body = json!({ "project_id": project, "title": title, "assignee_id": assigned.map(|person| &person.id) });
        let answer = owner.post("/tasks", body).await;
        if answer.status == 201 {
            return answer.id();
        }
        owner
            .post("/tasks", json!({ "project_id": project, "title": title }))
            .await
            .expect(201)
            .id()
    }

    /// Brings a project into a state: live, archived or deleted.
    pub async fn make(&self, project: &str, state: &str) {
        let (owner, path) = (self.owner(), format!("/projects/{project}"));
        owner.post(&format!("{path}/restore"), json!({})).await;
        match state {
            "live" => drop(owner.post(&format!("{path}/unarchive"), json!({})).await),
            "archived" => drop(owner.post(&format!("{path}/archive"), json!({})).await),
            _ => drop(owner.delete(&path).await.expect(200)),
        }
    }

    /// Brings the organization back, if it is deleted.
    pub async fn reopen(&self) {
        self.owner().post(&self.org("/restore"), json!({})).await;
    }

    /// Invites somebody into the organization; the invitation's id.
    pub async fn invite(&self, email: &str, role: &str) -> String {
        let body = json!([{ "email": email, "role": role }]);
        let answer = self
            .owner()
            .post(&self.org("/invitations"), body)
            .await
            .expect(201);
        answer.rows()[0]["invitation"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{}", answer.text))
            .to_owned()
    }

    /// Brings a person back into the organization.
    pub async fn rejoin(&self, name: &str, role: &str) {
        self.world
            .clock
            .advance(jiff::SignedDuration::from_hours(1));
        self.invite(&self.person(name).email, role).await;
        accept(&self.world, &self.person(name)).await;
    }

    /// Another organization, which invites a person: its id, and the invitation's.
    pub async fn invited_elsewhere(&self, email: &str) -> (String, String) {
        let n = self.next();
        // Nobody belongs to more than fifty.
        let (host, slug) = (
            self.person(["deputy", "spare"][n / 2 % 2]),
            format!("elsewhere-{n}"),
        );
        let org = self.world.team(&host, &slug).await.id;
        let body = json!([{ "email": email, "role": "viewer" }]);
        let answer = host
            .post(&format!("/organizations/{org}/invitations"), body)
            .await
            .expect(201);
        (
            org,
            answer.rows()[0]["invitation"]["id"]
                .as_str()
                .unwrap()
                .to_owned(),
        )
    }
}

async fn accept(world: &World, person: &Person) {
    let token = world.mailed_token(&person.email, "Invitation").await;
    person
        .post(&format!("/invitations/{token}/accept"), json!({}))
        .await
        .expect(200);
}
