//! Which tasks a view lists, checked before they are kept.

use std::collections::BTreeMap;

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::{Tag, UserId};
use domain::membership::organization::Card;
use domain::work::label::Label;
use domain::work::project::Project;
use store::Scope;
use store::keys::{self, Key};

use app::work::task::{Assigned, TaskList};
use app::{App, membership::team};

use crate::model::list_of;

/// The conditions of a view, as they are kept and as they are run.
#[derive(Debug, Clone)]
pub struct Conditions {
    /// The parameters of the list, by their names.
    pub filter: BTreeMap<String, String>,
    /// The list.
    pub list: TaskList,
}

impl TryFrom<BTreeMap<String, String>> for Conditions {
    type Error = Error;

    fn try_from(filter: BTreeMap<String, String>) -> Result<Self, Error> {
        let list = list_of(&filter).map_err(of_filter)?;
        Ok(Self { filter, list })
    }
}

/// The same error about a member of `filter`.
fn of_filter(error: Error) -> Error {
    match error {
        Error::BadFilter { field, message } => refused(&field, message),
        other => other,
    }
}

impl Conditions {
    /// What is read to check them.
    pub(super) fn wanted(&self, tag: Tag) -> Vec<Key> {
        let project = self.list.project.filter(|project| project.tag() == tag);
        let person = self.person().map(|user| keys::card(tag, user));
        project
            .map(keys::project)
            .into_iter()
            .chain(person)
            .chain(self.list.filter.label_keys(Some(tag)))
            .collect()
    }

    fn person(&self) -> Option<UserId> {
        match self.list.filter.assigned_to {
            Some(Assigned::To(user)) => Some(user),
            _ => None,
        }
    }

    /// Checks that the list can be run in the organization, and that the caller knows whatever it names.
    pub(super) fn check(&self, scope: &Scope) -> Result<(), Error> {
        let project = match self.list.project {
            None => None,
            Some(id) => {
                let project = scope.extra::<Project>(&keys::project(id))?;
                let seen = |project: &Project| project.deleted_at.is_none() && scope.saw(project);
                let project = project.map(|project| project.value).filter(seen);
                Some(project.ok_or_else(|| {
                    refused(
                        "project",
                        "must be a project of the organization that you see",
                    )
                })?)
            }
        };
        self.list.check(project.as_ref()).map_err(of_filter)?;
        self.check_labels(scope)?;
        let Some(user) = self.person() else {
            return Ok(());
        };
        let card = scope.extra::<Card>(&keys::card(scope.tag(), user))?;
        let message = "must be a member of the organization, me or none";
        card.filter(|card| card.value.is_live())
            .map(|_| ())
            .ok_or_else(|| refused("assigned_to", message))
    }

    /// Checks that the caller sees the team, which takes as much as to open it.
    pub(super) async fn check_team(&self, app: &App, call: &Call, org: Tag) -> Result<(), Error> {
        let Some(id) = self.list.team else {
            return Ok(());
        };
        let refusal = || refused("team", "must be a team of the organization that you see");
        match team::open_team(app, call, id, Action::TeamRead, &[]).await {
            Err(Error::NotFound) => Err(refusal()),
            Ok(_) if id.tag() != org => Err(refusal()),
            opened => opened.map(drop),
        }
    }

    fn check_labels(&self, scope: &Scope) -> Result<(), Error> {
        for id in &self.list.filter.labels {
            let label = scope
                .extra::<Label>(&keys::label(*id))?
                .map(|label| label.value)
                .filter(Label::is_live);
            let fits =
                |label: &Label| label.project.is_none() || label.project == self.list.project;
            let message = "must be labels of the organization, or of the project";
            label
                .filter(fits)
                .ok_or_else(|| refused("label", message))?;
        }
        Ok(())
    }
}

fn refused(parameter: &str, message: impl Into<String>) -> Error {
    Error::field(&format!("filter/{parameter}"), "invalid", message)
}
