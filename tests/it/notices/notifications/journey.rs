//! Each type of notification, from what people do to what others are told.

use serde_json::{Value, json};
use tests::{File, World};

use super::{Stage, types};
use crate::journeys::journey;

journey! {
    async fn who_is_given_a_task_is_told_and_so_is_who_loses_it(world: World) {
        let stage = Stage::in_world(world).await;
        let Stage { ann, bob, cay, .. } = &stage;
        stage.change(ann, json!({ "assignee_id": bob.id })).await;
        let page = stage.page(bob, "").await;
        let row = &page.rows()[0];
        assert_eq!((page.rows().len(), &row["type"], &row["event"]), (1, &json!("assigned"), &json!("task.updated")));
        assert_eq!((&row["actor_id"], &row["organization_id"]), (&json!(ann.id), &json!(stage.team.id)));
        let task = json!({ "id": stage.task, "key": "WEB-1", "title": "Write the press release" });
        assert_eq!((&row["task"], &row["project_id"]), (&task, &json!(stage.project)));
        assert_eq!(row["subject"], json!({ "id": stage.task, "name": "WEB-1 Write the press release" }));
        assert_eq!(row["change"], json!({ "field": "assignee_id", "from": null, "to": bob.id }));
        assert_eq!((&row["read_at"], &row["snoozed_until"], &row["version"]), (&Value::Null, &Value::Null, &json!(1)));
        // Who gives it on knows it; who made it watches.
        stage.change(bob, json!({ "assignee_id": cay.id })).await;
        assert_eq!(stage.told(bob).await, ["assigned"]);
        assert_eq!(stage.told(cay).await, ["assigned"]);
        assert_eq!(stage.told(ann).await, ["updated"]);
        stage.change(ann, json!({ "assignee_id": null })).await;
        assert_eq!(stage.told(cay).await, ["unassigned", "assigned"]);
        // A task that is new and given at once.
        stage.assigned(bob, "Another").await;
        assert_eq!(stage.told(bob).await, ["assigned", "assigned"]);
        stage.unread(bob, 2).await;
    }
}

journey! {
    async fn who_watches_is_told_of_changes_that_matter(world: World) {
        let stage = Stage::in_world(world).await;
        let Stage { ann, bob, cay, .. } = &stage;
        stage.change(ann, json!({ "assignee_id": bob.id })).await;
        cay.put(&format!("{}/watchers/me", stage.path()), Value::Null).await.expect(204);
        stage.change(ann, json!({ "due_date": "2030-12-24" })).await;
        ann.post(&format!("{}/transition", stage.path()), json!({ "to": "in_progress" })).await.expect(200);
        stage.change(ann, json!({ "title": "Write it", "priority": "high" })).await;
        stage.change(ann, json!({ "description": "Two pages." })).await;
        let wanted = ["updated", "updated", "status_changed", "due_changed"];
        assert_eq!(stage.told(cay).await, wanted);
        assert_eq!(stage.told(bob).await[..4], wanted);
        assert!(stage.told(ann).await.is_empty());
        let page = stage.page(cay, "").await;
        let change = |place: usize| page.rows()[place]["change"].clone();
        assert_eq!(change(0), json!({ "field": "description", "from": null, "to": null }));
        assert_eq!(change(1), Value::Null);
        assert_eq!(change(2), json!({ "field": "status", "from": "todo", "to": "in_progress" }));
        assert_eq!(change(3), json!({ "field": "due_date", "from": null, "to": "2030-12-24" }));
        // All of them show the task as it is called now.
        assert!(page.rows().iter().all(|row| row["task"]["title"] == "Write it"));
        // Where a card lies is no news, and what changes nothing is none either.
        let other = stage.team.task(&stage.project, "Other").await;
        ann.post(&format!("{}/transition", stage.path()), json!({ "to": "todo" })).await.expect(200);
        ann.post(&format!("{}/move", stage.path()), json!({ "before": other })).await.expect(200);
        stage.change(ann, json!({ "title": "Write it" })).await;
        assert_eq!(stage.told(cay).await.len(), 5);
    }
}

