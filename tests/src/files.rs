//! Files that people upload.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, Person};

/// A file: its bytes, and what is said of it.
#[derive(Debug, Clone)]
pub struct File {
    /// What it is called.
    pub name: String,
    /// What it is said to be.
    pub kind: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl File {
    /// A file of these bytes.
    pub fn new(name: &str, kind: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            bytes: bytes.into(),
        }
    }

    /// A text of so many bytes.
    pub fn text(name: &str, bytes: usize) -> Self {
        Self::new(name, "text/plain", vec![b'x'; bytes])
    }

    /// Its SHA-256, in hexadecimal.
    pub fn sha256(&self) -> String {
        HEXLOWER.encode(digest(&SHA256, &self.bytes).as_ref())
    }

    /// The body that announces it.
    pub fn announcement(&self) -> Value {
        json!({
            "filename": self.name, "size": self.bytes.len(), "content_type": self.kind, "sha256": self.sha256(),
        })
    }
}

/// What the object store answered.
pub struct Stored {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Stored {
    /// A header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Person {
    /// A request to the object store, without a token: the address is enough.
    pub async fn store(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Stored {
        let mut request = self.http.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.expect("the object store answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Stored {
            status,
            headers,
            bytes: response.bytes().await.expect("a body").to_vec(),
        }
    }

    /// Uploads bytes as an announcement's answer says.
    pub async fn put_file(&self, upload: &Value, bytes: &[u8]) -> Stored {
        let headers = upload["headers"]
            .as_object()
            .expect("the headers of an upload");
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        self.store(
            Method::PUT,
            upload["url"].as_str().expect("an address"),
            &headers,
            Some(bytes.to_vec()),
        )
        .await
    }

    /// Announces a file on a task and uploads it; what is left is to complete it.
    pub async fn send_file(&self, task: &str, file: &File) -> Answer {
        let begun = self
            .post(&format!("/tasks/{task}/attachments"), file.announcement())
            .await
            .expect(201);
        let sent = self.put_file(&begun.data()["upload"], &file.bytes).await;
        assert_eq!(sent.status, 200, "{}", sent.text());
        begun
    }

    /// Puts a file on a task; answers its id.
    pub async fn attach(&self, task: &str, file: &File) -> String {
        let id = self.send_file(task, file).await.id();
        self.post(
            &format!("/tasks/{task}/attachments/{id}/complete"),
            json!({}),
        )
        .await
        .expect(200);
        id
    }
}
