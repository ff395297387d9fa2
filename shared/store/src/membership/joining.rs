//! The ways into an organization without an invitation: codes, e-mail domains, requests.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#CODE#<id>` | `CODE` | join code |
//! | `T#<tag>` | `DOMAIN#<id>` | e-mail domain by which people join |
//! | `T#<tag>` | `ASK#<user>` | a person's request to join |
//! | `G#joincode#<hash>` | `GUARD` | a join code; tells which |
//! | `G#domain#<hash>` | `GUARD` | a verified e-mail domain; tells whose |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#CODES`, `#DOMAINS`, `#ASKS` | `<created at>#<id>` |

use aws_lc_rs::digest::{SHA256, digest};
use domain::feed::event::Source;
use domain::id::{DomainId, JoinCodeId, Tag, UserId};
use domain::membership::joining::{CodeText, DomainName, JoinCode, JoinRequest, OrgDomain};

use crate::derived;
use crate::key::{Key, guard, hash, key, person_part, tenant};
use crate::range::Range;
use crate::record::{Layout, Place, Record, told};

/// A join code.
pub fn join_code(id: JoinCodeId) -> Key {
    Key::within(id.tag(), "CODE", &id.suffix())
}

/// What is kept of a join code: its SHA-256, in base64url.
pub fn join_code_digest(code: &CodeText) -> String {
    data_encoding::BASE64URL_NOPAD.encode(digest(&SHA256, code.as_str().as_bytes()).as_ref())
}

/// The guard of a join code, by its digest.
pub fn join_code_guard(digest: &str) -> Key {
    key(format!("G#joincode#{digest}"), "GUARD")
}

/// The container of an organization's join codes.
pub fn join_codes_of(tag: Tag) -> Range {
    Range::of_tenant(tag, "CODES")
}

/// An e-mail domain by which people join.
pub fn domain(id: DomainId) -> Key {
    key(tenant(id.tag()), format!("DOMAIN#{}", id.suffix()))
}

/// The id of an e-mail domain: the same whenever the organization names it, so that it has it once.
pub fn domain_id(tag: Tag, domain: &DomainName) -> DomainId {
    derived::id(tag, &hash(&[domain.as_str().as_bytes()]))
}

/// The guard of a verified e-mail domain.
pub fn domain_guard(domain: &DomainName) -> Key {
    guard("domain", domain.as_str())
}

/// The container of an organization's e-mail domains.
pub fn domains_of(tag: Tag) -> Range {
    Range::of_tenant(tag, "DOMAINS")
}

/// A person's request to join.
pub fn join_request(tag: Tag, user: UserId) -> Key {
    key(tenant(tag), format!("ASK#{}", person_part(user)))
}

/// The container of the requests to join an organization.
pub fn join_requests_of(tag: Tag) -> Range {
    Range::of_tenant(tag, "ASKS")
}

impl Record for JoinCode {
    const EVENT: Option<Source> = Some(Source::JoinCode);
    const LAYOUT: Layout = Layout::Listed {
        beside: &["digest"],
    };
    told!();

    fn place(&self) -> Place {
        let entry = join_codes_of(self.id.tag()).made(self.created_at, &self.id.suffix());
        Place::at(join_code(self.id)).listed_until(
            self.deleted_at,
            entry,
            self.id.tag(),
            &self.id.suffix(),
        )
    }
}

impl Record for OrgDomain {
    const EVENT: Option<Source> = Some(Source::OrgDomain);
    const LAYOUT: Layout = Layout::Listed { beside: &[] };
    told!();

    fn place(&self) -> Place {
        let place = Place::at(domain(self.id));
        // It shares the partition of its organization, where replays find it without an index.
        if self.deleted_at.is_some() {
            return place;
        }
        place.and(domains_of(self.id.tag()).made(self.created_at, &self.id.suffix()))
    }
}

impl Record for JoinRequest {
    const EVENT: Option<Source> = Some(Source::JoinRequest);
    const LAYOUT: Layout = Layout::Listed { beside: &[] };
    told!();

    fn place(&self) -> Place {
        let tag = self.org.tag();
        let place = Place::at(join_request(tag, self.user));
        if !self.is_pending() {
            return place;
        }
        place.and(join_requests_of(tag).made(self.created_at, &person_part(self.user)))
    }
}
