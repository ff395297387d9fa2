//! The live page: static files of our own that use nothing but the public API and the live connection.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::Error;
use edge::{Problem, Segment};
use http::{HeaderName, HeaderValue, header};

use crate::asset;

/// The page's files: name, media type, content.
const FILES: &[(&str, &str, &str)] = &[
    ("index.html", HTML, include_str!("app/index.html")),
    (
        "app.webmanifest",
        "application/manifest+json",
        include_str!("app/app.webmanifest"),
    ),
    ("icon.svg", "image/svg+xml", include_str!("app/icon.svg")),
    ("base.css", CSS, include_str!("app/base.css")),
    ("board.css", CSS, include_str!("app/board.css")),
    ("card.css", CSS, include_str!("app/card.css")),
    ("api.js", JS, include_str!("app/api.js")),
    ("board.js", JS, include_str!("app/board.js")),
    ("card.js", JS, include_str!("app/card.js")),
    ("cards.js", JS, include_str!("app/cards.js")),
    ("comments.js", JS, include_str!("app/comments.js")),
    ("composer.js", JS, include_str!("app/composer.js")),
    ("dialogs.js", JS, include_str!("app/dialogs.js")),
    ("dom.js", JS, include_str!("app/dom.js")),
    ("drag.js", JS, include_str!("app/drag.js")),
    ("format.js", JS, include_str!("app/format.js")),
    ("header.js", JS, include_str!("app/header.js")),
    ("inbox.js", JS, include_str!("app/inbox.js")),
    ("live.js", JS, include_str!("app/live.js")),
    ("main.js", JS, include_str!("app/main.js")),
    ("people.js", JS, include_str!("app/people.js")),
    ("signin.js", JS, include_str!("app/signin.js")),
    ("tiles.js", JS, include_str!("app/tiles.js")),
    ("workspace.js", JS, include_str!("app/workspace.js")),
];
const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// What browsers are told of the page.
#[derive(Debug, Clone)]
pub struct Policy([(HeaderName, HeaderValue); 4]);

impl Policy {
    /// The page runs what comes from here and connects only here and to `live`, the address of live connections,
    /// which on AWS is another host. HTML of others cannot get into it but through the one policy that its comments
    /// go through.
    pub fn new(live: &str) -> Self {
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; \
             connect-src 'self'{}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types comments",
            source(live)
        );
        // An address is made of characters that a header may have; if it is not, the page has no live connection.
        let policy =
            HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'self'"));
        let features = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        Self([
            (header::CONTENT_SECURITY_POLICY, policy),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                HeaderValue::from_static("same-origin"),
            ),
            (
                HeaderName::from_static("permissions-policy"),
                HeaderValue::from_static(features),
            ),
            // The files belong together, so a browser asks whether it still has those of this release.
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ])
    }
}

/// Scheme and host of an address, as a source of a content security policy; nothing if it is none.
fn source(address: &str) -> String {
    let parts = address
        .split_once("://")
        .filter(|(scheme, _)| ["ws", "wss"].contains(scheme));
    let host = parts.map(|(scheme, rest)| (scheme, rest.split('/').next().unwrap_or_default()));
    let plain = |host: &str| {
        host.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte))
    };
    host.filter(|(_, host)| plain(host))
        .map(|(scheme, host)| format!(" {scheme}://{host}"))
        .unwrap_or_default()
}

/// Shows projects and tasks as a page.
///
/// Boards whose cards can be dragged, with the changes of others as they happen. It loads nothing from elsewhere.
#[utoipa::path(get, path = "/app", tag = "system", operation_id = "getApp", security(()),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html")),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn page(State(policy): State<Policy>) -> Result<Response, Problem> {
    serve("index.html", policy)
}

/// Gives a file of the live page.
///
/// Its scripts and its styles.
#[utoipa::path(get, path = "/app/{file}", tag = "system", operation_id = "getAppFile", security(()),
    params(("file" = String, Path, description = "The file's name.", example = "main.js")),
    responses((status = 200, description = "The file.", body = String, content_type = "application/octet-stream")),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn file(
    State(policy): State<Policy>,
    Segment(file): Segment<String>,
) -> Result<Response, Problem> {
    serve(&file, policy)
}

fn serve(name: &str, Policy(headers): Policy) -> Result<Response, Problem> {
    let (_, media_type, content) = FILES
        .iter()
        .find(|(known, ..)| *known == name)
        .ok_or(Error::NotFound)?;
    Ok((headers, asset::answer(media_type, *content)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_connections_go_to_the_one_address_that_is_named() {
        let connects = |address| {
            let Policy(headers) = Policy::new(address);
            let text = headers[0].1.to_str().unwrap().to_owned();
            text.split("; ")
                .find_map(|part| part.strip_prefix("connect-src ").map(str::to_owned))
                .unwrap()
        };
        let aws = "wss://a1b2c3d4.execute-api.eu-west-1.amazonaws.com/live";
        assert_eq!(
            connects(aws),
            "'self' wss://a1b2c3d4.execute-api.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            connects("ws://127.0.0.1:3000/live"),
            "'self' ws://127.0.0.1:3000"
        );
        for none in [
            "",
            "https://example.com",
            "wss://a; script-src *",
            "wss://*",
            "ws:",
        ] {
            assert_eq!(connects(none), "'self'", "{none}");
        }
    }

    #[test]
    fn every_file_that_lies_there_is_served() {
        let lying = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/app")).unwrap();
        let mut lying: Vec<String> = lying
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let mut served: Vec<&str> = FILES.iter().map(|(name, ..)| *name).collect();
        lying.sort();
        served.sort_unstable();
        assert_eq!(lying, served);
    }

    #[test]
    fn the_page_asks_for_nothing_that_is_not_there() {
        for (name, _, content) in FILES {
            let words = content
                .split(['\'', '"'])
                .map(|word| word.trim_start_matches("/app/").trim_start_matches("./"));
            let files = words.filter(|word| {
                word.ends_with(".js") || word.ends_with(".css") || word.ends_with(".svg")
            });
            for file in files.filter(|file| !file.contains(['/', ' '])) {
                assert!(
                    FILES.iter().any(|(known, ..)| known == &file),
                    "{name} asks for {file}"
                );
            }
            assert!(
                !content.contains("https://") && !content.contains("style=\""),
                "{name}"
            );
        }
    }
}
