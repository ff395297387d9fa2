//! Who calls, and under what conditions: everything a use case needs to know of the request besides its words.

use axum::extract::FromRequestParts;
use domain::Error;
use domain::call::Call;
use http::header::{AUTHORIZATION, AsHeaderName};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

use crate::{Problem, etag};

/// Longer credentials are nobody's.
const MAX_AUTHORIZATION: usize = 4096;
const MAX_KEY: usize = 255;

/// What `serve` knows of a request before it is routed.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub at: Timestamp,
    pub address: String,
    pub route: String,
    pub cost: u32,
    pub fingerprint: [u8; 8],
    pub nonce: [u8; 16],
}

/// The call that a request makes. The token in it is not looked at yet.
#[derive(Debug, Clone)]
pub struct Caller(pub Call);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let arrival = parts.extensions.get::<Arrival>().cloned();
        let arrival = arrival.ok_or_else(|| {
            Error::Internal("the routes are not wrapped by `edge::serve`".to_owned())
        })?;
        call(&parts.headers, arrival).map(Self)
    }
}

fn call(headers: &HeaderMap, arrival: Arrival) -> Result<Call, Problem> {
    Ok(Call {
        bearer: bearer(headers)?,
        at: arrival.at,
        address: arrival.address,
        route: arrival.route,
        cost: arrival.cost,
        key: idempotency_key(headers)?,
        fingerprint: arrival.fingerprint,
        nonce: arrival.nonce,
        if_match: etag::seen(headers)?,
    })
}

/// The call, if it may change something, somebody makes it and it has an idempotency key.
pub(crate) fn repeatable(parts: &Parts, arrival: &Arrival) -> Option<Call> {
    if parts.method.is_safe() {
        return None;
    }
    let call = call(&parts.headers, arrival.clone()).ok()?;
    (call.key.is_some() && call.bearer.is_some()).then_some(call)
}

/// The only value of a header; twice is as bad as unreadable.
fn single(headers: &HeaderMap, name: impl AsHeaderName) -> Result<Option<&HeaderValue>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(()),
        (value, None) => Ok(value),
    }
}

/// The bearer token (RFC 6750 section 2.1). Anything else in `Authorization` is nobody.
fn bearer(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = single(headers, AUTHORIZATION).map_err(|()| Error::Unauthenticated)? else {
        return Ok(None);
    };
    let text = value
        .to_str()
        .ok()
        .filter(|text| text.len() <= MAX_AUTHORIZATION)
        .ok_or(Error::Unauthenticated)?;
    let (scheme, token) = text.split_once(' ').ok_or(Error::Unauthenticated)?;
    let token = token.trim_start_matches(' ');
    let b64token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.bytes().all(b64token) {
        Ok(Some(token.to_owned()))
    } else {
        Err(Error::Unauthenticated)
    }
}

/// The idempotency key: as it is, or as a quoted string (RFC 8941 section 3.3.3).
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    const NAME: &str = "Idempotency-Key";
    let refuse = || {
        Problem::header(
            NAME,
            "must be one value of 1 to 255 visible ASCII characters",
        )
    };
    let Some(value) = single(headers, NAME).map_err(|()| refuse())? else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| refuse())?;
    let key = if text.starts_with('"') {
        unquote(text).ok_or_else(refuse)?
    } else {
        text.to_owned()
    };
    let fits =
        (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(Some(key)) } else { Err(refuse()) }
}

fn unquote(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => characters
                .next()
                .filter(|escaped| matches!(escaped, '"' | '\\'))?,
            '"' => return None,
            other => other,
        });
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn the_bearer_scheme_is_case_insensitive_and_strict() {
        let bearer = |value: &str| bearer(&headers(&[("authorization", value)]));
        assert_eq!(bearer("Bearer a.b-c").unwrap().as_deref(), Some("a.b-c"));
        assert_eq!(bearer("bEARER a").unwrap().as_deref(), Some("a"));
        let long = format!("Bearer {}", "a".repeat(MAX_AUTHORIZATION));
        for bad in [
            "Bearer",
            "Bearer ",
            "",
            "Basic YTpi",
            "Bearer a b",
            "Bearer a,b",
            "Bearer a\tb",
            "token",
            &long,
        ] {
            assert_eq!(bearer(bad), Err(Error::Unauthenticated), "{bad}");
        }
        assert_eq!(super::bearer(&HeaderMap::new()), Ok(None));
        assert!(
            super::bearer(&headers(&[
                ("authorization", "Bearer a"),
                ("authorization", "Bearer a")
            ]))
            .is_err()
        );
    }

    #[test]
    fn an_idempotency_key_may_be_quoted() {
        let key = |value: &str| idempotency_key(&headers(&[("idempotency-key", value)]));
        assert_eq!(key("abc-1").unwrap().as_deref(), Some("abc-1"));
        assert_eq!(key("\"abc-1\"").unwrap().as_deref(), Some("abc-1"));
        assert_eq!(key(r#""a\"b\\c""#).unwrap().as_deref(), Some(r#"a"b\c"#));
        let long = "k".repeat(MAX_KEY + 1);
        for bad in ["", "a b", "\"\"", "\"a", "\"a\"b\"", r#""a\b""#, &long] {
            let problem = key(bad).unwrap_err();
            assert_eq!(problem.code(), crate::Code::BadRequest, "{bad}");
            assert_eq!(
                serde_json::to_value(problem.body("")).unwrap()["errors"][0]["field"],
                "Idempotency-Key"
            );
        }
        assert!(key(&"k".repeat(MAX_KEY)).is_ok());
    }
}
