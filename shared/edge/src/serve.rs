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
use http::{Method, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use runtime::env::Env;
use runtime::{after, meter};
use tower::ServiceExt;

use crate::caller::Arrival;
use crate::{Code, Problem, body, path};
use finish::Asked;

/// A function is stopped after 10 s; whoever waits shall have an answer before.
const DEADLINE: Duration = Duration::from_secs(9);

/// Wraps the routes of a group. They are written without the prefix `/api/v1` and without a trailing slash.
///
/// Prefix and slash are taken off before routing, without a redirect. Every answer, errors included, carries the
/// request id, the time it took, and the headers that keep it private; each request leaves one line in the log.
pub fn serve(group: &'static str, routes: Router, env: &Env) -> Router {
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
        parts.extensions.insert(Arrival {
            at: self.env.clock.now(),
            address,
            route: format!("{} {path}", parts.method),
            fingerprint: fingerprint(&[parts.method.as_str(), &path, query], &body),
            nonce: self.env.entropy.bytes(),
        });
        parts.uri = uri(&path, query)?;
        let request = Request::from_parts(parts, Body::from(body));
        self.routes
            .clone()
            .oneshot(request)
            .await
            .map_err(|never| match never {})
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
