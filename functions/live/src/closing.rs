//! Connections end: the gateway says so, or we do.

use app::live::connect::forget_connection;
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use edge::live::{ByeFrame, ServerFrame};
use runtime::env::{Env, MissingVariable};
use serde_json::json;

use crate::{Live, Outcome, connection, note};

/// The way to connections, for the last words.
pub(crate) struct Closer(Client);

impl Closer {
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        env.var("CONNECTIONS_URL")?;
        Ok(Self(Client::new(&env.aws("CONNECTIONS_URL")?)))
    }

    /// Says why and closes. If that fails the connection is one that listens to nothing, and ends by itself.
    async fn close(&self, connection: &str, bye: ByeFrame) {
        let text = Blob::new(ServerFrame::Bye(bye).text());
        let said = self
            .0
            .post_to_connection()
            .connection_id(connection)
            .data(text)
            .send()
            .await;
        let closed = self
            .0
            .delete_connection()
            .connection_id(connection)
            .send()
            .await;
        if said.is_err() || closed.is_err() {
            tracing::warn!(
                connection,
                "a connection was gone before it was closed, or could not be"
            );
        }
    }
}

impl Live {
    /// The gateway says that a connection has ended.
    pub(crate) async fn closed(&self, event: &Event) -> Outcome {
        let code = match forget_connection(&self.app, connection(event)).await {
            Ok(()) => "ok",
            Err(error) => {
                note(&error);
                edge::Code::from(&error).as_str()
            }
        };
        Outcome {
            answer: json!({ "statusCode": 200 }),
            action: "disconnect",
            code,
        }
    }

    /// Ends a connection: its person may not go on, or it asks too much.
    pub(crate) async fn close(&self, connection: &str, reason: &'static str) {
        if let Err(error) = forget_connection(&self.app, connection).await {
            note(&error);
        }
        self.closer
            .close(connection, ByeFrame::because(reason))
            .await;
    }
}
