//! Members of a PATCH body, where "not given" and "null" are two things (RFC 7396).

use serde::{Deserialize, Deserializer};

/// A member that may be absent (leave it), null (clear it) or a value (set it).
///
/// A member of this type is written
/// ```
/// # #[derive(serde::Deserialize, utoipa::ToSchema)] struct PatchTask {
/// #[serde(default)]
/// #[schema(value_type = Option<String>)]
/// due_date: edge::patch::Field<String>,
/// # }
/// ```
/// Without the default serde reads an absent member as null; the other line tells the documentation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Not given: it stays as it is.
    #[default]
    Absent,
    /// Given as null: it is cleared.
    Null,
    /// Given: it is set.
    Value(T),
}

impl<T> Field<T> {
    /// `None` to leave it, `Some(None)` to clear it, `Some(Some(_))` to set it.
    pub fn into_option(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }

    /// The same with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Null => Field::Null,
            Self::Value(value) => Field::Value(change(value)),
        }
    }

    /// Whether it was not given.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, utoipa::ToSchema)]
    #[serde(deny_unknown_fields)]
    struct Patch {
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        title: Field<String>,
    }

    #[test]
    fn absent_null_and_value_are_three_things() {
        let read = |json: &str| {
            serde_json::from_str::<Patch>(json)
                .unwrap()
                .title
                .into_option()
        };
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"title":null}"#), Some(None));
        assert_eq!(read(r#"{"title":"a"}"#), Some(Some("a".to_owned())));
        assert!(serde_json::from_str::<Patch>(r#"{"title":1}"#).is_err());
    }

    #[test]
    fn the_schema_says_that_null_is_allowed_and_nothing_is_required() {
        let schema = serde_json::to_value(<Patch as utoipa::PartialSchema>::schema()).unwrap();
        assert!(schema.get("required").is_none(), "{schema}");
    }
}
