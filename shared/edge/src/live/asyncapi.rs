//! The AsyncAPI document (https://www.asyncapi.com/docs/reference/specification/v3.0.0), made from the messages' types.

use std::collections::BTreeMap;

use domain::feed::event::EventType;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::{
    AckFrame, ByeFrame, ChangedFrame, ErrorFrame, EventFrame, NotificationFrame, PROTOCOL, Ping,
    PongFrame, Resume, ResumedFrame, Subscribe, TICKET, Unsubscribe,
};

const DESCRIPTION: &str = "\
What happens, while it happens. `POST /api/v1/realtime/tickets` gives an address and a ticket; the connection offers the \
subprotocols `elevanalog.v1` and `ticket.<ticket>`. It lasts two hours at most and is closed after ten minutes of \
silence, so clients `ping` every few minutes and connect again with a little randomness in their waiting. Messages are \
JSON texts of at most 128 KB, in frames of at most 32 KB; unknown members are refused.

**Nothing is lost.** Keep two texts for each topic: `position` and `resume_from`. `ack` tells both; load what you show \
after it. Each `event` names the position of its topic's event before it as `prev` and its own as `position`, which then \
takes the place of both. If `prev` is not the position that you have, or `pong` tells another one, or you come back over a \
new connection, send `resume` with your `resume_from`; `resumed` tells both anew. Messages may come twice, under the same \
position, or late, without one; events have an `id`. Positions are yours alone and say nothing else: neither how much has \
happened nor what comes before what.

**What happens to a private project** is told under your own topic, if you see it and listen to its organization, and \
follows nothing there; `resume` of the organization's topic brings it too.

**Rights** are looked at when you subscribe and with every message. A topic that you may not listen to any more is told \
once, by `error`; a connection whose session has ended gets `bye` and is closed.";

/// One message: what it is called, its type's schema, and the types that that refers to.
struct Message {
    name: &'static str,
    ours: bool,
    schema: Value,
    parts: Vec<(String, RefOr<Schema>)>,
}

fn message<T: ToSchema>(name: &'static str, ours: bool) -> Message {
    let mut parts = vec![];
    T::schemas(&mut parts);
    // What is made of one description cannot fail to be one.
    let schema = serde_json::to_value(T::schema()).unwrap_or_default();
    Message {
        name,
        ours,
        schema,
        parts,
    }
}

/// Every message, in the order of the document.
fn messages() -> Vec<Message> {
    vec![
        message::<Subscribe>("subscribe", false),
        message::<Unsubscribe>("unsubscribe", false),
        message::<Resume>("resume", false),
        message::<Ping>("ping", false),
        message::<AckFrame>("ack", true),
        message::<EventFrame>("event", true),
        message::<ChangedFrame>("changed", true),
        message::<ResumedFrame>("resumed", true),
        message::<NotificationFrame>("notification", true),
        message::<PongFrame>("pong", true),
        message::<ErrorFrame>("error", true),
        message::<ByeFrame>("bye", true),
    ]
}

/// What clients send, what answers it, and what we send of our own accord.
const ASKED: [(&str, &[&str]); 4] = [
    ("subscribe", &["ack", "error"]),
    ("unsubscribe", &["ack", "error"]),
    ("resume", &["resumed", "error"]),
    ("ping", &["pong"]),
];
const TOLD: [&str; 5] = ["event", "changed", "notification", "error", "bye"];

/// The document.
pub fn document() -> Value {
    let messages = messages();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Elevanalog live",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": { "live": server() },
        "channels": { "live": channel(&messages) },
        "operations": operations(),
        "components": { "messages": described(&messages), "schemas": schemas(&messages) },
    })
}

fn server() -> Value {
    json!({
        "host": "{host}",
        "pathname": "/live",
        "protocol": "wss",
        "description": "As `url` of a ticket says.",
        "variables": { "host": { "description": "Where the connections of this installation are opened." } },
    })
}

fn channel(messages: &[Message]) -> Value {
    let refer = |message: &Message| {
        (
            message.name.to_owned(),
            json!({ "$ref": format!("#/components/messages/{}", message.name) }),
        )
    };
    let offered = format!("{PROTOCOL}, {TICKET}<ticket>");
    let header = json!({ "type": "string", "description": format!("`{offered}`; answered with `{PROTOCOL}`.") });
    json!({
        "address": "/",
        "description": "One connection carries everything.",
        "servers": [{ "$ref": "#/servers/live" }],
        "messages": messages.iter().map(refer).collect::<Map<_, _>>(),
        "bindings": { "ws": {
            "method": "GET",
            "headers": {
                "type": "object",
                "properties": { "Sec-WebSocket-Protocol": header },
                "required": ["Sec-WebSocket-Protocol"],
            },
            "bindingVersion": "0.1.0",
        } },
    })
}

