//! Labels: what tasks are marked with, in a whole organization or in one project of it.
//!
//! A label that is merged into another becomes an alias of it: tasks that carry it are shown and found with the other
//! one, and none of them has to be rewritten. What became of a label stands in the label itself, and for the latest
//! of them in the organization's item ([`crate::membership::retired`]), which every request reads anyway: so a task is shown with what its
//! labels are now, without a read of its own.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::id::{LabelId, ProjectId, UserId};
use crate::text::{Caption, Color};

/// A label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Its id.
    pub id: LabelId,
    /// What it is called; unique among the labels of its organization, or of its project.
    pub name: Caption,
    /// Its colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
    /// The project whose tasks it is for; without one, those of the whole organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The label that it has become; never one that is merged itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<LabelId>,
    /// The labels that have become this one; at most [`Label::MAX_ALIASES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<LabelId>,
    /// When it was made.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
    /// When it was last changed.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: UserId,
    /// When it was deleted.
    #[serde(
        default,
        with = "timestamp::millisecond::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub deleted_at: Option<Timestamp>,
}

impl Label {
    /// How many labels may become one.
    pub const MAX_ALIASES: usize = 20;
    /// How many labels a task carries at most.
    pub const MAX_ON_TASK: usize = 20;

    /// Whether it is still there: neither deleted nor merged.
    pub fn is_live(&self) -> bool {
        self.deleted_at.is_none() && self.merged_into.is_none()
    }

    /// Whether tasks of the project can carry it.
    pub fn is_for(&self, project: ProjectId) -> bool {
        self.project.is_none_or(|own| own == project)
    }

    /// Whether everything that carries it can carry `other` instead.
    pub fn fits_into(&self, other: &Self) -> bool {
        other.project.is_none() || other.project == self.project
    }

    /// This label and `target` after the one has become the other.
    pub fn merge(&self, target: &Self) -> Result<(Self, Self), Error> {
        let aliases: Vec<LabelId> = target
            .aliases
            .iter()
            .chain(&self.aliases)
            .chain([&self.id])
            .copied()
            .collect();
        if aliases.len() > Self::MAX_ALIASES {
            return Err(Error::LimitReached {
                what: "labels merged into one",
                limit: Self::MAX_ALIASES,
            });
        }
        let merged = Self {
            merged_into: Some(target.id),
            aliases: vec![],
            ..self.clone()
        };
        Ok((
            merged,
            Self {
                aliases,
                ..target.clone()
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Tag;

    fn id(n: u8) -> LabelId {
        LabelId::new(Tag::from_bytes([1; 5]), [n; 11])
    }

    fn label(n: u8) -> Label {
        let (at, user) = (Timestamp::UNIX_EPOCH, UserId::new(1, [1; 10]));
        Label {
            id: id(n),
            name: "Bug".parse().unwrap(),
            color: None,
            project: None,
            merged_into: None,
            aliases: vec![],
            created_at: at,
            created_by: user,
            updated_at: at,
            updated_by: user,
            deleted_at: None,
        }
    }

    #[test]
    fn what_was_merged_follows_to_the_end() {
        let (one, two) = label(1).merge(&label(2)).unwrap();
        assert_eq!(
            (one.merged_into, one.is_live(), &two.aliases),
            (Some(id(2)), false, &vec![id(1)])
        );
        let (_, three) = two.merge(&label(3)).unwrap();
        assert_eq!(three.aliases, [id(1), id(2)]);
    }

    #[test]
    fn a_label_takes_up_so_many_and_no_more() {
        let full = Label {
            aliases: vec![id(9); Label::MAX_ALIASES],
            ..label(2)
        };
        assert!(matches!(
            label(1).merge(&full),
            Err(Error::LimitReached {
                limit: Label::MAX_ALIASES,
                ..
            })
        ));
        let nearly = Label {
            aliases: vec![id(9); Label::MAX_ALIASES - 1],
            ..label(2)
        };
        assert!(label(1).merge(&nearly).is_ok());
        assert!(
            Label {
                aliases: vec![id(8)],
                ..label(1)
            }
            .merge(&nearly)
            .is_err()
        );
    }

    #[test]
    fn a_projects_label_goes_into_its_organizations_and_not_back() {
        let tag = Tag::from_bytes([1; 5]);
        let of = |n: u8| Label {
            project: Some(ProjectId::new(tag, [n; 11])),
            ..label(n)
        };
        assert!(
            of(1).fits_into(&label(2)) && of(1).fits_into(&of(1)) && label(1).fits_into(&label(2))
        );
        assert!(!label(2).fits_into(&of(1)) && !of(1).fits_into(&of(2)));
        assert!(
            label(1).is_for(ProjectId::new(tag, [7; 11]))
                && !of(1).is_for(ProjectId::new(tag, [7; 11]))
        );
    }
}
