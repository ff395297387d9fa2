//! Labels.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#LABEL#<id>` | `LABEL` | label |
//! | `T#<tag>` | `LABELNAME#<hash>` | guard of a label's name in the organization or in a project |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#LABELS` | `<created at>#<id>` |

use domain::access::Action;
use domain::feed::event::Source;
use domain::id::{LabelId, ProjectId, Tag, UserId, base32};
use domain::text::fold;
use domain::work::label::Label;

use crate::key::{Key, hash, key, tenant};
use crate::open::Subject;
use crate::range::Range;
use crate::record::{Layout, Place, Record, told};

/// A label.
pub fn label(id: LabelId) -> Key {
    Key::within(id.tag(), "LABEL", &id.suffix())
}

/// The guard of a label's name: spellings that read alike are one name, in the organization or in one project of it.
pub fn label_name(tag: Tag, project: Option<ProjectId>, name: &str) -> Key {
    let scope = project.map(ProjectId::suffix).unwrap_or_default();
    let hash = hash(&[scope.as_bytes(), fold(name).as_bytes()]);
    key(tenant(tag), format!("LABELNAME#{}", base32().encode(&hash)))
}

/// The container of an organization's labels, those of its projects among them.
pub fn labels_of(tag: Tag) -> Range {
    Range::of_tenant(tag, "LABELS")
}

impl Record for Label {
    const EVENT: Option<Source> = Some(Source::Label);
    const LAYOUT: Layout = Layout::Listed { beside: &[] };
    told!();

    fn place(&self) -> Place {
        let entry = labels_of(self.id.tag()).made(self.created_at, &self.id.suffix());
        // One that was merged into another is gone too.
        let gone = (!self.is_live()).then(|| self.deleted_at.unwrap_or(self.updated_at));
        Place::at(label(self.id)).listed_until(gone, entry, self.id.tag(), &self.id.suffix())
    }
}

impl Subject for LabelId {
    type Thing = Label;
    const IN_PROJECT: bool = true;

    fn tag(self) -> Tag {
        LabelId::tag(self)
    }

    fn key(self) -> Key {
        label(self)
    }

    /// That of its project, or, if it is the organization's, none.
    fn project(self, thing: &Label) -> Option<ProjectId> {
        thing.project
    }

    fn is_deleted(thing: &Label) -> bool {
        !thing.is_live()
    }

    fn relation(thing: &Label, user: UserId, _: Action) -> (bool, bool) {
        (thing.created_by == user, false)
    }
}
