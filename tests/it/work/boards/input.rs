//! Requests about boards and moves that make no sense: each with its code, and nothing changes.

use serde_json::{Value, json};
use tests::{Answer, Person, Team, World};

use crate::table::{Snapshot, written};

/// Two organizations, and in the first of them a project for everybody and a private one, each with a board.
struct Stage {
    world: World,
    team: Team,
    bob: Person,
    open: Place,
    private: Place,
    foreign: Place,
}

/// A project with a board and a task in each of two statuses.
struct Place {
    project: String,
    board: String,
    lists: Vec<String>,
    todo: [String; 3],
    doing: String,
}

impl Place {
    async fn new(owner: &Person, project: String) -> Self {
        let board = owner
            .post("/boards", json!({ "project_id": project, "name": "Board" }))
            .await
            .expect(201);
        let lists = board.data()["lists"].as_array().unwrap().iter();
        let lists = lists
            .map(|list| list["id"].as_str().unwrap().to_owned())
            .collect();
        let task = |status: &'static str| {
            let body = json!({ "project_id": project, "title": "Some task", "status": status });
            async move { owner.post("/tasks", body).await.expect(201).id() }
        };
        let todo = [task("todo").await, task("todo").await, task("todo").await];
        let doing = task("in_progress").await;
        Self {
            board: board.id(),
            lists,
            todo,
            doing,
            project,
        }
    }

    fn list(&self, n: usize) -> Value {
        json!({ "board_id": self.board, "list_id": self.lists[n] })
    }
}

impl Stage {
    async fn new() -> Self {
        let world = World::new().await;
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let eve = world.person("eve").await;
        let other = world.team(&eve, "globex").await;
        let open = Place::new(&ann, team.project("WEB").await).await;
        let private = Place::new(&ann, team.private_project("LAB").await).await;
        let foreign = Place::new(&eve, other.project("WEB").await).await;
        Self {
            world,
            team,
            bob,
            open,
            private,
            foreign,
        }
    }

    async fn now(&self) -> Snapshot {
        self.world.cloud.settle().await;
        written(&self.world.cloud).await
    }

    /// Bob moves a task of the open project.
    async fn moves(&self, body: Value) -> Answer {
        self.bob
            .post(&format!("/tasks/{}/move", self.open.todo[0]), body)
            .await
    }
}

/// An id of the same tenant that is nothing's.
fn nothing(id: &str) -> String {
    format!("{}777777777777", &id[..24])
}

fn with(mut body: Value, member: &str, value: &str) -> Value {
    body[member] = value.into();
    body
}

#[tokio::test]
async fn a_move_that_cannot_be_is_refused_by_its_member() {
    let stage = Stage::new().await;
    let (open, private, foreign) = (&stage.open, &stage.private, &stage.foreign);
    let before = stage.now().await;
    let own = &open.todo[0];
    for member in ["before", "after"] {
        // Of another column, of another project, of one that they do not see, of another organization, of nowhere, and
        // the task itself: the answer is the same.
        let others = [
            &open.doing,
            &private.todo[0],
            &foreign.todo[0],
            own,
            &nothing(own),
            &nothing(&foreign.todo[0]),
        ];
        let mut answers = vec![];
        for id in others {
            let answer = stage
                .moves(json!({ member: id }))
                .await
                .refused(422, "validation_failed");
            assert_eq!(answer.fields(), [format!("/{member}")]);
            answers.push(answer.comparable());
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
        // In the target column the same holds of those of the column that it leaves.
        let answer = stage
            .moves(with(open.list(1), member, &open.todo[1]))
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.fields(), [format!("/{member}")]);
    }
    let mut answers = vec![];
    for place in [private, foreign] {
        answers.push(
            stage
                .moves(place.list(0))
                .await
                .refused(422, "validation_failed"),
        );
    }
    for board in [nothing(&open.board), nothing(&foreign.board)] {
        answers.push(
            stage
                .moves(with(open.list(0), "board_id", &board))
                .await
                .refused(422, "validation_failed"),
        );
    }
    assert!(
        answers
            .iter()
            .all(|answer| answer.fields() == ["/board_id"])
    );
    assert!(
        answers
            .windows(2)
            .all(|pair| pair[0].comparable() == pair[1].comparable())
    );
    for list in [
        &private.lists[1],
        &foreign.lists[1],
        &"0123456789abcdef".to_owned(),
    ] {
        let answer = stage
            .moves(with(open.list(0), "list_id", list))
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.fields(), ["/list_id"]);
    }
    for (body, field) in [
        (json!({}), "/list_id"),
        (json!({ "board_id": open.board }), "/list_id"),
        (json!({ "list_id": open.lists[0] }), "/board_id"),
        (
            json!({ "before": open.todo[1], "after": open.todo[1] }),
            "/after",
        ),
        (json!({ "before": "WEB-2" }), "/before"),
        (
            json!({ "project_id": private.project, "before": open.todo[1] }),
            "/project_id",
        ),
    ] {
        let answer = stage.moves(body).await.refused(422, "validation_failed");
        assert_eq!(answer.fields(), [field], "{}", answer.text);
    }
    // Neighbours that stand the other way round.
    let body = json!({ "after": open.todo[2], "before": open.todo[1] });
    stage.moves(body).await.refused(409, "conflict");
    assert_eq!(stage.now().await, before);
}

