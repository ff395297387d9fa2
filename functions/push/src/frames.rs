//! Events as messages: as few as they fit into.

use app::live::view::Shown;
use domain::event::Numbered;
use domain::id::OrgId;
use domain::live::Topic;
use edge::event::EventView;
use edge::live::{ChangedEvent, ChangedFrame, EventFrame, LARGEST_EVENT, ServerFrame};

/// An event with the number of the one before it in the topic, and how much is shown of it.
pub type Piece<'e> = (u64, &'e Numbered, Shown);

/// The messages that tell these events under a topic's name. What is not shown leaves its number, so that nobody sees
/// a gap where nothing is missing for him.
pub fn write(topic: Topic, org: OrgId, pieces: &[Piece<'_>]) -> Vec<ServerFrame> {
    let mut frames = vec![];
    let mut open: Option<(EventFrame, usize)> = None;
    for (prev, numbered, shown) in pieces {
        let (size, view) = match shown {
            Shown::All => sized(numbered),
            Shown::Change => (usize::MAX, None),
            Shown::Nothing => (0, None),
        };
        let full = open.as_ref().is_some_and(|(_, taken)| taken.saturating_add(size) > LARGEST_EVENT);
        if full {
            frames.extend(open.take().map(|(frame, _)| ServerFrame::Event(frame)));
        }
        if size > LARGEST_EVENT {
            frames.push(ServerFrame::Changed(changed(topic, org, *prev, numbered)));
            continue;
        }
        let (frame, taken) = open.get_or_insert_with(|| (empty(topic, org, *prev), 0));
        frame.seq = numbered.seq;
        frame.events.extend(view);
        *taken += size;
    }
    frames.extend(open.map(|(frame, _)| ServerFrame::Event(frame)));
    frames
}

fn sized(numbered: &Numbered) -> (usize, Option<EventView>) {
    let view = EventView::from(numbered.clone().for_members());
    (serde_json::to_vec(&view).map_or(usize::MAX, |text| text.len()), Some(view))
}

fn empty(topic: Topic, org: OrgId, prev: u64) -> EventFrame {
    EventFrame { topic: topic.to_string(), organization: org.uuid(), seq: prev, prev, events: vec![] }
}

fn changed(topic: Topic, org: OrgId, prev: u64, numbered: &Numbered) -> ChangedFrame {
    let changed = ChangedEvent::of(numbered);
    ChangedFrame { topic: topic.to_string(), organization: org.uuid(), prev, changed }
}

#[cfg(test)]
mod tests {
    use domain::event::{Event, EventId, EventType, FieldChange};
    use domain::id::{Tag, TaskId};
    use serde_json::Value;

    use super::*;

    const TAG: Tag = Tag::from_bytes([1; 5]);

    fn numbered(seq: u64, size: usize) -> Numbered {
        let from = Value::from("x".repeat(size));
        let event = Event {
            id: EventId([0; 16]),
            kind: EventType::TaskUpdated,
            at: jiff::Timestamp::UNIX_EPOCH,
            actor: None,
            subject: "subject".to_owned(),
            name: Some("WEB-1 A secret".to_owned()),
            version: 1,
            project: None,
            task: None,
            board: None,
            user: None,
            changes: vec![FieldChange { field: "title".to_owned(), from, to: Value::Null }],
        };
        Numbered { seq, event }
    }

    /// For each message its kind, `prev`, `seq` and how many events it has.
    fn told(sizes: &[(usize, Shown)]) -> Vec<(String, u64, u64, usize)> {
        let all: Vec<Numbered> = sizes.iter().zip(1..).map(|((size, _), seq)| numbered(seq * 10, *size)).collect();
        let pieces: Vec<Piece> =
            all.iter().zip(sizes).map(|(numbered, (_, shown))| (numbered.seq - 10, numbered, *shown)).collect();
        let frames = write(Topic::Task(TaskId::new(TAG, [1; 11])), OrgId::new(TAG, [1; 11]), &pieces);
        let read = |frame: &ServerFrame| {
            let text = frame.text();
            let json: Value = serde_json::from_str(&text).unwrap();
            assert!(!text.contains("secret") || json["type"] == "event");
            let number = |name: &str| json[name].as_u64().unwrap();
            let events = json["events"].as_array().map(Vec::len).unwrap_or_default();
            (json["type"].as_str().unwrap().to_owned(), number("prev"), number("seq"), events)
        };
        frames.iter().map(read).collect()
    }

    #[test]
    fn events_share_a_message_until_it_is_full() {
        use Shown::All;
        let event = |prev, seq, events| ("event".to_owned(), prev, seq, events);
        assert_eq!(told(&[(10, All), (10, All)]), [event(0, 20, 2)]);
        assert_eq!(told(&[(15_000, All), (5_000, All), (15_000, All)]), [event(0, 20, 2), event(20, 30, 1)]);
    }

    #[test]
    fn of_a_large_or_hidden_one_it_is_only_told_that_it_is_there() {
        let frames = told(&[(10, Shown::All), (30_000, Shown::All), (10, Shown::Change), (10, Shown::All)]);
        let kinds: Vec<(&str, u64)> = frames.iter().map(|(kind, _, seq, _)| (kind.as_str(), *seq)).collect();
        assert_eq!(kinds, [("event", 10), ("changed", 20), ("changed", 30), ("event", 40)]);
    }

    #[test]
    fn what_is_not_shown_leaves_its_number() {
        assert_eq!(told(&[(10, Shown::Nothing)]), [("event".to_owned(), 0, 10, 0)]);
    }
}
