//! Tasks and projects on the scale.

use reqwest::Method;
use serde_json::json;
use tests::{Person, Request, Team};

use super::scale::{Bound, NO_TARGET, Scale, at_most, exactly};

fn get(person: &Person, path: &str) -> Request {
    person.request(Method::GET, path)
}

/// A task of an ordinary size: title, description, assignee and due date.
fn task(project: &str, number: usize) -> serde_json::Value {
    let priority = ["low", "medium", "high", "urgent"][number % 4];
    json!({
        "project_id": project,
        "title": format!("Write the press release, part {number}"),
        "description": "Two pages, with a **quote** of the chief executive and the new logo.",
        "priority": priority,
        "due_date": format!("2026-12-{:02}", 1 + number % 28),
    })
}

/// The stage: three organizations of one person, a project open to all and a private one.
struct Stage {
    team: Team,
    ann: Person,
    bob: Person,
    open: String,
    closed: String,
}

impl Stage {
    async fn new(scale: &Scale<'_>) -> Self {
        let world = scale.world;
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let open = team.project("WEB").await;
        let closed = team.private_project("SEC").await;
        Self {
            team,
            ann,
            bob,
            open,
            closed,
        }
    }

    async fn task(&self, project: &str) -> String {
        self.ann
            .post("/tasks", task(project, 0))
            .await
            .expect(201)
            .id()
    }
}

/// Weighs what is done with tasks and projects.
pub async fn weigh(scale: &mut Scale<'_>) {
    let stage = Stage::new(scale).await;
    // What an instance reads once in its life (the keys to verify callers with) belongs to no call.
    for path in ["/tasks", "/projects", "/organizations", "/users/me"] {
        stage.ann.get(path).await.expect(200);
    }
    one(scale, &stage).await;
    changes(scale, &stage).await;
    creation(scale, &stage).await;
    boards(scale, &stage).await;
    dashboards(scale, &stage).await;
    lists(scale, &stage).await;
    labels(scale, &stage).await;
    workflows(scale, &stage).await;
    projects(scale, &stage).await;
    texts(scale, &stage).await;
}

/// Single tasks.
async fn one(scale: &mut Scale<'_>, stage: &Stage) {
    let (open, closed) = (
        stage.task(&stage.open).await,
        stage.task(&stage.closed).await,
    );
    let by_id = |id: &str| get(&stage.ann, &format!("/tasks/{id}"));
    scale
        .weigh("get by id", exactly(1, 4.0, 0.0), 200, by_id(&open))
        .await;
    scale
        .weigh(
            "get by id, restricted project",
            exactly(2, 5.0, 0.0),
            200,
            by_id(&closed),
        )
        .await;
    let other = scale.world.team(&stage.ann, "beta").await;
    // As many tasks are opened as there are organizations, whatever the key names, so that nobody counts hidden ones: two
    // trips, and up to four keys for each organization.
    let found = |k: f64, f: f64| at_most(6, 2.0 * k + 4.5 * f + 3.0 + 4.0 * k);
    scale
        .weigh(
            "get by key, 3 organizations, 1 with it",
            found(3.0, 1.0),
            200,
            by_id("WEB-1"),
        )
        .await;
    let twin = other.project("WEB").await;
    let task = stage.task(&twin).await;
    scale
        .weigh(
            "get by key, 3 organizations, 2 with it (409)",
            found(3.0, 2.0),
            409,
            by_id("WEB-1"),
        )
        .await;
    stage
        .ann
        .delete(&format!("/tasks/{task}"))
        .await
        .expect(200);
}

