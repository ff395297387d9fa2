//! What surrounds every request, whatever it asks for.

mod finish;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{Context, SHA256};
use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use domain::Error;
use domain::call::{Answers, Call, NotedAnswer};
use http::{Method, StatusCode, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use runtime::env::Env;
use runtime::{after, meter};
use tower::ServiceExt;

use crate::caller::{self, Arrival};
use crate::{Code, Problem, body, path};
use finish::Asked;

/// A function is stopped after 10 s; whoever waits shall have an answer before.
const DEADLINE: Duration = Duration::from_secs(9);

/// Each so many bytes of a body cost as much as a request: about what is written of them at once.
const BYTES_OF_A_UNIT: usize = 8 * 1024;

/// Wraps the routes of a group. They are written without the prefix `/api/v1` and without a trailing slash.
///
/// Prefix and slash are taken off before routing, without a redirect. Every answer, errors included, carries the
/// request id, the time it took, and the headers that keep it private; each request leaves one line in the log.
///
/// `answers` remembers which requests with an idempotency key were done. What was answered with success is noted before
/// the answer goes out; where a name or a right went with the change itself, so that a repetition is refused, the note
/// says that it was done.
pub fn serve(
    group: &'static str,
    routes: Router,
    answers: impl Answers + 'static,
    env: &Env,
) -> Router {
    let routes = routes
        .fallback(async || Problem::from(Error::NotFound))
        .method_not_allowed_fallback(async || {
            Problem::new(Code::MethodNotAllowed, "see the header Allow")
        })
        .layer(from_fn(tell_route));
    let shows_timing = env.optional("SERVER_TIMING") == Some("on");
    let edge = Edge {
        group,
        routes,
        answers: Arc::new(answers),
        env: env.clone(),
        shows_timing,
    };
    Router::new().fallback(move |request: Request| edge.clone().handle(request))
}

/// Carries the route that matched out to the log.
async fn tell_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

#[derive(Clone)]
struct Edge {
    group: &'static str,
    routes: Router,
    answers: Arc<dyn Answers>,
    env: Env,
    /// For developers: how long an answer took, and how many requests to the table, says more than callers should know.
    shows_timing: bool,
}

impl Edge {
    async fn handle(self, request: Request) -> Response {
        let (started, deadline) = (Instant::now(), self.env.allow(DEADLINE));
        let asked = Asked::new(
            self.group,
            &request,
            self.request_id(&request),
            self.shows_timing,
        );
        meter::with(Arc::default(), async {
            let (answer, rest) =
                after::with(tokio::time::timeout(deadline, self.answer(request))).await;
            // It is of no concern to the caller, so it has what time is left and no say in the answer.
            let _ =
                tokio::time::timeout(deadline.saturating_sub(started.elapsed()), rest.done()).await;
            let answer = answer.unwrap_or_else(|_| Err(Error::Unavailable.into()));
            asked.finish(answer.into_response(), started).await
        })
        .await
    }

    // In one piece: what is known of a request before it is routed, in the order in which it comes to be known.
    async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let path = path::normalise(raw_path(&request)).ok_or(Error::NotFound)?;
        let address = address(&request);
        let (mut parts, body) = request.into_parts();
        // HEAD is GET whose answer loses its body on the way out (RFC 9110 section 9.3.2).
        parts.method = if parts.method == Method::HEAD {
            Method::GET
        } else {
            parts.method
        };
        let body = collect(body).await?;
        let query = parts.uri.query().unwrap_or_default();
        let arrival = Arrival {
            at: self.env.clock.now(),
            address,
            route: format!("{} {path}", parts.method),
            cost: 1 + u32::try_from(body.len() / BYTES_OF_A_UNIT).unwrap_or(u32::MAX - 1),
            fingerprint: fingerprint(&[parts.method.as_str(), &path, query], &body),
            nonce: self.env.entropy.bytes(),
        };
        let repeatable = caller::repeatable(&parts, &arrival);
        parts.extensions.insert(arrival);
        parts.uri = uri(&path, query)?;
        Ok(self
            .route(Request::from_parts(parts, Body::from(body)), repeatable)
            .await)
    }

    /// The answer of the route; `repeatable` is the call of a request with an idempotency key.
    async fn route(&self, request: Request, repeatable: Option<Call>) -> Response {
        let Ok(response) = self.routes.clone().oneshot(request).await;
        match repeatable {
            Some(call) => self.remembered(&call, response).await,
            None => response,
        }
    }

    /// The answer to a request with an idempotency key: noted if it tells of success, and given again if the request
    /// was done before and the change itself has taken away what it was found by.
    async fn remembered(&self, call: &Call, response: Response) -> Response {
        let totals = meter::totals();
        let status = response.status();
        if status.is_success() {
            // Who was not admitted has no notes, and what is noted stays as it is.
            if totals.principal.is_some() && !totals.noted {
                let answer = NotedAnswer {
                    status: status.as_u16(),
                    thing: totals.thing,
                    parts: totals.parts,
                };
                if let Err(error) = self.answers.note(call, answer).await {
                    // The last operations on the items know of it too, for a while.
                    tracing::warn!(%error, "an answer could not be noted");
                }
            }
            return response;
        }
        let done = match (status.is_client_error(), totals.principal) {
            // Whoever was admitted had the note looked for.
            (true, Some(_)) => totals.done,
            (true, None) => self.answers.is_done(call).await.unwrap_or(false),
            (false, _) => false,
        };
        if done {
            StatusCode::NO_CONTENT.into_response()
        } else {
            response
        }
    }

    /// The gateway's id of the request, so that its log and ours can be joined; else one of our own.
    fn request_id(&self, request: &Request) -> String {
        let given = match request.extensions().get::<RequestContext>() {
            Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
            _ => None,
        };
        given.unwrap_or_else(|| HEXLOWER.encode(&self.env.entropy.bytes::<12>()))
    }
}

/// The path as the gateway got it: the one in the URI has been tidied up by a URL parser, tricks included.
fn raw_path(request: &Request) -> &str {
    match request.raw_http_path() {
        "" => request.uri().path(),
        path => path,
    }
}

/// The caller's address as the gateway saw it. Headers such as `X-Forwarded-For` say what the caller likes.
fn address(request: &Request) -> String {
    match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => {
            context.http.source_ip.clone().unwrap_or_default()
        }
        _ => String::new(),
    }
}

fn uri(path: &str, query: &str) -> Result<Uri, Error> {
    let text = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
    text.parse()
        .map_err(|_| Error::BadRequest("the query cannot be read".to_owned()))
}

async fn collect(body: Body) -> Result<Bytes, Error> {
    match Limited::new(body, body::MAX).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Error::TooLarge { limit: body::MAX }),
        Err(_) => Err(Error::BadRequest("the body cannot be read".to_owned())),
    }
}

/// Tells a repetition from another request: each part ends with its length, so no two requests run together.
fn fingerprint(parts: &[&str], body: &[u8]) -> [u8; 8] {
    let mut digest = Context::new(&SHA256);
    for part in parts.iter().map(|part| part.as_bytes()).chain([body]) {
        digest.update(part);
        digest.update(&part.len().to_be_bytes());
    }
    let mut first = [0; 8];
    first.copy_from_slice(&digest.finish().as_ref()[..8]);
    first
}

#[cfg(test)]
mod tests;
