//! Messages of clients.

use app::live::Reached;
use app::live::connect::load_connection;
use app::live::position::Positions;
use app::live::resume::{Resumption, resume_topic};
use app::live::subscribe::{Heard, progress, subscribe, unsubscribe};
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use domain::Error;
use domain::call::Call;
use domain::id::{OrgId, SessionId, UserId};
use domain::live::{Connection, Topic};
use edge::live::{
    AckFrame, AckTopic, ClientFrame, ErrorFrame, Ping, PongFrame, RefusedTopic, Resume,
    ResumedFrame, ResumedTopic, ServerFrame, Subscribe, Unsubscribe,
};
use serde_json::json;
use store::limits::Limit;
use store::record::Stored;

use crate::missed::Part;
use crate::{Live, Outcome, connection, note};

/// Messages of one connection.
const MESSAGES: Limit = Limit {
    kind: "live",
    most: 100,
    window: 10,
};
/// How many more are answered with an error, before the connection is closed.
const PATIENCE: u64 = 10;

/// Why a connection is closed.
struct Close(&'static str);

/// The answer to a message, or the end of the connection.
type Answer = Result<ServerFrame, Close>;

impl Live {
    pub(crate) async fn message(&self, event: &Event) -> Outcome {
        let id = connection(event);
        let (action, answer) = self.answer(event, id).await;
        match answer {
            Ok(frame) => {
                let code = match &frame {
                    ServerFrame::Error(error) => error.problem.code(),
                    _ => "ok",
                };
                Outcome {
                    answer: json!({ "statusCode": 200, "body": frame.text() }),
                    action,
                    code,
                }
            }
            Err(Close(reason)) => {
                self.close(id, reason).await;
                Outcome {
                    answer: json!({ "statusCode": 200 }),
                    action,
                    code: reason,
                }
            }
        }
    }

    /// Reads a message and does what it asks for, if the connection is known and its client keeps to the limits.
    async fn answer(&self, event: &Event, id: &str) -> (&'static str, Answer) {
        let counted = self.counted(id).await;
        let read = ClientFrame::read(event.body.as_deref().unwrap_or_default());
        let asked = read
            .as_ref()
            .map_or_else(|(id, _)| id.clone(), |frame| frame.id().cloned());
        let connection = match counted {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return ("none", Ok(failed(asked, error))),
            Err(close) => return ("none", Err(close)),
        };
        match read {
            Err((id, error)) => ("none", Ok(failed(id, error))),
            Ok(frame) => {
                let call = self.call(event, frame.action());
                (frame.action(), self.act_on(frame, &call, connection).await)
            }
        }
    }

    /// Counts a message: its connection, or the error to be told; fails if the connection must end.
    async fn counted(&self, id: &str) -> Result<Result<Stored<Connection>, Error>, Close> {
        let now = self.app.clock.now();
        let table = self
            .app
            .store
            .outside("messages are counted by connection, before anything else");
        let (count, known) = tokio::join!(
            table.tally(MESSAGES, id, now),
            load_connection(&self.app, id, now)
        );
        match (count, known) {
            (Ok(count), _) if count > MESSAGES.most + PATIENCE => Err(Close("rate_limited")),
            (_, Err(Error::NotFound)) => Err(Close("unknown_connection")),
            (Err(error), _) | (_, Err(error)) => Ok(Err(error)),
            (Ok(count), Ok(known)) => Ok(MESSAGES.check(count, now).map(|()| known)),
        }
    }

    async fn act_on(
        &self,
        frame: ClientFrame,
        call: &Call,
        connection: Stored<Connection>,
    ) -> Answer {
        let id = frame.id().cloned();
        let done = match frame {
            ClientFrame::Subscribe(wish) => self.subscribe(wish, call, connection).await,
            ClientFrame::Unsubscribe(wish) => self.unsubscribe(wish, call, &connection.value).await,
            ClientFrame::Resume(wish) => self.resume(wish, call, &connection.value).await,
            ClientFrame::Ping(ping) => self.ping(ping, call, &connection.value).await,
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
        let Heard { topics, refused } =
            subscribe(&self.app, call, connection, &wish.topics).await?;
        let topics = topics
            .into_iter()
            .map(|(topic, reached)| reached.map_or_else(|| AckTopic::bare(topic), told));
        let refused = refused
            .into_iter()
            .map(|(topic, error)| RefusedTopic::new(topic.to_string(), error))
            .collect();
        Ok(ServerFrame::Ack(AckFrame {
            id: wish.id,
            topics: topics.collect(),
            refused,
        }))
    }

    async fn unsubscribe(
        &self,
        wish: Unsubscribe,
        call: &Call,
        open: &Connection,
    ) -> Result<ServerFrame, Error> {
        self.app.store.visit(call, who(open), &[], &[]).await?;
        let gone = unsubscribe(&self.app, call, &open.connection, &wish.topics).await?;
        let topics = gone.into_iter().map(AckTopic::bare).collect();
        Ok(ServerFrame::Ack(AckFrame {
            id: wish.id,
            topics,
            refused: vec![],
        }))
    }

    async fn resume(
        &self,
        wish: Resume,
        call: &Call,
        open: &Connection,
    ) -> Result<ServerFrame, Error> {
        // An id of another kind is nobody's organization.
        let org: OrgId = wish
            .organization
            .to_string()
            .parse()
            .map_err(|_| Error::NotFound)?;
        let topics = wish
            .topics
            .iter()
            .map(|one| (one.topic.as_str(), one.position.as_str()))
            .collect();
        let missed = resume_topic(
            &self.app,
            call,
            open,
            &Resumption {
                org,
                topics,
                overlap: wish.overlap,
            },
        )
        .await?;
        let part = Part::of(missed);
        let topics = self.resumed(&part, call, open.user).await?;
        let Part {
            more,
            events,
            changed,
            ..
        } = part;
        let frame = ResumedFrame {
            id: wish.id,
            organization: wish.organization,
            topics,
            more,
            events,
            changed,
        };
        Ok(ServerFrame::Resumed(frame))
    }

    /// The topics of an answer to `resume`, each with how far the client has got with it.
    async fn resumed(
        &self,
        part: &Part,
        call: &Call,
        user: UserId,
    ) -> Result<Vec<ResumedTopic>, Error> {
        let positions = Positions::new(&self.app, call.at).await?;
        let topic = |(topic, last): &(Topic, Option<u64>)| {
            let position = last
                .map(|last| positions.of_event(user, *topic, last))
                .transpose()?;
            let resume_from = positions.of_feed(&self.app, user, *topic, part.seq)?;
            Ok(ResumedTopic {
                topic: topic.to_string(),
                position,
                resume_from,
            })
        };
        part.topics.iter().map(topic).collect::<Result<_, Error>>()
    }

    async fn ping(&self, ping: Ping, call: &Call, open: &Connection) -> Result<ServerFrame, Error> {
        let topics = progress(&self.app, call, open).await?;
        // Not from where to resume: something may be on its way that the client does not have yet.
        let position = |reached| AckTopic {
            resume_from: None,
            ..told(reached)
        };
        Ok(ServerFrame::Pong(PongFrame {
            id: ping.id,
            topics: topics.into_iter().map(position).collect(),
        }))
    }
}

fn told(
    Reached {
        topic,
        org,
        position,
        resume_from,
    }: Reached,
) -> AckTopic {
    let (position, resume_from) = (Some(position), Some(resume_from));
    AckTopic {
        organization: Some(org.uuid()),
        position,
        resume_from,
        ..AckTopic::bare(topic)
    }
}

fn who(connection: &Connection) -> (UserId, SessionId) {
    (connection.user, connection.session)
}

fn failed(id: Option<String>, error: Error) -> ServerFrame {
    note(&error);
    ServerFrame::Error(ErrorFrame::to(id, error))
}
