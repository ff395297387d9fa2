//! By which ways a person wants to be told of what.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use super::NotificationType;
use super::quiet::QuietHours;
use crate::id::UserId;

/// The ways by which one kind of notification comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channels {
    /// Into the inbox, and to live connections.
    pub in_app: bool,
    /// By mail.
    pub mail: bool,
    /// To phones and browsers.
    pub push: bool,
}

impl Channels {
    /// What holds of a kind for whoever has said nothing about it.
    pub fn default_of(kind: NotificationType) -> Self {
        use NotificationType::{Assigned, Commented, Mentioned, Replied};
        let mail = matches!(kind, Mentioned | Assigned);
        Self {
            in_app: true,
            mail,
            push: mail || matches!(kind, Commented | Replied),
        }
    }

    /// Whether they do not want to be told at all.
    pub fn none(self) -> bool {
        !(self.in_app || self.mail || self.push)
    }
}

/// What a person wants to be told of, by which ways, and when not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// Whose they are.
    pub user: UserId,
    /// What they have said, by the words of the types.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<String, Channels>,
    /// When mail and devices wait, in the time zone of their profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<QuietHours>,
    /// When they were last changed.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
}

impl Preferences {
    /// Those of one who has said nothing.
    pub fn of(user: UserId) -> Self {
        Self {
            user,
            events: BTreeMap::new(),
            quiet: None,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// The ways by which a kind of notification comes.
    pub fn channels(&self, kind: NotificationType) -> Channels {
        self.events
            .get(kind.as_str())
            .copied()
            .unwrap_or_else(|| Channels::default_of(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_said_is_the_default() {
        let mut mine = Preferences::of(UserId::new(1, [1; 10]));
        let quiet = Channels {
            in_app: false,
            mail: false,
            push: false,
        };
        mine.events.insert("commented".to_owned(), quiet);
        assert!(mine.channels(NotificationType::Commented).none());
        let mentioned = Channels {
            in_app: true,
            mail: true,
            push: true,
        };
        assert_eq!(mine.channels(NotificationType::Mentioned), mentioned);
        assert_eq!(
            mine.channels(NotificationType::Replied),
            Channels {
                mail: false,
                ..mentioned
            }
        );
        assert_eq!(
            mine.channels(NotificationType::Updated),
            Channels {
                mail: false,
                push: false,
                in_app: true
            }
        );
    }
}
