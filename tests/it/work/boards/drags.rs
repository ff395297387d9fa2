//! Cards moved by many at once.
//!
//! `MOVES=10000 cargo test -p tests --test it boards::drags -- --nocapture` makes so many moves and tells how it went.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::ProjectId;
use domain::work::rank;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use store::keys;
use tests::{Answer, Person, Team, World};

use crate::table;

const CARDS: usize = 200;
const CLIENTS: usize = 16;
/// The most cards in the second list, which is drawn as often as the others.
const LIMIT: usize = 60;
/// The longest place in a column, in characters.
const LONGEST: usize = 24;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        // Knuth's MMIX generator; its high bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// What clients know of a card: its status, its place and the version they know it from.
type Seen = BTreeMap<String, (String, String, u64)>;

struct Game {
    world: World,
    team: Team,
    people: Vec<Person>,
    project: String,
    board: String,
    /// Status and id of each list.
    lists: Vec<(String, String)>,
    seen: Mutex<Seen>,
    outcomes: Mutex<BTreeMap<String, usize>>,
    longest: AtomicUsize,
    fullest: AtomicUsize,
}

impl Game {
    async fn new() -> Self {
        let world = World::new().await;
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let project = team.project("WEB").await;
        let board = ann
            .post("/boards", json!({ "project_id": project, "name": "Race" }))
            .await
            .expect(201);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let of = board.data()["lists"].as_array().unwrap();
        let lists: Vec<(String, String)> = of
            .iter()
            .map(|list| (text(&list["status"]), text(&list["id"])))
            .collect();
        let path = format!("/boards/{}/lists/{}", board.id(), lists[1].1);
        ann.patch(&path, json!({ "wip_limit": LIMIT }))
            .await
            .expect(200);
        let game = Self {
            people: vec![ann, bob],
            board: board.id(),
            lists,
            seen: Mutex::default(),
            outcomes: Mutex::default(),
            longest: AtomicUsize::new(0),
            fullest: AtomicUsize::new(0),
            world,
            team,
            project,
        };
        let new = |n: usize| {
            game.team.owner.post(
                "/tasks",
                json!({ "project_id": game.project, "title": format!("Card {n}") }),
            )
        };
        let made: Vec<Answer> = stream::iter(0..CARDS)
            .map(new)
            .buffer_unordered(CLIENTS)
            .collect()
            .await;
        made.into_iter()
            .for_each(|answer| game.learn(&answer.expect(201)));
        game
    }

    /// Everybody sees what has become of a card.
    fn learn(&self, answer: &Answer) {
        let (rank, version) = (
            answer.text_of("position"),
            answer.data()["version"].as_u64().unwrap(),
        );
        self.longest.fetch_max(rank.len(), Ordering::Relaxed);
        let mut seen = self.seen.lock().unwrap();
        let known = seen.entry(answer.id()).or_default();
        if known.2 < version {
            *known = (answer.text_of("status"), rank, version);
        }
    }

    /// A card, and a gap of a list to put it into, as they are seen at this moment.
    fn draw(&self, dice: &mut Dice) -> (String, String, Value) {
        let seen = self.seen.lock().unwrap();
        let card = seen.keys().nth(dice.throw(seen.len())).unwrap().clone();
        let (status, list) = &self.lists[dice.throw(self.lists.len())];
        let mut column: Vec<(&String, &String)> = seen
            .iter()
            .filter(|(id, it)| it.0 == *status && **id != card)
            .map(|(id, it)| (&it.1, id))
            .collect();
        column.sort();
        let gap = dice.throw(column.len() + 1);
        let mut body = json!({ "board_id": self.board, "list_id": list });
        if gap > 0 {
            body["after"] = column[gap - 1].1.clone().into();
        }
        if let Some((_, below)) = column.get(gap) {
            body["before"] = (*below).clone().into();
        }
        (card, status.clone(), body)
    }

    async fn play(&self, n: usize) {
        let mut dice = Dice(n as u64);
        // The first numbers of neighbouring seeds are alike.
        for _ in 0..4 {
            dice.throw(2);
        }
        let (card, status, body) = self.draw(&mut dice);
        let answer = self.people[n % self.people.len()]
            .post(&format!("/tasks/{card}/move"), body)
            .await;
        let outcome = match answer.status {
            200 => "moved",
            // A neighbour went elsewhere, or two neighbours have changed places.
            422 if answer
                .fields()
                .iter()
                .all(|field| ["/before", "/after"].contains(field)) =>
            {
                "neighbour gone"
            }
            409 if ["conflict", "wip_limit"].contains(&answer.code()) => answer.code(),
            _ => panic!("{}: {} {}", answer.request, answer.status, answer.text),
        };
        *self
            .outcomes
            .lock()
            .unwrap()
            .entry(outcome.to_owned())
            .or_default() += 1;
        if answer.status == 200 {
            self.learn(&answer);
            if status == self.lists[1].0 {
                self.fullest
                    .fetch_max(self.count(&status).await, Ordering::Relaxed);
            }
        }
    }

