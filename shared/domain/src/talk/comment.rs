//! Comments on tasks: threads of one level, edits that are kept, deletions that leave a place, reactions.
//!
//! A reply to a reply joins the thread of what it answers. Whom a comment mentions is decided when it is written (who
//! has that name then), and who of them is told, or shown as mentioned, by what they may see at that moment.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::id::{CommentId, ProjectId, TaskId, UserId};
use crate::prose::Prose;
use crate::text::{CommentText, Username};

/// The comment with which a thread begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// Its id.
    pub id: CommentId,
    /// When it was written: that orders the threads.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
}

/// Somebody who is named in a comment by `@username`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// The name, as it was theirs when the comment was written.
    pub name: Username,
    /// Who.
    pub user: UserId,
    /// The version of the comment that named them first, without a break since.
    pub since: u64,
}

/// An emoji, and who has reacted with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// Who, in the order in which they did; never empty.
    pub people: Vec<UserId>,
}

/// A comment. Of a deleted one its place in the thread is left, and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// The task that it is about.
    pub task: TaskId,
    /// The project in which the task was at the last change of the comment. The task itself tells where it is now.
    pub project: ProjectId,
    /// The comment that began the thread; none if this one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<Root>,
    /// The comment that it answers, in the same thread; none if it begins one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CommentId>,
    /// What it says, in Markdown; none once it is deleted.
    #[serde(default, rename = "text", skip_serializing_if = "Option::is_none")]
    pub body: Option<Prose<CommentText>>,
    /// Who wrote it.
    pub author: UserId,
    /// Whom it names; at most [`Comment::MAX_MENTIONS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// What people have reacted with, oldest emoji first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// How often its text was changed; that many earlier texts are kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub edits: u32,
    /// When its text was last changed.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub edited_at: Option<Timestamp>,
    /// When it was written.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// When anything about it was last changed, reactions included.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
    /// Who changed it last: for a reaction, who reacted.
    pub updated_by: UserId,
    /// When it was deleted.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it: its author, or a moderator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<UserId>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A text that a comment had before it was edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// The comment.
    pub comment: CommentId,
    /// Its task.
    pub task: TaskId,
    /// Its number among the comment's texts: 1 for the first.
    pub number: u32,
    /// The text.
    pub body: Prose<CommentText>,
    /// When it was written.
    #[serde(with = "timestamp::millisecond::required")]
    pub written_at: Timestamp,
    /// When another took its place.
    #[serde(with = "timestamp::millisecond::required")]
    pub replaced_at: Timestamp,
}

impl Comment {
    /// The most names that one comment mentions.
    pub const MAX_MENTIONS: usize = 50;
    /// How often a comment is edited at most: it is deleted in one transaction with all its texts.
    pub const MAX_EDITS: u32 = 50;
    /// How many different emoji a comment has.
    pub const MAX_EMOJI: usize = 20;
    /// How many reactions a comment has in all: they stand in its item.
    pub const MAX_REACTIONS: usize = 500;

    /// The comment with which its thread begins; itself, if it does.
    pub fn thread(&self) -> Root {
        self.root.unwrap_or(Root {
            id: self.id,
            created_at: self.created_at,
        })
    }

    /// Whether it is still there.
    pub fn is_live(&self) -> bool {
        self.deleted_at.is_none()
    }

    /// The people whom this version of it names and the one before did not.
    pub fn newly_mentioned(&self, version: u64) -> impl Iterator<Item = &Mention> {
        self.mentions
            .iter()
            .filter(move |mention| mention.since == version)
    }

    /// The same comment with another text, and the text that it had. `next` is the version that it gets.
    pub fn edited(
        &self,
        body: Prose<CommentText>,
        named: Vec<(Username, UserId)>,
        next: u64,
        now: Timestamp,
    ) -> Result<(Self, Revision), Error> {
        let old = self.body.clone().ok_or(Error::NotFound)?;
        if self.edits >= Self::MAX_EDITS {
            return Err(Error::LimitReached {
                what: "edits of a comment",
                limit: Self::MAX_EDITS as usize,
            });
        }
        let mentions = self.mentions_in(next, named);
        let revision = Revision {
            comment: self.id,
            task: self.task,
            number: self.edits + 1,
            body: old,
            written_at: self.edited_at.unwrap_or(self.created_at),
            replaced_at: now,
        };
        let edited = Self {
            body: Some(body),
            mentions,
            edits: self.edits + 1,
            edited_at: Some(now),
            updated_at: now,
            updated_by: self.author,
            ..self.clone()
        };
        Ok((edited, revision))
    }

    /// Whom the version `next` mentions; who was mentioned before is so since then.
    fn mentions_in(&self, next: u64, named: Vec<(Username, UserId)>) -> Vec<Mention> {
        let since = |user: UserId| {
            let before = self.mentions.iter().find(|mention| mention.user == user);
            before.map_or(next, |mention| mention.since)
        };
        named
            .into_iter()
            .map(|(name, user)| Mention {
                name,
                user,
                since: since(user),
            })
            .collect()
    }

    /// What is left of it once `user` has deleted it.
    pub fn deleted(&self, user: UserId, now: Timestamp) -> Self {
        Self {
            body: None,
            mentions: vec![],
            reactions: vec![],
            edits: 0,
            edited_at: None,
            updated_at: now,
            updated_by: user,
            deleted_at: Some(now),
            deleted_by: Some(user),
            ..self.clone()
        }
    }

    /// Whether somebody has reacted to it with the emoji.
    pub fn has(&self, emoji: &str, user: UserId) -> bool {
        self.reactions
            .iter()
            .any(|reaction| reaction.emoji == emoji && reaction.people.contains(&user))
    }

