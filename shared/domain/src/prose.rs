//! Long texts. A short one stands in the item of the thing that it belongs to; a longer one stands apart, in an item of
//! its own that never changes, and the thing says which. So a change of anything else does not write the text again, and
//! who does not want the text does not read it.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::Fault;

/// How many bytes of text stand in the item of the thing itself.
pub const INLINE: usize = 1024;

/// Where a long text stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apart {
    /// The version of the thing that brought it.
    #[serde(rename = "v")]
    pub version: u64,
    /// How many bytes it has.
    #[serde(rename = "n")]
    pub bytes: u64,
    /// The first bytes of its SHA-256, as text: whoever writes the same text again writes nothing.
    #[serde(rename = "h")]
    pub digest: String,
}

/// A text of any length, as a thing has it. One that stands apart has to be read before it is shown. Its place is the
/// thing's own: whoever gives the text to another thing makes a new one of it, `prose.into_text().map(Prose::from)`.
#[derive(Debug, Clone)]
pub struct Prose<T> {
    text: Option<T>,
    apart: Option<Apart>,
}

impl<T> Prose<T> {
    /// The text, unless it stands apart and was not read.
    pub fn text(&self) -> Option<&T> {
        debug_assert!(
            self.text.is_some(),
            "a text that stands apart is shown and was not read"
        );
        self.text.as_ref()
    }

    /// The same, of one that is not needed any more.
    pub fn into_text(self) -> Option<T> {
        debug_assert!(
            self.text.is_some(),
            "a text that stands apart is shown and was not read"
        );
        self.text
    }

    /// Where it stands, if it stands apart.
    pub fn apart(&self) -> Option<&Apart> {
        self.apart.as_ref()
    }
}

impl<T: AsRef<str>> Prose<T> {
    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        let inline = || self.text.as_ref().map_or(0, |text| text.as_ref().len());
        self.apart.as_ref().map_or_else(inline, |apart| {
            usize::try_from(apart.bytes).unwrap_or(usize::MAX)
        })
    }

    /// What is another whenever the text is.
    pub fn identity(&self) -> String {
        match (&self.apart, &self.text) {
            (Some(apart), _) => format!("{}:{}", apart.version, apart.digest),
            (None, text) => text
                .as_ref()
                .map(|text| text.as_ref().to_owned())
                .unwrap_or_default(),
        }
    }
}

impl<T> From<T> for Prose<T> {
    fn from(text: T) -> Self {
        Self {
            text: Some(text),
            apart: None,
        }
    }
}

impl<T: FromStr> FromStr for Prose<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        text.parse().map(|text: T| text.into())
    }
}

impl<T: PartialEq> PartialEq for Prose<T> {
    /// Whether it is the same text; one that was not read is known by where it stands.
    fn eq(&self, other: &Self) -> bool {
        match (&self.apart, &other.apart) {
            (Some(one), Some(other)) => one == other,
            (None, None) => self.text == other.text,
            _ => false,
        }
    }
}

impl<T: Eq> Eq for Prose<T> {}

impl<T: Serialize> Serialize for Prose<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.apart {
            Some(apart) => apart.serialize(serializer),
            None => self.text.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Prose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Stored<T> {
            Inline(T),
            Apart(Apart),
        }
        Ok(match Stored::deserialize(deserializer)? {
            Stored::Inline(text) => Self {
                text: Some(text),
                apart: None,
            },
            Stored::Apart(apart) => Self {
                text: None,
                apart: Some(apart),
            },
        })
    }
}

/// A long text, whatever its alphabet, as the store handles it.
pub trait LongText: Send {
    /// The text, unless it stands apart and was not read.
    fn known(&self) -> Option<&str>;

    /// Where it stands, if it stands apart.
    fn place(&self) -> Option<&Apart>;

    /// Says where it stands from now on.
    fn set_apart(&mut self, apart: Apart);

    /// Fills in what was read.
    ///
    /// # Errors
    /// A fault if it is no text of this kind.
    fn fill(&mut self, text: &str) -> Result<(), Fault>;
}

impl<T: AsRef<str> + FromStr<Err = Fault> + Send> LongText for Prose<T> {
    fn known(&self) -> Option<&str> {
        self.text.as_ref().map(AsRef::as_ref)
    }

    fn place(&self) -> Option<&Apart> {
        self.apart.as_ref()
    }

    fn set_apart(&mut self, apart: Apart) {
        self.apart = Some(apart);
    }

    fn fill(&mut self, text: &str) -> Result<(), Fault> {
        self.text = Some(text.parse()?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Description;

    fn apart(version: u64) -> Apart {
        Apart {
            version,
            bytes: 3,
            digest: "abc".to_owned(),
        }
    }

    #[test]
    fn a_text_is_stored_as_itself_or_as_where_it_stands() {
        let mut prose: Prose<Description> = "about".parse().unwrap();
        assert_eq!(serde_json::to_value(&prose).unwrap(), "about");
        prose.set_apart(apart(4));
        let stored = serde_json::to_value(&prose).unwrap();
        assert_eq!(stored, serde_json::json!({ "v": 4, "n": 3, "h": "abc" }));
        let mut read: Prose<Description> = serde_json::from_value(stored).unwrap();
        assert_eq!((read.known(), read.bytes(), read == prose), (None, 3, true));
        read.fill("about").unwrap();
        assert_eq!(read.into_text().unwrap().as_str(), "about");
        let inline: Prose<Description> = serde_json::from_value("about".into()).unwrap();
        assert_eq!(
            (inline.known(), inline.bytes(), inline.apart()),
            (Some("about"), 5, None)
        );
    }

    #[test]
    fn what_stands_apart_is_known_by_its_place() {
        let at = |version| {
            let mut prose: Prose<Description> = "about".parse().unwrap();
            prose.set_apart(apart(version));
            prose
        };
        assert!(at(1) == at(1) && at(1) != at(2) && at(1) != "about".parse().unwrap());
        assert_ne!(at(1).identity(), at(2).identity());
    }
}
