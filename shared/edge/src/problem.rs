//! Errors on the wire: `application/problem+json` (RFC 9457).
//!
//! A [`Problem`] travels in the answer's extensions; `serve` writes it out, because only there the request id is
//! known. The text of an internal error goes into the request's meter, and from there into the log, never out.

use axum::response::{IntoResponse, Response};
use domain::{Error, Faults};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::code::Code;

/// The media type of errors.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request fails, on its way out.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    body: Box<ProblemBody>,
}

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WrongField {
    /// JSON Pointer (RFC 6901) into the body, or the name of a query parameter or header.
    #[schema(example = "/title")]
    field: String,
    /// A word for programs.
    #[schema(example = "too_long")]
    code: &'static str,
    /// A predicate for people, to be read after the field's name.
    #[schema(example = "must have at most 200 characters")]
    message: String,
}

impl WrongField {
    /// A field that cannot be what was sent.
    fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            code: "invalid",
            message: message.into(),
        }
    }
}

impl From<domain::FieldError> for WrongField {
    fn from(error: domain::FieldError) -> Self {
        Self {
            field: error.field,
            code: error.code,
            message: error.message,
        }
    }
}

/// An organization in which an ambiguous key names a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AmbiguousIn {
    /// The organization's id.
    #[schema(format = Uuid)]
    organization: String,
    /// Its slug, to be given as `?org=`.
    slug: String,
}

impl From<domain::error::Candidate> for AmbiguousIn {
    fn from(candidate: domain::error::Candidate) -> Self {
        Self {
            organization: candidate.organization.to_string(),
            slug: candidate.slug,
        }
    }
}

/// What every error answers (RFC 9457). Which of the last members are there depends on `code`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// The kind of problem, as a URI.
    #[serde(rename = "type")]
    #[schema(format = "uri", example = "urn:elevanalog:problem:not_found")]
    kind: String,
    /// What the kind means.
    #[schema(example = "There is no such thing")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// What is wrong this time, for people.
    #[schema(example = "there is no such thing")]
    detail: String,
    /// The kind, as a word for programs: switch on this.
    #[schema(example = "not_found")]
    code: &'static str,
    /// The request's id, to be quoted to us.
    pub(crate) request_id: String,
    /// Every wrong field, of very many the first: `validation_failed`, `bad_filter`, `bad_request` because of a header.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    errors: Vec<WrongField>,
    /// Of a request with many operations: the place of the one that cannot be done, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    /// `invalid_transition`: the statuses that can follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<Vec<String>>,
    /// `tasks_in_removed_status`: the statuses that tasks are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    statuses: Option<Vec<String>>,
    /// `forbidden`: the right that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<&'static str>,
    /// `precondition_failed`: the present version.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<u64>,
    /// `ambiguous_key`: where the key names a task.
    #[serde(skip_serializing_if = "Option::is_none")]
    candidates: Option<Vec<AmbiguousIn>>,
    /// `chain_broken`: the number of the first entry that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// `rate_limited`, `conflict`, `unavailable`: seconds to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// `limit_reached`, `wip_limit`, `too_large`, `file_too_large`: how many may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
}

/// Why one part of a request was not done, inside an answer that tells of each. Which of the last members are there
/// depends on `code`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PartProblem {
    /// The kind, as a word for programs: switch on this.
    #[schema(example = "not_found")]
    code: &'static str,
    /// What is wrong, for people.
    #[schema(example = "there is no such thing")]
    detail: String,
    /// `validation_failed`: every wrong field, of very many the first, as JSON Pointers into the part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    errors: Vec<WrongField>,
    /// `invalid_transition`: the statuses that can follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<Vec<String>>,
    /// `forbidden`: the right that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<&'static str>,
    /// `precondition_failed`: the present version.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<u64>,
}

impl PartProblem {
    /// The kind, as a word for programs.
    pub fn code(&self) -> &'static str {
        self.code
    }
}

impl From<Problem> for PartProblem {
    fn from(problem: Problem) -> Self {
        let ProblemBody {
            code,
            detail,
            errors,
            allowed,
            permission,
            current_version,
            ..
        } = *problem.body;
        Self {
            code,
            detail,
            errors,
            allowed,
            permission,
            current_version,
        }
    }
}

