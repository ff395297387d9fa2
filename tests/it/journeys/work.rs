//! Teams at work.

use serde_json::json;
use tests::World;

use super::{column, journey, until};

journey! {
    async fn a_team_goes_from_sign_up_to_finished_work(world: World) {
        let ann = world.person("ann").await;
        world.verify(&ann).await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let project = team.project("WEB").await;

        let body = json!({
            "project_id": project, "title": "Write the press release", "priority": "high",
            "assignee_id": bob.id, "due_date": "2030-12-24", "description": "Two **pages**."
        });
        let task = ann.post("/tasks", body).await.expect(201);
        assert_eq!(task.text_of("key"), "WEB-1");
        assert_eq!(task.header("location"), format!("/api/v1/tasks/{}", task.id()));
        assert_eq!(task.text_of("status"), "todo");

        let mine = until(&bob, "/tasks", |answer| answer.rows().len() == 1).await;
        assert_eq!(mine.rows()[0]["title"], "Write the press release");
        assert!(mine.rows()[0].get("description").is_none());
        until(&ann, "/tasks", |answer| answer.rows().is_empty()).await;

        let begun = bob.post(&format!("/tasks/{}/transition", task.id()), json!({ "to": "in progress" })).await.expect(200);
        assert_eq!(begun.text_of("status"), "in_progress");
        assert_eq!(begun.header("etag"), "\"v2\"");
        let done = bob.patch(&format!("/tasks/{}", task.id()), json!({ "status": "done" })).await.expect(200);
        assert!(done.data()["completed_at"].is_string());
        let reopened = bob.post(&format!("/tasks/{}/transition", task.id()), json!({ "to": "todo" })).await.expect(200);
        assert!(reopened.data()["completed_at"].is_null());

        let path = format!("/tasks/{}?include=project,assignee,creator", task.id());
        let whole = ann.get(&path).await.expect(200);
        assert_eq!(whole.data()["project"]["key"], "WEB");
        assert_eq!(whole.data()["assignee"]["username"], "bob");
        assert_eq!(whole.data()["creator"]["username"], "ann");
        assert_eq!(whole.text_of("description"), "Two **pages**.");
    }
}

journey! {
    async fn a_client_that_knows_no_organizations_still_works(world: World) {
        let nobody = world.nobody();
        let body = json!({ "email": "eve@example.com", "password": tests::PASSWORD, "username": "eve" });
        let answer = nobody.raw(reqwest::Method::POST, "/api/users/register/").json(body).send().await.expect(201);
        assert!(answer.data()["token"].is_string());
        let body = json!({ "username": "eve", "password": tests::PASSWORD });
        let answer = nobody.raw(reqwest::Method::POST, "/api/users/token/").json(body).send().await.expect(200);
        let eve = nobody.with_tokens(&answer);
        let body = json!({ "refresh_token": eve.refresh });
        nobody.raw(reqwest::Method::POST, "/api/users/token/refresh/").json(body).send().await.expect(200);

        let project = eve.post("/projects", json!({ "name": "Garden" })).await.expect(201);
        assert_eq!(project.text_of("key"), "GARD");
        let body = json!({ "project_id": project.id(), "title": "Plant" });
        eve.raw(reqwest::Method::POST, "/api/tasks/").json(body.clone()).send().await.expect(201);
        eve.raw(reqwest::Method::POST, "/tasks").json(body).send().await.expect(201);
        until(&eve, "/tasks", |answer| answer.rows().len() == 2).await;
        let listed = eve.raw(reqwest::Method::GET, "/tasks?filter=status,priority,assigned_to").send().await.expect(200);
        assert_eq!(listed.rows().len(), 2);
        let personal = eve.raw(reqwest::Method::GET, "/api/organizations/").send().await.expect(200);
        assert_eq!(personal.rows()[0]["kind"], "personal");
    }
}

