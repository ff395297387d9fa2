//! The parameters of a list of tasks, and the forms in which clients write them.

use app::work::task::{Parameters, TaskList};
use domain::Error;
use saved_views::ViewId;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which tasks, in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTasks {
    /// Those that this saved view lists; no other condition and no ordering goes with it.
    view: Option<String>,
    /// Of this project. Without it and `team`: assigned to you, or made by you and assigned to nobody, in all your
    /// organizations.
    project: Option<String>,
    /// Of this team: of the projects that it is attached to, and of its default one.
    team: Option<String>,
    /// Without `project` and `team`: in this organization only, by id or slug.
    org: Option<String>,
    /// With `list`: the board that it is one of.
    board: Option<String>,
    /// In this list of `board`: the tasks of its status, by default by position. Instead of `project`, `org` and `status`.
    list: Option<String>,
    /// A status of the project's workflow. Without `project` also todo, in_progress, done or cancelled, which stand for
    /// every status that amounts to it.
    status: Option<String>,
    /// low, medium, high or urgent.
    priority: Option<String>,
    /// A person's id, `me` or `none`.
    assigned_to: Option<String>,
    /// Due before this day or moment.
    due_before: Option<String>,
    /// Due on or after this day or moment.
    due_after: Option<String>,
    /// Marked with this label, or, several ids with commas between them, with every one of these.
    label: Option<String>,
    /// Whose title or key contains this.
    q: Option<String>,
    /// Conditions in one parameter: `status:todo,priority:high,assigned_to:me`. A bare name says that the parameter
    /// of that name counts, and then those not named do not.
    filter: Option<String>,
    /// created_at, due_date, priority or position (the latter with `project` and `status`); a leading `-` reverses. By
    /// default created_at, and due_date without `project` and `team`.
    ordering: Option<String>,
    /// The same as `ordering`.
    sort: Option<String>,
    /// Some of project, assignee, creator, labels, counts.
    pub include: Option<String>,
    /// How many, 1 to 100; 20 if absent.
    pub limit: Option<String>,
    /// The same as `limit`.
    pub page_size: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl ListTasks {
    /// The view that stands for all conditions, if one is named.
    pub fn view(&self) -> Result<Option<ViewId>, Error> {
        let Some(view) = &self.view else {
            return Ok(None);
        };
        let paging = Self {
            view: self.view.clone(),
            include: self.include.clone(),
            limit: self.limit.clone(),
            page_size: self.page_size.clone(),
            cursor: self.cursor.clone(),
            ..Self::default()
        };
        if *self != paging {
            return Err(Error::filter(
                "view",
                "cannot be given with other conditions",
            ));
        }
        view.parse()
            .map(Some)
            .map_err(|_| Error::filter("view", "must be a view's id"))
    }

    /// The parameters that `filter` may name.
    fn filterable(&mut self) -> [(&'static str, &mut Option<String>); 6] {
        [
            ("status", &mut self.status),
            ("priority", &mut self.priority),
            ("assigned_to", &mut self.assigned_to),
            ("due_before", &mut self.due_before),
            ("due_after", &mut self.due_after),
            ("label", &mut self.label),
        ]
    }

    /// Spreads `filter` over the parameters that it names.
    fn spread(mut self) -> Result<Self, Error> {
        let Some(filter) = self.filter.take() else {
            return Ok(self);
        };
        let mut named = vec![];
        let parts = filter.split(',').map(str::trim);
        for part in parts.filter(|part| !part.is_empty()) {
            named.push(self.take_up(part)?);
        }
        // With a bare name, only the parameters count that `filter` names.
        if named.iter().any(|(_, bare)| *bare) {
            for (name, slot) in self.filterable() {
                if !named.iter().any(|(known, _)| *known == name) {
                    *slot = None;
                }
            }
        }
        Ok(self)
    }

    /// Takes up a part of `filter`; tells which parameter that names, and whether by its bare name.
    fn take_up(&mut self, part: &str) -> Result<(&'static str, bool), Error> {
        let (name, value) = part
            .split_once(':')
            .map_or((part, None), |(name, value)| (name, Some(value)));
        let known = self
            .filterable()
            .into_iter()
            .find(|(known, _)| *known == name);
        let (known, slot) =
            known.ok_or_else(|| Error::filter("filter", format!("cannot name {:.40}", part)))?;
        match value {
            Some(value) if slot.as_deref().is_none_or(|there| there == value) => {
                *slot = Some(value.to_owned())
            }
            Some(_) => {
                return Err(Error::filter(
                    "filter",
                    format!("contradicts the parameter {known}"),
                ));
            }
            None => {}
        }
        Ok((known, value.is_none()))
    }
}

impl TryFrom<ListTasks> for TaskList {
    type Error = Error;

    fn try_from(query: ListTasks) -> Result<Self, Error> {
        let query = query.spread()?;
        let words = Parameters {
            project: query.project,
            team: query.team,
            org: query.org,
            board: query.board,
            list: query.list,
            status: query.status,
            priority: query.priority,
            assigned_to: query.assigned_to,
            due_before: query.due_before,
            due_after: query.due_after,
            label: query.label,
            q: query.q,
            ordering: query.ordering.or(query.sort),
        };
        words.try_into()
    }
}

#[cfg(test)]
mod tests {
    use app::work::task::Assigned;

    use super::*;

    fn read(query: ListTasks) -> Result<TaskList, Error> {
        query.try_into()
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_filter_spells_conditions_out() {
        let list = read(ListTasks {
            filter: text("status:In Progress,priority:high,assigned_to:me"),
            ..Default::default()
        });
        let filter = list.unwrap().filter;
        assert_eq!(filter.status.unwrap().as_str(), "in_progress");
        assert_eq!(filter.assigned_to, Some(Assigned::Me));
    }

    #[test]
    fn a_bare_name_selects_the_parameter_of_that_name() {
        assert!(
            read(ListTasks {
                filter: text("status,priority,assigned_to"),
                ..Default::default()
            })
            .unwrap()
            .filter
            .is_empty()
        );
        let query = ListTasks {
            filter: text("status"),
            status: text("todo"),
            priority: text("high"),
            ..Default::default()
        };
        let filter = read(query).unwrap().filter;
        assert!(filter.status.is_some() && filter.priority.is_none());
    }

    #[test]
    fn what_is_not_known_is_named() {
        for query in [
            ListTasks {
                team: text("Design"),
                ..Default::default()
            },
            ListTasks {
                filter: text("colour:red"),
                ..Default::default()
            },
            ListTasks {
                filter: text("status:todo"),
                status: text("done"),
                ..Default::default()
            },
            ListTasks {
                ordering: text("updated_at"),
                ..Default::default()
            },
            ListTasks {
                status: text("may be?"),
                ..Default::default()
            },
            ListTasks {
                due_before: text("soon"),
                ..Default::default()
            },
            ListTasks {
                project: text("PROJ"),
                ..Default::default()
            },
            ListTasks {
                assigned_to: text("you"),
                ..Default::default()
            },
        ] {
            assert!(matches!(read(query), Err(Error::BadFilter { .. })));
        }
    }
}
