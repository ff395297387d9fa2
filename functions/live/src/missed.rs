//! What was missed, cut to the size of an answer.

use app::live::resume::Missed;
use app::live::shown::ShownEvent;
use domain::feed::event::Numbered;
use domain::live::Topic;
use edge::event::EventDto;
use edge::live::{ChangedEvent, fitting};

/// The largest answer to `resume`, in bytes. The gateway takes 128 KB.
const LARGEST_ANSWER: usize = 96 * 1024;

/// As much of what was missed as fits into an answer.
pub(crate) struct Part {
    /// The topics, each with the number of its last event if nothing more follows.
    pub topics: Vec<(Topic, Option<u64>)>,
    /// The entry of the feed with which it ends.
    pub seq: u64,
    /// More follow.
    pub more: bool,
    /// The events.
    pub events: Vec<EventDto>,
    /// Those that are too large or out of sight.
    pub changed: Vec<ChangedEvent>,
}

impl Part {
    /// What fits of what was missed, from its beginning.
    pub fn of(missed: Missed) -> Self {
        let Missed {
            topics,
            seq,
            more,
            events,
        } = missed;
        let mut part = Part {
            topics,
            seq,
            more,
            events: vec![],
            changed: vec![],
        };
        let (mut size, mut last) = (0, 0);
        for (Numbered { seq, event }, shown) in events {
            let changed = ChangedEvent::of(&event);
            let whole = (shown == ShownEvent::All).then(|| fitting(event)).flatten();
            let its_size = whole
                .as_ref()
                .map_or(changed.subject.id.len() + 200, |(_, size)| *size);
            if size + its_size > LARGEST_ANSWER {
                part.topics.iter_mut().for_each(|(_, last)| *last = None);
                return Part {
                    seq: last,
                    more: true,
                    ..part
                };
            }
            (size, last) = (size + its_size, seq);
            match whole {
                Some((view, _)) => part.events.push(view),
                None => part.changed.push(changed),
            }
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use domain::feed::event::{EventId, EventType, FieldChange, Told};
    use domain::id::{OrgId, Tag};
    use serde_json::Value;

    use super::*;

    fn numbered(seq: u64, size: usize) -> Numbered {
        let from = Value::from("x".repeat(size));
        let changes = vec![FieldChange {
            field: "title".to_owned(),
            from,
            to: Value::Null,
        }];
        let told = Told::new(
            EventType::TaskUpdated,
            jiff::Timestamp::UNIX_EPOCH,
            None,
            "subject",
        );
        let event = Told { changes, ..told }.event(EventId([0; 16]), 1);
        Numbered { seq, event }
    }

    fn of(sizes: &[usize], shown: ShownEvent) -> Part {
        let topic = Topic::Org(OrgId::new(Tag::from_bytes([1; 5]), [1; 11]));
        let events = sizes
            .iter()
            .zip(1..)
            .map(|(size, seq)| (numbered(seq, *size), shown))
            .collect();
        Part::of(Missed {
            topics: vec![(topic, Some(9))],
            seq: 99,
            more: false,
            events,
        })
    }

    #[test]
    fn an_answer_ends_before_it_is_too_large_and_says_where() {
        let all = of(&[20_000; 3], ShownEvent::All);
        assert_eq!(
            (all.events.len(), all.seq, all.more, all.topics[0].1),
            (3, 99, false, Some(9))
        );
        let some = of(&[20_000; 9], ShownEvent::All);
        assert_eq!(
            (some.events.len(), some.seq, some.more, some.topics[0].1),
            (4, 4, true, None)
        );
        assert!(serde_json::to_vec(&some.events).unwrap().len() < 128 * 1024);
    }

    #[test]
    fn what_is_too_large_or_out_of_sight_is_only_told() {
        let large = of(&[10, 30_000], ShownEvent::All);
        assert_eq!((large.events.len(), large.changed.len()), (1, 1));
        let hidden = of(&[10], ShownEvent::Change);
        assert_eq!(
            (
                hidden.events.len(),
                hidden.changed[0].subject.name.as_deref()
            ),
            (0, None)
        );
    }
}
