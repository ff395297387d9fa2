//! The parts together, with the small template and its two functions.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use runtime::env::Clock;
use serde_json::{Value, json};

use super::*;
use crate::directory::TemporaryDirectory;
use crate::options::TemplateSource;
use crate::testing;
use crate::wire::Fault;

fn options() -> Options {
    Options {
        template: TemplateSource::Text(testing::TEMPLATE.to_owned()),
        ..Options::default()
    }
}

async fn cloud(options: Options) -> Cloud {
    Cloud::start_with(options, testing::registry).await.unwrap()
}

async fn write(cloud: &Cloud, name: &str) -> StatusCode {
    let post = Client::new()
        .post(format!("{}/rows", cloud.url()))
        .header("content-type", "text/plain");
    post.body(name.to_owned()).send().await.unwrap().status()
}

async fn get(cloud: &Cloud, path: &str) -> (StatusCode, String) {
    let response = Client::new()
        .get(format!("{}{path}", cloud.url()))
        .send()
        .await
        .unwrap();
    (response.status(), response.text().await.unwrap())
}

fn subjects(cloud: &Cloud) -> Vec<String> {
    cloud
        .mailbox()
        .into_iter()
        .map(|mail| mail.subject)
        .collect()
}

#[tokio::test]
async fn a_row_becomes_a_message_and_the_message_a_mail() {
    let cloud = cloud(options()).await;
    assert_eq!(write(&cloud, "one").await, StatusCode::CREATED);
    cloud.settle().await;
    assert_eq!(subjects(&cloud), ["one"]);
    let (_, page) = get(&cloud, "/_local/mailbox").await;
    assert!(page.contains("one") && page.contains("you@example.com"));
    let mails: Vec<Mail> =
        serde_json::from_str(&get(&cloud, "/_local/mailbox.json").await.1).unwrap();
    assert_eq!(mails, cloud.mailbox());
    assert_eq!(
        get(&cloud, &format!("/_local/mailbox/{}", mails[0].id))
            .await
            .0,
        StatusCode::OK
    );
    cloud.stop().await;
}

#[tokio::test]
async fn what_fails_is_tried_again_and_then_put_aside_without_holding_up_the_rest() {
    let cloud = cloud(options()).await;
    for name in ["one", "bad row", "bad message", "two"] {
        write(&cloud, name).await;
    }
    cloud.settle().await;
    let mut all = subjects(&cloud);
    all.sort();
    // What stood before the bad row in its batch may have come twice: delivery is at least once.
    all.dedup();
    assert_eq!(all, ["one", "two"]);
    let dead = cloud.triggers.queues.receive("DeadJobs", 10, None).unwrap();
    assert_eq!(
        dead.iter()
            .map(|message| message.body.as_str())
            .collect::<Vec<_>>(),
        ["bad message"]
    );
    let objects = cloud
        .triggers
        .objects
        .list_objects_v2()
        .bucket("local-bucket")
        .send()
        .await
        .unwrap();
    let key = objects.contents()[0].key().unwrap().to_owned();
    let object = cloud
        .triggers
        .objects
        .get_object()
        .bucket("local-bucket")
        .key(key)
        .send()
        .await
        .unwrap();
    let report: Value =
        serde_json::from_slice(&object.body.collect().await.unwrap().into_bytes()).unwrap();
    assert!(report["payload"].as_str().unwrap().contains("bad row"));
    assert_eq!(objects.contents().len(), 1);
}

