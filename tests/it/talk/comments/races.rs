//! Many at once.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::Stage;

#[tokio::test]
async fn of_two_edits_at_once_both_are_kept() {
    let stage = Stage::new().await;
    let place = stage.at(&stage.comment(&stage.bob, "zero").await.id());
    let edit = |body: &'static str| stage.bob.patch(&place, json!({ "body": body }));
    let (one, two) = tokio::join!(edit("one"), edit("two"));
    let (one, two) = (one.expect(200), two.expect(200));
    let shown = stage.bob.get(&place).await.expect(200);
    assert_eq!(
        (&shown.data()["edits"], &shown.data()["version"]),
        (&json!(2), &json!(3))
    );
    let mut versions = [&one, &two].map(|answer| answer.data()["version"].as_u64().unwrap());
    versions.sort_unstable();
    assert_eq!(versions, [2, 3]);
    let history = stage.bob.get(&format!("{place}/history")).await.expect(200);
    let mut texts: Vec<&str> = history
        .rows()
        .iter()
        .map(|row| row["body"].as_str().unwrap())
        .collect();
    texts.push(shown.data()["body"].as_str().unwrap());
    assert_eq!(texts[0], "zero");
    texts.sort_unstable();
    assert_eq!(texts, ["one", "two", "zero"]);
}

#[tokio::test]
async fn of_two_edits_of_one_version_one_is_refused() {
    let stage = Stage::new().await;
    let place = stage.at(&stage.comment(&stage.bob, "zero").await.id());
    let edit = |body: &'static str| {
        stage
            .bob
            .request(Method::PATCH, &place)
            .header("if-match", "\"v1\"")
            .json(json!({ "body": body }))
            .send()
    };
    let (one, two) = tokio::join!(edit("one"), edit("two"));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(
        stage
            .bob
            .get(&format!("{place}/history"))
            .await
            .expect(200)
            .rows()
            .len(),
        1
    );
}

#[tokio::test]
async fn of_twenty_reactions_at_once_none_is_lost() {
    let stage = Stage::new().await;
    let id = stage.comment(&stage.ann, "Who is in?").await.id();
    let names: Vec<String> = (0..20).map(|n| format!("person{n}")).collect();
    let people = join_all(names.iter().map(|name| stage.world.person(name))).await;
    for person in &people {
        stage.world.join(&stage.team, person, "member").await;
    }
    let path = format!("{}/reactions/👍", stage.at(&id));
    let answers = join_all(
        people
            .iter()
            .map(|person| person.request(Method::PUT, &path).send()),
    )
    .await;
    for answer in answers {
        answer.expect(204);
    }
    let shown = stage.ann.get(&stage.at(&id)).await.expect(200);
    let mut reacted: Vec<&str> = super::people_of(&shown.data()["reactions"][0]);
    let mut wanted: Vec<&str> = people.iter().map(|person| person.id.as_str()).collect();
    reacted.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(reacted, wanted);
}

#[tokio::test]
async fn who_deletes_while_another_reacts_leaves_nothing_behind() {
    let stage = Stage::new().await;
    for _ in 0..5 {
        let id = stage.comment(&stage.bob, "here").await.id();
        let place = stage.at(&id);
        let react = stage
            .ann
            .request(Method::PUT, &format!("{place}/reactions/👍"))
            .send();
        let edit = stage.bob.patch(&place, json!({ "body": "there" }));
        let (gone, reacted, edited) = tokio::join!(stage.bob.delete(&place), react, edit);
        gone.expect(204);
        assert!([204, 404].contains(&reacted.status), "{}", reacted.text);
        assert!([200, 404].contains(&edited.status), "{}", edited.text);
        let left = stage.ann.get(&place).await.expect(200);
        assert_eq!(
            (&left.data()["body"], &left.data()["reactions"]),
            (&json!(null), &json!([]))
        );
        assert_eq!(
            stage
                .ann
                .get(&format!("{place}/history"))
                .await
                .expect(200)
                .rows()
                .len(),
            0
        );
    }
    let left = crate::table::snapshot(&stage.world.cloud).await;
    let texts = left
        .keys()
        .filter(|(_, sk)| sk.starts_with("COMMENT#") && sk.matches('#').count() == 2);
    assert_eq!(texts.count(), 0);
}
