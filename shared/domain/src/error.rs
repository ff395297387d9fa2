//! Everything that can go wrong, in the words of the domain. The only table of HTTP statuses is in `edge`.

use crate::id::OrgId;

/// One thing that is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the body, or the name of a query parameter or header.
    pub field: String,
    /// A word for programs, such as `required` or `too_long`.
    pub code: &'static str,
    /// A predicate for people, to be read after the field's name.
    pub message: String,
}

impl FieldError {
    /// What is wrong with the member `field` of the body.
    pub fn new(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        let field = if field.starts_with('/') {
            field.to_owned()
        } else {
            format!("/{field}")
        };
        Self {
            field,
            code,
            message: message.into(),
        }
    }
}

/// A task key that fits in more than one of the caller's organizations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The organization.
    pub organization: OrgId,
    /// Its slug, to be given as `?org=`.
    pub slug: String,
}

/// Why a call fails. Each variant is one `code` of the API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The request is no request: malformed JSON, a header that cannot be read, a parameter that is not one.
    #[error("{0}")]
    BadRequest(String),
    /// A filter, ordering, limit or other query parameter is not one that the list knows.
    #[error("{field} {message}")]
    BadFilter {
        /// The query parameter.
        field: String,
        /// What is wrong with it.
        message: String,
    },
    /// A cursor that was not given out for this list to this caller.
    #[error("the cursor is not one that this list gave out")]
    BadCursor,
    /// The body is read, and its fields are wrong.
    #[error("{} field(s) are wrong", .0.len())]
    Invalid(Vec<FieldError>),
    /// No token, or one that is nobody's (any more).
    #[error("sign in first")]
    Unauthenticated,
    /// The caller is signed in, and has to show again that it is they: what they are about to do is dangerous.
    #[error("show your password again, at /auth/reauthenticate")]
    ProofRequired,
    /// The access token was good and is too old.
    #[error("the access token has expired")]
    TokenExpired,
    /// Wrong name or password; never says which.
    #[error("the name or the password is wrong")]
    InvalidCredentials,
    /// A refresh token that was already exchanged: the whole session has been ended.
    #[error("the refresh token was used before; its session has been ended")]
    TokenReused,
    /// The account is suspended.
    #[error("the account is not active")]
    AccountInactive,
    /// The caller may see it, but not do this.
    #[error("{permission} is not among your rights here")]
    Forbidden {
        /// The missing permission, such as `task.update`.
        permission: &'static str,
    },
    /// A role above the caller's own, or a person above them.
    #[error("the role is above what you may give or change")]
    RoleTooHigh,
    /// The current password given for a change is wrong.
    #[error("the current password is wrong")]
    WrongPassword,
    /// It is not there, or the caller may not know that it is.
    #[error("there is no such thing")]
    NotFound,
    /// The e-mail address belongs to another account or organization.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The username belongs to another account.
    #[error("the username is taken")]
    UsernameTaken,
    /// The slug belongs to another organization.
    #[error("the slug is taken")]
    SlugTaken,
    /// The name belongs to another organization, team or label.
    #[error("the name is taken")]
    NameTaken,
    /// The project key is or was used in this organization.
    #[error("the project key is taken")]
    KeyTaken,
    /// The organization would be left without an owner.
    #[error("the last owner cannot go")]
    LastOwner,
    /// The team would be left without an admin.
    #[error("the last admin cannot go")]
    LastAdmin,
    /// The team is attached to projects, so it cannot be deleted.
    #[error("the team is attached to projects; detach it first")]
    HasProjects,
    /// The person is a member already.
    #[error("the person is a member already")]
    AlreadyMember,
    /// The address of the signed-in account is not the one that was invited.
    #[error("the invitation is for another e-mail address")]
    EmailMismatch,
    /// The e-mail domain belongs to an organization.
    #[error("the domain is taken")]
    DomainTaken,
    /// The domain's DNS does not show whose it is.
    #[error(
        "no TXT record at {name} or {domain} has the value {value}; changes of DNS may take hours to be seen"
    )]
    DomainUnverified {
        /// Where the record was looked for.
        name: String,
        /// Where it was looked for too: the domain itself.
        domain: String,
        /// What it must be.
        value: String,
    },
    /// The request to join was answered before.
    #[error("the request was answered already")]
    AlreadyAnswered,
    /// The invitation was accepted before.
    #[error("the invitation was accepted already")]
    AlreadyAccepted,
    /// The e-mail address is not verified yet.
    #[error("verify your e-mail address first")]
    EmailUnverified,
    /// A one-time token or invitation that was good once.
    #[error("the token has expired or was used or revoked")]
    TokenGone,
    /// The state machine does not know this step.
    #[error("this status cannot follow the present one")]
    InvalidTransition {
        /// The statuses that can.
        allowed: Vec<String>,
    },
    /// Statuses that tasks are in are gone from a workflow, and nothing says where those tasks shall go.
    #[error("tasks are in statuses that would be gone; say in status_map where they go")]
    TasksInRemovedStatus {
        /// The statuses.
        statuses: Vec<String>,
    },
    /// The list has as many cards as it may.
    #[error("the list has its {limit} cards already")]
    WipLimit {
        /// How many there may be.
        limit: u32,
    },
    /// Cards are in the list that shall go.
    #[error("there are cards in the list; say by move_tasks_to where they go")]
    NotEmpty,
    /// Another list of the board is bound to the status.
    #[error("another list of the board is bound to the status")]
    StatusTaken,
    /// The project is archived already.
    #[error("the project is archived already")]
    AlreadyArchived,
    /// The project is not archived.
    #[error("the project is not archived")]
    NotArchived,
    /// The project is archived, so nothing in it changes.
    #[error("the project is archived and cannot be changed")]
    ProjectArchived,
    /// A personal organization cannot be left, deleted or shared.
    #[error("a personal organization cannot do that")]
    PersonalOrganization,
    /// An account belongs to at most so many organizations.
    #[error("an account belongs to at most {limit} organizations")]
    TooManyOrganizations {
        /// The limit.
        limit: usize,
    },
    /// Some other technical limit.
    #[error("{what} are limited to {limit}")]
    LimitReached {
        /// What there is too much of.
        what: &'static str,
        /// How many may be.
        limit: usize,
    },
    /// `PROJ-12` names a task in more than one of the caller's organizations.
    #[error("the key names tasks in more than one of your organizations; say which by ?org=")]
    AmbiguousKey(Vec<Candidate>),
    /// The thing to restore is in something that is deleted itself.
    #[error("restore what contains it first")]
    ParentDeleted,
    /// An entry of the audit trail is not what it was, or is missing.
    #[error("the audit trail does not hold at entry {seq}")]
    ChainBroken {
        /// The number of the first that is wrong.
        seq: u64,
    },
    /// It is not deleted, so it cannot be restored.
    #[error("it is not deleted")]
    NotDeleted,
    /// Things of two organizations in one request.
    #[error("both ends must be in one organization")]
    CrossOrganization,
    /// One operation of a request that does all of them or nothing.
    #[error("operation {index}: {cause}")]
    Operation {
        /// Its place in the request, counted from 0.
        index: usize,
        /// Why it cannot be done.
        cause: Box<Self>,
    },
    /// The caller has seen an older version than the present one.
    #[error("somebody has changed it since; the present version is {current}")]
    PreconditionFailed {
        /// The present version.
        current: u64,
    },
    /// A document can be replaced only by one who says which version of it they have seen.
    #[error("say by If-Match which version you have seen")]
    PreconditionRequired,
    /// The same idempotency key with another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// What the idempotency key made has been deleted since.
    #[error("what was made with this idempotency key has been deleted since")]
    IdempotencyTargetDeleted,
    /// This very request was done before, and its answer showed nothing. The edge gives that answer again, so nobody is
    /// told of this.
    #[error("the request was done before")]
    Answered,
    /// Somebody else changed the same thing at the same moment, several times over.
    #[error("others are changing it at the same time; try again")]
    Conflict,
    /// The media type is not one that is read here.
    #[error("send application/json")]
    UnsupportedMediaType,
    /// The body is too large.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// How many bytes may be.
        limit: usize,
    },
    /// A file is larger than files may be.
    #[error("a file has at most {limit} bytes")]
    FileTooLarge {
        /// How many bytes may be.
        limit: usize,
    },
    /// An upload is to be completed that has not come.
    #[error("nothing has been uploaded yet")]
    NotUploaded,
    /// Too many calls.
    #[error("too many requests; try again in {retry_after} s")]
    RateLimited {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// Something behind us does not answer; nothing was changed, or it is safe to repeat.
    #[error("try again in a moment")]
    Unavailable,
    /// A bug or broken data. The text is for the log only.
    #[error("internal error")]
    Internal(String),
}

