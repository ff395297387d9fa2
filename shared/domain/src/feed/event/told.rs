//! From what a thing was and is to what has happened.

use jiff::Timestamp;
use serde_json::Value;

use super::{Event, EventId, EventType, FieldChange};
use crate::id::{BoardId, ProjectId, TaskId, UserId};

/// The most characters of a text that an event quotes.
const QUOTED: usize = 100;
/// The most bytes of a list or an object that an event quotes, as JSON.
const LISTED: usize = 300;
/// The most characters of a name.
const NAMED: usize = 120;

/// A field as events tell it, under the name that the API has for it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToldField {
    name: &'static str,
    value: Value,
    /// What events quote, if that is not the value itself.
    shown: Option<Value>,
    quoted: bool,
}

impl ToldField {
    /// A field whose values events quote, as long as they are short.
    pub fn new(name: &'static str, value: impl Into<Value>) -> Self {
        Self {
            name,
            value: value.into(),
            shown: None,
            quoted: true,
        }
    }

    /// A field of which events only say that it is another: long text, and what not everybody may see who sees the
    /// event.
    pub fn unquoted(name: &'static str, value: impl Into<Value>) -> Self {
        Self {
            name,
            value: value.into(),
            shown: None,
            quoted: false,
        }
    }

    /// A field that is another when its identity is, and is quoted by its name.
    pub fn named(name: &'static str, identity: impl Into<Value>, shown: impl Into<Value>) -> Self {
        Self {
            name,
            value: identity.into(),
            shown: Some(shown.into()),
            quoted: true,
        }
    }

    fn quote(&self) -> Value {
        cut(self.shown.as_ref().unwrap_or(&self.value).clone())
    }

    /// An id, in its public form.
    pub fn id<I: ToString>(name: &'static str, id: Option<I>) -> Self {
        Self::new(name, text(id))
    }
}

/// Something as its text, or null.
pub fn text<T: ToString>(value: Option<T>) -> Value {
    value.map_or(Value::Null, |value| value.to_string().into())
}

/// What became something else. Both sides list the same fields.
pub fn changes(before: Option<Vec<ToldField>>, after: Vec<ToldField>) -> Vec<FieldChange> {
    let before = before.unwrap_or_default();
    let changed = after.into_iter().filter_map(|field| {
        let was = before.iter().find(|was| was.name == field.name);
        let from = was.map_or(&Value::Null, |was| &was.value);
        // A list that is empty from the beginning is nothing.
        let nothing = from.is_null() && field.value.as_array().is_some_and(Vec::is_empty);
        let quote = || was.map_or(Value::Null, ToldField::quote);
        (*from != field.value && !nothing).then(|| match field.quoted {
            true => FieldChange {
                field: field.name.to_owned(),
                from: quote(),
                to: field.quote(),
            },
            false => FieldChange {
                field: field.name.to_owned(),
                from: Value::Null,
                to: Value::Null,
            },
        })
    });
    changed.collect()
}

/// A value short enough to be told; a long list is not.
fn cut(value: Value) -> Value {
    match value {
        Value::String(text) => shortened(&text, QUOTED).into(),
        Value::Array(_) | Value::Object(_) if value.to_string().len() > LISTED => Value::Null,
        other => other,
    }
}

/// The text, or its beginning with an ellipsis.
fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// What has happened, before it is known what it is known by.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What has happened.
    pub kind: EventType,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Option<UserId>,
    /// The id of the thing, as the API writes it.
    pub subject: String,
    /// What the thing is called.
    pub name: Option<String>,
    /// The project that it is, or is in.
    pub project: Option<ProjectId>,
    /// The task that it is, or belongs to.
    pub task: Option<TaskId>,
    /// The board that it is.
    pub board: Option<BoardId>,
    /// The person whom it is about.
    pub user: Option<UserId>,
    /// It is about a project that is private and was before.
    pub secluded: bool,
    /// What became something else.
    pub changes: Vec<FieldChange>,
}

impl Told {
    /// Something that has happened to the thing of this id, without a person, a place or changes.
    pub fn new(
        kind: EventType,
        at: Timestamp,
        actor: Option<UserId>,
        subject: impl ToString,
    ) -> Self {
        let subject = subject.to_string();
        let (name, project, task, board, user) = (None, None, None, None, None);
        Self {
            kind,
            at,
            actor,
            subject,
            name,
            project,
            task,
            board,
            user,
            secluded: false,
            changes: vec![],
        }
    }

