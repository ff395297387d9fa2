//! The local cloud's own pages under `/_local/`: the mailbox, and what was sent to phones.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Json, Redirect, Response};
use axum::routing::get;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::mail::{Mail, Mailbox};
use crate::phones::{Phones, Published};

const STYLE: &str = "
    :root { color-scheme: light dark; --line: #8884; --quiet: #888; }
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 1rem; }
    h1 { font-size: 1.3rem; } h2 { font-size: 1rem; color: var(--quiet); } a { color: inherit; } ul { list-style: none; padding: 0; }
    li a { display: block; padding: .7rem 0; border-top: 1px solid var(--line); text-decoration: none; }
    small, dt { color: var(--quiet); } dl { display: grid; grid-template-columns: auto 1fr; gap: 0 1rem; }
    dd { margin: 0; overflow-wrap: anywhere; }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; }
    iframe { width: 100%; height: 30rem; border: 1px solid var(--line); border-radius: .5rem; background: #fff; }";

/// Nothing from elsewhere, no script: the mail itself is shown in a frame that may do nothing at all.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'";

/// The pages.
pub(crate) fn router(mailbox: Mailbox, phones: Phones) -> Router {
    let of_phones = Router::new()
        .route("/_local/phones", get(list_phones))
        .route(
            "/_local/phones.json",
            get(|State(phones): State<Phones>| async move { Json(phones.published()) }),
        )
        .with_state(phones);
    Router::new()
        .route(
            "/_local",
            get(|| async { Redirect::temporary("/_local/mailbox") }),
        )
        .route(
            "/_local/",
            get(|| async { Redirect::temporary("/_local/mailbox") }),
        )
        .route("/_local/mailbox", get(list))
        .route(
            "/_local/mailbox.json",
            get(|State(mailbox): State<Mailbox>| async move { Json(mailbox.all()) }),
        )
        .route("/_local/mailbox/{id}", get(show))
        .route("/_local/{*rest}", get(|| async { StatusCode::NOT_FOUND }))
        .with_state(mailbox)
        .merge(of_phones)
        .layer(from_fn(guard))
}

/// Keeps pages of others out: they must call by a name of this machine (so that no name of theirs can be made to lead
/// here), and not from a page elsewhere.
async fn guard(request: Request, next: Next) -> Response {
    if is_foreign(request.headers()) {
        return (
            StatusCode::FORBIDDEN,
            "only from this machine, and not from a page elsewhere\n",
        )
            .into_response();
    }
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn is_foreign(headers: &HeaderMap) -> bool {
    let header = |name: HeaderName| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let host = header(HOST).unwrap_or_default();
    let same = |origin: &str| {
        origin
            .split_once("://")
            .is_some_and(|(_, other)| other == host)
    };
    let site = header(HeaderName::from_static("sec-fetch-site")).unwrap_or("none");
    !is_loopback(host)
        || !header(ORIGIN).is_none_or(same)
        || !["none", "same-origin"].contains(&site)
}

/// Whether a host, with or without a port, is a name of this machine.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    ["localhost", "127.0.0.1", "[::1]"].contains(&name)
}

async fn list(State(mailbox): State<Mailbox>) -> Response {
    let mut mails = mailbox.all();
    mails.reverse();
    let line = |mail: &Mail| {
        let (id, subject, to, at) = (
            escape(&mail.id),
            escape(&mail.subject),
            escape(&mail.to),
            mail.at,
        );
        format!(
            "<li><a href=\"/_local/mailbox/{id}\">{subject}<br><small>{to} · {at}</small></a></li>"
        )
    };
    let lines: String = mails.iter().map(line).collect();
    let nothing = if mails.is_empty() {
        "<p>No mail yet. It shows here as soon as it is sent.</p>"
    } else {
        ""
    };
    page(
        "Mailbox",
        &format!("<h1>Mailbox</h1>{nothing}<ul>{lines}</ul>"),
    )
}

async fn list_phones(State(phones): State<Phones>) -> Response {
    let line = |one: &Published| {
        let message = serde_json::to_string_pretty(&one.message).unwrap_or_default();
        let (token, message, at) = (escape(&one.token), escape(&message), one.at);
        format!("<li><small>{token} · {at}</small><pre>{message}</pre></li>")
    };
    let lines: String = phones.published().iter().rev().map(line).collect();
    let nothing = if lines.is_empty() {
        "<p>Nothing was sent to a phone yet.</p>"
    } else {
        ""
    };
    page(
        "Phones",
        &format!("<h1>Phones</h1>{nothing}<ul>{lines}</ul>"),
    )
}

async fn show(State(mailbox): State<Mailbox>, Path(id): Path<String>) -> Response {
    let Some(mail) = mailbox.all().into_iter().find(|mail| mail.id == id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let head: String = [
        ("From", mail.from.clone()),
        ("To", mail.to.clone()),
        ("Sent", mail.at.to_string()),
    ]
    .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", escape(&value)))
    .concat();
    let frame = match mail.html.as_str() {
        "" => String::new(),
        html => format!(
            "<h2>HTML</h2><iframe sandbox title=\"The mail\" srcdoc=\"{}\"></iframe>",
            escape(html)
        ),
    };
    let (subject, text) = (escape(&mail.subject), escape(&mail.text));
    let back = "<p><a href=\"/_local/mailbox\">← Mailbox</a></p>";
    page(
        &mail.subject,
        &format!("{back}<h1>{subject}</h1><dl>{head}</dl><h2>Text</h2><pre>{text}</pre>{frame}"),
    )
}

fn page(title: &str, body: &str) -> Response {
    let title = escape(title);
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>{title}</title><style>{STYLE}</style>{body}</html>"
    );
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response()
}

/// Text that is safe in HTML, in attributes too.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_low_only_names_of_this_machine_are_answered() {
        for host in [
            "localhost",
            "localhost:8787",
            "127.0.0.1:8787",
            "[::1]",
            "[::1]:8787",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.nip.io:8787",
            "evil.example:8787",
            "[::1]x",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn sec_low_pages_from_elsewhere_are_kept_out() {
        let foreign = |headers: &[(&'static str, &'static str)]| {
            let host = [("host", "localhost:8787")];
            let all = host.iter().chain(headers).map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            });
            is_foreign(&all.collect())
        };
        assert!(!foreign(&[]));
        assert!(!foreign(&[
            ("origin", "http://localhost:8787"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(!foreign(&[("sec-fetch-site", "none")]));
        for other in ["http://evil.example", "http://localhost:9000", "null"] {
            assert!(foreign(&[("origin", other)]), "{other}");
        }
        for site in ["cross-site", "same-site"] {
            assert!(foreign(&[("sec-fetch-site", site)]), "{site}");
        }
    }
}