/// Changes of tasks.
async fn changes(scale: &mut Scale<'_>, stage: &Stage) {
    let (open, closed) = (
        stage.task(&stage.open).await,
        stage.task(&stage.closed).await,
    );
    let to = |id: &str| format!("/tasks/{id}");
    let patch = |id: &str, body| stage.ann.request(Method::PATCH, &to(id)).json(body);
    let plain = exactly(2, 4.0, 2.0);
    scale
        .weigh(
            "patch the title",
            plain,
            200,
            patch(&open, json!({ "title": "Write it" })),
        )
        .await;
    scale
        .weigh(
            "patch the description",
            plain,
            200,
            patch(&open, json!({ "description": "Write it" })),
        )
        .await;
    let (me, bob) = (
        json!({ "assignee_id": stage.ann.id }),
        json!({ "assignee_id": stage.bob.id }),
    );
    scale
        .weigh(
            "assign to oneself (the key stays)",
            exactly(2, 4.0, 2.0),
            200,
            patch(&open, me.clone()),
        )
        .await;
    scale
        .weigh("assign", exactly(2, 5.0, 4.0), 200, patch(&open, bob))
        .await;
    let member = format!("/projects/{}/members/{}", stage.closed, stage.bob.id);
    stage
        .ann
        .put(&member, json!({ "role": "member" }))
        .await
        .expect(200);
    let bob = json!({ "assignee_id": stage.bob.id });
    scale
        .weigh(
            "assign, restricted project",
            exactly(3, 6.0, 4.0),
            200,
            patch(&closed, bob),
        )
        .await;
    let step = |id: &str, status: &str| {
        stage
            .ann
            .request(Method::POST, &format!("/tasks/{id}/transition"))
            .json(json!({ "to": status }))
    };
    scale
        .weigh(
            "transition",
            exactly(2, 4.0, 4.0),
            200,
            step(&open, "in_progress"),
        )
        .await;
    scale
        .weigh(
            "transition, restricted project",
            exactly(3, 5.0, 4.0),
            200,
            step(&closed, "in_progress"),
        )
        .await;
    scale
        .weigh(
            "transition that closes",
            exactly(2, 4.0, 6.0),
            200,
            step(&open, "done"),
        )
        .await;
    scale
        .weigh(
            "transition that opens",
            exactly(2, 4.0, 6.0),
            200,
            step(&open, "todo"),
        )
        .await;
    let remove = stage.ann.request(Method::DELETE, &to(&open));
    scale
        .weigh("delete", exactly(2, 4.0, 6.0), 200, remove)
        .await;
    let restore = stage
        .ann
        .request(Method::POST, &format!("/trash/task/{open}/restore"));
    scale
        .weigh("restore", exactly(2, 4.0, 6.0), 200, restore)
        .await;
}

/// Tasks whose text stands apart.
async fn texts(scale: &mut Scale<'_>, stage: &Stage) {
    let text = |word: &str| [word; 800].join(" ");
    let new = |word: &str| json!({ "project_id": stage.open, "title": "Task", "description": text(word) });
    let create = stage.ann.request(Method::POST, "/tasks").json(new("text"));
    let made = scale
        .weigh("create task, 4 KB of text", NO_TARGET, 201, create)
        .await;
    let path = format!("/tasks/{}", made.id());
    scale
        .weigh(
            "get by id, 4 KB of text",
            exactly(2, 5.0, 0.0),
            200,
            get(&stage.ann, &path),
        )
        .await;
    let patch = |body| stage.ann.request(Method::PATCH, &path).json(body);
    scale
        .weigh(
            "patch the title, 4 KB of text",
            exactly(3, 5.0, 2.0),
            200,
            patch(json!({ "title": "Other" })),
        )
        .await;
    let other = patch(json!({ "description": text("next") }));
    scale
        .weigh("replace 4 KB of text", NO_TARGET, 200, other)
        .await;
    let list = get(
        &stage.ann,
        &format!("/tasks?project={}&limit=1", stage.open),
    );
    scale
        .weigh("list 1, 4 KB of text", at_most(1, 4.5), 200, list)
        .await;
}

/// New tasks.
async fn creation(scale: &mut Scale<'_>, stage: &Stage) {
    let create = |body| stage.ann.request(Method::POST, "/tasks").json(body);
    let mut assigned = task(&stage.open, 1);
    assigned["assignee_id"] = stage.bob.id.clone().into();
    scale
        .weigh(
            "create task",
            exactly(3, 4.0, 6.0),
            201,
            create(task(&stage.open, 1)),
        )
        .await;
    let keyed = create(task(&stage.open, 2)).header("idempotency-key", "one");
    scale
        .weigh("create task, with a key", exactly(4, 6.0, 7.0), 201, keyed)
        .await;
    // Nothing is numbered, nothing is written.
    let again = create(task(&stage.open, 2)).header("idempotency-key", "one");
    scale
        .weigh("create task, replayed", exactly(1, 6.0, 0.0), 201, again)
        .await;
    scale
        .weigh(
            "create task, with an assignee",
            exactly(3, 5.0, 6.0),
            201,
            create(assigned.clone()),
        )
        .await;
    let both = create(assigned).header("idempotency-key", "two");
    scale
        .weigh("create task, with both", exactly(4, 7.0, 7.0), 201, both)
        .await;
}

