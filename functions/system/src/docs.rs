use std::sync::{Arc, LazyLock};

use axum::response::{IntoResponse, Response};
use domain::Error;
use edge::{Problem, Segment};
use http::{HeaderName, HeaderValue, header};
use utoipa_swagger_ui::Config;

use crate::asset;

/// Where the page's own files are. Written out, because the page answers under several paths, with and without a slash
/// at the end, and relative references would lead elsewhere from each.
const FILES: &str = "/api/v1/docs/";

/// The page runs and fetches only what comes from here, so it cannot carry a token away. Swagger UI writes style
/// attributes, and its icons are `data:` images.
const POLICY: [(HeaderName, HeaderValue); 1] = [(
    header::CONTENT_SECURITY_POLICY,
    HeaderValue::from_static(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
)];

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    Arc::new(
        Config::new(["/api/v1/openapi.json"])
            .deep_linking(true)
            .display_request_duration(true)
            .doc_expansion("list")
            .default_models_expand_depth(-1)
            .filter(true)
            .try_it_out_enabled(true)
            // By default the page shows the document's address to a validator elsewhere.
            .validator_url("none"),
    )
});

/// Shows the API as a page.
///
/// Swagger UI with everything it needs; it loads nothing from elsewhere.
#[utoipa::path(get, path = "/docs", tag = "system", operation_id = "getDocs", security(()),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html")),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn page() -> Result<Response, Problem> {
    serve("index.html")
}

/// Gives a file of the page.
///
/// Its script, its styles and its pictures: the page loads nothing from elsewhere.
#[utoipa::path(get, path = "/docs/{file}", tag = "system", operation_id = "getDocsFile", security(()),
    params(("file" = String, Path, description = "The file's name.", example = "swagger-ui.css")),
    responses((status = 200, description = "The file.", body = String, content_type = "application/octet-stream")),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn file(Segment(file): Segment<String>) -> Result<Response, Problem> {
    serve(&file)
}

fn serve(name: &str) -> Result<Response, Problem> {
    let file = utoipa_swagger_ui::serve(name, CONFIG.clone())
        .map_err(|error| Error::Internal(error.to_string()))?;
    let file = file.ok_or(Error::NotFound)?;
    let content = if name == "index.html" {
        rooted(&file.bytes).into_bytes()
    } else {
        file.bytes.into_owned()
    };
    let charset = if file.content_type.starts_with("text/") {
        "; charset=utf-8"
    } else {
        ""
    };
    Ok((
        POLICY,
        asset::answer(&format!("{}{charset}", file.content_type), content),
    )
        .into_response())
}

/// The page with its references written out.
fn rooted(page: &[u8]) -> String {
    String::from_utf8_lossy(page)
        .replace("=\"./", &format!("=\"{FILES}"))
        .replace("=\"index.css", &format!("=\"{FILES}index.css"))
        .replace("<title>Swagger UI</title>", "<title>Elevanalog API</title>")
}
