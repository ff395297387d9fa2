//! What clients see of comments.

use app::in_org::InOrg;
use domain::prose::Prose;
use domain::talk::comment::{Comment, Mention, Reaction, Revision};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::html;

/// A comment on a task. Of a deleted one its place in the thread is left: `body` and `html` are null.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaskComment)]
pub struct CommentDto {
    /// Its id.
    pub id: Uuid,
    /// The organization it belongs to.
    pub organization_id: Uuid,
    /// The task that it is about.
    pub task_id: Uuid,
    /// The comment that began its thread: itself, if it did.
    pub thread_id: Uuid,
    /// The comment that it answers; null if it begins a thread.
    pub parent_id: Option<Uuid>,
    /// What it says, as it was written (Markdown).
    #[schema(example = "Done, @ann: see **chapter 2**.")]
    pub body: Option<String>,
    /// The same as HTML that is fit to be put into a page: no scripts, no pictures, no styles; links carry
    /// `rel="nofollow noopener"`. Who is mentioned is `<span class="mention" data-user-id="…">@name</span>`.
    #[schema(example = "<p>Done, @ann: see <strong>chapter 2</strong>.</p>\n")]
    pub html: Option<String>,
    /// Who wrote it.
    pub author_id: Uuid,
    /// Whom it mentions, of those who may see the task now.
    pub mentions: Vec<MentionDto>,
    /// What people have reacted with, oldest first.
    pub reactions: Vec<ReactionDto>,
    /// How often its text was changed: at most 50 times.
    #[schema(example = 1)]
    pub edits: u32,
    /// When its text was last changed.
    pub edited_at: Option<Timestamp>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When anything about it was last changed, reactions included.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it.
    pub deleted_by: Option<Uuid>,
    /// Counts its changes; the `ETag` and `If-Match` of it.
    #[schema(example = 2)]
    pub version: u64,
}

/// Somebody who is mentioned in a comment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mention)]
pub struct MentionDto {
    /// Who.
    pub user_id: Uuid,
    /// The name by which they are mentioned: the one that they had when the comment was written.
    #[schema(example = "ann")]
    pub username: String,
}

/// An emoji, and who has reacted with it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reaction)]
pub struct ReactionDto {
    /// The emoji.
    #[schema(example = "👍")]
    pub emoji: String,
    /// How many people.
    #[schema(example = 1)]
    pub count: usize,
    /// Who, in the order in which they did.
    #[schema(value_type = Vec<Uuid>)]
    pub user_ids: Vec<Uuid>,
}

/// A text that a comment had before it was edited.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommentRevision)]
pub struct RevisionDto {
    /// Its number: 1 for the first text.
    #[schema(example = 1)]
    pub number: u32,
    /// The text (Markdown).
    #[schema(example = "Done: see chapter 1.")]
    pub body: String,
    /// When it was written.
    pub written_at: Timestamp,
    /// When another took its place.
    pub replaced_at: Timestamp,
}

impl From<InOrg<Comment>> for CommentDto {
    // In one piece: a list of fields; the HTML stands before the text of which it is made, because
    // the text is used up.
    fn from(comment: InOrg<Comment>) -> Self {
        let (org, version, comment) = (comment.org, comment.thing.version, comment.thing.value);
        Self {
            id: comment.id.uuid(),
            organization_id: org.uuid(),
            task_id: comment.task.uuid(),
            thread_id: comment.thread().id.uuid(),
            parent_id: comment.parent.map(|parent| parent.uuid()),
            html: comment
                .body
                .as_ref()
                .and_then(Prose::text)
                .map(|body| html::render(body.as_str(), &comment.mentions)),
            body: comment.body.and_then(Prose::into_text).map(Into::into),
            author_id: comment.author.uuid(),
            mentions: comment.mentions.iter().map(Into::into).collect(),
            reactions: comment.reactions.into_iter().map(Into::into).collect(),
            edits: comment.edits,
            edited_at: comment.edited_at,
            created_at: comment.created_at,
            updated_at: comment.updated_at,
            deleted_at: comment.deleted_at,
            deleted_by: comment.deleted_by.map(|user| user.uuid()),
            version,
        }
    }
}

impl From<&Mention> for MentionDto {
    fn from(mention: &Mention) -> Self {
        Self {
            user_id: mention.user.uuid(),
            username: mention.name.to_string(),
        }
    }
}

impl From<Reaction> for ReactionDto {
    fn from(reaction: Reaction) -> Self {
        let user_ids: Vec<Uuid> = reaction.people.iter().map(|user| user.uuid()).collect();
        Self {
            emoji: reaction.emoji,
            count: user_ids.len(),
            user_ids,
        }
    }
}

impl From<Revision> for RevisionDto {
    fn from(revision: Revision) -> Self {
        let Revision {
            number,
            body,
            written_at,
            replaced_at,
            ..
        } = revision;
        Self {
            number,
            body: body.into_text().map(Into::into).unwrap_or_default(),
            written_at,
            replaced_at,
        }
    }
}