journey! {
    async fn deleted_work_comes_back_where_it_was(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let project = team.project("WEB").await;
        let task = team.task(&project, "One").await;
        team.task(&project, "Two").await;

        let deleted = ann.delete(&format!("/tasks/{task}")).await.expect(200);
        assert!(deleted.data()["restore_until"].is_string());
        ann.get(&format!("/tasks/{task}")).await.refused(404, "not_found");
        until(&ann, &format!("/tasks?project={project}"), |answer| column(answer, "title") == ["Two"]).await;
        let trash = until(&ann, "/trash", |answer| answer.rows().len() == 1).await;
        assert_eq!((trash.rows()[0]["type"].as_str(), trash.rows()[0]["key"].as_str()), (Some("task"), Some("WEB-1")));
        ann.post(&format!("/trash/task/{task}/restore"), json!({})).await.expect(200);
        ann.post(&format!("/trash/task/{task}/restore"), json!({})).await.refused(409, "not_deleted");
        until(&ann, &format!("/tasks?project={project}"), |answer| column(answer, "title") == ["One", "Two"]).await;

        ann.delete(&format!("/projects/{project}")).await.expect(200);
        ann.get(&format!("/tasks/{task}")).await.refused(404, "not_found");
        until(&ann, "/projects", |answer| answer.rows().is_empty()).await;
        until(&ann, "/tasks", |answer| answer.rows().is_empty()).await;
        until(&ann, "/trash?type=project", |answer| answer.rows().len() == 1).await;
        ann.post(&format!("/trash/project/{project}/restore"), json!({})).await.expect(200);
        ann.get(&format!("/tasks/{task}")).await.expect(200);

        ann.delete(&format!("/tasks/{task}")).await.expect(200);
        world.clock.advance(jiff::SignedDuration::from_hours(24 * 31));
        let ann = world.nobody().post("/auth/login", json!({ "email": ann.email, "password": tests::PASSWORD })).await.expect(200);
        let ann = world.nobody().with_tokens(&ann);
        ann.post(&format!("/trash/task/{task}/restore"), json!({})).await.refused(410, "gone");
        until(&ann, "/trash", |answer| answer.rows().is_empty()).await;
    }
}

journey! {
    async fn people_name_tasks_by_their_keys(world: World) {
        let ann = world.person("ann").await;
        let (one, two) = (world.team(&ann, "one").await, world.team(&ann, "two").await);
        let first = one.project("WEB").await;
        let task = one.task(&first, "In one").await;
        let answer = until_found(&ann, "/tasks/WEB-1").await;
        assert_eq!(answer.id(), task);
        ann.get("/tasks/web-1").await.expect(200);
        ann.get("/tasks/WEB-2").await.refused(404, "not_found");
        ann.get("/tasks/APP-1").await.refused(404, "not_found");

        let second = two.project("WEB").await;
        let other = two.task(&second, "In two").await;
        until_found(&ann, "/tasks/WEB-1?org=two").await;
        let answer = ann.get("/tasks/WEB-1").await.refused(409, "ambiguous_key");
        assert_eq!(answer.body["candidates"].as_array().map(Vec::len), Some(2));
        assert_eq!(ann.get("/tasks/WEB-1?org=two").await.expect(200).id(), other);
        let path = format!("/tasks/WEB-1?org={}", one.id);
        assert_eq!(ann.patch(&path, json!({ "title": "Renamed" })).await.expect(200).id(), task);

        // Who sees only one of them is not told of the other.
        let bob = world.member(&one, "bob", "member").await;
        assert_eq!(until_found(&bob, "/tasks/WEB-1").await.id(), task);
        let eve = world.person("eve").await;
        eve.get("/tasks/WEB-1").await.refused(404, "not_found");
    }
}

async fn until_found(person: &tests::Person, path: &str) -> tests::Answer {
    for _ in 0..400 {
        let answer = person.get(path).await;
        if answer.status == 200 {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{path} was never found");
}
