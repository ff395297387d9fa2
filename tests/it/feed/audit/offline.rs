//! Pages that were downloaded are verified without us.

use local::audit::{Broken, verify};
use serde_json::{Value, json};
use tests::{Person, World};

/// Downloads the whole trail: a page a line, as the README's loop does.
async fn download(world: &World, ann: &Person, category: &str) -> Vec<Value> {
    world.cloud.settle().await;
    let (mut pages, mut cursor) = (vec![], String::new());
    loop {
        let answer = ann
            .get(&format!(
                "/audit-logs?org=acme&category={category}&limit=5{cursor}"
            ))
            .await
            .expect(200);
        pages.push(answer.body.clone());
        match answer.body["meta"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

fn lines(pages: &[Value]) -> String {
    pages.iter().map(|page| format!("{page}\n")).collect()
}

async fn scene() -> (World, Person, Vec<Value>) {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let project = team.project("WEB").await;
    for n in 0..8 {
        team.task(&project, &format!("Größe „{n}“ \\ \" \u{1f600}"))
            .await;
    }
    bob.delete(&format!("/projects/{project}"))
        .await
        .refused(403, "forbidden");
    let pages = download(&world, &ann, "all").await;
    (world, ann, pages)
}

#[tokio::test]
async fn a_downloaded_trail_holds_and_its_head_is_the_one_that_the_api_tells() {
    let (world, ann, pages) = scene().await;
    let told = ann.get("/audit-logs/verify?org=acme").await.expect(200);
    let (seq, hash) = (
        told.data()["head_seq"].as_u64().unwrap(),
        told.text_of("head_hash"),
    );
    let head = format!("{seq}:{hash}").parse().unwrap();
    let holds = verify(&lines(&pages), Some(&head), false).unwrap();
    assert_eq!((holds.first, holds.last, holds.hash), (1, seq, hash));
    assert_eq!(
        verify(&Value::Array(pages.clone()).to_string(), None, false)
            .unwrap()
            .checked,
        holds.checked
    );
    let selection = lines(&download(&world, &ann, "security").await);
    assert!(verify(&selection, None, true).unwrap().checked < holds.checked);
    assert!(verify(&selection, None, false).is_err(), "it has gaps");
}

#[tokio::test]
async fn tampered_truncated_and_reordered_pages_are_found_out() {
    let (_world, _ann, pages) = scene().await;
    let found = |pages: &[Value]| match verify(&lines(pages), None, false) {
        Err(Broken::At { seq, .. }) => seq,
        other => panic!("{other:?}"),
    };
    let seq = |page: usize, row: usize| pages[page]["data"][row]["seq"].as_u64().unwrap();
    let mut tampered = pages.clone();
    let record = tampered[1]["data"][2]["record"]
        .as_str()
        .unwrap()
        .replacen("\"at\":1", "\"at\":2", 1);
    assert_ne!(tampered[1]["data"][2]["record"], json!(record));
    tampered[1]["data"][2]["record"] = record.into();
    assert_eq!(found(&tampered), seq(1, 2));
    let mut shown = pages.clone();
    shown[0]["data"][1]["event"]["type"] = "task.deleted".into();
    assert_eq!(found(&shown), seq(0, 1));
    let mut without = pages.clone();
    without[1]["data"].as_array_mut().unwrap().remove(0);
    assert_eq!(found(&without), seq(1, 0));
    let mut truncated = pages.clone();
    truncated.pop();
    assert_eq!(found(&truncated), 1);
    let mut reordered = pages.clone();
    reordered.swap(1, 2);
    assert!(verify(&lines(&reordered), None, false).is_err());
}
