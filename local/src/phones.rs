//! SNS as far as phones need it: endpoints made of tokens, and messages to them, which a page and the tests read.
//!
//! It speaks the query protocol: forms in, XML out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use runtime::env::{Clock, Entropy};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::net::decode;
use crate::state::State;

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// A message as it was published to a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The id that SNS answered.
    pub id: String,
    /// The endpoint it went to.
    pub arn: String,
    /// The phone's token.
    pub token: String,
    /// What its platform gets of it.
    pub message: Value,
    /// When it was published, by the cloud's clock.
    pub at: Timestamp,
}

/// What a caller did wrong, in SNS's words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SnsError {
    code: &'static str,
    message: String,
}

impl SnsError {
    fn parameter(message: &str) -> Self {
        Self {
            code: "InvalidParameter",
            message: format!("Invalid parameter: {message}"),
        }
    }
}

/// The fields of a form.
pub(crate) type Form = BTreeMap<String, String>;

/// Reads a body of the query protocol; none if it is not one.
pub(crate) fn form(body: &[u8]) -> Option<Form> {
    let text = std::str::from_utf8(body)
        .ok()
        .filter(|text| text.starts_with("Action="))?;
    let field = |pair: &str| {
        pair.split_once('=')
            .and_then(|(k, v)| Some((decode(k, true)?, decode(v, true)?)))
    };
    text.split('&').map(field).collect()
}

/// The phones; clones share them.
#[derive(Clone)]
pub(crate) struct Phones {
    state: State,
    clock: Clock,
}

impl Phones {
    pub fn new(state: State, clock: Clock) -> Self {
        Self { state, clock }
    }

    /// The answer to a call: its status and XML.
    pub fn answer(&self, form: &Form) -> (u16, String) {
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let action = field("Action");
        let done = match action {
            "CreatePlatformEndpoint" => {
                self.create(field("PlatformApplicationArn"), field("Token"))
            }
            "Publish" => self.publish(
                field("TargetArn"),
                field("MessageStructure"),
                field("Message"),
            ),
            "DeleteEndpoint" => self.delete(field("EndpointArn")),
            _ => Err(SnsError {
                code: "InvalidAction",
                message: format!("Operation {action} is not served here"),
            }),
        };
        let request = uuid::Uuid::from_bytes(Entropy::system().bytes());
        match done {
            Ok(result) => (200, success(action, result, request)),
            Err(why) => {
                let status = if why.code == "NotFound" { 404 } else { 400 };
                (status, failure(&why, request))
            }
        }
    }

    fn create(&self, application: &str, token: &str) -> Answer {
        let Some((head, name)) = application
            .split_once(":app/")
            .filter(|_| application.starts_with("arn:aws:sns:"))
        else {
            return Err(SnsError {
                code: "NotFound",
                message: "PlatformApplication does not exist".to_owned(),
            });
        };
        let hexadecimal = token.len() <= 400 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
        if token.is_empty() || name.starts_with("APNS") && !hexadecimal {
            let why =
                "Token Reason: iOS device tokens must be no more than 400 hexadecimal characters";
            return Err(SnsError::parameter(why));
        }
        let arn = format!(
            "{head}:endpoint/{name}/{}",
            uuid::Uuid::from_bytes(Entropy::system().bytes())
        );
        let connection = self.state.lock();
        // A known token keeps its endpoint: without the update, which changes nothing, RETURNING
        // would give no row for it.
        let sql = "INSERT INTO phone (arn, application, token) VALUES (?1, ?2, ?3)
            ON CONFLICT (application, token) DO UPDATE SET token = token RETURNING arn";
        let arn = connection
            .query_row(sql, params![arn, application, token], |row| row.get(0))
            .map_err(broken)?;
        Ok(Some(("EndpointArn", arn)))
    }

    fn publish(&self, arn: &str, structure: &str, message: &str) -> Answer {
        let connection = self.state.lock();
        let token = enabled_token(&connection, arn)?;
        let id = uuid::Uuid::from_bytes(Entropy::system().bytes()).to_string();
        let message = for_platform(arn, structure, message)?;
        let published = Published {
            id: id.clone(),
            arn: arn.to_owned(),
            token,
            message,
            at: self.clock.now(),
        };
        let written = serde_json::to_string(&published)
            .map_err(|why| SnsError::parameter(&why.to_string()))?;
        connection
            .execute(
                "INSERT INTO published (message) VALUES (?1)",
                params![written],
            )
            .map_err(broken)?;
        Ok(Some(("MessageId", id)))
    }

