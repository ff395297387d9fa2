//! How many comments and files a task has.

use domain::Error;
use domain::feed::event::{Event, EventType};
use store::feed::Appended;

use super::Hands;

/// Counts what the event added or took away.
pub(super) async fn keep(hands: &Hands, event: &Appended) -> Result<(), Error> {
    let (seq, event) = (event.numbered.seq, &event.numbered.event);
    match (event.task, weight(event)) {
        (None, _) | (_, (0, 0)) => Ok(()),
        (Some(task), (comments, attachments)) => {
            hands
                .table()
                .keep_count(task, comments, attachments, seq)
                .await
        }
    }
}

/// How many comments and files more there are by an event.
fn weight(event: &Event) -> (i64, i64) {
    match event.kind {
        EventType::CommentCreated => (1, 0),
        EventType::CommentDeleted => (-1, 0),
        // A later version of a file is no other file.
        EventType::AttachmentAvailable
            if event
                .change("version")
                .is_some_and(|change| change.from.is_null()) =>
        {
            (0, 1)
        }
        EventType::AttachmentDeleted => (0, -1),
        _ => (0, 0),
    }
}

#[cfg(test)]
mod tests {
    use domain::feed::event::{EventId, FieldChange, Told};
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;

    fn event(kind: EventType, changes: Vec<FieldChange>) -> Event {
        let told = Told::new(kind, Timestamp::UNIX_EPOCH, None, "");
        Told { changes, ..told }.event(EventId([1; 16]), 1)
    }

    #[test]
    fn what_comes_is_counted_once_and_what_goes_is_taken_off() {
        let version = |from: Value| {
            vec![FieldChange {
                field: "version".to_owned(),
                from,
                to: json!(2),
            }]
        };
        for (kind, changes, weight_of_it) in [
            (EventType::CommentCreated, vec![], (1, 0)),
            (EventType::CommentUpdated, vec![], (0, 0)),
            (EventType::CommentReacted, vec![], (0, 0)),
            (EventType::CommentDeleted, vec![], (-1, 0)),
            (EventType::AttachmentAvailable, version(Value::Null), (0, 1)),
            (EventType::AttachmentAvailable, version(json!(1)), (0, 0)),
            (EventType::AttachmentDeleted, vec![], (0, -1)),
            (EventType::TaskUpdated, version(Value::Null), (0, 0)),
        ] {
            assert_eq!(weight(&event(kind, changes)), weight_of_it, "{kind:?}");
        }
    }
}
