//! Projects and who sees them.

use serde_json::json;
use tests::World;

use super::{column, journey, until};

journey! {
    async fn a_private_project_is_for_its_people(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let (bob, eve) = (world.member(&team, "bob", "member").await, world.member(&team, "eve", "manager").await);
        let project = team.private_project("LAB").await;
        let task = team.task(&project, "Secret").await;
        let (project_path, task_path) = (format!("/projects/{project}"), format!("/tasks/{task}"));
        for person in [&bob, &eve] {
            person.get(&project_path).await.refused(404, "not_found");
            person.get(&task_path).await.refused(404, "not_found");
            person.get(&format!("/tasks?project={project}")).await.refused(404, "not_found");
            until(person, "/projects", |answer| answer.rows().is_empty()).await;
        }

        let place = format!("{project_path}/members/{}", bob.id);
        ann.put(&place, json!({ "role": "viewer" })).await.expect(200);
        bob.get(&task_path).await.expect(200);
        // A member of the organization, but only a viewer of this project, which is closed to the former.
        bob.patch(&task_path, json!({ "title": "Mine" })).await.refused(403, "forbidden");
        ann.put(&place, json!({ "role": "member" })).await.expect(200);
        bob.patch(&task_path, json!({ "title": "Mine" })).await.expect(200);
        until(&bob, "/projects", |answer| column(answer, "key") == ["LAB"]).await;
        let members = ann.get(&format!("{project_path}/members")).await.expect(200);
        assert_eq!(column(&members, "username"), ["ann", "bob"]);
        let body = json!({ "project_id": project, "title": "For Eve", "assignee_id": eve.id });
        assert_eq!(ann.post("/tasks", body).await.refused(422, "validation_failed").fields(), ["/assignee_id"]);

        ann.delete(&place).await.expect(204);
        bob.get(&task_path).await.refused(404, "not_found");
        ann.patch(&project_path, json!({ "visibility": "organization" })).await.expect(200);
        eve.get(&task_path).await.expect(200);
        ann.patch(&project_path, json!({ "visibility": "private" })).await.expect(200);
        eve.get(&task_path).await.refused(404, "not_found");
    }
}

journey! {
    async fn a_project_lives_from_planning_to_the_archive(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let project = team.project("WEB").await;
        let path = format!("/projects/{project}");
        let task = team.task(&project, "One").await;
        let answer = ann.patch(&path, json!({ "status": "planning" })).await.refused(409, "invalid_transition");
        assert_eq!(answer.body["allowed"], json!(["on_hold", "completed", "cancelled"]));
        for status in ["on_hold", "planning", "active", "completed", "active", "cancelled", "active"] {
            assert_eq!(ann.patch(&path, json!({ "status": status })).await.expect(200).text_of("status"), status);
        }
        ann.post(&format!("{path}/archive"), json!({})).await.expect(200);
        ann.post(&format!("{path}/archive"), json!({})).await.refused(409, "already_archived");
        ann.get(&format!("/tasks/{task}")).await.expect(200);
        ann.patch(&path, json!({ "name": "Other" })).await.refused(409, "project_archived");
        ann.patch(&format!("/tasks/{task}"), json!({ "title": "Other" })).await.refused(409, "project_archived");
        ann.post("/tasks", json!({ "project_id": project, "title": "New" })).await.refused(409, "project_archived");
        until(&ann, "/projects?archived=true", |answer| answer.rows().len() == 1).await;
        until(&ann, "/projects?archived=false", |answer| answer.rows().is_empty()).await;
        ann.post(&format!("{path}/unarchive"), json!({})).await.expect(200);
        ann.post(&format!("{path}/unarchive"), json!({})).await.refused(409, "not_archived");
        ann.patch(&format!("/tasks/{task}"), json!({ "title": "Other" })).await.expect(200);
    }
}

journey! {
    async fn a_guest_sees_his_project_and_nothing_else(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let (shown, hidden) = (team.project("ONE").await, team.project("TWO").await);
        let body = json!([{ "email": "gus@example.com", "role": "guest", "project_id": shown, "project_role": "viewer" }]);
        ann.post(&format!("/organizations/{}/invitations", team.id), body).await.expect(201);
        let gus = world.person("gus").await;
        let token = world.mailed_token(&gus.email, "Invitation").await;
        gus.post(&format!("/invitations/{token}/accept"), json!({})).await.expect(200);

        gus.get(&format!("/projects/{shown}")).await.expect(200);
        gus.get(&format!("/projects/{hidden}")).await.refused(404, "not_found");
        until(&gus, "/projects", |answer| column(answer, "key") == ["ONE"]).await;
        let task = team.task(&shown, "Look").await;
        gus.patch(&format!("/tasks/{task}"), json!({ "title": "Mine" })).await.refused(403, "forbidden");
        ann.patch(&format!("/tasks/{task}"), json!({ "assignee_id": gus.id })).await.expect(200);
        gus.patch(&format!("/tasks/{task}"), json!({ "title": "Mine" })).await.expect(200);
        gus.post(&format!("/tasks/{task}/transition"), json!({ "to": "done" })).await.expect(200);
        gus.patch(&format!("/tasks/{task}"), json!({ "assignee_id": ann.id })).await.refused(403, "forbidden");
        gus.post("/tasks", json!({ "project_id": shown, "title": "New" })).await.refused(403, "forbidden");
        gus.delete(&format!("/tasks/{task}")).await.refused(403, "forbidden");
    }
}
