//! Saved views.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#VIEW#<id>` | `VIEW` | saved view |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#VIEWS` | `<created at>#<id>` |

use domain::access::Action;
use domain::feed::event::Source;
use domain::id::{ProjectId, Tag, UserId, ViewId};
use domain::retention::restore_until;
use domain::work::view::View;
use jiff::Timestamp;

use crate::key::{Entry, Index, Key, key, moment, within};
use crate::open::Subject;
use crate::range::Range;
use crate::record::{Layout, Place, Record};

/// A saved view.
pub fn view(id: ViewId) -> Key {
    key(within(id.tag(), "VIEW", &id.suffix()), "VIEW")
}

/// The container of an organization's saved views.
pub fn views_of(tag: Tag) -> Range {
    Range::of(Index::ByParent, format!("T#{tag}#VIEWS"))
}

/// A view among those of its organization.
pub fn view_entry(id: ViewId, created: Timestamp) -> Entry {
    views_of(id.tag()).entry(moment(created, &id.suffix()))
}

impl Record for View {
    const EVENT: Option<Source> = None;
    const LAYOUT: Layout = Layout::Listed { beside: &[] };

    fn place(&self) -> Place {
        let place = Place::at(view(self.id));
        match self.deleted_at {
            None => place.and(view_entry(self.id, self.created_at)),
            // Nothing is under it and nothing follows from it, so it may be swept.
            Some(deleted) => place.until(restore_until(deleted)),
        }
    }
}

impl Subject for ViewId {
    type Thing = View;
    const IN_PROJECT: bool = true;

    fn tag(self) -> Tag {
        ViewId::tag(self)
    }

    fn key(self) -> Key {
        view(self)
    }

    /// The one whose tasks it lists: it decides who else sees a shared one.
    fn project(self, thing: &View) -> Option<ProjectId> {
        thing.project()
    }

    /// Their own view everybody sees, and one that is not shared nobody else.
    fn heeds_project(thing: &View, user: UserId) -> bool {
        thing.created_by != user && thing.shared
    }

    fn is_hidden(thing: &View, user: UserId, sees_project: bool) -> bool {
        thing.created_by != user && !(thing.shared && sees_project)
    }

    fn is_deleted(thing: &View) -> bool {
        thing.deleted_at.is_some()
    }

    fn relation(thing: &View, user: UserId, _: Action) -> (bool, bool) {
        (thing.created_by == user, false)
    }
}
