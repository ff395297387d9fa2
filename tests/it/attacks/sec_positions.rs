//! What lives may not tell of what is hidden: how much of it there is.

use serde_json::{Value, json};
use tests::{Live, Person, Team, World};

/// An organization whose owner has a private project beside an open one, and a member who sees only that.
struct Stage {
    world: World,
    team: Team,
    ann: Person,
    bob: Person,
    open: String,
    task: String,
    hidden: String,
}

impl Stage {
    async fn new() -> Self {
        let world = World::new().await;
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        let bob = world.member(&team, "bob", "member").await;
        let open = team.project("WEB").await;
        let task = team.task(&open, "Seen by all").await;
        let hidden = team.private_project("HIDE").await;
        world.cloud.settle().await;
        Self {
            world,
            team,
            ann,
            bob,
            open,
            task,
            hidden,
        }
    }

    fn topics(&self) -> [String; 3] {
        [
            format!("org:{}", self.team.id),
            format!("project:{}", self.open),
            format!("task:{}", self.task),
        ]
    }

    async fn listening(&self, person: &Person) -> (Live, Value) {
        let mut live = self.world.live(person).await;
        let ack = live
            .subscribe(&self.topics().each_ref().map(String::as_str))
            .await;
        (live, ack)
    }

    /// Much that only those in the private project may know of.
    async fn secrets(&self) {
        for n in 0..5 {
            let task = self.team.task(&self.hidden, &format!("Secret {n}")).await;
            self.ann
                .patch(&format!("/tasks/{task}"), json!({ "priority": "high" }))
                .await
                .expect(200);
            let said = json!({ "body": "Nobody may know that something is said here" });
            self.ann
                .post(&format!("/tasks/{task}/comments"), said)
                .await
                .expect(201);
        }
        let project = format!("/projects/{}", self.hidden);
        self.ann
            .patch(&project, json!({ "name": "Another secret" }))
            .await
            .expect(200);
        self.ann
            .post(&format!("{project}/archive"), json!({}))
            .await
            .expect(200);
        let more = self.team.private_project("MORE").await;
        self.ann
            .delete(&format!("/projects/{more}"))
            .await
            .expect(200);
        self.world.cloud.settle().await;
    }
}

