//! What people do, and what the feed tells of it.

use domain::feed::event::EventType;
use reqwest::Method;
use serde_json::json;
use tests::{PASSWORD, World};

use super::settled;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_to_an_organization_and_its_people_stands_in_its_feed() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let path = |rest: &str| format!("/organizations/{}{rest}", team.id);
    ann.patch(&path(""), json!({ "name": "Acme Ltd" }))
        .await
        .expect(200);
    let ben = world.unverified("ben").await;
    world.join(&team, &ben, "member").await;
    ann.patch(
        &path(&format!("/members/{}", ben.id)),
        json!({ "role": "manager" }),
    )
    .await
    .expect(200);
    ann.delete(&path(&format!("/members/{}", ben.id)))
        .await
        .expect(204);
    let invited = ann
        .post(
            &path("/invitations"),
            json!([{ "email": "cy@example.com", "role": "guest" }]),
        )
        .await;
    let invitation = invited.expect(201).data()[0]["invitation"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    ann.delete(&path(&format!("/invitations/{invitation}")))
        .await
        .expect(200);
    let code = ann
        .post(&path("/join-codes"), json!({ "role": "viewer" }))
        .await
        .expect(201)
        .id();
    ann.delete(&path(&format!("/join-codes/{code}")))
        .await
        .expect(200);
    let domain = ann
        .post(
            &path("/domains"),
            json!({ "domain": "acme.example", "role": "member" }),
        )
        .await
        .expect(201)
        .id();
    ann.delete(&path(&format!("/domains/{domain}")))
        .await
        .expect(200);
    let gone = ann
        .request(Method::DELETE, &path(""))
        .json(json!({ "confirm_slug": "acme" }));
    gone.send().await.expect(200);
    ann.post(&path("/restore"), json!({})).await.expect(200);

    let feed = settled(&world, &team.id).await;
    let kinds = [
        "organization.created",
        "member.joined",
        "organization.updated",
        "invitation.created",
        "member.joined",
        "invitation.accepted",
        "account.updated",
        "member.updated",
        "member.removed",
        "invitation.created",
        "invitation.revoked",
        "join_code.created",
        "join_code.deleted",
        "domain.created",
        "domain.deleted",
        "organization.deleted",
        "organization.restored",
    ];
    let sorted = |mut kinds: Vec<&'static str>| {
        kinds.sort_unstable();
        kinds
    };
    assert_eq!(
        sorted(feed.kinds()),
        sorted(kinds.to_vec()),
        "{:#?}",
        feed.kinds()
    );
    let removed = feed
        .events
        .iter()
        .find(|one| one.event.kind == EventType::MemberRemoved)
        .unwrap();
    let user = |person: &tests::Person| Some(person.id.parse().unwrap());
    assert_eq!(
        (removed.event.actor, removed.event.user),
        (user(&ann), user(&ben))
    );
    assert_eq!(removed.event.subject, ben.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_in_a_project_stands_in_the_feed_in_its_order() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    let before = settled(&world, &team.id).await.events.len();
    let project = team.project("WEB").await;
    let one = format!("/projects/{project}");
    ann.patch(&one, json!({ "description": "About it" }))
        .await
        .expect(200);
    ann.post(&format!("{one}/archive"), json!({}))
        .await
        .expect(200);
    ann.post(&format!("{one}/unarchive"), json!({}))
        .await
        .expect(200);
    let label = json!({ "organization_id": team.id, "name": "Bug" });
    let label = ann.post("/labels", label).await.expect(201).id();
    ann.patch(&format!("/labels/{label}"), json!({ "name": "Fault" }))
        .await
        .expect(200);
    ann.delete(&format!("/labels/{label}")).await.expect(204);
    let board = ann
        .post(
            "/boards",
            json!({ "project_id": project, "name": "Board", "lists": [] }),
        )
        .await
        .expect(201)
        .id();
    let lists = format!("/boards/{board}/lists");
    let list = ann
        .post(&lists, json!({ "name": "To do", "status": "todo" }))
        .await
        .expect(201)
        .id();
    ann.patch(&format!("{lists}/{list}"), json!({ "wip_limit": 3 }))
        .await
        .expect(200);
    ann.delete(&format!("{lists}/{list}")).await.expect(204);
    ann.patch(&format!("/boards/{board}"), json!({ "name": "Other" }))
        .await
        .expect(200);
    ann.delete(&format!("/boards/{board}")).await.expect(204);
    let task = team.task(&project, "First").await;
    let path = format!("/tasks/{task}");
    ann.patch(&path, json!({ "title": "Better", "description": "Long" }))
        .await
        .expect(200);
    ann.post(
        &format!("{path}/transition"),
        json!({ "to": "in_progress" }),
    )
    .await
    .expect(200);
    ann.delete(&path).await.expect(200);
    ann.post(&format!("/trash/task/{task}/restore"), json!({}))
        .await
        .expect(200);
    ann.delete(&one).await.expect(200);
    ann.post(&format!("/trash/project/{project}/restore"), json!({}))
        .await
        .expect(200);

    let feed = settled(&world, &team.id).await;
    let kinds = [
        "project.created",
        "project.updated",
        "project.archived",
        "project.unarchived",
        "label.created",
        "label.updated",
        "label.deleted",
        "board.created",
        "list.created",
        "list.updated",
        "list.deleted",
        "board.updated",
        "board.deleted",
        "task.created",
        "task.updated",
        "task.transitioned",
        "task.deleted",
        "task.restored",
        "project.deleted",
        "project.restored",
    ];
    let happened = &feed.kinds()[before..];
    let told: Vec<&str> = happened
        .iter()
        .copied()
        .filter(|kind| *kind != "member.updated")
        .collect();
    assert_eq!(told, kinds);
    let updated = feed
        .events
        .iter()
        .find(|one| one.event.kind == EventType::TaskUpdated)
        .unwrap();
    let changes = serde_json::to_value(&updated.event.changes).unwrap();
    assert_eq!(
        changes,
        json!([{"field": "title", "from": "First", "to": "Better"}, {"field": "description"}])
    );
    assert_eq!(
        (
            updated.event.subject.as_str(),
            updated.event.name.as_deref()
        ),
        (task.as_str(), Some("WEB-1 Better"))
    );
    assert_eq!(updated.event.version, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_to_a_person_stands_in_the_feed_of_each_of_his_organizations() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let (acme, other) = (
        world.team(&ann, "acme").await,
        world.team(&ann, "other").await,
    );
    let login = json!({ "email": ann.email, "password": PASSWORD });
    let session = world.nobody().post("/auth/login", login).await.expect(200);
    let there = world.signed_in(&session);
    there.post("/auth/logout", json!({})).await.expect(204);
    let new = json!({ "current": PASSWORD, "new": "seven purple kites over Lima" });
    ann.post("/auth/password/change", new).await.expect(200);
    world.cloud.settle().await;
    for org in [&acme.id, &other.id, &ann.home] {
        let feed = settled(&world, org).await;
        let counted = [
            EventType::SessionCreated,
            EventType::SessionEnded,
            EventType::AccountSessionsEnded,
        ];
        // At home they were when they registered.
        let signed_in = if *org == ann.home { 3 } else { 2 };
        assert_eq!(
            counted.map(|kind| feed.count(kind)),
            [signed_in, 2, 1],
            "{:?}",
            feed.kinds()
        );
        let text = format!("{:?}", feed.links);
        assert!(
            !text.contains("ann@example.com") && !text.contains("127.0.0.1"),
            "{text}"
        );
    }
}
