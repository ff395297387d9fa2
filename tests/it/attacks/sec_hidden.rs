//! What is hidden stays hidden: where its item is missing, under its key, behind a team, and in a race.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::ProjectId;
use serde_json::json;
use store::keys;
use tests::{Person, Team, World};

use super::api::OPERATIONS;

async fn acme() -> (World, Person, Team) {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    (world, ann, team)
}

#[tokio::test]
async fn sec_07_a_restricted_project_without_its_item_is_nobodys() {
    let (world, ann, team) = acme().await;
    let bob = world.member(&team, "bob", "member").await;
    let hidden = team.private_project("HIDE").await;
    let task = team.task(&hidden, "Secret").await;
    let comment = ann.post(&format!("/tasks/{task}/comments"), json!({ "body": "Secret" })).await.expect(201).id();
    let board = ann.post("/boards", json!({ "project_id": hidden, "name": "Secret" })).await.expect(201).id();
    world.cloud.settle().await;
    let key = keys::project(hidden.parse::<ProjectId>().unwrap());
    let delete = world.cloud.dynamodb().delete_item().table_name(world.cloud.table());
    let delete = delete.key("pk", AttributeValue::S(key.pk)).key("sk", AttributeValue::S(key.sk));
    delete.send().await.unwrap();
    for who in [&bob, &ann] {
        for path in [
            format!("/projects/{hidden}"),
            format!("/tasks/{task}"),
            format!("/tasks/{task}/comments"),
            format!("/tasks/{task}/comments/{comment}"),
            format!("/tasks/{task}/activity"),
            format!("/boards/{board}"),
        ] {
            let answer = who.get(&path).await;
            assert_eq!(answer.status, 404, "{path}: {}", answer.text);
        }
        who.patch(&format!("/tasks/{task}"), json!({ "title": "Mine" })).await.refused(404, "not_found");
        for list in [format!("/tasks?org={}", team.id), format!("/activity?org={}", team.id)] {
            let answer = who.get(&list).await.expect(200);
            assert!(!answer.text.contains("Secret"), "{list}: {}", answer.text);
        }
        let mut live = world.live(who).await;
        for topic in [format!("project:{hidden}"), format!("task:{task}"), format!("board:{board}")] {
            let ack = live.ask(json!({ "action": "subscribe", "topics": [topic] })).await;
            assert_eq!(ack["refused"][0]["code"], "not_found", "{ack}");
        }
    }
}

#[tokio::test]
async fn sec_02_a_key_that_is_hidden_in_two_organizations_is_as_one_that_is_nowhere() {
    let (world, ann, acme) = acme().await;
    let bob = world.member(&acme, "bob", "member").await;
    let other = world.team(&ann, "other").await;
    world.join(&other, &bob, "member").await;
    for team in [&acme, &other] {
        let hidden = team.private_project("HIDE").await;
        team.task(&hidden, "Secret").await;
    }
    world.cloud.settle().await;
    let asked = async |key: &str| {
        let mut seen = vec![];
        for path in [format!("/tasks/{key}"), format!("/tasks/{key}/comments"), format!("/tasks/{key}/activity")] {
            bob.get(&path).await;
            world.cloud.take_calls();
            world.cloud.record_calls();
            let answer = bob.get(&path).await.refused(404, "not_found");
            let calls: BTreeSet<String> = world
                .cloud
                .take_calls()
                .iter()
                .enumerate()
                .map(|(n, call)| format!("{n} {}", call.operation))
                .collect();
            let headers: BTreeSet<String> = answer.headers.keys().map(ToString::to_string).collect();
            let remaining = answer.header("ratelimit").split(";t=").next().unwrap_or_default().to_owned();
            seen.push((answer.body["detail"].clone(), calls, headers, remaining, answer.text.len()));
        }
        seen
    };
    assert_eq!(asked("HIDE-1").await, asked("NONE-1").await);
}

