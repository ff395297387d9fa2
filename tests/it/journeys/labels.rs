//! Labels on tasks.

use serde_json::{Value, json};
use tests::{Person, World};

use super::{column, journey, until};

async fn label(who: &Person, body: Value) -> String {
    who.post("/labels", body).await.expect(201).id()
}

/// The names of a task's labels.
async fn names(who: &Person, task: &str) -> Vec<String> {
    let answer = who
        .get(&format!("/tasks/{task}?include=labels"))
        .await
        .expect(200);
    let labels = answer.data()["label_details"].as_array().unwrap();
    let ids: Vec<&Value> = labels.iter().map(|label| &label["id"]).collect();
    assert_eq!(json!(ids), answer.data()["labels"]);
    labels
        .iter()
        .map(|label| label["name"].as_str().unwrap().to_owned())
        .collect()
}

journey! {
    async fn a_team_marks_its_work_and_finds_it_by_its_marks(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let (web, app) = (team.project("WEB").await, team.project("APP").await);
        let bug = label(&bob, json!({ "organization_id": team.id, "name": "Bug", "color": "#D73A4A" })).await;
        let copy = label(&bob, json!({ "project_id": web, "name": "Copy" })).await;
        let other = label(&bob, json!({ "project_id": app, "name": "Copy" })).await;

        let all = until(&bob, &format!("/labels?project={web}"), |answer| answer.rows().len() == 2).await;
        assert_eq!(column(&all, "name"), ["Bug", "Copy"]);
        assert_eq!((&all.rows()[0]["color"], &all.rows()[0]["project_id"]), (&json!("#d73a4a"), &Value::Null));
        until(&bob, "/labels?org=acme", |answer| column(answer, "name") == ["Bug"]).await;
        until(&bob, "/labels", |answer| column(answer, "name") == ["Bug"]).await;
        until(&bob, &format!("/labels?project={web}&q=CO"), |answer| column(answer, "name") == ["Copy"]).await;

        let body = json!({ "project_id": web, "title": "Both", "labels": [copy, bug, copy] });
        let both = bob.post("/tasks", body).await.expect(201);
        assert_eq!(both.data()["labels"], json!([copy, bug]));
        let one = team.task(&web, "One").await;
        ann.patch(&format!("/tasks/{one}"), json!({ "labels": [bug] })).await.expect(200);
        assert_eq!(names(&ann, &both.id()).await, ["Copy", "Bug"]);
        for (query, titles) in [
            (format!("label={bug}"), vec!["Both", "One"]),
            (format!("label={copy}"), vec!["Both"]),
            (format!("label={bug},{copy}"), vec!["Both"]),
            (format!("filter=label:{copy},status:todo"), vec!["Both"]),
            (format!("label={bug}&ordering=priority"), vec!["Both", "One"]),
            (format!("label={other}"), vec![]),
        ] {
            until(&ann, &format!("/tasks?project={web}&{query}"), |answer| column(answer, "title") == titles).await;
        }
        until(&bob, &format!("/tasks?label={bug}"), |answer| column(answer, "title") == ["Both"]).await;
        let listed = until(&ann, &format!("/tasks?project={web}&include=labels"), |answer| answer.rows().len() == 2).await;
        assert_eq!(listed.rows()[1]["label_details"][0]["name"], "Bug");
        let bare = ann.patch(&format!("/tasks/{one}"), json!({ "labels": null })).await.expect(200);
        assert_eq!(bare.data()["labels"], json!([]));
    }
}

journey! {
    async fn labels_become_others_and_go(world: World) {
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let web = team.project("WEB").await;
        let in_org = |name: &str| json!({ "organization_id": team.id, "name": name });
        let (bug, defect) = (label(&ann, in_org("Bug")).await, label(&ann, in_org("Defect")).await);
        let fault = label(&ann, json!({ "project_id": web, "name": "Fault" })).await;
        let body = json!({ "project_id": web, "title": "Broken", "labels": [defect, fault] });
        let task = ann.post("/tasks", body).await.expect(201).id();

        // The project's into the organization's, and that into another: all are one.
        let merged = ann.patch(&format!("/labels/{fault}"), json!({ "merge_into": defect })).await.expect(200);
        assert_eq!(merged.text_of("merged_into"), defect);
        let seen = ann.get(&format!("/tasks/{task}")).await.expect(200);
        assert_eq!((&seen.data()["labels"], &seen.data()["version"]), (&json!([defect]), &json!(1)));
        ann.patch(&format!("/labels/{defect}"), json!({ "merge_into": bug })).await.expect(200);
        assert_eq!(names(&ann, &task).await, ["Bug"]);
        assert_eq!(ann.get(&format!("/tasks/{task}")).await.expect(200).data()["labels"], json!([bug]));
        for id in [&bug, &defect, &fault] {
            let list = format!("/tasks?project={web}&label={id}");
            until(&ann, &list, |answer| column(answer, "title") == ["Broken"]).await;
            until(&ann, &format!("/tasks?label={id}"), |answer| column(answer, "title") == ["Broken"]).await;
        }
        let left = until(&ann, &format!("/labels?project={web}"), |answer| answer.rows().len() == 1).await;
        assert_eq!(left.rows()[0]["aliases"], json!([fault, defect]));
        // The old id goes on to mean the new label, and the old name is free.
        let again = ann.patch(&format!("/tasks/{task}"), json!({ "labels": [fault, bug] })).await.expect(200);
        assert_eq!(again.data()["labels"], json!([bug]));
        let defect_again = label(&ann, in_org("defect")).await;
        ann.post("/labels", in_org("DEFECT")).await.refused(409, "name_taken");
        ann.patch(&format!("/labels/{defect}"), json!({ "name": "Dead" })).await.refused(404, "not_found");

        let renamed = ann.patch(&format!("/labels/{bug}"), json!({ "name": "Error", "color": "#000000" })).await.expect(200);
        assert_eq!((renamed.text_of("name"), renamed.text_of("color")), ("Error".into(), "#000000".into()));
        ann.patch(&format!("/labels/{bug}"), json!({ "name": "Defect" })).await.refused(409, "name_taken");
        ann.patch(&format!("/labels/{bug}"), json!({ "name": "ERROR", "color": null })).await.expect(200);
        label(&ann, in_org("Bug")).await;

        ann.delete(&format!("/labels/{bug}")).await.expect(204);
        ann.delete(&format!("/labels/{bug}")).await.refused(404, "not_found");
        assert_eq!(ann.get(&format!("/tasks/{task}")).await.expect(200).data()["labels"], json!([]));
        assert!(names(&ann, &task).await.is_empty());
        for gone in [&bug, &defect] {
            let body = json!({ "labels": [gone] });
            ann.patch(&format!("/tasks/{task}"), body).await.refused(422, "validation_failed");
        }
        label(&ann, in_org("Error")).await;
        until(&ann, "/labels", |answer| column(answer, "name") == ["defect", "Bug", "Error"]).await;
        ann.delete(&format!("/labels/{defect_again}")).await.expect(204);
        until(&ann, "/labels", |answer| column(answer, "name") == ["Bug", "Error"]).await;
    }
}
