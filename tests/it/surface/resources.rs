//! The template's resources: limits of the platform, and what every function, the table and the queues must have.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::read;
use super::template::Template;

/// Limits of AWS with room to spare: 300 routes an API, 500 resources and 1 MB a stack.
const ROUTES: usize = 250;
const RESOURCES: usize = 400;
const BYTES: usize = 800_000;

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Names of the functions behind the API.
fn behind_the_api(template: &Template) -> BTreeSet<String> {
    template.routes().into_values().collect()
}

#[test]
fn the_stack_stays_within_the_limits_of_the_platform() {
    let template = Template::read();
    let routes = template.routes().len();
    assert!(
        routes <= ROUTES,
        "{routes} routes: merge groups, or drop an alias"
    );
    let made = template.resources().map(|(id, resource)| {
        match resource["Type"].as_str().unwrap_or_default() {
            // The API brings its stage.
            "AWS::Serverless::HttpApi" => 2,
            "AWS::Serverless::Function" => {
                let properties = &resource["Properties"];
                assert!(
                    properties["Events"].is_null(),
                    "{id}: SAM makes resources of `Events`; write the trigger out"
                );
                assert!(
                    properties["Policies"].is_null(),
                    "{id}: the role is written out, with exact actions"
                );
                1
            }
            kind => {
                assert!(
                    !kind.starts_with("AWS::Serverless::"),
                    "{id}: count here what SAM makes of {kind}"
                );
                1
            }
        }
    });
    let resources: usize = made.sum();
    assert!(resources <= RESOURCES, "{resources} resources");
    let bytes = template.whole().to_string().len();
    assert!(
        bytes <= BYTES,
        "{bytes} bytes, with every alias written out"
    );
}

