//! Paths as the routes know them: without the API's prefix, without a trailing slash, without tricks.

/// The prefix under which links to the API are given out.
pub const PREFIX: &str = "/api/v1";

/// The path for routing: one trailing slash and the prefix `/api/v1` or `/api` are gone.
///
/// None if it cannot name anything here: every segment of ours is made of the unreserved characters of RFC 3986
/// section 2.3, so a percent sign, an empty or dotted segment, a backslash or a parameter is a mistake or a trick.
pub fn normalise(path: &str) -> Option<String> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let path = [PREFIX, "/api"].into_iter().find_map(|prefix| below(path, prefix)).unwrap_or(path);
    if path.is_empty() {
        return Some("/".to_owned());
    }
    path.strip_prefix('/')?.split('/').all(is_plain).then(|| path.to_owned())
}

fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_plain(segment: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    !matches!(segment, "" | "." | "..") && segment.bytes().all(unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_one_trailing_slash_make_no_difference() {
        for path in ["/tasks", "/tasks/", "/api/tasks", "/api/tasks/", "/api/v1/tasks", "/api/v1/tasks/"] {
            assert_eq!(normalise(path).as_deref(), Some("/tasks"), "{path}");
        }
        for path in ["", "/", "/api", "/api/", "/api/v1", "/api/v1/"] {
            assert_eq!(normalise(path).as_deref(), Some("/"), "{path}");
        }
        assert_eq!(normalise("/apiary").as_deref(), Some("/apiary"));
        assert_eq!(normalise("/.well-known/jwks.json").as_deref(), Some("/.well-known/jwks.json"));
    }

    #[test]
    fn tricks_lead_nowhere() {
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