    fn delete(&self, arn: &str) -> Answer {
        self.state
            .lock()
            .execute("DELETE FROM phone WHERE arn = ?1", [arn])
            .map_err(broken)?;
        Ok(None)
    }

    /// The platforms say from now on that a token is nobody's any more.
    pub fn disable(&self, token: &str) {
        if let Err(why) = self
            .state
            .lock()
            .execute("UPDATE phone SET enabled = FALSE WHERE token = ?1", [token])
        {
            tracing::error!(%why, "a phone cannot be disabled");
        }
    }

    /// The tokens of which there are endpoints, the oldest first.
    pub fn tokens(&self) -> Vec<String> {
        self.column("SELECT token FROM phone ORDER BY rowid")
    }

    /// All that was published, the oldest first.
    pub fn published(&self) -> Vec<Published> {
        let all = self.column("SELECT message FROM published ORDER BY number");
        all.iter()
            .filter_map(|message| serde_json::from_str(message).ok())
            .collect()
    }

    fn column(&self, sql: &str) -> Vec<String> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let connection = self.state.lock();
            let mut statement = connection.prepare(sql)?;
            statement.query_map([], |row| row.get(0))?.collect()
        };
        read().unwrap_or_else(|why| {
            tracing::error!(%why, "the phones cannot be read");
            Vec::new()
        })
    }
}

/// What a call gives: at most one value, by its name.
type Answer = Result<Option<(&'static str, String)>, SnsError>;

fn success(action: &str, result: Option<(&str, String)>, request: uuid::Uuid) -> String {
    let result = result.map(|(name, value)| format!("<{name}>{}</{name}>", escape(&value)));
    let result = result.map(|value| format!("<{action}Result>{value}</{action}Result>"));
    let metadata = format!("<ResponseMetadata><RequestId>{request}</RequestId></ResponseMetadata>");
    let body = format!("{}{metadata}", result.unwrap_or_default());
    format!("<{action}Response xmlns=\"{NAMESPACE}\">{body}</{action}Response>")
}

fn failure(why: &SnsError, request: uuid::Uuid) -> String {
    let (code, message) = (escape(why.code), escape(&why.message));
    let error = format!(
        "<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let body = format!("{error}<RequestId>{request}</RequestId>");
    format!("<ErrorResponse xmlns=\"{NAMESPACE}\">{body}</ErrorResponse>")
}

/// The token behind an endpoint to which messages may go.
fn enabled_token(connection: &Connection, arn: &str) -> Result<String, SnsError> {
    let phone = connection.query_row(
        "SELECT token, enabled FROM phone WHERE arn = ?1",
        [arn],
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)),
    );
    let Some((token, enabled)) = phone.optional().map_err(broken)? else {
        return Err(SnsError::parameter(
            "TargetArn Reason: No endpoint found for the target arn specified",
        ));
    };
    if !enabled {
        return Err(SnsError {
            code: "EndpointDisabled",
            message: "Endpoint is disabled".to_owned(),
        });
    }
    Ok(token)
}

fn broken(why: rusqlite::Error) -> SnsError {
    SnsError {
        code: "InternalError",
        message: why.to_string(),
    }
}

