//! JSON as strictly as RFC 8259 allows: one reading only, and errors that point at the field.

use std::collections::BTreeSet;
use std::fmt;

use domain::{Error, Faults, FieldError};
use serde::de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_path_to_error::{Path, Segment};

/// Deeper bodies are refused: nothing of ours is nested further.
const MAX_DEPTH: usize = 16;
/// What a client sent is repeated in errors only this far, in characters.
pub const MAX_ECHO: usize = 100;

/// Reads a JSON object into `T`.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Error::BadRequest("the body is not UTF-8".to_owned()))?;
    scan(text)?;
    // A struct would also be read from an array of its fields in order.
    if !text.trim_start().starts_with('{') {
        return Err(Error::Invalid(vec![wrong(
            String::new(),
            "wrong_type",
            "must be an object".to_owned(),
        )]));
    }
    parse(text)
}

/// Reads a JSON array of objects.
pub fn read_items<T: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<T>, Error> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Error::BadRequest("the body is not UTF-8".to_owned()))?;
    scan(text)?;
    if !text.trim_start().starts_with('[') {
        return Err(Error::Invalid(vec![wrong(
            String::new(),
            "wrong_type",
            "must be an array".to_owned(),
        )]));
    }
    let items: Vec<serde_json::Value> = parse(text)?;
    let strangers = items
        .iter()
        .enumerate()
        .filter(|(_, item)| !item.is_object())
        .take(Faults::MOST);
    let wrong: Vec<_> = strangers
        .map(|(index, _)| {
            wrong(
                format!("/{index}"),
                "wrong_type",
                "must be an object".to_owned(),
            )
        })
        .collect();
    if wrong.is_empty() {
        parse(text)
    } else {
        Err(Error::Invalid(wrong))
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| Error::Invalid(vec![explain(&error)]))
}

/// Reads a part of a body that stands at `at`, a JSON Pointer: its type depends on another member of it.
pub fn part<T: DeserializeOwned>(
    at: &str,
    part: serde_json::Map<String, serde_json::Value>,
) -> Result<T, Error> {
    serde_path_to_error::deserialize(serde_json::Value::Object(part)).map_err(|error| {
        let mut wrong = explain(&error);
        wrong.field.insert_str(0, at);
        Error::Invalid(vec![wrong])
    })
}

fn wrong(field: String, code: &'static str, message: String) -> FieldError {
    FieldError {
        field,
        code,
        message,
    }
}

/// Refuses what is no JSON, is nested too deep or names a member twice.
fn scan(text: &str) -> Result<(), Error> {
    let mut flaw = None;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let result = Scan {
        depth: 0,
        trail: &Trail::Root,
        flaw: &mut flaw,
    }
    .deserialize(&mut deserializer);
    match (result.and_then(|()| deserializer.end()), flaw) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(Flaw::TooDeep)) => Err(Error::BadRequest(format!(
            "the body is nested deeper than {MAX_DEPTH}"
        ))),
        (Err(_), Some(Flaw::Twice(field))) => Err(Error::Invalid(vec![wrong(
            field,
            "duplicate",
            "must be given once".to_owned(),
        )])),
        (Err(error), None) => Err(Error::BadRequest(format!("the body is not JSON: {error}"))),
    }
}

enum Flaw {
    TooDeep,
    Twice(String),
}

/// The way from the root to a value; it costs nothing until somebody asks for the pointer.
enum Trail<'a> {
    Root,
    Item(&'a Trail<'a>, usize),
    Member(&'a Trail<'a>, &'a str),
}

impl fmt::Display for Trail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Item(above, index) => write!(f, "{above}/{index}"),
            Self::Member(above, name) => write!(f, "{above}/{}", escape(name)),
        }
    }
}

struct Scan<'a> {
    depth: usize,
    trail: &'a Trail<'a>,
    flaw: &'a mut Option<Flaw>,
}

