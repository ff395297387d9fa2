//! Where each kind of thing stands in the table, and which of its changes are events.

use domain::account::{Account, Credential, OneTime, Profile, Session};
use domain::attachment::{Attachment, Avatar};
use domain::board::Board;
use domain::comment::{Comment, Revision};
use domain::device::Devices;
use domain::event::Source;
use domain::invitation::{HeldInvitation, Invitation};
use domain::joining::{JoinCode, JoinRequest, OrgDomain};
use domain::label::Label;
use domain::notification::Notification;
use domain::notification::preferences::Preferences;
use domain::organization::{Card, Organization, Stewards, restore_until};
use domain::project::{Project, ProjectMember};
use domain::prose::LongText;
use domain::task::Task;
use domain::team::{Team, TeamMember};
use domain::view::View;
use domain::watch::Watch;
use jiff::{SignedDuration, Timestamp};

use crate::keys::{self, Index};
use crate::people::RESTRICTED;
use crate::record::{Layout, Place, Record};
use crate::token::{Published, VapidSecret};

/// What happens to a thing stands in the feed.
macro_rules! told {
    () => {
        const TOLD: bool = true;

        fn told(before: Option<&Self>, after: &Self) -> Option<domain::event::Told> {
            domain::event::Tell::told(before, after)
        }

        fn found(&self, first: bool) -> Option<domain::event::Told> {
            domain::event::Tell::found(self, first)
        }
    };
}
pub(crate) use told;

/// It has a text that may be long.
macro_rules! prose {
    ($member:ident) => {
        fn prose(&self) -> Option<&dyn LongText> {
            self.$member.as_ref().map(|prose| prose as &dyn LongText)
        }

        fn prose_mut(&mut self) -> Option<&mut dyn LongText> {
            self.$member.as_mut().map(|prose| prose as &mut dyn LongText)
        }

        fn changed_at(&self) -> Timestamp {
            self.updated_at
        }
    };
}

impl Record for Organization {
    const EVENT: Option<Source> = Some(Source::Organization);
    const SETS: &'static [&'static str] = &[RESTRICTED];
    told!();

    fn place(&self) -> Place {
        Place::at(keys::organization(self.id.tag()))
    }
}

impl Record for Stewards {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::stewards(self.org.tag()))
    }
}

impl Record for Card {
    const EVENT: Option<Source> = Some(Source::Card);
    const LAYOUT: Layout = Layout::Listed { beside: &["left"] };
    told!();

    fn place(&self) -> Place {
        let tag = self.org.tag();
        let place = Place::at(keys::card(tag, self.user));
        if !self.is_live() {
            return place;
        }
        place.and(Index::ByParent, keys::member_entry(tag, self.user, self.created_at))
    }
}

impl Record for Project {
    const EVENT: Option<Source> = Some(Source::Project);
    const LAYOUT: Layout = Layout::Listed { beside: &["description", "workflow"] };
    told!();
    prose!(description);

    fn place(&self) -> Place {
        let entry = match self.deleted_at {
            None => keys::project_entry(self.id, self.created_at),
            Some(deleted) => keys::project_in_trash(self.id, deleted),
        };
        Place::at(keys::project(self.id)).and(Index::ByParent, entry)
    }
}

impl Record for ProjectMember {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::project_member(self.project, self.user))
    }
}

impl Record for Team {
    const EVENT: Option<Source> = Some(Source::Team);
    const LAYOUT: Layout = Layout::Listed { beside: &["description", "metadata"] };
    told!();
    prose!(description);

    fn place(&self) -> Place {
        let entry = keys::team_entry(self.id, self.created_at);
        Place::at(keys::team(self.id)).listed_until(self.deleted_at, entry, self.id.tag(), &self.id.suffix())
    }
}

impl Record for TeamMember {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::team_member(self.team, self.user))
    }
}

impl Record for Task {
    const EVENT: Option<Source> = Some(Source::Task);
    const LAYOUT: Layout = Layout::Listed { beside: &["description"] };
    told!();
    prose!(description);