/// Numbers.
async fn dashboards(scale: &mut Scale<'_>, stage: &Stage) {
    let cost = |trips: f64, reads: f64| (Bound::Is(trips), Bound::Is(reads), Bound::Is(0.0));
    // What an instance reads once in its life belongs to no call.
    stage
        .ann
        .get(&format!("/dashboard?project={}", stage.open))
        .await
        .expect(200);
    // What authorizes, the profile for the time zone, and half a unit for each of nine stretches of keys.
    let of = |project: &str| get(&stage.ann, &format!("/dashboard?project={project}"));
    scale
        .weigh(
            "dashboard of a project",
            cost(2.0, 9.5),
            200,
            of(&stage.open),
        )
        .await;
    scale
        .weigh(
            "dashboard of a restricted project",
            cost(2.0, 9.5),
            200,
            of(&stage.closed),
        )
        .await;
    let of = get(&stage.ann, &format!("/dashboard?org={}", stage.team.id));
    scale
        .weigh(
            "dashboard of an organization, 1 restricted project",
            cost(3.0, 6.0),
            200,
            of,
        )
        .await;
    scale
        .weigh(
            "dashboard of the default organization",
            cost(5.0, 10.0),
            200,
            get(&stage.ann, "/dashboard"),
        )
        .await;
}

/// Boards, and cards that move.
async fn boards(scale: &mut Scale<'_>, stage: &Stage) {
    let ann = &stage.ann;
    let create = |project: &str| {
        ann.request(Method::POST, "/boards")
            .json(json!({ "project_id": project, "name": "Development" }))
    };
    let board = scale
        .weigh("create board", NO_TARGET, 201, create(&stage.open))
        .await;
    let closed = create(&stage.closed).send().await.expect(201).id();
    let list =
        |at: usize| json!({ "board_id": board.id(), "list_id": board.data()["lists"][at]["id"] });
    let mut tasks = vec![];
    for _ in 0..4 {
        tasks.push(stage.task(&stage.open).await);
    }
    let to = |task: &str, body| {
        ann.request(Method::POST, &format!("/tasks/{task}/move"))
            .json(body)
    };
    let between = json!({ "after": tasks[0], "before": tasks[1] });
    scale
        .weigh(
            "move in a column",
            exactly(2, 6.0, 4.0),
            200,
            to(&tasks[3], between),
        )
        .await;
    let end = json!({ "before": tasks[0] });
    scale
        .weigh(
            "move in a column, to an end",
            exactly(2, 5.0, 4.0),
            200,
            to(&tasks[3], end),
        )
        .await;
    for task in &tasks[..2] {
        ann.post(&format!("/tasks/{task}/move"), list(1))
            .await
            .expect(200);
    }
    let mut place = list(1);
    (place["after"], place["before"]) = (tasks[0].clone().into(), tasks[1].clone().into());
    scale
        .weigh(
            "move to another column",
            exactly(2, 7.0, 4.0),
            200,
            to(&tasks[2], place.clone()),
        )
        .await;
    let path = format!(
        "/boards/{}/lists/{}",
        board.id(),
        board.data()["lists"][1]["id"].as_str().unwrap_or_default()
    );
    let limit = ann
        .request(Method::PATCH, &path)
        .json(json!({ "wip_limit": 10 }));
    scale
        .weigh("change a list of a board", NO_TARGET, 200, limit)
        .await;
    // The limit is known when the board is, so the count comes behind it.
    let counted = (Bound::Is(3.0), Bound::Is(7.5), Bound::Is(4.0));
    scale
        .weigh(
            "move to another column with a limit",
            counted,
            200,
            to(&tasks[3], place),
        )
        .await;
    scale
        .weigh(
            "move to a column that closes",
            exactly(2, 5.0, 6.0),
            200,
            to(&tasks[3], list(2)),
        )
        .await;
    let settle = json!({ "project_id": stage.closed });
    // The project stands in the place of a task among those of its person too, so that row moves.
    let target = (Bound::Is(3.0), Bound::Most(7.0), Bound::Is(13.0));
    scale
        .weigh(
            "move to another project",
            target,
            200,
            to(&tasks[3], settle),
        )
        .await;
    let trips = |trips| (Bound::Is(trips), Bound::Any, Bound::Is(0.0));
    let show = |id: &str| get(ann, &format!("/boards/{id}"));
    scale
        .weigh("board of three columns", trips(3.0), 200, show(&board.id()))
        .await;
    scale
        .weigh(
            "board of three columns, restricted project",
            trips(4.0),
            200,
            show(&closed),
        )
        .await;
    let listed = format!(
        "/tasks?board={}&list={}",
        board.id(),
        list(0)["list_id"].as_str().unwrap_or_default()
    );
    scale
        .weigh("list 20 of a list", trips(3.0), 200, get(ann, &listed))
        .await;
    let boards = format!("/boards?project={}", stage.open);
    scale
        .weigh("list boards", at_most(1, 4.5), 200, get(ann, &boards))
        .await;
}

