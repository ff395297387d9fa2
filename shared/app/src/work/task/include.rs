//! What tasks may bring with them: their projects, the people named in them, what they are marked with, and how many
//! comments and files they have.

use std::collections::{HashMap, HashSet};

use domain::Error;
use domain::account::Profile;
use domain::id::{LabelId, ProjectId, TaskId, UserId};
use domain::work::label::Label;
use domain::work::project::Project;
use domain::work::task::Task;
use store::keys;
use store::record::Stored;
use store::table::Item;
use store::work::counts::Counts;

use crate::work::label::on_task;
use crate::{App, people};

/// What is wanted beside the tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Include {
    /// Their projects.
    pub project: bool,
    /// Who does them.
    pub assignee: bool,
    /// Who made them.
    pub creator: bool,
    /// What they are marked with.
    pub labels: bool,
    /// How many comments and files they have.
    pub counts: bool,
}

impl Include {
    /// Reads the words of `include=`.
    pub fn read(text: Option<&str>) -> Result<Self, Error> {
        let mut include = Self::default();
        for word in text
            .into_iter()
            .flat_map(|text| text.split(','))
            .map(str::trim)
        {
            match word {
                "project" => include.project = true,
                "assignee" => include.assignee = true,
                "creator" => include.creator = true,
                "labels" => include.labels = true,
                "counts" => include.counts = true,
                _ => {
                    let message = "must be some of: project, assignee, creator, labels, counts";
                    return Err(Error::filter("include", message));
                }
            }
        }
        Ok(include)
    }

    /// Nothing is wanted.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// What the tasks brought with them.
#[derive(Debug, Default)]
pub struct Included {
    /// Projects by id.
    pub projects: HashMap<ProjectId, Project>,
    /// People by id.
    pub people: HashMap<UserId, Profile>,
    /// What the labels that they carry are now, by the ids under which they carry them; none if nobody asked.
    pub labels: Option<HashMap<LabelId, Label>>,
    /// How many comments and files the tasks have; none if nobody asked.
    pub counts: Option<HashMap<TaskId, Counts>>,
}

/// Reads what the given tasks, which the caller sees, shall bring with them: each distinct thing once.
pub async fn read_included(
    app: &App,
    tasks: impl Iterator<Item = &Task> + Clone,
    wanted: Include,
) -> Result<Included, Error> {
    if wanted.is_empty() {
        return Ok(Included::default());
    }
    let projects: HashSet<ProjectId> = tasks
        .clone()
        .filter(|_| wanted.project)
        .map(|task| task.project)
        .collect();
    let assignees = tasks
        .clone()
        .filter(|_| wanted.assignee)
        .filter_map(|task| task.assignee);
    let named: HashSet<UserId> = assignees
        .chain(
            tasks
                .clone()
                .filter(|_| wanted.creator)
                .map(|task| task.created_by),
        )
        .collect();
    // Whoever sees a task sees its project.
    let table = app.store.outside("projects of tasks that the caller sees");
    let keys: Vec<_> = projects.into_iter().map(keys::project).collect();
    let projects = async { table.get_many(&keys, false).await };
    let labels = tasks
        .clone()
        .filter(|_| wanted.labels)
        .flat_map(Task::label_ids)
        .collect();
    let counted: Vec<TaskId> = tasks
        .filter(|_| wanted.counts)
        .map(|task| task.id)
        .collect();
    let (projects, people, labels, counts) = tokio::join!(
        projects,
        people::profiles(app, named),
        on_task::present(app, labels),
        table.counts(&counted)
    );
    let (labels, counts) = (
        wanted.labels.then_some(labels?),
        wanted.counts.then_some(counts?),
    );
    let read = |item: &Item| {
        Stored::<Project>::read(item).map(|project| (project.value.id, project.value))
    };
    let projects = projects?.values().map(read).collect::<Result<_, _>>()?;
    Ok(Included {
        projects,
        people: people?,
        labels,
        counts,
    })
}