    fn place(&self) -> Place {
        let place = Place::at(keys::task(self.id));
        if let Some(deleted) = self.deleted_at {
            return place.and(Index::ByParent, keys::task_in_trash(self.id, deleted));
        }
        let tag = self.id.tag();
        place
            .and(Index::ByParent, (keys::tasks_of(self.project), keys::number(self.number)))
            .and(Index::ByRank, (keys::column(self.project, &self.status), keys::place_in_column(&self.rank, self.id)))
            .and(
                Index::ByUrgency,
                (keys::urgency(self.project), keys::place_by_urgency(self.priority, self.due, self.number)),
            )
            .and(
                Index::ByPerson,
                (
                    keys::person(tag, self.person()),
                    keys::place_by_person(self.category.is_closed(), self.due, self.id, self.project),
                ),
            )
    }
}

impl Record for Comment {
    const EVENT: Option<Source> = Some(Source::Comment);
    const LAYOUT: Layout = Layout::Listed { beside: &[] };
    const KEEPS_TEXTS: bool = true;
    told!();
    prose!(body);

    fn place(&self) -> Place {
        // A deleted one keeps its place among the others.
        Place::at(keys::comment(self.task, self.id)).and(Index::ByParent, keys::comment_entry(self))
    }
}

impl Record for Revision {
    const EVENT: Option<Source> = None;

    fn prose(&self) -> Option<&dyn LongText> {
        Some(&self.body)
    }

    fn prose_mut(&mut self) -> Option<&mut dyn LongText> {
        Some(&mut self.body)
    }

    fn place(&self) -> Place {
        Place::at(keys::revision(self.task, self.comment, self.number))
    }
}

impl Record for Board {
    const EVENT: Option<Source> = Some(Source::Board);
    const LAYOUT: Layout = Layout::Listed { beside: &[] };
    told!();

    fn place(&self) -> Place {
        let entry = keys::board_entry(self.id, self.project, self.created_at);
        Place::at(keys::board(self.id)).listed_until(self.deleted_at, entry, self.id.tag(), &self.id.suffix())
    }
}

impl Record for Attachment {
    const EVENT: Option<Source> = Some(Source::Attachment);
    const LAYOUT: Layout = Layout::Listed { beside: &["older", "uploads"] };
    told!();

    fn place(&self) -> Place {
        let place = Place::at(keys::attachment(self.task, self.id));
        // Nothing is under one of which there is no version, and nothing follows from it, so it may be swept.
        let place = match self.expires_at() {
            Some(expires) => place.until(expires),
            None => place,
        };
        if !self.is_available() {
            return place;
        }
        place.and(Index::ByParent, keys::attachment_entry(self.task, self.id, self.created_at))
    }
}

impl Record for Avatar {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::avatar(self.user))
    }
}

impl Record for View {
    const EVENT: Option<Source> = None;
    const LAYOUT: Layout = Layout::Listed { beside: &[] };

    fn place(&self) -> Place {
        let place = Place::at(keys::view(self.id));
        match self.deleted_at {
            None => place.and(Index::ByParent, keys::view_entry(self.id, self.created_at)),
            // Nothing is under it and nothing follows from it, so it may be swept.
            Some(deleted) => place.until(restore_until(deleted)),
        }
    }
}

impl Record for Invitation {
    const EVENT: Option<Source> = Some(Source::Invitation);
    const LAYOUT: Layout = Layout::Listed { beside: &["nonce"] };
    told!();

    fn place(&self) -> Place {
        Place::at(keys::invitation(self.id)).and(Index::ByParent, keys::invitation_entry(self.id, self.created_at))
    }
}

impl Record for Label {
    const EVENT: Option<Source> = Some(Source::Label);
    const LAYOUT: Layout = Layout::Listed { beside: &[] };
    told!();

    fn place(&self) -> Place {
        let entry = keys::label_entry(self.id, self.created_at);
        // One that was merged into another is gone too.
        let gone = (!self.is_live()).then(|| self.deleted_at.unwrap_or(self.updated_at));
        Place::at(keys::label(self.id)).listed_until(gone, entry, self.id.tag(), &self.id.suffix())
    }
}

impl Record for JoinCode {
    const EVENT: Option<Source> = Some(Source::JoinCode);
    const LAYOUT: Layout = Layout::Listed { beside: &["digest"] };
    told!();

    fn place(&self) -> Place {
        let entry = keys::join_code_entry(self.id, self.created_at);
        Place::at(keys::join_code(self.id)).listed_until(self.deleted_at, entry, self.id.tag(), &self.id.suffix())
    }
}

impl Record for OrgDomain {
    const EVENT: Option<Source> = Some(Source::OrgDomain);
    const LAYOUT: Layout = Layout::Listed { beside: &[] };
    told!();

