//! What is hidden stays hidden: where its item is missing, under its key, behind a team, and in a race.

use std::collections::BTreeSet;

use domain::id::ProjectId;
use serde_json::json;
use store::keys;
use tests::{Person, Team, World};

use crate::api::OPERATIONS;

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
    let comment = ann
        .post(
            &format!("/tasks/{task}/comments"),
            json!({ "body": "Secret" }),
        )
        .await
        .expect(201)
        .id();
    let board = ann
        .post("/boards", json!({ "project_id": hidden, "name": "Secret" }))
        .await
        .expect(201)
        .id();
    world.cloud.settle().await;
    let key = keys::project(hidden.parse::<ProjectId>().unwrap());
    let delete = world
        .cloud
        .dynamodb()
        .delete_item()
        .table_name(world.cloud.table());
    delete
        .set_key(Some(store::table::key_attributes(&key)))
        .send()
        .await
        .unwrap();
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
        who.patch(&format!("/tasks/{task}"), json!({ "title": "Mine" }))
            .await
            .refused(404, "not_found");
        for list in [
            format!("/tasks?org={}", team.id),
            format!("/activity?org={}", team.id),
        ] {
            let answer = who.get(&list).await.expect(200);
            assert!(!answer.text.contains("Secret"), "{list}: {}", answer.text);
        }
        let mut live = world.live(who).await;
        for topic in [
            format!("project:{hidden}"),
            format!("task:{task}"),
            format!("board:{board}"),
        ] {
            let ack = live
                .ask(json!({ "action": "subscribe", "topics": [topic] }))
                .await;
            assert_eq!(ack["refused"][0]["code"], "not_found", "{ack}");
        }
    }
}

/// What can be told of the answers to requests for a task by its key: status, size, headers, what is left of the limit,
/// and the requests to the table.
async fn told_of_key(
    world: &World,
    who: &Person,
    key: &str,
) -> Vec<(u16, BTreeSet<String>, String, Vec<String>)> {
    let mut told = vec![];
    for path in [
        format!("/tasks/{key}"),
        format!("/tasks/{key}/comments"),
        format!("/tasks/{key}/activity"),
    ] {
        who.get(&path).await;
        world.cloud.take_calls();
        world.cloud.record_calls();
        let answer = who.get(&path).await;
        let mut calls: Vec<String> = world
            .cloud
            .take_calls()
            .into_iter()
            .map(|call| call.operation)
            .collect();
        calls.sort();
        let headers: BTreeSet<String> = answer.headers.keys().map(ToString::to_string).collect();
        let left = answer
            .header("ratelimit")
            .split(";t=")
            .next()
            .unwrap_or_default()
            .to_owned();
        told.push((answer.status, headers, left, calls));
    }
    told
}

#[tokio::test]
async fn sec_02_a_key_that_is_hidden_in_other_organizations_is_as_one_that_is_not_there() {
    let (world, ann, acme) = acme().await;
    let bob = world.member(&acme, "bob", "member").await;
    let other = world.team(&ann, "other").await;
    world.join(&other, &bob, "member").await;
    // HIDE-1 is hidden in both; OPEN-1 is bob's own, and hidden in one; FREE-1 is bob's own and nowhere else.
    for team in [&acme, &other] {
        let hidden = team.private_project("HIDE").await;
        team.task(&hidden, "Secret").await;
    }
    let hidden = other.private_project("OPEN").await;
    other.task(&hidden, "Secret").await;
    for key in ["OPEN", "FREE"] {
        let body = json!({ "organization_id": bob.home, "name": key, "key": key });
        let project = bob.post("/projects", body).await.expect(201).id();
        bob.post("/tasks", json!({ "project_id": project, "title": "Mine" }))
            .await
            .expect(201);
    }
    world.cloud.settle().await;
    let of = async |key: &'static str| told_of_key(&world, &bob, key).await;
    let (nowhere, hidden) = (of("NONE-1").await, of("HIDE-1").await);
    assert!(nowhere.iter().all(|one| one.0 == 404));
    assert_eq!(hidden, nowhere);
    let (alone, beside) = (of("FREE-1").await, of("OPEN-1").await);
    assert!(alone.iter().all(|one| one.0 == 200));
    assert_eq!(beside, alone);
}

