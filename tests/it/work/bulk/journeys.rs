//! From beginning to end.

use serde_json::json;
use tests::World;

use super::{bulk, outcomes, rename};
use crate::journeys::{column, journey, until};

journey! {
    async fn a_sprint_is_planned_and_cleaned_up_in_a_few_requests(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let project = team.project("WEB").await;

        let new = |title: &str| json!({ "op": "create", "project_id": project, "title": title, "assignee_id": bob.id });
        let planned = bulk(&ann, "atomic", &[new("One"), new("Two"), new("Three")]).await.expect(200);
        assert_eq!(outcomes(&planned), [(201, ""); 3]);
        let keys: Vec<&str> = planned.rows().iter().map(|row| row["task"]["key"].as_str().unwrap()).collect();
        assert_eq!(keys, ["WEB-1", "WEB-2", "WEB-3"]);
        let ids: Vec<String> = planned.rows().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        until(&bob, "/tasks", |answer| answer.rows().len() == 3).await;

        let tidied = bulk(&bob, "best_effort", &[
            json!({ "op": "transition", "id": ids[0], "to": "done" }),
            json!({ "op": "update", "id": ids[1], "priority": "urgent", "status": "in_progress", "if_match": 1 }),
            json!({ "op": "delete", "id": ids[2] }),
            json!({ "op": "create", "project_id": project, "title": "Four" }),
        ]).await.expect(200);
        // They may not delete what another has made; the rest is done.
        assert_eq!(outcomes(&tidied), [(200, ""), (200, ""), (403, "forbidden"), (201, "")]);
        assert_eq!(tidied.rows()[2]["problem"]["permission"], "task.delete");
        assert_eq!(tidied.rows()[1]["task"]["version"], 2);
        let indexes: Vec<_> = tidied.rows().iter().map(|row| row["index"].as_u64().unwrap()).collect();
        assert_eq!(indexes, [0, 1, 2, 3]);

        let path = format!("/tasks?project={project}");
        until(&ann, &path, |answer| column(answer, "status") == ["done", "in_progress", "todo", "todo"]).await;
        let removals = [json!({ "op": "delete", "id": ids[0] }), json!({ "op": "delete", "id": ids[2] })];
        let gone = bulk(&ann, "atomic", &removals).await.expect(200);
        assert!(gone.rows()[1]["task"]["restore_until"].is_string());
        until(&ann, &path, |answer| column(answer, "title") == ["Two", "Four"]).await;
        let back = bulk(&ann, "atomic", &[json!({ "op": "restore", "id": ids[0] }), rename(&ids[1], "Second")]).await.expect(200);
        assert!(back.rows()[0]["task"].get("deleted_at").is_none());
        until(&ann, &path, |answer| column(answer, "title") == ["One", "Second", "Four"]).await;
    }
}

journey! {
    async fn each_operation_follows_the_rules_of_its_own_project(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let cleo = world.member(&team, "cleo", "member").await;
        let (open, shut, shelved) =
            (team.project("OPEN").await, team.private_project("SHUT").await, team.project("SHEL").await);
        let mut ids = vec![];
        for project in [&open, &shut, &shelved] {
            ids.push(team.task(project, "Task").await);
        }
        ann.post(&format!("/projects/{shelved}/archive"), json!({})).await.expect(200);
        let operations = ids.iter().map(|id| rename(id, "Renamed")).collect::<Vec<_>>();
        let hers = bulk(&cleo, "best_effort", &operations).await.expect(200);
        assert_eq!(outcomes(&hers), [(200, ""), (404, "not_found"), (409, "project_archived")]);
        let mine = bulk(&ann, "best_effort", &operations).await.expect(200);
        assert_eq!(outcomes(&mine), [(200, ""), (200, ""), (409, "project_archived")]);
        let refused = bulk(&ann, "atomic", &operations).await.refused(409, "project_archived");
        assert_eq!(refused.body["index"], 2);
    }
}
