//! Query parameters, as strictly as bodies.

use axum::extract::FromRequestParts;
use domain::Error;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::Problem;
use crate::json::{self, MAX_ECHO};

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 100;

/// The query, read into `T`: a struct of `Option<String>`s (or enums of strings) with
/// `#[serde(deny_unknown_fields)]`.
///
/// Unknown, repeated and unreadable parameters are 400 `bad_filter` and named.
#[derive(Debug, Clone, Copy)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(read(parts.uri.query().unwrap_or_default())?))
    }
}

/// How many rows a page shall have: the parameter `limit`.
pub fn limit(text: Option<&str>) -> Result<usize, Error> {
    let Some(text) = text else {
        return Ok(DEFAULT_LIMIT);
    };
    let limit = text
        .parse()
        .ok()
        .filter(|limit| (1..=MAX_LIMIT).contains(limit) && !text.starts_with('+'));
    limit.ok_or_else(|| Error::filter("limit", format!("must be a number from 1 to {MAX_LIMIT}")))
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    let mut parameters = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let refuse = |message| {
            Err(Error::filter(
                name.chars().take(MAX_ECHO).collect::<String>(),
                message,
            ))
        };
        let (Some(name), Some(value)) = (decode(name), decode(value)) else {
            return refuse("is not percent-encoded UTF-8");
        };
        if parameters.contains_key(&name) {
            return refuse("must be given once");
        }
        parameters.insert(name, Value::String(value));
    }
    serde_path_to_error::deserialize(Value::Object(parameters)).map_err(|error| {
        let wrong = json::explain(&error);
        Error::filter(wrong.field.trim_start_matches('/'), wrong.message)
    })
}

/// Decodes `application/x-www-form-urlencoded` (WHATWG URL section 5.1), but refuses what that would guess at.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Query {
        q: Option<String>,
        limit: Option<String>,
    }

    #[test]
    fn parameters_are_decoded() {
        assert_eq!(read::<Query>("").unwrap(), Query::default());
        let query: Query = read("q=caf%C3%A9+%26+bar&limit=5").unwrap();
        assert_eq!(
            (query.q.as_deref(), query.limit.as_deref()),
            (Some("café & bar"), Some("5"))
        );
        assert_eq!(read::<Query>("q").unwrap().q.as_deref(), Some(""));
    }

    #[test]
    fn a_parameter_that_cannot_be_is_named() {
        for (query, name) in [
            ("x=1", "x"),
            ("q=1&q=2", "q"),
            ("q=%ff", "q"),
            ("q=%4", "q"),
            ("q=%zz", "q"),
            ("q=1&%71=2", "%71"),
            ("limit[]=1", "limit[]"),
        ] {
            match read::<Query>(query) {
                Err(Error::BadFilter { field, .. }) => assert_eq!(field, name, "{query}"),
                other => panic!("{query}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_page_has_one_to_a_hundred_rows() {
        assert_eq!(limit(None), Ok(20));
        assert_eq!((limit(Some("1")), limit(Some("100"))), (Ok(1), Ok(100)));
        for bad in [
            "0",
            "101",
            "-1",
            "+5",
            "",
            "1.5",
            "ten",
            " 5",
            "99999999999999999999",
        ] {
            assert!(
                matches!(limit(Some(bad)), Err(Error::BadFilter { field, .. }) if field == "limit"),
                "{bad}"
            );
        }
    }
}
