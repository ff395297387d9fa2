//! Items as other releases write them: two always run side by side.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Error;
use domain::work::task::Task;
use reqwest::Method;
use serde_json::json;
use store::keys;
use store::record::{Operation, ROW, Stored};
use store::table::Table;
use tests::{Person, Team, World};

use crate::table::{Item, Key, Snapshot, number, put, snapshot, written};

/// One of each kind of thing that people change, and how it is read and changed.
struct Stage {
    world: World,
    team: Team,
    bob: Person,
    project: String,
    task: String,
    board: String,
    label: String,
    comment: String,
}

impl Stage {
    async fn new() -> Self {
        let world = World::new().await;
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let project = team.private_project("WEB").await;
        let task = team.task(&project, "First").await;
        let post = async |path: &str, body| {
            ann.post(path, body).await.expect(201).data()["id"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let board = post("/boards", json!({ "project_id": project, "name": "Board" })).await;
        let label = post(
            "/labels",
            json!({ "organization_id": team.id, "name": "Bug" }),
        )
        .await;
        ann.put(
            &format!("/projects/{project}/members/{}", bob.id),
            json!({ "role": "viewer" }),
        )
        .await
        .expect(200);
        let comment = post(
            &format!("/tasks/{task}/comments"),
            json!({ "body": "Look, @bob." }),
        )
        .await;
        world.cloud.settle().await;
        Self {
            world,
            team,
            bob,
            project,
            task,
            board,
            label,
            comment,
        }
    }

    /// Makes of every item that has a schema version what `change` says; gives back how many there were.
    async fn rewrite(&self, change: impl Fn(&Key, &mut Item)) -> usize {
        let mut items = snapshot(&self.world.cloud).await;
        items.retain(|_, item| item.contains_key("sv"));
        let count = items.len();
        for (key, mut item) in items {
            change(&key, &mut item);
            put(&self.world.cloud, item).await;
        }
        count
    }

    /// Reads and changes everything through the API.
    async fn use_everything(&self) {
        let ann = &self.team.owner;
        let (org, project, task) = (
            format!("/organizations/{}", self.team.id),
            format!("/projects/{}", self.project),
            format!("/tasks/{}", self.task),
        );
        for path in [&org, &project, &task, "/users/me", "/auth/sessions"] {
            ann.get(path).await.expect(200);
        }
        for path in [
            "/tasks",
            "/projects",
            "/organizations",
            &format!("{org}/members"),
        ] {
            assert!(!ann.get(path).await.expect(200).rows().is_empty(), "{path}");
        }
        ann.patch(&task, json!({ "title": "Second" }))
            .await
            .expect(200);
        ann.post(&format!("{task}/transition"), json!({ "to": "done" }))
            .await
            .expect(200);
        ann.patch(
            &project,
            json!({ "name": "Newer", "visibility": "organization" }),
        )
        .await
        .expect(200);
        ann.put(
            &format!("{project}/members/{}", self.bob.id),
            json!({ "role": "member" }),
        )
        .await
        .expect(200);
        ann.patch(&org, json!({ "name": "Newer" }))
            .await
            .expect(200);
        ann.patch("/users/me", json!({ "full_name": "Ann Lee" }))
            .await
            .expect(200);
        ann.patch(
            &format!("{org}/members/{}", self.bob.id),
            json!({ "role": "manager" }),
        )
        .await
        .expect(200);
        self.world.verify(ann).await;
        let login = json!({ "email": ann.email, "password": tests::PASSWORD });
        self.world
            .nobody()
            .post("/auth/login", login)
            .await
            .expect(200);
        let refresh = json!({ "refresh_token": ann.refresh });
        self.world
            .nobody()
            .post("/auth/refresh", refresh)
            .await
            .expect(200);
        ann.patch(
            &format!("/boards/{}", self.board),
            json!({ "name": "Newer" }),
        )
        .await
        .expect(200);
        ann.patch(
            &format!("/labels/{}", self.label),
            json!({ "name": "Newer" }),
        )
        .await
        .expect(200);
        let comment = format!("{task}/comments/{}", self.comment);
        ann.patch(&comment, json!({ "body": "Newer" }))
            .await
            .expect(200);
        ann.request(Method::PUT, &format!("{comment}/reactions/👍"))
            .send()
            .await
            .expect(204);
        let now = self.world.clock.clock().now().to_string();
        self.bob
            .post("/notifications/read", json!({ "all": true, "before": now }))
            .await
            .expect(200);
        for path in [
            &task,
            &format!("/boards/{}", self.board),
            &format!("/labels/{}", self.label),
        ] {
            let answer = ann.delete(path).await;
            assert!(answer.status < 300, "{path}: {}", answer.text);
        }
        ann.post(&format!("/trash/task/{}/restore", self.task), json!({}))
            .await
            .expect(200);
    }
}

/// Attributes that may be absent, because a release before did not know them.
const LATER: [&str; 12] = [
    "sv",
    "ops",
    "made",
    "settings",
    "restricted",
    "description",
    "sessions",
    "known",
    "full_name",
    "preferences",
    "completed_at",
    "device",
];

#[tokio::test]
async fn items_of_an_older_schema_are_read_and_written_and_keep_what_they_have() {
    let stage = Stage::new().await;
    let mark = AttributeValue::S("from before".to_owned());
    let count = stage
        .rewrite(|key, item| {
            for name in LATER {
                // Without its set of restricted projects an organization would say that there are none.
                if !(name == "restricted" && key.1 == "ORG") {
                    item.remove(name);
                    row(item).and_then(|row| row.remove(name));
                }
            }
            mark_with("from_before", &mark, item);
        })
        .await;
    assert!(count > 15, "{count}");
    let before = snapshot(&stage.world.cloud).await;
    stage.use_everything().await;
    kept(&stage, &before, "from_before", &mark, count).await;
}

#[tokio::test]
async fn items_of_the_next_schema_are_read_and_written_and_keep_what_only_it_knows() {
    let stage = Stage::new().await;
    let mark = AttributeValue::M(HashMap::from([(
        "deep".to_owned(),
        AttributeValue::L(vec![AttributeValue::Bool(true)]),
    )]));
    let next = AttributeValue::N("2".to_owned());
    let count = stage
        .rewrite(|_, item| {
            item.insert("sv".to_owned(), next.clone());
            mark_with("from_after", &mark, item);
        })
        .await;
    let before = snapshot(&stage.world.cloud).await;
    stage.use_everything().await;
    kept(&stage, &before, "from_after", &mark, count).await;
    // It stays an item of the next schema, though this release has written it.
    kept(&stage, &before, "sv", &next, count).await;
}

/// What lists print of an item, if they print it.
fn row(item: &mut Item) -> Option<&mut Item> {
    item.get_mut(ROW).and_then(|row| {
        if let AttributeValue::M(row) = row {
            Some(row)
        } else {
            None
        }
    })
}

/// Gives an item the mark, and its row too.
fn mark_with(name: &str, mark: &AttributeValue, item: &mut Item) {
    item.insert(name.to_owned(), mark.clone());
    row(item).and_then(|row| row.insert(name.to_owned(), mark.clone()));
}

/// Fails unless as many items as had the mark have it still, their rows too, those that were written since among them.
async fn kept(stage: &Stage, before: &Snapshot, name: &str, mark: &AttributeValue, count: usize) {
    let mut items = snapshot(&stage.world.cloud).await;
    let marked = items
        .values()
        .filter(|item| item.get(name) == Some(mark))
        .count();
    assert_eq!(marked, count, "{name}");
    for (key, item) in items
        .iter_mut()
        .filter(|(_, item)| item.get(name) == Some(mark))
    {
        let lost = row(item).is_some_and(|row| row.get(name) != Some(mark));
        assert!(name == "sv" || !lost, "the row of {key:?} has lost {name}");
    }
    let version = |item: &Item| number(item, "version").unwrap_or_default();
    let changed = items.iter().filter(|(key, item)| {
        before
            .get(*key)
            .is_some_and(|was| version(was) < version(item))
    });
    let changed = changed.count();
    assert!(changed > 8, "{changed} of them were written");
}

#[tokio::test]
async fn an_item_without_its_row_is_a_fault() {
    let stage = Stage::new().await;
    let path = format!("/tasks/{}", stage.task);
    stage
        .rewrite(|key, item| drop((key.1 == "TASK").then(|| item.remove(ROW))))
        .await;
    let before = written(&stage.world.cloud).await;
    let ann = &stage.team.owner;
    ann.get(&path).await.refused(500, "internal");
    ann.patch(&path, json!({ "title": "Second" }))
        .await
        .refused(500, "internal");
    assert!(before == written(&stage.world.cloud).await);
}

#[tokio::test]
async fn a_change_of_what_is_gone_or_newer_makes_nothing() {
    let stage = Stage::new().await;
    let table = Table::new(&stage.world.cloud.function_env("tasks").unwrap()).unwrap();
    let key = keys::task(stage.task.parse().unwrap());
    let task = Stored::<Task>::read(&table.get(&key).await.unwrap().unwrap()).unwrap();
    let operation = Operation::internal([1; 16]);
    let titled = |title: &str| Task {
        title: title.parse().unwrap(),
        ..task.value.clone()
    };
    table
        .save(&task, titled("Second"), &operation)
        .await
        .unwrap();
    let other = Operation::internal([3; 16]);
    assert_eq!(
        table.save(&task, titled("Third"), &other).await,
        Err(Error::Conflict)
    );
    let cloud = &stage.world.cloud;
    let gone = cloud.dynamodb().delete_item().table_name(cloud.table());
    gone.set_key(Some(store::table::key_attributes(&key)))
        .send()
        .await
        .unwrap();
    assert_eq!(
        table.save(&task, titled("Third"), &other).await,
        Err(Error::NotFound)
    );
    assert_eq!(table.get(&key).await, Ok(None));
}

#[tokio::test]
async fn an_item_of_a_schema_that_nobody_here_knows_is_not_touched() {
    let stage = Stage::new().await;
    stage
        .rewrite(|key, item| {
            if key.1 == "TASK" {
                item.insert("sv".to_owned(), AttributeValue::N("3".to_owned()));
            }
        })
        .await;
    let before = snapshot(&stage.world.cloud).await;
    let path = format!("/tasks/{}", stage.task);
    let ann = &stage.team.owner;
    ann.get(&path).await.refused(500, "internal");
    ann.request(Method::PATCH, &path)
        .json(json!({ "title": "Second" }))
        .send()
        .await
        .refused(500, "internal");
    assert!(before == snapshot(&stage.world.cloud).await);
}