#[tokio::test]
async fn a_task_goes_only_where_its_mover_may_make_tasks() {
    let stage = Stage::new().await;
    let (open, private, foreign) = (&stage.open, &stage.private, &stage.foreign);
    let owner = &stage.team.owner;
    let (closed, gone) = (
        stage.team.project("OLD").await,
        stage.team.project("GONE").await,
    );
    owner
        .post(&format!("/projects/{closed}/archive"), json!({}))
        .await
        .expect(200);
    owner.delete(&format!("/projects/{gone}")).await.expect(200);
    let guest = stage.world.member(&stage.team, "gil", "guest").await;
    for (project, role) in [(&open.project, "member"), (&private.project, "viewer")] {
        owner
            .put(
                &format!("/projects/{project}/members/{}", guest.id),
                json!({ "role": role }),
            )
            .await
            .expect(200);
    }
    let before = stage.now().await;
    let to = |project: &str| json!({ "project_id": project });
    // What one does not see, what was deleted and what never was are answered alike.
    let hidden = [private.project.clone(), gone, nothing(&open.project)];
    let mut answers = vec![];
    for project in &hidden {
        answers.push(
            stage
                .moves(to(project))
                .await
                .refused(404, "not_found")
                .comparable(),
        );
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    // Another organization is told by the id itself, whether or not there is such a project.
    let answers = [
        stage
            .moves(to(&foreign.project))
            .await
            .refused(422, "cross_organization")
            .comparable(),
        stage
            .moves(to(&nothing(&foreign.project)))
            .await
            .refused(422, "cross_organization")
            .comparable(),
    ];
    assert_eq!(answers[0], answers[1]);
    stage
        .moves(to(&closed))
        .await
        .refused(409, "project_archived");
    let path = format!("/tasks/{}/move", open.todo[0]);
    let refused = guest
        .post(&path, to(&private.project))
        .await
        .refused(403, "forbidden");
    assert_eq!(refused.body["permission"], "task.create");
    // Nor out of where they may not change.
    let path = format!("/tasks/{}/move", private.todo[0]);
    guest
        .post(&path, to(&open.project))
        .await
        .refused(403, "forbidden");
    stage
        .bob
        .post(&path, to(&open.project))
        .await
        .refused(404, "not_found");
    assert_eq!(stage.now().await, before);
}

#[tokio::test]
async fn a_board_that_cannot_be_is_refused_by_its_member() {
    let stage = Stage::new().await;
    let (open, private, foreign) = (&stage.open, &stage.private, &stage.foreign);
    let before = stage.now().await;
    let bob = &stage.bob;
    let new = |lists: Value| json!({ "project_id": open.project, "name": "New", "lists": lists });
    let list = |status: &str| json!({ "name": "List", "status": status });
    bob.post("/boards", new(json!([list("todo"), list("TODO")])))
        .await
        .refused(409, "status_taken");
    for (body, field) in [
        (
            new(json!([list("todo"), list("nowhere")])),
            "/lists/1/status",
        ),
        (
            new(json!([{ "name": "", "status": "todo" }])),
            "/lists/0/name",
        ),
        (
            new(json!([{ "name": "List", "status": "todo", "wip_limit": 0 }])),
            "/lists/0/wip_limit",
        ),
        (
            new(json!([{ "name": "List", "status": "todo", "wip_limit": 501 }])),
            "/lists/0/wip_limit",
        ),
        (new(json!(vec![list("todo"); 51])), "/lists"),
        (json!({ "name": "New" }), "/project_id"),
        (
            json!({ "name": "New", "project_id": open.project, "team_id": open.project }),
            "/team_id",
        ),
    ] {
        let answer = bob
            .post("/boards", body)
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.fields(), [field], "{}", answer.text);
    }
    for project in [&private.project, &foreign.project, &nothing(&open.project)] {
        bob.post("/boards", json!({ "project_id": project, "name": "New" }))
            .await
            .refused(404, "not_found");
        bob.get(&format!("/boards?project={project}"))
            .await
            .refused(404, "not_found");
    }
    for query in [
        "",
        "?project=x",
        "?team=x",
        &format!("?project={}&team={}", open.project, open.project),
    ] {
        bob.get(&format!("/boards{query}"))
            .await
            .refused(400, "bad_filter");
    }
    for board in [&private.board, &foreign.board, &nothing(&open.board)] {
        bob.get(&format!("/boards/{board}"))
            .await
            .refused(404, "not_found");
        bob.get(&format!("/tasks?board={board}&list={}", private.lists[0]))
            .await
            .refused(404, "not_found");
    }
    for query in [
        "board=x&list=x",
        "board={}",
        "list=0123456789abcdef",
        "board={}&list=x",
    ] {
        let query = query.replace("{}", &open.board);
        bob.get(&format!("/tasks?{query}"))
            .await
            .refused(400, "bad_filter");
    }
    let listed = format!("/tasks?board={}&list={}", open.board, open.lists[0]);
    for more in [
        "&status=todo",
        "&org=acme",
        &format!("&project={}", open.project),
        "&filter=status:todo",
    ] {
        bob.get(&format!("{listed}{more}"))
            .await
            .refused(400, "bad_filter");
    }
    let other = format!("/tasks?board={}&list={}", open.board, private.lists[0]);
    bob.get(&other).await.refused(404, "not_found");
    assert_eq!(stage.now().await, before);
}