#[test]
fn the_api_may_call_each_function_behind_it_by_one_permission() {
    let template = Template::read();
    let mut permitted: Vec<String> = vec![];
    for (id, permission) in template.of_type("AWS::Lambda::Permission") {
        let properties = &permission["Properties"];
        if properties["Principal"] == "events.amazonaws.com" {
            let rule = properties["SourceArn"]["Fn::GetAtt"]
                .as_str()
                .and_then(|arn| arn.strip_suffix(".Arn"));
            let rule = template.properties(
                rule.unwrap_or_else(|| panic!("{id}: any rule could call the function")),
            );
            assert_eq!(
                rule["Targets"][0]["Arn"]["Fn::GetAtt"],
                format!("{}.Arn", text(&properties["FunctionName"]["Ref"]))
            );
            continue;
        }
        assert_eq!(properties["Principal"], "apigateway.amazonaws.com", "{id}");
        let from = properties["SourceArn"]["Fn::Sub"]
            .as_str()
            .unwrap_or_default();
        if from.ends_with(":${LiveApi}/*") {
            assert_eq!(properties["FunctionName"]["Ref"], "LiveFunction", "{id}");
            continue;
        }
        assert!(
            from.ends_with(":${HttpApi}/*"),
            "{id}: any other API could call the function: {from}"
        );
        permitted.push(
            properties["FunctionName"]["Ref"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        );
    }
    permitted.sort();
    let mut called: Vec<String> = vec![];
    let behind = behind_the_api(&template);
    called.extend(
        template
            .functions()
            .into_iter()
            .filter(|one| behind.contains(&one.name))
            .map(|one| one.id),
    );
    called.sort();
    assert_eq!(
        permitted, called,
        "left: AWS::Lambda::Permission, right: functions that routes call"
    );
}

#[test]
fn every_function_ends_in_time_logs_little_and_has_a_role_of_its_own() {
    let template = Template::read();
    let mut roles = BTreeSet::new();
    let behind = behind_the_api(&template);
    for function in template.functions() {
        let (id, properties) = (&function.id, &function.properties);
        // Nobody waits for a worker; who calls the API does not wait longer than this, unless a file must be read first.
        let most = match function.name.as_str() {
            "attachments" => 28,
            name if behind.contains(name) => 10,
            _ => 300,
        };
        assert!(
            properties["Timeout"]
                .as_u64()
                .is_some_and(|seconds| seconds <= most),
            "{id}: at most {most} s"
        );
        assert_eq!(properties["RecursiveLoop"], "Terminate", "{id}");
        let logging = &properties["LoggingConfig"];
        assert_eq!(
            (&logging["LogFormat"], &logging["SystemLogLevel"]),
            (&json!("JSON"), &json!("WARN")),
            "{id}"
        );
        let group = logging["LogGroup"]["Ref"]
            .as_str()
            .unwrap_or_else(|| panic!("{id} lacks a log group of its own"));
        assert_eq!(
            template.resource(group)["Type"],
            "AWS::Logs::LogGroup",
            "{group}"
        );
        let role = properties["Role"]["Fn::GetAtt"]
            .as_str()
            .unwrap_or_else(|| panic!("{id} lacks a role"));
        assert!(roles.insert(role.to_owned()), "{id} shares {role}");
        assert_eq!(
            template.resource(id)["Metadata"]["SkipBuild"],
            true,
            "{id}: cargo lambda has built it already"
        );
    }
    for (id, group) in template.of_type("AWS::Logs::LogGroup") {
        assert!(
            !group["Properties"]["RetentionInDays"].is_null(),
            "{id} keeps its lines for ever"
        );
    }
}

#[test]
fn the_table_is_paid_by_use_can_be_wound_back_and_outlives_the_stack() {
    let template = Template::read();
    let table = template.properties("Table");
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    assert!(table["OnDemandThroughput"].is_object(), "a cap on the bill");
    for index in table["GlobalSecondaryIndexes"].as_array().unwrap() {
        assert_eq!(
            index["OnDemandThroughput"], table["OnDemandThroughput"],
            "{}",
            index["IndexName"]
        );
    }
    assert_eq!(
        table["StreamSpecification"],
        json!({ "StreamViewType": "NEW_AND_OLD_IMAGES" })
    );
    assert_eq!(
        table["TimeToLiveSpecification"],
        json!({ "AttributeName": "ttl", "Enabled": true })
    );
    assert_eq!(
        table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
        true
    );
    assert_eq!(table["DeletionProtectionEnabled"], true);
}

#[test]
fn what_holds_data_stays_when_the_stack_goes() {
    let template = Template::read();
    let policy: Value = serde_json::from_str(&read("stack-policy.json")).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let denied = statements
        .iter()
        .find(|one| one["Effect"] == "Deny")
        .expect("stack-policy.json denies something");
    for id in ["Table", "Bucket", "Secret"] {
        let resource = template.resource(id);
        for kept in ["DeletionPolicy", "UpdateReplacePolicy"] {
            assert_eq!(resource[kept], "Retain", "{id}: {kept}");
        }
        let named = denied["Resource"]
            .as_array()
            .unwrap()
            .contains(&json!(format!("LogicalResourceId/{id}")));
        assert!(named, "stack-policy.json must refuse to replace {id}");
    }
}

#[test]
fn the_secret_is_generated_once_and_its_recipe_never_changes() {
    // CloudFormation draws a new secret whenever this property changes: every session, reset link, invitation and
    // cursor would end with the old one. Whatever has to change, it is not this.
    let recipe = json!({ "PasswordLength": 64, "ExcludePunctuation": true });
    assert_eq!(
        Template::read().properties("Secret")["GenerateSecretString"],
        recipe
    );
}

#[test]
fn sec_low_the_bucket_is_closed_and_everything_wants_tls() {
    let template = Template::read();
    let closed = &template.properties("Bucket")["PublicAccessBlockConfiguration"];
    for way in [
        "BlockPublicAcls",
        "BlockPublicPolicy",
        "IgnorePublicAcls",
        "RestrictPublicBuckets",
    ] {
        assert_eq!(closed[way], true, "{way}");
    }
    let guarded: Vec<&Value> = ["AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"]
        .into_iter()
        .flat_map(|kind| template.of_type(kind))
        .map(|(id, policy)| {
            let statements = policy["Properties"]["PolicyDocument"]["Statement"]
                .as_array()
                .unwrap();
            let tls = json!({ "Bool": { "aws:SecureTransport": "false" } });
            let refuses = |one: &Value| {
                one["Effect"] == "Deny" && one["Principal"] == "*" && one["Condition"] == tls
            };
            assert!(
                statements.iter().any(refuses),
                "{id} lets plain HTTP through"
            );
            let properties = &policy["Properties"];
            properties.get("Bucket").unwrap_or(&properties["Queues"][0])
        })
        .collect();
    for (id, _) in template
        .of_type("AWS::SQS::Queue")
        .into_iter()
        .chain(template.of_type("AWS::S3::Bucket"))
    {
        assert!(
            guarded.contains(&&json!({ "Ref": id })),
            "{id} has no policy that wants TLS"
        );
    }
}

#[test]
fn what_a_queue_cannot_deliver_ends_in_a_dead_letter_queue_that_keeps_it_longer() {
    let template = Template::read();
    let dead: BTreeSet<&str> = template
        .of_type("AWS::SQS::Queue")
        .into_iter()
        .filter_map(|(_, queue)| {
            queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"].as_str()
        })
        .filter_map(|arn| arn.strip_suffix(".Arn"))
        .collect();
    for (id, queue) in template.of_type("AWS::SQS::Queue") {
        let redrive = &queue["Properties"]["RedrivePolicy"];
        if dead.contains(id.as_str()) {
            continue;
        }
        let to = redrive["deadLetterTargetArn"]["Fn::GetAtt"]
            .as_str()
            .and_then(|arn| arn.strip_suffix(".Arn"));
        let to = to.unwrap_or_else(|| panic!("{id} has no dead-letter queue"));
        let days = |id: &str| {
            template.properties(id)["MessageRetentionPeriod"]
                .as_u64()
                .unwrap_or_default()
        };
        assert!(
            days(to) > days(id),
            "a message keeps its age when it moves to {to}"
        );
    }
}

#[test]
fn triggers_report_single_failures_and_know_their_measure() {
    let template = Template::read();
    let timeout = |id: &str| {
        let all = template.functions();
        all.iter()
            .find(|one| one.id == id)
            .and_then(|one| one.properties["Timeout"].as_u64())
            .unwrap()
    };
    for (id, mapping) in template.of_type("AWS::Lambda::EventSourceMapping") {
        let mapping = &mapping["Properties"];
        assert_eq!(
            mapping["FunctionResponseTypes"],
            json!(["ReportBatchItemFailures"]),
            "{id}"
        );
        let source = mapping["EventSourceArn"]["Fn::GetAtt"]
            .as_str()
            .unwrap_or_default();
        if source == "Table.StreamArn" {
            let filter =
                json!({ "dynamodb": { "NewImage": { "ev": { "S": [{ "exists": true }] } } } });
            let filters = mapping["FilterCriteria"]["Filters"].as_array().unwrap();
            let patterns: Vec<Value> = filters
                .iter()
                .map(|one| serde_json::from_str(one["Pattern"].as_str().unwrap()).unwrap())
                .collect();
            assert_eq!(
                patterns,
                [filter],
                "{id}: what wakes it is decided by `ev` alone, in the records of store"
            );
            assert_eq!(mapping["StartingPosition"], "TRIM_HORIZON", "{id}");
            assert_eq!(mapping["BisectBatchOnFunctionError"], true, "{id}");
            assert_eq!(mapping["MaximumRetryAttempts"], 10, "{id}");
            assert_eq!(
                mapping["DestinationConfig"]["OnFailure"]["Destination"],
                json!({ "Fn::GetAtt": "Bucket.Arn" }),
                "{id}"
            );
        } else {
            let queue = source
                .strip_suffix(".Arn")
                .unwrap_or_else(|| panic!("{id}: {source}"));
            assert!(
                mapping["ScalingConfig"]["MaximumConcurrency"]
                    .as_u64()
                    .is_some_and(|most| most >= 2),
                "{id}"
            );
            let hidden = template.properties(queue)["VisibilityTimeout"]
                .as_u64()
                .unwrap_or(30);
            let function = mapping["FunctionName"]["Ref"].as_str().unwrap();
            assert!(
                hidden >= 6 * timeout(function),
                "{queue}: VisibilityTimeout is six times the timeout of {function}"
            );
        }
    }
}
