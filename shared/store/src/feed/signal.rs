//! Signals: small items for what changed nothing and must be known, written beside the answer and never in its way.
//!
//! The key holds the minute, and an item that is there stays: so there is one of a kind per person, project and minute,
//! however many requests there were. The stream takes them up like any other change.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#SIGNAL` | `<kind>#<user>#<project>#<minute>` | a refusal, a private read or a download, at most one a minute |
//! | `U#<user>#SIGNAL` | `<kind>#<hash>#<minute>` | a failed attempt to sign in, at most one a minute and name |

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Error;
use domain::call::Call;
use domain::feed::event::Source;
use domain::feed::signal::{Signal, SignalKind};
use domain::id::{OrgId, ProjectId, Tag, UserId};
use jiff::fmt::serde::timestamp;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::key::{Key, hashed, key, person_part, tenant, user_partition};
use crate::limits::rate;
use crate::record::{Operation, Place, Record};
use crate::store::Store;
use crate::table::Table;

/// A signal about something of the tenant: of a kind there is one per person, project and minute.
pub fn signal(tag: Tag, kind: &str, user: UserId, project: Option<ProjectId>, minute: i64) -> Key {
    let project = project.map(ProjectId::suffix).unwrap_or_default();
    key(
        format!("{}#SIGNAL", tenant(tag)),
        format!("{kind}#{}#{project}#{minute}", person_part(user)),
    )
}

/// A signal about an account: of a kind there is one per name that was given and minute.
pub fn account_signal(user: UserId, kind: &str, mark: &str, minute: i64) -> Key {
    key(
        format!("{}#SIGNAL", user_partition(user)),
        format!("{kind}#{mark}#{minute}"),
    )
}

/// A digest of the name under which somebody signs in.
pub fn name_mark(name: &str) -> String {
    hashed(name)
}

/// How long a signal is kept. The stream has taken it up after a moment; more than a day it never waits.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

fn until(at: Timestamp) -> Timestamp {
    at.checked_add(KEPT).unwrap_or(Timestamp::MAX)
}

impl Record for Signal {
    const EVENT: Option<Source> = Some(Source::Signal);
    crate::record::told!();

    fn place(&self) -> Place {
        let key = match self.org {
            Some(org) => signal(
                org.tag(),
                self.kind.as_str(),
                self.user,
                self.project,
                self.minute(),
            ),
            None => {
                let mark = self.mark.as_deref().unwrap_or_default();
                account_signal(self.user, self.kind.as_str(), mark, self.minute())
            }
        };
        Place::at(key).until(until(self.at))
    }
}

/// A failed attempt to sign in as nobody: written so that it is the same work, and nothing follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Unheard {
    user: UserId,
    mark: String,
    #[serde(with = "timestamp::millisecond::required")]
    at: Timestamp,
}

impl Record for Unheard {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(rate(
            "sign_in.failed",
            &self.mark,
            self.at.as_second().div_euclid(60),
        ))
        .until(until(self.at))
    }
}

/// Writes signals, and remembers those of the present minute, which need no further request.
pub(crate) struct Signals {
    table: Table,
    written: Mutex<(i64, HashSet<Key>)>,
}

impl Signals {
    pub(crate) fn new(table: Table) -> Self {
        Self {
            table,
            written: Mutex::default(),
        }
    }

    fn is_written(&self, minute: i64, key: &Key) -> bool {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.0 != minute {
            *written = (minute, HashSet::new());
        }
        written.1.contains(key)
    }

