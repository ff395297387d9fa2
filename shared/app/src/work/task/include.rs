//! What tasks may bring with them: their projects, the people named in them, what they are marked with, and how many
//! comments and files they have.

use std::collections::{HashMap, HashSet};

use domain::Error;
use domain::account::Profile;
use domain::id::{LabelId, ProjectId, TaskId, UserId};
use domain::work::label::Label;
use domain::work::project::Project;
use domain::work::task::Task;
use store::keys::{self, Key};
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

    /// What is to be read for these tasks.
    fn of<'t>(self, tasks: impl Iterator<Item = &'t Task>) -> Wanted {
        let mut wanted = Wanted::default();
        for task in tasks {
            if self.project {
                wanted.projects.insert(task.project);
            }
            if self.assignee {
                wanted.people.extend(task.assignee);
            }
            if self.creator {
                wanted.people.insert(task.created_by);
            }
            if self.labels {
                wanted.labels.extend(task.label_ids());
            }
            if self.counts {
                wanted.counted.push(task.id);
            }
        }
        wanted
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

/// What is to be read for some tasks.
#[derive(Debug, Default)]
struct Wanted {
    projects: HashSet<ProjectId>,
    people: HashSet<UserId>,
    labels: HashSet<LabelId>,
    counted: Vec<TaskId>,
}

fn by_id(found: &HashMap<Key, Item>) -> Result<HashMap<ProjectId, Project>, Error> {
    let read = |item: &Item| {
        Stored::<Project>::read(item).map(|project| (project.value.id, project.value))
    };
    found.values().map(read).collect()
}

/// Reads what the given tasks, which the caller sees, shall bring with them: each distinct thing once.
pub async fn read_included(
    app: &App,
    tasks: impl Iterator<Item = &Task>,
    wanted: Include,
) -> Result<Included, Error> {
    if wanted.is_empty() {
        return Ok(Included::default());
    }
    let ids = wanted.of(tasks);
    // Whoever sees a task sees its project.
    let table = app.store.outside("projects of tasks that the caller sees");
    let projects: Vec<_> = ids.projects.into_iter().map(keys::project).collect();
    // Nothing is decided by what these say, so reads that may lag a moment are enough.
    let (projects, people, labels, counts) = tokio::join!(
        table.get_many(&projects, false),
        people::profiles(app, ids.people),
        on_task::present(app, ids.labels),
        table.counts(&ids.counted)
    );
    let (labels, counts) = (
        wanted.labels.then_some(labels?),
        wanted.counts.then_some(counts?),
    );
    Ok(Included {
        projects: by_id(&projects?)?,
        people: people?,
        labels,
        counts,
    })
}
