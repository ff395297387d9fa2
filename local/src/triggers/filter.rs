//! Event patterns, as `FilterCriteria` has them: the parts of EventBridge's language that Lambda takes.

use serde_json::Value;

/// Whether one of the patterns matches; no pattern at all lets everything through.
pub(super) fn passes(patterns: &[Value], event: &Value) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, event))
}

fn matches(pattern: &Value, event: &Value) -> bool {
    let Some(fields) = pattern.as_object() else {
        return false;
    };
    fields
        .iter()
        .all(|(name, wanted)| match (name.as_str(), wanted) {
            ("$or", Value::Array(patterns)) => {
                patterns.iter().any(|pattern| matches(pattern, event))
            }
            (_, Value::Array(rules)) => rules.iter().any(|rule| holds(rule, event.get(name))),
            (_, nested) => matches(nested, event.get(name).unwrap_or(&Value::Null)),
        })
}

/// Whether a rule holds for a field; in a list, one element is enough.
// In one piece: a match with one arm for each kind of rule.
fn holds(rule: &Value, field: Option<&Value>) -> bool {
    let Some(rule) = rule.as_object() else {
        return any(field, |value| value == rule);
    };
    rule.iter().all(|(kind, wanted)| match kind.as_str() {
        // Only leaves exist in this sense.
        "exists" => wanted == &Value::Bool(field.is_some_and(|value| !value.is_object())),
        "prefix" => any(field, |value| {
            text_pair(value, wanted).is_some_and(|(value, start)| value.starts_with(start))
        }),
        "suffix" => any(field, |value| {
            text_pair(value, wanted).is_some_and(|(value, end)| value.ends_with(end))
        }),
        "equals-ignore-case" => any(field, |value| {
            text_pair(value, wanted).is_some_and(|(value, other)| value.eq_ignore_ascii_case(other))
        }),
        "anything-but" => any(field, |value| match wanted {
            Value::Array(refused) => !refused.contains(value),
            Value::Object(_) => !holds(wanted, Some(value)),
            refused => refused != value,
        }),
        "numeric" => any(field, |value| {
            number(value).is_some_and(|value| compares(value, wanted))
        }),
        _ => false,
    })
}

fn any(field: Option<&Value>, test: impl Fn(&Value) -> bool) -> bool {
    match field {
        Some(Value::Array(values)) => values.iter().any(test),
        Some(value) => test(value),
        None => false,
    }
}

fn text_pair<'a>(value: &'a Value, wanted: &'a Value) -> Option<(&'a str, &'a str)> {
    value.as_str().zip(wanted.as_str())
}

/// A number; DynamoDB writes its numbers as text.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// `[">", 0, "<=", 5]`: every pair must hold.
fn compares(value: f64, conditions: &Value) -> bool {
    let conditions = conditions.as_array().map(Vec::as_slice).unwrap_or_default();
    conditions.chunks(2).all(|pair| match pair {
        [operator, bound] => number(bound).is_some_and(|bound| match operator.as_str() {
            Some("=") => value == bound,
            Some("<") => value < bound,
            Some("<=") => value <= bound,
            Some(">") => value > bound,
            Some(">=") => value >= bound,
            _ => false,
        }),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_match_as_on_aws() {
        let event = json!({
            "eventName": "MODIFY",
            "dynamodb": { "NewImage": { "ev": { "S": "task" }, "n": { "N": "5" } } },
            "tags": ["a", "b"],
        });
        let cases = [
            (
                json!({ "dynamodb": { "NewImage": { "ev": { "S": [{ "exists": true }] } } } }),
                true,
            ),
            (
                json!({ "dynamodb": { "NewImage": { "no": { "S": [{ "exists": true }] } } } }),
                false,
            ),
            (
                json!({ "dynamodb": { "OldImage": { "ev": { "S": [{ "exists": false }] } } } }),
                true,
            ),
            (json!({ "eventName": ["INSERT", "MODIFY"] }), true),
            (json!({ "eventName": ["INSERT"] }), false),
            (json!({ "eventName": [{ "prefix": "MOD" }] }), true),
            (
                json!({ "eventName": [{ "anything-but": ["REMOVE"] }] }),
                true,
            ),
            (
                json!({ "eventName": [{ "anything-but": { "prefix": "MOD" } }] }),
                false,
            ),
            (
                json!({ "dynamodb": { "NewImage": { "n": { "N": [{ "numeric": [">", 1, "<=", 5] }] } } } }),
                true,
            ),
            (
                json!({ "dynamodb": { "NewImage": { "n": { "N": [{ "numeric": [">", 5] }] } } } }),
                false,
            ),
            (json!({ "tags": ["b"] }), true),
            (
                json!({ "$or": [{ "eventName": ["X"] }, { "tags": ["a"] }] }),
                true,
            ),
            (json!({ "eventName": ["MODIFY"], "tags": ["z"] }), false),
        ];
        for (pattern, expected) in cases {
            assert_eq!(matches(&pattern, &event), expected, "{pattern}");
        }
        assert!(passes(&[], &event));
    }
}