#[tokio::test]
async fn a_list_that_cannot_be_is_refused() {
    let stage = Stage::new().await;
    let (open, private) = (&stage.open, &stage.private);
    let (bob, board) = (&stage.bob, format!("/boards/{}", open.board));
    let before = stage.now().await;
    let lists = format!("{board}/lists");
    bob.post(&lists, json!({ "name": "More", "status": "done" }))
        .await
        .refused(409, "status_taken");
    bob.post(&lists, json!({ "name": "More", "status": "nowhere" }))
        .await
        .refused(422, "validation_failed");
    let path = format!("{lists}/{}", open.lists[0]);
    bob.patch(&path, json!({ "status": "done" }))
        .await
        .refused(409, "status_taken");
    bob.patch(&path, json!({ "status": "nowhere" }))
        .await
        .refused(422, "validation_failed");
    bob.patch(&path, json!({ "wip_limit": 0 }))
        .await
        .refused(422, "validation_failed");
    // What it is already is no change.
    bob.patch(&path, json!({ "status": "todo" }))
        .await
        .expect(200);
    for list in [private.lists[0].as_str(), "0123456789abcdef", "x"] {
        bob.patch(&format!("{lists}/{list}"), json!({ "name": "Mine" }))
            .await
            .refused(404, "not_found");
        bob.delete(&format!("{lists}/{list}"))
            .await
            .refused(404, "not_found");
    }
    let [a, b, c] = [&open.lists[0], &open.lists[1], &open.lists[2]];
    for order in [
        json!([]),
        json!([a, b]),
        json!([a, b, b]),
        json!([a, b, private.lists[0]]),
        json!([a, b, c, a]),
    ] {
        let answer = bob
            .patch(&board, json!({ "list_order": order }))
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.fields(), ["/list_order"]);
    }
    bob.delete(&path).await.refused(409, "not_empty");
    for target in [a.as_str(), &private.lists[1], "x"] {
        bob.delete(&format!("{path}?move_tasks_to={target}"))
            .await
            .refused(400, "bad_filter");
    }
    assert_eq!(stage.now().await, before);
}

#[tokio::test]
async fn more_cards_than_one_request_moves_stay_where_they_are() {
    let stage = Stage::new().await;
    let (open, owner) = (&stage.open, &stage.team.owner);
    for n in 0..98 {
        stage.team.task(&open.project, &format!("Task {n}")).await;
    }
    let path = format!(
        "/boards/{}/lists/{}?move_tasks_to={}",
        open.board, open.lists[0], open.lists[2]
    );
    let before = stage.now().await;
    let refused = owner.delete(&path).await.refused(409, "limit_reached");
    assert_eq!(refused.body["limit"], 100);
    assert_eq!(stage.now().await, before);
    owner
        .delete(&format!("/tasks/{}", open.todo[0]))
        .await
        .expect(200);
    owner.delete(&path).await.expect(204);
    let board = owner
        .get(&format!("/boards/{}?limit=100", open.board))
        .await
        .expect(200);
    let counts = board.data()["lists"]
        .as_array()
        .unwrap()
        .iter()
        .map(|list| list["cards"].as_array().unwrap().len());
    assert_eq!(counts.collect::<Vec<_>>(), [1, 100]);
}
