#![expect(
    dead_code,
    reason = "only the descriptions of handlers and bodies are used"
)]

use serde_json::Value;
use utoipa::{IntoParams, OpenApi as _};

use super::*;
use crate::openapi::{IfMatch, Many, One, with_errors};

/// A thing.
#[derive(serde::Deserialize, utoipa::ToSchema)]
struct Thing {
    name: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
struct ListThings {
    cursor: Option<String>,
}

#[utoipa::path(get, path = "/things", tag = "things", operation_id = "listThings", params(ListThings),
    responses((status = 200, description = "A page.", body = Many<Thing>)),
    extensions(("x-errors" = json!(crate::codes![]))))]
async fn list() {}

#[utoipa::path(post, path = "/things", tag = "things", operation_id = "createThing", request_body = Thing,
    responses((status = 201, description = "The thing.", body = One<Thing>)),
    extensions(("x-errors" = json!(crate::codes![NameTaken]))))]
async fn create() {}

#[utoipa::path(patch, path = "/things/{id}", tag = "things", operation_id = "patchThing", request_body = Thing,
    params(("id" = String, Path, description = "The thing's id."), IfMatch),
    responses((status = 200, description = "The thing.", body = One<Thing>)),
    extensions(("x-errors" = json!(crate::codes![]))))]
async fn patch() {}

#[utoipa::path(get, path = "/health", tag = "system", operation_id = "health", security(()),
    responses((status = 200, description = "Up.")),
    extensions(("x-errors" = json!(crate::codes![]))))]
async fn health() {}

#[derive(utoipa::OpenApi)]
#[openapi(paths(list, create, patch, health))]
struct Api;

fn made() -> Value {
    serde_json::to_value(document(vec![with_errors(Api::openapi())])).unwrap()
}

/// The codes that an operation documents for one status.
fn codes(document: &Value, path: &str, method: &str, status: &str) -> Vec<String> {
    let mut response = &document["paths"][path][method]["responses"][status];
    if let Some(name) = response["$ref"].as_str() {
        response = document.pointer(name.trim_start_matches('#')).unwrap();
    }
    let examples = response["content"]["application/problem+json"]["examples"].as_object();
    examples
        .map(|examples| examples.keys().cloned().collect())
        .unwrap_or_default()
}

#[test]
fn errors_follow_from_the_shape_of_an_operation() {
    let document = made();
    let create = |status| codes(&document, "/api/v1/things", "post", status);
    assert_eq!(
        create("409"),
        ["conflict", "idempotency_target_deleted", "name_taken"]
    );
    assert_eq!(
        create("422"),
        ["idempotency_key_reused", "validation_failed"]
    );
    assert_eq!(create("401"), ["token_expired", "unauthenticated"]);
    assert_eq!(create("413"), ["too_large"]);
    let list = |status| codes(&document, "/api/v1/things", "get", status);
    assert_eq!(list("400"), ["bad_cursor", "bad_filter", "bad_request"]);
    assert!(list("409").is_empty() && list("422").is_empty());
    let patch = |status| codes(&document, "/api/v1/things/{id}", "patch", status);
    assert_eq!(
        (patch("412"), patch("404")),
        (
            vec!["precondition_failed".to_owned()],
            vec!["not_found".to_owned()]
        )
    );
    assert!(codes(&document, "/health", "get", "401").is_empty());
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(document: &Value, value: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref") {
                    assert!(
                        document.pointer(target.trim_start_matches('#')).is_some(),
                        "{target}"
                    );
                }
                members.values().for_each(|member| walk(document, member));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(document, item)),
            _ => {}
        }
    }
    let document = made();
    walk(&document, &document);
}

#[test]
fn envelopes_name_what_is_in_them_and_nothing_is_left_over() {
    let document = made();
    let schemas = &document["components"]["schemas"];
    assert_eq!(
        schemas["One_Thing"]["properties"]["data"]["$ref"],
        "#/components/schemas/Thing"
    );
    assert_eq!(
        schemas["Many_Thing"]["properties"]["data"]["items"]["$ref"],
        "#/components/schemas/Thing"
    );
    let components = &document["components"];
    assert!(components["responses"]["gone"].is_null() && components["examples"]["gone"].is_null());
    assert!(
        components["responses"]["not_found"].is_object()
            && components["examples"]["name_taken"].is_object()
    );
}

#[test]
fn headers_are_told_where_they_are_taken_and_given() {
    let document = made();
    let create = &document["paths"]["/api/v1/things"]["post"];
    assert_eq!(
        create["parameters"][0]["$ref"],
        "#/components/parameters/IdempotencyKey"
    );
    assert!(create["responses"]["201"]["headers"]["Location"].is_object());
    let patch = &document["paths"]["/api/v1/things/{id}"]["patch"];
    assert_eq!(patch["parameters"][1]["name"], "If-Match");
    assert_eq!(document["openapi"], "3.1.0");
}

#[test]
fn what_a_handler_says_of_its_errors_does_not_come_into_the_document() {
    assert!(!made().to_string().contains("x-errors"));
}

#[test]
#[should_panic(expected = "is missing, or names no codes")]
fn what_is_no_code_is_noticed() {
    #[utoipa::path(get, path = "/", responses((status = 200)), extensions(("x-errors" = json!(["no_such_code"]))))]
    async fn odd() {}
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(odd))]
    struct Api;
    with_errors(Api::openapi());
}

#[test]
#[should_panic(expected = "is missing, or names no codes")]
fn a_handler_that_says_nothing_of_its_errors_is_noticed() {
    #[utoipa::path(get, path = "/", responses((status = 200)))]
    async fn odd() {}
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(odd))]
    struct Api;
    with_errors(Api::openapi());
}
