//! Members of bodies that are objects.
//!
//! Serde reads a struct from an array of its members in order too; JSON of ours has one reading only. A member whose
//! type is a struct is written `#[serde(deserialize_with = "edge::object::required")]`, `optional` or `every`.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// Reads a struct from an object and from nothing else.
pub fn required<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|object| object.0)
}

/// The same where null stands for nothing. The member also needs `#[serde(default)]`.
pub fn optional<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::<Object<T>>::deserialize(deserializer).map(|object| object.map(|object| object.0))
}

/// The same for every object of an array.
pub fn every<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let objects = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|object| object.0).collect())
}

struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_map(OnlyMaps(PhantomData))
            .map(Self)
    }
}

struct OnlyMaps<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OnlyMaps<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members))
    }
}

#[cfg(test)]
mod tests {
    use domain::Error;
    use serde::Deserialize;

    use crate::json;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Part {
        name: String,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Whole {
        #[serde(deserialize_with = "super::required")]
        one: Part,
        #[serde(default, deserialize_with = "super::optional")]
        other: Option<Part>,
        #[serde(default, deserialize_with = "super::every")]
        more: Vec<Part>,
    }

    fn fault(text: &str) -> (String, &'static str) {
        match json::read::<Whole>(text.as_bytes()) {
            Err(Error::Invalid(fields)) => (fields[0].field.clone(), fields[0].code),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn an_object_is_not_an_array_of_its_members() {
        let part = || Part {
            name: "a".to_owned(),
        };
        let read = |text: &str| json::read::<Whole>(text.as_bytes()).unwrap();
        assert_eq!(
            read(r#"{"one":{"name":"a"}}"#),
            Whole {
                one: part(),
                other: None,
                more: vec![]
            }
        );
        let more = read(r#"{"one":{"name":"a"},"other":null,"more":[{"name":"a"}]}"#);
        assert_eq!(
            more,
            Whole {
                one: part(),
                other: None,
                more: vec![part()]
            }
        );
        let other = read(r#"{"one":{"name":"a"},"other":{"name":"a"}}"#);
        assert_eq!(
            other,
            Whole {
                one: part(),
                other: Some(part()),
                more: vec![]
            }
        );
        assert_eq!(
            fault(r#"{"one":{"name":"a"},"more":[["a"]]}"#),
            ("/more/0".to_owned(), "wrong_type")
        );
        assert_eq!(fault(r#"{"one":["a"]}"#), ("/one".to_owned(), "wrong_type"));
        assert_eq!(
            fault(r#"{"one":{"name":"a"},"other":["a"]}"#),
            ("/other".to_owned(), "wrong_type")
        );
        assert_eq!(
            fault(r#"{"one":{"name":1}}"#),
            ("/one/name".to_owned(), "wrong_type")
        );
        assert_eq!(
            fault(r#"{"one":{"name":"a","x":1}}"#),
            ("/one/x".to_owned(), "unknown_field")
        );
    }
}
