//! Connections are opened, or not.

use app::live::connect::open_connection;
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use domain::Error;
use edge::Code;
use edge::live::{PROTOCOL, TICKET};
use serde_json::{Value, json};

use crate::{Live, Outcome, connection, note};

/// From which pages a browser may connect.
pub(crate) enum Origins {
    All,
    These(Vec<String>),
}

impl Origins {
    /// `*`, or origins with commas between.
    pub fn read(text: &str) -> Self {
        let all: Vec<String> = text.split(',').map(|one| one.trim().to_owned()).collect();
        if all.iter().any(|one| one == "*") {
            Self::All
        } else {
            Self::These(all)
        }
    }

    /// Whether one may connect that says this of itself. Who is no browser says nothing.
    fn admit(&self, origin: Option<&str>) -> bool {
        match (self, origin) {
            (Self::All, _) | (_, None) => true,
            (Self::These(all), Some(origin)) => all.iter().any(|one| one == origin),
        }
    }
}

/// The subprotocols that the client offers.
struct Offer<'e> {
    speaks: bool,
    tickets: Vec<&'e str>,
}

impl<'e> Offer<'e> {
    fn read(event: &'e Event) -> Self {
        let lines = event
            .headers
            .get_all("sec-websocket-protocol")
            .iter()
            .filter_map(|line| line.to_str().ok());
        let offered: Vec<&str> = lines
            .flat_map(|line| line.split(','))
            .map(str::trim)
            .collect();
        let tickets = offered
            .iter()
            .filter_map(|one| one.strip_prefix(TICKET))
            .collect();
        Self {
            speaks: offered.contains(&PROTOCOL),
            tickets,
        }
    }
}

impl Live {
    pub(crate) async fn open(&self, event: &Event) -> Outcome {
        let (answer, code) = match self.admit(event).await {
            // Browsers end a connection whose server picks none of the subprotocols they have offered.
            Ok(()) => (
                json!({ "statusCode": 200, "headers": { "Sec-WebSocket-Protocol": PROTOCOL } }),
                "ok",
            ),
            Err(code) => (refusal(code), code.as_str()),
        };
        Outcome {
            answer,
            action: "connect",
            code,
        }
    }

    async fn admit(&self, event: &Event) -> Result<(), Code> {
        let origin = event
            .headers
            .get("origin")
            .map(|origin| origin.to_str().unwrap_or_default());
        if !self.origins.admit(origin) {
            return Err(Code::Forbidden);
        }
        let offer = Offer::read(event);
        if !offer.speaks {
            return Err(Code::BadRequest);
        }
        let [ticket] = offer.tickets.as_slice() else {
            return Err(Code::Unauthenticated);
        };
        let call = self.call(event, "connect");
        let opened = open_connection(&self.app, &call, connection(event), ticket).await;
        opened.map(drop).map_err(|error: Error| {
            note(&error);
            Code::from(&error)
        })
    }
}

/// The gateway shows the status and nothing else.
fn refusal(code: Code) -> Value {
    json!({ "statusCode": code.status().as_u16(), "body": code.as_str() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_allowed_origins_connect() {
        let some = Origins::read("https://a.example, https://b.example");
        for (origin, admitted) in [
            (None, true),
            (Some("https://b.example"), true),
            (Some("https://c.example"), false),
            (Some("null"), false),
            (Some(""), false),
            (Some("https://a.example.evil.example"), false),
        ] {
            assert_eq!(some.admit(origin), admitted, "{origin:?}");
        }
        assert!(Origins::read("*").admit(Some("https://c.example")));
    }

    #[test]
    fn the_ticket_is_one_of_the_subprotocols() {
        let mut event = Event::default();
        assert!(!Offer::read(&event).speaks);
        event.headers.insert(
            "Sec-WebSocket-Protocol",
            "elevanalog.v1, ticket.abc".parse().unwrap(),
        );
        let offer = Offer::read(&event);
        assert!(offer.speaks);
        assert_eq!(offer.tickets, ["abc"]);
    }
}
