//! Which kinds of events are wanted.

use domain::feed::event::EventType;
use domain::text::Fault;
use serde::Serialize;

/// One kind of event, or all that begin with the same word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kinds(String);

impl std::str::FromStr for Kinds {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let kinds = Self(text.to_owned());
        let known = EventType::ALL.iter().any(|kind| kinds.take(*kind));
        let message = "must be a type of events such as task.updated, or the first word of several, such as task";
        known
            .then_some(kinds)
            .ok_or_else(|| Fault::new("invalid", message))
    }
}

impl Kinds {
    /// Whether this kind is among them.
    pub fn take(&self, kind: EventType) -> bool {
        let word = kind.as_str();
        word == self.0
            || word
                .split_once('.')
                .is_some_and(|(first, _)| first == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_word_takes_one_kind_and_its_beginning_all() {
        let taken = |text: &str| {
            let kinds: Kinds = text.parse().unwrap();
            EventType::ALL
                .iter()
                .filter(|kind| kinds.take(**kind))
                .count()
        };
        assert_eq!((taken("task.updated"), taken("task")), (1, 6));
        for wrong in ["", ".", "tas", "task.", "task.upd", "TASK", "updated"] {
            assert!(wrong.parse::<Kinds>().is_err(), "{wrong}");
        }
    }
}
