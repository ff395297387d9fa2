//! Buckets: their CORS and lifecycle rules.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::model::{Bucket, Cors, Expiry};
use super::resolve::{Scope, text};
use super::resources::number;

/// Reads an `AWS::S3::Bucket`.
pub(super) fn read(scope: &Scope, id: &str, resource: &Value) -> Result<Bucket, String> {
    let properties = scope.resolve(&resource["Properties"])?;
    let rules = properties["LifecycleConfiguration"]["Rules"]
        .as_array()
        .into_iter()
        .flatten();
    Ok(Bucket {
        name: scope.physical_name(id, resource)?,
        cors: cors(&properties["CorsConfiguration"]["CorsRules"])?,
        expiries: rules.filter_map(expiry).collect(),
    })
}

/// The only rule, if there is one.
fn cors(rules: &Value) -> Result<Option<Cors>, String> {
    let rule = match rules.as_array().map(Vec::as_slice) {
        None | Some([]) => return Ok(None),
        Some([rule]) => rule,
        Some(_) => return Err("the local cloud serves one rule of CORS a bucket".to_owned()),
    };
    let list = |name: &str| {
        rule[name]
            .as_array()
            .into_iter()
            .flatten()
            .map(text)
            .collect()
    };
    Ok(Some(Cors {
        origins: list("AllowedOrigins"),
        methods: list("AllowedMethods"),
        headers: list("AllowedHeaders"),
        expose: list("ExposedHeaders"),
        credentials: false,
        max_age: number(&rule["MaxAge"]).and_then(|seconds| i64::try_from(seconds).ok()),
    }))
}

/// After how many days objects of a prefix go; none if the rule is about something else.
fn expiry(rule: &Value) -> Option<Expiry> {
    let days = number(&rule["ExpirationInDays"]).filter(|_| rule["Status"] == json!("Enabled"))?;
    let after = SignedDuration::from_hours(24 * i64::try_from(days).ok()?);
    Some(Expiry {
        prefix: text(&rule["Prefix"]),
        after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_expires_is_swept() {
        let rule = json!({ "Status": "Enabled", "Prefix": "uploads/", "ExpirationInDays": 1 });
        let read = expiry(&rule).unwrap();
        assert_eq!(
            (read.prefix.as_str(), read.after),
            ("uploads/", SignedDuration::from_hours(24))
        );
        assert!(expiry(&json!({ "Status": "Disabled", "ExpirationInDays": 1 })).is_none());
        assert!(
            expiry(&json!({ "Status": "Enabled", "AbortIncompleteMultipartUpload": {} })).is_none()
        );
    }

    #[test]
    fn the_rule_of_cors_is_read() {
        let rule = json!({ "AllowedOrigins": ["*"], "AllowedMethods": ["PUT"], "ExposedHeaders": ["ETag"], "MaxAge": 60 });
        let read = cors(&json!([rule])).unwrap().unwrap();
        assert_eq!(
            (read.origins, read.expose, read.max_age),
            (vec!["*".to_owned()], vec!["ETag".to_owned()], Some(60))
        );
        assert!(cors(&Value::Null).unwrap().is_none());
        assert!(cors(&json!([rule, rule])).is_err());
    }
}
