//! What happens to boards and their lists, to comments and files.

use serde_json::Value;

use super::told::{Life, Tell, Told, ToldField, changes, text};
use super::{EventType, FieldChange};
use crate::files::attachment::Attachment;
use crate::prose::Prose;
use crate::talk::comment::Comment;
use crate::work::board::{Board, List};

impl Board {
    const LIFE: Life = Life {
        made: EventType::BoardCreated,
        changed: EventType::BoardUpdated,
        deleted: EventType::BoardDeleted,
        restored: EventType::BoardUpdated,
    };

    /// The one list that came, went or became another between two states of a board that are the same otherwise.
    fn list_told(before: &Self, after: &Self) -> Option<Told> {
        let (gone, new) = (before.lists_beyond(after), after.lists_beyond(before));
        let other = after.lists_changed(before);
        let (kind, list, changed) = match (&gone[..], &new[..], &other[..]) {
            ([], [list], []) => {
                let made = changes(None, list.fields(after));
                (EventType::ListCreated, list, made)
            }
            ([list], [], []) => (EventType::ListDeleted, list, vec![]),
            ([], [], [list]) => {
                let was = before.list(list.id).map(|was| was.fields(before));
                let changed = changes(was, list.fields(after));
                (EventType::ListUpdated, list, changed)
            }
            _ => return None,
        };
        Some(list.told_of(after, kind, changed))
    }

    /// Its lists that another state of it does not have.
    fn lists_beyond(&self, other: &Self) -> Vec<&List> {
        self.lists
            .iter()
            .filter(|list| other.list(list.id).is_none())
            .collect()
    }

    /// Its lists that were there before and were otherwise.
    fn lists_changed(&self, before: &Self) -> Vec<&List> {
        let changed = |list: &&List| before.list(list.id).is_some_and(|was| was != *list);
        self.lists.iter().filter(changed).collect()
    }
}

impl List {
    /// What has happened to it, on its board as that is now.
    fn told_of(&self, board: &Board, kind: EventType, changes: Vec<FieldChange>) -> Told {
        let told = Told {
            subject: self.id.to_string(),
            changes,
            ..board.subject(kind)
        };
        told.named(self.name.as_str())
    }
    fn fields(&self, board: &Board) -> Vec<ToldField> {
        let position = board.lists.iter().position(|list| list.id == self.id);
        vec![
            ToldField::new("name", self.name.as_str()),
            ToldField::named(
                "status",
                self.status.to_string(),
                self.status.key().as_str(),
            ),
            ToldField::new("wip_limit", self.wip_limit),
            ToldField::new("position", position),
        ]
    }
}

impl Tell for Board {
    fn subject(&self, kind: EventType) -> Told {
        let told = Told::new(kind, self.updated_at, Some(self.updated_by), self.id)
            .named(self.name.as_str());
        Told {
            project: Some(self.project),
            board: Some(self.id),
            ..told
        }
    }

    fn fields(&self) -> Vec<ToldField> {
        let Self {
            project,
            name,
            lists,
            id: _,
            created_at: _,
            created_by: _,
            updated_at: _,
            updated_by: _,
            deleted_at: _,
            deleted_by: _,
        } = self;
        let order: Vec<Value> = lists
            .iter()
            .map(|list| list.id.to_string().into())
            .collect();
        let lists: Vec<Value> = lists
            .iter()
            .filter_map(|list| serde_json::to_value(list).ok())
            .collect();
        let mut sorted = lists;
        sorted.sort_by_key(Value::to_string);
        vec![
            ToldField::id("project_id", Some(project)),
            ToldField::new("name", name.as_str()),
            ToldField::new("list_order", order),
            ToldField::unquoted("lists", sorted),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, changes: &[FieldChange]) -> Option<EventType> {
        let deleted = |board: &Self| board.deleted_at.is_some();
        let step = Self::LIFE.step(before.map(deleted), deleted(after), changes)?;
        let of_lists =
            |change: &FieldChange| matches!(change.field.as_str(), "list_order" | "lists");
        let only_lists = step == EventType::BoardUpdated && changes.iter().all(of_lists);
        Some(if only_lists {
            EventType::ListUpdated
        } else {
            step
        })
    }

    fn last(&self) -> EventType {
        if self.deleted_at.is_some() {
            EventType::BoardDeleted
        } else {
            EventType::BoardUpdated
        }
    }

    fn told(before: Option<&Self>, after: &Self) -> Option<Told> {
        let changes = changes(before.map(Self::fields), after.fields());
        let kind = Self::kind(before, after, &changes)?;
        let of_list = before.filter(|_| kind == EventType::ListUpdated);
        let one = of_list.and_then(|before| Self::list_told(before, after));
        Some(one.unwrap_or_else(|| Told {
            changes,
            ..after.subject(kind)
        }))
    }
}

impl Tell for Comment {
    fn subject(&self, kind: EventType) -> Told {
        let told = Told::new(kind, self.updated_at, Some(self.updated_by), self.id);
        Told {
            project: Some(self.project),
            task: Some(self.task),
            user: Some(self.author),
            ..told
        }
    }