/// The position that is told of each topic.
fn positions(frame: &Value) -> Vec<(&str, &str)> {
    let topics = frame["topics"].as_array().unwrap();
    let text = |one: &'_ Value| {
        one["position"]
            .as_str()
            .is_some_and(|text| text.len() == 48)
    };
    assert!(topics.iter().all(text), "{frame}");
    topics
        .iter()
        .map(|one| {
            (
                one["topic"].as_str().unwrap(),
                one["position"].as_str().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn sec_low_what_is_hidden_moves_no_position_and_sends_no_message() {
    let stage = Stage::new().await;
    let (mut live, ack) = stage.listening(&stage.bob).await;
    stage.secrets().await;
    let pong = live.ask(json!({ "action": "ping" })).await;
    assert_eq!(positions(&pong), positions(&ack));
    assert_eq!(
        live.waiting().count(),
        0,
        "{:?}",
        live.waiting().collect::<Vec<_>>()
    );
    let place = |frame: &Value| frame["topics"][0]["resume_from"].clone();
    let again = live
        .subscribe(&stage.topics().each_ref().map(String::as_str))
        .await;
    assert_eq!(positions(&again), positions(&ack));
    assert_ne!(
        place(&again),
        place(&ack),
        "it is another text each time, whether something happened or not"
    );
    assert_eq!(place(&pong), Value::Null);
    // What all may know follows what was known, as if there had been nothing between.
    stage
        .ann
        .patch(
            &format!("/tasks/{}", stage.task),
            json!({ "title": "Seen once more" }),
        )
        .await
        .expect(200);
    stage.world.cloud.settle().await;
    let frames = live.drain().await;
    assert_eq!(frames.len(), 2, "{frames:?}");
    for frame in &frames {
        let known = positions(&ack)
            .into_iter()
            .find(|(topic, _)| frame["topic"] == *topic)
            .unwrap();
        assert_eq!(frame["prev"], known.1, "{frame}");
    }
    // Nor does what was missed.
    let missed = live.resume_part(&stage.team.id, &ack["topics"]).await;
    let kinds: Vec<&Value> = missed["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["type"])
        .collect();
    assert_eq!(
        (kinds, &missed["more"], missed.get("changed")),
        (vec![&json!("task.updated")], &json!(false), None)
    );
    for text in [
        ack.to_string(),
        pong.to_string(),
        missed.to_string(),
        json!(frames).to_string(),
    ] {
        assert!(
            !text.contains("\"seq\"") && !text.to_lowercase().contains("secret"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn sec_low_however_many_hidden_things_change_no_position_does() {
    let stage = Stage::new().await;
    let (mut live, _) = stage.listening(&stage.bob).await;
    stage
        .ann
        .patch(
            &format!("/tasks/{}", stage.task),
            json!({ "title": "Once" }),
        )
        .await
        .expect(200);
    stage.world.cloud.settle().await;
    let before = live.ask(json!({ "action": "ping" })).await;
    live.drain().await;
    // More topics than anything remembers.
    let one = |n: usize| json!({ "op": "create", "project_id": stage.hidden, "title": format!("Secret {n}") });
    let body =
        json!({ "mode": "best_effort", "operations": (0..100).map(one).collect::<Vec<_>>() });
    stage.ann.post("/tasks/bulk", body).await.expect(200);
    stage.world.cloud.settle().await;
    let after = live.ask(json!({ "action": "ping" })).await;
    assert_eq!(positions(&after), positions(&before));
    stage
        .ann
        .patch(
            &format!("/tasks/{}", stage.task),
            json!({ "title": "Twice" }),
        )
        .await
        .expect(200);
    stage.world.cloud.settle().await;
    let known = positions(&before);
    for frame in live.drain().await {
        let (_, position) = known
            .iter()
            .find(|(topic, _)| frame["topic"] == *topic)
            .unwrap();
        assert_eq!(frame["prev"], *position, "{frame}");
    }
}

#[tokio::test]
async fn sec_low_who_lost_a_topic_is_told_nothing_of_it_before_its_next_event() {
    let stage = Stage::new().await;
    let (mut live, ack) = stage.listening(&stage.bob).await;
    let body = json!({ "visibility": "private" });
    stage.world.cloud.faults().add(
        local::Fault::fail_before("PostToConnection")
            .in_function("broadcast")
            .times(usize::MAX),
    );
    stage
        .ann
        .patch(&format!("/projects/{}", stage.open), body)
        .await
        .expect(200);
    let pong = live.ask(json!({ "action": "ping" })).await;
    let told: Vec<&str> = pong["topics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["topic"].as_str().unwrap())
        .collect();
    assert_eq!(told, [format!("org:{}", stage.team.id)]);
    for n in [1, 2] {
        let refused = live
            .resume_part(&stage.team.id, &json!([ack["topics"][n]]))
            .await;
        assert_eq!(
            refused["errors"][0]["field"], "/topics/0/topic",
            "{refused}"
        );
    }
}

#[tokio::test]
async fn what_was_just_heard_comes_again_where_it_is_asked_for() {
    let stage = Stage::new().await;
    stage
        .ann
        .patch(
            &format!("/tasks/{}", stage.task),
            json!({ "title": "Just now" }),
        )
        .await
        .expect(200);
    stage.world.cloud.settle().await;
    let (mut live, ack) = stage.listening(&stage.bob).await;
    let ask = async |live: &mut Live, overlap: u64| {
        let topic = &ack["topics"][2];
        let point = json!({ "topic": topic["topic"], "position": topic["resume_from"] });
        let ask = json!({ "action": "resume", "organization": stage.team.id, "topics": [point], "overlap": overlap });
        let frame = live.ask(ask).await;
        let titles = frame["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["subject"]["name"].clone());
        (
            titles.collect::<Vec<_>>(),
            frame["topics"][0]["position"] == topic["position"],
        )
    };
    assert_eq!(ask(&mut live, 0).await, (vec![], true));
    let (titles, complete) = ask(&mut live, 60).await;
    assert_eq!(
        (titles.last().unwrap(), complete),
        (&json!("WEB-1 Just now"), true)
    );
    stage
        .world
        .clock
        .advance(jiff::SignedDuration::from_secs(70));
    assert_eq!(ask(&mut live, 60).await, (vec![], true));
}

#[tokio::test]
async fn sec_low_what_happens_to_a_private_project_is_said_aside_to_those_who_see_it() {
    let stage = Stage::new().await;
    let (mut ann, ack) = stage.listening(&stage.ann).await;
    let (mut bob, _) = stage.listening(&stage.bob).await;
    stage
        .ann
        .patch(
            &format!("/projects/{}", stage.hidden),
            json!({ "name": "Renamed" }),
        )
        .await
        .expect(200);
    stage.world.cloud.settle().await;
    assert!(bob.drain().await.is_empty());
    let frames = ann.drain().await;
    let [frame] = frames.as_slice() else {
        panic!("{frames:?}")
    };
    assert_eq!(
        (&frame["topic"], &frame["events"][0]["type"]),
        (
            &json!(format!("user:{}", stage.ann.id)),
            &json!("project.updated")
        )
    );
    assert_eq!((frame.get("position"), frame.get("prev")), (None, None));
    // Who has missed it gets it with what the organization has told.
    let (_, events) = ann.resume(&stage.team.id, &ack["topics"]).await;
    assert_eq!(
        events
            .iter()
            .map(|event| &event["type"])
            .collect::<Vec<_>>(),
        ["project.updated"]
    );
    // As it becomes private, all learn that it has gone; as it opens, that it is there.
    let visible = async |visibility: &str| {
        let body = json!({ "visibility": visibility });
        stage
            .ann
            .patch(&format!("/projects/{}", stage.open), body)
            .await
            .expect(200);
        stage.world.cloud.settle().await;
    };
    let org = format!("org:{}", stage.team.id);
    visible("private").await;
    let frames = bob.drain().await;
    let gone: Vec<&Value> = frames
        .iter()
        .filter(|frame| frame["topic"] == org.as_str())
        .collect();
    assert_eq!(
        (gone.len(), &gone[0]["type"]),
        (1, &json!("changed")),
        "{frames:?}"
    );
    assert_eq!(
        gone[0]["subject"],
        json!({ "id": stage.open, "name": null })
    );
    visible("organization").await;
    let frames = bob.drain().await;
    let back: Vec<&Value> = frames
        .iter()
        .filter(|frame| frame["topic"] == org.as_str())
        .collect();
    assert_eq!(
        (back.len(), &back[0]["events"][0]["type"]),
        (1, &json!("project.updated")),
        "{frames:?}"
    );
    assert_eq!(back[0]["prev"], gone[0]["position"]);
}

#[tokio::test]
async fn sec_low_a_position_is_good_for_its_person_in_its_topic_only() {
    let stage = Stage::new().await;
    let (_, of_ann) = stage.listening(&stage.ann).await;
    let (mut live, ack) = stage.listening(&stage.bob).await;
    let [org, project, task] = [0, 1, 2].map(|n| ack["topics"][n].clone());
    let swapped = json!({ "topic": org["topic"], "resume_from": project["resume_from"] });
    let strange = json!({ "topic": "task:5e5e5e5e-5e23-8321-a121-212121212121", "resume_from": task["resume_from"] });
    let cases = [
        (of_ann["topics"][0].clone(), "/topics/0/position"),
        (swapped, "/topics/0/position"),
        (
            json!({ "topic": org["topic"], "resume_from": "418" }),
            "/topics/0/position",
        ),
        (strange, "/topics/0/topic"),
    ];
    for (point, field) in cases {
        let refused = live.resume_part(&stage.team.id, &json!([point])).await;
        assert_eq!(
            (&refused["code"], &refused["errors"][0]["field"]),
            (&json!("validation_failed"), &json!(field)),
            "{refused}"
        );
    }
    let path = format!("/activity?project={}&after=", stage.open);
    for after in [
        &org["position"],
        &of_ann["topics"][1]["position"],
        &json!("418"),
        &json!(""),
    ] {
        let answer = stage
            .bob
            .get(&format!("{path}{}", after.as_str().unwrap()))
            .await;
        assert_eq!(
            answer.refused(400, "bad_filter").body["errors"][0]["field"],
            "after"
        );
    }
    stage
        .bob
        .get(&format!("{path}{}", project["position"].as_str().unwrap()))
        .await
        .expect(200);
}

#[tokio::test]
async fn the_activity_after_a_position_is_what_came_since() {
    let stage = Stage::new().await;
    let (mut live, ack) = stage.listening(&stage.bob).await;
    let lists = [
        (format!("/activity?org={}", stage.team.id), 0),
        (format!("/activity?project={}", stage.open), 1),
        (
            format!("/tasks/{}/activity?org={}", stage.task, stage.team.id),
            2,
        ),
    ];
    for n in 0..3 {
        stage
            .ann
            .patch(
                &format!("/tasks/{}", stage.task),
                json!({ "title": format!("Title {n}") }),
            )
            .await
            .expect(200);
    }
    stage.secrets().await;
    let frames = live.drain().await;
    for (path, topic) in &lists {
        // The last event that the organization has told is older than what its projects have.
        let after = ack["topics"][topic]["resume_from"].as_str().unwrap();
        let since = stage
            .bob
            .get(&format!("{path}&after={after}"))
            .await
            .expect(200);
        let kinds: Vec<&Value> = since.rows().iter().map(|event| &event["type"]).collect();
        assert_eq!(kinds, ["task.updated"; 3], "{path}: {kinds:?}");
        // Page by page it is the same.
        let first = stage
            .bob
            .get(&format!("{path}&after={after}&limit=2"))
            .await
            .expect(200);
        let cursor = first.body["meta"]["next_cursor"].as_str().unwrap();
        let rest = stage
            .bob
            .get(&format!("{path}&after={after}&limit=2&cursor={cursor}"))
            .await
            .expect(200);
        assert_eq!(
            (first.rows().len(), rest.rows().as_slice()),
            (2, &since.rows()[2..])
        );
        assert_eq!(rest.body["meta"]["has_more"], false);
        // From an event on, nothing of it comes again.
        let second = since.rows()[1]["position"].as_str().unwrap();
        let last = stage
            .bob
            .get(&format!("{path}&after={second}"))
            .await
            .expect(200);
        assert_eq!(last.rows().as_slice(), &since.rows()[..1]);
        // A live connection and the list speak of the same positions.
        let told: Vec<&Value> = frames
            .iter()
            .filter(|frame| frame["topic"] == ack["topics"][topic]["topic"])
            .collect();
        if *topic > 0 {
            assert_eq!(
                told.last().unwrap()["position"],
                since.rows()[0]["position"]
            );
        }
    }
}