impl Scan<'_> {
    fn enter<E: de::Error>(&mut self) -> Result<(), E> {
        self.depth += 1;
        if self.depth <= MAX_DEPTH {
            Ok(())
        } else {
            self.stop(Flaw::TooDeep)
        }
    }

    fn stop<E: de::Error>(&mut self, flaw: Flaw) -> Result<(), E> {
        *self.flaw = Some(flaw);
        Err(E::custom("refused"))
    }
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.enter()?;
        for index in 0.. {
            let trail = Trail::Item(self.trail, index);
            let item = Scan {
                depth: self.depth,
                trail: &trail,
                flaw: self.flaw,
            };
            if items.next_element_seed(item)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.enter()?;
        let mut seen = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            let trail = Trail::Member(self.trail, &name);
            if seen.contains(&name) {
                let field = trail.to_string();
                return self.stop(Flaw::Twice(field));
            }
            members.next_value_seed(Scan {
                depth: self.depth,
                trail: &trail,
                flaw: self.flaw,
            })?;
            seen.insert(name);
        }
        Ok(())
    }
}

/// A member's name as a part of a JSON Pointer (RFC 6901 section 3).
fn escape(name: &str) -> String {
    name.chars()
        .take(MAX_ECHO)
        .collect::<String>()
        .replace('~', "~0")
        .replace('/', "~1")
}

fn pointer(path: &Path) -> String {
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", escape(key)),
        Segment::Enum { variant } => format!("/{}", escape(variant)),
        Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect()
}

/// Puts serde's words into ours. Serde has no other way to tell the kinds of error apart than its texts, which are
/// part of its interface (`serde::de::Error`).
pub fn explain(error: &serde_path_to_error::Error<serde_json::Error>) -> FieldError {
    let (at, text) = (pointer(error.path()), said(error.inner()));
    if let Some(name) = text
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'))
    {
        return wrong(
            format!("{at}/{}", escape(name)),
            "required",
            "is required".to_owned(),
        );
    }
    if text.starts_with("unknown field `") {
        return wrong(at, "unknown_field", "is not known here".to_owned());
    }
    let expected = text
        .rsplit_once(", expected ")
        .map(|(_, expected)| format!("must be {}", plain(expected)));
    match expected {
        Some(message) if text.starts_with("invalid type: ") => wrong(at, "wrong_type", message),
        Some(message) if text.starts_with("invalid ") || text.starts_with("unknown variant `") => {
            wrong(at, "invalid", message)
        }
        _ => wrong(at, "invalid", text.chars().take(MAX_ECHO).collect()),
    }
}

/// What serde says, without the place in the text: clients get a pointer.
fn said(error: &serde_json::Error) -> String {
    let mut text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    if text.ends_with(&place) {
        text.truncate(text.len() - place.len());
    }
    text
}

