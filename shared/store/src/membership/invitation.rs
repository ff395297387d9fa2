//! Invitations into organizations.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#INVITE#<id>` | `INVITE` | invitation |
//! | `T#<tag>` | `INVITED#<hash>` | guard: one pending invitation per address; tells the invitation |
//! | `U#<user>#HELD` | `<tag>#<invitation>` | an invitation whose letter waits until the person's address is verified |
//! | `G#invited#<hash>` | `<tag>#<invitation>` | invitations that wait for an address |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#INVITES` | `<created at>#<id>` |

use domain::feed::event::Source;
use domain::id::{InvitationId, Tag, UserId};
use domain::membership::invitation::{HeldInvitation, Invitation};
use domain::text::Email;

use crate::key::{Key, hashed, key, tenant, user_partition};
use crate::range::Range;
use crate::record::{Layout, Place, Record, told};
use crate::table::Item;

/// An invitation.
pub fn invitation(id: InvitationId) -> Key {
    Key::within(id.tag(), "INVITE", &id.suffix())
}

/// The guard that an address has one pending invitation into the tenant.
pub fn invited(tag: Tag, email: &Email) -> Key {
    key(tenant(tag), format!("INVITED#{}", hashed(email.as_str())))
}

/// The container of an organization's invitations.
pub fn invitations_of(tag: Tag) -> Range {
    Range::of_tenant(tag, "INVITES")
}

/// A person's invitations whose letters are held back.
pub fn held_invitations(user: UserId) -> Range {
    Range::in_table(held_partition(user))
}

fn held_partition(user: UserId) -> String {
    format!("{}#HELD", user_partition(user))
}

/// An invitation of a person whose letter is held back.
pub fn held_invitation(user: UserId, id: InvitationId) -> Key {
    key(
        held_partition(user),
        format!("{}#{}", id.tag(), id.suffix()),
    )
}

/// The invitations that wait for an address.
pub fn waiting_for(email: &Email) -> Range {
    Range::in_table(waiting_partition(email))
}

fn waiting_partition(email: &Email) -> String {
    format!("G#invited#{}", hashed(email.as_str()))
}

/// An invitation that waits for an address.
pub fn waiting(email: &Email, id: InvitationId) -> Key {
    key(
        waiting_partition(email),
        format!("{}#{}", id.tag(), id.suffix()),
    )
}

/// The invitation that an entry of those which wait for an address names.
pub fn waiting_invitation(row: &Item) -> Option<InvitationId> {
    named_by(row.get("sk")?.as_s().ok()?)
}

fn named_by(sk: &str) -> Option<InvitationId> {
    let (tag, suffix) = sk.split_once('#')?;
    InvitationId::from_suffix(tag.parse().ok()?, suffix).ok()
}

impl Record for Invitation {
    const EVENT: Option<Source> = Some(Source::Invitation);
    const LAYOUT: Layout = Layout::Listed { beside: &["nonce"] };
    told!();

    fn place(&self) -> Place {
        Place::at(invitation(self.id))
            .and(invitations_of(self.id.tag()).made(self.created_at, &self.id.suffix()))
    }
}

impl Record for HeldInvitation {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(held_invitation(self.user, self.invitation)).until(self.expires_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: Tag = Tag::from_bytes([9, 8, 7, 6, 5]);

    #[test]
    fn a_waiting_entry_names_its_invitation() {
        let id = InvitationId::new(TAG, [6; 11]);
        let email = "ann@example.com".parse().unwrap();
        assert_eq!(named_by(&waiting(&email, id).sk), Some(id));
        assert_eq!(named_by("nonsense"), None);
    }
}
