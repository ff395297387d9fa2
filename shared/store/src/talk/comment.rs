//! Comments, and the texts that they had before edits.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>#TASK#<id>` | `COMMENT#<comment>` | comment on it |
//! | | `COMMENT#<comment>#<number, eight digits>` | a text that the comment had before an edit |
//! | | `TEXT#<comment>#<version>` | its long text, by the version that brought it |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#TASK#<id>#COMMENTS` | `<root's created at>#<root>`, for a reply `#<created at>#<id>` behind it |

use domain::feed::event::Source;
use domain::id::{CommentId, TaskId};
use domain::prose::LongText;
use domain::talk::comment::{Comment, Revision, Root};

use crate::key::{Index, IndexEntry, Key, key, moment};
use crate::range::Range;
use crate::record::{Layout, Place, Record, prose, told};
use crate::work::task::task;

/// A comment on a task.
pub fn comment(task_id: TaskId, id: CommentId) -> Key {
    key(task(task_id).pk, format!("COMMENT#{}", id.suffix()))
}

/// The texts that a comment had before edits, oldest first.
pub fn revisions_of(task_id: TaskId, id: CommentId) -> Range {
    Range::in_table(task(task_id).pk).prefix(&revisions(id))
}

/// What the sort keys of a comment's earlier texts begin with.
fn revisions(id: CommentId) -> String {
    format!("COMMENT#{}#", id.suffix())
}

/// A text that a comment had before an edit.
pub fn revision(task_id: TaskId, id: CommentId, number: u32) -> Key {
    key(task(task_id).pk, format!("{}{number:08}", revisions(id)))
}

/// The container of a task's comments.
pub fn comments_of(task_id: TaskId) -> Range {
    Range::of(Index::ByParent, format!("{}#COMMENTS", task(task_id).pk))
}

/// A comment with the answers to it.
pub fn thread_of(task_id: TaskId, root: &Root) -> Range {
    comments_of(task_id).prefix(&thread(root))
}

/// What the places of a thread's comments begin with; that of its first one is no more.
fn thread(root: &Root) -> String {
    moment(root.created_at, &root.id.suffix())
}

/// A comment among those of its task: threads in the order in which they began, replies in order behind their root.
fn comment_entry(comment: &Comment) -> IndexEntry {
    let place = match &comment.root {
        None => thread(&comment.thread()),
        Some(root) => format!(
            "{}#{}",
            thread(root),
            moment(comment.created_at, &comment.id.suffix())
        ),
    };
    comments_of(comment.task).entry(place)
}

impl Record for Comment {
    const EVENT: Option<Source> = Some(Source::Comment);
    const LAYOUT: Layout = Layout::Listed { beside: &[] };
    const KEEPS_TEXTS: bool = true;
    told!();
    prose!(body);

    fn place(&self) -> Place {
        // A deleted one keeps its place among the others.
        Place::at(comment(self.task, self.id)).and(comment_entry(self))
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
        Place::at(revision(self.task, self.comment, self.number))
    }
}
