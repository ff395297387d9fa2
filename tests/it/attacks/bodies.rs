//! Bodies that are wrong: refused with a reason that is documented, and nothing changes.

use serde_json::{Value, json};
use tests::Answer;

use super::sample::Sample;
use super::sound::sound;
use super::stage::Stage;
use super::unchanged::Snapshot;
use crate::api::{OPERATIONS, Operation};

/// What only the server says.
const SERVERS: [&str; 24] = [
    "id",
    "organization_id",
    "organization",
    "tenant",
    "created_by",
    "created_at",
    "updated_at",
    "updated_by",
    "deleted_at",
    "deleted_by",
    "version",
    "number",
    "role",
    "owner",
    "owners",
    "members_count",
    "key",
    "status",
    "email_verified",
    "user_id",
    "completed_at",
    "position",
    "is_admin",
    "__proto__",
];

/// Passwords are taken as they are typed, so no character is wrong in a new one; of the name of a file what is wrong is
/// left out.
const TAKEN_AS_TYPED: [&str; 5] = [
    "register/password",
    "resetPassword/password",
    "changePassword/new",
    "beginAttachment/filename",
    "beginAttachmentVersion/filename",
];

async fn send(
    stage: &Stage,
    operation: &Operation,
    url: &str,
    kind: Option<&str>,
    body: &[u8],
) -> Answer {
    let mut request = stage.owner().raw(operation.method.clone(), url).body(body);
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    sound(operation, request.send().await)
}

/// Bodies that are no JSON, or none that is read here, with the status they deserve.
fn unreadable() -> Vec<(u16, Vec<u8>)> {
    let nested = |depth: usize| {
        format!("{{\"x\":{}1{}}}", "[".repeat(depth), "]".repeat(depth)).into_bytes()
    };
    let objects =
        |depth: usize| format!("{}1{}", "{\"x\":".repeat(depth), "}".repeat(depth)).into_bytes();
    let mut cases = vec![
        (400, nested(20)),
        (400, nested(100_000)),
        (400, objects(50_000)),
        (400, b"{\"x\":\"\xff\"}".to_vec()),
        (400, b"\xff\xfe{\0}\0".to_vec()),
        (
            400,
            b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02"
                .to_vec(),
        ),
        (400, vec![0; 64]),
        (400, vec![b' '; 64]),
        (
            413,
            format!("{{\"x\":\"{}\"}}", "a".repeat(1024 * 1024)).into_bytes(),
        ),
        (413, vec![b' '; 1024 * 1024 + 1]),
    ];
    for text in [
        "{",
        "}",
        "{\"x\"",
        "{\"x\":}",
        "{\"x\":1,}",
        "{x:1}",
        "{'x':1}",
        "{} {}",
        "{}x",
        "\u{feff}{}",
        "// c\n{}",
        "NaN",
        "{\"x\":NaN}",
        "{\"x\":01}",
        "{\"x\":1e999}",
        "{\"x\":\"\\ud800\"}",
        "{\"x\":\"\\udc00\\ud800\"}",
        "{\"x\":\"\\x\"}",
        "{\"x\":\"a\nb\"}",
        "{\"x\":\"\u{0}\"}",
        "a=b",
        "<x/>",
        "undefined",
    ] {
        cases.push((400, text.as_bytes().to_vec()));
    }
    cases
}

/// Good JSON that is no object of ours.
fn shapes(is_array: bool) -> Vec<&'static str> {
    let mut shapes = vec![
        "null",
        "true",
        "1",
        "\"x\"",
        "[1]",
        "[null]",
        "[[]]",
        "[\"x\"]",
        "[{\"zzz\":1}]",
    ];
    shapes.extend(if is_array {
        ["{}", "[]", "[{}]"]
    } else {
        ["[]", "[{}]", "{\"zzz\":1,\"zzz\":2}"]
    });
    shapes
}

fn is_array(operation: &Operation) -> bool {
    operation
        .body
        .as_ref()
        .is_some_and(|schema| schema["type"] == "array")
}

/// The body of the sample with another value in one place.
fn with(sample: &Sample, way: &str, value: Value) -> Vec<u8> {
    let mut body = sample.body.clone().unwrap();
    let (above, name) = way.rsplit_once('/').unwrap();
    let mut at = &mut body;
    for part in above.split('/').skip(1) {
        // A member that the sample leaves out.
        at = if part == "0" {
            &mut at[0]
        } else {
            &mut at[part]
        };
    }
    at[name] = value;
    body.to_string().into_bytes()
}

fn has_type(schema: &Value, wanted: &str) -> bool {
    let own = schema["type"] == wanted
        || schema["type"]
            .as_array()
            .is_some_and(|types| types.iter().any(|it| it == wanted));
    let parts = ["oneOf", "anyOf", "allOf"]
        .iter()
        .filter_map(|name| schema[*name].as_array())
        .flatten();
    own || parts.into_iter().any(|part| has_type(part, wanted))
}

fn wrong_types(schema: &Value) -> Vec<Value> {
    let all = [
        ("string", json!("x")),
        ("boolean", json!(true)),
        ("integer", json!(1)),
        ("number", json!(-1.5)),
        ("number", json!(1e300)),
        ("array", json!([])),
        ("array", json!(["x"])),
        ("object", json!({})),
        ("object", json!({ "$gt": "" })),
    ];
    all.into_iter()
        .filter(|(kind, _)| !has_type(schema, kind))
        .map(|(_, value)| value)
        .collect()
}