journey! {
    async fn comments_tell_the_named_the_answered_and_those_who_watch(world: World) {
        let stage = Stage::in_world(world).await;
        let Stage { ann, bob, cay, .. } = &stage;
        let first = stage.comment(bob, "Shall I?").await.id();
        assert_eq!(stage.told(ann).await, ["commented"]);
        // Bob has commented, so Bob watches; and Bob's comment was answered, which is the stronger reason.
        let answer = json!({ "body": "Yes, and ask @cay.", "parent_id": first });
        ann.post(&format!("{}/comments", stage.path()), answer).await.expect(201);
        assert_eq!(stage.told(bob).await, ["replied"]);
        assert_eq!(stage.told(cay).await, ["mentioned"]);
        stage.comment(ann, "One more thing.").await;
        assert_eq!(stage.told(bob).await, ["commented", "replied"]);
        // Who was named watches from then on.
        assert_eq!(stage.told(cay).await, ["commented", "mentioned"]);
        let row = stage.page(cay, "type=mentioned").await.rows()[0].clone();
        assert_eq!((&row["event"], &row["task"]["id"]), (&json!("comment.created"), &json!(stage.task)));
        // An edit tells only whom it names for the first time.
        let comment = stage.comment(cay, "@bob look").await.id();
        let path = format!("{}/comments/{comment}", stage.path());
        cay.patch(&path, json!({ "body": "@bob and @ann, look" })).await.expect(200);
        assert_eq!(stage.told(bob).await, ["mentioned", "commented", "replied"]);
        assert_eq!(stage.told(ann).await, ["mentioned", "commented", "commented"]);
        // Nobody is told of their own name.
        stage.comment(bob, "@bob that is me").await;
        assert_eq!(stage.told(bob).await.len(), 3);
    }
}

journey! {
    async fn files_are_told_to_those_who_watch(world: World) {
        let stage = Stage::in_world(world).await;
        let Stage { ann, bob, .. } = &stage;
        let file = bob.attach(&stage.task, &File::text("draft.txt", 10)).await;
        let row = stage.page(ann, "").await.rows()[0].clone();
        assert_eq!((&row["type"], &row["event"]), (&json!("attached"), &json!("attachment.available")));
        assert_eq!(row["subject"], json!({ "id": file, "name": "draft.txt" }));
        assert!(stage.told(bob).await.is_empty());
    }
}

journey! {
    async fn a_deletion_is_told_and_hides_what_was_told_before(world: World) {
        let stage = Stage::in_world(world).await;
        let Stage { ann, bob, .. } = &stage;
        stage.change(ann, json!({ "assignee_id": bob.id })).await;
        stage.comment(ann, "Soon, please.").await;
        assert_eq!(stage.told(bob).await, ["commented", "assigned"]);
        ann.delete(&stage.path()).await.expect(200);
        assert_eq!(stage.told(bob).await, ["task_deleted"]);
        stage.unread(bob, 1).await;
        ann.post(&format!("/trash/task/{}/restore", stage.task), json!({})).await.expect(200);
        assert_eq!(stage.told(bob).await, ["task_restored", "task_deleted", "commented", "assigned"]);
        stage.unread(bob, 4).await;
    }
}

journey! {
    async fn members_are_told_what_others_make_of_them(world: World) {
        let stage = Stage::in_world(world).await;
        let Stage { ann, bob, team, .. } = &stage;
        assert!(stage.told(bob).await.is_empty(), "he has joined by himself");
        let secret = team.private_project("SEC").await;
        let member = format!("/projects/{secret}/members/{}", bob.id);
        ann.put(&member, json!({ "role": "viewer" })).await.expect(200);
        let row = stage.page(bob, "").await.rows()[0].clone();
        assert_eq!((&row["type"], &row["project_id"]), (&json!("added"), &json!(secret)));
        assert_eq!(row["change"], json!({ "field": "project_role", "from": null, "to": "viewer" }));
        ann.put(&member, json!({ "role": "member" })).await.expect(200);
        assert_eq!(stage.told(bob).await, ["role_changed", "added"]);
        let role = format!("/organizations/{}/members/{}", team.id, bob.id);
        ann.patch(&role, json!({ "role": "manager" })).await.expect(200);
        let page = stage.page(bob, "").await;
        assert_eq!(types(&page), ["role_changed", "role_changed", "added"]);
        assert_eq!(page.rows()[0]["change"], json!({ "field": "role", "from": "member", "to": "manager" }));
        assert_eq!(page.rows()[0]["project_id"], Value::Null);
        // Out of the project again: what was about it goes with it, and nothing says so.
        ann.delete(&member).await.expect(204);
        assert_eq!(stage.told(bob).await, ["role_changed"]);
    }
}
