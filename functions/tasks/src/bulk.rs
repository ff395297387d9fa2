//! `POST /tasks/bulk`.

use app::App;
use app::work::task::{self, BulkAct, BulkOutcome, Included, Mode, Step};
use axum::extract::State;
use domain::Error;
use domain::id::TaskId;
use edge::openapi::One;
use edge::problem::PartProblem;
use edge::reply::Data;
use edge::{Body, Caller, Code, Problem, part};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{
    AdditionalProperties, ObjectBuilder, OneOfBuilder, SchemaType, Type,
};
use utoipa::openapi::{KnownFormat, Object, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::change::UpdateTask;
use crate::create::CreateTask;
use crate::dto::TaskDto;
use crate::transition::TransitionTask;

/// Several operations on tasks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkTasks {
    /// atomic: all or none, up to 25, all in one organization. best_effort: each by itself, up to 100.
    #[schema(example = "atomic")]
    mode: String,
    /// The operations; each task is named once.
    #[schema(value_type = Vec<BulkOperation>)]
    operations: Vec<Map<String, Value>>,
}

/// Which task an operation is about.
#[derive(Debug, Deserialize)]
struct Target {
    id: String,
    if_match: Option<u64>,
}

/// Members of an operation that takes no more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// One operation, as it was read: the task that it names, and what is to be done, or what is wrong with its values.
struct Operation {
    id: Option<TaskId>,
    creates: bool,
    act: Result<BulkAct, Error>,
}

impl Operation {
    /// Reads the operation at a place of the body. Fails if it is none; wrong values are its own failure.
    fn read(index: usize, mut members: Map<String, Value>) -> Result<Self, Error> {
        let at = format!("/operations/{index}");
        let op = take_op(&at, &mut members)?;
        if op == "create" {
            let new = part::<CreateTask>(&at, members)?.try_into();
            return Ok(Self {
                id: None,
                creates: true,
                act: new.map(BulkAct::Create),
            });
        }
        let named = ["id", "if_match"]
            .into_iter()
            .filter_map(|name| members.remove_entry(name))
            .collect();
        let Target { id, if_match } = part(&at, named)?;
        let step = read_step(&op, &at, members)?;
        let id = id
            .parse::<TaskId>()
            .map_err(|_| Error::field("id", "invalid", "must be a task's id"));
        let act = id
            .clone()
            .and_then(|id| Ok(BulkAct::Step(id, if_match, step?)));
        Ok(Self {
            id: id.ok(),
            creates: false,
            act,
        })
    }
}

/// Takes the word for what is to be done out of an operation's members.
fn take_op(at: &str, members: &mut Map<String, Value>) -> Result<String, Error> {
    let field = format!("{at}/op");
    match members.remove("op") {
        Some(Value::String(op)) => Ok(op),
        Some(_) => Err(Error::field(&field, "wrong_type", "must be a string")),
        None => Err(Error::field(&field, "required", "is required")),
    }
}

/// Reads what is to be done with a task. Fails if it is nothing; wrong values are its own failure.
fn read_step(
    op: &str,
    at: &str,
    members: Map<String, Value>,
) -> Result<Result<Step, Error>, Error> {
    Ok(match op {
        "update" => part::<UpdateTask>(at, members)?
            .try_into()
            .map(Step::Change),
        "transition" => part::<TransitionTask>(at, members)?
            .try_into()
            .map(Step::Transition),
        "delete" => part::<Nothing>(at, members).map(|_| Ok(Step::Remove))?,
        "restore" => part::<Nothing>(at, members).map(|_| Ok(Step::Restore))?,
        _ => {
            let message = "must be create, update, transition, delete or restore";
            return Err(Error::field(&format!("{at}/op"), "invalid", message));
        }
    })
}

fn read_mode(mode: &str) -> Result<Mode, Error> {
    match mode {
        "atomic" => Ok(Mode::Atomic),
        "best_effort" => Ok(Mode::BestEffort),
        _ => Err(Error::field(
            "mode",
            "invalid",
            "must be atomic or best_effort",
        )),
    }
}

/// The operations of the document: what the requests of their own take, and which they are.
pub struct BulkOperation;

impl BulkOperation {
    /// An operation that takes what the request of its own takes.
    fn with(op: &str, names_task: bool, own: RefOr<Schema>) -> Schema {
        let mut whole = match own {
            RefOr::T(Schema::Object(own)) => own,
            _ => Object::new(),
        };
        let mut add = |name: &str, schema: ObjectBuilder| {
            whole.properties.insert(name.to_owned(), schema.into())
        };
        add("op", text("What to do.").enum_values(Some([op])));
        if names_task {
            let uuid = SchemaFormat::KnownFormat(KnownFormat::Uuid);
            add("id", text("The task's id.").format(Some(uuid)));
            add("if_match", version());
        }
        whole.required.extend(
            ["op", "id"]
                .into_iter()
                .take(1 + usize::from(names_task))
                .map(str::to_owned),
        );
        // An example of the request of its own is none of the operation: it does not say which.
        whole.example = None;
        whole.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        Schema::Object(whole)
    }
}

fn text(meaning: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .description(Some(meaning))
}

fn version() -> ObjectBuilder {
    let meaning =
        "The version that you have seen; the operation is refused if it is not the present one.";
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Integer, Type::Null]))
        .description(Some(meaning))
}