#[tokio::test]
async fn sec_low_who_attaches_a_team_to_a_private_project_is_shown_whom_it_lets_in() {
    let (world, ann, team) = acme().await;
    let bob = world.member(&team, "bob", "member").await;
    let cleo = world.member(&team, "cleo", "member").await;
    let crew = ann
        .post(
            "/teams",
            json!({ "organization_id": team.id, "name": "Crew" }),
        )
        .await
        .expect(201)
        .id();
    for person in [&bob, &cleo] {
        let member = json!({ "user_id": person.id, "role": "member" });
        ann.post(&format!("/teams/{crew}/members"), member)
            .await
            .expect(201);
    }
    let people = |answer: &tests::Answer| -> Vec<String> {
        let people = answer.data()["let_in"]["people"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        people
            .iter()
            .map(|one| {
                format!(
                    "{} {}",
                    one["username"].as_str().unwrap(),
                    one["team_role"].as_str().unwrap()
                )
            })
            .collect()
    };
    let both = ["bob member", "cleo member"];
    let body = json!({ "organization_id": team.id, "name": "Made", "visibility": "private", "team_id": crew });
    let made = ann.post("/projects", body).await.expect(201);
    assert_eq!(
        (people(&made), &made.data()["let_in"]["more"]),
        (both.map(str::to_owned).to_vec(), &json!(false))
    );
    // Who is in the project anyway is not let in by the team.
    let hidden = team.private_project("HIDE").await;
    let place = format!("/projects/{hidden}");
    ann.put(
        &format!("{place}/members/{}", bob.id),
        json!({ "role": "viewer" }),
    )
    .await
    .expect(200);
    let body = json!({ "team_ids": [crew] });
    let attached = ann.patch(&place, body.clone()).await.expect(200);
    assert_eq!(people(&attached), ["cleo member"]);
    cleo.get(&place).await.expect(200);
    // In an open project nobody is let in, and nobody else is shown.
    let open = team.project("OPEN").await;
    let attached = ann
        .patch(&format!("/projects/{open}"), body)
        .await
        .expect(200);
    assert_eq!(attached.data().get("let_in"), None);
    assert_eq!(ann.get(&place).await.expect(200).data().get("let_in"), None);
    // It is for those who may give rights in the project.
    let other = ann
        .post(
            "/teams",
            json!({ "organization_id": team.id, "name": "Other" }),
        )
        .await
        .expect(201)
        .id();
    ann.post(
        &format!("/teams/{other}/members"),
        json!({ "user_id": bob.id, "role": "member" }),
    )
    .await
    .expect(201);
    let wish = json!({ "team_ids": [crew, other] });
    bob.patch(&place, wish.clone())
        .await
        .refused(403, "forbidden");
    ann.put(
        &format!("{place}/members/{}", bob.id),
        json!({ "role": "member" }),
    )
    .await
    .expect(200);
    bob.patch(&place, wish).await.refused(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_04_an_invitation_that_is_taken_back_at_the_same_moment_lets_in_or_does_not() {
    let (world, ann, team) = acme().await;
    let path = format!("/organizations/{}/invitations", team.id);
    for n in 0..8 {
        let guest = world.person(&format!("guest{n}")).await;
        let made = ann
            .post(&path, json!([{ "email": guest.email, "role": "member" }]))
            .await
            .expect(201);
        let id = made.body["data"][0]["invitation"]["id"]
            .as_str()
            .or(made.body["data"][0]["id"].as_str());
        let id = id.unwrap_or_else(|| panic!("{}", made.text)).to_owned();
        let token = world.mailed_token(&guest.email, "Invitation").await;
        let (accept, revoke) = (
            format!("/invitations/{token}/accept"),
            format!("{path}/{id}"),
        );
        let (accepted, revoked) = tokio::join!(guest.post(&accept, json!({})), ann.delete(&revoke));
        let member = guest
            .get(&format!("/organizations/{}", team.id))
            .await
            .status
            == 200;
        assert_eq!(
            member,
            accepted.status == 200,
            "{} {}",
            accepted.text,
            revoked.text
        );
        assert_ne!(
            accepted.status == 200,
            revoked.status == 200,
            "{} {}",
            accepted.text,
            revoked.text
        );
    }
}

#[tokio::test]
async fn sec_low_no_organization_is_called_like_a_route() {
    let (_world, ann, _team) = acme().await;
    let words = OPERATIONS
        .iter()
        .flat_map(|operation| operation.path.split('/'));
    let mut words: BTreeSet<&str> = words
        .filter(|word| !word.is_empty() && !word.contains('{'))
        .collect();
    words.extend([
        "join", "me", "new", "api", "app", "graphql", "goals", "imports", "exports",
    ]);
    words.retain(|word| {
        word.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            && *word != "v1"
    });
    assert!(words.len() > 40, "{words:?}");
    let mut free = vec![];
    for word in words {
        let answer = ann
            .post(
                "/organizations",
                json!({ "name": format!("Called {word}"), "slug": word }),
            )
            .await;
        if answer.status != 422 {
            free.push((word, answer.status));
        }
    }
    assert!(free.is_empty(), "{free:?}");
}

#[tokio::test]
async fn sec_08_roles_in_hidden_teams_are_told_to_nobody_outside() {
    let (world, ann, team) = acme().await;
    let bob = world.member(&team, "bob", "member").await;
    let cleo = world.member(&team, "cleo", "member").await;
    let hidden = team.private_project("HIDE").await;
    ann.put(
        &format!("/projects/{hidden}/members/{}", cleo.id),
        json!({ "role": "member" }),
    )
    .await
    .expect(200);
    let crew = ann
        .post("/teams", json!({ "name": "Crew", "project_id": hidden }))
        .await
        .expect(201)
        .id();
    world.cloud.settle().await;
    let mut live = world.live(&bob).await;
    live.subscribe(&[&format!("org:{}", team.id)]).await;
    let place = format!("/teams/{crew}/members");
    ann.post(&place, json!({ "user_id": cleo.id, "role": "member" }))
        .await
        .expect(201);
    ann.patch(&format!("{place}/{}", cleo.id), json!({ "role": "admin" }))
        .await
        .expect(200);
    world.cloud.settle().await;
    let heard = json!(live.drain().await).to_string();
    let told = bob
        .get(&format!("/activity?org={}&limit=100", team.id))
        .await
        .expect(200)
        .text;
    for text in [heard, told] {
        assert!(!text.contains(&crew) && !text.contains("Crew"), "{text}");
    }
    for answer in [
        bob.get(&place).await,
        bob.patch(&format!("/teams/{crew}"), json!({ "name": "Mine" }))
            .await,
    ] {
        answer.refused(404, "not_found");
    }
}