#[tokio::test]
async fn sec_low_who_attaches_a_team_to_a_private_project_is_shown_whom_it_lets_in() {
    let (world, ann, team) = acme().await;
    let bob = world.member(&team, "bob", "member").await;
    let cleo = world.member(&team, "cleo", "member").await;
    let crew = ann.post("/teams", json!({ "organization_id": team.id, "name": "Crew" })).await.expect(201).id();
    for person in [&bob, &cleo] {
        let member = json!({ "user_id": person.id, "role": "member" });
        ann.post(&format!("/teams/{crew}/members"), member).await.expect(201);
    }
    let people = |answer: &tests::Answer| -> Vec<String> {
        let people = answer.data()["let_in"]["people"].as_array().cloned().unwrap_or_default();
        people
            .iter()
            .map(|one| format!("{} {}", one["username"].as_str().unwrap(), one["team_role"].as_str().unwrap()))
            .collect()
    };
    let both = ["bob member", "cleo member"];
    let body = json!({ "organization_id": team.id, "name": "Made", "visibility": "private", "team_id": crew });
    let made = ann.post("/projects", body).await.expect(201);
    assert_eq!((people(&made), &made.data()["let_in"]["more"]), (both.map(str::to_owned).to_vec(), &json!(false)));
    // Who is in the project anyway is not let in by the team.
    let hidden = team.private_project("HIDE").await;
    let place = format!("/projects/{hidden}");
    ann.put(&format!("{place}/members/{}", bob.id), json!({ "role": "viewer" })).await.expect(200);
    let body = json!({ "team_ids": [crew] });
    let attached = ann.patch(&place, body.clone()).await.expect(200);
    assert_eq!(people(&attached), ["cleo member"]);
    cleo.get(&place).await.expect(200);
    // In an open project nobody is let in, and nobody else is shown.
    let open = team.project("OPEN").await;
    let attached = ann.patch(&format!("/projects/{open}"), body).await.expect(200);
    assert_eq!(attached.data().get("let_in"), None);
    assert_eq!(ann.get(&place).await.expect(200).data().get("let_in"), None);
    // It is for those who may give rights in the project.
    let other = ann.post("/teams", json!({ "organization_id": team.id, "name": "Other" })).await.expect(201).id();
    ann.post(&format!("/teams/{other}/members"), json!({ "user_id": bob.id, "role": "member" })).await.expect(201);
    let wish = json!({ "team_ids": [crew, other] });
    bob.patch(&place, wish.clone()).await.refused(403, "forbidden");
    ann.put(&format!("{place}/members/{}", bob.id), json!({ "role": "member" })).await.expect(200);
    bob.patch(&place, wish).await.refused(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_04_an_invitation_that_is_taken_back_at_the_same_moment_lets_in_or_does_not() {
    let (world, ann, team) = acme().await;
    let path = format!("/organizations/{}/invitations", team.id);
    for n in 0..8 {
        let guest = world.person(&format!("guest{n}")).await;
        let made = ann.post(&path, json!([{ "email": guest.email, "role": "member" }])).await.expect(201);
        let id = made.body["data"][0]["invitation"]["id"].as_str().or(made.body["data"][0]["id"].as_str());
        let id = id.unwrap_or_else(|| panic!("{}", made.text)).to_owned();
        let token = world.mailed_token(&guest.email, "Invitation").await;
        let (accept, revoke) = (format!("/invitations/{token}/accept"), format!("{path}/{id}"));
        let (accepted, revoked) = tokio::join!(guest.post(&accept, json!({})), ann.delete(&revoke));
        let member = guest.get(&format!("/organizations/{}", team.id)).await.status == 200;
        assert_eq!(member, accepted.status == 200, "{} {}", accepted.text, revoked.text);
        assert_ne!(accepted.status == 200, revoked.status == 200, "{} {}", accepted.text, revoked.text);
    }
}

#[tokio::test]
async fn sec_low_no_organization_is_called_like_a_route() {
    let (_world, ann, _team) = acme().await;
    let words = OPERATIONS.iter().flat_map(|operation| operation.path.split('/'));
    let mut words: BTreeSet<&str> = words.filter(|word| !word.is_empty() && !word.contains('{')).collect();
    words.extend(["join", "me", "new", "api", "app", "graphql", "goals", "imports", "exports"]);
    words.retain(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && *word != "v1");
    assert!(words.len() > 40, "{words:?}");
    let mut free = vec![];
    for word in words {
        let answer = ann.post("/organizations", json!({ "name": format!("Called {word}"), "slug": word })).await;
        if answer.status != 422 {
            free.push((word, answer.status));
        }
    }
    assert!(free.is_empty(), "{free:?}");
}
