//! Mail about what people were told.

use serde_json::json;
use tests::World;

use super::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_given_a_task_or_named_gets_a_letter() {
    let world = World::with(|options| {
        options.variables.insert(
            "PUBLIC_URL".to_owned(),
            "https://app.example.com".to_owned(),
        );
    })
    .await;
    let stage = Stage::in_world(world).await;
    let (ann, bob) = (&stage.ann, &stage.bob);
    stage.change(ann, json!({ "assignee_id": bob.id })).await;
    stage.comment(ann, "@bob When?").await;
    stage.comment(ann, "No answer?").await;
    stage.change(ann, json!({ "priority": "high" })).await;
    let letters = stage.letters(bob).await;
    let subjects: Vec<&str> = letters.iter().map(|mail| mail.subject.as_str()).collect();
    let thing = "WEB-1 Write the press release";
    let wanted = [
        format!("ann assigned this to you: {thing}"),
        format!("ann mentioned you: {thing}"),
    ];
    assert_eq!(subjects, wanted);
    let link = format!("https://app.example.com/tasks/{}", stage.task);
    let text = format!(
        "Hello bob,\n\nann assigned this to you:\n\n    {thing}\n    acme\n\nSee it:\n\n{link}\n\n-- \nElevanalog. You get \
         this because you want mail about such things. What is mailed\nto you, and when not, stands in your \
         notification preferences.\nThis mail was written by a program; answers to it are not read."
    );
    assert_eq!(letters[0].text.trim_end(), text);
    assert!(
        letters[0].html.contains(&format!("<a href=\"{link}\"")),
        "{}",
        letters[0].html
    );
    assert!(
        letters[0]
            .html
            .contains("<strong>Write the press release</strong>"),
        "{}",
        letters[0].html
    );
    // Whoever does it themselves gets none, nor who only watches.
    assert!(stage.letters(ann).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_address_of_pages_a_letter_has_no_link() {
    let stage = Stage::new().await;
    stage
        .change(&stage.ann, json!({ "assignee_id": stage.bob.id }))
        .await;
    let letters = stage.letters(&stage.bob).await;
    assert!(
        !letters[0].text.contains("://") && !letters[0].html.contains("href="),
        "{}",
        letters[0].text
    );
    assert!(!letters[0].text.contains("See it"), "{}", letters[0].text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_nobody_has_confirmed_gets_no_letter() {
    let stage = Stage::new().await;
    let dot = stage.world.unverified("dot").await;
    let codes = format!("/organizations/{}/join-codes", stage.team.id);
    let code = stage
        .ann
        .post(&codes, json!({ "role": "member" }))
        .await
        .expect(201)
        .text_of("code");
    dot.post("/organizations/join", json!({ "join_code": code }))
        .await
        .expect(201);
    let give = json!({ "project_id": stage.project, "title": "For Dot", "assignee_id": dot.id });
    stage.bob.post("/tasks", give.clone()).await.expect(201);
    assert_eq!(stage.told(&dot).await, ["assigned"]);
    assert!(stage.letters(&dot).await.is_empty());
    stage.world.verify(&dot).await;
    stage.bob.post("/tasks", give).await.expect(201);
    assert_eq!(stage.letters(&dot).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_names_stay_names() {
    let stage = Stage::new().await;
    let (ann, bob) = (&stage.ann, &stage.bob);
    ann.patch(
        "/users/me",
        json!({ "full_name": "<b>Ann</b> https://evil.example" }),
    )
    .await
    .expect(200);
    stage
        .change(ann, json!({ "title": "<img src=x> see www.evil.example" }))
        .await;
    stage.change(ann, json!({ "assignee_id": bob.id })).await;
    let letters = stage.letters(bob).await;
    for part in [&letters[0].subject, &letters[0].text, &letters[0].html] {
        assert!(
            !part.contains("evil.example") && !part.contains("://"),
            "{part}"
        );
    }
    assert!(
        !letters[0].html.contains("<img") && !letters[0].html.contains("<b>"),
        "{}",
        letters[0].html
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_request_fills_nobodys_mailbox_and_a_reset_does_not_stand_behind_it() {
    let stage = Stage::new().await;
    let bob = &stage.bob;
    let new = |n: usize| json!({ "op": "create", "project_id": stage.project, "title": format!("Task {n}"), "assignee_id": bob.id });
    stage.world.cloud.record_calls();
    let many: Vec<_> = (0..60).map(new).collect();
    let body = json!({ "mode": "best_effort", "operations": many });
    stage.ann.post("/tasks/bulk", body).await.expect(200);
    stage
        .world
        .nobody()
        .post("/auth/password/forgot", json!({ "email": bob.email }))
        .await
        .expect(202);
    stage.world.cloud.settle().await;
    let calls = stage.world.cloud.take_calls();
    let queue = |call: &local::Call| {
        let url = call.request["QueueUrl"].as_str().unwrap_or_default();
        url.rsplit('/').next().unwrap_or_default().to_owned()
    };
    let queues: Vec<String> = calls
        .iter()
        .filter(|call| call.function == "fanout" && call.request.to_string().contains("reset"))
        .map(queue)
        .collect();
    assert!(
        !queues.is_empty() && queues.iter().all(|queue| queue.ends_with("-security-mail")),
        "{queues:?}"
    );
    assert_eq!(stage.letters(bob).await.len(), 30);
    stage.world.mail_to(&bob.email, "password").await;
    // All stands in the inbox.
    assert_eq!(stage.told(bob).await.len(), 60);
    // In the next hour there is room again.
    stage
        .world
        .clock
        .advance(jiff::SignedDuration::from_mins(61));
    let login = json!({ "email": stage.ann.email, "password": tests::PASSWORD });
    let back = stage.world.nobody().post("/auth/login", login).await;
    let ann = stage.ann.with_tokens(&back.expect(200));
    let one = json!({ "project_id": stage.project, "title": "One more", "assignee_id": bob.id });
    ann.post("/tasks", one).await.expect(201);
    assert_eq!(stage.letters(bob).await.len(), 31);
}
