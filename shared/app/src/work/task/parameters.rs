//! The conditions of a list of tasks in words, as clients write them and saved views keep them.

use std::collections::BTreeSet;

use domain::Error;
use domain::id::{BoardId, LabelId};
use domain::text::{Fault, Needle};
use domain::work::board::ListId;
use domain::work::due::Due;
use domain::work::label::Label;
use serde::Deserialize;

use super::{Assigned, Ordering, TaskFilter, TaskList};

/// What `GET /tasks` takes, by the names of its parameters. Each is as it was written; [`TaskList`] is what they mean.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    /// The id of a project.
    pub project: Option<String>,
    /// The id of a team, instead of a project.
    pub team: Option<String>,
    /// Without these: an organization, by id or slug.
    pub org: Option<String>,
    /// With `list`: the id of a board.
    pub board: Option<String>,
    /// The id of a list of `board`. Instead of `project`, `org` and `status`.
    pub list: Option<String>,
    /// The key of a status.
    pub status: Option<String>,
    /// A priority.
    pub priority: Option<String>,
    /// A person's id, `me` or `none`.
    pub assigned_to: Option<String>,
    /// A day or moment.
    pub due_before: Option<String>,
    /// A day or moment.
    pub due_after: Option<String>,
    /// Ids of labels, with commas between them.
    pub label: Option<String>,
    /// Part of a title or key.
    pub q: Option<String>,
    /// created_at, due_date, priority or position; a leading `-` reverses.
    pub ordering: Option<String>,
}

fn read<T: std::str::FromStr<Err = Fault>>(
    field: &str,
    text: Option<&str>,
) -> Result<Option<T>, Error> {
    text.map(|text| {
        text.parse()
            .map_err(|fault: Fault| Error::filter(field, fault.message))
    })
    .transpose()
}

fn id<T: std::str::FromStr>(
    field: &str,
    text: Option<&str>,
    what: &str,
) -> Result<Option<T>, Error> {
    text.map(|text| {
        text.parse()
            .map_err(|_| Error::filter(field, format!("must be {what}'s id")))
    })
    .transpose()
}

/// The labels of a list, each once.
fn labels(text: Option<&str>) -> Result<Vec<LabelId>, Error> {
    let Some(text) = text else { return Ok(vec![]) };
    let invalid = || {
        Error::filter(
            "label",
            format!("must be up to {} labels' ids", Label::MAX_ON_TASK),
        )
    };
    let labels = text
        .split(',')
        .map(|id| id.trim().parse())
        .collect::<Result<BTreeSet<LabelId>, _>>();
    let labels = labels.map_err(|_| invalid())?;
    if labels.len() > Label::MAX_ON_TASK {
        Err(invalid())
    } else {
        Ok(labels.into_iter().collect())
    }
}

impl Parameters {
    fn order(&self) -> Result<(Option<Ordering>, bool), Error> {
        let Some(text) = self.ordering.as_deref() else {
            return Ok((None, false));
        };
        let (word, descending) = text
            .strip_prefix('-')
            .map_or((text, false), |word| (word, true));
        let ordering = match word {
            "created_at" => Ordering::CreatedAt,
            "due_date" => Ordering::DueDate,
            "priority" => Ordering::Priority,
            "position" => Ordering::Position,
            _ => {
                return Err(Error::filter(
                    "ordering",
                    "must be created_at, due_date, priority or position",
                ));
            }
        };
        Ok((Some(ordering), descending))
    }

    /// The list of a board, which says itself of which project and status.
    fn list(&self) -> Result<Option<(BoardId, ListId)>, Error> {
        match (&self.board, &self.list) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {}
            (Some(_), None) => return Err(Error::filter("list", "must be given with board")),
            (None, Some(_)) => return Err(Error::filter("board", "must be given with list")),
        }
        let others = [
            ("project", &self.project),
            ("team", &self.team),
            ("org", &self.org),
            ("status", &self.status),
        ];
        if let Some((name, _)) = others.into_iter().find(|(_, other)| other.is_some()) {
            return Err(Error::filter(name, "cannot be given with list"));
        }
        let board = id("board", self.board.as_deref(), "a board")?;
        Ok(board.zip(id("list", self.list.as_deref(), "a list")?))
    }

    fn assigned_to(&self) -> Result<Option<Assigned>, Error> {
        match self.assigned_to.as_deref() {
            None => Ok(None),
            Some("me") => Ok(Some(Assigned::Me)),
            Some("none") => Ok(Some(Assigned::Nobody)),
            Some(id) => id
                .parse()
                .map(|id| Some(Assigned::To(id)))
                .map_err(|_| Error::filter("assigned_to", "must be a person's id, me or none")),
        }
    }

    /// The conditions on single tasks.
    fn filter(&self) -> Result<TaskFilter, Error> {
        Ok(TaskFilter {
            assigned_to: self.assigned_to()?,
            status: read("status", self.status.as_deref())?,
            priority: read("priority", self.priority.as_deref())?,
            due_before: read::<Due>("due_before", self.due_before.as_deref())?,
            due_after: read::<Due>("due_after", self.due_after.as_deref())?,
            q: self.q.as_deref().filter(|q| !q.is_empty()).map(Needle::new),
            labels: labels(self.label.as_deref())?,
            ..TaskFilter::default()
        })
    }
}

impl TryFrom<Parameters> for TaskList {
    type Error = Error;

    fn try_from(words: Parameters) -> Result<Self, Error> {
        let (ordering, descending) = words.order()?;
        let project = id("project", words.project.as_deref(), "a project")?;
        let team = id("team", words.team.as_deref(), "a team")?;
        if project.is_some() && team.is_some() {
            return Err(Error::filter("team", "cannot be given with project"));
        }
        if (project.is_some() || team.is_some()) && words.org.is_some() {
            return Err(Error::filter("org", "cannot be given with project or team"));
        }
        let list = words.list()?;
        let filter = words.filter()?;
        Ok(Self {
            list,
            project,
            team,
            org: words.org,
            filter,
            ordering,
            descending,
        })
    }
}
