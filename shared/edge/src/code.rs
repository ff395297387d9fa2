//! Every error code of the API: the only table of statuses, codes and titles.

use domain::Error;
use http::StatusCode;
use serde::{Deserialize, Serialize};

macro_rules! declare {
    ($($name:ident = $status:ident $code:literal $title:literal,)*) => {
        /// What an answer's `code` can be.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $(#[doc = $title] #[serde(rename = $code)] $name,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The HTTP status that goes with it.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The code, as programs read it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What it means, in the same words on every occasion (RFC 9457 section 3.1.3).
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

/// The codes with these names, to be told beside a handler as what its operation answers of its own (see
/// [`crate::openapi`]).
#[macro_export]
macro_rules! codes {
    () => {
        Vec::<$crate::Code>::new()
    };
    ($($code:ident),+ $(,)?) => {
        [$($crate::Code::$code),+]
    };
}

declare! {
    BadRequest = BAD_REQUEST "bad_request" "The request cannot be read",
    BadFilter = BAD_REQUEST "bad_filter" "A query parameter is wrong",
    BadCursor = BAD_REQUEST "bad_cursor" "The cursor is wrong",
    Unauthenticated = UNAUTHORIZED "unauthenticated" "Sign in first",
    ProofRequired = UNAUTHORIZED "insufficient_user_authentication" "Show again that it is you",
    TokenExpired = UNAUTHORIZED "token_expired" "The access token has expired",
    InvalidCredentials = UNAUTHORIZED "invalid_credentials" "The name or the password is wrong",
    TokenReused = UNAUTHORIZED "token_reused" "The refresh token was used before",
    AccountInactive = FORBIDDEN "account_inactive" "The account is not active",
    Forbidden = FORBIDDEN "forbidden" "You may not do this",
    RoleTooHigh = FORBIDDEN "role_too_high" "The role is above yours",
    WrongPassword = FORBIDDEN "wrong_password" "The current password is wrong",
    EmailUnverified = FORBIDDEN "email_unverified" "The e-mail address is not verified",
    NotFound = NOT_FOUND "not_found" "There is no such thing",
    MethodNotAllowed = METHOD_NOT_ALLOWED "method_not_allowed" "The method is not allowed here",
    Conflict = CONFLICT "conflict" "Others are changing it at the same time",
    EmailTaken = CONFLICT "email_taken" "The e-mail address is taken",
    UsernameTaken = CONFLICT "username_taken" "The username is taken",
    SlugTaken = CONFLICT "slug_taken" "The slug is taken",
    NameTaken = CONFLICT "name_taken" "The name is taken",
    KeyTaken = CONFLICT "key_taken" "The project key is taken",
    LastOwner = CONFLICT "last_owner" "The last owner cannot go",
    LastAdmin = CONFLICT "last_admin" "The last admin cannot go",
    HasProjects = CONFLICT "has_projects" "The team is attached to projects",
    AlreadyMember = CONFLICT "already_member" "The person is a member already",
    EmailMismatch = CONFLICT "email_mismatch" "The invitation is for another address",
    AlreadyAccepted = CONFLICT "already_accepted" "The invitation was accepted already",
    DomainTaken = CONFLICT "domain_taken" "The domain is taken",
    DomainUnverified = CONFLICT "domain_unverified" "The domain's DNS does not show whose it is",
    AlreadyAnswered = CONFLICT "already_answered" "The request was answered already",
    InvalidTransition = CONFLICT "invalid_transition" "The status cannot follow the present one",
    TasksInRemovedStatus = CONFLICT "tasks_in_removed_status" "Tasks are in statuses that would be gone",
    WipLimit = CONFLICT "wip_limit" "The list has as many cards as it may",
    NotEmpty = CONFLICT "not_empty" "There is something in it",
    StatusTaken = CONFLICT "status_taken" "Another list is bound to the status",
    AlreadyArchived = CONFLICT "already_archived" "The project is archived already",
    NotArchived = CONFLICT "not_archived" "The project is not archived",
    ProjectArchived = CONFLICT "project_archived" "The project is archived",
    PersonalOrganization = CONFLICT "personal_organization" "A personal organization cannot do that",
    LimitReached = CONFLICT "limit_reached" "A limit is reached",
    AmbiguousKey = CONFLICT "ambiguous_key" "The key names more than one task",
    ChainBroken = CONFLICT "chain_broken" "The audit trail was changed",
    ParentDeleted = CONFLICT "parent_deleted" "What contains it is deleted",
    NotDeleted = CONFLICT "not_deleted" "It is not deleted",
    NotUploaded = CONFLICT "not_uploaded" "Nothing has been uploaded yet",
    IdempotencyTargetDeleted = CONFLICT "idempotency_target_deleted" "What this request made has been deleted",
    Gone = GONE "gone" "It was good once",
    PreconditionFailed = PRECONDITION_FAILED "precondition_failed" "Somebody has changed it since",
    TooLarge = PAYLOAD_TOO_LARGE "too_large" "The body is too large",
    FileTooLarge = PAYLOAD_TOO_LARGE "file_too_large" "The file is too large",
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" "The media type is not read here",
    ValidationFailed = UNPROCESSABLE_ENTITY "validation_failed" "Some fields are wrong",
    CrossOrganization = UNPROCESSABLE_ENTITY "cross_organization" "Both ends must be in one organization",
    IdempotencyKeyReused = UNPROCESSABLE_ENTITY "idempotency_key_reused" "The idempotency key was used for another request",
    PreconditionRequired = PRECONDITION_REQUIRED "precondition_required" "Say which version you have seen",
    RateLimited = TOO_MANY_REQUESTS "rate_limited" "Too many requests",
    Internal = INTERNAL_SERVER_ERROR "internal" "Something broke on our side",
    Unavailable = SERVICE_UNAVAILABLE "unavailable" "Try again in a moment",
}

impl From<&Error> for Code {
    // In one piece: an arm for each error and no wildcard, so no new error goes without a code.
    fn from(error: &Error) -> Self {
        match error {
            Error::BadRequest(_) => Self::BadRequest,
            Error::BadFilter { .. } => Self::BadFilter,
            Error::BadCursor => Self::BadCursor,
            Error::Invalid(_) => Self::ValidationFailed,
            Error::Unauthenticated => Self::Unauthenticated,
            Error::ProofRequired => Self::ProofRequired,
            Error::TokenExpired => Self::TokenExpired,
            Error::InvalidCredentials => Self::InvalidCredentials,
            Error::TokenReused => Self::TokenReused,
            Error::AccountInactive => Self::AccountInactive,
            Error::Forbidden { .. } => Self::Forbidden,
            Error::RoleTooHigh => Self::RoleTooHigh,
            Error::WrongPassword => Self::WrongPassword,
            // `serve` answers it with 204 instead.
            Error::NotFound | Error::Answered => Self::NotFound,
            Error::EmailTaken => Self::EmailTaken,
            Error::UsernameTaken => Self::UsernameTaken,
            Error::SlugTaken => Self::SlugTaken,
            Error::NameTaken => Self::NameTaken,
            Error::KeyTaken => Self::KeyTaken,
            Error::LastOwner => Self::LastOwner,
            Error::LastAdmin => Self::LastAdmin,
            Error::HasProjects => Self::HasProjects,
            Error::AlreadyMember => Self::AlreadyMember,
            Error::EmailMismatch => Self::EmailMismatch,
            Error::AlreadyAccepted => Self::AlreadyAccepted,
            Error::EmailUnverified => Self::EmailUnverified,
            Error::DomainTaken => Self::DomainTaken,
            Error::DomainUnverified { .. } => Self::DomainUnverified,
            Error::AlreadyAnswered => Self::AlreadyAnswered,
            Error::TokenGone => Self::Gone,
            Error::InvalidTransition { .. } => Self::InvalidTransition,
            Error::TasksInRemovedStatus { .. } => Self::TasksInRemovedStatus,
            Error::WipLimit { .. } => Self::WipLimit,
            Error::NotEmpty => Self::NotEmpty,
            Error::StatusTaken => Self::StatusTaken,
            Error::AlreadyArchived => Self::AlreadyArchived,
            Error::NotArchived => Self::NotArchived,
            Error::ProjectArchived => Self::ProjectArchived,
            Error::PersonalOrganization => Self::PersonalOrganization,
            Error::TooManyOrganizations { .. } | Error::LimitReached { .. } => Self::LimitReached,
            Error::AmbiguousKey(_) => Self::AmbiguousKey,
            Error::ChainBroken { .. } => Self::ChainBroken,
            Error::ParentDeleted => Self::ParentDeleted,
            Error::NotDeleted => Self::NotDeleted,
            Error::CrossOrganization => Self::CrossOrganization,
            Error::Operation { cause, .. } => Self::from(&**cause),
            Error::PreconditionFailed { .. } => Self::PreconditionFailed,
            Error::PreconditionRequired => Self::PreconditionRequired,
            Error::IdempotencyKeyReused => Self::IdempotencyKeyReused,
            Error::IdempotencyTargetDeleted => Self::IdempotencyTargetDeleted,
            Error::Conflict => Self::Conflict,
            Error::UnsupportedMediaType => Self::UnsupportedMediaType,
            Error::TooLarge { .. } => Self::TooLarge,
            Error::FileTooLarge { .. } => Self::FileTooLarge,
            Error::NotUploaded => Self::NotUploaded,
            Error::RateLimited { .. } => Self::RateLimited,
            Error::Unavailable => Self::Unavailable,
            Error::Internal(_) => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_a_word_of_its_own_with_an_error_status() {
        let words: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(
                code.status().is_client_error() || code.status().is_server_error(),
                "{code:?}"
            );
            assert!(
                code.as_str()
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
                "{code:?}"
            );
            assert!(!code.title().is_empty());
        }
    }
}
