//! The way out: errors are written, known answers shortened, headers added, the log line written.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::Error;
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use runtime::meter::{self, Rate, Totals};

use crate::log::{Line, milliseconds};
use crate::reply::Next;
use crate::{Code, Problem, etag, path};

/// Lambda refuses answers over 6 MB, after the work is done; lists end before this.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// On every answer, unless the handler has said otherwise.
const DEFAULTS: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "private, no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        header::STRICT_TRANSPORT_SECURITY,
        "max-age=63072000; includeSubDomains",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// What has to be remembered of the request until its answer goes out.
pub(super) struct Asked {
    group: &'static str,
    request_id: String,
    method: Method,
    headers: HeaderMap,
    path: Option<String>,
    query: String,
    shows_timing: bool,
}

impl Asked {
    pub fn new(
        group: &'static str,
        request: &Request,
        request_id: String,
        shows_timing: bool,
    ) -> Self {
        let uri = request.uri();
        Self {
            group,
            request_id,
            method: request.method().clone(),
            headers: request.headers().clone(),
            path: path::normalise(uri.path()),
            query: uri.query().unwrap_or_default().to_owned(),
            shows_timing,
        }
    }

    /// Makes the answer that is sent.
    pub async fn finish(&self, response: Response, started: Instant) -> Response {
        let (mut response, code) = self.written(response).await;
        let mut totals = meter::totals();
        // What is hidden and what is absent are refused alike: with nothing of whose organization it was.
        let status = response.status();
        if !status.is_success() && status != StatusCode::TOO_MANY_REQUESTS {
            totals.organization_rate = None;
        }
        let taken = started.elapsed();
        self.shorten(&mut response);
        if let Some(Next(cursor)) = response.extensions_mut().remove() {
            set(
                response.headers_mut(),
                header::LINK,
                self.next_link(&cursor),
            );
        }
        self.add_headers(response.headers_mut(), &totals, taken);
        let route = response
            .extensions()
            .get::<MatchedPath>()
            .map(MatchedPath::as_str);
        let (group, request_id, method, status) = (
            self.group,
            &self.request_id,
            &self.method,
            response.status(),
        );
        Line {
            group,
            request_id,
            method,
            route,
            status,
            code,
            taken,
            totals: &totals,
        }
        .write();
        response
    }

    /// The answer with its whole body in hand, and its code if it is an error.
    async fn written(&self, response: Response) -> (Response, Option<Code>) {
        let mut response = response;
        let mut problem = response.extensions_mut().remove::<Problem>();
        let (parts, body) = response.into_parts();
        let mut response = Response::from_parts(parts, Body::empty());
        let bytes = axum::body::to_bytes(body, MAX_ANSWER)
            .await
            .unwrap_or_else(|_| {
                let too_large = Problem::from(Error::Internal(format!(
                    "the answer has more than {MAX_ANSWER} bytes"
                )));
                response = too_large.clone().into_response();
                problem = Some(too_large);
                Bytes::new()
            });
        let bytes = match &problem {
            Some(problem) => {
                serde_json::to_vec(&problem.body(&self.request_id)).map_or(bytes, Bytes::from)
            }
            None => bytes,
        };
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = Body::from(bytes);
        (response, problem.map(|problem| problem.code()))
    }

    /// 304 without a body when the client has what it asks for (RFC 9110 section 13.1.2).
    fn shorten(&self, response: &mut Response) {
        let safe = matches!(self.method, Method::GET | Method::HEAD);
        let tag = response
            .headers()
            .get(header::ETAG)
            .and_then(|tag| tag.to_str().ok());
        if safe
            && response.status() == StatusCode::OK
            && tag.is_some_and(|tag| etag::is_known(&self.headers, tag))
        {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = Body::empty();
            response.headers_mut().remove(header::CONTENT_TYPE);
        }
    }

    fn add_headers(&self, headers: &mut HeaderMap, totals: &Totals, taken: Duration) {
        for (name, value) in DEFAULTS {
            headers
                .entry(name)
                .or_insert(HeaderValue::from_static(value));
        }
        set(
            headers,
            HeaderName::from_static("x-request-id"),
            self.request_id.clone(),
        );
        if self.shows_timing {
            let trips = totals.round_trips;
            let trips = format!(
                "{trips} round {}",
                if trips == 1 { "trip" } else { "trips" }
            );
            let timing = format!("app;dur={:.1}, table;desc=\"{trips}\"", milliseconds(taken));
            set(headers, HeaderName::from_static("server-timing"), timing);
        }
        add_rates(headers, totals);
        if totals.replayed {
            set(
                headers,
                HeaderName::from_static("idempotent-replayed"),
                "true".to_owned(),
            );
        }
    }

    /// The link to the next page (RFC 8288): the same request with another cursor.
    fn next_link(&self, cursor: &str) -> String {
        let others = self
            .query
            .split('&')
            .filter(|pair| !pair.is_empty() && pair.split('=').next() != Some("cursor"));
        let query: String = others.map(|pair| format!("{pair}&")).collect();
        let path = self.path.as_deref().unwrap_or_default();
        format!(
            "<{}{path}?{query}cursor={cursor}>; rel=\"next\"",
            path::PREFIX
        )
    }
}

/// What the caller, and their organization, may still spend, and of how much.
fn add_rates(headers: &mut HeaderMap, totals: &Totals) {
    let rates = [
        ("default", totals.rate),
        ("organization", totals.organization_rate),
    ];
    let rates: Vec<(&str, Rate)> = rates
        .into_iter()
        .filter_map(|(name, rate)| Some((name, rate?)))
        .collect();
    if !rates.is_empty() {
        let left = |(name, rate): &(&str, Rate)| {
            format!("\"{name}\";r={};t={}", rate.remaining, rate.reset)
        };
        let policy = |(name, rate): &(&str, Rate)| format!("\"{name}\";q={};w=60", rate.limit);
        let all = |say: &dyn Fn(&(&str, Rate)) -> String| {
            rates.iter().map(say).collect::<Vec<_>>().join(", ")
        };
        set(headers, HeaderName::from_static("ratelimit"), all(&left));
        let name = HeaderName::from_static("ratelimit-policy");
        set(headers, name, all(&policy));
    }
}

/// Sets a header; a value that cannot be one (a foreign request id with a line break) is left out.
fn set(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}
