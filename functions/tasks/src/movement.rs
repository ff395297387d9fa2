//! `POST /tasks/{task_id}/move`.

use app::App;
use app::work::task::{self, TaskPlace, TaskRef};
use axum::extract::State;
use domain::id::{ProjectId, TaskId};
use domain::text::Fault;
use domain::{Error, Faults};
use edge::openapi::{IfMatch, One};
use edge::reply::Data;
use edge::{Body, Caller, Params, Problem, Segment};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::dto::TaskDto;
use crate::show::{InOrganization, organization};

/// Where a task shall go: to a place in its column or in a list, or to another project.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "board_id": "9f3a61c4-7e5d-8e4f-aa7b-8c9dae1f2031",
    "list_id": "3f1c9a0b7d25e864",
    "after": "9f3a61c4-7e5d-8e4f-aa7b-8c9dae1f2031",
}))]
pub struct MoveTask {
    /// The board of `list_id`.
    #[schema(format = Uuid)]
    board_id: Option<String>,
    /// The list to move to: that is the step to its status.
    #[schema(example = "3f1c9a0b7d25e864")]
    list_id: Option<String>,
    /// The task in front of which it shall stand; alone, when that is the first.
    #[schema(format = Uuid)]
    before: Option<String>,
    /// The task behind which it shall stand; alone, when that is the last.
    #[schema(format = Uuid)]
    after: Option<String>,
    /// The project to move to, of the same organization; nothing else goes with it.
    #[schema(format = Uuid)]
    project_id: Option<String>,
}

/// What a body asks for.
#[derive(Debug)]
enum Movement {
    To(TaskPlace),
    ToProject(ProjectId),
}

fn id<T: std::str::FromStr>(faults: &mut Faults, field: &str, text: Option<&String>) -> Option<T> {
    let fault = || {
        Fault::new(
            "invalid",
            format!("must be a {} id", field.trim_end_matches("_id")),
        )
    };
    text.and_then(|text| faults.take(field, text.parse().map_err(|_| fault())))
}

impl MoveTask {
    /// Notes which members do not go together, or not without another.
    fn check_members(&self, faults: &mut Faults) {
        let place = [&self.board_id, &self.list_id, &self.before, &self.after];
        match (
            self.project_id.is_some(),
            place.iter().any(|member| member.is_some()),
        ) {
            (true, true) => faults.note(
                "project_id",
                "excluded",
                "cannot be given with another member",
            ),
            (false, false) => faults.note(
                "list_id",
                "required",
                "or before, after or project_id must be given",
            ),
            _ => {}
        }
        match (self.board_id.is_some(), self.list_id.is_some()) {
            (true, false) => faults.note("list_id", "required", "must be given with board_id"),
            (false, true) => faults.note("board_id", "required", "must be given with list_id"),
            _ => {}
        }
    }
}

impl TryFrom<MoveTask> for Movement {
    type Error = Error;

    fn try_from(body: MoveTask) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let project = id(&mut faults, "project_id", body.project_id.as_ref());
        let (board, list) = (
            id(&mut faults, "board_id", body.board_id.as_ref()),
            id(&mut faults, "list_id", body.list_id.as_ref()),
        );
        let before: Option<TaskId> = id(&mut faults, "before", body.before.as_ref());
        let after = id(&mut faults, "after", body.after.as_ref());
        body.check_members(&mut faults);
        if before.is_some() && before == after {
            faults.note("after", "duplicate", "must be another task than before");
        }
        faults.finish(Some(match project {
            Some(project) => Self::ToProject(project),
            None => Self::To(TaskPlace {
                list: board.zip(list),
                before,
                after,
            }),
        }))
    }
}

/// Moves a task.
///
/// In its column: `before`, `after` or both name the tasks between which it shall stand. To a list of a board:
/// `board_id` and `list_id`, with or without neighbours there; that is the step to the list's status, by the rules of
/// the workflow, and it is refused when the list has as many cards as it may (the count may lag by a moment). To
/// another project: it gets the next number there, the first status of the same category, and keeps its assignee if
/// they see the project; its old key leads to it for good.
#[utoipa::path(post, path = "/tasks/{task_id}/move", tag = "tasks", operation_id = "moveTask",
    params(("task_id" = String, Path, description = "The task's id, or its key."), InOrganization, IfMatch),
    request_body = MoveTask,
    responses((status = 200, description = "The task.", body = One<TaskDto>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, AmbiguousKey, ProjectArchived, InvalidTransition, WipLimit, CrossOrganization
    ]))))]
pub async fn move_task(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(task): Segment<TaskRef>,
    Params(query): Params<InOrganization>,
    Body(body): Body<MoveTask>,
) -> Result<Data<TaskDto>, Problem> {
    let movement = body.try_into()?;
    let id = task::find_task(
        &app,
        &call,
        &task,
        organization(query.org.as_deref())?.as_ref(),
    )
    .await?;
    let task = match movement {
        Movement::To(place) => task::move_task(&app, &call, id, place).await?,
        Movement::ToProject(project) => {
            task::move_task_to_project(&app, &call, id, project).await?
        }
    };
    let version = task.thing.version;
    Ok(Data::versioned(task.into(), version))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "9f3a61c4-7e5d-8e4f-aa7b-8c9dae1f2031";

    fn read(members: &[&str]) -> Result<Movement, Error> {
        let given = |name: &str, value: &str| members.contains(&name).then(|| value.to_owned());
        Movement::try_from(MoveTask {
            board_id: given("board_id", ONE),
            list_id: given("list_id", "3f1c9a0b7d25e864"),
            before: given("before", ONE),
            after: given("after", &ONE.replace('9', "8")),
            project_id: given("project_id", ONE),
        })
    }

    #[test]
    fn a_move_goes_to_a_place_or_to_a_project() {
        for place in [
            &["before"][..],
            &["after"],
            &["before", "after"],
            &["board_id", "list_id"],
        ] {
            assert!(matches!(read(place), Ok(Movement::To(_))), "{place:?}");
        }
        assert!(matches!(
            read(&["board_id", "list_id", "after"]),
            Ok(Movement::To(TaskPlace { list: Some(_), .. }))
        ));
        assert!(matches!(read(&["project_id"]), Ok(Movement::ToProject(_))));
        for wrong in [
            &[][..],
            &["board_id"],
            &["list_id"],
            &["project_id", "before"],
            &["list_id", "before"],
        ] {
            assert!(matches!(read(wrong), Err(Error::Invalid(_))), "{wrong:?}");
        }
        let same = MoveTask {
            before: Some(ONE.to_owned()),
            after: Some(ONE.to_owned()),
            ..Default::default()
        };
        assert!(Movement::try_from(same).is_err());
    }
}