impl PartialSchema for BulkOperation {
    fn schema() -> RefOr<Schema> {
        let nothing = || RefOr::T(Schema::Object(Object::new()));
        OneOfBuilder::new()
            .description(Some("One operation: `op`, and what the request of its own takes."))
            .item(Self::with("create", false, CreateTask::schema()))
            .item(Self::with("update", true, UpdateTask::schema()))
            .item(Self::with("transition", true, TransitionTask::schema()))
            .item(Self::with("delete", true, nothing()))
            .item(Self::with("restore", true, nothing()))
            .examples([json!({ "op": "transition", "id": "9f3a61c4-7e5d-8e4f-aa7b-8c9dae1f2031", "to": "done" })])
            .into()
    }
}

impl ToSchema for BulkOperation {}

/// What became of one operation.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkResult {
    /// Its place in the request, counted from 0.
    #[schema(example = 0)]
    index: usize,
    /// The task.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    /// The status that a request of its own would have been answered with.
    #[schema(example = 200)]
    status: u16,
    /// The task, without its description, if the operation was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<TaskDto>,
    /// Why not, if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<PartProblem>,
}

impl BulkResult {
    fn new(index: usize, id: Option<TaskId>, creates: bool, outcome: BulkOutcome) -> Self {
        match outcome {
            Ok(task) => {
                let id = Some(task.thing.value.id.uuid());
                let task = Some(TaskDto::listed(task, &Included::default()));
                Self {
                    index,
                    id,
                    status: if creates { 201 } else { 200 },
                    task,
                    problem: None,
                }
            }
            Err(error) => {
                let status = Code::from(&error).status().as_u16();
                let problem = Some(Problem::from(error).into());
                Self {
                    index,
                    id: id.map(TaskId::uuid),
                    status,
                    task: None,
                    problem,
                }
            }
        }
    }
}

/// Does many operations in one request.
///
/// Each is what the request of its own would be, with the same rights and rules: `create` takes what `POST /tasks` takes
/// but for `team_id`, `update` what `PATCH` takes, `transition` a status, `delete` and `restore` nothing. All but
/// `create` name the task by `id`, and may name the version that you have seen by `if_match`. A task is named once.
///
/// With `atomic` all are done or none: what cannot be done is the problem of the whole request, which names its `index`.
/// With `best_effort` each is done or refused by itself, and its result stands at its place; repeated under the same
/// `Idempotency-Key`, what was done is not done again, and what was not is tried again.
#[utoipa::path(post, path = "/tasks/bulk", tag = "tasks", operation_id = "bulkTasks", request_body = BulkTasks,
    responses((status = 200, description = "A result for each operation, in order.", body = One<Vec<BulkResult>>)),
    extensions(("x-errors" = json!(edge::codes![
        Forbidden, NotFound, ProjectArchived, InvalidTransition, ParentDeleted, NotDeleted, Gone,
        CrossOrganization, PreconditionFailed
    ]))))]
pub async fn bulk(
    State(app): State<App>,
    Caller(call): Caller,
    Body(body): Body<BulkTasks>,
) -> Result<Data<Vec<BulkResult>>, Problem> {
    let mode = read_mode(&body.mode)?;
    let operations = body
        .operations
        .into_iter()
        .enumerate()
        .map(|(index, members)| Operation::read(index, members))
        .collect::<Result<Vec<_>, _>>()?;
    let (told, acts): (Vec<_>, Vec<_>) = operations
        .into_iter()
        .map(|one| ((one.id, one.creates), one.act))
        .unzip();
    let call = call.costing(acts.len());
    let outcomes = task::bulk_tasks(&app, &call, mode, acts).await?;
    let results = outcomes.into_iter().zip(told).enumerate();
    Ok(Data::plain(
        results
            .map(|(index, (outcome, (id, creates)))| BulkResult::new(index, id, creates, outcome))
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(operation: Value) -> Result<Operation, Error> {
        let Value::Object(members) = operation else {
            panic!("no object")
        };
        Operation::read(4, members)
    }

    fn wrong(operation: Value) -> (String, &'static str) {
        match read(operation) {
            Err(Error::Invalid(fields)) => (fields[0].field.clone(), fields[0].code),
            _ => panic!("taken"),
        }
    }

    const ID: &str = "9f3a61c4-7e5d-8e4f-aa7b-8c9dae1f2031";

    #[test]
    fn what_is_no_operation_is_refused_with_its_place() {
        let at = |rest: &str, code| (format!("/operations/4/{rest}"), code);
        assert_eq!(wrong(json!({})), at("op", "required"));
        assert_eq!(wrong(json!({ "op": 1 })), at("op", "wrong_type"));
        assert_eq!(
            wrong(json!({ "op": "move", "id": ID })),
            at("op", "invalid")
        );
        assert_eq!(wrong(json!({ "op": "delete" })), at("id", "required"));
        assert_eq!(
            wrong(json!({ "op": "delete", "id": ID, "to": "done" })),
            at("to", "unknown_field")
        );
        assert_eq!(
            wrong(json!({ "op": "update", "id": ID, "title": 1 })),
            at("title", "wrong_type")
        );
        assert_eq!(
            wrong(json!({ "op": "update", "id": ID, "if_match": "v1" })),
            at("if_match", "wrong_type")
        );
        assert_eq!(
            wrong(json!({ "op": "create", "id": ID })),
            at("id", "unknown_field")
        );
    }

    #[test]
    fn a_wrong_value_is_the_operations_own_failure() {
        let read = read(json!({ "op": "update", "id": ID, "title": "" })).unwrap();
        assert!(read.id.is_some());
        assert!(matches!(read.act, Err(Error::Invalid(fields)) if fields[0].field == "/title"));
        let read = self::read(json!({ "op": "delete", "id": "WEB-1" })).unwrap();
        assert!(matches!(read.act, Err(Error::Invalid(fields)) if fields[0].field == "/id"));
    }
}
