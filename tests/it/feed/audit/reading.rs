//! Who reads the audit trail, and what they find.

use reqwest::Method;
use serde_json::{Value, json};
use tests::World;

use super::{audited, entries};

#[tokio::test]
async fn only_owners_and_admins_read_it() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let eve = world.person("eve").await;
    world.cloud.settle().await;
    for (role, status) in [
        ("admin", 200),
        ("manager", 403),
        ("member", 403),
        ("viewer", 403),
        ("guest", 403),
    ] {
        let person = world.member(&team, role, role).await;
        for path in [
            "/audit-logs?org=acme",
            "/audit-logs?org=acme&category=all",
            "/audit-logs/verify?org=acme",
        ] {
            let answer = person.get(path).await;
            assert_eq!(answer.status, status, "{role}: {path}: {}", answer.text);
        }
    }
    for path in [
        "/audit-logs?org=acme",
        "/audit-logs/verify?org=acme",
        "/audit-logs?org=nobodys",
    ] {
        eve.get(path).await.refused(404, "not_found");
        world
            .nobody()
            .get(path)
            .await
            .refused(401, "unauthenticated");
    }
    // Their own they read.
    eve.get(&format!("/audit-logs?org={}", eve.home))
        .await
        .expect(200);
}

#[tokio::test]
async fn roles_membership_and_policy_are_in_it_once_each() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "member").await;
    let org = format!("/organizations/{}", team.id);
    ann.patch(
        &format!("{org}/members/{}", bob.id),
        json!({ "role": "manager" }),
    )
    .await
    .expect(200);
    let settings = json!({ "settings": { "members_can_create_projects": false } });
    ann.patch(&org, settings).await.expect(200);
    ann.post(&format!("{org}/join-codes"), json!({ "role": "member" }))
        .await
        .expect(201);
    let project = team.project("WEB").await;
    ann.delete(&format!("/projects/{project}"))
        .await
        .expect(200);
    bob.delete(&format!("{org}/members/{}", bob.id))
        .await
        .expect(204);
    let told = audited(&world, &ann, "").await;
    let of = |kind: &str| {
        told.iter()
            .filter(|event| event["type"] == kind)
            .collect::<Vec<_>>()
    };
    for kind in [
        "organization.created",
        "invitation.created",
        "invitation.accepted",
        "member.removed",
        "organization.updated",
        "join_code.created",
        "project.deleted",
    ] {
        assert_eq!(of(kind).len(), 1, "{kind}: {told:?}");
    }
    assert_eq!(of("member.joined").len(), 2, "{told:?}");
    assert_eq!(
        of("project.created").len() + of("task.created").len(),
        0,
        "they are about no security"
    );
    let roles: Vec<&Value> = of("member.updated")
        .into_iter()
        .map(|event| &event["changes"][0])
        .collect();
    let owner = json!({ "field": "project_role", "from": null, "to": "owner" });
    assert_eq!(
        roles,
        [
            &owner,
            &json!({ "field": "role", "from": "member", "to": "manager" })
        ]
    );
    let all = audited(&world, &ann, "category=all").await;
    assert!(all.len() > told.len() && told.iter().all(|event| all.contains(event)));
    assert!(all.iter().any(|event| event["type"] == "project.created"));
}

#[tokio::test]
async fn it_is_narrowed_to_a_person_an_action_and_a_time() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "admin").await;
    let org = format!("/organizations/{}", team.id);
    bob.patch(&org, json!({ "name": "Acme One" }))
        .await
        .expect(200);
    let middle = world.clock.clock().now();
    world.clock.advance(jiff::SignedDuration::from_hours(30));
    let login = json!({ "email": ann.email, "password": tests::PASSWORD });
    let ann = ann.with_tokens(&world.nobody().post("/auth/login", login).await.expect(200));
    ann.patch(&org, json!({ "name": "Acme Two" }))
        .await
        .expect(200);
    let names = async |query: String| -> Vec<Value> {
        let told = audited(
            &world,
            &ann,
            &format!("action=organization.updated&{query}"),
        )
        .await;
        told.iter()
            .map(|event| event["changes"][0]["to"].clone())
            .collect()
    };
    assert_eq!(names(String::new()).await, ["Acme Two", "Acme One"]);
    assert_eq!(names(format!("actor={}", bob.id)).await, ["Acme One"]);
    assert_eq!(names(format!("from={middle}")).await, ["Acme Two"]);
    assert_eq!(names(format!("to={middle}")).await, ["Acme One"]);
    let day = world.clock.clock().now().to_string();
    assert_eq!(names(format!("from={}", &day[..10])).await, ["Acme Two"]);
    assert_eq!(names(format!("from={middle}&to={middle}")).await.len(), 0);
}

