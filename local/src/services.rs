//! The wire of the small services: SQS and Secrets Manager by `X-Amz-Target`, SES v2 by path, SNS by form.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use axum::routing::post;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::mail::Mailbox;
use crate::phones::{self, Phones};
use crate::queues::Queues;
use crate::secrets::Secrets;

/// The largest body: a batch of ten messages of 1 MiB would be refused by SQS anyway.
const LARGEST: usize = 16 * 1024 * 1024;

/// The small services; clones share them.
#[derive(Clone)]
pub(crate) struct Services {
    pub queues: Queues,
    pub mailbox: Mailbox,
    pub phones: Phones,
    pub secrets: Secrets,
    /// Where queue URLs begin.
    pub queue_urls: String,
}

/// Their routes.
pub(crate) fn router(services: Services) -> Router {
    Router::new()
        .route("/", post(by_target))
        .route("/v2/email/outbound-emails", post(send_email))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(services)
}

async fn by_target(State(services): State<Services>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(form) = phones::form(&body) {
        return services.ask_phones(&form);
    }
    let target = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .unwrap_or_default();
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return refuse("SerializationException", None, "the body is not JSON");
    };
    match target.split_once('.') {
        Some(("AmazonSQS", operation)) => services.ask_queues(operation, &body).await,
        Some(("secretsmanager", "GetSecretValue")) => services.ask_secrets(&body),
        _ => refuse(
            "UnknownOperationException",
            None,
            "the local cloud does not serve this operation",
        ),
    }
}

impl Services {
    fn ask_phones(&self, form: &phones::Form) -> Response {
        let (status, xml) = self.phones.answer(form);
        let mut response = Response::new(Body::from(xml));
        *response.status_mut() =
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("text/xml"),
        );
        response
    }

    async fn ask_queues(&self, operation: &str, body: &Value) -> Response {
        match self.queues.answer(operation, body, &self.queue_urls).await {
            Ok(answer) => reply(StatusCode::OK, &answer),
            Err(error) => refuse(
                &format!("com.amazonaws.sqs#{}", error.shape),
                Some(error.query),
                &error.message,
            ),
        }
    }

    fn ask_secrets(&self, body: &Value) -> Response {
        match self
            .secrets
            .answer(body["SecretId"].as_str().unwrap_or_default())
        {
            Some(answer) => reply(StatusCode::OK, &answer),
            None => refuse(
                "ResourceNotFoundException",
                None,
                "Secrets Manager can't find the specified secret.",
            ),
        }
    }
}

async fn send_email(State(services): State<Services>, body: Bytes) -> Response {
    let delivered = match serde_json::from_slice(&body) {
        Ok(request) => services.mailbox.deliver(&request),
        Err(why) => Err(why.to_string()),
    };
    match delivered {
        Ok(id) => reply(StatusCode::OK, &json!({ "MessageId": id })),
        Err(why) => refuse("BadRequestException", None, &why),
    }
}

fn reply(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-amz-json-1.0"),
    );
    response
}

/// An error in both of the ways in which the SDK looks for one.
fn refuse(kind: &str, query: Option<&str>, message: &str) -> Response {
    let ours = query.is_some_and(|query| query.ends_with(";Receiver"));
    let status = if ours {
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        StatusCode::BAD_REQUEST
    };
    let mut response = reply(status, &json!({ "__type": kind, "message": message }));
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::try_from(value) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    };
    match query {
        Some(query) => put("x-amzn-query-error", query),
        None => put("x-amzn-errortype", kind),
    }
    response
}
