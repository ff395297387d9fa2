//! A storm: many clients at once, and everything on the way of their changes goes as wrong as it may.
//!
//! `CHANGES=10000 cargo test -p tests --test it feed::storm -- --nocapture` is the large one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::feed::event::EventType;
use domain::live::{Topic, topics};
use futures_util::future::{join, join_all};
use local::{Fault, Hits};
use reqwest::Method;
use serde_json::{Value, json};
use store::feed::chain::ChainFault as Flaw;
use store::feed::{Broken, START, verify};
use tests::{Follower, Person, Team, World};

use super::{Feed, feed};

const CLIENTS: usize = 50;
const PEOPLE: usize = 10;
const PROJECTS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(1800);

/// A directory in memory that goes with the test: a large storm is more than an ephemeral cloud should hold.
struct Shelter(Option<PathBuf>);

impl Shelter {
    fn new(large: bool) -> Self {
        let name = runtime::env::Entropy::system().bytes::<8>();
        let path =
            || PathBuf::from("/dev/shm").join(format!("elevanalog-{:x}", u64::from_be_bytes(name)));
        Self(large.then(path))
    }
}

impl Drop for Shelter {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // What cannot be deleted now is the operating system's to clean up.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

/// The scene of the storm.
struct Scene {
    world: World,
    team: Team,
    people: Vec<Person>,
    projects: Vec<String>,
    /// Tasks of the owner, who hears of every change that others make in them.
    tasks: Vec<String>,
    /// A task of each client's own, in which they speak to one other person.
    talks: Vec<String>,
    _shelter: Shelter,
}

/// What a client does at each of its turns.
enum Deed {
    Make,
    Say,
    Change,
}

impl Deed {
    fn at(turn: usize) -> Self {
        match turn % 5 {
            0 => Self::Make,
            1 => Self::Say,
            _ => Self::Change,
        }
    }
}

impl Scene {
    async fn new(large: bool) -> Self {
        let shelter = Shelter::new(large);
        let world = World::with(|options| options.data_dir = shelter.0.clone()).await;
        let owner = world.person("owner").await;
        let team = world.team(&owner, "acme").await;
        let mut people = vec![];
        for n in 0..PEOPLE {
            people.push(world.member(&team, &format!("member{n}"), "member").await);
        }
        let (mut projects, mut tasks, mut talks) = (vec![], vec![], vec![]);
        for n in 0..PROJECTS {
            projects.push(team.project(&format!("P{n}")).await);
        }
        for n in 0..20 {
            tasks.push(
                team.task(&projects[n % PROJECTS], &format!("Task {n}"))
                    .await,
            );
        }
        for client in 0..CLIENTS {
            let body = json!({ "project_id": projects[client % PROJECTS], "title": format!("Talk {client}") });
            talks.push(
                people[client % PEOPLE]
                    .post("/tasks", body)
                    .await
                    .expect(201)
                    .id(),
            );
        }
        world.cloud.settle().await;
        Self {
            world,
            team,
            people,
            projects,
            tasks,
            talks,
            _shelter: shelter,
        }
    }

    /// Makes one change, which is one event; in a crowd it may have to be asked for again, with its key.
    async fn act(&self, client: usize, turn: usize) {
        let who = &self.people[client % PEOPLE];
        let (method, path, body) = match Deed::at(turn) {
            Deed::Make => {
                let project = &self.projects[(client + turn) % PROJECTS];
                let body =
                    json!({ "project_id": project, "title": format!("New {client} {turn}") });
                (Method::POST, "/tasks".to_owned(), body)
            }
            Deed::Say => {
                let text = format!("Said {client} {turn}, @member{}", partner(client));
                (
                    Method::POST,
                    format!("/tasks/{}/comments", self.talks[client]),
                    json!({ "body": text }),
                )
            }
            Deed::Change => {
                let task = &self.tasks[(client * 7 + turn * 3) % self.tasks.len()];
                (
                    Method::PATCH,
                    format!("/tasks/{task}"),
                    json!({ "title": format!("Title {client} {turn}") }),
                )
            }
        };
        let key = format!("{client}-{turn}");
        loop {
            let request = who
                .request(method.clone(), &path)
                .header("idempotency-key", &key);
            let answer = request.json(body.clone()).send().await;
            if !matches!(answer.status, 409 | 503) {
                assert!(
                    matches!(answer.status, 200 | 201),
                    "{}: {}",
                    answer.request,
                    answer.text
                );
                return;
            }
        }
    }

