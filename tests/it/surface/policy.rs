//! A small evaluator of the template's IAM policies: what is not allowed is denied, and no statement denies.
//!
//! https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

use serde_json::{Value, json};

use super::template::{Function, Template};

/// What a function's role allows.
pub struct Role {
    /// The crate of the function.
    pub function: String,
    /// Its statements.
    pub statements: Vec<Statement>,
}

/// A statement, its resources written like `Table.Arn/index/by_parent`.
pub struct Statement {
    /// Function and `Sid`, for messages.
    pub name: String,
    /// The actions.
    pub actions: Vec<String>,
    /// The resources, with wildcards.
    pub resources: Vec<String>,
    /// The condition; null if there is none.
    pub condition: Value,
}

/// The roles of all functions.
pub fn roles() -> Vec<Role> {
    let template = Template::read();
    template
        .functions()
        .into_iter()
        .map(|function| role(&template, function))
        .collect()
}

/// The role of one function.
pub fn role_of(function: &str) -> Role {
    roles()
        .into_iter()
        .find(|role| role.function == function)
        .unwrap_or_else(|| panic!("there is no {function}"))
}

fn role(template: &Template, function: Function) -> Role {
    let arn = function.properties["Role"]["Fn::GetAtt"]
        .as_str()
        .unwrap_or_default();
    let properties = template.properties(
        arn.strip_suffix(".Arn")
            .unwrap_or_else(|| panic!("{}: {arn}", function.id)),
    );
    assert!(
        properties["ManagedPolicyArns"].is_null(),
        "{}: managed policies allow more than is needed",
        function.id
    );
    let documents = properties["Policies"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|policy| &policy["PolicyDocument"]);
    let written =
        documents.flat_map(|document| document["Statement"].as_array().into_iter().flatten());
    // Of `!If`, both sides count.
    let all = written.flat_map(|one| match &one["Fn::If"] {
        Value::Array(sides) => sides[1..]
            .iter()
            .filter(|side| side["Ref"] != "AWS::NoValue")
            .cloned()
            .collect(),
        _ => vec![one.clone()],
    });
    let statements = all
        .map(|one| Statement::read(&function.name, &one))
        .collect();
    Role {
        function: function.name,
        statements,
    }
}

impl Statement {
    fn read(function: &str, statement: &Value) -> Self {
        let name = format!("{function}: {}", statement["Sid"]);
        assert_eq!(statement["Effect"], "Allow", "{name}");
        for unknown in ["NotAction", "NotResource", "Principal"] {
            assert!(statement[unknown].is_null(), "{name} has a {unknown}");
        }
        let list = |value: &Value| {
            value
                .as_array()
                .cloned()
                .unwrap_or_else(|| vec![value.clone()])
        };
        let actions = list(&statement["Action"])
            .iter()
            .map(|action| action.as_str().unwrap().to_owned())
            .collect();
        let resources = list(&statement["Resource"]).iter().map(resource).collect();
        Self {
            name,
            actions,
            resources,
            condition: statement["Condition"].clone(),
        }
    }

    /// The patterns of the leading keys to which it is pinned: only if it is, and fails where there is no key.
    pub fn pinned(&self) -> Option<Vec<&str>> {
        let keys = self.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"].as_array()?;
        let patterns: Vec<&str> = keys.iter().filter_map(Value::as_str).collect();
        let whole = json!({
            "ForAllValues:StringLike": { "dynamodb:LeadingKeys": patterns },
            "Null": { "dynamodb:LeadingKeys": "false" },
        });
        (self.condition == whole && !patterns.is_empty()).then_some(patterns)
    }

    /// Whether it allows an action; `keys` are the partition keys that the request names.
    pub fn allows(&self, action: &str, resource: &str, keys: &[String]) -> bool {
        let known = self.actions.iter().any(|pattern| like(pattern, action))
            && self.resources.iter().any(|pattern| like(pattern, resource));
        let condition = |operator: &str, condition: &Value| match (
            operator,
            &condition["dynamodb:LeadingKeys"],
        ) {
            // True where there is no value, as on AWS: hence the `Null` beside it.
            ("ForAllValues:StringLike", Value::Array(patterns)) => {
                let fits = |key: &String| {
                    patterns
                        .iter()
                        .filter_map(Value::as_str)
                        .any(|pattern| like(pattern, key))
                };
                keys.iter().all(fits)
            }
            ("Null", Value::String(absent)) => (absent == "true") == keys.is_empty(),
            // Of other services: taken as met, since only the table's rights are in question here.
            _ => !action.starts_with("dynamodb:"),
        };
        known
            && self
                .condition
                .as_object()
                .into_iter()
                .flatten()
                .all(|(operator, wanted)| condition(operator, wanted))
    }
}

impl Role {
    /// Whether it allows an action; `keys` are the partition keys that the request names.
    pub fn allows(&self, action: &str, resource: &str, keys: &[String]) -> bool {
        self.statements
            .iter()
            .any(|statement| statement.allows(action, resource, keys))
    }
}

/// `!GetAtt Table.Arn` as `Table.Arn`, `!Ref Secret` as `Secret`, `!Sub ${Table.Arn}/index/*` as `Table.Arn/index/*`.
fn resource(value: &Value) -> String {
    let written = [
        &value["Fn::GetAtt"],
        &value["Ref"],
        &value["Fn::Sub"],
        value,
    ];
    let text = written
        .into_iter()
        .find_map(Value::as_str)
        .unwrap_or_else(|| panic!("not a resource: {value}"));
    text.replace("${", "").replace('}', "")
}

/// Whether a text fits a pattern, in which `*` stands for any text and `?` for any character.
pub fn like(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, first) => first.is_none(),
        (Some('*'), first) => {
            like(&pattern[1..], text)
                || first.is_some_and(|first| like(pattern, &text[first.len_utf8()..]))
        }
        (Some(wanted), Some(first)) if wanted == '?' || wanted == first => {
            like(&pattern[wanted.len_utf8()..], &text[first.len_utf8()..])
        }
        _ => false,
    }
}

#[test]
fn patterns_are_those_of_iam() {
    for (pattern, text, fits) in [
        ("T#*", "T#abc#TASK#1", true),
        ("T#*", "T", false),
        ("SYS#KEYS", "SYS#KEYS2", false),
        ("dynamodb:Get*", "dynamodb:GetItem", true),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("*", "", true),
        ("", "a", false),
    ] {
        assert_eq!(like(pattern, text), fits, "{pattern} {text}");
    }
}
