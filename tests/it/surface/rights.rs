//! What each function may do: no more than the rules say, and no less than it does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use local::Call;
use serde_json::Value;

use super::policy::{Role, like, role_of, roles};

/// All that anybody may do with the table and its stream.
const KNOWN: [&str; 12] = [
    "Scan",
    "GetItem",
    "BatchGetItem",
    "Query",
    "ConditionCheckItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "DescribeStream",
    "GetRecords",
    "GetShardIterator",
    "ListStreams",
];
const READS: [&str; 4] = ["GetItem", "BatchGetItem", "Query", "ConditionCheckItem"];
const WRITES: [&str; 4] = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"];
/// What keys begin with; see store::keys.
const KINDS: [&str; 14] = [
    "T#",
    "U#",
    "C#",
    "G#",
    "SYS#VAPID",
    "SYS#KEYS",
    "SYS#ALL#",
    "SYS#JOBS",
    "RL#",
    "MAIL#",
    "W#",
    "D#",
    "PUSH#",
    "O#",
];
/// The one that looks through the whole table, which names no key: it only reads.
const SCANS: &str = "scheduler";

const HEAD: &str = "\
# What every function may do: by the kind of key in the table and its indexes, and with every other resource. Compared
# byte for byte by a test, which writes this file anew when UPDATE=1 is set: a right that is added or widened shows here.
";

/// The rights of all functions, a line for each kind of key and each resource.
fn table() -> String {
    let mut rights: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for role in roles() {
        for statement in &role.statements {
            let keys = statement.pinned().unwrap_or_default();
            let places = statement.resources.iter().flat_map(|resource| {
                let all = || vec![resource.clone()];
                let part = resource.strip_prefix("Table.Arn").unwrap_or_default();
                if keys.is_empty() {
                    all()
                } else {
                    keys.iter().map(|key| format!("{key}{part}")).collect()
                }
            });
            for place in places {
                let actions = statement.actions.iter().cloned();
                rights
                    .entry((role.function.clone(), place))
                    .or_default()
                    .extend(actions);
            }
        }
    }
    rights
        .into_iter()
        .fold(HEAD.to_owned(), |mut text, ((function, place), actions)| {
            let actions: Vec<String> = actions.into_iter().collect();
            let _ = writeln!(text, "{function:<14} {place:<58} {}", actions.join(" "));
            text
        })
}

#[test]
fn sec_rights_every_function_has_those_that_are_committed() {
    super::same("tests/rights.txt", &table());
}

fn may(role: &Role, action: &str, key: &str) -> bool {
    let places = [
        "Table.Arn",
        "Table.Arn/index/by_parent",
        "Table.Arn/index/by_person",
    ];
    places
        .iter()
        .any(|place| role.allows(&format!("dynamodb:{action}"), place, &[key.to_owned()]))
}

#[test]
fn no_statement_allows_everything() {
    for statement in roles().into_iter().flat_map(|role| role.statements) {
        let name = &statement.name;
        for action in &statement.actions {
            assert!(
                !action.contains(['*', '?']),
                "{name} allows {action}: name the actions"
            );
            if let Some(action) = action.strip_prefix("dynamodb:") {
                assert!(
                    KNOWN.contains(&action),
                    "{name} allows {action}, which nobody needs"
                );
            }
        }
        for resource in &statement.resources {
            let within = resource.split('*').next().unwrap_or_default();
            assert!(
                within.len() > 3 && !within.starts_with('?'),
                "{name} reaches {resource}: name the resource"
            );
        }
    }
}

