//! Signals: what changes nothing and must be known all the same. Each is noted in an item of its own, at most one of a
//! kind per person, project and minute, so that no amount of refused requests floods the audit trail.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use crate::access::words;
use crate::feed::event::{EventType, FieldChange, Tell, Told, ToldField};
use crate::id::{OrgId, ProjectId, UserId};

words!(
    /// What a signal tells.
    SignalKind {
        /// Somebody was refused what they may not do.
        AccessRefused = "access.refused",
        /// Somebody tried to sign in with a wrong password.
        SignInFailed = "sign_in.failed",
        /// An owner or admin looked into a private project in which they have no role.
        PrivateRead = "private.read",
        /// A file was downloaded.
        AttachmentDownloaded = "attachment.downloaded",
    }
);

/// The longest route that is kept, in characters.
const LONGEST_ROUTE: usize = 200;
/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 120;

/// Something that changed nothing and must be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// What it tells.
    pub kind: SignalKind,
    /// The organization that is told; none for what concerns a person, which each of their organizations is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// Who called; whose account it was, if somebody failed to sign in to it.
    pub user: UserId,
    /// When.
    #[serde(with = "timestamp::millisecond::required")]
    pub at: Timestamp,
    /// The id of the thing it is about, as the API writes it.
    pub subject: String,
    /// What the thing is called, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The project that the thing is, or is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// A digest of the name under which somebody failed to sign in: there is one signal a minute for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// Why it was refused, as the answer's `code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The right that was missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// Method and path of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
}

impl Signal {
    /// A signal about a thing of an organization.
    pub fn of(kind: SignalKind, org: OrgId, user: UserId, at: Timestamp, subject: String) -> Self {
        Self {
            org: Some(org),
            subject,
            ..Self::about(kind, user, at)
        }
    }

    /// Somebody tried to sign in as `user` with a wrong password, under the name of this digest.
    pub fn sign_in_failed(user: UserId, at: Timestamp, mark: String) -> Self {
        Self {
            mark: Some(mark),
            ..Self::about(SignalKind::SignInFailed, user, at)
        }
    }

    fn about(kind: SignalKind, user: UserId, at: Timestamp) -> Self {
        Self {
            kind,
            org: None,
            user,
            at,
            subject: user.to_string(),
            name: None,
            project: None,
            mark: None,
            code: None,
            permission: None,
            route: None,
        }
    }

    /// In this project.
    pub fn within(self, project: Option<ProjectId>) -> Self {
        Self { project, ..self }
    }

    /// By this request: method and path.
    pub fn by(self, route: &str) -> Self {
        Self {
            route: Some(route.chars().take(LONGEST_ROUTE).collect()),
            ..self
        }
    }

    /// With the name of the thing.
    pub fn named(self, name: &str) -> Self {
        Self {
            name: Some(name.chars().take(LONGEST_NAME).collect()),
            ..self
        }
    }

    /// The minute in which it happened, counted from the epoch.
    pub fn minute(&self) -> i64 {
        self.at.as_second().div_euclid(60)
    }
}

/// It belongs to no task, so that auditors find it among what is about security; nobody else sees it anyway.
impl Tell for Signal {
    fn subject(&self, kind: EventType) -> Told {
        let strange = self.kind == SignalKind::SignInFailed;
        let told = Told::new(
            kind,
            self.at,
            (!strange).then_some(self.user),
            &self.subject,
        );
        Told {
            name: self.name.clone(),
            project: self.project,
            user: strange.then_some(self.user),
            ..told
        }
    }

    fn fields(&self) -> Vec<ToldField> {
        let Self {
            code,
            permission,
            route,
            kind: _,
            org: _,
            user: _,
            at: _,
            subject: _,
            name: _,
            project: _,
            mark: _,
        } = self;
        vec![
            ToldField::id("code", code.as_ref()),
            ToldField::id("permission", permission.as_ref()),
            ToldField::id("route", route.as_ref()),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, _: &[FieldChange]) -> Option<EventType> {
        before.is_none().then(|| after.last())
    }

    fn last(&self) -> EventType {
        match self.kind {
            SignalKind::AccessRefused => EventType::AccessRefused,
            SignalKind::SignInFailed => EventType::SignInFailed,
            SignalKind::PrivateRead => EventType::PrivateRead,
            SignalKind::AttachmentDownloaded => EventType::AttachmentDownloaded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Tag;

    #[test]
    fn a_refusal_names_who_was_refused_what_and_by_which_request() {
        let org = OrgId::new(Tag::from_bytes([1; 5]), [1; 11]);
        let (user, project) = (UserId::new(1, [1; 10]), ProjectId::new(org.tag(), [2; 11]));
        let signal = Signal::of(
            SignalKind::AccessRefused,
            org,
            user,
            Timestamp::UNIX_EPOCH,
            project.to_string(),
        )
        .by("PATCH /x");
        let signal = Signal {
            permission: Some("task.update".to_owned()),
            ..signal.within(Some(project))
        };
        let event = Signal::told(None, &signal).unwrap();
        assert_eq!(
            (event.kind, event.actor, event.user),
            (EventType::AccessRefused, Some(user), None)
        );
        assert_eq!(
            (event.subject, event.project),
            (project.to_string(), Some(project))
        );
        let told: Vec<_> = event
            .changes
            .iter()
            .map(|change| (change.field.as_str(), &change.to))
            .collect();
        assert_eq!(
            told,
            [
                ("permission", &"task.update".into()),
                ("route", &"PATCH /x".into())
            ]
        );
    }

    #[test]
    fn nobody_is_named_as_the_one_who_failed_to_sign_in() {
        let user = UserId::new(1, [1; 10]);
        let signal = Signal::sign_in_failed(user, Timestamp::UNIX_EPOCH, "m".to_owned());
        let event = Signal::told(None, &signal).unwrap();
        assert_eq!(
            (event.actor, event.user, event.changes.len()),
            (None, Some(user), 0)
        );
    }

    #[test]
    fn every_kind_becomes_the_event_of_the_same_word_and_only_auditors_see_it() {
        for kind in SignalKind::ALL {
            let signal = Signal::about(*kind, UserId::new(1, [1; 10]), Timestamp::UNIX_EPOCH);
            let event = Signal::told(None, &signal).unwrap();
            assert_eq!(
                (event.kind.as_str(), event.kind.is_private()),
                (kind.as_str(), true)
            );
            assert_eq!(
                event.task, None,
                "it would not be found among what is about security"
            );
        }
    }

    #[test]
    fn what_a_client_chose_is_cut_short() {
        let signal = Signal::about(
            SignalKind::AccessRefused,
            UserId::new(1, [1; 10]),
            Timestamp::UNIX_EPOCH,
        );
        let signal = signal.by(&"é".repeat(5000)).named(&"n".repeat(500));
        assert_eq!(signal.route.unwrap().chars().count(), LONGEST_ROUTE);
        assert_eq!(signal.name.unwrap().len(), LONGEST_NAME);
    }
}