impl Problem {
    /// A problem that no error of the domain stands for.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        let body = ProblemBody {
            kind: format!("urn:elevanalog:problem:{}", code.as_str()),
            title: code.title(),
            status: code.status().as_u16(),
            detail: detail.into(),
            code: code.as_str(),
            ..ProblemBody::default()
        };
        Self {
            code,
            body: Box::new(body),
        }
    }

    /// A header that cannot be read.
    pub(crate) fn header(name: &str, message: &str) -> Self {
        let mut problem = Self::new(Code::BadRequest, format!("the header {name} {message}"));
        problem.body.errors.push(WrongField::invalid(name, message));
        problem
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The body, as it is sent for the request of this id.
    pub(crate) fn body(&self, request_id: &str) -> ProblemBody {
        ProblemBody {
            request_id: request_id.to_owned(),
            ..ProblemBody::clone(&self.body)
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let mut problem = Self::new(Code::from(&error), error.to_string());
        problem.body.add(error);
        problem
    }
}

impl ProblemBody {
    /// Adds the members that only this error has.
    // In one piece: an arm for each error that brings members of its own into the body.
    fn add(&mut self, error: Error) {
        match error {
            Error::Invalid(fields) => {
                let fields = fields.into_iter().take(Faults::MOST);
                self.errors = fields.map(WrongField::from).collect();
            }
            Error::BadFilter { field, message } => {
                self.errors = vec![WrongField::invalid(field, message)];
            }
            Error::BadCursor => {
                self.errors = vec![WrongField::invalid("cursor", self.detail.clone())];
            }
            Error::Forbidden { permission } => self.permission = Some(permission),
            Error::InvalidTransition { allowed } => self.allowed = Some(allowed),
            Error::ChainBroken { seq } => self.seq = Some(seq),
            Error::TasksInRemovedStatus { statuses } => self.statuses = Some(statuses),
            Error::TooManyOrganizations { limit }
            | Error::LimitReached { limit, .. }
            | Error::TooLarge { limit }
            | Error::FileTooLarge { limit } => {
                self.limit = Some(limit);
            }
            Error::WipLimit { limit } => self.limit = usize::try_from(limit).ok(),
            Error::AmbiguousKey(candidates) => {
                self.candidates = Some(candidates.into_iter().map(AmbiguousIn::from).collect());
            }
            Error::Operation { index, cause } => {
                self.add(*cause);
                self.index = Some(index);
                for wrong in &mut self.errors {
                    wrong.field.insert_str(0, &format!("/operations/{index}"));
                }
            }
            Error::PreconditionFailed { current } => self.current_version = Some(current),
            Error::RateLimited { retry_after } => self.retry_after = Some(retry_after),
            Error::Conflict | Error::Unavailable => self.retry_after = Some(1),
            Error::Internal(cause) => runtime::meter::note(|totals| totals.fault = Some(cause)),
            _ => {}
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(seconds) = self.body.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code.status() == StatusCode::UNAUTHORIZED {
            // RFC 6750 section 3: no error attribute when no token was given, so that nobody learns more than they
            // must.
            let challenge = match self.code {
                Code::TokenExpired => r#"Bearer error="invalid_token""#,
                // RFC 9470 section 3; the seconds are those of `Session::PROOF`.
                Code::ProofRequired => {
                    r#"Bearer error="insufficient_user_authentication", max_age=600"#
                }
                _ => "Bearer",
            };
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            );
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(error: Error) -> serde_json::Value {
        serde_json::to_value(Problem::from(error).body("r1")).unwrap()
    }

    #[test]
    fn an_error_carries_what_a_program_needs_to_go_on() {
        let problem = body(Error::PreconditionFailed { current: 7 });
        assert_eq!(
            problem["type"],
            "urn:elevanalog:problem:precondition_failed"
        );
        assert_eq!(
            (&problem["status"], &problem["current_version"]),
            (&412.into(), &7.into())
        );
        assert_eq!(problem["request_id"], "r1");
        assert!(problem.get("errors").is_none());
        assert_eq!(
            body(Error::Forbidden {
                permission: "task.update"
            })["permission"],
            "task.update"
        );
        assert_eq!(
            body(Error::InvalidTransition {
                allowed: vec!["done".into()]
            })["allowed"][0],
            "done"
        );
        assert_eq!(body(Error::TooManyOrganizations { limit: 50 })["limit"], 50);
        assert_eq!(
            body(Error::RateLimited { retry_after: 9 })["retry_after"],
            9
        );
        assert_eq!(
            body(Error::filter("limit", "must be a number"))["errors"][0]["field"],
            "limit"
        );
        assert_eq!(
            body(Error::field("title", "required", "must not be empty"))["errors"][0]["field"],
            "/title"
        );
    }

    #[test]
    fn an_operation_among_many_is_named() {
        let problem = body(Error::field("title", "required", "must not be empty").of_operation(3));
        assert_eq!(
            (&problem["code"], &problem["index"]),
            (&"validation_failed".into(), &3.into())
        );
        assert_eq!(problem["errors"][0]["field"], "/operations/3/title");
        assert_eq!(body(Error::NotFound.of_operation(0))["status"], 404);
        assert!(
            body(Error::Unavailable.of_operation(0))
                .get("index")
                .is_none()
        );
    }

    #[test]
    fn an_internal_error_says_nothing() {
        let problem = body(Error::Internal("arn:aws:secret".into()));
        assert!(!problem.to_string().contains("arn"));
        assert_eq!(problem["status"], 500);
    }

    #[test]
    fn answers_that_ask_for_patience_or_a_token_say_so_in_headers() {
        let retry = |error: Error| {
            Problem::from(error)
                .into_response()
                .headers()
                .get(header::RETRY_AFTER)
                .cloned()
        };
        assert_eq!(retry(Error::Conflict).unwrap(), "1");
        assert_eq!(retry(Error::RateLimited { retry_after: 30 }).unwrap(), "30");
        assert_eq!(retry(Error::NotFound), None);
        let response = Problem::from(Error::Unauthenticated).into_response();
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
        let response = Problem::from(Error::ProofRequired).into_response();
        let challenge = response.headers()[header::WWW_AUTHENTICATE]
            .to_str()
            .unwrap();
        let age = format!("max_age={}", domain::account::Session::PROOF.as_secs());
        assert!(
            challenge.contains("insufficient_user_authentication") && challenge.ends_with(&age),
            "{challenge}"
        );
    }
}
