//! Whether a list can be run at all, told before it is.

use domain::Error;
use domain::work::project::Project;

use super::filter::Assigned;
use super::list::TaskList;
use super::plan::Ordering;

impl TaskList {
    /// Fails if the list could never be run: `project` is the one that it names.
    pub fn check(&self, project: Option<&Project>) -> Result<(), Error> {
        let Some(project) = project else {
            return if self.team.is_some() {
                self.check_team()
            } else {
                self.check_own()
            };
        };
        let workflow = project.workflow();
        self.filter.check_status(&workflow)?;
        // Only whether there is a plan matters here: it is made anew whenever the list is run.
        self.plan(project.id, &workflow).map(drop)
    }

    /// The same for a list of a team's tasks.
    pub(super) fn check_team(&self) -> Result<(), Error> {
        if self.ordering == Some(Ordering::Position) {
            let message = "by position needs project=, since every project has an order of its own";
            return Err(Error::filter("ordering", message));
        }
        Ok(())
    }

    /// The same for a list of the caller's own tasks.
    pub(super) fn check_own(&self) -> Result<(), Error> {
        if self
            .ordering
            .is_some_and(|ordering| ordering != Ordering::DueDate)
        {
            return Err(Error::filter(
                "ordering",
                "without project= is by due_date only",
            ));
        }
        if self
            .filter
            .assigned_to
            .is_some_and(|assigned| matches!(assigned, Assigned::To(_)))
        {
            return Err(Error::filter(
                "assigned_to",
                "without project= is me or none",
            ));
        }
        Ok(())
    }
}