fn wrong_texts(operation: &Operation, way: &str) -> Vec<Value> {
    let mut texts = vec![
        json!("x".repeat(100_000)),
        json!("\u{1f600}".repeat(40_000)),
    ];
    let name = way.rsplit('/').next().unwrap();
    if !TAKEN_AS_TYPED.contains(&format!("{}/{name}", operation.id).as_str()) {
        texts.extend(
            ["a\u{0}b", "a\u{7}b", "\u{1b}[31m", "a\u{7f}b", "a\u{85}b"].map(|text| json!(text)),
        );
    }
    if name.ends_with("_date") {
        let dates = [
            "2030-02-30",
            "0000-00-00",
            "10000-01-01",
            "2030-1-1",
            "2030-01-01T25:00:00Z",
            "tomorrow",
            "1",
            "",
        ];
        texts.extend(dates.map(|text| json!(text)));
    }
    if name.ends_with("_id") {
        texts.extend(
            [
                "x",
                "",
                "null",
                "00000000-0000-0000-0000-000000000000",
                "../x",
            ]
            .map(|text| json!(text)),
        );
    }
    texts
}

fn told(operation: &Operation, body: &[u8], answer: &Answer) -> String {
    let body: String = String::from_utf8_lossy(body).chars().take(300).collect();
    format!(
        "{} {body}: {} {}",
        operation.name(),
        answer.status,
        answer.text
    )
}

impl Stage {
    async fn refuses_unreadable(&self, operation: &Operation, sample: &Sample) {
        let url = sample.url(operation);
        for (status, body) in unreadable() {
            let answer = send(self, operation, &url, Some("application/json"), &body).await;
            assert_eq!(answer.status, status, "{}", told(operation, &body, &answer));
        }
        for shape in shapes(is_array(operation)) {
            let answer = send(
                self,
                operation,
                &url,
                Some("application/json"),
                shape.as_bytes(),
            )
            .await;
            assert_eq!(
                answer.code(),
                "validation_failed",
                "{}",
                told(operation, shape.as_bytes(), &answer)
            );
        }
        if operation.needs_body {
            let answer = send(self, operation, &url, Some("application/json"), b"").await;
            assert_eq!(
                answer.code(),
                "bad_request",
                "{}",
                told(operation, b"", &answer)
            );
        }
        let good = sample.body.as_ref().unwrap().to_string().into_bytes();
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "application/json; charset=utf-16",
            "json",
            "*/*",
            "",
        ] {
            let answer = send(self, operation, &url, Some(kind), &good).await;
            assert_eq!(
                answer.code(),
                "unsupported_media_type",
                "{kind}: {}",
                told(operation, &good, &answer)
            );
        }
        let answer = send(self, operation, &url, None, &good).await;
        assert_eq!(
            answer.code(),
            "unsupported_media_type",
            "{}",
            told(operation, &good, &answer)
        );
    }

    async fn refuses_members(&self, operation: &Operation, sample: &Sample) {
        let url = sample.url(operation);
        for (way, schema) in operation.members() {
            // One of two members that exclude one another.
            if sample.body.as_ref().unwrap().pointer(&way).is_none() {
                continue;
            }
            for value in wrong_types(&schema) {
                let body = with(sample, &way, value);
                let answer = send(self, operation, &url, Some("application/json"), &body).await;
                assert_eq!(
                    answer.code(),
                    "validation_failed",
                    "{}",
                    told(operation, &body, &answer)
                );
                assert!(
                    answer.fields()[0].starts_with(&way),
                    "{}",
                    told(operation, &body, &answer)
                );
            }
            for value in wrong_texts(operation, &way)
                .into_iter()
                .filter(|_| has_type(&schema, "string"))
            {
                let body = with(sample, &way, value);
                let answer = send(self, operation, &url, Some("application/json"), &body).await;
                assert!(
                    (400..500).contains(&answer.status),
                    "{}",
                    told(operation, &body, &answer)
                );
            }
        }
        let known: Vec<String> = operation
            .members()
            .into_iter()
            .map(|(way, _)| way)
            .collect();
        let above = if is_array(operation) { "/0" } else { "" };
        for name in SERVERS
            .iter()
            .map(|name| format!("{above}/{name}"))
            .filter(|name| !known.contains(name))
        {
            let body = with(sample, &name, json!("x"));
            let answer = send(self, operation, &url, Some("application/json"), &body).await;
            assert_eq!(
                answer.code(),
                "validation_failed",
                "{}",
                told(operation, &body, &answer)
            );
            assert_eq!(
                answer.fields(),
                [name],
                "{}",
                told(operation, &body, &answer)
            );
            assert_eq!(
                answer.body["errors"][0]["code"], "unknown_field",
                "{}",
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn a_wrong_body_is_refused_with_a_reason_and_changes_nothing() {
    let stage = Stage::new().await;
    for operation in OPERATIONS
        .iter()
        .filter(|operation| operation.body.is_some())
    {
        let variant = if operation.id == "inviteMembers" {
            "as guest of a project"
        } else {
            ""
        };
        let sample = stage.arrange(operation, variant, &stage.owner()).await;
        let before = Snapshot::of(&stage.world).await;
        stage.refuses_unreadable(operation, &sample).await;
        stage.refuses_members(operation, &sample).await;
        before.assert_same(&Snapshot::of(&stage.world).await, &operation.name());
        // What was wrong was only what was said to be: without it, the same request is in order.
        stage
            .world
            .clock
            .advance(jiff::SignedDuration::from_mins(2));
        let answer = sound(operation, sample.send(operation, &stage.owner()).await);
        assert!(answer.status < 300, "{}: {}", operation.name(), answer.text);
        stage.put_back(operation, variant, "owner", &answer).await;
    }
}