    /// How many cards stand in a column at this moment.
    async fn count(&self, status: &str) -> usize {
        let project: ProjectId = self.project.parse().unwrap();
        let cloud = &self.world.cloud;
        let query = cloud
            .dynamodb()
            .query()
            .table_name(cloud.table())
            .index_name("by_rank");
        let column = store::table::text(format!("{}#S#{status}", keys::project(project).parts().0));
        let query = query
            .key_condition_expression("br_pk = :p")
            .expression_attribute_values(":p", column);
        usize::try_from(query.send().await.unwrap().count()).unwrap()
    }

    /// Every card of a list, page by page.
    async fn cards(&self, list: &str) -> Vec<(String, String)> {
        let path = format!("/tasks?board={}&list={list}&limit=100", self.board);
        let (mut found, mut next) = (vec![], path.clone());
        loop {
            let page = self.team.owner.get(&next).await.expect(200);
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            found.extend(
                page.rows()
                    .iter()
                    .map(|row| (text(&row["position"]), text(&row["id"]))),
            );
            match page.body["meta"]["next_cursor"].as_str() {
                Some(cursor) => next = format!("{path}&cursor={cursor}"),
                None => return found,
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_moves_by_sixteen_clients_lose_no_card_and_leave_a_total_order() {
    let moves = std::env::var("MOVES")
        .ok()
        .map_or(1_000, |moves| moves.parse().unwrap());
    let game = Game::new().await;
    stream::iter(0..moves)
        .for_each_concurrent(CLIENTS, |n| game.play(n))
        .await;

    let mut found = BTreeSet::new();
    for (status, list) in &game.lists {
        let cards = game.cards(list).await;
        assert!(
            cards.windows(2).all(|pair| pair[0] < pair[1]),
            "{status}: {cards:?}"
        );
        let seen = game.seen.lock().unwrap();
        for (rank, id) in &cards {
            assert_eq!((&seen[id].0, &seen[id].1), (status, rank), "{id}");
            assert!(found.insert(id.clone()), "{id} stands in two places");
        }
    }
    assert_eq!(found.len(), CARDS);
    let (longest, fullest) = (
        game.longest.load(Ordering::Relaxed),
        game.fullest.load(Ordering::Relaxed),
    );
    let outcomes = game.outcomes.lock().unwrap().clone();
    println!(
        "{moves} moves: {outcomes:?}; longest place {longest} characters; at most {fullest} cards under a limit of {LIMIT}"
    );
    assert!(longest <= LONGEST, "{longest}");
    assert!(fullest <= LIMIT + CLIENTS, "{fullest}");
    assert!(outcomes["moved"] * 2 > moves, "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_move_after_the_other_never_passes_the_limit() {
    let game = Game::new().await;
    let cards: Vec<String> = game.seen.lock().unwrap().keys().cloned().collect();
    let to = json!({ "board_id": game.board, "list_id": game.lists[1].1 });
    for (n, card) in cards.iter().take(LIMIT + 5).enumerate() {
        let answer = game
            .team
            .owner
            .post(&format!("/tasks/{card}/move"), to.clone())
            .await;
        match n < LIMIT {
            true => answer.expect(200),
            false => answer.refused(409, "wip_limit"),
        };
    }
    assert_eq!(game.count(&game.lists[1].0).await, LIMIT);
    // Where one leaves, one may enter.
    let back = json!({ "board_id": game.board, "list_id": game.lists[0].1 });
    game.team
        .owner
        .post(&format!("/tasks/{}/move", cards[0]), back)
        .await
        .expect(200);
    game.team
        .owner
        .post(&format!("/tasks/{}/move", cards[LIMIT]), to.clone())
        .await
        .expect(200);
    game.team
        .owner
        .post(&format!("/tasks/{}/move", cards[LIMIT + 1]), to)
        .await
        .refused(409, "wip_limit");
}

/// Replaces a text wherever it stands in an item.
fn replaced(value: AttributeValue, old: &str, new: &str) -> AttributeValue {
    match value {
        AttributeValue::S(text) => AttributeValue::S(text.replace(old, new)),
        AttributeValue::M(map) => AttributeValue::M(
            map.into_iter()
                .map(|(name, value)| (name, replaced(value, old, new)))
                .collect(),
        ),
        other => other,
    }
}

#[tokio::test]
async fn a_gap_without_room_gets_some() {
    let (world, team) = World::acme().await;
    let project = team.project("WEB").await;
    let mut cards = vec![];
    for n in 0..5 {
        cards.push(team.task(&project, &format!("Card {n}")).await);
    }
    // Ranks between which one more would be longer than any may be.
    let long = "z".repeat(rank::LONGEST - 10);
    for (card, last) in [(&cards[0], "A"), (&cards[1], "B")] {
        let old = team
            .owner
            .get(&format!("/tasks/{card}"))
            .await
            .expect(200)
            .text_of("position");
        let all = table::snapshot(&world.cloud).await;
        let item = all.into_values().find(|item| {
            item.get("sk")
                .and_then(|sk| sk.as_s().ok())
                .is_some_and(|sk| sk == "TASK")
                && format!("{item:?}").contains(&format!("{old}#"))
        });
        let item = item.unwrap().into_iter();
        let new = format!("0000001V{long}{last}");
        let item = item.map(|(name, value)| (name, replaced(value, &old, &new)));
        table::put(&world.cloud, item.collect()).await;
    }
    let put = async |card: &str| {
        let between = json!({ "after": cards[0], "before": cards[1] });
        let path = format!("/tasks/{card}/move");
        team.owner.post(&path, between).await.expect(200)
    };
    let position = put(&cards[4]).await.text_of("position");
    assert!(position.len() < rank::LONGEST / 2, "{position}");
    let listed = team
        .owner
        .get(&format!(
            "/tasks?project={project}&status=todo&ordering=position"
        ))
        .await;
    let order: Vec<&str> = listed
        .rows()
        .iter()
        .map(|row| row["id"].as_str().unwrap())
        .collect();
    assert_eq!(order, [0, 4, 1, 2, 3].map(|n| cards[n].as_str()));
    put(&cards[3]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_cards_put_into_one_gap_at_once_both_stand_there() {
    let game = Game::new().await;
    let tasks = game.cards(&game.lists[0].1).await;
    let (low, high) = (&tasks[0], &tasks[1]);
    let between = json!({ "after": low.1, "before": high.1 });
    let moves = tasks[2..34].iter().map(|(_, card)| {
        let (owner, between) = (&game.team.owner, between.clone());
        async move {
            owner
                .post(&format!("/tasks/{card}/move"), between)
                .await
                .expect(200)
                .text_of("position")
        }
    });
    let ranks: Vec<String> = stream::iter(moves)
        .buffer_unordered(CLIENTS)
        .collect()
        .await;
    assert!(
        ranks.iter().all(|rank| low.0 < *rank && *rank < high.0),
        "{ranks:?}"
    );
    let order: Vec<String> = game
        .cards(&game.lists[0].1)
        .await
        .into_iter()
        .map(|(_, id)| id)
        .collect();
    assert_eq!(order.len(), CARDS);
    assert_eq!((&order[0], &order[33]), (&low.1, &high.1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_many_move_to_other_projects_at_once_has_every_key_once() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let projects = [
        team.project("AAA").await,
        team.project("BBB").await,
        team.project("CCC").await,
    ];
    let task = team.task(&projects[0], "Wanders").await;
    let path = format!("/tasks/{task}/move");
    let moved =
        stream::iter(0..24).map(|n| ann.post(&path, json!({ "project_id": projects[n % 3] })));
    let answers: Vec<Answer> = moved.buffer_unordered(8).collect().await;
    let keys: BTreeSet<String> = answers
        .into_iter()
        .filter(|answer| answer.status == 200 || answer.code() != "conflict")
        .map(|answer| answer.expect(200).text_of("key"))
        .collect();
    let now = ann
        .get(&format!("/tasks/{task}"))
        .await
        .expect(200)
        .text_of("key");
    for key in keys.iter().chain([&"AAA-1".to_owned()]) {
        assert_eq!(
            ann.get(&format!("/tasks/{key}"))
                .await
                .expect(200)
                .text_of("key"),
            now
        );
    }
    let listed = stream::iter(&projects).then(|project| {
        let ann = &ann;
        async move {
            ann.get(&format!("/tasks?project={project}"))
                .await
                .expect(200)
                .rows()
                .len()
        }
    });
    assert_eq!(
        listed.collect::<Vec<usize>>().await.iter().sum::<usize>(),
        1
    );
}
