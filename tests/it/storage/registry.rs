//! Whatever has events can be found without looking through the table: from the registry of organizations and accounts,
//! and from there through the index of lists and through the partitions that a thing shares with its parent.

use std::collections::BTreeSet;

use domain::account::Account;
use domain::membership::organization::Organization;
use reqwest::Method;
use serde_json::json;
use store::keys;
use store::record::Stored;
use tests::World;

use crate::table::{Item, Key, Snapshot, snapshot, text};

/// What stands in the registry: where, and whose id.
fn registered(table: &Snapshot) -> BTreeSet<(Key, String)> {
    let entries = table
        .iter()
        .filter(|((pk, _), _)| pk.starts_with("SYS#ALL#"));
    entries
        .map(|(key, item)| (key.clone(), text(item, "owner")))
        .collect()
}

/// What should stand there: for each organization and account its id, in the partition that its key has.
fn wanted(table: &Snapshot) -> BTreeSet<(Key, String)> {
    let holders = table
        .iter()
        .filter(|((_, sk), _)| sk == "ORG" || sk == "ACCOUNT");
    let entry = |((pk, sk), item): (&Key, &Item)| {
        let place = keys::registered(keys::holder(pk).unwrap());
        let id = match sk.as_str() {
            "ORG" => Stored::<Organization>::read(item)
                .unwrap()
                .value
                .id
                .to_string(),
            _ => Stored::<Account>::read(item)
                .unwrap()
                .value
                .user
                .to_string(),
        };
        (place.parts(), id)
    };
    holders.map(entry).collect()
}

/// Whether the item shares a partition with what it belongs to: with its organization, account or task.
fn is_with_its_parent(pk: &str) -> bool {
    let parts: Vec<&str> = pk.split('#').collect();
    match parts.as_slice() {
        ["T" | "U", _] | ["T", _, "TASK", _] => true,
        // One partition of an organization or account, and never more.
        ["T" | "U", _, kind] => *kind == "SIGNAL",
        _ => false,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_has_events_is_reached_from_the_registry() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    let post = async |path: &str, body| {
        ann.post(path, body).await.expect(201).data()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let task = post("/tasks", json!({ "project_id": project, "title": "First" })).await;
    let gone = [
        format!(
            "/boards/{}",
            post("/boards", json!({ "project_id": project, "name": "Board" })).await
        ),
        format!(
            "/teams/{}",
            post(
                "/teams",
                json!({ "organization_id": team.id, "name": "Design" })
            )
            .await
        ),
        format!(
            "/labels/{}",
            post(
                "/labels",
                json!({ "organization_id": team.id, "name": "Bug" })
            )
            .await
        ),
        format!(
            "/organizations/{}/join-codes/{}",
            team.id,
            post(
                &format!("/organizations/{}/join-codes", team.id),
                json!({ "role": "member" })
            )
            .await
        ),
        format!("/tasks/{task}"),
        format!("/projects/{project}"),
    ];
    for path in &gone {
        let answer = ann.request(Method::DELETE, path).send().await;
        assert!(answer.status < 300, "{path}: {}", answer.text);
    }
    world.cloud.settle().await;
    let table = snapshot(&world.cloud).await;
    assert_eq!(registered(&table), wanted(&table));
    assert!(
        registered(&table).len() >= 3,
        "the person, their own organization, and the team's"
    );
    let events = table.iter().filter(|(_, item)| item.contains_key("ev"));
    let lost: Vec<_> = events
        .filter(|((pk, _), item)| !is_with_its_parent(pk) && text(item, "bp_pk").is_empty())
        .map(|(key, _)| key)
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
    let kept = table
        .values()
        .filter(|item| text(item, "bp_pk").ends_with("#GONE"))
        .count();
    assert_eq!(kept, 4);
}
