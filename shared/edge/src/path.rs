//! Paths as the routes know them: without the API's prefix, without a trailing slash, without tricks.

/// The prefix under which links to the API are given out.
pub const PREFIX: &str = "/api/v1";

/// The path for routing: one trailing slash and the prefix `/api/v1` or `/api` are gone.
///
/// None if it cannot name anything here: every segment of ours is made of the unreserved characters of RFC 3986
/// section 2.3, so a percent sign, an empty or dotted segment, a backslash or a parameter is a mistake or a trick. Only
/// a reaction is named by an emoji: it comes decoded from the gateway, and leaves here encoded.
pub fn normalise(path: &str) -> Option<String> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let path = [PREFIX, "/api"]
        .into_iter()
        .find_map(|prefix| below(path, prefix))
        .unwrap_or(path);
    if path.is_empty() {
        return Some("/".to_owned());
    }
    let path = path.strip_prefix('/')?;
    match path.rsplit_once("/reactions/") {
        Some((place, emoji)) if is_emoji(emoji) && place.split('/').all(is_plain) => {
            Some(format!("/{place}/reactions/{}", encode(emoji)))
        }
        _ => path.split('/').all(is_plain).then(|| format!("/{path}")),
    }
}

/// Whether a segment can be an emoji: of characters beyond ASCII, but for `#`, `*` and the digits of the keycaps.
fn is_emoji(segment: &str) -> bool {
    let fits = |c: char| !c.is_ascii() && !c.is_control() || matches!(c, '#' | '*' | '0'..='9');
    segment.chars().all(fits) && !segment.is_ascii()
}

/// Percent-encodes every byte (RFC 3986 section 2.1).
fn encode(segment: &str) -> String {
    segment.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_plain(segment: &str) -> bool {
    let unreserved =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    !matches!(segment, "" | "." | "..") && segment.bytes().all(unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_one_trailing_slash_make_no_difference() {
        for path in [
            "/tasks",
            "/tasks/",
            "/api/tasks",
            "/api/tasks/",
            "/api/v1/tasks",
            "/api/v1/tasks/",
        ] {
            assert_eq!(normalise(path).as_deref(), Some("/tasks"), "{path}");
        }
        for path in ["", "/", "/api", "/api/", "/api/v1", "/api/v1/"] {
            assert_eq!(normalise(path).as_deref(), Some("/"), "{path}");
        }
        assert_eq!(normalise("/apiary").as_deref(), Some("/apiary"));
        assert_eq!(
            normalise("/.well-known/jwks.json").as_deref(),
            Some("/.well-known/jwks.json")
        );
    }

    #[test]
    fn a_reaction_is_named_by_an_emoji() {
        let place = "/tasks/1/comments/2/reactions";
        for (emoji, encoded) in [
            ("👍", "%F0%9F%91%8D"),
            ("#\u{fe0f}\u{20e3}", "%23%EF%B8%8F%E2%83%A3"),
            ("thumbsup", "thumbsup"),
        ] {
            let path = format!("/api/v1{place}/{emoji}/");
            assert_eq!(
                normalise(&path),
                Some(format!("{place}/{encoded}")),
                "{path}"
            );
        }
        for path in [
            "/reactions/👍/x",
            "/x/👍",
            "/👍/reactions/👍",
            "/reactions/👍/reactions/👍",
            "/reactions/👍%2f",
        ] {
            assert_eq!(normalise(path), None, "{path}");
        }
        assert_eq!(normalise(&format!("{place}/👍/../x")), None);
    }

    #[test]
    fn sec_low_tricks_lead_nowhere() {
        for path in [
            "/tasks//",
            "//tasks",
            "/tasks/../users",
            "/tasks/./1",
            "/tasks/%2e%2e/users",
            "/tasks%2f1",
            "/tasks/a%00b",
            "/tasks;x=1",
            "/tasks\\1",
            "/tasks/a b",
            "/tasks/\u{e4}",
            "tasks",
        ] {
            assert_eq!(normalise(path), None, "{path}");
        }
    }
}
