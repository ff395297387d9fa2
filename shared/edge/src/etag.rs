//! Entity tags and conditional requests (RFC 9110 sections 8.8.3 and 13.1).

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use http::HeaderMap;
use http::header::{IF_MATCH, IF_NONE_MATCH};

use crate::Problem;

/// The version that no stored thing ever has: versions are counted from 1.
const NEVER: u64 = 0;

/// The strong tag of a thing's version.
pub fn of_version(version: u64) -> String {
    format!("\"v{version}\"")
}

/// The strong tag of a thing's version and of numbers beside it, which move without the version.
pub fn of_counted(version: u64, counts: &[u64]) -> String {
    let counts: Vec<String> = counts.iter().map(u64::to_string).collect();
    format!("\"v{version}+{}\"", counts.join("."))
}

/// The weak tag of a body that is made from more than one thing.
pub fn of_body(body: &[u8]) -> String {
    format!(
        "W/\"{}\"",
        HEXLOWER.encode(&digest(&SHA256, body).as_ref()[..8])
    )
}

/// The version that the client has seen.
///
/// None if it did not say, or accepts any (`*`). A tag that we could never have given out for a version (weak tags
/// do not count, RFC 9110 section 13.1.1) is a version that nothing has, so that the answer is 412 with the present
/// one. The same goes for a list: there is only one present version to name.
pub fn seen(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let mut values = headers.get_all(IF_MATCH).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return if headers.contains_key(IF_MATCH) {
            Err(Problem::header("If-Match", "is there twice"))
        } else {
            Ok(None)
        };
    };
    let text = value
        .to_str()
        .map_err(|_| Problem::header("If-Match", "is not an entity tag"))?
        .trim();
    if text == "*" {
        return Ok(None);
    }
    Ok(Some(version_of(text).unwrap_or(NEVER)))
}

/// The version for which we have given a tag out; none if it is no such tag.
fn version_of(tag: &str) -> Option<u64> {
    let tag = tag.strip_prefix("\"v")?.strip_suffix('"')?;
    // What is counted beside a thing takes no part in who changed it last.
    let digits = tag.split_once('+').map_or(tag, |(version, _)| version);
    let canonical = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| canonical)
}

/// Whether the client already has what `tag` stands for: the weak comparison, over a list or `*`.
pub fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let tag = opaque(tag);
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        // None of our tags contains a comma, so a tag that is cut at one matches nothing.
        .flat_map(|value| value.split(','))
        .any(|candidate| candidate.trim() == "*" || opaque(candidate) == tag)
}

/// A tag without its mark of weakness.
fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(name: http::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn if_match_takes_the_tag_of_a_version() {
        let seen = |value| seen(&headers(IF_MATCH, value)).unwrap();
        assert_eq!(seen("\"v12\""), Some(12));
        assert_eq!(
            (of_counted(12, &[3, 1]).as_str(), seen("\"v12+3.1\"")),
            ("\"v12+3.1\"", Some(12))
        );
        assert_eq!(seen("*"), None);
        for other in [
            "W/\"v12\"",
            "\"12\"",
            "v12",
            "\"v012\"",
            "\"v0\"",
            "\"v\"",
            "\"v1\", \"v2\"",
            "\"v99999999999999999999\"",
            "",
        ] {
            assert_eq!(seen(other), Some(NEVER), "{other}");
        }
        assert_eq!(super::seen(&HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn two_if_match_headers_are_refused() {
        let mut headers = headers(IF_MATCH, "\"v1\"");
        headers.append(IF_MATCH, HeaderValue::from_static("\"v2\""));
        assert!(seen(&headers).is_err());
    }

    #[test]
    fn if_none_match_compares_weakly_over_lists() {
        for known in [
            "\"v3\"",
            "W/\"v3\"",
            "\"v1\", \"v3\"",
            "*",
            "\"x\",W/\"v3\"",
        ] {
            assert!(
                is_known(&headers(IF_NONE_MATCH, known), "\"v3\""),
                "{known}"
            );
        }
        assert!(is_known(&headers(IF_NONE_MATCH, "\"ab\""), "W/\"ab\""));
        for other in ["\"v33\"", "v3", "", "\"v4\""] {
            assert!(
                !is_known(&headers(IF_NONE_MATCH, other), "\"v3\""),
                "{other}"
            );
        }
    }
}
