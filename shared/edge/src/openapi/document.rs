//! The whole document.

use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::Type;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, Header, Info, InfoBuilder, LicenseBuilder, Object, OpenApi, OpenApiBuilder, RefOr,
    Required,
};
use utoipa::openapi::{Server, path::Paths};
use utoipa::{PartialSchema, ToSchema};

use super::errors::{header, operations, response};
use super::{sample, tidy};
use crate::problem::ProblemBody;
use crate::{Code, path};

const BEARER: &str = "bearer";

const DESCRIPTION: &str = "\
Projects and tasks for organizations.

**Paths** may be called with or without a trailing slash, and with `/api` or nothing in place of `/api/v1`.

**Bodies** are JSON objects; unknown members are refused. In a PATCH an absent member stays, `null` clears it. \
Answers are `{\"data\": …}`, lists `{\"data\": […], \"meta\": {…}}`. Errors are `application/problem+json` (RFC 9457): \
programs switch on `code`.

**Lists** have pages: `limit` (20, at most 100) and `cursor`, which is taken from `meta.next_cursor` or the header \
`Link`. A page may be shorter than `limit`, even empty, while `has_more` is true. Lists, searches and look-ups by key \
may lag behind a write by about a second; reading a thing by its id never does.

**Changes.** The `ETag` of a thing, sent as `If-Match`, makes a change depend on the version you have seen (412 \
otherwise). A change with an `Idempotency-Key` can be repeated for 30 days: one effect, and the answer is the thing as \
it is now, as far as you may still see it, with `Idempotent-Replayed: true`.

**Rate limits** are counted by samples: the numbers in `RateLimit` and `RateLimit-Policy` are estimates. A request costs \
one unit, and one more for each further operation in it and for each 8 KiB of its body, never more for what it finds; a \
person may spend so many units a minute, and the people of an organization ten times as many together.";

/// The document of all groups: their paths under `/api/v1` (but for the few that stand outside), and what they share.
pub fn document(parts: Vec<OpenApi>) -> OpenApi {
    let mut document = OpenApiBuilder::new()
        .info(info())
        .servers(Some([Server::new("/")]))
        .security(Some([SecurityRequirement::new(
            BEARER,
            Vec::<String>::new(),
        )]))
        .components(Some(components()))
        .build();
    for part in parts {
        document.merge(part);
    }
    let paths = std::mem::replace(&mut document.paths, Paths::new());
    document.paths.paths = paths
        .paths
        .into_iter()
        .map(|(path, item)| (public(path), item))
        .collect();
    for (_, operation) in document.paths.paths.values_mut().flat_map(operations) {
        for (status, response) in &mut operation.responses.responses {
            add_headers(status, response);
        }
    }
    if let Some(components) = &mut document.components {
        tidy::link(components);
    }
    tidy::prune(&mut document);
    document
}

fn info() -> Info {
    let license = LicenseBuilder::new()
        .name("Apache-2.0")
        .identifier(Some("Apache-2.0"))
        .build();
    InfoBuilder::new()
        .title("Elevanalog")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(license))
        .build()
}

/// The path as clients call it.
fn public(path: String) -> String {
    let page = path == "/app" || path.starts_with("/app/");
    let outside = page
        || ["/health", "/openapi.json", "/asyncapi.json"].contains(&path.as_str())
        || path.starts_with("/.well-known/");
    if outside {
        path
    } else {
        format!("{}{path}", path::PREFIX)
    }
}

fn add_headers(status: &str, response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let mut names = vec![("X-Request-Id", "XRequestId")];
    if status.starts_with('2') && !response.content.is_empty() {
        names.push(("ETag", "ETag"));
    }
    if status == "201" {
        names.push(("Location", "Location"));
    }
    for (name, component) in names {
        response
            .headers
            .entry(name.to_owned())
            .or_insert_with(|| RefOr::Ref(header(component)));
    }
}

fn components() -> Components {
    let mut components = Components::new();
    let mut schemas = Vec::new();
    <ProblemBody as ToSchema>::schemas(&mut schemas);
    schemas.push((ProblemBody::name().into_owned(), ProblemBody::schema()));
    components.schemas = schemas.into_iter().collect();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The `access_token` of a sign-in."))
        .build();
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    add_responses(&mut components);
    components.headers = headers()
        .into_iter()
        .map(|(name, header)| (name.to_owned(), header.into()))
        .collect();
    components.parameters = parameters()
        .into_iter()
        .map(|(name, it)| (name.to_owned(), it.into()))
        .collect();
    components
}

/// Adds the answers that operations share: one for each error, with an example, and 304.
fn add_responses(components: &mut Components) {
    for code in Code::ALL {
        let example = ExampleBuilder::new()
            .summary(code.title())
            .value(Some(sample::of(*code)))
            .build();
        components
            .examples
            .insert(code.as_str().to_owned(), example.into());
        components
            .responses
            .insert(code.as_str().to_owned(), response(&[*code]).into());
    }
    let not_modified = ResponseBuilder::new()
        .description("It is still what the `If-None-Match` that was sent stands for.")
        .header_ref("ETag", header("ETag"))
        .header_ref("X-Request-Id", header("XRequestId"));
    components
        .responses
        .insert("not_modified".to_owned(), not_modified.build().into());
}

fn headers() -> [(&'static str, Header); 4] {
    let text = |description: &str, example: &str| {
        let schema = Object::with_type(Type::String);
        HeaderBuilder::new()
            .schema(Some(schema))
            .description(Some(description))
            .example(Some(example.into()))
            .build()
    };
    [
        (
            "XRequestId",
            text("The request's id, to be quoted to us.", "JKJaXmPLvHcESHA="),
        ),
        (
            "ETag",
            text(
                "The version of a thing (strong), or a digest of the answer (weak).",
                "\"v7\"",
            ),
        ),
        (
            "Location",
            text(
                "Where the new thing stands, if it has a place of its own.",
                "/api/v1/projects/…",
            ),
        ),
        ("RetryAfter", text("Seconds to wait.", "1")),
    ]
}

fn parameters() -> [(&'static str, Parameter); 2] {
    let header = |name: &str, description: &str, example: &str| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(description))
            .schema(Some(Object::with_type(Type::String)))
            .example(Some(example.into()))
            .build()
    };
    let key = "Makes the request repeatable: 1 to 255 visible ASCII characters of your choice, new for each new request.";
    let tag = "The `ETag` of what you have: answered with 304 while it is still that.";
    [
        (
            "IdempotencyKey",
            header("Idempotency-Key", key, "3f6c1d9e-import-17"),
        ),
        ("IfNoneMatch", header("If-None-Match", tag, "\"v7\"")),
    ]
}

#[cfg(test)]
mod tests;
