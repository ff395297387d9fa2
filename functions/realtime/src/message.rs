//! Messages of clients.

use app::live::connect::load;
use app::live::resume::{Missed, resume};
use app::live::subscribe::{Heard, subscribe, unsubscribe};
use app::live::view::Shown;
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use domain::Error;
use domain::call::Call;
use domain::event::Numbered;
use domain::id::OrgId;
use domain::live::Connection;
use edge::event::EventView;
use edge::live::{
    AckFrame, AckTopic, ChangedEvent, ClientFrame, ErrorFrame, LARGEST_EVENT, PongFrame, RefusedTopic, Resume,
    ResumedFrame, ServerFrame, Subscribe, Unsubscribe,
};
use serde_json::json;
use store::limits::Limit;
use store::record::Stored;

use crate::{Outcome, Realtime, connection, note};

/// Messages of one connection.
const MESSAGES: Limit = Limit { kind: "live", most: 100, window: 10 };
/// How many more are answered with an error, before the connection is closed.
const PATIENCE: u64 = 10;
/// The largest answer to `resume`, in bytes. The gateway takes 128 KB.
const LARGEST_ANSWER: usize = 96 * 1024;

/// Why a connection is closed.
struct Close(&'static str);

/// The answer to a message, or the end of the connection.
type Answer = Result<ServerFrame, Close>;

impl Realtime {
    pub(crate) async fn message(&self, event: &Event) -> Outcome {
        let id = connection(event);
        let (action, answer) = self.answer(event, id).await;
        match answer {
            Ok(frame) => {
                let code = match &frame {
                    ServerFrame::Error(error) => error.problem.code(),
                    _ => "ok",
                };
                Outcome { answer: json!({ "statusCode": 200, "body": frame.text() }), action, code }
            }
            Err(Close(reason)) => {
                self.close(id, reason).await;
                Outcome { answer: json!({ "statusCode": 200 }), action, code: reason }
            }
        }
    }

    /// Reads a message and does what it asks for, if the connection is known and its client keeps to the limits.
    async fn answer(&self, event: &Event, id: &str) -> (&'static str, Answer) {
        let now = self.app.clock.now();
        let table = self.app.store.outside("messages are counted by connection, before anything else");
        let (count, known) = tokio::join!(table.tally(MESSAGES, id, now), load(&self.app, id, now));
        let connection = match (count, known) {
            (Ok(count), _) if count > MESSAGES.most + PATIENCE => return ("none", Err(Close("rate_limited"))),
            (_, Err(Error::NotFound)) => return ("none", Err(Close("unknown_connection"))),
            (Err(error), _) | (_, Err(error)) => return ("none", Ok(failed(None, error))),
            (Ok(count), Ok(known)) => match MESSAGES.check(count, now) {
                Ok(()) => known,
                Err(error) => return ("none", Ok(failed(None, error))),
            },
        };
        match ClientFrame::read(event.body.as_deref().unwrap_or_default()) {
            Err((id, error)) => ("none", Ok(failed(id, error))),
            Ok(frame) => {
                let call = self.call(event, frame.action());
                (frame.action(), self.act_on(frame, &call, connection).await)
            }
        }
    }

    async fn act_on(&self, frame: ClientFrame, call: &Call, connection: Stored<Connection>) -> Answer {
        let id = frame.id().cloned();
        let done = match frame {
            ClientFrame::Subscribe(wish) => self.subscribe(wish, call, connection).await,
            ClientFrame::Unsubscribe(wish) => self.unsubscribe(wish, call, &connection.value).await,
            ClientFrame::Resume(wish) => self.resume(wish, call, &connection.value).await,
            ClientFrame::Ping(ping) => {
                let visit = self.app.store.visit(call, who(&connection.value), &[], &[]).await;
                visit.map(|_| ServerFrame::Pong(PongFrame { id: ping.id }))
            }
        };
        match done {
            Err(Error::Unauthenticated) => Err(Close("session_ended")),
            // With several connections one would have several times as much: so this one ends.
            Err(Error::RateLimited { .. }) => Err(Close("rate_limited")),
            Err(error) => Ok(failed(id, error)),
            Ok(frame) => Ok(frame),
        }
    }

    async fn subscribe(
        &self,
        wish: Subscribe,
        call: &Call,
        connection: Stored<Connection>,
    ) -> Result<ServerFrame, Error> {
        let Heard { topics, refused } = subscribe(&self.app, call, connection, &wish.topics).await?;
        let topics = topics.into_iter().map(|(topic, head)| AckTopic::listened(topic, head)).collect();
        let refused = refused.into_iter().map(|(topic, error)| RefusedTopic::new(topic.to_string(), error)).collect();
        Ok(ServerFrame::Ack(AckFrame { id: wish.id, topics, refused }))
    }

    async fn unsubscribe(&self, wish: Unsubscribe, call: &Call, open: &Connection) -> Result<ServerFrame, Error> {
        self.app.store.visit(call, who(open), &[], &[]).await?;
        let gone = unsubscribe(&self.app, call, &open.connection, &wish.topics).await?;
        let topics = gone.into_iter().map(|topic| AckTopic::listened(topic, None)).collect();
        Ok(ServerFrame::Ack(AckFrame { id: wish.id, topics, refused: vec![] }))
    }

    async fn resume(&self, wish: Resume, call: &Call, open: &Connection) -> Result<ServerFrame, Error> {
        // An id of another kind is nobody's organization.
        let org: OrgId = wish.organization.to_string().parse().map_err(|_| Error::NotFound)?;
        let missed = resume(&self.app, call, open, org, wish.seq).await?;
        Ok(ServerFrame::Resumed(resumed(wish, missed)))
    }
}

fn who(connection: &Connection) -> (domain::id::UserId, domain::id::SessionId) {
    (connection.user, connection.session)
}

fn failed(id: Option<String>, error: Error) -> ServerFrame {
    note(&error);
    ServerFrame::Error(ErrorFrame::to(id, error))
}

/// As much of what was missed as fits into an answer.
fn resumed(wish: Resume, missed: Missed) -> ResumedFrame {
    let Resume { id, organization, .. } = wish;
    let mut frame =
        ResumedFrame { id, organization, seq: wish.seq, more: missed.more, events: vec![], changed: vec![] };
    let mut size = 0;
    for (numbered, shown) in missed.events {
        let (seq, changed) = (numbered.seq, ChangedEvent::of(&numbered));
        let whole = (shown == Shown::All).then(|| fitting(numbered)).flatten();
        let more = whole.as_ref().map_or(changed.subject.id.len() + 200, |(_, size)| *size);
        if size + more > LARGEST_ANSWER {
            return ResumedFrame { more: true, ..frame };
        }
        size += more;
        match whole {
            Some((view, _)) => frame.events.push(view),
            None => frame.changed.push(changed),
        }
        frame.seq = seq;
    }
    ResumedFrame { seq: missed.seq, ..frame }
}

/// What the client sees of an event and how large that is, unless it is too large.
fn fitting(numbered: Numbered) -> Option<(EventView, usize)> {
    let view = EventView::from(numbered);
    let size = serde_json::to_vec(&view).map_or(usize::MAX, |text| text.len());
    (size <= LARGEST_EVENT).then_some((view, size))
}

#[cfg(test)]
mod tests {
    use domain::event::{Event, EventId, EventType, FieldChange};
    use domain::id::Tag;
    use serde_json::Value;

    use super::*;

    fn numbered(seq: u64, size: usize) -> Numbered {
        let from = Value::from("x".repeat(size));
        let event = Event {
            id: EventId([0; 16]),
            kind: EventType::TaskUpdated,
            at: jiff::Timestamp::UNIX_EPOCH,
            actor: None,
            subject: "subject".to_owned(),
            name: None,
            version: 1,
            project: None,
            task: None,
            board: None,
            user: None,
            changes: vec![FieldChange { field: "title".to_owned(), from, to: Value::Null }],
        };
        Numbered { seq, event }
    }

    fn frame(sizes: &[usize], shown: Shown) -> ResumedFrame {
        let org = OrgId::new(Tag::from_bytes([1; 5]), [1; 11]);
        let events = sizes.iter().zip(1..).map(|(size, seq)| (numbered(seq, *size), shown)).collect();
        let missed = Missed { org, seq: 99, more: false, events };
        resumed(Resume { id: None, organization: org.uuid(), seq: 0 }, missed)
    }

    #[test]
    fn an_answer_ends_before_it_is_too_large_and_says_where() {
        let all = frame(&[20_000; 3], Shown::All);
        assert_eq!((all.events.len(), all.seq, all.more), (3, 99, false));
        let some = frame(&[20_000; 9], Shown::All);
        assert_eq!((some.events.len(), some.seq, some.more), (4, 4, true));
        assert!(ServerFrame::Resumed(some).text().len() < 128 * 1024);
    }

    #[test]
    fn what_is_too_large_or_out_of_sight_is_only_told() {
        let large = frame(&[10, 30_000], Shown::All);
        assert_eq!((large.events.len(), large.changed.len()), (1, 1));
        let hidden = frame(&[10], Shown::Change);
        assert_eq!(
            (hidden.events.len(), hidden.changed[0].seq, hidden.changed[0].subject.name.as_deref()),
            (0, 1, None)
        );
    }
}