#[test]
fn sec_rights_every_statement_on_the_table_is_pinned_to_kinds_of_keys() {
    for statement in roles().into_iter().flat_map(|role| role.statements) {
        let on_table =
            |place: &String| place == "Table.Arn" || place.starts_with("Table.Arn/index/");
        if statement.name == format!("{SCANS}: \"Scan\"") && statement.actions == ["dynamodb:Scan"]
        {
            continue;
        }
        if !statement.resources.iter().any(on_table) {
            continue;
        }
        let keys = statement.pinned().unwrap_or_else(|| {
            let condition = &statement.condition;
            panic!(
                "{}: pin it by ForAllValues:StringLike dynamodb:LeadingKeys with Null beside it: {condition}",
                statement.name
            )
        });
        for key in keys {
            assert!(
                KINDS.iter().any(|kind| key.starts_with(kind)),
                "{}: {key} is no kind of key",
                statement.name
            );
        }
        assert!(
            statement.resources.iter().all(on_table),
            "{}: other resources know no leading keys; write them in a statement of their own",
            statement.name
        );
    }
}

#[test]
fn a_request_without_keys_is_refused() {
    for role in roles() {
        for action in [
            "Scan",
            "Query",
            "PartiQLSelect",
            "PartiQLUpdate",
            "DeleteTable",
            "UpdateTable",
            "BatchWriteItem",
        ] {
            let allowed = role.allows(&format!("dynamodb:{action}"), "Table.Arn", &[]);
            let scans = role.function == SCANS && action == "Scan";
            assert!(
                !allowed || scans,
                "{} may {action} without a key",
                role.function
            );
        }
    }
}

#[test]
fn nobody_but_auth_may_write_the_published_keys() {
    let [task, keys] = ["T#abc#TASK#1".to_owned(), "SYS#KEYS".to_owned()];
    for role in roles().into_iter().filter(|role| role.function != "auth") {
        for action in WRITES {
            assert!(
                !may(&role, action, &keys),
                "{} may {action} SYS#KEYS",
                role.function
            );
            // One allowed key beside it must not carry it along.
            let both = [task.clone(), keys.clone()];
            assert!(
                !role.allows(&format!("dynamodb:{action}"), "Table.Arn", &both),
                "{} may {action} both",
                role.function
            );
        }
    }
    assert!(
        may(&role_of("auth"), "PutItem", "SYS#KEYS"),
        "auth publishes the keys"
    );
}

#[test]
fn nobody_but_auth_sees_a_password_hash() {
    for role in roles().into_iter().filter(|role| role.function != "auth") {
        for action in READS.into_iter().chain(WRITES) {
            assert!(
                !may(&role, action, "C#06gs2spx01y1z8n9dc6kfj4hbr"),
                "{} may {action} C#…",
                role.function
            );
        }
    }
    assert!(
        may(
            &role_of("auth"),
            "BatchGetItem",
            "C#06gs2spx01y1z8n9dc6kfj4hbr"
        ),
        "auth compares passwords"
    );
}

#[test]
fn the_secret_is_read_by_those_who_derive_keys_and_mail_sent_by_one() {
    let with = |action: &str| -> BTreeSet<String> {
        let may = |role: &Role| {
            role.statements
                .iter()
                .any(|one| one.actions.iter().any(|known| known == action))
        };
        roles()
            .into_iter()
            .filter(may)
            .map(|role| role.function)
            .collect()
    };
    let set = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        with("secretsmanager:GetSecretValue"),
        set(&["auth", "mailer"])
    );
    assert_eq!(with("sns:CreatePlatformEndpoint"), set(&["notifications"]));
    assert_eq!(with("sns:Publish"), set(&["devices"]));
    assert_eq!(with("ses:SendEmail"), set(&["mailer"]));
    assert_eq!(
        with("sqs:SendMessage"),
        set(&["fanout", "feed", "mailer", "devices", "scheduler"])
    );
}

/// What a call needs: action, resource and the partition keys that it names.
type Need = (String, String, Vec<String>);

