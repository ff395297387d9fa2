//! Lists and rendered answers with the largest and most hostile content that is accepted: each fits into what Lambda hands
//! on, so nobody makes a thing unreadable for the others.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Person, Team, World};

/// The most that Lambda answers, in bytes of the body as it stands in the answer's JSON (6 MB), with some room.
const MOST: usize = 5_500_000;

/// A text that grows fourfold on its way: a quotation mark is escaped in the body, and the escape in what Lambda answers.
fn quotes(length: usize) -> String {
    "\"".repeat(length)
}

/// Links to references are the dearest that Markdown has: a short word becomes a long address.
fn links() -> String {
    let address = format!("https://example.com/{}", "a".repeat(1_900));
    let uses = (10_000 - address.len() - 10) / 4;
    format!("{}\n\n[a]: {address}\n", "[a] ".repeat(uses))
}

struct Stage {
    world: World,
    team: Team,
    ann: Person,
    project: String,
    task: String,
}

impl Stage {
    async fn new() -> Self {
        let world = World::with(|options| options.large = true).await;
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let project = team.project("WEB").await;
        let task = team.task(&project, &format!("a{}", quotes(198))).await;
        Self {
            world,
            team,
            ann,
            project,
            task,
        }
    }

    async fn bulk(&self, operations: &[Value]) {
        for some in operations.chunks(100) {
            let body = json!({ "mode": "best_effort", "operations": some });
            let answer = self.ann.post("/tasks/bulk", body).await.expect(200);
            let done = |row: &Value| row["status"].as_u64().is_some_and(|status| status < 300);
            assert!(answer.rows().iter().all(done), "{}", answer.text);
        }
    }

    /// Fails unless a list is answered, and in size.
    async fn fits(&self, path: &str) {
        let answer = self.ann.get(path).await.expect(200);
        let size = serde_json::to_string(&answer.text).unwrap().len();
        assert!(size <= MOST, "{path}: {size}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_05_lists_of_the_largest_things_fit_into_an_answer() {
    let stage = Stage::new().await;
    let (ann, org, project) = (&stage.ann, &stage.team.id, &stage.project);
    let mut labels = vec![];
    for n in 0..20 {
        let name = format!("{n:02}{}", quotes(38));
        let label = json!({ "organization_id": org, "name": name, "color": "#0969da" });
        labels.push(ann.post("/labels", label).await.expect(201).id());
    }
    let statuses: Vec<Value> = (0..30)
        .map(|n| {
            let category = ["todo", "in_progress", "done"][(n / 10).min(2)];
            json!({ "key": format!("s{n}"), "name": format!("{n:02}{}", quotes(38)), "category": category })
        })
        .collect();
    let workflow = json!({ "statuses": statuses, "status_map": { "todo": "s0", "in_progress": "s10", "done": "s20" } });
    let made = ann
        .request(
            reqwest::Method::PUT,
            &format!("/projects/{project}/workflow"),
        )
        .header("if-match", "\"v1\"");
    made.json(workflow).send().await.expect(200);
    let board = ann
        .post(
            "/boards",
            json!({ "project_id": project, "name": quotes(80) }),
        )
        .await
        .expect(201)
        .id();
    let task = |n: usize| {
        json!({
            "op": "create", "project_id": project, "title": format!("{n:04}{}", quotes(196)),
            "description": "x".repeat(2_000), "status": format!("s{}", n % 30), "labels": labels,
            "assignee_id": stage.ann.id, "due_date": "2030-01-01",
        })
    };
    stage.bulk(&(0..900).map(task).collect::<Vec<_>>()).await;
    for n in 0..60 {
        let wish =
            json!([{ "email": format!("{}{n}@example.com", "x".repeat(50)), "role": "member" }]);
        let path = format!("/organizations/{org}/invitations");
        if ann.post(&path, wish).await.status == 429 {
            stage.world.clock.advance(SignedDuration::from_hours(24));
        }
    }
    stage.world.cloud.settle().await;
    let lists = [
        format!("/tasks?project={project}&include=labels,assignee,project,counts&limit=100"),
        format!("/boards/{board}?include=counts"),
        format!("/projects/{project}/workflow"),
        format!("/activity?org={org}&limit=100"),
        format!("/audit-logs?org={org}&category=all&limit=100"),
        format!("/labels?org={org}&limit=100"),
        format!("/organizations/{org}/invitations?limit=100"),
        format!("/dashboard?project={project}"),
    ];
    for path in lists {
        stage.fits(&path).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_05_what_is_rendered_and_its_history_fit_into_an_answer() {
    let stage = Stage::new().await;
    let ann = &stage.ann;
    let comments = format!("/tasks/{}/comments", stage.task);
    for body in [
        links(),
        quotes(10_000),
        "<".repeat(10_000),
        "> ".repeat(4_999),
        "😀".repeat(10_000),
    ] {
        let comment = ann.post(&comments, json!({ "body": body })).await;
        assert!([201, 422].contains(&comment.status), "{}", comment.text);
        if comment.status != 201 {
            continue;
        }
        let place = format!("{comments}/{}", comment.id());
        for n in 0..50 {
            let text: String = format!("{n}").chars().chain(body.chars().skip(2)).collect();
            let edited = ann.patch(&place, json!({ "body": text })).await;
            assert!([200, 422].contains(&edited.status), "{}", edited.text);
        }
        stage.fits(&format!("{place}/history")).await;
        stage.fits(&place).await;
    }
    for _ in 0..30 {
        ann.post(&comments, json!({ "body": quotes(10_000) }))
            .await
            .expect(201);
    }
    for path in [
        format!("{comments}?limit=100"),
        format!("/tasks/{}/activity?limit=100", stage.task),
    ] {
        stage.fits(&path).await;
    }
    let description = json!({ "description": quotes(32_768) });
    ann.patch(&format!("/tasks/{}", stage.task), description.clone())
        .await
        .expect(200);
    ann.patch(&format!("/projects/{}", stage.project), description)
        .await
        .expect(200);
    stage
        .fits(&format!(
            "/tasks/{}?include=project,assignee,counts",
            stage.task
        ))
        .await;
    stage.fits(&format!("/projects/{}", stage.project)).await;
}
