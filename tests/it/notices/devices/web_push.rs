//! From the queue to a browser, by its own protocol.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{PASSWORD, World};

use super::browser::Browser;
use super::service::INSIDE;
use super::{Stage, batch, ids, job, queue, register, work};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_reaches_its_browser_encrypted_and_signed() {
    let stage = Stage::new().await;
    queue(&stage.world, &job("n1", &stage.ann)).await;
    let [message] = &stage.service.take()[..] else {
        panic!("one message")
    };
    assert_eq!(
        message.line,
        format!("POST {} HTTP/1.1", stage.browser.path)
    );
    let expected = json!({ "id": "n1", "title": "WEB-12", "body": "Ann: hello", "link": "/tasks/12", "tag": "task 12" });
    assert_eq!(stage.browser.json(&message.body), expected);
    assert_eq!(Browser::new("another").read(&message.body), None);
    for (name, value) in [
        ("content-encoding", "aes128gcm"),
        ("ttl", "86400"),
        ("urgency", "normal"),
    ] {
        assert_eq!(message.header(name), value, "{name}");
    }
    assert!((1..=32).contains(&message.header("topic").len()));
    let (claims, key) = message.claims();
    let now = stage.world.clock.clock().now().as_second();
    let left = claims["exp"].as_i64().unwrap() - now;
    assert!((0..=86_400).contains(&left), "{left}");
    assert_eq!(claims["sub"], "mailto:no-reply@elevanalog.test");
    let told = stage.ann.get("/devices/vapid-key").await.expect(200);
    assert_eq!(told.text_of("public_key"), key);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_one_tag_replace_each_other_and_those_of_another_do_not() {
    let stage = Stage::new().await;
    let mut other = job("n3", &stage.ann);
    other["notification"]["tag"] = "task 13".into();
    work(&stage.world, &[job("n1", &stage.ann)]).await;
    work(&stage.world, &[job("n2", &stage.ann)]).await;
    work(&stage.world, &[other]).await;
    let topics: Vec<String> = stage
        .service
        .take()
        .iter()
        .map(|one| one.header("topic").to_owned())
        .collect();
    assert!(
        topics[0] == topics[1] && topics[1] != topics[2],
        "{topics:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_delivered_ten_times_is_one_message_to_each_browser() {
    let stage = Stage::new().await;
    let second = Browser::new("two");
    register(&stage.ann, &second).await;
    let event = batch(&[job("n1", &stage.ann)]);
    join_all((0..10).map(|_| stage.world.cloud.invoke("devices", event.clone()))).await;
    queue(&stage.world, &job("n1", &stage.ann)).await;
    let mut lines: Vec<String> = stage
        .service
        .take()
        .into_iter()
        .map(|one| one.line)
        .collect();
    lines.sort();
    assert_eq!(
        lines,
        ["POST /wpush/one HTTP/1.1", "POST /wpush/two HTTP/1.1"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_that_is_gone_is_removed() {
    for status in [404, 410] {
        let stage = Stage::new().await;
        stage.service.answer(&[status]);
        assert_eq!(
            work(&stage.world, &[job("n1", &stage.ann)]).await,
            [""; 0],
            "{status}"
        );
        assert_eq!(ids(&stage.ann).await, [""; 0], "{status}");
        work(&stage.world, &[job("n2", &stage.ann)]).await;
        assert_eq!(stage.service.take().len(), 1, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_taken_now_is_sent_again_and_only_to_whom_it_lacks() {
    let stage = Stage::new().await;
    register(&stage.ann, &Browser::new("two")).await;
    // One of the two is put off three times; the other has its message at once.
    stage.service.answer(&[201, 429]);
    assert_eq!(work(&stage.world, &[job("n1", &stage.ann)]).await, ["m0"]);
    stage.service.answer(&[503, 500]);
    queue(&stage.world, &job("n1", &stage.ann)).await;
    let taken = stage.service.take();
    assert_eq!(taken.len(), 5, "{taken:?}");
    let lines: std::collections::BTreeSet<&str> =
        taken[2..].iter().map(|one| one.line.as_str()).collect();
    assert_eq!(lines.len(), 1, "the one that was put off");
    assert_eq!(ids(&stage.ann).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_service_will_never_take_is_not_sent_again() {
    let stage = Stage::new().await;
    for status in [301, 307, 400, 401, 403] {
        stage.service.answer(&[status]);
        for _ in 0..2 {
            assert_eq!(
                work(&stage.world, &[job(&format!("n{status}"), &stage.ann)]).await,
                [""; 0],
                "{status}"
            );
        }
        assert_eq!(stage.service.take().len(), 1, "{status}");
    }
    assert_eq!(ids(&stage.ann).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_is_too_long_is_shortened() {
    let stage = Stage::new().await;
    let long = "a hundred words ä ".repeat(1000);
    let mut job = job("n1", &stage.ann);
    job["notification"]["body"] = long.clone().into();
    stage.service.answer(&[413]);
    assert_eq!(work(&stage.world, &[job]).await, [""; 0]);
    let taken = stage.service.take();
    let texts = taken.iter().map(|one| {
        stage.browser.json(&one.body)["body"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    let texts: Vec<String> = texts.collect();
    assert!(
        texts
            .iter()
            .all(|text| text.ends_with('…') && long.starts_with(text.trim_end_matches('…')))
    );
    assert!(
        taken[0].body.len() <= 4096 && taken[0].body.len() > 4000,
        "{}",
        taken[0].body.len()
    );
    assert!(
        taken[1].body.len() <= 1103 && taken[1].body.len() > 1000,
        "{}",
        taken[1].body.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_goes_with_the_session_that_registered_it() {
    let stage = Stage::new().await;
    let login = json!({ "email": stage.ann.email, "password": PASSWORD });
    let laptop = stage
        .ann
        .with_tokens(&stage.ann.post("/auth/login", login).await.expect(200));
    let second = Browser::new("two");
    let device = register(&laptop, &second).await;
    assert_eq!(ids(&stage.ann).await.len(), 2);
    laptop.post("/auth/logout", json!({})).await.expect(204);
    assert!(!ids(&stage.ann).await.contains(&device.id()));
    work(&stage.world, &[job("n1", &stage.ann)]).await;
    let lines: Vec<String> = stage
        .service
        .take()
        .into_iter()
        .map(|one| one.line)
        .collect();
    assert_eq!(lines, ["POST /wpush/one HTTP/1.1"]);
    // The same browser signs in again and belongs to the new session.
    let login = json!({ "email": stage.ann.email, "password": PASSWORD });
    let again = stage
        .ann
        .with_tokens(&stage.ann.post("/auth/login", login).await.expect(200));
    assert_eq!(register(&again, &second).await.id(), device.id());
    stage
        .ann
        .post("/auth/logout", json!({ "all": true }))
        .await
        .expect(204);
    work(&stage.world, &[job("n2", &stage.ann)]).await;
    assert_eq!(stage.service.take().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_left_or_sees_the_project_no_more_gets_nothing() {
    let stage = Stage::new().await;
    let owner = stage.world.person("olga").await;
    let team = stage.world.team(&owner, "acme").await;
    stage.world.join(&team, &stage.ann, "member").await;
    let (open, closed) = (team.project("WEB").await, team.private_project("HR").await);
    let about = |id: &str, project: &str| {
        let mut job = job(id, &stage.ann);
        (job["org"], job["project"]) = (team.id.clone().into(), project.into());
        job
    };
    work(&stage.world, &[about("n1", &open), about("n2", &closed)]).await;
    let sent: Vec<Value> = stage
        .service
        .take()
        .iter()
        .map(|one| stage.browser.json(&one.body)["id"].clone())
        .collect();
    assert_eq!(sent, ["n1"]);
    owner
        .delete(&format!(
            "/organizations/{}/members/{}",
            team.id, stage.ann.id
        ))
        .await
        .expect(204);
    work(&stage.world, &[about("n3", &open)]).await;
    assert_eq!(stage.service.take().len(), 0);
    work(&stage.world, &[job("n4", &stage.ann)]).await;
    assert_eq!(stage.service.take().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_leads_inside_is_never_connected_to() {
    let stage = Stage::new().await;
    let mut inside = Browser::new("inside").subscription();
    inside["endpoint"] = format!("https://{INSIDE}/wpush").into();
    stage.ann.post("/devices", inside).await.expect(201);
    // The other device has its message all the same, and the job is not tried again.
    assert_eq!(work(&stage.world, &[job("n1", &stage.ann)]).await, [""; 0]);
    assert_eq!(stage.service.take().len(), 1);
    let claims = crate::table::snapshot(&stage.world.cloud).await;
    let reasons = claims.iter().filter(|((pk, _), _)| pk.starts_with("PUSH#"));
    let reasons: Vec<_> = reasons
        .filter_map(|(_, claim)| claim.get("reason").cloned())
        .collect();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    // A name without an answer is tried again.
    let mut silent = Browser::new("silent").subscription();
    silent["endpoint"] = "https://silent.example.com/wpush".into();
    stage.ann.post("/devices", silent).await.expect(201);
    assert_eq!(work(&stage.world, &[job("n2", &stage.ann)]).await, ["m0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_without_devices_gets_nothing_and_a_message_that_is_none_comes_again() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    assert_eq!(
        work(&world, &[job("n1", &ann), json!({ "id": "no job" })]).await,
        ["m1"]
    );
}
