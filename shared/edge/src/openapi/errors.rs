//! Which errors an operation answers.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr};

use crate::Code;
use crate::problem::MEDIA_TYPE;

/// The extension of an operation in which its handler names its own errors. It does not come into the document.
const OWN: &str = "x-errors";

/// Adds the errors to a group's operations: their own, and those that follow from an operation's shape:
///
/// * every one: `bad_request`, `internal`, `unavailable`;
/// * not public: `unauthenticated`, `token_expired`, `rate_limited`;
/// * with a body: `unsupported_media_type`, `too_large`, `validation_failed`;
/// * with a parameter in the path `not_found`, in the query `bad_filter`, called `cursor` `bad_cursor`, and with the
///   header `If-Match` `precondition_failed`;
/// * changing something: `conflict`; what is neither public nor a POST tagged `auth` takes an `Idempotency-Key` as well:
///   `idempotency_key_reused`, and a POST `idempotency_target_deleted`.
///
/// # Panics
/// If a handler does not say which errors are its own, `codes![]` for none, or names what is no code: it is part of the code.
pub fn with_errors(mut api: OpenApi) -> OpenApi {
    for (method, operation) in api.paths.paths.values_mut().flat_map(operations) {
        let own = own_errors(operation);
        add(method, operation, &own);
    }
    api
}

fn own_errors(operation: &mut Operation) -> Vec<Code> {
    let named = operation
        .extensions
        .as_mut()
        .and_then(|extensions| extensions.remove(OWN));
    if operation
        .extensions
        .as_ref()
        .is_some_and(|others| others.is_empty())
    {
        operation.extensions = None;
    }
    let codes = named.and_then(|named| serde_json::from_value(named).ok());
    assert!(
        codes.is_some(),
        "{OWN} of {:?} is missing, or names no codes",
        operation.operation_id
    );
    codes.unwrap_or_default()
}

/// The operations of a path, with their methods.
pub(super) fn operations(
    item: &mut PathItem,
) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let slots = [
        ("GET", &mut item.get),
        ("POST", &mut item.post),
        ("PUT", &mut item.put),
        ("PATCH", &mut item.patch),
        ("DELETE", &mut item.delete),
    ];
    slots
        .into_iter()
        .filter_map(|(method, slot)| Some((method, slot.as_mut()?)))
}

fn add(method: &str, operation: &mut Operation, own: &[Code]) {
    let mut codes: BTreeSet<Code> = own
        .iter()
        .copied()
        .chain(from_shape(method, operation))
        .collect();
    // What signs in or shows a secret once more has nothing to repeat.
    let is_fleeting = method == "POST" && is_tagged(operation, "auth");
    let repeats = method != "GET" && !is_public(operation) && !is_fleeting;
    if repeats {
        add_parameter(operation, "IdempotencyKey");
        codes.insert(Code::IdempotencyKeyReused);
    }
    if method == "POST" && repeats {
        codes.insert(Code::IdempotencyTargetDeleted);
    }
    if method == "GET" {
        add_parameter(operation, "IfNoneMatch");
        let unchanged = Ref::from_response_name("not_modified");
        operation
            .responses
            .responses
            .insert("304".to_owned(), RefOr::Ref(unchanged));
    }
    add_responses(operation, codes);
}

/// Adds a parameter that the document describes once for all operations.
fn add_parameter(operation: &mut Operation, name: &str) {
    let parameter = Ref::new(format!("#/components/parameters/{name}"));
    operation
        .parameters
        .get_or_insert_default()
        .push(RefOr::Ref(parameter));
}

/// Adds an answer for each status that the codes have.
fn add_responses(operation: &mut Operation, codes: BTreeSet<Code>) {
    let mut by_status: BTreeMap<String, Vec<Code>> = BTreeMap::new();
    for code in codes {
        by_status
            .entry(code.status().as_str().to_owned())
            .or_default()
            .push(code);
    }
    for (status, codes) in by_status {
        let response = match codes.as_slice() {
            [only] => RefOr::Ref(Ref::from_response_name(only.as_str())),
            several => RefOr::T(response(several)),
        };
        operation.responses.responses.insert(status, response);
    }
}

fn from_shape(method: &str, operation: &Operation) -> Vec<Code> {
    use Code::*;
    let mut codes = vec![BadRequest, Internal, Unavailable];
    if !is_public(operation) {
        codes.extend([Unauthenticated, TokenExpired, RateLimited]);
    }
    if operation.request_body.is_some() {
        codes.extend([UnsupportedMediaType, TooLarge, ValidationFailed]);
    }
    if method != "GET" {
        codes.push(Conflict);
    }
    for parameter in operation.parameters.iter().flatten() {
        let RefOr::T(Parameter {
            parameter_in, name, ..
        }) = parameter
        else {
            continue;
        };
        match (parameter_in, name.as_str()) {
            (ParameterIn::Path, _) => codes.push(NotFound),
            (ParameterIn::Query, "cursor") => codes.extend([BadFilter, BadCursor]),
            (ParameterIn::Query, _) => codes.push(BadFilter),
            (ParameterIn::Header, "If-Match") => codes.push(PreconditionFailed),
            _ => {}
        }
    }
    codes
}

/// Whether the operation needs no token: `security(())`.
fn is_public(operation: &Operation) -> bool {
    operation
        .security
        .iter()
        .flatten()
        .any(|requirement| *requirement == Default::default())
}

fn is_tagged(operation: &Operation, tag: &str) -> bool {
    operation.tags.iter().flatten().any(|name| name == tag)
}

/// The answer that stands for these codes of one status.
pub(super) fn response(codes: &[Code]) -> Response {
    let described: Vec<String> = codes
        .iter()
        .map(|code| format!("`{}`: {}.", code.as_str(), code.title()))
        .collect();
    let examples = codes.iter().map(|code| {
        let name = code.as_str();
        (
            name,
            RefOr::Ref(Ref::new(format!("#/components/examples/{name}"))),
        )
    });
    let mut content = Content::new(Some(Ref::from_schema_name("Problem")));
    content.examples = examples
        .map(|(name, example)| (name.to_owned(), example))
        .collect();
    let mut response = ResponseBuilder::new()
        .description(described.join("\n\n"))
        .content(MEDIA_TYPE, content)
        .header_ref("X-Request-Id", header("XRequestId"));
    if codes
        .iter()
        .any(|code| matches!(code, Code::RateLimited | Code::Unavailable | Code::Conflict))
    {
        response = response.header_ref("Retry-After", header("RetryAfter"));
    }
    response.build()
}

/// A reference to a header of the document.
pub(super) fn header(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
}