/// Lists of a project with 120 tasks, and of one's own.
async fn lists(scale: &mut Scale<'_>, stage: &Stage) {
    for number in 0..110 {
        stage
            .ann
            .post("/tasks", task(&stage.open, number))
            .await
            .expect(201);
    }
    let list = |query: &str| get(&stage.ann, &format!("/tasks?project={}{query}", stage.open));
    // The design counts these for rows of the largest size that is allowed.
    scale
        .weigh(
            "list 20, default order",
            at_most(1, 4.0 + 3.0),
            200,
            list(""),
        )
        .await;
    for order in ["priority", "due_date", "position&status=todo"] {
        let name = format!(
            "list 20, by {}",
            order.split('&').next().unwrap_or_default()
        );
        scale
            .weigh(
                &name,
                at_most(2, 4.0 + 12.0),
                200,
                list(&format!("&ordering={order}")),
            )
            .await;
    }
    let filtered = at_most(2, 4.0 + 65.0);
    scale
        .weigh(
            "list 20, default order, filtered",
            filtered,
            200,
            list("&status=todo&q=part"),
        )
        .await;
    scale
        .weigh(
            "list 20, by priority, filtered",
            filtered,
            200,
            list("&ordering=priority&q=part 1"),
        )
        .await;
    let people = "&include=project,assignee,creator";
    // One project, two people.
    scale
        .weigh(
            "list 20, include= three things",
            at_most(2, 7.0 + 1.5),
            200,
            list(people),
        )
        .await;
    let mine = at_most(3, 2.5 * 3.0 + 12.0 + 1.0);
    scale
        .weigh(
            "my tasks, 3 organizations, 1 restricted project",
            mine,
            200,
            get(&stage.ann, "/tasks"),
        )
        .await;
    scale
        .weigh(
            "list projects, 3 organizations",
            NO_TARGET,
            200,
            get(&stage.ann, "/projects"),
        )
        .await;
    scale
        .weigh(
            "trash, 3 organizations",
            NO_TARGET,
            200,
            get(&stage.ann, "/trash"),
        )
        .await;
}

/// Projects.
async fn projects(scale: &mut Scale<'_>, stage: &Stage) {
    let ann = &stage.ann;
    let create = |key: &str, visibility: &str| {
        let name = format!("Project {key}");
        let body = json!({ "organization_id": stage.team.id, "name": name, "key": key, "visibility": visibility });
        ann.request(Method::POST, "/projects").json(body)
    };
    let made = scale
        .weigh(
            "create project",
            NO_TARGET,
            201,
            create("NEW", "organization"),
        )
        .await
        .id();
    scale
        .weigh(
            "create project, private",
            NO_TARGET,
            201,
            create("PRIV", "private"),
        )
        .await;
    let to = |rest: &str| format!("/projects/{made}{rest}");
    scale
        .weigh("get project", exactly(1, 4.0, 0.0), 200, get(ann, &to("")))
        .await;
    let patch = ann
        .request(Method::PATCH, &to(""))
        .json(json!({ "name": "Newer" }));
    scale.weigh("patch project", NO_TARGET, 200, patch).await;
    let member = format!("/members/{}", stage.bob.id);
    let put = ann
        .request(Method::PUT, &to(&member))
        .json(json!({ "role": "member" }));
    scale.weigh("put project member", NO_TARGET, 200, put).await;
    scale
        .weigh(
            "list project members",
            NO_TARGET,
            200,
            get(ann, &to("/members")),
        )
        .await;
    scale
        .weigh(
            "remove project member",
            NO_TARGET,
            204,
            ann.request(Method::DELETE, &to(&member)),
        )
        .await;
    scale
        .weigh(
            "archive project",
            NO_TARGET,
            200,
            ann.request(Method::POST, &to("/archive")),
        )
        .await;
    scale
        .weigh(
            "unarchive project",
            NO_TARGET,
            200,
            ann.request(Method::POST, &to("/unarchive")),
        )
        .await;
    scale
        .weigh(
            "delete project",
            NO_TARGET,
            200,
            ann.request(Method::DELETE, &to("")),
        )
        .await;
    scale
        .weigh(
            "restore project",
            NO_TARGET,
            200,
            ann.request(Method::POST, &to("/restore")),
        )
        .await;
}