    fn remember(&self, minute: i64, key: Key) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.0 == minute {
            written.1.insert(key);
        }
    }

    /// Writes a signal unless it is there. One that cannot be written changes no answer.
    async fn write<T: Record>(&self, signal: T, at: Timestamp, operation: &Operation) {
        let (minute, key) = (at.as_second().div_euclid(60), signal.place().key().clone());
        if self.is_written(minute, &key) {
            return;
        }
        // Without a key: a signal that is there is `Conflict`, which is as good as written.
        let operation = operation.part("signal").unkeyed();
        match self.table.create(signal, &operation, Error::Conflict).await {
            Ok(_) | Err(Error::Conflict) => self.remember(minute, key),
            Err(error) => tracing::warn!(%error, "a signal could not be written"),
        }
    }
}

impl Store {
    /// Notes that somebody failed to sign in under `name`, the name of `user` or of nobody: the same work for both.
    pub async fn sign_in_failed(&self, call: &Call, user: Option<UserId>, name: &str) {
        let (mark, operation) = (name_mark(name), Operation::anonymous(call));
        match user {
            Some(user) => {
                let signal = Signal::sign_in_failed(user, call.at, mark);
                self.signals.write(signal, call.at, &operation).await;
            }
            None => {
                let user = UserId::new(0, [0; 10]);
                self.signals
                    .write(
                        Unheard {
                            user,
                            mark,
                            at: call.at,
                        },
                        call.at,
                        &operation,
                    )
                    .await;
            }
        }
    }
}

/// What signals say of the caller's request.
#[derive(Clone)]
pub(crate) struct Witness {
    signals: Arc<Signals>,
    user: UserId,
    at: Timestamp,
    operation: Operation,
    route: Arc<str>,
    /// What was opened: the organization, the id as the API writes it, and the project that it is or is in.
    about: Option<(OrgId, Arc<str>, Option<ProjectId>)>,
}

impl std::fmt::Debug for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Witness")
            .field("route", &self.route)
            .field("about", &self.about)
            .finish_non_exhaustive()
    }
}

impl Witness {
    pub(crate) fn new(
        signals: Arc<Signals>,
        call: &Call,
        user: UserId,
        operation: Operation,
    ) -> Self {
        Self {
            signals,
            user,
            at: call.at,
            operation,
            route: call.route.as_str().into(),
            about: None,
        }
    }

    /// The witness of what is done about one thing.
    pub(crate) fn about(&self, org: OrgId, subject: &str, project: Option<ProjectId>) -> Self {
        Self {
            about: Some((org, subject.into(), project)),
            ..self.clone()
        }
    }

    /// Notes it, once the request is decided.
    fn tell(&self, signal: Signal) {
        let (signals, at, operation) = (self.signals.clone(), self.at, self.operation);
        if !runtime::after::put_off(async move { signals.write(signal, at, &operation).await }) {
            tracing::warn!("a signal outside a request");
        }
    }

    fn signal(&self, kind: SignalKind) -> Option<Signal> {
        let (org, subject, project) = self.about.as_ref()?;
        Some(Signal::of(kind, *org, self.user, self.at, subject.to_string()).within(*project))
    }

    /// Notes a refusal that the caller is told of; other errors are none.
    pub(crate) fn refused(&self, error: &Error) {
        let (code, permission) = match error {
            Error::Forbidden { permission } => ("forbidden", Some((*permission).to_owned())),
            Error::RoleTooHigh => ("role_too_high", None),
            _ => return,
        };
        if let Some(signal) = self.signal(SignalKind::AccessRefused) {
            self.tell(Signal {
                code: Some(code.to_owned()),
                permission,
                ..signal.by(&self.route)
            });
        }
    }

    /// Notes that the caller has looked into a private project, in which they have no role, by right of their office.
    pub(crate) fn private_read(&self) {
        if let Some(signal) = self.signal(SignalKind::PrivateRead) {
            self.tell(signal.by(&self.route));
        }
    }

    /// Notes that a file of the thing was downloaded.
    pub(crate) fn downloaded(&self, file: String, name: &str) {
        if let Some(signal) = self.signal(SignalKind::AttachmentDownloaded) {
            self.tell(Signal {
                subject: file,
                ..signal.named(name)
            });
        }
    }
}
