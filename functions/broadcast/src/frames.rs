//! Events as messages: as few as they fit into.

use app::live::position::Positions;
use app::live::shown::ShownEvent;
use domain::Error;
use domain::feed::event::Numbered;
use domain::id::{OrgId, UserId};
use domain::live::Topic;
use edge::event::EventDto;
use edge::live::{ChangedEvent, ChangedFrame, EventFrame, LARGEST_EVENT, ServerFrame, fitting};

/// An event with the number of the one before it in the topic, and how much is shown of it.
pub type Piece<'e> = (Option<u64>, &'e Numbered, ShownEvent);

/// A message that tells events, before it is known to whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The numbers of the topic's event before the first in this message, and of the last in it; none if what was before is
    /// not known.
    link: Option<(u64, u64)>,
    content: Content,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Events(Vec<EventDto>),
    Changed(ChangedEvent),
}

/// The messages that tell these events; those share one that follow one another. Of what is not shown nothing is told: its
/// reader finds by the next message that something was there, asks, and is complete.
// In one piece: each event is judged by the last message and by the room left in it, and what
// becomes of the event decides both for the next one.
pub fn draft(pieces: &[Piece<'_>]) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = vec![];
    let mut room = 0;
    for (prev, numbered, shown) in pieces {
        let link = prev.map(|prev| (prev, numbered.seq));
        let fits = match shown {
            ShownEvent::Nothing => {
                room = 0;
                continue;
            }
            ShownEvent::Change => None,
            ShownEvent::All => fitting(numbered.event.clone().for_members()),
        };
        let content = match (fits, drafts.last_mut()) {
            (
                Some((view, size)),
                Some(Draft {
                    link: open,
                    content: Content::Events(events),
                }),
            ) if size <= room && open.map(|(_, seq)| seq) == link.map(|(prev, _)| prev) => {
                *open = open.zip(link).map(|((first, _), (_, seq))| (first, seq));
                room -= size;
                events.push(view);
                continue;
            }
            (Some((view, size)), _) => {
                room = LARGEST_EVENT - size;
                Content::Events(vec![view])
            }
            (None, _) => {
                room = 0;
                Content::Changed(ChangedEvent::of(&numbered.event))
            }
        };
        drafts.push(Draft { link, content });
    }
    drafts
}

impl Draft {
    /// The message under a topic's name, for one person.
    ///
    /// # Errors
    /// `Internal` if the positions cannot be sealed.
    pub fn text(
        &self,
        positions: &Positions,
        user: UserId,
        topic: Topic,
        org: OrgId,
    ) -> Result<String, Error> {
        let place = |seq| positions.of_event(user, topic, seq);
        let link = self
            .link
            .map(|(prev, seq)| Ok::<_, Error>((place(prev)?, place(seq)?)))
            .transpose()?;
        Ok(self.frame(topic, org, link).text())
    }

    /// The message under its reader's own topic, where nothing follows anything.
    pub fn aside(&self, user: UserId, org: OrgId) -> String {
        self.frame(Topic::User(user), org, None).text()
    }

    fn frame(&self, topic: Topic, org: OrgId, link: Option<(String, String)>) -> ServerFrame {
        let (topic, organization) = (topic.to_string(), org.uuid());
        let (prev, position) = link.unzip();
        match self.content.clone() {
            Content::Events(events) => ServerFrame::Event(EventFrame {
                topic,
                organization,
                position,
                prev,
                events,
            }),
            Content::Changed(changed) => ServerFrame::Changed(ChangedFrame {
                topic,
                organization,
                position,
                prev,
                changed,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::feed::event::{EventId, EventType, FieldChange, Told};
    use domain::id::Tag;
    use serde_json::Value;

    use super::*;

    const TAG: Tag = Tag::from_bytes([1; 5]);

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
        let event = Told {
            changes,
            ..told.named("WEB-1 A secret")
        }
        .event(EventId([0; 16]), 1);
        Numbered { seq, event }
    }

    /// Of a message its kind, its link and how many events it has.
    type Outline = (&'static str, Option<(u64, u64)>, usize);

    /// Each event follows the one before it, but those of number 30 and 60.
    fn told(sizes: &[(usize, ShownEvent)]) -> Vec<Outline> {
        let all: Vec<Numbered> = sizes
            .iter()
            .zip(1..)
            .map(|((size, _), seq)| numbered(seq * 10, *size))
            .collect();
        let prev = |seq: u64| {
            if seq == 60 {
                None
            } else {
                Some(seq - if seq == 30 { 5 } else { 10 })
            }
        };
        let pieces: Vec<Piece> = all
            .iter()
            .zip(sizes)
            .map(|(numbered, (_, shown))| (prev(numbered.seq), numbered, *shown))
            .collect();
        let read = |draft: &Draft| match &draft.content {
            Content::Events(events) => ("event", draft.link, events.len()),
            Content::Changed(_) => {
                let text = draft.aside(UserId::new(1, [1; 10]), OrgId::new(TAG, [1; 11]));
                assert!(!text.contains("secret"), "{text}");
                ("changed", draft.link, 0)
            }
        };
        draft(&pieces).iter().map(read).collect()
    }

    fn link(prev: u64, seq: u64) -> Option<(u64, u64)> {
        Some((prev, seq))
    }

    #[test]
    fn events_share_a_message_until_it_is_full() {
        use ShownEvent::All;
        assert_eq!(told(&[(10, All), (10, All)]), [("event", link(0, 20), 2)]);
        assert_eq!(
            told(&[(20_000, All), (10_000, All)]),
            [("event", link(0, 10), 1), ("event", link(10, 20), 1)]
        );
    }

    #[test]
    fn of_a_large_or_hidden_one_it_is_only_told_that_it_is_there() {
        let told = told(&[
            (10, ShownEvent::All),
            (30_000, ShownEvent::All),
            (10, ShownEvent::Change),
            (10, ShownEvent::All),
        ]);
        assert_eq!(
            told,
            [
                ("event", link(0, 10), 1),
                ("changed", link(10, 20), 0),
                ("changed", link(25, 30), 0),
                ("event", link(30, 40), 1)
            ]
        );
    }

    #[test]
    fn sec_low_what_is_not_shown_leaves_no_message() {
        assert_eq!(told(&[(10, ShownEvent::Nothing)]), []);
        let around = told(&[(10, ShownEvent::All), (10, ShownEvent::Nothing)]);
        assert_eq!(around, [("event", link(0, 10), 1)]);
    }

    #[test]
    fn what_does_not_follow_shares_no_message() {
        use ShownEvent::All;
        let told = told(&[
            (10, All),
            (10, All),
            (10, All),
            (10, All),
            (10, All),
            (10, All),
        ]);
        assert_eq!(
            told,
            [
                ("event", link(0, 20), 2),
                ("event", link(25, 50), 3),
                ("event", None, 1)
            ]
        );
    }
}