/// The operations, from the server's side as AsyncAPI wants them.
fn operations() -> Value {
    let channel = json!({ "$ref": "#/channels/live" });
    let refer = |name: &str| json!({ "$ref": format!("#/channels/live/messages/{name}") });
    let asked = ASKED.iter().map(|(name, answers)| {
        let answers: Vec<Value> = answers.iter().map(|answer| refer(answer)).collect();
        let operation = json!({
            "action": "receive",
            "channel": channel,
            "messages": [refer(name)],
            "reply": { "channel": channel, "messages": answers },
        });
        ((*name).to_owned(), operation)
    });
    let told = json!({
        "action": "send",
        "channel": channel,
        "summary": "What is told without being asked.",
        "messages": TOLD.map(refer),
    });
    asked
        .chain([("tell".to_owned(), told)])
        .collect::<Map<_, _>>()
        .into()
}

fn described(messages: &[Message]) -> Value {
    let one = |message: &Message| {
        let summary = message.schema["description"].as_str().unwrap_or_default();
        let about = json!({
            "name": message.name,
            "title": message.name,
            "summary": summary,
            "payload": { "$ref": format!("#/components/schemas/{}", payload(message)) },
        });
        (message.name.to_owned(), about)
    };
    messages.iter().map(one).collect::<Map<_, _>>().into()
}

/// What a message's schema is called. Names of types begin with a capital letter, so the two never meet.
fn payload(message: &Message) -> String {
    format!("{}Message", message.name)
}

fn schemas(messages: &[Message]) -> Value {
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for message in messages {
        all.insert(payload(message), tagged(message));
        for (name, schema) in &message.parts {
            all.insert(
                name.clone(),
                serde_json::to_value(schema).unwrap_or_default(),
            );
        }
    }
    all.extend(event_types());
    if let Some(event) = all.get_mut("Event") {
        let description = event["properties"]["type"]["description"].take();
        let kind = json!({ "$ref": "#/components/schemas/EventType" });
        event["properties"]["type"] = json!({ "allOf": [kind], "description": description });
    }
    all.into_iter().collect::<Map<_, _>>().into()
}

/// The kinds of events: those that live connections tell, and those that they do not.
fn event_types() -> [(String, Value); 2] {
    let kinds = |private: bool| -> Vec<&str> {
        EventType::ALL
            .iter()
            .filter(|kind| kind.is_private() == private)
            .map(|kind| kind.as_str())
            .collect()
    };
    let public = json!({
        "type": "string",
        "description": "What kind of thing has happened.",
        "enum": kinds(false),
    });
    let private = json!({
        "type": "string",
        "description": "What only the audit trail shows, and no live connection.",
        "enum": kinds(true),
    });
    [
        ("EventType".to_owned(), public),
        ("AuditEventType".to_owned(), private),
    ]
}

/// The schema of a message with the member that tells what it is. Where the type is made of several, that is one more.
fn tagged(message: &Message) -> Value {
    let (tag, mut schema) = (
        if message.ours { "type" } else { "action" },
        message.schema.clone(),
    );
    let own = json!({ "type": "string", "const": message.name });
    if let Some(all) = schema.get_mut("allOf").and_then(Value::as_array_mut) {
        all.push(json!({ "type": "object", "required": [tag], "properties": { tag: own } }));
        return schema;
    }
    if !schema["required"].is_array() {
        schema["required"] = json!([]);
    }
    if let Some(required) = schema["required"].as_array_mut() {
        required.insert(0, tag.into());
    }
    schema["properties"][tag] = own;
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every reference of the document.
    fn references<'v>(value: &'v Value, into: &mut Vec<&'v str>) {
        match value {
            Value::Object(members) => {
                into.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, into));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, into)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let mut all = vec![];
        references(&document, &mut all);
        assert!(all.len() > 40, "{}", all.len());
        for reference in all {
            let path = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(path).is_some(), "{reference}");
        }
    }

    #[test]
    fn every_message_says_what_it_is_and_is_sent_by_somebody() {
        let document = document();
        let mut used: Vec<&str> = ASKED
            .iter()
            .flat_map(|(name, answers)| answers.iter().copied().chain([*name]))
            .collect();
        used.extend(TOLD);
        for (name, message) in document["components"]["messages"].as_object().unwrap() {
            assert!(
                message["summary"]
                    .as_str()
                    .is_some_and(|text| text.len() > 10),
                "{name}"
            );
            assert!(used.contains(&name.as_str()), "{name}");
            let schema = document.pointer(
                message["payload"]["$ref"]
                    .as_str()
                    .unwrap()
                    .strip_prefix('#')
                    .unwrap(),
            );
            let text = schema.unwrap().to_string();
            assert!(text.contains(&format!("\"const\":\"{name}\"")), "{text}");
            assert!(
                !text.contains(":null"),
                "a member that says nothing: {text}"
            );
        }
    }

    #[test]
    fn every_event_type_stands_in_it_once() {
        let document = document();
        let of = |name: &str| {
            document["components"]["schemas"][name]["enum"]
                .as_array()
                .unwrap()
                .len()
        };
        assert_eq!(of("EventType") + of("AuditEventType"), EventType::ALL.len());
        assert!(
            document["components"]["schemas"]["Event"]["properties"]["type"]["allOf"].is_array()
        );
    }
}
