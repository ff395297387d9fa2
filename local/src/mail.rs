//! SES v2 that delivers into a mailbox, which a page and the tests read.

use jiff::Timestamp;
use runtime::env::{Clock, Entropy};
use rusqlite::params;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::state::State;

/// A mail as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The id that SES answered.
    pub id: String,
    /// The recipients' addresses, with a comma between them.
    pub to: String,
    /// The sender.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The plain text; empty if there is none.
    pub text: String,
    /// The HTML; empty if there is none.
    pub html: String,
    /// When it was sent, by the cloud's clock.
    pub at: Timestamp,
}

impl Mail {
    /// The token that the mail brings, whether in a link, in a path of the API or in a body to be sent there.
    pub fn token(&self) -> Option<&str> {
        let mut parts = self
            .text
            .split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_'));
        parts.find(|part| part.len() > 40 && part.split('.').count() == 2)
    }
}

/// All mail that was sent; clones share it.
#[derive(Clone)]
pub(crate) struct Mailbox {
    state: State,
    clock: Clock,
}

impl Mailbox {
    pub fn new(state: State, clock: Clock) -> Self {
        Self { state, clock }
    }

    /// Delivers the body of a `SendEmail` call; answers its message id, or what is wrong with it.
    pub fn deliver(&self, request: &Value) -> Result<String, String> {
        let content = &request["Content"]["Simple"];
        if !content.is_object() {
            return Err("only simple content is served here".to_owned());
        }
        let mail = self.mail(request, content);
        for (name, value) in [
            ("FromEmailAddress", &mail.from),
            ("Destination", &mail.to),
            ("Subject", &mail.subject),
        ] {
            if value.is_empty() {
                return Err(format!("{name} is missing"));
            }
        }
        let written = serde_json::to_string(&mail).map_err(|why| why.to_string())?;
        let insert = self
            .state
            .lock()
            .execute("INSERT INTO mail (mail) VALUES (?1)", params![written]);
        insert.map(|_| mail.id).map_err(|why| why.to_string())
    }

    /// The mail that a call asks for; what it does not say is empty.
    fn mail(&self, request: &Value, content: &Value) -> Mail {
        let text = |value: &Value| value["Data"].as_str().unwrap_or_default().to_owned();
        let to: Vec<&str> = request["Destination"]["ToAddresses"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        Mail {
            id: format!(
                "{}-000000",
                uuid::Uuid::from_bytes(Entropy::system().bytes())
            ),
            to: to.join(", "),
            from: request["FromEmailAddress"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            subject: text(&content["Subject"]),
            text: text(&content["Body"]["Text"]),
            html: text(&content["Body"]["Html"]),
            at: self.clock.now(),
        }
    }

    /// All mail, the oldest first.
    pub fn all(&self) -> Vec<Mail> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let connection = self.state.lock();
            let mut statement = connection.prepare("SELECT mail FROM mail ORDER BY number")?;
            statement.query_map([], |row| row.get(0))?.collect()
        };
        let mails = read().unwrap_or_else(|why| {
            tracing::error!(%why, "the mailbox cannot be read");
            Vec::new()
        });
        mails
            .iter()
            .filter_map(|mail| serde_json::from_str(mail).ok())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mail_arrives_and_a_broken_one_is_refused() {
        let mailbox = Mailbox::new(State::open(None).unwrap(), Clock::system());
        let body = json!({ "Text": { "Data": "hello" }, "Html": { "Data": "<p>hello</p>" } });
        let mail = json!({
            "FromEmailAddress": "us@example.com",
            "Destination": { "ToAddresses": ["you@example.com"] },
            "Content": { "Simple": { "Subject": { "Data": "Hi" }, "Body": body } },
        });
        mailbox.deliver(&mail).unwrap();
        let mut nobody = mail.clone();
        nobody["Destination"] = json!({});
        assert_eq!(
            mailbox.deliver(&nobody),
            Err("Destination is missing".to_owned())
        );
        let all = mailbox.all();
        assert_eq!(all.len(), 1);
        assert_eq!(
            (
                all[0].to.as_str(),
                all[0].subject.as_str(),
                all[0].text.as_str()
            ),
            ("you@example.com", "Hi", "hello")
        );
    }
}
