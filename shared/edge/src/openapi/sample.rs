//! An example of every error.

use domain::Error;
use domain::error::Candidate;
use domain::id::{ENTROPY_BYTES, OrgId, Tag};
use serde_json::Value;

use crate::{Code, Problem};

/// The body of an error with this code, as it might be sent.
// In one piece: an arm for each code whose error says more than its title.
pub(super) fn of(code: Code) -> Value {
    let organization = OrgId::new(Tag::from_bytes([0x5e; 5]), [0x21; ENTROPY_BYTES]);
    let error = match code {
        Code::BadFilter => Error::filter("limit", "must be a number from 1 to 100"),
        Code::BadCursor => Error::BadCursor,
        Code::ValidationFailed => {
            Error::field("title", "too_long", "must have at most 200 characters")
        }
        Code::Forbidden => Error::Forbidden {
            permission: "task.update",
        },
        Code::InvalidTransition => Error::InvalidTransition {
            allowed: vec!["in_progress".to_owned()],
        },
        Code::LimitReached => Error::TooManyOrganizations { limit: 50 },
        Code::WipLimit => Error::WipLimit { limit: 5 },
        Code::AmbiguousKey => Error::AmbiguousKey(vec![Candidate {
            organization,
            slug: "acme".to_owned(),
        }]),
        Code::ChainBroken => Error::ChainBroken { seq: 418 },
        Code::PreconditionFailed => Error::PreconditionFailed { current: 8 },
        Code::TooLarge => Error::TooLarge {
            limit: crate::body::MAX,
        },
        Code::FileTooLarge => Error::FileTooLarge { limit: 104_857_600 },
        Code::RateLimited => Error::RateLimited { retry_after: 17 },
        Code::Conflict => Error::Conflict,
        Code::Unavailable => Error::Unavailable,
        plain => return body(Problem::new(plain, plain.title())),
    };
    body(error.into())
}

fn body(problem: Problem) -> Value {
    serde_json::to_value(problem.body("JKJaXmPLvHcESHA=")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_has_the_code_that_it_stands_for() {
        for code in Code::ALL {
            let sample = of(*code);
            assert_eq!(
                (&sample["code"], &sample["status"]),
                (&code.as_str().into(), &code.status().as_u16().into())
            );
        }
    }
}
