//! Organizations, and the cards of the people in them.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>` | `ORG` | organization |
//! | `T#<tag>` | `STEWARDS` | how many owners and admins the organization has |
//! | `T#<tag>` | `HEADCOUNT` | how many people it has beyond its first |
//! | `T#<tag>` | `M#<user>` | card: membership and every role in the organization |
//! | `G#slug#<hash>`, `G#orgname#<hash>`, `G#orgemail#<hash>` | `GUARD` | what is one organization's alone |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#MEMBERS` | `<joined at>#<user>` |

use domain::access::Action;
use domain::feed::event::Source;
use domain::id::{OrgId, ProjectId, Tag, UserId};
use domain::membership::organization::{Card, Organization, Stewards};
use domain::text::{Email, Slug, look};

use crate::key::{Key, guard, key, person_part, tenant};
use crate::membership::people::RESTRICTED;
use crate::open::Subject;
use crate::range::Range;
use crate::record::{Layout, Place, Record, told};

/// The organization of a tenant.
pub fn organization(tag: Tag) -> Key {
    key(tenant(tag), "ORG")
}

/// How many owners and admins an organization has. As long as there is none, its founder is the only one.
pub fn stewards(tag: Tag) -> Key {
    key(tenant(tag), "STEWARDS")
}

/// How many people an organization has beyond its first.
pub fn headcount(tag: Tag) -> Key {
    key(tenant(tag), "HEADCOUNT")
}

/// A person's card.
pub fn card(tag: Tag, user: UserId) -> Key {
    key(tenant(tag), format!("M#{}", person_part(user)))
}

/// The container of an organization's people.
pub fn members_of(tag: Tag) -> Range {
    Range::of_tenant(tag, "MEMBERS")
}

/// The guard of an organization's slug.
pub fn slug_guard(slug: &Slug) -> Key {
    guard("slug", slug.as_str())
}

/// The guard of an organization's name: spellings that look alike are one name.
pub fn organization_name_guard(name: &str) -> Key {
    guard("orgname", &look(name))
}

/// The guard of an organization's e-mail address.
pub fn organization_email_guard(email: &Email) -> Key {
    guard("orgemail", email.as_str())
}

impl Record for Organization {
    const EVENT: Option<Source> = Some(Source::Organization);
    const SETS: &'static [&'static str] = &[RESTRICTED];
    told!();

    fn place(&self) -> Place {
        Place::at(organization(self.id.tag()))
    }
}

impl Record for Stewards {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(stewards(self.org.tag()))
    }
}

impl Record for Card {
    const EVENT: Option<Source> = Some(Source::Card);
    const LAYOUT: Layout = Layout::Listed { beside: &["left"] };
    told!();

    fn place(&self) -> Place {
        let tag = self.org.tag();
        let place = Place::at(card(tag, self.user));
        // Who has left keeps a card: it says where their places are still to be cleared.
        if !self.is_live() {
            return place;
        }
        place.and(members_of(tag).made(self.created_at, &person_part(self.user)))
    }
}

impl Subject for OrgId {
    type Thing = Organization;

    fn tag(self) -> Tag {
        OrgId::tag(self)
    }

    fn key(self) -> Key {
        organization(OrgId::tag(self))
    }

    fn names(self, thing: &Organization) -> bool {
        thing.id == self
    }

    fn project(self, _: &Organization) -> Option<ProjectId> {
        None
    }

    fn is_deleted(thing: &Organization) -> bool {
        thing.deleted_at.is_some()
    }

    fn relation(thing: &Organization, user: UserId, _: Action) -> (bool, bool) {
        (thing.created_by == user, false)
    }
}