impl Error {
    /// One wrong field.
    pub fn field(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }

    /// The same error, told of one operation among many. What is wrong with the whole request, or with us, stays so.
    pub fn of_operation(self, index: usize) -> Self {
        match self {
            Self::Unauthenticated
            | Self::ProofRequired
            | Self::TokenExpired
            | Self::RateLimited { .. } => self,
            Self::Conflict | Self::IdempotencyKeyReused | Self::Unavailable | Self::Internal(_) => {
                self
            }
            cause => Self::Operation {
                index,
                cause: Box::new(cause),
            },
        }
    }

    /// One wrong query parameter.
    pub fn filter(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::BadFilter {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// Collects every wrong field of a request before it is refused.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    /// How many are told of at most: a body of a megabyte can have a hundred thousand.
    pub const MOST: usize = 100;

    /// No fault yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value, or `None` with the fault noted.
    pub fn take<T>(&mut self, field: &str, result: Result<T, crate::text::Fault>) -> Option<T> {
        result
            .map_err(|fault| self.note(field, fault.code, fault.message))
            .ok()
    }

    /// Notes a fault; of the first [`Faults::MOST`] which.
    pub fn note(&mut self, field: &str, code: &'static str, message: impl Into<String>) {
        if self.0.len() < Self::MOST {
            self.0.push(FieldError::new(field, code, message));
        }
    }

    /// Fails if there was any fault.
    pub fn check(self) -> Result<(), Error> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.0))
        }
    }

    /// The value that all the parts make, or every fault.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Error> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Error::Invalid(self.0)),
        }
    }
}
