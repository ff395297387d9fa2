//! What an organization remembers of labels that went.

use serde::{Deserialize, Serialize};

use crate::id::LabelId;

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
        let (label, target) = (
            label.suffix(),
            target.map(LabelId::suffix).unwrap_or_default(),
        );
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
            let fate = self
                .0
                .iter()
                .find_map(|entry| entry.strip_prefix(label.as_str()));
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

    #[test]
    fn what_was_merged_is_what_it_became_to_the_end() {
        let retired = Retired::default()
            .with(id(1), Some(id(2)))
            .with(id(2), Some(id(3)));
        let suffixes = |ids: &[u8]| ids.iter().map(|n| id(*n).suffix()).collect::<Vec<_>>();
        assert_eq!(retired.present(&suffixes(&[1, 4, 2, 3])), suffixes(&[3, 4]));
        let retired = retired.with(id(3), None);
        assert_eq!(retired.present(&suffixes(&[1, 4, 2, 3])), suffixes(&[4]));
    }

    #[test]
    fn the_organization_keeps_the_latest_only() {
        let retired = (0..40).fold(Retired::default(), |retired, n| retired.with(id(n), None));
        assert_eq!(retired.0.len(), Retired::MAX);
        assert!(retired.present(&[id(39).suffix()]).is_empty());
        assert_eq!(retired.present(&[id(3).suffix()]), [id(3).suffix()]);
    }
}
