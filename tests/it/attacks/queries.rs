//! Parameters and paths that are wrong.

use super::raw::raw;
use super::sample::Sample;
use super::sound::sound;
use super::stage::Stage;
use super::unchanged::Snapshot;
use crate::api::{OPERATIONS, Operation};

/// Wrong values of a parameter; the code of each is `bad_filter` but for cursors.
fn wrong_values(name: &str) -> &'static [&'static str] {
    match name {
        "limit" | "page_size" => &[
            "0",
            "-1",
            "101",
            "abc",
            "1e3",
            "",
            "+5",
            "1.5",
            "%205",
            "99999999999999999999",
            "0x10",
            "%D9%A1",
            "null",
        ],
        "after" => &["x", "", "%00", "null", "418", "AAAA", "a%2Bb"],
        "cursor" => &["x", "", "%00", "null", "AAAA", "a%2Bb", "1"],
        "ordering" | "sort" => &[
            "x",
            "",
            "--created_at",
            "updated_at",
            "created_at,priority",
            "position;drop",
            "%2Dx",
        ],
        "due_before" | "due_after" => &[
            "x",
            "",
            "2030-02-30",
            "10000-01-01",
            "-9999-01-01",
            "2030-01-01T25:00:00Z",
            "1",
            "2030-01-01T00:00:00",
        ],
        "status" | "priority" | "archived" | "role" | "state" | "type" | "include" | "unread" => {
            &["x", "1", "todo%00", "a,b", "%7B%7D"]
        }
        "board" | "list" | "move_tasks_to" => &["x", "1", "", "%00", "0123456789ABCDEF"],
        "view" | "thread" => &["x", "1", "", "%00", "00000000-0000-0000-0000-000000000000"],
        "label" => &[
            "x",
            "1",
            "",
            "a,b",
            "%00",
            "00000000-0000-0000-0000-000000000000",
        ],
        "assigned_to" => &["x", "1", "ME%00", "00000000-0000-0000-0000-000000000000"],
        "team" | "member" => &[
            "x",
            "1",
            "",
            "ME",
            "%00",
            "00000000-0000-0000-0000-000000000000",
        ],
        "org" | "project" | "resource" => &["%20", "%00", "a%2Fb", "A!", "..", "%F0%9F%98%80"],
        "filter" => &[
            "x:y",
            "status:",
            "status:todo,status:done",
            ":",
            "pk:ORG",
            "status%3Dtodo",
        ],
        "action" => &[
            "x",
            "1",
            "",
            "task.fly",
            "task.update,task.read",
            "task.update%00",
        ],
        "user" | "actor" => &["x", "1", "", "me", "00000000-0000-0000-0000-000000000000"],
        "category" => &["x", "", "SECURITY", "security,all", "%00"],
        "from" | "to" => &[
            "x",
            "",
            "2030-02-30",
            "10000-01-01",
            "2030-01-01T25:00:00Z",
            "1",
            "2030-01-01T00:00:00",
            "%00",
        ],
        "from_seq" | "to_seq" => &[
            "0",
            "-1",
            "abc",
            "",
            "+5",
            "1.5",
            "%205",
            "99999999999999999999",
            "0x10",
        ],
        "version" => &[
            "0",
            "-1",
            "abc",
            "",
            "+5",
            "%2B5",
            "1.5",
            "%205",
            "99999999999",
            "0x10",
        ],
        // Any text may be looked for.
        "q" => &[],
        _ => panic!("say what is wrong with `{name}`"),
    }
}

/// The query of the sample without a parameter, and with others as they are written here.
fn asked(sample: &Sample, without: &str, written: &str) -> String {
    let others = sample
        .query
        .iter()
        .filter(|(name, _)| *name != without)
        .map(|(name, value)| format!("{name}={value}&"));
    format!("{}{written}", others.collect::<String>())
}