    fn place(&self) -> Place {
        let place = Place::at(keys::domain(self.id));
        if self.deleted_at.is_some() {
            return place;
        }
        place.and(Index::ByParent, keys::domain_entry(self.id, self.created_at))
    }
}

impl Record for JoinRequest {
    const EVENT: Option<Source> = Some(Source::JoinRequest);
    const LAYOUT: Layout = Layout::Listed { beside: &[] };
    told!();

    fn place(&self) -> Place {
        let tag = self.org.tag();
        let place = Place::at(keys::join_request(tag, self.user));
        if !self.is_pending() {
            return place;
        }
        place.and(Index::ByParent, keys::join_request_entry(tag, self.user, self.created_at))
    }
}

impl Record for Account {
    const EVENT: Option<Source> = Some(Source::Account);
    told!();

    fn place(&self) -> Place {
        Place::at(keys::account(self.user))
    }
}

impl Record for Profile {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::profile(self.user))
    }
}

impl Record for Devices {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::devices(self.user))
    }
}

impl Record for Credential {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::credential(self.user))
    }
}

impl Record for Session {
    const EVENT: Option<Source> = Some(Source::Session);
    told!();

    /// The exchange of a refresh token counts the turns and, with them, the versions.
    fn unnoted(&self) -> u64 {
        self.turn
    }

    fn place(&self) -> Place {
        // A day more than it lives, so that a late refresh is told "expired" and not "nobody".
        let sweep = self.expires_at.checked_add(SignedDuration::from_hours(24)).unwrap_or(self.expires_at);
        Place::at(keys::session(self.user, self.id)).until(sweep)
    }
}

impl Record for OneTime {
    const EVENT: Option<Source> = Some(Source::OneTime);

    fn place(&self) -> Place {
        let sweep = self.expires_at.checked_add(SignedDuration::from_hours(24)).unwrap_or(self.expires_at);
        Place::at(keys::one_time(self.user, self.purpose)).until(sweep)
    }
}

impl Record for VapidSecret {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::vapid_key())
    }
}

impl Record for HeldInvitation {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::held_invitation(self.user, self.invitation)).until(self.expires_at)
    }
}

impl Record for Watch {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::watch(self.task, self.user))
    }
}

impl Record for Preferences {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::preferences(self.user))
    }
}

impl Record for Notification {
    const EVENT: Option<Source> = None;
    const LAYOUT: Layout = Layout::Listed { beside: &[] };

    fn place(&self) -> Place {
        let place = Place::at(keys::notification(self.user, self.id)).until(self.gone_at());
        if !self.is_unread() {
            return place;
        }
        place.and(Index::ByParent, keys::unread_entry(self.user, self.id))
    }
}

impl Record for Published {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(keys::published_keys())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use domain::account::AccountStatus;
    use domain::id::{OrgId, SessionId, Tag, UserId};

    use super::*;
    use crate::record::{Operation, Stored};

    #[test]
    fn an_account_with_all_its_sessions_is_below_a_kilobyte() {
        let org = OrgId::new(Tag::from_bytes([1; 5]), [1; 11]);
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let account = Account {
            user: UserId::new(1, [1; 10]),
            status: AccountStatus::Suspended,
            email: "somebody.with-a-name@mail.example.com".parse().unwrap(),
            email_verified: true,
            username: "somebody.with-a-name".parse().unwrap(),
            epoch: 1000,
            orgs: vec![org; 4],
            default_org: org,
            sessions: vec![SessionId::from_bytes([7; 8]); Account::MAX_SESSIONS],
            known: vec!["abcdefgh".to_owned(); Account::MAX_KNOWN],
            former: vec![],
            vouches_since: None,
            created_at: now,
            updated_at: now,
        };
        let operation = Operation { id: [1; 16], fingerprint: [2; 8], keyed: false };
        let item = Stored::new(account.clone(), &operation).item().unwrap();
        // Three more operations come to be remembered.
        let size: usize = item.iter().map(|(name, value)| name.len() + bytes(value)).sum::<usize>() + 3 * 24;
        assert!(size <= 1024, "{size}");
        assert_eq!(Stored::<Account>::read(&item).unwrap().value, account);
    }

    /// The size of a value, as AWS counts it.
    fn bytes(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::S(text) => text.len(),
            AttributeValue::N(number) => number.len() / 2 + 2,
            AttributeValue::B(blob) => blob.as_ref().len(),
            AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + bytes(value)).sum::<usize>(),
            _ => 1,
        }
    }
}