#[tokio::test]
async fn pages_put_together_are_the_whole_trail_and_every_entry_fits_the_one_before() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    for n in 0..9 {
        team.task(&project, &format!("Task {n}")).await;
    }
    for category in ["category=all", "category=security"] {
        let whole = entries(&world, &ann, category).await;
        let (mut found, mut cursor) = (vec![], String::new());
        loop {
            let answer = ann
                .get(&format!("/audit-logs?org=acme&{category}&limit=4{cursor}"))
                .await
                .expect(200);
            found.extend(answer.rows().clone());
            match answer.body["meta"]["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(found, whole);
        for entry in &whole {
            let record: Value = serde_json::from_str(entry["record"].as_str().unwrap()).unwrap();
            assert_eq!(
                (&record["seq"], &record["event"]["id"]),
                (&entry["seq"], &entry["event"]["id"])
            );
            assert_eq!(entry["event"].get("position"), None);
        }
        for pair in whole
            .windows(2)
            .filter(|pair| pair[0]["seq"].as_u64() == pair[1]["seq"].as_u64().map(|n| n + 1))
        {
            assert_eq!(pair[0]["prev_hash"], pair[1]["hash"]);
        }
        if category == "category=all" {
            let numbers: Vec<u64> = whole
                .iter()
                .rev()
                .map(|entry| entry["seq"].as_u64().unwrap())
                .collect();
            assert_eq!(numbers, (1..=whole.len() as u64).collect::<Vec<_>>());
            assert_eq!(whole.last().unwrap()["prev_hash"], "0".repeat(64));
        }
    }
}

#[tokio::test]
async fn no_route_writes_or_deletes_it() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let before = entries(&world, &ann, "category=all").await;
    let seq = before[0]["seq"].as_u64().unwrap();
    for path in ["/audit-logs", "/audit-logs/verify", "/activity"] {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = ann
                .request(method, &format!("{path}?org={}", team.id))
                .json(json!({}))
                .send()
                .await;
            answer.refused(405, "method_not_allowed");
        }
    }
    for path in [
        format!("/audit-logs/{seq}"),
        format!("/audit-logs/{}", team.id),
        format!("/activity/{seq}"),
    ] {
        for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
            ann.request(method, &path)
                .json(json!({}))
                .send()
                .await
                .refused(404, "not_found");
        }
    }
    assert_eq!(entries(&world, &ann, "category=all").await, before);
}

#[tokio::test]
async fn what_cannot_be_asked_is_named() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    world.team(&ann, "acme").await;
    for (query, field) in [
        ("", "org"),
        ("org=No%20Slug", "org"),
        ("org=acme&actor=ann", "actor"),
        ("org=acme&action=nothing", "action"),
        ("org=acme&category=private", "category"),
        ("org=acme&from=yesterday", "from"),
        ("org=acme&to=2026-13-01", "to"),
        ("org=acme&limit=x", "limit"),
        ("org=acme&cursor=x", "cursor"),
        ("org=acme&user=x", "user"),
        ("org=acme&org=acme", "org"),
    ] {
        let answer = ann.get(&format!("/audit-logs?{query}")).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (400, vec![field]),
            "{query}: {}",
            answer.text
        );
    }
    for (query, field) in [
        ("", "org"),
        ("org=acme&from_seq=0", "from_seq"),
        ("org=acme&from_seq=-1", "from_seq"),
        ("org=acme&from_seq=%2B1", "from_seq"),
        ("org=acme&from_seq=99999999999999999999", "from_seq"),
        ("org=acme&to_seq=x", "to_seq"),
        ("org=acme&from_seq=5&to_seq=4", "to_seq"),
        ("org=acme&limit=5", "limit"),
    ] {
        let answer = ann.get(&format!("/audit-logs/verify?{query}")).await;
        assert_eq!(
            (answer.status, answer.fields()),
            (400, vec![field]),
            "{query}: {}",
            answer.text
        );
    }
}
