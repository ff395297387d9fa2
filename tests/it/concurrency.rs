//! Many at once: what was counted, taken or promised once stays so.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, PASSWORD, Person, Team, World};

/// How many requests are in flight together.
const AT_ONCE: usize = 32;

/// Makes `count` calls, so many at once; the answers come in any order.
async fn together<F: Future<Output = Answer>>(
    count: usize,
    at_once: usize,
    call: impl Fn(usize) -> F,
) -> Vec<Answer> {
    stream::iter(0..count)
        .map(call)
        .buffer_unordered(at_once)
        .collect()
        .await
}

/// Fails unless so many answers are of this status and all others of that one with this code.
#[track_caller]
fn divided(answers: &[Answer], status: u16, count: usize, other: u16, code: &str) {
    let (done, refused): (Vec<&Answer>, Vec<&Answer>) =
        answers.iter().partition(|answer| answer.status == status);
    for answer in &refused {
        assert_eq!(
            (answer.status, answer.code()),
            (other, code),
            "{}: {}",
            answer.request,
            answer.text
        );
    }
    assert_eq!(done.len(), count);
}

fn distinct(answers: &[Answer], member: &str) -> usize {
    answers
        .iter()
        .map(|answer| answer.data()[member].to_string())
        .collect::<BTreeSet<_>>()
        .len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_tasks_at_once_have_five_hundred_numbers() {
    let (_world, team) = World::acme().await;
    let project = team.project("WEB").await;
    let task = |n: usize| json!({ "project_id": project, "title": format!("Task {n}") });
    let made = together(500, AT_ONCE, |n| team.owner.post("/tasks", task(n))).await;
    divided(&made, 201, 500, 0, "");
    assert_eq!(
        (
            distinct(&made, "number"),
            distinct(&made, "key"),
            distinct(&made, "id")
        ),
        (500, 500, 500)
    );
    // Nobody else made tasks and nothing failed, so no number was left out.
    let highest = made
        .iter()
        .filter_map(|answer| answer.data()["number"].as_u64())
        .max();
    assert_eq!(highest, Some(500));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_registrations_of_one_address_make_one_account() {
    let world = World::new().await;
    let body = |n: usize, email: &str| json!({ "email": email, "password": PASSWORD, "username": format!("ann{n}") });
    let nobody = &world.nobody();
    let answers = together(100, 100, |n| {
        nobody.post("/auth/register", body(n, "ann@example.com"))
    })
    .await;
    divided(&answers, 201, 1, 409, "email_taken");
    let winner = &answers
        .iter()
        .find(|answer| answer.status == 201)
        .unwrap()
        .data()["user"]["username"];
    // The names of those who lost are free, the winner's is not.
    let again = together(20, AT_ONCE, |n| async move {
        let answer = nobody
            .post("/auth/register", body(n, &format!("other{n}@example.com")))
            .await;
        assert_eq!(
            answer.status == 201,
            *winner != format!("ann{n}"),
            "{}",
            answer.text
        );
        answer
    });
    assert!(
        again
            .await
            .iter()
            .filter(|answer| answer.status == 201)
            .count()
            >= 19
    );
    let login = json!({ "email": "ann@example.com", "password": PASSWORD });
    nobody.post("/auth/login", login).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_changes_of_one_version_make_one_change() {
    let (_world, team) = World::acme().await;
    let task = team.task(&team.project("WEB").await, "First").await;
    let path = format!("/tasks/{task}");
    let tag = team
        .owner
        .get(&path)
        .await
        .expect(200)
        .header("etag")
        .to_owned();
    let change = |n: usize| {
        let request = team
            .owner
            .request(Method::PATCH, &path)
            .header("if-match", &tag);
        request
            .json(json!({ "title": format!("Title {n}") }))
            .send()
    };
    let answers = together(100, 100, change).await;
    divided(&answers, 200, 1, 412, "precondition_failed");
    let refused = answers.iter().filter(|answer| answer.status == 412);
    assert!(
        refused
            .map(|answer| &answer.body["current_version"])
            .all(|version| *version == 2)
    );
    let done = answers.iter().find(|answer| answer.status == 200).unwrap();
    assert_eq!(
        team.owner.get(&path).await.data()["title"],
        done.data()["title"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_changes_of_different_fields_are_all_made() {
    let (_world, team) = World::acme().await;
    let task = team.task(&team.project("WEB").await, "First").await;
    let path = format!("/tasks/{task}");
    let fields = |n: usize| match n % 3 {
        0 => json!({ "title": format!("Title {n}") }),
        1 => json!({ "description": format!("Description {n}") }),
        _ => json!({ "due_date": format!("2027-{:02}-{:02}", 1 + n % 12, 1 + n / 4) }),
    };
    // Who lost every race within one request is told so, and asks again.
    let made = async |n: usize| {
        for _ in 0..20 {
            let answer = team.owner.patch(&path, fields(n)).await;
            if answer.status != 409 {
                return answer;
            }
            assert_eq!(answer.code(), "conflict", "{}", answer.text);
        }
        panic!("change {n} never came to be made");
    };
    let answers = together(100, 12, made).await;
    divided(&answers, 200, 100, 0, "");
    // Every change was made on top of all before it: each has a version of its own.
    assert_eq!(distinct(&answers, "version"), 100);
    let last = answers
        .iter()
        .max_by_key(|answer| answer.data()["version"].as_u64())
        .unwrap();
    let now = team.owner.get(&path).await.expect(200);
    assert_eq!(
        (now.data(), &now.data()["version"]),
        (last.data(), &json!(101))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_equal_requests_with_one_key_make_one_thing() {
    let (_world, team) = World::acme().await;
    let project = team.project("WEB").await;
    let bodies = [
        ("/tasks", json!({ "project_id": project, "title": "Once" })),
        (
            "/projects",
            json!({ "organization_id": team.id, "name": "Once", "key": "ONCE" }),
        ),
        (
            "/projects",
            json!({ "organization_id": team.id, "name": "Keyless" }),
        ),
        ("/organizations", json!({ "name": "Once", "slug": "once" })),
    ];
    for (number, (path, body)) in bodies.iter().enumerate() {
        let key = format!("key-{number}");
        let send = |_| {
            team.owner
                .request(Method::POST, path)
                .header("idempotency-key", &key)
                .json(body.clone())
                .send()
        };
        let answers = together(50, 50, send).await;
        divided(&answers, 201, 50, 0, "");
        let equal: BTreeSet<&str> = answers.iter().map(|answer| answer.text.as_str()).collect();
        assert_eq!(equal.len(), 1, "{path}: {equal:#?}");
        let replayed = answers
            .iter()
            .filter(|answer| answer.header("idempotent-replayed") == "true")
            .count();
        assert_eq!(replayed, 49, "{path}");
    }
    let invite = json!([{ "email": "bob@example.com", "role": "member" }]);
    let path = format!("/organizations/{}/invitations", team.id);
    let send = |_| {
        team.owner
            .request(Method::POST, &path)
            .header("idempotency-key", "k")
            .json(invite.clone())
            .send()
    };
    // No more than may be mailed to one address in an hour: those on their way at once count before they find the
    // first.
    let answers = together(8, 8, send).await;
    let ids: BTreeSet<String> = answers
        .iter()
        .map(|a| a.rows()[0]["invitation"]["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 1, "{}", answers[0].text);
}

/// A team with two owners.
async fn two_owners(world: &World) -> (Team, Person) {
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let bob = world.member(&team, "bob", "owner").await;
    (team, bob)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_owners_who_demote_each_other_one_stays() {
    let world = World::new().await;
    let (team, bob) = two_owners(&world).await;
    let demote = |by: &Person, whom: &Person, role: &str| {
        let request = by.request(
            Method::PATCH,
            &format!("/organizations/{}/members/{}", team.id, whom.id),
        );
        request.json(json!({ "role": role })).send()
    };
    for _ in 0..8 {
        let (one, other) = tokio::join!(
            demote(&team.owner, &bob, "member"),
            demote(&bob, &team.owner, "member")
        );
        assert_eq!(
            [one.status, other.status]
                .iter()
                .filter(|status| **status == 200)
                .count(),
            1
        );
        let lost = if one.status == 200 { &other } else { &one };
        // Who lost is told that they would have been the last, or that they are no owner any more.
        assert!(
            ["last_owner", "role_too_high", "forbidden"].contains(&lost.code()),
            "{}",
            lost.text
        );
        let (stays, goes) = if one.status == 200 {
            (&team.owner, &bob)
        } else {
            (&bob, &team.owner)
        };
        demote(stays, stays, "member")
            .await
            .refused(409, "last_owner");
        demote(stays, goes, "owner").await.expect(200);
    }
    let leave = |who: &Person| {
        let path = format!("/organizations/{}/members/{}", team.id, who.id);
        who.request(Method::DELETE, &path).send()
    };
    let (one, other) = tokio::join!(leave(&team.owner), leave(&bob));
    divided(&[one, other], 204, 1, 409, "last_owner");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_project_owners_who_leave_at_once_one_stays() {
    let world = World::new().await;
    let (team, bob) = two_owners(&world).await;
    for round in 0..8 {
        let project = team.project(&format!("P{round}")).await;
        let path = |who: &Person| format!("/projects/{project}/members/{}", who.id);
        team.owner
            .put(&path(&bob), json!({ "role": "owner" }))
            .await
            .expect(200);
        let (mine, his) = (path(&team.owner), path(&bob));
        let (one, other) = tokio::join!(team.owner.delete(&mine), bob.delete(&his));
        divided(&[one, other], 204, 1, 409, "last_owner");
        let members = team
            .owner
            .get(&format!("/projects/{project}/members"))
            .await
            .expect(200);
        let owners = members
            .rows()
            .iter()
            .filter(|member| member["role"] == "owner")
            .count();
        assert_eq!(owners, 1, "{}", members.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_exchanges_of_one_refresh_token_have_one_successor() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let exchange = |token: &str| {
        let request = world.nobody().request(Method::POST, "/auth/refresh");
        request.json(json!({ "refresh_token": token })).send()
    };
    let answers = together(50, 50, |_| exchange(&ann.refresh)).await;
    divided(&answers, 200, 50, 0, "");
    assert_eq!(distinct(&answers, "refresh_token"), 1);
    let next = answers[0].text_of("refresh_token");
    assert_ne!(next, ann.refresh);
    exchange(&next).await.expect(200);
    // Two turns later the first token is a thief's.
    exchange(&ann.refresh).await.refused(401, "token_reused");
    exchange(&next).await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_accepted_many_times_at_once_makes_one_member() {
    let (world, team) = World::acme().await;
    let bob = world.person("bob").await;
    let invite = json!([{ "email": bob.email, "role": "member" }]);
    team.owner
        .post(&format!("/organizations/{}/invitations", team.id), invite)
        .await
        .expect(201);
    let token = world.mailed_token(&bob.email, "Invitation").await;
    let accept = |_| async {
        bob.post(&format!("/invitations/{token}/accept"), json!({}))
            .await
    };
    let answers = together(20, 20, accept).await;
    let (done, refused): (Vec<&Answer>, Vec<&Answer>) =
        answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(done.len(), 1);
    // Who has read the invitation before and the members after it was accepted learns the same in other words.
    let told = |answer: &Answer| ["already_accepted", "already_member"].contains(&answer.code());
    assert!(
        refused.iter().all(|answer| told(answer)),
        "{}",
        refused[0].text
    );
    let members = team
        .owner
        .get(&format!("/organizations/{}/members", team.id))
        .await
        .expect(200);
    assert_eq!(members.rows().len(), 2);
    let mine: Value = bob
        .get("/organizations")
        .await
        .expect(200)
        .rows()
        .iter()
        .map(|org| org["id"].clone())
        .collect();
    assert_eq!(mine, json!([bob.home, team.id]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slug_and_a_project_key_are_given_to_one() {
    let (_world, team) = World::acme().await;
    let org = |n: usize| json!({ "name": format!("Beta {n}"), "slug": "beta" });
    let answers = together(20, 20, |n| team.owner.post("/organizations", org(n))).await;
    divided(&answers, 201, 1, 409, "slug_taken");
    // The names of those that were not made are free.
    let lost = (0..20)
        .find(|n| {
            answers
                .iter()
                .all(|a| a.data()["name"] != format!("Beta {n}"))
        })
        .unwrap();
    team.owner
        .post(
            "/organizations",
            json!({ "name": format!("Beta {lost}"), "slug": "gamma" }),
        )
        .await
        .expect(201);
    let project = |n: usize| json!({ "organization_id": team.id, "name": format!("Project {n}"), "key": "ONE" });
    let answers = together(20, 20, |n| team.owner.post("/projects", project(n))).await;
    divided(&answers, 201, 1, 409, "key_taken");
    // Projects without a key share a name, and each gets a key of its own.
    let project = json!({ "organization_id": team.id, "name": "Website" });
    let answers = together(10, 10, |_| team.owner.post("/projects", project.clone())).await;
    divided(&answers, 201, 10, 0, "");
    assert_eq!(distinct(&answers, "key"), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projects_that_turn_private_at_once_do_not_wait_for_one_another_and_all_are_hidden() {
    let (world, team) = World::acme().await;
    let bob = world.member(&team, "bob", "member").await;
    let mut projects = vec![];
    for n in 0..12 {
        projects.push(team.project(&format!("P{n}")).await);
    }
    let version =
        || async { team.owner.get("/organizations/acme").await.data()["version"].clone() };
    let before = version().await;
    for (visibility, seen) in [("private", 404), ("organization", 200), ("private", 404)] {
        let body = json!({ "visibility": visibility });
        let turned = together(projects.len(), AT_ONCE, |n| {
            let request = team
                .owner
                .request(Method::PATCH, &format!("/projects/{}", projects[n]));
            request.json(body.clone()).send()
        });
        divided(&turned.await, 200, projects.len(), 0, "");
        for project in &projects {
            assert_eq!(
                bob.get(&format!("/projects/{project}")).await.status,
                seen,
                "{visibility}"
            );
        }
    }
    // The organization itself has not changed.
    assert_eq!(version().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_what_can_be_named_every_project_is_looked_at() {
    use aws_sdk_dynamodb::types::AttributeValue::Ss;
    let (world, team) = World::acme().await;
    let bob = world.member(&team, "bob", "member").await;
    let (open, hidden) = (team.project("OPEN").await, team.project("HIDDEN").await);
    let found = |snapshot: crate::table::Snapshot| {
        let mut orgs = snapshot
            .into_iter()
            .filter(|((_, sk), item)| sk == "ORG" && item["slug"].as_s().unwrap() == "acme");
        orgs.next().unwrap().1
    };
    let mut org = found(crate::table::snapshot(&world.cloud).await);
    let named = (0..128)
        .map(|n| format!("{n:017}"))
        .chain(["-".to_owned()])
        .collect();
    org.insert("restricted".to_owned(), Ss(named));
    crate::table::put(&world.cloud, org).await;
    team.owner
        .patch(
            &format!("/projects/{hidden}"),
            json!({ "visibility": "private" }),
        )
        .await
        .expect(200);
    assert!(!found(crate::table::snapshot(&world.cloud).await).contains_key("restricted"));
    bob.get(&format!("/projects/{hidden}"))
        .await
        .refused(404, "not_found");
    bob.get(&format!("/projects/{open}")).await.expect(200);
    let body = |project: &str| json!({ "project_id": project, "title": "Task" });
    bob.post("/tasks", body(&open)).await.expect(201);
    bob.post("/tasks", body(&hidden))
        .await
        .refused(404, "not_found");
    team.owner
        .patch(
            &format!("/projects/{hidden}"),
            json!({ "visibility": "organization" }),
        )
        .await
        .expect(200);
    bob.get(&format!("/projects/{hidden}")).await.expect(200);
}