/// What a recorded call needs on AWS.
fn needs(call: &Call) -> Vec<Need> {
    let request = &call.request;
    let key = |item: &Value| vec![item["pk"]["S"].as_str().expect("a key is text").to_owned()];
    let table = |action: &str, keys: Vec<String>| {
        (format!("dynamodb:{action}"), "Table.Arn".to_owned(), keys)
    };
    let other =
        |action: &str, resource: &str| vec![(action.to_owned(), resource.to_owned(), vec![])];
    match call.operation.as_str() {
        "GetItem" | "UpdateItem" | "DeleteItem" => {
            vec![table(&call.operation, key(&request["Key"]))]
        }
        "PutItem" => vec![table("PutItem", key(&request["Item"]))],
        "BatchGetItem" => {
            let tables = request["RequestItems"].as_object().into_iter().flatten();
            let keys =
                tables.flat_map(|(_, wanted)| wanted["Keys"].as_array().into_iter().flatten());
            vec![table("BatchGetItem", keys.flat_map(key).collect())]
        }
        "Query" => {
            let place = request["IndexName"]
                .as_str()
                .map(|index| format!("/index/{index}"))
                .unwrap_or_default();
            vec![(
                "dynamodb:Query".to_owned(),
                format!("Table.Arn{place}"),
                vec![partition(request)],
            )]
        }
        "TransactWriteItems" | "TransactGetItems" => {
            let parts = request["TransactItems"].as_array().into_iter().flatten();
            let part = |part: &Value| {
                let (kind, part) = part
                    .as_object()
                    .and_then(|part| part.iter().next())
                    .expect("a part has a kind");
                let action = if kind == "ConditionCheck" {
                    "ConditionCheckItem".to_owned()
                } else {
                    format!("{kind}Item")
                };
                table(&action, key(part.get("Item").unwrap_or(&part["Key"])))
            };
            parts.map(part).collect()
        }
        "SendMessage" | "SendMessageBatch" => other("sqs:SendMessage", queue(&request["QueueUrl"])),
        "Scan" => vec![table("Scan", vec![])],
        "PostToConnection" | "DeleteConnection" => other(
            "execute-api:ManageConnections",
            "arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:LiveApi/live/POST/@connections/1",
        ),
        "CreatePlatformEndpoint" => match request["PlatformApplicationArn"]
            .as_str()
            .unwrap_or_default()
        {
            android if android.contains(":app/GCM/") => {
                other("sns:CreatePlatformEndpoint", "FcmApplicationArn")
            }
            _ => other("sns:CreatePlatformEndpoint", "ApnsApplicationArn"),
        },
        "Publish" => other("sns:Publish", &endpoint(&request["TargetArn"])),
        "DeleteEndpoint" => other("sns:DeleteEndpoint", &endpoint(&request["EndpointArn"])),
        "GetSecretValue" => other("secretsmanager:GetSecretValue", "Secret"),
        "SendEmail" => other(
            "ses:SendEmail",
            "arn:AWS::Partition:ses:AWS::Region:AWS::AccountId:identity/example.com",
        ),
        "HEAD" | "GET" => vec![object("s3:GetObject", call)],
        "PUT" | "POST" => vec![object("s3:PutObject", call)],
        "DELETE" => vec![object("s3:DeleteObject", call)],
        unknown => panic!(
            "{} calls {unknown}: say here what right that needs",
            call.function
        ),
    }
}

/// A right to the object that a call names by its path: bucket, then key.
fn object(action: &str, call: &Call) -> Need {
    let key = call
        .path
        .trim_start_matches('/')
        .split_once('/')
        .map_or("", |(_, key)| key);
    (action.to_owned(), format!("Bucket.Arn/{key}"), vec![])
}

/// An endpoint of SNS, as the template names it.
fn endpoint(arn: &Value) -> String {
    let (_, name) = arn
        .as_str()
        .and_then(|arn| arn.split_once(":endpoint/"))
        .expect("it is an endpoint");
    format!("arn:AWS::Partition:sns:AWS::Region:AWS::AccountId:endpoint/{name}")
}

