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
use domain::id::{ProjectId, Tag, UserId};
use domain::retention::restore_until;
use store::key::Key;
use store::open::Subject;
use store::range::Range;
use store::record::{Layout, Place, Record};

use crate::model::{SavedView, ViewId};

/// A saved view.
pub(crate) fn view(id: ViewId) -> Key {
    Key::within(id.tag(), "VIEW", &id.suffix())
}

/// The container of an organization's saved views.
pub(crate) fn views_of(tag: Tag) -> Range {
    Range::of_tenant(tag, "VIEWS")
}

impl Record for SavedView {
    const EVENT: Option<Source> = None;
    const LAYOUT: Layout = Layout::Listed { beside: &[] };

    fn place(&self) -> Place {
        let place = Place::at(view(self.id));
        match self.deleted_at {
            None => place.and(views_of(self.id.tag()).made(self.created_at, &self.id.suffix())),
            // Nothing is under it and nothing follows from it, so it may be swept.
            Some(deleted) => place.until(restore_until(deleted)),
        }
    }
}

impl Subject for ViewId {
    type Thing = SavedView;
    const IN_PROJECT: bool = true;

    fn tag(self) -> Tag {
        ViewId::tag(self)
    }

    fn key(self) -> Key {
        view(self)
    }

    /// The one whose tasks it lists: it decides who else sees a shared one.
    fn project(self, thing: &SavedView) -> Option<ProjectId> {
        thing.project()
    }

    /// Their own view everybody sees, and one that is not shared nobody else.
    fn heeds_project(thing: &SavedView, user: UserId) -> bool {
        thing.created_by != user && thing.shared
    }

    fn is_hidden(thing: &SavedView, user: UserId, sees_project: bool) -> bool {
        thing.created_by != user && !(thing.shared && sees_project)
    }

    fn is_deleted(thing: &SavedView) -> bool {
        thing.deleted_at.is_some()
    }

    fn relation(thing: &SavedView, user: UserId, _: Action) -> (bool, bool) {
        (thing.created_by == user, false)
    }
}
