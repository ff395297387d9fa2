//! Labels: what tasks are marked with, in a whole organization or in one project of it.
//!
//! A label that is merged into another becomes an alias of it: tasks that carry it are shown and found with the other
//! one, and none of them has to be rewritten. What became of a label stands in the label itself, and for the latest
//! of them in the organization's item ([`Retired`]), which every request reads anyway: so a task is shown with what its
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
    #[serde(default, with = "timestamp::millisecond::optional", skip_serializing_if = "Option::is_none")]
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
        let aliases: Vec<LabelId> = target.aliases.iter().chain(&self.aliases).chain([&self.id]).copied().collect();
        if aliases.len() > Self::MAX_ALIASES {
            return Err(Error::LimitReached { what: "labels merged into one", limit: Self::MAX_ALIASES });
        }
        let merged = Self { merged_into: Some(target.id), aliases: vec![], ..self.clone() };
        Ok((merged, Self { aliases, ..target.clone() }))
    }
}

/// What has become of the labels that went last, oldest first. Of those that went earlier only the labels themselves
/// tell: tasks that still carry one show its id until they get other labels.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Retired(Vec<String>);

impl Retired {
    /// How many are kept: the organization's item stays below four kilobytes.
    pub const MAX: usize = 24;
    /// The length of an id's suffix. An entry is the suffix of the label that went, and of the one that it has become.
    const SUFFIX: usize = 17;

    /// Whether none has gone.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same after a label has gone, or become another.
    pub fn with(&self, label: LabelId, target: Option<LabelId>) -> Self {
        let (label, target) = (label.suffix(), target.map(LabelId::suffix).unwrap_or_default());
        let follow = |entry: &String| match entry.split_at_checked(Self::SUFFIX) {
            Some((gone, to)) if to == label => format!("{gone}{target}"),
            _ => entry.clone(),
        };
        let mut entries: Vec<String> = self.0.iter().map(follow).collect();
        entries.push(format!("{label}{target}"));
        entries.drain(..entries.len().saturating_sub(Self::MAX));
        Self(entries)
    }

    /// What labels, given by the suffixes of their ids, are now: each once, and none that was deleted.
    pub fn present(&self, labels: &[String]) -> Vec<String> {
        let mut present: Vec<String> = vec![];
        for label in labels {
            let fate = self.0.iter().find_map(|entry| entry.strip_prefix(label.as_str()));
            let now = fate.unwrap_or(label);
            if !now.is_empty() && !present.iter().any(|other| other == now) {
                present.push(now.to_owned());
            }
        }
        present
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
        assert_eq!((one.merged_into, one.is_live(), &two.aliases), (Some(id(2)), false, &vec![id(1)]));
        let (_, three) = two.merge(&label(3)).unwrap();
        assert_eq!(three.aliases, [id(1), id(2)]);
        let retired = Retired::default().with(id(1), Some(id(2))).with(id(2), Some(id(3)));
        let suffixes = |ids: &[u8]| ids.iter().map(|n| id(*n).suffix()).collect::<Vec<_>>();
        assert_eq!(retired.present(&suffixes(&[1, 4, 2, 3])), suffixes(&[3, 4]));
        let retired = retired.with(id(3), None);
        assert_eq!(retired.present(&suffixes(&[1, 4, 2, 3])), suffixes(&[4]));
    }

    #[test]
    fn a_label_takes_up_so_many_and_no_more() {
        let full = Label { aliases: vec![id(9); Label::MAX_ALIASES], ..label(2) };
        assert!(matches!(label(1).merge(&full), Err(Error::LimitReached { limit: Label::MAX_ALIASES, .. })));
        let nearly = Label { aliases: vec![id(9); Label::MAX_ALIASES - 1], ..label(2) };
        assert!(label(1).merge(&nearly).is_ok());
        assert!(Label { aliases: vec![id(8)], ..label(1) }.merge(&nearly).is_err());
    }

    #[test]
    fn the_organization_keeps_the_latest_only() {
        let retired = (0..40).fold(Retired::default(), |retired, n| retired.with(id(n), None));
        assert_eq!(retired.0.len(), Retired::MAX);
        assert!(retired.present(&[id(39).suffix()]).is_empty());
        assert_eq!(retired.present(&[id(3).suffix()]), [id(3).suffix()]);
    }

    #[test]
    fn a_projects_label_goes_into_its_organizations_and_not_back() {
        let tag = Tag::from_bytes([1; 5]);
        let of = |n: u8| Label { project: Some(ProjectId::new(tag, [n; 11])), ..label(n) };
        assert!(of(1).fits_into(&label(2)) && of(1).fits_into(&of(1)) && label(1).fits_into(&label(2)));
        assert!(!label(2).fits_into(&of(1)) && !of(1).fits_into(&of(2)));
        assert!(label(1).is_for(ProjectId::new(tag, [7; 11])) && !of(1).is_for(ProjectId::new(tag, [7; 11])));
    }
}