    /// The same, with what the thing is called.
    pub fn named(mut self, name: impl AsRef<str>) -> Self {
        self.name = Some(shortened(name.as_ref(), NAMED));
        self
    }

    /// The event.
    pub fn event(self, id: EventId, version: u64) -> Event {
        let Self {
            kind,
            at,
            actor,
            subject,
            name,
            project,
            task,
            board,
            user,
            secluded,
            changes,
        } = self;
        Event {
            id,
            kind,
            at,
            actor,
            subject,
            name,
            version,
            project,
            task,
            board,
            user,
            secluded,
            changes,
        }
    }
}

/// A thing whose changes are events.
pub trait Tell: Sized {
    /// What it is, and who made it what it is: an event without kind and changes. The kind given is the one to use.
    fn subject(&self, kind: EventType) -> Told;

    /// The fields that clients see and that change by what people do. Implementations take the thing apart by name, so that
    /// whoever adds a member decides whether its change is an event.
    fn fields(&self) -> Vec<ToldField>;

    /// What has happened, once it is known which fields became something else; none if nobody has to know.
    fn kind(before: Option<&Self>, after: &Self, changes: &[FieldChange]) -> Option<EventType>;

    /// What the thing says of its last change, if that was not its first, and what it was before is not known.
    fn last(&self) -> EventType;

    /// Whether it was a project, and is one, that the organization as a whole does not see.
    fn secluded(_before: Option<&Self>, _after: &Self) -> bool {
        false
    }

    /// What has happened between `before` and `after`; none if nobody has to know.
    fn told(before: Option<&Self>, after: &Self) -> Option<Told> {
        let changes = changes(before.map(Self::fields), after.fields());
        let kind = Self::kind(before, after, &changes)?;
        Some(Told {
            changes,
            secluded: Self::secluded(before, after),
            ..after.subject(kind)
        })
    }

    /// What has happened, as far as the thing itself still tells: `first` if its last event is that it was made.
    fn found(&self, first: bool) -> Option<Told> {
        let kind = if first {
            Self::kind(None, self, &[])?
        } else {
            self.last()
        };
        Some(Told {
            secluded: Self::secluded(None, self),
            ..self.subject(kind)
        })
    }
}

/// The kind of a change of something that is made, changed, deleted and, if it can be, brought back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    pub made: EventType,
    pub changed: EventType,
    pub deleted: EventType,
    pub restored: EventType,
}

impl Life {
    /// What happened to something that was (none if it is new) and is deleted or not.
    pub fn step(
        self,
        before: Option<bool>,
        after: bool,
        changes: &[FieldChange],
    ) -> Option<EventType> {
        match (before, after) {
            (None, _) => Some(self.made),
            (Some(false), true) => Some(self.deleted),
            (Some(true), false) => Some(self.restored),
            _ => (!changes.is_empty()).then_some(self.changed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told_and_long_text_without_its_values() {
        let fields = |title: &str, about: &str| {
            vec![
                ToldField::new("title", title),
                ToldField::unquoted("description", about),
                ToldField::new("n", 1),
            ]
        };
        let told = changes(Some(fields("a", "x")), fields("b", "y"));
        let json = serde_json::to_value(&told).unwrap();
        assert_eq!(
            json,
            serde_json::json!([{"field": "title", "from": "a", "to": "b"}, {"field": "description"}])
        );
        assert_eq!(changes(Some(fields("a", "x")), fields("a", "x")), []);
    }

    #[test]
    fn what_is_new_tells_what_it_began_as_and_not_what_it_lacks() {
        let lacks = [
            ToldField::id("assignee_id", None::<String>),
            ToldField::new("labels", Vec::<String>::new()),
        ];
        let told = changes(
            None,
            [ToldField::new("title", "a")]
                .into_iter()
                .chain(lacks)
                .collect(),
        );
        assert_eq!(told.len(), 1);
        assert_eq!(
            (&told[0].from, &told[0].to),
            (&Value::Null, &Value::from("a"))
        );
    }

    #[test]
    fn long_values_are_cut_at_whole_characters() {
        let long = "ä".repeat(101);
        let told = changes(
            None,
            vec![
                ToldField::new("title", long.as_str()),
                ToldField::new("labels", vec![long.as_str(); 9]),
            ],
        );
        assert_eq!(told[0].to, Value::from(format!("{}…", "ä".repeat(99))));
        assert_eq!(told[1].to, Value::Null);
        assert_eq!(cut("ä".repeat(100).into()), Value::from("ä".repeat(100)));
    }
}