impl Stage {
    async fn ask(&self, operation: &Operation, sample: &Sample, query: &str) -> tests::Answer {
        let path = Sample {
            query: vec![],
            ..sample.clone()
        }
        .url(operation);
        let token = format!("Bearer {}", self.owner().token.unwrap());
        let body = sample
            .body
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let headers = [
            ("authorization", token.as_str()),
            ("content-type", "application/json"),
        ];
        let line = format!("{} {path}?{query}", operation.method);
        sound(
            operation,
            raw(&self.world, &line, &headers, body.as_bytes()).await,
        )
    }
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let stage = Stage::new().await;
    for operation in OPERATIONS
        .iter()
        .filter(|operation| !operation.in_query.is_empty())
    {
        let sample = stage.arrange(operation, "", &stage.owner()).await;
        let before = Snapshot::of(&stage.world).await;
        for unknown in [
            "zzz=1",
            "LIMIT=1",
            "limit[]=1",
            "=1",
            "%6Cimit2=1",
            "a%00=1",
            "tenant=1",
            "access_token=1",
        ] {
            let answer = stage.ask(operation, &sample, unknown).await;
            assert_eq!(answer.code(), "bad_filter", "{unknown}: {}", answer.text);
        }
        for name in &operation.in_query {
            let twice = stage
                .ask(
                    operation,
                    &sample,
                    &asked(&sample, name, &format!("{name}=1&{name}=1")),
                )
                .await;
            assert_eq!(
                (twice.code(), twice.fields()),
                ("bad_filter", vec![name.as_str()]),
                "{}",
                twice.text
            );
            for text in ["%ff", "%zz", "%4"] {
                let garbled = stage
                    .ask(
                        operation,
                        &sample,
                        &asked(&sample, name, &format!("{name}={text}")),
                    )
                    .await;
                assert_eq!(
                    (garbled.code(), garbled.fields()),
                    ("bad_filter", vec![name.as_str()]),
                    "{}",
                    garbled.text
                );
            }
            let code = if name == "cursor" {
                "bad_cursor"
            } else {
                "bad_filter"
            };
            for value in wrong_values(name) {
                // The other name of the same parameter counts only where this one is not given.
                let other = if name == "page_size" {
                    "limit"
                } else {
                    "ordering"
                };
                let without = if ["page_size", "sort"].contains(&name.as_str()) {
                    other
                } else {
                    name
                };
                let mut query = asked(&sample, without, &format!("{name}={value}"));
                if name == "filter" {
                    query = format!("filter={value}");
                }
                // A task is looked for in an organization by its key only.
                let by_key = sample.key.clone().map(|key| Sample {
                    path: vec![key],
                    ..sample.clone()
                });
                let answer = stage
                    .ask(operation, by_key.as_ref().unwrap_or(&sample), &query)
                    .await;
                assert_eq!(
                    answer.code(),
                    code,
                    "{}?{query}: {}",
                    operation.name(),
                    answer.text
                );
            }
        }
        before.assert_same(&Snapshot::of(&stage.world).await, &operation.name());
    }
}

#[tokio::test]
async fn any_text_may_be_looked_for() {
    let stage = Stage::new().await;
    let lists = OPERATIONS
        .iter()
        .filter(|operation| operation.in_query.iter().any(|name| name == "q"));
    for operation in lists {
        let sample = stage.arrange(operation, "", &stage.owner()).await;
        let long = "x".repeat(3000);
        for text in [
            "%00",
            "%25",
            "%5C",
            "'%20OR%201%3D1--",
            "%28a%2B%29%2B%24",
            "%F0%9F%98%80",
            "%E2%80%AE",
            "",
            &long,
        ] {
            let answer = stage
                .ask(
                    operation,
                    &sample,
                    &asked(&sample, "q", &format!("q={text}")),
                )
                .await;
            assert!([200, 400].contains(&answer.status), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn a_path_that_names_nothing_is_not_found() {
    let stage = Stage::new().await;
    let token = format!("Bearer {}", stage.owner().token.unwrap());
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
    ];
    for operation in OPERATIONS
        .iter()
        .filter(|operation| !operation.in_path.is_empty())
    {
        let sample = stage.arrange(operation, "", &stage.owner()).await;
        let before = Snapshot::of(&stage.world).await;
        let body = sample
            .body
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        for (index, right) in sample.path.iter().enumerate() {
            // Any emoji is a right one.
            let emoji =
                |word: &String| operation.in_path[index] == "emoji" && word == "%F0%9F%98%80";
            for word in wrong_words(right).into_iter().filter(|word| !emoji(word)) {
                let mut wrong = sample.clone();
                wrong.path[index].clone_from(&word);
                wrong.query.clear();
                let line = format!("{} {}", operation.method, wrong.url(operation));
                let answer = raw(&stage.world, &line, &headers, body.as_bytes()).await;
                if answer.body["message"].is_string() {
                    // So bad that the gateway answers itself.
                    assert!(
                        [400, 404].contains(&answer.status),
                        "{line}: {}",
                        answer.text
                    );
                    continue;
                }
                let answer = sound(operation, answer);
                // A token that once could have been one is gone.
                assert!(
                    [404, 410].contains(&answer.status),
                    "{line:.300}: {} {}",
                    answer.status,
                    answer.text
                );
            }
        }
        before.assert_same(&Snapshot::of(&stage.world).await, &operation.name());
        stage.reopen().await;
    }
}

/// Words that are not the right one, however close.
fn wrong_words(right: &str) -> Vec<String> {
    let junk = [
        "x",
        "null",
        "undefined",
        "0",
        "-1",
        "*",
        "%2a",
        ".",
        "..",
        "%2e%2e",
        "%2E%2E%2F",
        "%2f",
        "a%2fb",
        "%5c",
        "%00",
        "%0a",
        "%0d%0aX:1",
        "%20",
        "%ff",
        "%F0%9F%98%80",
        "{id}",
        "%7Bid%7D",
        "'or'1'='1",
        "$where",
        "ORG",
        "T%23x",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "01890000-0000-4000-8000-000000000000",
    ];
    let near = [
        right.to_ascii_uppercase(),
        format!("%7B{right}%7D"),
        format!("urn:uuid:{right}"),
        format!("{right}%00"),
        format!("{right}%20"),
        format!("{right};x=1"),
        format!("{right}.json"),
        format!("{right}/.."),
        format!("./{right}"),
        right[..right.len() - 1].to_owned(),
        format!("{right}0"),
    ];
    let long = ["a".repeat(1024), "%61".repeat(1000), "0".repeat(4096)];
    let bare = right.replace('-', "");
    let words = junk
        .map(str::to_owned)
        .into_iter()
        .chain(near)
        .chain(long)
        .chain([bare]);
    words.filter(|word| word != right).collect()
}
