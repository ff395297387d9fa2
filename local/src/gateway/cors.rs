//! CORS as the HTTP API and S3 do it: preflights are answered here, and what a function says about it is replaced.

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::template::Cors;

/// The rules with their header values made once.
pub(crate) struct CorsRules {
    origins: Vec<String>,
    /// Sent with every answer to a known origin.
    always: Vec<(HeaderName, HeaderValue)>,
    /// Sent with the answer to a preflight besides.
    preflight: Vec<(HeaderName, HeaderValue)>,
}

impl CorsRules {
    pub fn new(cors: &Cors) -> Self {
        let value = |text: &str| {
            HeaderValue::try_from(text)
                .ok()
                .filter(|value| !value.is_empty())
        };
        let header = |name: HeaderName, text: String| value(&text).map(|value| (name, value));
        let always = [
            header(ACCESS_CONTROL_EXPOSE_HEADERS, cors.expose.join(",")),
            header(
                ACCESS_CONTROL_ALLOW_CREDENTIALS,
                if cors.credentials {
                    "true".to_owned()
                } else {
                    String::new()
                },
            ),
        ];
        let preflight = [
            header(ACCESS_CONTROL_ALLOW_METHODS, cors.methods.join(",")),
            header(ACCESS_CONTROL_ALLOW_HEADERS, cors.headers.join(",")),
            header(
                ACCESS_CONTROL_MAX_AGE,
                cors.max_age.map(|age| age.to_string()).unwrap_or_default(),
            ),
        ];
        let (always, preflight) = (
            always.into_iter().flatten().collect(),
            preflight.into_iter().flatten().collect(),
        );
        Self {
            origins: cors.origins.clone(),
            always,
            preflight,
        }
    }

    /// The answer if the request is a preflight, for a foreign origin without any permission.
    pub fn preflight(&self, parts: &Parts) -> Option<Response> {
        let asks = parts.headers.contains_key(ORIGIN)
            && parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if parts.method != Method::OPTIONS || !asks {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if self.apply(&parts.headers, response.headers_mut()) {
            response
                .headers_mut()
                .extend(self.preflight.iter().cloned());
        }
        Some(response)
    }

    /// Puts the rules' headers in place of the function's; true if the origin is known.
    pub fn apply(&self, request: &HeaderMap, response: &mut HeaderMap) -> bool {
        let own: Vec<HeaderName> = response
            .keys()
            .filter(|name| name.as_str().starts_with("access-control-"))
            .cloned()
            .collect();
        own.iter().for_each(|name| drop(response.remove(name)));
        let Some(allowed) = request.get(ORIGIN).and_then(|origin| self.allowed(origin)) else {
            return false;
        };
        response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        response.extend(self.always.iter().cloned());
        true
    }

    fn allowed(&self, origin: &HeaderValue) -> Option<HeaderValue> {
        let text = origin.to_str().ok()?;
        let fits = |pattern: &String| match pattern.strip_suffix("://*") {
            Some(scheme) => text.starts_with(&format!("{scheme}://")),
            None => pattern == text,
        };
        if self.origins.iter().any(|pattern| pattern == "*") {
            return Some(HeaderValue::from_static("*"));
        }
        self.origins.iter().any(fits).then(|| origin.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(origin: &str) -> CorsRules {
        CorsRules::new(&Cors {
            origins: vec![origin.to_owned()],
            methods: vec!["GET".to_owned(), "POST".to_owned()],
            headers: vec!["Authorization".to_owned()],
            expose: vec!["ETag".to_owned(), "Link".to_owned()],
            credentials: false,
            max_age: Some(600),
        })
    }

    fn parts(method: Method, origin: &str) -> Parts {
        let request = http::Request::builder()
            .method(method)
            .header(ORIGIN, origin);
        request
            .header(ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .body(())
            .unwrap()
            .into_parts()
            .0
    }

    #[test]
    fn a_preflight_is_answered_here() {
        let response = rules("https://app.test")
            .preflight(&parts(Method::OPTIONS, "https://app.test"))
            .unwrap();
        assert_eq!(response.status(), 204);
        assert_eq!(
            response.headers()[ACCESS_CONTROL_ALLOW_ORIGIN],
            "https://app.test"
        );
        assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_METHODS], "GET,POST");
        assert_eq!(response.headers()[ACCESS_CONTROL_MAX_AGE], "600");
        let foreign = rules("https://app.test")
            .preflight(&parts(Method::OPTIONS, "https://evil.test"))
            .unwrap();
        assert!(foreign.status() == 204 && foreign.headers().is_empty());
        assert!(
            rules("*")
                .preflight(&parts(Method::GET, "https://app.test"))
                .is_none()
        );
    }

    #[test]
    fn an_answer_carries_the_rules_and_not_the_functions_own() {
        let mut headers = HeaderMap::new();
        headers.insert(
            ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("https://own.test"),
        );
        let request = parts(Method::GET, "https://app.test").headers;
        assert!(!rules("https://other.test").apply(&request, &mut headers) && headers.is_empty());
        assert!(rules("*").apply(&request, &mut headers));
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(headers[ACCESS_CONTROL_EXPOSE_HEADERS], "ETag,Link");
        assert!(rules("https://*").apply(&request, &mut headers));
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "https://app.test");
    }
}