/// Labels, and tasks that carry them.
async fn labels(scale: &mut Scale<'_>, stage: &Stage) {
    let ann = &stage.ann;
    let create = |body| ann.request(Method::POST, "/labels").json(body);
    let in_org =
        |name: &str| json!({ "organization_id": stage.team.id, "name": name, "color": "#d73a4a" });
    let bug = scale
        .weigh("create label", NO_TARGET, 201, create(in_org("Bug")))
        .await
        .id();
    let own = json!({ "project_id": stage.open, "name": "Defect" });
    let defect = scale
        .weigh("create label of a project", NO_TARGET, 201, create(own))
        .await
        .id();
    let mut marked = task(&stage.open, 1);
    marked["labels"] = json!([bug, defect]);
    let create = ann.request(Method::POST, "/tasks").json(marked);
    // One unit more for each label.
    let task = scale
        .weigh(
            "create task, with 2 labels",
            exactly(3, 6.0, 6.0),
            201,
            create,
        )
        .await
        .id();
    let patch = |path: &str, body| ann.request(Method::PATCH, path).json(body);
    let path = format!("/tasks/{task}");
    let mark = patch(&path, json!({ "labels": [bug] }));
    scale
        .weigh("patch a task's labels", exactly(2, 5.0, 2.0), 200, mark)
        .await;
    let label = format!("/labels/{defect}");
    scale
        .weigh(
            "patch label",
            NO_TARGET,
            200,
            patch(&label, json!({ "color": "#000000" })),
        )
        .await;
    scale
        .weigh(
            "rename label",
            NO_TARGET,
            200,
            patch(&label, json!({ "name": "Fault" })),
        )
        .await;
    ann.patch(&path, json!({ "labels": [defect] }))
        .await
        .expect(200);
    scale
        .weigh(
            "merge labels",
            NO_TARGET,
            200,
            patch(&label, json!({ "merge_into": bug })),
        )
        .await;
    // What its labels are now, it knows without reading them.
    scale
        .weigh(
            "get by id, with a merged label",
            exactly(1, 4.0, 0.0),
            200,
            get(ann, &path),
        )
        .await;
    let include = get(ann, &format!("{path}?include=labels"));
    scale
        .weigh(
            "get by id, include=labels",
            exactly(2, 4.5, 0.0),
            200,
            include,
        )
        .await;
    let filtered = at_most(2, 4.0 + 65.0);
    let list = |query: &str| get(ann, &format!("/tasks?project={}&label={query}", stage.open));
    scale
        .weigh("list 20, with a label", filtered, 200, list(&bug))
        .await;
    scale
        .weigh(
            "list labels of a project",
            NO_TARGET,
            200,
            get(ann, &format!("/labels?project={}", stage.open)),
        )
        .await;
    scale
        .weigh(
            "list labels, 3 organizations",
            NO_TARGET,
            200,
            get(ann, "/labels"),
        )
        .await;
    scale
        .weigh(
            "delete label",
            NO_TARGET,
            204,
            ann.request(Method::DELETE, &format!("/labels/{bug}")),
        )
        .await;
}

/// A project with a workflow of its own.
async fn workflows(scale: &mut Scale<'_>, stage: &Stage) {
    let ann = &stage.ann;
    let project = stage.team.project("FLOW").await;
    let task = stage.task(&project).await;
    let path = format!("/projects/{project}/workflow");
    scale
        .weigh("get workflow", exactly(1, 4.0, 0.0), 200, get(ann, &path))
        .await;
    let status =
        |key: &str, category: &str| json!({ "key": key, "name": key, "category": category });
    let statuses = json!([
        status("new", "todo"),
        status("doing", "in_progress"),
        status("over", "done")
    ]);
    let map = json!({ "todo": "new" });
    let put = |seen: &str, body| {
        ann.request(Method::PUT, &path)
            .header("if-match", seen)
            .json(body)
    };
    let first = json!({ "statuses": statuses, "status_map": map });
    scale
        .weigh(
            "put workflow, 2 statuses looked for",
            NO_TARGET,
            200,
            put("\"v1\"", first),
        )
        .await;
    scale
        .weigh(
            "put workflow again",
            NO_TARGET,
            200,
            put("\"v2\"", json!({ "statuses": statuses })),
        )
        .await;
    let step = |status: &str| {
        ann.request(Method::POST, &format!("/tasks/{task}/transition"))
            .json(json!({ "to": status }))
    };
    scale
        .weigh(
            "transition, custom workflow",
            exactly(3, 5.0, 4.0),
            200,
            step("doing"),
        )
        .await;
    scale
        .weigh(
            "transition that closes, custom workflow",
            exactly(3, 5.0, 6.0),
            200,
            step("over"),
        )
        .await;
    let by_id = get(ann, &format!("/tasks/{task}"));
    scale
        .weigh(
            "get by id, custom workflow",
            exactly(2, 5.0, 0.0),
            200,
            by_id,
        )
        .await;
}
