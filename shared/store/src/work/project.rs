//! Projects and the people who have a role in one.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#PROJECT#<id>` | `PROJECT`, `COUNTER`, `M#<user>`, `TEXT#<version>` | project, its task numbers, its people, its long text |
//! | `T#<tag>` | `KEY#<PROJ>` | guard of a project key; tells the project |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#PROJECTS` | `<created at>#<id>` |

use std::collections::BTreeSet;

use domain::access::Action;
use domain::feed::event::Source;
use domain::id::{ProjectId, Tag, UserId};
use domain::text::ProjectKey;
use domain::work::project::{Project, ProjectMember};

use crate::derived;
use crate::key::{Key, hash, key, person_part, tenant, trash_of, within};
use crate::open::Subject;
use crate::range::Range;
use crate::record::{Layout, Place, Record, prose, told};
use crate::table::Rows;

pub(crate) fn project_partition(id: ProjectId) -> String {
    within(id.tag(), "PROJECT", &id.suffix())
}

/// A project.
pub fn project(id: ProjectId) -> Key {
    key(project_partition(id), "PROJECT")
}

/// Where no project stands: looked for in place of the one of a thing that is not there, always the same for it.
pub fn decoy_project(tag: Tag, of: &Key) -> Key {
    project(derived::id(tag, &hash(&[b"decoy", of.pk.as_bytes()])))
}

/// A project's task numbers.
pub fn counter(id: ProjectId) -> Key {
    key(project_partition(id), "COUNTER")
}

/// A person's place in a project.
pub fn project_member(id: ProjectId, user: UserId) -> Key {
    key(
        project_partition(id),
        format!("{PROJECT_MEMBERS}{}", person_part(user)),
    )
}

/// The people who have a role in a project.
pub fn project_members_of(id: ProjectId) -> Range {
    Range::in_table(project_partition(id)).prefix(PROJECT_MEMBERS)
}

/// What the sort keys of a project's people begin with.
const PROJECT_MEMBERS: &str = "M#";

/// The guard of a project key.
pub fn project_key(tag: Tag, project: &ProjectKey) -> Key {
    key(tenant(tag), format!("KEY#{project}"))
}

/// The guards of an organization's project keys that begin like this one.
pub fn project_keys_like(tag: Tag, project: &ProjectKey) -> Range {
    Range::in_table(tenant(tag)).prefix(&format!("KEY#{project}"))
}

/// The numbers that guards found by [`project_keys_like`] have behind this key; the key itself is the first.
pub fn taken_numbers(rows: &Rows, project: &ProjectKey) -> BTreeSet<u32> {
    let head = format!("KEY#{project}");
    rows.items
        .iter()
        .filter_map(|item| item.get("sk")?.as_s().ok()?.strip_prefix(&head))
        .filter_map(|number| match number {
            "" => Some(1),
            _ => number.parse().ok(),
        })
        .collect()
}

/// The container of an organization's projects.
pub fn projects_of(tag: Tag) -> Range {
    Range::of_tenant(tag, "PROJECTS")
}

impl Record for Project {
    const EVENT: Option<Source> = Some(Source::Project);
    const LAYOUT: Layout = Layout::Listed {
        beside: &["description", "workflow"],
    };
    told!();
    prose!(description);

    fn place(&self) -> Place {
        let entry = match self.deleted_at {
            None => projects_of(self.id.tag()).made(self.created_at, &self.id.suffix()),
            Some(deleted) => trash_of(self.id.tag()).made(deleted, &self.id.suffix()),
        };
        Place::at(project(self.id)).and(entry)
    }
}

impl Record for ProjectMember {
    const EVENT: Option<Source> = None;

    fn place(&self) -> Place {
        Place::at(project_member(self.project, self.user))
    }
}

impl Subject for ProjectId {
    type Thing = Project;

    fn tag(self) -> Tag {
        ProjectId::tag(self)
    }

    fn key(self) -> Key {
        project(self)
    }

    fn project(self, _: &Project) -> Option<ProjectId> {
        Some(self)
    }

    fn as_project(thing: &Project) -> Option<&Project> {
        Some(thing)
    }

    fn is_deleted(thing: &Project) -> bool {
        thing.deleted_at.is_some()
    }

    fn relation(thing: &Project, user: UserId, action: Action) -> (bool, bool) {
        let maker = if action == Action::ProjectRestore {
            thing.deleted_by
        } else {
            Some(thing.created_by)
        };
        (maker == Some(user), false)
    }
}