/// What the platform of an endpoint gets of a message: its own part of it, or else the default one.
fn for_platform(arn: &str, structure: &str, message: &str) -> Result<Value, SnsError> {
    if structure != "json" {
        return Ok(message.into());
    }
    let wrong = |why: &str| SnsError::parameter(&format!("Message Structure - {why}"));
    let parts: Value =
        serde_json::from_str(message).map_err(|_| wrong("JSON message body failed to parse"))?;
    let default = parts["default"]
        .as_str()
        .ok_or_else(|| wrong("No default entry in JSON message body"))?;
    let platform = arn.split('/').nth(1).unwrap_or_default();
    let own = parts[platform].as_str().unwrap_or(default);
    Ok(serde_json::from_str(own).unwrap_or_else(|_| own.into()))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "arn:aws:sns:us-east-1:000000000000:app/GCM/local";

    fn phones() -> Phones {
        Phones::new(State::open(None).unwrap(), Clock::system())
    }

    fn call(phones: &Phones, fields: &[(&str, &str)]) -> (u16, String) {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        phones.answer(&fields.collect())
    }

    fn endpoint(phones: &Phones, app: &str, token: &str) -> String {
        let fields = [
            ("Action", "CreatePlatformEndpoint"),
            ("PlatformApplicationArn", app),
            ("Token", token),
        ];
        let (status, xml) = call(phones, &fields);
        assert_eq!(status, 200, "{xml}");
        xml.split("<EndpointArn>")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap()
            .to_owned()
    }

    fn publish(phones: &Phones, arn: &str, message: &str) -> (u16, String) {
        let fields = [
            ("Action", "Publish"),
            ("TargetArn", arn),
            ("MessageStructure", "json"),
            ("Message", message),
        ];
        call(phones, &fields)
    }

    #[test]
    fn a_token_has_one_endpoint_and_its_platform_gets_its_own_part() {
        let phones = phones();
        let arn = endpoint(&phones, APP, "a<b>&c");
        assert_eq!(endpoint(&phones, APP, "a<b>&c"), arn);
        assert_ne!(endpoint(&phones, APP, "another"), arn);
        assert!(
            arn.starts_with("arn:aws:sns:us-east-1:000000000000:endpoint/GCM/local/"),
            "{arn}"
        );
        assert_eq!(
            publish(
                &phones,
                &arn,
                r#"{"default":"d","GCM":"{\"a\":1}","APNS":"{}"}"#
            )
            .0,
            200
        );
        assert_eq!(publish(&phones, &arn, r#"{"default":"d"}"#).0, 200);
        let messages: Vec<Value> = phones
            .published()
            .into_iter()
            .map(|one| one.message)
            .collect();
        assert_eq!(messages, [serde_json::json!({ "a": 1 }), "d".into()]);
        assert_eq!(phones.published()[0].token, "a<b>&c");
    }

    #[test]
    fn what_sns_refuses_is_refused_in_its_words() {
        let phones = phones();
        let arn = endpoint(&phones, APP, "token");
        let refused = |(status, xml): (u16, String), code: &str, words: &str| {
            assert!(
                status >= 400
                    && xml.contains(&format!("<Code>{code}</Code>"))
                    && xml.contains(words),
                "{xml}"
            );
        };
        refused(
            publish(&phones, "arn:x", r#"{"default":"d"}"#),
            "InvalidParameter",
            "No endpoint found",
        );
        refused(
            publish(&phones, &arn, "{"),
            "InvalidParameter",
            "failed to parse",
        );
        refused(
            publish(&phones, &arn, "{}"),
            "InvalidParameter",
            "No default entry",
        );
        let apple = APP.replace("GCM", "APNS_SANDBOX");
        let fields = [
            ("Action", "CreatePlatformEndpoint"),
            ("PlatformApplicationArn", &apple),
            ("Token", "no hex"),
        ];
        refused(call(&phones, &fields), "InvalidParameter", "hexadecimal");
        let fields = [
            ("Action", "CreatePlatformEndpoint"),
            ("PlatformApplicationArn", "x"),
            ("Token", "a"),
        ];
        refused(call(&phones, &fields), "NotFound", "PlatformApplication");
        phones.disable("token");
        refused(
            publish(&phones, &arn, r#"{"default":"d"}"#),
            "EndpointDisabled",
            "disabled",
        );
        assert_eq!(
            call(
                &phones,
                &[("Action", "DeleteEndpoint"), ("EndpointArn", &arn)]
            )
            .0,
            200
        );
        refused(
            publish(&phones, &arn, r#"{"default":"d"}"#),
            "InvalidParameter",
            "No endpoint found",
        );
        assert_ne!(endpoint(&phones, APP, "token"), arn);
        assert_eq!(phones.published(), []);
    }

    #[test]
    fn a_form_is_read_and_nothing_else_is() {
        let form = form(b"Action=Publish&Message=%7B%22a%22%3A+1%7D&Version=2010-03-31").unwrap();
        assert_eq!(
            (form["Action"].as_str(), form["Message"].as_str()),
            ("Publish", r#"{"a": 1}"#)
        );
        assert!(super::form(b"{}").is_none() && super::form(b"Action=a&b").is_none());
    }
}
