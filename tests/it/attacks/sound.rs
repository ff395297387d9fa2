//! What every answer must be, whatever was asked.

use std::sync::LazyLock;

use tests::Answer;

use crate::api::Operation;

/// What no answer ever shows: how things are kept, what they are called inside, and what proves who somebody is.
const NEVER: [&str; 22] = [
    tests::PASSWORD,
    "$argon2",
    "arn:aws",
    "\"pk\"",
    "\"sk\"",
    "\"ev\"",
    "\"ops\"",
    "\"seed\"",
    "\"nonce\"",
    "\"hash\"",
    "\"turn\"",
    "\"epoch\"",
    "\"known\"",
    "\"password\":",
    "ConditionalCheck",
    "TransactionCanceled",
    "DynamoDb",
    "dynamodb",
    "ResourceNotFound",
    "panicked",
    ".rs:",
    "struct ",
];

/// Every code of the catalogue with its status.
static CATALOGUE: LazyLock<Vec<(&'static str, u16)>> = LazyLock::new(|| {
    edge::Code::ALL
        .iter()
        .map(|code| (code.as_str(), code.status().as_u16()))
        .collect()
});

/// Fails the test unless the answer keeps what is promised of every answer of this operation.
#[track_caller]
pub fn sound(operation: &Operation, answer: Answer) -> Answer {
    let answer = dressed(answer);
    let told = format!(
        "{} ({}): {} {:.400}",
        answer.request, operation.id, answer.status, answer.text
    );
    if answer.status < 400 {
        assert!(
            operation.successes.contains(&answer.status),
            "not documented: {told}"
        );
    } else {
        assert!(
            operation.codes.contains(answer.code()),
            "not documented: {told}"
        );
    }
    answer
}

/// The same for an answer of no operation in particular.
#[track_caller]
pub fn dressed(answer: Answer) -> Answer {
    let told = format!("{}: {} {:.400}", answer.request, answer.status, answer.text);
    assert!(answer.status < 500, "{told}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{told}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{told}");
    assert!(
        answer
            .header("strict-transport-security")
            .starts_with("max-age="),
        "{told}"
    );
    assert!(
        !answer.header("x-request-id").is_empty() && !answer.header("cache-control").is_empty(),
        "{told}"
    );
    assert!(
        answer.header("server-timing").starts_with("app;dur="),
        "{told}"
    );
    assert!(
        answer
            .headers
            .keys()
            .all(|name| name != "set-cookie" && name != "server"),
        "{told}"
    );
    if answer.status >= 400 {
        assert!(
            CATALOGUE.contains(&(answer.code(), answer.status))
                || answer.request.starts_with("HEAD"),
            "{told}"
        );
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{told}"
        );
        assert_eq!(
            answer.header("cache-control"),
            "private, no-store",
            "{told}"
        );
    }
    if !answer.request.contains("/docs") && !answer.request.contains("openapi.json") {
        // Names that a client has sent may come back in an error; our own never do.
        // What proves an entry of the audit trail is made to be shown; a password's is not.
        let proof = |word: &str| word == "\"hash\"" && answer.request.contains("/audit-logs");
        let shown = NEVER
            .iter()
            .find(|word| answer.text.contains(**word) && !proof(word));
        assert_eq!(shown, None, "{told}");
    }
    answer
}
