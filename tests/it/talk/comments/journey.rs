//! Threads, edits and deletions.

use reqwest::Method;
use serde_json::{Value, json};

use super::Stage;

#[tokio::test]
async fn threads_stand_in_the_order_in_which_they_began_with_their_answers_behind_them() {
    let stage = Stage::new().await;
    let (ann, bob) = (&stage.ann, &stage.bob);
    let first = stage.comment(ann, "first").await;
    let second = stage.comment(bob, "second").await;
    let answer = stage.answer(bob, &first.id(), "answer to first").await;
    stage.answer(ann, &second.id(), "answer to second").await;
    // An answer to an answer joins the thread.
    let deeper = stage
        .answer(ann, &answer.id(), "answer to the answer")
        .await;
    assert_eq!(
        (deeper.text_of("thread_id"), deeper.text_of("parent_id")),
        (first.id(), answer.id())
    );
    assert_eq!(
        (first.text_of("thread_id"), &first.data()["parent_id"]),
        (first.id(), &Value::Null)
    );
    stage.comment(ann, "third").await;
    let thread = ["first", "answer to first", "answer to the answer"];
    let all = [&thread[..], &["second", "answer to second", "third"]].concat();
    assert_eq!(stage.texts("").await, all);
    for id in [first.id(), answer.id(), deeper.id()] {
        assert_eq!(stage.texts(&format!("?thread={id}")).await, thread);
    }
    let (mut paged, mut cursor) = (vec![], String::new());
    loop {
        let page = ann
            .get(&format!("{}?limit=2{cursor}", stage.place()))
            .await
            .expect(200);
        paged.extend(
            page.rows()
                .iter()
                .map(|row| row["body"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page.body["meta"]["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn a_thread_is_paged_and_its_cursor_is_no_other_list_s() {
    let stage = Stage::new().await;
    let root = stage.comment(&stage.ann, "root").await.id();
    for n in 0..3 {
        stage
            .answer(&stage.bob, &root, &format!("answer {n}"))
            .await;
    }
    stage.comment(&stage.ann, "elsewhere").await;
    stage.world.cloud.settle().await;
    let page = stage
        .ann
        .get(&format!("{}?thread={root}&limit=3", stage.place()))
        .await
        .expect(200);
    assert_eq!(page.rows().len(), 3);
    let cursor = page.body["meta"]["next_cursor"].as_str().unwrap();
    assert_eq!(
        stage
            .texts(&format!("?thread={root}&cursor={cursor}"))
            .await,
        ["answer 2"]
    );
    stage
        .ann
        .get(&format!("{}?cursor={cursor}", stage.place()))
        .await
        .refused(400, "bad_cursor");
    stage
        .bob
        .get(&format!("{}?thread={root}&cursor={cursor}", stage.place()))
        .await
        .refused(400, "bad_cursor");
}

#[tokio::test]
async fn a_comment_is_shown_as_it_was_written_and_as_html() {
    let stage = Stage::new().await;
    let made = stage
        .comment(&stage.bob, "  **Done**\n<script>alert(1)</script>  ")
        .await;
    let place = stage.at(&made.id());
    assert_eq!(made.header("location"), format!("/api/v1{place}"));
    let shown = stage.ann.get(&place).await.expect(200);
    assert_eq!(shown.header("etag"), "\"v1\"");
    let data = shown.data();
    assert_eq!(data["body"], "**Done**\n<script>alert(1)</script>");
    assert_eq!(
        data["html"],
        "<p><strong>Done</strong></p>\n<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"
    );
    assert_eq!(
        (&data["author_id"], &data["task_id"]),
        (&json!(stage.bob.id), &json!(stage.task))
    );
    assert_eq!(
        (&data["organization_id"], &data["edits"], &data["version"]),
        (&json!(stage.team.id), &json!(0), &json!(1))
    );
    assert_eq!(
        (&data["edited_at"], &data["deleted_at"]),
        (&Value::Null, &Value::Null)
    );
    let listed = stage.ann.get(&stage.place()).await.expect(200);
    assert_eq!(&listed.rows()[0], data);
}

#[tokio::test]
async fn an_edit_keeps_the_texts_before_it() {
    let stage = Stage::new().await;
    let made = stage.comment(&stage.bob, "one").await;
    let place = stage.at(&made.id());
    let edited = stage
        .bob
        .patch(&place, json!({ "body": "two" }))
        .await
        .expect(200);
    let (data, etag) = (edited.data(), edited.header("etag"));
    assert_eq!(
        (&data["body"], &data["edits"], &data["version"], etag),
        (&json!("two"), &json!(1), &json!(2), "\"v2\"")
    );
    // The same text again is no edit.
    let same = stage
        .bob
        .patch(&place, json!({ "body": " two " }))
        .await
        .expect(200);
    assert_eq!(same.data(), data);
    let seen = |version: &'static str| {
        stage
            .bob
            .request(Method::PATCH, &place)
            .header("if-match", version)
            .json(json!({ "body": "three" }))
            .send()
    };
    seen("\"v1\"").await.refused(412, "precondition_failed");
    seen("\"v2\"").await.expect(200);
    let history = stage.ann.get(&format!("{place}/history")).await.expect(200);
    let texts: Vec<(u64, &str)> = history
        .rows()
        .iter()
        .map(|row| {
            (
                row["number"].as_u64().unwrap(),
                row["body"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(texts, [(1, "one"), (2, "two")]);
    assert_eq!(history.rows()[0]["written_at"], made.data()["created_at"]);
    assert_eq!(
        history.rows()[0]["replaced_at"],
        history.rows()[1]["written_at"]
    );
    let key = || {
        stage
            .bob
            .request(Method::PATCH, &place)
            .header("idempotency-key", "k")
            .json(json!({ "body": "four" }))
    };
    let (once, twice) = (
        key().send().await.expect(200),
        key().send().await.expect(200),
    );
    assert_eq!(once.data(), twice.data());
    assert_eq!(
        stage
            .ann
            .get(&format!("{place}/history"))
            .await
            .rows()
            .len(),
        3
    );
}

#[tokio::test]
async fn only_its_author_edits_a_comment_and_fifty_times_at_most() {
    let stage = Stage::new().await;
    let place = stage.at(&stage.comment(&stage.bob, "0").await.id());
    // Ann owns the organization.
    stage
        .ann
        .patch(&place, json!({ "body": "mine" }))
        .await
        .refused(403, "forbidden");
    for n in 1..=50 {
        stage
            .bob
            .patch(&place, json!({ "body": n.to_string() }))
            .await
            .expect(200);
    }
    stage
        .bob
        .patch(&place, json!({ "body": "51" }))
        .await
        .refused(409, "limit_reached");
    let history = stage.bob.get(&format!("{place}/history")).await.expect(200);
    let texts: Vec<String> = history
        .rows()
        .iter()
        .map(|row| row["body"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(texts, (0..50).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn of_a_deleted_comment_its_place_is_left_and_nothing_that_it_said() {
    let stage = Stage::new().await;
    let carl = stage.world.member(&stage.team, "carl", "member").await;
    let root = stage.comment(&stage.bob, "kumquat").await.id();
    let place = stage.at(&root);
    stage.answer(&carl, &root, "answer").await;
    stage
        .bob
        .patch(&place, json!({ "body": "kumquat @carl" }))
        .await
        .expect(200);
    stage
        .ann
        .request(Method::PUT, &format!("{place}/reactions/👍"))
        .send()
        .await
        .expect(204);
    carl.delete(&place).await.refused(403, "forbidden");
    stage.bob.delete(&place).await.expect(204);
    stage.bob.delete(&place).await.refused(404, "not_found");
    assert_eq!(stage.texts("").await, ["(deleted)", "answer"]);
    let left = carl.get(&place).await.expect(200);
    let data = left.data();
    for member in ["body", "html", "edited_at"] {
        assert_eq!(data[member], Value::Null, "{member}");
    }
    assert_eq!(
        (&data["mentions"], &data["reactions"], &data["edits"]),
        (&json!([]), &json!([]), &json!(0))
    );
    assert_eq!(
        (&data["author_id"], &data["deleted_by"]),
        (&json!(stage.bob.id), &json!(stage.bob.id))
    );
    assert!(data["deleted_at"].is_string());
    assert_eq!(
        carl.get(&format!("{place}/history"))
            .await
            .expect(200)
            .rows()
            .len(),
        0
    );
    // Its thread goes on, but it is not answered itself any more.
    assert_eq!(
        stage.texts(&format!("?thread={root}")).await,
        ["(deleted)", "answer"]
    );
    carl.post(&stage.place(), json!({ "body": "late", "parent_id": root }))
        .await
        .refused(404, "not_found");
    stage
        .bob
        .patch(&place, json!({ "body": "back" }))
        .await
        .refused(404, "not_found");
    stage
        .ann
        .request(Method::PUT, &format!("{place}/reactions/👍"))
        .send()
        .await
        .refused(404, "not_found");
    // It is gone from where it was kept, too; the feed tells only that there was something.
    for (key, item) in crate::table::snapshot(&stage.world.cloud).await {
        assert!(!format!("{item:?}").contains("kumquat"), "{key:?}");
    }
}

#[tokio::test]
async fn who_moderates_deletes_what_others_wrote() {
    let stage = Stage::new().await;
    let id = stage.comment(&stage.bob, "rude").await.id();
    let delete = || {
        stage
            .ann
            .request(Method::DELETE, &stage.at(&id))
            .header("idempotency-key", "k")
            .send()
    };
    delete().await.expect(204);
    delete().await.expect(204);
    let left = stage.bob.get(&stage.at(&id)).await.expect(200);
    assert_eq!(
        (&left.data()["author_id"], &left.data()["deleted_by"]),
        (&json!(stage.bob.id), &json!(stage.ann.id))
    );
}

#[tokio::test]
async fn a_comment_is_made_once_under_an_idempotency_key() {
    let stage = Stage::new().await;
    let root = stage.comment(&stage.ann, "root").await.id();
    let send = |body: &'static str| {
        let body = json!({ "body": body, "parent_id": root });
        stage
            .bob
            .request(Method::POST, &stage.place())
            .header("idempotency-key", "k")
            .json(body)
            .send()
    };
    let made = send("answer").await.expect(201);
    assert_eq!(send("answer").await.expect(201).id(), made.id());
    send("other").await.refused(422, "idempotency_key_reused");
    // A replay answers with the comment as it is now, although what it answers is gone.
    stage
        .bob
        .patch(&stage.at(&made.id()), json!({ "body": "edited" }))
        .await
        .expect(200);
    stage.ann.delete(&stage.at(&root)).await.expect(204);
    assert_eq!(send("answer").await.expect(201).data()["body"], "edited");
    stage.bob.delete(&stage.at(&made.id())).await.expect(204);
    send("answer")
        .await
        .refused(409, "idempotency_target_deleted");
    assert_eq!(stage.texts("").await.len(), 2);
}

#[tokio::test]
async fn comments_of_an_archived_project_are_read_and_not_changed() {
    let stage = Stage::new().await;
    let id = stage.comment(&stage.bob, "before").await.id();
    stage
        .ann
        .post(&format!("/projects/{}/archive", stage.project), json!({}))
        .await
        .expect(200);
    for path in [
        stage.place(),
        stage.at(&id),
        format!("{}/history", stage.at(&id)),
    ] {
        stage.bob.get(&path).await.expect(200);
    }
    let place = stage.at(&id);
    let body = json!({ "body": "after" });
    stage
        .bob
        .post(&stage.place(), body.clone())
        .await
        .refused(409, "project_archived");
    stage
        .bob
        .patch(&place, body)
        .await
        .refused(409, "project_archived");
    stage
        .bob
        .delete(&place)
        .await
        .refused(409, "project_archived");
    for method in [Method::PUT, Method::DELETE] {
        let reaction = stage
            .bob
            .request(method, &format!("{place}/reactions/👍"))
            .send()
            .await;
        reaction.refused(409, "project_archived");
    }
}

#[tokio::test]
async fn comments_go_and_come_with_their_task_and_move_with_it() {
    let stage = Stage::new().await;
    let id = stage.comment(&stage.bob, "here").await.id();
    let task = format!("/tasks/{}", stage.task);
    stage.ann.delete(&task).await.expect(200);
    stage
        .bob
        .get(&stage.at(&id))
        .await
        .refused(404, "not_found");
    stage
        .bob
        .get(&stage.place())
        .await
        .refused(404, "not_found");
    stage
        .bob
        .post(&stage.place(), json!({ "body": "too late" }))
        .await
        .refused(404, "not_found");
    stage
        .ann
        .post(&format!("/trash/task/{}/restore", stage.task), json!({}))
        .await
        .expect(200);
    assert_eq!(stage.texts("").await, ["here"]);
    let other = stage.team.private_project("LAB").await;
    stage
        .ann
        .post(&format!("{task}/move"), json!({ "project_id": other }))
        .await
        .expect(200);
    // Who does not see the task's project now does not see what was said, not even their own words.
    stage
        .bob
        .get(&stage.at(&id))
        .await
        .refused(404, "not_found");
    stage
        .bob
        .patch(&stage.at(&id), json!({ "body": "x" }))
        .await
        .refused(404, "not_found");
    stage
        .bob
        .get(&stage.place())
        .await
        .refused(404, "not_found");
    assert_eq!(stage.texts("").await, ["here"]);
}

#[tokio::test]
async fn sec_05_a_page_of_long_comments_ends_early_and_the_list_goes_on() {
    let stage = Stage::new().await;
    // Four bytes each: four such comments are more than a page carries.
    let body = "🦀".repeat(10_000);
    for _ in 0..9 {
        stage.comment(&stage.bob, &body).await;
    }
    stage.world.cloud.settle().await;
    let first = stage
        .ann
        .get(&format!("{}?limit=100", stage.place()))
        .await
        .expect(200);
    assert_eq!(first.rows().len(), 3);
    let (mut all, mut page) = (vec![], first);
    loop {
        all.extend(
            page.rows()
                .iter()
                .map(|row| row["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page.body["meta"]["next_cursor"].as_str() else {
            break;
        };
        page = stage
            .ann
            .get(&format!("{}?limit=100&cursor={cursor}", stage.place()))
            .await
            .expect(200);
    }
    all.dedup();
    assert_eq!(all.len(), 9);
}

#[tokio::test]
async fn wherever_a_task_is_named_its_key_is_as_good_as_its_id() {
    let stage = Stage::new().await;
    let ann = &stage.ann;
    let task = stage.place().replace("/comments", "");
    let key = ann.get(&task).await.expect(200).text_of("key");
    let comment = ann
        .post(
            &format!("/tasks/{key}/comments"),
            json!({ "body": "by key" }),
        )
        .await
        .expect(201);
    assert_eq!(stage.texts("").await, ["by key"]);
    let id = comment.id();
    let place = format!("/tasks/{key}/comments/{id}");
    ann.patch(&place, json!({ "body": "changed" }))
        .await
        .expect(200);
    ann.request(Method::PUT, &format!("{place}/reactions/%F0%9F%91%8D"))
        .send()
        .await
        .expect(204);
    assert_eq!(
        ann.get(&format!("{place}/history"))
            .await
            .expect(200)
            .rows()
            .len(),
        1
    );
    for list in ["comments", "attachments", "watchers", "activity"] {
        let (by_key, by_id) = (format!("/tasks/{key}/{list}"), format!("{task}/{list}"));
        assert_eq!(
            ann.get(&by_key).await.expect(200).rows(),
            ann.get(&by_id).await.expect(200).rows(),
            "{list}"
        );
    }
    ann.request(Method::PUT, &format!("/tasks/{key}/watchers/me"))
        .send()
        .await
        .expect(204);
    ann.get(&format!("/tasks/{}-99/comments", &key[..3]))
        .await
        .refused(404, "not_found");
}