#[tokio::test]
async fn a_restart_loses_nothing_and_repeats_nothing() {
    let directory = TemporaryDirectory::new().unwrap();
    let options = Options {
        data_dir: Some(directory.path().to_owned()),
        ..options()
    };
    let first = cloud(options.clone()).await;
    write(&first, "one").await;
    first.settle().await;
    let secret = |cloud: &Cloud| {
        let body = json!({ "SecretId": "Key" });
        let call = Client::new()
            .post(&cloud.endpoints().small)
            .header("x-amz-target", "secretsmanager.GetSecretValue");
        async move {
            call.json(&body)
                .send()
                .await
                .unwrap()
                .json::<Value>()
                .await
                .unwrap()["SecretString"]
                .clone()
        }
    };
    let before = secret(&first).await;
    assert_eq!(before.as_str().unwrap().len(), 64);
    let busy = Cloud::start_with(options.clone(), testing::registry)
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(busy.ends_with("another local cloud uses it"), "{busy}");
    first.stop().await;
    let second = cloud(options).await;
    second.settle().await;
    assert_eq!(subjects(&second), ["one"]);
    assert_eq!(secret(&second).await, before);
    write(&second, "two").await;
    second.settle().await;
    assert_eq!(subjects(&second), ["one", "two"]);
    assert_eq!(get(&second, "/rows").await.1, "2");
}

#[tokio::test]
async fn the_gateway_answers_for_itself_as_aws_does() {
    let cloud = cloud(options()).await;
    let own = |message: &str| json!({ "message": message }).to_string();
    assert_eq!(
        get(&cloud, "/nowhere").await,
        (StatusCode::NOT_FOUND, own("Not Found"))
    );
    assert_eq!(
        get(&cloud, "/panic").await,
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            own("Internal Server Error")
        )
    );
    assert_eq!(
        get(&cloud, "/echo/late").await,
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            own("Internal Server Error")
        )
    );
    let post = |body: Vec<u8>| {
        Client::new()
            .post(format!("{}/echo", cloud.url()))
            .body(body)
            .send()
    };
    let large = post(vec![b'x'; 11 * 1024 * 1024]).await.unwrap();
    assert_eq!(
        (large.status(), large.text().await.unwrap()),
        (
            StatusCode::PAYLOAD_TOO_LARGE,
            own("Request Entity Too Large")
        )
    );
    assert_eq!(
        post(vec![b'x'; 7 * 1024 * 1024]).await.unwrap().status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(
        get(&cloud, &format!("/echo?{}", "q".repeat(11_000)))
            .await
            .0,
        431
    );
    let echoed = Client::new()
        .post(format!("{}/echo", cloud.url()))
        .header("origin", "https://app.test")
        .body("hello");
    let echoed = echoed.send().await.unwrap();
    assert_eq!(
        echoed.headers()["access-control-allow-origin"],
        "https://app.test"
    );
    assert_eq!(echoed.headers()["access-control-expose-headers"], "ETag");
    assert_eq!(echoed.headers()["x-forwarded-for"], "127.0.0.1");
    assert_eq!(echoed.text().await.unwrap(), "hello");
}

#[tokio::test]
async fn faults_strike_and_calls_are_recorded() {
    let cloud = cloud(options()).await;
    cloud.record_calls();
    let lost = cloud
        .faults()
        .add(Fault::lose_answer("PutItem").when(|body| body["Item"]["pk"]["S"] == "one"));
    assert_eq!(write(&cloud, "one").await, StatusCode::CREATED);
    assert_eq!(lost.count(), 1);
    let calls = cloud.take_calls();
    assert_eq!(
        calls.iter().map(|call| call.status).collect::<Vec<_>>(),
        [None, Some(200)]
    );
    assert_eq!(
        (
            calls[1].function.as_str(),
            &calls[1].request["Item"]["pk"]["S"]
        ),
        ("echo", &json!("one"))
    );
    let refused = cloud
        .faults()
        .add(Fault::error("PutItem", "InternalServerError", 500).times(3));
    assert_eq!(write(&cloud, "two").await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.count(), 3);
    cloud.faults().add(Fault::fail_before("PutItem"));
    cloud
        .faults()
        .add(Fault::delay("PutItem", Duration::from_millis(1)));
    assert_eq!(write(&cloud, "three").await, StatusCode::CREATED);
    assert_eq!(get(&cloud, "/rows").await.1, "2");
}

#[tokio::test]
async fn a_young_row_does_not_show_in_an_index() {
    let cloud = cloud(Options {
        index_lag: Duration::from_secs(600),
        ..options()
    })
    .await;
    write(&cloud, "one").await;
    assert_eq!(get(&cloud, "/rows").await.1, "0");
}