/// What serde expects, without the names of our types.
fn plain(expected: &str) -> String {
    let number = |text: &str| matches!(text.as_bytes(), [b'u' | b'i', rest @ ..] if rest.iter().all(u8::is_ascii_digit));
    match expected {
        "a map" => "an object".to_owned(),
        "a sequence" => "an array".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "unit" => "null".to_owned(),
        "a borrowed string" => "a string".to_owned(),
        text if number(text) || text == "usize" => "a whole number in range".to_owned(),
        text if text.starts_with("struct ") => "an object".to_owned(),
        text if text.contains("enum ") => "a string from the list of values".to_owned(),
        text => text.replace('`', ""),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Priority {
        Low,
        High,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Part {
        name: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Thing {
        title: String,
        size: Option<u32>,
        priority: Option<Priority>,
        #[serde(default)]
        parts: Vec<Part>,
    }

    fn fault(json: &str) -> (String, &'static str, String) {
        match read::<Thing>(json.as_bytes()).unwrap_err() {
            Error::Invalid(mut fields) => {
                let field = fields.remove(0);
                (field.field, field.code, field.message)
            }
            other => panic!("{json}: {other:?}"),
        }
    }

    #[test]
    fn an_array_of_objects_is_read_and_its_errors_point_into_it() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Item {
            name: String,
        }
        let field = |json: &str| match read_items::<Item>(json.as_bytes()) {
            Err(Error::Invalid(fields)) => fields[0].field.clone(),
            other => panic!("{json}: {other:?}"),
        };
        assert_eq!(
            read_items::<Item>(br#"[{"name":"a"}]"#).unwrap(),
            [Item { name: "a".into() }]
        );
        assert_eq!(field(r#"{"name":"a"}"#), "");
        assert_eq!(field(r#"[{"name":"a"},["b"]]"#), "/1");
        assert_eq!(field(r#"[{"name":"a"},{"name":1}]"#), "/1/name");
        assert_eq!(field(r#"[{"name":"a"},{}]"#), "/1/name");
    }

    #[test]
    fn errors_point_at_the_field() {
        let cases = [
            (r#"{}"#, "/title", "required", "is required"),
            (r#"{"title":1}"#, "/title", "wrong_type", "must be a string"),
            (
                r#"{"title":"a","size":"b"}"#,
                "/size",
                "wrong_type",
                "must be a whole number in range",
            ),
            (
                r#"{"title":"a","size":-1}"#,
                "/size",
                "invalid",
                "must be a whole number in range",
            ),
            (
                r#"{"title":"a","extra":1}"#,
                "/extra",
                "unknown_field",
                "is not known here",
            ),
            (
                r#"{"title":"a","a/b~c":1}"#,
                "/a~1b~0c",
                "unknown_field",
                "is not known here",
            ),
            (
                r#"{"title":"a","priority":"x"}"#,
                "/priority",
                "invalid",
                "must be low or high",
            ),
            (
                r#"{"title":"a","parts":[{"name":"b"},{}]}"#,
                "/parts/1/name",
                "required",
                "is required",
            ),
            (
                r#"{"title":"a","parts":[{"name":"b","x":1}]}"#,
                "/parts/0/x",
                "unknown_field",
                "is not known here",
            ),
            (
                r#"{"title":"a","parts":{}}"#,
                "/parts",
                "wrong_type",
                "must be an array",
            ),
            (
                r#"{"title":"a","title":"b"}"#,
                "/title",
                "duplicate",
                "must be given once",
            ),
            (
                r#"{"title":"a","parts":[{"name":"b","name":"b"}]}"#,
                "/parts/0/name",
                "duplicate",
                "must be given once",
            ),
            (r#"["a"]"#, "", "wrong_type", "must be an object"),
            ("null", "", "wrong_type", "must be an object"),
        ];
        for (json, field, code, message) in cases {
            assert_eq!(
                fault(json),
                (field.to_owned(), code, message.to_owned()),
                "{json}"
            );
        }
    }

    #[test]
    fn what_is_no_json_is_no_request() {
        let deep = format!(
            "{{\"title\":{}{}}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        let nested = format!(
            "{{\"title\":{}{}}}",
            "[".repeat(MAX_DEPTH),
            "]".repeat(MAX_DEPTH)
        );
        let texts = [
            "",
            "{",
            "{\"title\":}",
            "{} {}",
            "\u{feff}{}",
            "{'title':1}",
            "{\"title\":1e999}",
            "{\"title\":\"\\ud800\"}",
            &deep,
            &nested,
        ];
        for text in texts {
            assert!(
                matches!(read::<Thing>(text.as_bytes()), Err(Error::BadRequest(_))),
                "{text:.40}"
            );
        }
        assert!(matches!(
            read::<Thing>(b"{\"title\":\"\xff\"}"),
            Err(Error::BadRequest(_))
        ));
    }

    #[test]
    fn a_good_body_is_read() {
        let thing: Thing =
            read(br#" {"title":"a","size":3,"priority":"low","parts":[{"name":"b"}]} "#).unwrap();
        assert_eq!(
            (thing.title.as_str(), thing.size, thing.parts.len()),
            ("a", Some(3), 1)
        );
    }
}