    fn fields(&self) -> Vec<ToldField> {
        let Self {
            parent,
            body,
            reactions,
            id: _,
            task: _,
            project: _,
            root: _,
            author: _,
            mentions: _,
            edits: _,
            edited_at: _,
            created_at: _,
            updated_at: _,
            updated_by: _,
            deleted_at: _,
            deleted_by: _,
        } = self;
        vec![
            ToldField::id("parent_id", *parent),
            ToldField::unquoted("body", text(body.as_ref().map(Prose::identity))),
            ToldField::unquoted(
                "reactions",
                serde_json::to_value(reactions).unwrap_or_default(),
            ),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, changes: &[FieldChange]) -> Option<EventType> {
        let Some(before) = before else {
            return Some(EventType::CommentCreated);
        };
        match (before.is_live(), after.is_live()) {
            (true, false) => Some(EventType::CommentDeleted),
            _ if before.body != after.body => Some(EventType::CommentUpdated),
            _ => changes
                .iter()
                .any(|change| change.field == "reactions")
                .then_some(EventType::CommentReacted),
        }
    }

    fn last(&self) -> EventType {
        if self.is_live() {
            EventType::CommentUpdated
        } else {
            EventType::CommentDeleted
        }
    }

    fn told(before: Option<&Self>, after: &Self) -> Option<Told> {
        let mut changes = changes(before.map(Self::fields), after.fields());
        let kind = Self::kind(before, after, &changes)?;
        // What a new one has not is no change, and of a deleted one nothing is left to tell.
        let has = |change: &FieldChange| change.field != "reactions" || before.is_some();
        changes.retain(|change| has(change) && kind != EventType::CommentDeleted);
        Some(Told {
            changes,
            ..after.subject(kind)
        })
    }
}

impl Tell for Attachment {
    fn subject(&self, kind: EventType) -> Told {
        let told = Told::new(kind, self.updated_at, Some(self.updated_by), self.id);
        let named = match self.name() {
            Some(name) => told.named(name.as_str()),
            None => told,
        };
        Told {
            project: Some(self.project),
            task: Some(self.task),
            ..named
        }
    }

    fn fields(&self) -> Vec<ToldField> {
        let Self {
            current,
            id: _,
            task: _,
            project: _,
            older: _,
            uploads: _,
            created_at: _,
            created_by: _,
            updated_at: _,
            updated_by: _,
            deleted_at: _,
        } = self;
        let current = current.as_ref();
        vec![
            ToldField::id("name", current.map(|version| version.file.name.as_str())),
            ToldField::new("size", current.map(|version| version.file.size)),
            ToldField::new("version", current.map(|version| version.number)),
        ]
    }

    fn kind(before: Option<&Self>, after: &Self, _: &[FieldChange]) -> Option<EventType> {
        let known =
            before.is_some_and(|before| before.current.is_some() && before.deleted_at.is_none());
        match after.deleted_at {
            Some(_) => known.then_some(EventType::AttachmentDeleted),
            None => after
                .became_available(before)
                .map(|_| EventType::AttachmentAvailable),
        }
    }

    fn last(&self) -> EventType {
        if self.deleted_at.is_some() {
            EventType::AttachmentDeleted
        } else {
            EventType::AttachmentAvailable
        }
    }
}