/// The queue behind a URL, as the template names it.
fn queue(url: &Value) -> &'static str {
    let url = url.as_str().unwrap_or_default();
    let known = [
        ("-security-mail", "SecurityMailQueue.Arn"),
        ("-mail", "MailQueue.Arn"),
        ("-feed.fifo", "FeedQueue.Arn"),
        ("-broadcast.fifo", "BroadcastQueue.Arn"),
        ("-device", "DeviceQueue.Arn"),
    ];
    known
        .into_iter()
        .find(|(end, _)| url.ends_with(end))
        .map_or("an unknown queue", |(_, queue)| queue)
}

/// The partition key that a query's condition names.
fn partition(request: &Value) -> String {
    let condition = request["KeyConditionExpression"]
        .as_str()
        .expect("a query has a condition");
    let equal = condition
        .split(" AND ")
        .filter_map(|term| term.trim().split_once(" = "));
    let name = |text: &str| {
        request["ExpressionAttributeNames"][text]
            .as_str()
            .unwrap_or(text)
            .to_owned()
    };
    let (_, value) = equal
        .into_iter()
        .find(|(left, _)| name(left.trim()).ends_with("pk"))
        .expect("it names the partition");
    request["ExpressionAttributeValues"][value.trim()]["S"]
        .as_str()
        .expect("a key is text")
        .to_owned()
}

#[tokio::test]
async fn sec_rights_whatever_a_function_does_its_role_allows() {
    let calls = super::journey::every_operation().await;
    let roles = roles();
    let mut refused = BTreeSet::new();
    let mut seen: BTreeSet<(String, Need)> = BTreeSet::new();
    for call in calls {
        let role = roles
            .iter()
            .find(|role| role.function == call.function)
            .expect("functions have roles");
        for need in needs(call) {
            let (action, resource, keys) = &need;
            if !role.allows(action, resource, keys) {
                let kinds: BTreeSet<String> = keys.iter().map(|key| kind(key)).collect();
                refused.insert(format!(
                    "{} may not {action} on {resource} of {kinds:?}",
                    call.function
                ));
            }
            seen.insert((call.function.clone(), need));
        }
    }
    assert!(
        refused.is_empty(),
        "on AWS these calls fail; extend the statement in the part of the function (functions/*/template.yaml) if the call is meant:\n{}",
        refused.into_iter().collect::<Vec<_>>().join("\n")
    );
    let needless: Vec<String> = roles
        .iter()
        .flat_map(|role| needless(role, &seen))
        .collect();
    assert!(
        needless.is_empty(),
        "the journey does everything and never uses these rights; take them out of its part of the template:\n{}",
        needless.join("\n")
    );
}

/// The actions and keys that a role allows and its function has never used.
fn needless(role: &Role, seen: &BTreeSet<(String, Need)>) -> Vec<String> {
    let own: Vec<&Need> = seen
        .iter()
        .filter(|(function, _)| *function == role.function)
        .map(|(_, need)| need)
        .collect();
    let mut found = vec![];
    for statement in &role.statements {
        let Some(patterns) = statement.pinned() else {
            continue;
        };
        let covered = |need: &&&Need| statement.allows(&need.0, &need.1, &need.2);
        let used: Vec<&&Need> = own.iter().filter(covered).collect();
        let actions = statement
            .actions
            .iter()
            .filter(|action| !used.iter().any(|need| need.0 == **action));
        found.extend(actions.map(|action| format!("{} {action}", statement.name)));
        let keys = |pattern: &&str| {
            used.iter()
                .any(|need| need.2.iter().any(|key| like(pattern, key)))
        };
        found.extend(
            patterns
                .into_iter()
                .filter(|one| !keys(one))
                .map(|one| format!("{} {one}", statement.name)),
        );
    }
    found
}

/// The kind of a key, without what tells one from another.
fn kind(key: &str) -> String {
    key.split('#')
        .filter(|part| part.chars().all(|one| one.is_ascii_alphabetic()) && part.len() < 12)
        .collect::<Vec<_>>()
        .join("#")
}
