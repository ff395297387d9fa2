//! The chain: whoever changes an entry past the API is found out, and the entry is named.

use std::time::Duration;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use local::Fault;
use serde_json::{Value, json};
use tests::{Person, World};

use super::entries;
use crate::table::{Item, Key, put, snapshot};

async fn scene() -> (World, Person, u64) {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    for n in 0..8 {
        team.task(&project, &format!("Task {n}")).await;
    }
    let count = entries(&world, &ann, "category=all").await.len() as u64;
    (world, ann, count)
}

/// The items of the feed of `acme`: entries by number, and the end.
async fn feed(world: &World, ann: &Person) -> Vec<(Key, Item)> {
    let org = ann.get("/organizations/acme").await.expect(200).id();
    let all = snapshot(&world.cloud).await;
    let ours = |item: &Item| item.get("org").is_some() || item.get("body").is_some();
    let head = all
        .iter()
        .find(|((_, sk), item)| sk == "HEAD" && ours(item) && is_of(item, &org))
        .unwrap();
    let partition = head.0.0.clone();
    all.into_iter()
        .filter(|((pk, sk), _)| *pk == partition && !sk.starts_with("SEEN#"))
        .collect()
}

fn is_of(head: &Item, org: &str) -> bool {
    let stored = head["org"].as_s().unwrap();
    let bytes = data_encoding::BASE64URL_NOPAD
        .decode(stored.as_bytes())
        .unwrap();
    uuid::Uuid::from_slice(&bytes).unwrap().to_string() == org
}

async fn entry(world: &World, ann: &Person, seq: u64) -> Item {
    let feed = feed(world, ann).await;
    feed.into_iter()
        .find(|((_, sk), _)| sk.ends_with(&format!("#{seq:014}")))
        .unwrap()
        .1
}

fn flipped(value: &AttributeValue, at: usize) -> AttributeValue {
    match value {
        AttributeValue::S(text) => {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            AttributeValue::S(String::from_utf8(bytes).unwrap())
        }
        AttributeValue::B(bytes) => {
            let mut bytes = bytes.as_ref().to_vec();
            bytes[at] ^= 1;
            AttributeValue::B(Blob::new(bytes))
        }
        other => panic!("{other:?}"),
    }
}

async fn verify(ann: &Person, query: &str) -> tests::Answer {
    ann.get(&format!("/audit-logs/verify?org=acme{query}"))
        .await
}

#[tokio::test]
async fn an_untouched_trail_holds_as_a_whole_and_in_every_stretch() {
    let (world, ann, count) = scene().await;
    let whole = verify(&ann, "").await.expect(200);
    let latest = &entries(&world, &ann, "category=all").await[0];
    let expected = json!({
        "ok": true, "checked": count, "from_seq": 1, "to_seq": count,
        "head_seq": count, "head_hash": latest["hash"], "next_seq": null,
    });
    assert_eq!(whole.data(), &expected);
    for (from, to) in [
        (1, 1),
        (1, 5),
        (2, 2),
        (3, count),
        (count, count),
        (4, 1_000_000),
    ] {
        let answer = verify(&ann, &format!("&from_seq={from}&to_seq={to}"))
            .await
            .expect(200);
        let last = to.min(count);
        assert_eq!(
            (&answer.data()["checked"], &answer.data()["to_seq"]),
            (&json!(last + 1 - from), &json!(last))
        );
        assert_eq!(answer.data()["next_seq"], Value::Null);
    }
    let beyond = verify(&ann, &format!("&from_seq={}", count + 1))
        .await
        .expect(200);
    assert_eq!(
        (&beyond.data()["checked"], &beyond.data()["to_seq"]),
        (&json!(0), &json!(count))
    );
}

#[tokio::test]
async fn a_trail_that_grows_while_it_is_verified_holds() {
    let (world, ann, count) = scene().await;
    let project = ann.get("/projects?org=acme").await.expect(200).rows()[0]["id"].clone();
    let late = Fault::delay("BatchGetItem", Duration::from_millis(500))
        .when(|body| body.to_string().contains("\"HEAD\""));
    let hits = world.cloud.faults().add(late);
    let grow = async {
        for n in 0..3 {
            let body = json!({ "project_id": project, "title": format!("Meanwhile {n}") });
            ann.post("/tasks", body).await.expect(201);
        }
    };
    let (verified, ()) = tokio::join!(verify(&ann, ""), grow);
    world.cloud.faults().clear();
    assert_eq!(hits.count(), 1);
    let checked = verified.expect(200).data()["checked"].as_u64().unwrap();
    assert!(checked >= count, "{checked} of {count}");
}

