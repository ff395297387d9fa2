//! What a notification says to people: one short sentence, to be followed by the name of what it is about.

use serde_json::Value;

use super::{Notification, NotificationType};

impl Notification {
    /// What has happened, as `who` is called: "Ann assigned this to you". Nothing in it is text of other people's but
    /// `who`.
    // In one piece: a phrase for each type of notification, to be read one beside the other.
    pub fn said(&self, who: &str) -> String {
        let what = match self.kind {
            NotificationType::Mentioned => "mentioned you".to_owned(),
            NotificationType::Assigned => "assigned this to you".to_owned(),
            NotificationType::Unassigned => "took this from you".to_owned(),
            NotificationType::Replied => "answered your comment".to_owned(),
            NotificationType::Commented => "commented on this".to_owned(),
            NotificationType::StatusChanged => match self.word() {
                Some(status) => format!("moved this to {}", status.replace('_', " ")),
                None => "moved this to another status".to_owned(),
            },
            NotificationType::DueChanged => match self.word() {
                Some(due) => format!("made this due on {}", day(due)),
                None => "took away the due date".to_owned(),
            },
            NotificationType::TaskDeleted => "deleted this".to_owned(),
            NotificationType::TaskRestored => "brought this back".to_owned(),
            NotificationType::Attached => "added a file".to_owned(),
            NotificationType::Updated => {
                match self.change.as_ref().map(|change| change.field.as_str()) {
                    Some(field @ ("title" | "description" | "priority")) => {
                        format!("changed the {field}")
                    }
                    Some("assignee_id") => "changed who does this".to_owned(),
                    Some("project_id") => "moved this to another project".to_owned(),
                    _ => "changed this".to_owned(),
                }
            }
            NotificationType::Added => "added you".to_owned(),
            NotificationType::RoleChanged => match self.word() {
                Some(role) => format!("changed your role to {role}"),
                None => "changed your role".to_owned(),
            },
        };
        format!("{who} {what}")
    }

    /// The word that its change leads to.
    fn word(&self) -> Option<&str> {
        match &self.change.as_ref()?.to {
            Value::String(word) => Some(word),
            _ => None,
        }
    }
}

/// The day of a date or of a moment.
fn day(due: &str) -> &str {
    due.split('T').next().unwrap_or(due)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::feed::event::{EventId, EventType, FieldChange};
    use crate::id::{OrgId, Tag, UserId};
    use crate::notices::notification::NotificationId;

    fn notification(kind: NotificationType, change: Option<(&str, Value)>) -> Notification {
        let tag = Tag::from_bytes([1; 5]);
        Notification {
            id: NotificationId::new(tag, Timestamp::UNIX_EPOCH, [1; 16]),
            org: OrgId::new(tag, [1; 11]),
            user: UserId::new(1, [1; 10]),
            kind,
            event: EventId([1; 16]),
            cause: EventType::TaskUpdated,
            actor: None,
            subject: String::new(),
            name: None,
            project: None,
            task: None,
            change: change.map(|(field, to)| FieldChange {
                field: field.to_owned(),
                from: Value::Null,
                to,
            }),
            unlisted: false,
            read_at: None,
            snoozed_until: None,
        }
    }

    #[test]
    fn every_type_says_what_has_happened() {
        for kind in NotificationType::ALL {
            let said = notification(*kind, None).said("Ann");
            assert!(said.starts_with("Ann ") && said.len() > 10, "{said}");
        }
        use NotificationType::{DueChanged, RoleChanged, StatusChanged, Updated};
        for (kind, change, said) in [
            (
                StatusChanged,
                ("status", json!("in_progress")),
                "Ann moved this to in progress",
            ),
            (
                DueChanged,
                ("due_date", json!("2026-12-24T12:00:00Z")),
                "Ann made this due on 2026-12-24",
            ),
            (
                DueChanged,
                ("due_date", Value::Null),
                "Ann took away the due date",
            ),
            (Updated, ("title", json!("<b>")), "Ann changed the title"),
            (
                Updated,
                ("project_id", json!("x")),
                "Ann moved this to another project",
            ),
            (
                RoleChanged,
                ("role", json!("admin")),
                "Ann changed your role to admin",
            ),
        ] {
            assert_eq!(notification(kind, Some(change)).said("Ann"), said);
        }
    }
}