    /// Adds a reaction, unless it is there.
    pub fn react(&mut self, emoji: &str, user: UserId) -> Result<(), Error> {
        if self.has(emoji, user) {
            return Ok(());
        }
        let total: usize = self
            .reactions
            .iter()
            .map(|reaction| reaction.people.len())
            .sum();
        if total >= Self::MAX_REACTIONS {
            return Err(Error::LimitReached {
                what: "reactions to a comment",
                limit: Self::MAX_REACTIONS,
            });
        }
        let kinds = self.reactions.len();
        match self
            .reactions
            .iter_mut()
            .find(|reaction| reaction.emoji == emoji)
        {
            Some(reaction) => reaction.people.push(user),
            None if kinds >= Self::MAX_EMOJI => {
                return Err(Error::LimitReached {
                    what: "different reactions to a comment",
                    limit: Self::MAX_EMOJI,
                });
            }
            None => self.reactions.push(Reaction {
                emoji: emoji.to_owned(),
                people: vec![user],
            }),
        }
        Ok(())
    }

    /// Takes a reaction away, if it is there.
    pub fn unreact(&mut self, emoji: &str, user: UserId) {
        for reaction in self
            .reactions
            .iter_mut()
            .filter(|reaction| reaction.emoji == emoji)
        {
            reaction.people.retain(|person| *person != user);
        }
        self.reactions
            .retain(|reaction| !reaction.people.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Tag;

    fn user(n: u8) -> UserId {
        UserId::new(1, [n; 10])
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn comment() -> Comment {
        let tag = Tag::from_bytes([1; 5]);
        Comment {
            id: CommentId::new(tag, [1; 11]),
            task: TaskId::new(tag, [2; 11]),
            project: ProjectId::new(tag, [3; 11]),
            root: None,
            parent: None,
            body: Some("first".parse().unwrap()),
            author: user(1),
            mentions: vec![Mention {
                name: "ann".parse().unwrap(),
                user: user(2),
                since: 1,
            }],
            reactions: vec![],
            edits: 0,
            edited_at: None,
            created_at: at(1),
            updated_at: at(1),
            updated_by: user(1),
            deleted_at: None,
            deleted_by: None,
        }
    }

    #[test]
    fn an_edit_keeps_the_text_before_and_tells_who_is_named_newly() {
        let named = vec![
            ("ann".parse().unwrap(), user(2)),
            ("bob".parse().unwrap(), user(3)),
        ];
        let (second, first_text) = comment()
            .edited("second".parse().unwrap(), named, 2, at(5))
            .unwrap();
        assert_eq!(
            (first_text.number, first_text.body.text().unwrap().as_str()),
            (1, "first")
        );
        assert_eq!(
            (first_text.written_at, first_text.replaced_at),
            (at(1), at(5))
        );
        let new = |version| {
            second
                .newly_mentioned(version)
                .map(|mention| mention.user)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (new(1), new(2), new(3)),
            (vec![user(2)], vec![user(3)], vec![])
        );
        let (third, second_text) = second
            .edited("third".parse().unwrap(), vec![], 3, at(9))
            .unwrap();
        assert_eq!((second_text.number, second_text.written_at), (2, at(5)));
        assert!(third.mentions.is_empty());
    }

    #[test]
    fn a_comment_is_edited_fifty_times_and_no_more() {
        let mut edited = comment();
        for n in 0..50 {
            edited = edited
                .edited("again".parse().unwrap(), vec![], n + 2, at(5))
                .unwrap()
                .0;
        }
        let refused = edited
            .edited("again".parse().unwrap(), vec![], 60, at(5))
            .unwrap_err();
        assert!(matches!(refused, Error::LimitReached { limit: 50, .. }));
    }

    #[test]
    fn of_a_deleted_comment_only_its_place_is_left() {
        let mut full = comment();
        full.react("👍", user(4)).unwrap();
        let left = full.deleted(user(9), at(7));
        assert_eq!(
            (
                left.body.as_ref(),
                left.mentions.len(),
                left.reactions.len()
            ),
            (None, 0, 0)
        );
        assert_eq!(
            (left.author, left.deleted_by, left.thread()),
            (user(1), Some(user(9)), full.thread())
        );
        assert_eq!(
            left.edited("x".parse().unwrap(), vec![], 3, at(8)),
            Err(Error::NotFound)
        );
    }

    #[test]
    fn reactions_are_counted_once_a_person_and_bounded() {
        let mut comment = comment();
        comment.react("👍", user(1)).unwrap();
        comment.react("👍", user(1)).unwrap();
        comment.react("👍", user(2)).unwrap();
        assert_eq!(
            comment.reactions,
            [Reaction {
                emoji: "👍".to_owned(),
                people: vec![user(1), user(2)]
            }]
        );
        for n in 1..20 {
            comment.react(&n.to_string(), user(1)).unwrap();
        }
        assert!(matches!(
            comment.react("one more", user(1)),
            Err(Error::LimitReached { limit: 20, .. })
        ));
        comment.react("👍", user(3)).unwrap();
        comment.unreact("1", user(2));
        assert_eq!(comment.reactions.len(), 20);
        comment.unreact("1", user(1));
        assert_eq!(comment.reactions.len(), 19);
        for n in 0..Comment::MAX_REACTIONS {
            let who = UserId::new(n as u64, [99; 10]);
            let full = comment
                .reactions
                .iter()
                .map(|reaction| reaction.people.len())
                .sum::<usize>()
                >= 500;
            assert_eq!(comment.react("👍", who).is_err(), full, "{n}");
        }
    }
}