    /// Lets everything go wrong that may; what strikes is counted.
    fn rage(&self) -> Vec<Hits> {
        self.world.cloud.unsettle(Some(1));
        let kill = |fault: Fault, function: &str, seed| {
            self.world
                .cloud
                .faults()
                .add(fault.one_in(300, seed).in_function(function))
        };
        let functions = ["fanout", "feed", "broadcast"].into_iter().zip(0..);
        let both = functions.flat_map(|(function, seed)| {
            [
                kill(Fault::kill_before(), function, seed),
                kill(Fault::kill_after(), function, seed + 10),
            ]
        });
        both.collect()
    }

    /// Somebody who begins to follow a topic.
    async fn follower(&self, client: usize, topic: &str) -> Follower {
        Follower::new(
            self.world.live(&self.people[client % PEOPLE]).await,
            &self.team.id,
            &[topic],
        )
        .await
    }

    /// Follows until the end, now and then over another connection.
    async fn follow(&self, client: usize, mut follower: Follower, end: &AtomicBool) -> Follower {
        let who = &self.people[client % PEOPLE];
        let mut turn = client;
        while !end.load(Ordering::SeqCst) {
            follower.look().await;
            turn += 1;
            if turn.is_multiple_of(12) {
                follower.reconnect(self.world.live(who).await).await;
            }
            // A look is a ping, which asks the table for the rights to each topic: in a row they would be the storm.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        follower
    }

    /// What people have been told of, by type.
    async fn told(&self, who: &Person) -> BTreeMap<String, usize> {
        let (mut told, mut query) = (BTreeMap::new(), "limit=100".to_owned());
        loop {
            let page = who
                .get(&format!("/notifications?{query}"))
                .await
                .expect(200);
            for row in page.rows() {
                *told
                    .entry(row["type"].as_str().unwrap().to_owned())
                    .or_default() += 1;
            }
            match page.body["meta"]["next_cursor"].as_str() {
                Some(cursor) => query = format!("limit=100&cursor={cursor}"),
                None => return told,
            }
        }
    }
}

/// The number of the person to whom a client speaks.
fn partner(client: usize) -> usize {
    (client + 1) % PEOPLE
}

/// Who does what: client and turn of every change.
fn deeds(wanted: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..wanted).map(|n| (n % CLIENTS, n / CLIENTS))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_changes_is_told_whole_and_once() {
    let wanted = std::env::var("CHANGES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1000);
    let scene = Scene::new(wanted > 2000).await;
    let cloud = &scene.world.cloud;
    let before = feed(cloud, &scene.team.id).await;
    let listened: Vec<String> = scene
        .projects
        .iter()
        .map(|project| format!("project:{project}"))
        .collect();
    let listened = [listened, vec![format!("task:{}", scene.tasks[0])]].concat();
    let mut followers = vec![];
    for (client, topic) in listened.iter().enumerate() {
        followers.push(scene.follower(client, topic).await);
    }
    let end = AtomicBool::new(false);
    let storm = async {
        let kills = scene.rage();
        let begun = Instant::now();
        let clients = (0..CLIENTS).map(|client| {
            let turns = deeds(wanted).filter(move |(who, _)| *who == client);
            let scene = &scene;
            async move {
                for (client, turn) in turns {
                    scene.act(client, turn).await;
                }
            }
        });
        join_all(clients).await;
        let made = begun.elapsed();
        assert!(cloud.settle_within(PATIENCE).await);
        let told = begun.elapsed();
        // The whole stream once more, in quiet times.
        cloud.unsettle(None);
        cloud.faults().clear();
        cloud.replay_stream(0);
        assert!(cloud.settle_within(PATIENCE).await);
        end.store(true, Ordering::SeqCst);
        (kills.iter().map(Hits::count).sum::<usize>(), made, told)
    };
    let followers = followers
        .into_iter()
        .enumerate()
        .map(|(client, follower)| scene.follow(client, follower, &end));
    let ((killed, made, told), followers) = join(storm, join_all(followers)).await;
    assert!(killed > 0, "nothing was killed");

    let after = feed(cloud, &scene.team.id).await;
    assert_eq!(after.links.len(), before.links.len() + wanted);
    assert_eq!(after.links[..before.links.len()], before.links[..]);
    each_deed_is_an_event(&before, &after, wanted);
    everybody_was_told_once(&scene, wanted).await;
    let gaps: usize = followers.iter().map(|follower| follower.gaps).sum();
    for (topic, follower) in listened.iter().zip(followers) {
        has_what_the_server_has(follower, topic, &before, &after).await;
    }
    names_a_flipped_byte(&after, wanted);
    println!(
        "storm: {wanted} changes by {CLIENTS} clients in {:.1} s, all told after {:.1} s ({:.0} a second); functions \
         killed {killed} times; {} entries in order, whole, each once; {} live clients saw {gaps} gaps and lack nothing",
        made.as_secs_f64(),
        told.as_secs_f64(),
        wanted as f64 / told.as_secs_f64(),
        after.links.len(),
        listened.len(),
    );
}

fn each_deed_is_an_event(before: &Feed, after: &Feed, wanted: usize) {
    let counted = |kind: fn(&Deed) -> bool| {
        deeds(wanted)
            .filter(|(_, turn)| kind(&Deed::at(*turn)))
            .count()
    };
    let new = |kind| after.count(kind) - before.count(kind);
    assert_eq!(
        new(EventType::TaskCreated),
        counted(|deed| matches!(deed, Deed::Make))
    );
    assert_eq!(
        new(EventType::CommentCreated),
        counted(|deed| matches!(deed, Deed::Say))
    );
    assert_eq!(
        new(EventType::TaskUpdated),
        counted(|deed| matches!(deed, Deed::Change))
    );
}

/// The owner of every change of their tasks, and who was spoken to of every word.
async fn everybody_was_told_once(scene: &Scene, wanted: usize) {
    let changed = deeds(wanted)
        .filter(|(_, turn)| matches!(Deed::at(*turn), Deed::Change))
        .count();
    let owner = scene.told(&scene.team.owner).await;
    assert_eq!(
        owner.get("updated").copied().unwrap_or_default(),
        changed,
        "{owner:?}"
    );
    for (n, person) in scene.people.iter().enumerate() {
        let to_him = |(client, turn): &(usize, usize)| {
            partner(*client) == n && matches!(Deed::at(*turn), Deed::Say)
        };
        let told = scene.told(person).await;
        assert_eq!(
            told.get("mentioned").copied().unwrap_or_default(),
            deeds(wanted).filter(to_him).count(),
            "{told:?}"
        );
    }
}

/// A client that has asked for what it lacks has everything of its topic, and nothing else.
async fn has_what_the_server_has(mut follower: Follower, topic: &str, before: &Feed, after: &Feed) {
    follower.look().await;
    follower.catch_up().await;
    let topic: Topic = topic.parse().unwrap();
    let of_topic = after.events[before.events.len()..]
        .iter()
        .filter(|one| topics(after.org, &one.event).contains(&topic));
    let there: BTreeMap<String, Value> = of_topic
        .map(|one| (one.event.id.to_string(), json!(one.event.version)))
        .collect();
    // What is handed over once more comes once more, also of the time before they listened.
    let known: BTreeSet<String> = before
        .events
        .iter()
        .map(|one| one.event.id.to_string())
        .collect();
    let here = follower.events.iter().map(|event| {
        (
            event["id"].as_str().unwrap().to_owned(),
            event["version"].clone(),
        )
    });
    let here: BTreeMap<String, Value> = here.filter(|(id, _)| !known.contains(id)).collect();
    assert!(!there.is_empty());
    assert_eq!(here, there, "{topic}");
}

/// One bit of one entry, and it is named.
fn names_a_flipped_byte(feed: &Feed, at: usize) {
    let mut links = feed.links.clone();
    let at = at % links.len();
    let mut bytes = links[at].body.clone().into_bytes();
    let place = bytes.len() / 2;
    bytes[place] ^= 1;
    links[at].body = String::from_utf8_lossy(&bytes).into_owned();
    let broken = Broken {
        seq: at as u64 + 1,
        fault: Flaw::Changed,
    };
    assert_eq!(verify(feed.org, 0, START, &links), Err(broken));
}