#[tokio::test]
async fn an_expired_row_goes_by_the_clouds_clock() {
    let far = "2100-01-01T00:00:00Z".parse().unwrap();
    let cloud = cloud(Options {
        clock: Some(Clock::from_fn(move || far)),
        ..options()
    })
    .await;
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    let put = cloud
        .dynamodb()
        .put_item()
        .table_name(cloud.table())
        .item("pk", S("x".to_owned()));
    put.item("sk", S("x".to_owned()))
        .item("ttl", N("4000000000".to_owned()))
        .send()
        .await
        .unwrap();
    let read = || async {
        let get = cloud
            .dynamodb()
            .get_item()
            .table_name(cloud.table())
            .key("pk", S("x".to_owned()));
        get.key("sk", S("x".to_owned()))
            .send()
            .await
            .unwrap()
            .item
            .is_some()
    };
    assert!(read().await);
    while read().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The template whose index projects these names.
fn projecting(names: &[String]) -> TemplateSource {
    let projection = format!(
        "Projection: {{ProjectionType: INCLUDE, NonKeyAttributes: [{}]}}",
        names.join(", ")
    );
    TemplateSource::Text(
        testing::TEMPLATE.replace("Projection: {ProjectionType: KEYS_ONLY}", &projection),
    )
}

#[tokio::test]
async fn what_prevents_a_start_is_said_in_a_line() {
    let cloud = cloud(options()).await;
    let port = cloud.url().rsplit(':').next().unwrap().parse().unwrap();
    let error = async |options| {
        Cloud::start_with(options, testing::registry)
            .await
            .err()
            .unwrap()
            .to_string()
    };
    assert!(
        error(Options { port, ..options() })
            .await
            .starts_with(&format!("port {port} is in use"))
    );
    let file = TemporaryDirectory::new().unwrap();
    std::fs::write(file.path().join("data"), "").unwrap();
    let unusable = error(Options {
        data_dir: Some(file.path().join("data")),
        ..options()
    })
    .await;
    assert!(
        unusable.starts_with("the data directory") && !unusable.contains('\n'),
        "{unusable}"
    );
    let missing = TemplateSource::File(PathBuf::from("/nowhere/template.yaml"));
    assert!(
        error(Options {
            template: missing,
            ..options()
        })
        .await
        .starts_with("template /nowhere/template.yaml: ")
    );
    // AWS would not make the table, though no emulator and no linter says so.
    let names: Vec<String> = (0..21).map(|n| format!("n{n}")).collect();
    assert_eq!(
        error(Options {
            template: projecting(&names),
            ..options()
        })
        .await,
        "template Table: index by_all projects 21 names; AWS takes at most 20"
    );
    let directory = TemporaryDirectory::new().unwrap();
    let kept = Options {
        data_dir: Some(directory.path().to_owned()),
        ..options()
    };
    self::cloud(kept.clone()).await.stop().await;
    let older = error(Options {
        template: projecting(&names[..1]),
        ..kept
    })
    .await;
    let why = "cannot be used: its table Table was made with another shape: what differs is what index by_all projects; \
               to begin anew, delete the directory or name another with --data-dir";
    assert!(
        older.starts_with("the data directory ") && older.ends_with(why),
        "{older}"
    );
    // Its items would be read wrongly, though the table is defined alike.
    let state = rusqlite::Connection::open(directory.path().join("state.db")).unwrap();
    assert_eq!(
        state
            .execute("DELETE FROM kept WHERE name = 'items'", [])
            .unwrap(),
        1
    );
    let former = error(Options {
        data_dir: Some(directory.path().to_owned()),
        ..options()
    })
    .await;
    assert!(
        former.contains("what differs is how its items are laid out; to begin anew"),
        "{former}"
    );
    let other = TemplateSource::Text(testing::TEMPLATE.replace("lambda/echo", "lambda/other"));
    assert_eq!(
        error(Options {
            template: other,
            ..options()
        })
        .await,
        "template EchoFunction: there is no function other"
    );
}