#[tokio::test]
async fn one_flipped_byte_is_named() {
    let (world, ann, count) = scene().await;
    for seq in [1, 2, count / 2, count] {
        let whole = entry(&world, &ann, seq).await;
        let length = whole["body"].as_s().unwrap().len();
        let places = [0, length / 3, length / 2, length - 1].map(|at| ("body", at));
        for (attribute, at) in places.into_iter().chain([("hash", 0), ("hash", 31)]) {
            let mut spoiled = whole.clone();
            spoiled.insert(attribute.to_owned(), flipped(&whole[attribute], at));
            put(&world.cloud, spoiled).await;
            let answer = verify(&ann, "").await.refused(409, "chain_broken");
            assert_eq!(
                answer.body["seq"], seq,
                "{attribute} at {at}: {}",
                answer.text
            );
            // The stretch before it holds.
            if seq > 1 {
                verify(&ann, &format!("&to_seq={}", seq - 1))
                    .await
                    .expect(200);
            }
        }
        put(&world.cloud, whole).await;
        verify(&ann, "").await.expect(200);
    }
}

#[tokio::test]
async fn a_missing_entry_a_cut_end_and_entries_in_each_others_place_are_named() {
    let (world, ann, count) = scene().await;
    let delete = async |item: &Item| {
        let (pk, sk) = (item["pk"].clone(), item["sk"].clone());
        let request = world
            .cloud
            .dynamodb()
            .delete_item()
            .table_name(world.cloud.table());
        request.key("pk", pk).key("sk", sk).send().await.unwrap();
    };
    for seq in [1, 4, count] {
        let gone = entry(&world, &ann, seq).await;
        delete(&gone).await;
        assert_eq!(
            verify(&ann, "").await.refused(409, "chain_broken").body["seq"],
            seq
        );
        if seq > 1 {
            let behind = verify(&ann, &format!("&from_seq={}", seq + 1)).await;
            match seq == count {
                true => assert_eq!(behind.expect(200).data()["checked"], 0),
                false => assert_eq!(behind.refused(409, "chain_broken").body["seq"], seq),
            }
        }
        put(&world.cloud, gone).await;
    }
    let (third, fourth) = (entry(&world, &ann, 3).await, entry(&world, &ann, 4).await);
    let in_place_of = |item: &Item, place: &Item| {
        let mut moved = item.clone();
        moved.insert("sk".to_owned(), place["sk"].clone());
        moved.insert("n".to_owned(), place["n"].clone());
        moved
    };
    put(&world.cloud, in_place_of(&third, &fourth)).await;
    put(&world.cloud, in_place_of(&fourth, &third)).await;
    assert_eq!(
        verify(&ann, "").await.refused(409, "chain_broken").body["seq"],
        3
    );
    put(&world.cloud, third).await;
    put(&world.cloud, fourth).await;
    verify(&ann, "").await.expect(200);
    // The end says that there is more, or another hash.
    let (_, head) = feed(&world, &ann)
        .await
        .into_iter()
        .find(|((_, sk), _)| sk == "HEAD")
        .unwrap();
    let mut spoiled = head.clone();
    spoiled.insert("hash".to_owned(), flipped(&head["hash"], 7));
    put(&world.cloud, spoiled).await;
    assert_eq!(
        verify(&ann, "").await.refused(409, "chain_broken").body["seq"],
        count
    );
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_named_to_auditors_and_left_out_for_others() {
    let (world, ann, count) = scene().await;
    let before = entries(&world, &ann, "category=all").await[1]["event"]["id"].clone();
    let mut spoiled = entry(&world, &ann, count).await;
    spoiled.insert("body".to_owned(), AttributeValue::S("no JSON".to_owned()));
    put(&world.cloud, spoiled).await;
    let answer = ann
        .get("/audit-logs?org=acme&category=all")
        .await
        .refused(409, "chain_broken");
    assert_eq!(answer.body["seq"], count);
    let seen = ann.get("/activity?org=acme&limit=1").await.expect(200);
    assert_eq!(seen.rows()[0]["id"], before);
}

#[tokio::test]
async fn a_long_trail_is_verified_piece_by_piece() {
    let (world, ann, _) = scene().await;
    let project = ann.get("/projects?org=acme").await.expect(200).rows()[0]["id"].clone();
    for _ in 0..6 {
        let operations =
            vec![json!({ "op": "create", "project_id": project, "title": "More" }); 100];
        ann.post(
            "/tasks/bulk",
            json!({ "mode": "best_effort", "operations": operations }),
        )
        .await
        .expect(200);
    }
    world.cloud.settle().await;
    let (mut next, mut checked, mut calls) = (1, 0, 0);
    let head = loop {
        let answer = verify(&ann, &format!("&from_seq={next}")).await.expect(200);
        let number = |name: &str| answer.data()[name].as_u64();
        assert!(number("checked").unwrap() <= 500);
        (checked, calls) = (checked + number("checked").unwrap(), calls + 1);
        match number("next_seq") {
            Some(seq) => next = seq,
            None => break number("head_seq").unwrap(),
        }
    };
    assert_eq!((checked, calls), (head, 2));
    assert!(head > 600);
}
