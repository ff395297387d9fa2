//! Labels that are refused, limits of labels, and labels that many change at once.
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Person, Team, World};

struct Stage {
    world: World,
    team: Team,
    web: String,
}

impl Stage {
    async fn new() -> Self {
        let world = World::new().await;
        let ann = world.person("ann").await;
        let team = world.team(&ann, "acme").await;
        Self {
            web: team.project("WEB").await,
            team,
            world,
        }
    }

    fn in_org(&self, name: &str) -> Value {
        json!({ "organization_id": self.team.id, "name": name })
    }

    async fn label(&self, body: Value) -> String {
        self.team.owner.post("/labels", body).await.expect(201).id()
    }

    async fn marked(&self, labels: &[String]) -> String {
        let body = json!({ "project_id": self.web, "title": "Marked", "labels": labels });
        format!(
            "/tasks/{}",
            self.team.owner.post("/tasks", body).await.expect(201).id()
        )
    }
}

#[tokio::test]
async fn a_label_that_cannot_be_is_refused() {
    let stage = Stage::new().await;
    let ann = &stage.team.owner;
    for (body, field) in [
        (json!({ "name": "" }), "/name"),
        (json!({ "name": "x".repeat(41) }), "/name"),
        (json!({ "name": "a\nb" }), "/name"),
        (json!({ "name": "Bug", "color": "red" }), "/color"),
        (json!({ "name": "Bug", "color": "#fff" }), "/color"),
        (json!({ "name": "Bug", "project_id": "x" }), "/project_id"),
        (
            json!({ "name": "Bug", "organization_id": "acme" }),
            "/organization_id",
        ),
        (json!({ "color": "#ffffff" }), "/name"),
    ] {
        let answer = ann
            .post("/labels", body.clone())
            .await
            .refused(422, "validation_failed");
        assert_eq!(answer.fields(), [field], "{body}");
    }
    let beta = stage.world.team(ann, "beta").await;
    let both = json!({ "name": "Bug", "project_id": stage.web, "organization_id": beta.id });
    ann.post("/labels", both)
        .await
        .refused(422, "cross_organization");
    // Names that read alike are one name; in another scope it is another's.
    stage.label(stage.in_org("Bug")).await;
    for name in ["bug", " BUG ", "ＢＵＧ"] {
        ann.post("/labels", stage.in_org(name))
            .await
            .refused(409, "name_taken");
    }
    stage
        .label(json!({ "project_id": stage.web, "name": "Bug" }))
        .await;
    stage
        .label(json!({ "organization_id": beta.id, "name": "Bug" }))
        .await;
    // Without an organization it goes to the default one.
    let fresh = ann
        .post("/labels", json!({ "name": "Fresh" }))
        .await
        .expect(201);
    assert_eq!(fresh.text_of("organization_id"), stage.team.id);
}

#[tokio::test]
async fn a_label_becomes_only_what_it_can() {
    let stage = Stage::new().await;
    let ann = &stage.team.owner;
    let app = stage.team.project("APP").await;
    let beta = stage.world.team(ann, "beta").await;
    let (bug, own) = (
        stage.label(stage.in_org("Bug")).await,
        stage
            .label(json!({ "project_id": stage.web, "name": "A" }))
            .await,
    );
    let other = stage.label(json!({ "project_id": app, "name": "A" })).await;
    let foreign = stage
        .label(json!({ "organization_id": beta.id, "name": "A" }))
        .await;
    let gone = stage.label(stage.in_org("Gone")).await;
    ann.delete(&format!("/labels/{gone}")).await.expect(204);
    let merge = |id: &str, into: &str| {
        ann.request(Method::PATCH, &format!("/labels/{id}"))
            .json(json!({ "merge_into": into }))
    };
    for (id, into, code) in [
        (&bug, &bug, "itself"),
        (&own, &own, "itself"),
        (&bug, &own, "invalid"),
        (&own, &other, "invalid"),
        (&bug, &foreign, "invalid"),
        (&bug, &gone, "invalid"),
        (&bug, &stage.web, "invalid"),
    ] {
        let answer = merge(id, into)
            .send()
            .await
            .refused(422, "validation_failed");
        assert_eq!(
            (answer.fields(), &answer.body["errors"][0]["code"]),
            (vec!["/merge_into"], &json!(code))
        );
    }
    let both = json!({ "merge_into": own, "name": "B" });
    let answer = ann
        .patch(&format!("/labels/{own}"), both)
        .await
        .refused(422, "validation_failed");
    assert_eq!(answer.body["errors"][0]["code"], "exclusive");
    // An alias stands for what it has become: the label cannot become itself by that way either.
    merge(&own, &bug).send().await.expect(200);
    let answer = merge(&bug, &own)
        .send()
        .await
        .refused(422, "validation_failed");
    assert_eq!(answer.body["errors"][0]["code"], "itself");
    let third = stage.label(stage.in_org("Third")).await;
    assert_eq!(
        merge(&third, &own)
            .send()
            .await
            .expect(200)
            .text_of("merged_into"),
        bug
    );
    // Nothing more can be done with what has gone; its repetition is known.
    let fourth = stage.label(stage.in_org("Fourth")).await;
    for _ in 0..2 {
        merge(&fourth, &bug)
            .header("idempotency-key", "m1")
            .send()
            .await
            .expect(200);
    }
    merge(&fourth, &bug).send().await.refused(404, "not_found");
    let seen = merge(&bug, &third).header("if-match", "\"v1\"");
    seen.send().await.refused(412, "precondition_failed");
}

#[tokio::test]
async fn a_task_carries_labels_of_its_own_project_only_and_not_too_many() {
    let stage = Stage::new().await;
    let ann = &stage.team.owner;
    let app = stage.team.project("APP").await;
    let beta = stage.world.team(ann, "beta").await;
    let bug = stage.label(stage.in_org("Bug")).await;
    let other = stage.label(json!({ "project_id": app, "name": "A" })).await;
    let foreign = stage
        .label(json!({ "organization_id": beta.id, "name": "A" }))
        .await;
    let never = format!("{}{}", &bug[..24], "9".repeat(12));
    let task = stage.marked(std::slice::from_ref(&bug)).await;
    for wrong in [&other, &foreign, &never, &stage.web] {
        let body = json!({ "project_id": stage.web, "title": "New", "labels": [bug, wrong] });
        let created = ann
            .post("/tasks", body)
            .await
            .refused(422, "validation_failed");
        let patched = ann
            .patch(&task, json!({ "labels": [bug, wrong] }))
            .await
            .refused(422, "validation_failed");
        assert_eq!(
            (created.fields(), patched.fields()),
            (vec!["/labels/1"], vec!["/labels/1"])
        );
        assert_eq!(
            created.body["errors"][0]["message"],
            "must be a label of the project or of its organization"
        );
    }
    let answer = ann
        .patch(&task, json!({ "labels": ["x", 1] }))
        .await
        .refused(422, "validation_failed");
    assert_eq!(answer.fields(), ["/labels/1"]);
    let many: Vec<String> =
        join_all((0..21).map(|n| stage.label(stage.in_org(&format!("L{n}"))))).await;
    let answer = ann
        .patch(&task, json!({ "labels": many }))
        .await
        .refused(422, "validation_failed");
    assert_eq!(answer.fields(), ["/labels"]);
    let full = ann
        .patch(&task, json!({ "labels": many[..20] }))
        .await
        .expect(200);
    assert_eq!(full.data()["labels"], json!(many[..20]));
    for query in [
        format!("label={}", many.join(",")),
        "label=x".to_owned(),
        "label=".to_owned(),
    ] {
        ann.get(&format!("/tasks?project={}&{query}", stage.web))
            .await
            .refused(400, "bad_filter");
    }
}

#[tokio::test]
async fn so_many_labels_become_one_and_the_oldest_are_still_found() {
    let stage = Stage::new().await;
    let ann = &stage.team.owner;
    let bug = stage.label(stage.in_org("Bug")).await;
    let old: Vec<String> =
        join_all((0..21).map(|n| stage.label(stage.in_org(&format!("L{n}"))))).await;
    let task = stage.marked(&old[..2]).await;
    for label in &old[..20] {
        ann.patch(&format!("/labels/{label}"), json!({ "merge_into": bug }))
            .await
            .expect(200);
    }
    let answer = ann
        .patch(
            &format!("/labels/{}", old[20]),
            json!({ "merge_into": bug }),
        )
        .await
        .refused(409, "limit_reached");
    assert_eq!(answer.body["limit"], 20);
    assert_eq!(
        ann.get(&task).await.expect(200).data()["labels"],
        json!([bug])
    );
    // More go than the organization remembers: the labels themselves still know.
    for n in 0..24 {
        let label = stage.label(stage.in_org(&format!("M{n}"))).await;
        ann.delete(&format!("/labels/{label}")).await.expect(204);
    }
    let shown = ann.get(&format!("{task}?include=labels")).await.expect(200);
    assert_eq!(
        (
            &shown.data()["labels"],
            &shown.data()["label_details"][0]["name"]
        ),
        (&json!([bug]), &json!("Bug"))
    );
    for label in [&bug, &old[0], &old[1]] {
        let list = ann
            .get(&format!("/tasks?project={}&label={label}", stage.web))
            .await
            .expect(200);
        assert_eq!(list.rows().len(), 1);
    }
}

#[tokio::test]
async fn who_may_manage_labels_where() {
    let stage = Stage::new().await;
    let (ann, world, team) = (&stage.team.owner, &stage.world, &stage.team);
    let (org, own) = (
        stage.label(stage.in_org("Org")).await,
        stage
            .label(json!({ "project_id": stage.web, "name": "Own" }))
            .await,
    );
    let shut = team.private_project("SHUT").await;
    let hidden = stage
        .label(json!({ "project_id": shut, "name": "Hidden" }))
        .await;
    let people = [("bob", "member"), ("vic", "viewer"), ("gus", "guest")];
    let mut them: Vec<Person> = vec![];
    for (name, role) in people {
        them.push(world.member(team, name, role).await);
    }
    let place = format!("/projects/{}/members/{}", stage.web, them[2].id);
    ann.put(&place, json!({ "role": "member" }))
        .await
        .expect(200);
    let rename = |who: &Person, id: &str| {
        who.request(Method::PATCH, &format!("/labels/{id}"))
            .json(json!({ "color": "#123456" }))
    };
    for (person, of_org, of_project) in [
        (&them[0], 200, 200),
        (&them[1], 403, 403),
        (&them[2], 404, 200),
    ] {
        assert_eq!(rename(person, &org).send().await.status, of_org);
        assert_eq!(rename(person, &own).send().await.status, of_project);
        rename(person, &hidden)
            .send()
            .await
            .refused(404, "not_found");
        person
            .delete(&format!("/labels/{hidden}"))
            .await
            .refused(404, "not_found");
        person
            .get(&format!("/labels?project={shut}"))
            .await
            .refused(404, "not_found");
        person
            .post("/labels", json!({ "project_id": shut, "name": "Mine" }))
            .await
            .refused(404, "not_found");
        assert_eq!(
            person
                .get(&format!("/labels?project={}", stage.web))
                .await
                .expect(200)
                .rows()
                .len(),
            2
        );
    }
    // A guest works with the labels of their project, and is shown those of the organization only there.
    let guest = &them[2];
    assert!(
        guest
            .get("/labels?org=acme")
            .await
            .expect(200)
            .rows()
            .is_empty()
    );
    guest
        .post("/labels", stage.in_org("Mine"))
        .await
        .refused(404, "not_found");
    guest
        .patch(&format!("/labels/{own}"), json!({ "merge_into": org }))
        .await
        .refused(403, "forbidden");
    let eve = world.person("eve").await;
    eve.get("/labels?org=acme").await.refused(404, "not_found");
    eve.delete(&format!("/labels/{org}"))
        .await
        .refused(404, "not_found");
    ann.post(&format!("/projects/{}/archive", stage.web), json!({}))
        .await
        .expect(200);
    rename(ann, &own)
        .send()
        .await
        .refused(409, "project_archived");
}

#[tokio::test]
async fn a_name_is_given_once_however_many_ask_and_a_repetition_makes_nothing() {
    let stage = Stage::new().await;
    let ann = &stage.team.owner;
    let answers = join_all((0..8).map(|_| ann.post("/labels", stage.in_org("Bug")))).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 201).count(),
        1
    );
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 201 || answer.code() == "name_taken")
    );
    let keyed = || {
        ann.request(Method::POST, "/labels")
            .header("idempotency-key", "k1")
            .json(stage.in_org("Other"))
    };
    let same = join_all((0..4).map(|_| keyed().send())).await;
    let ids: Vec<String> = same
        .into_iter()
        .map(|answer| answer.expect(201).id())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    let another = ann
        .request(Method::POST, "/labels")
        .header("idempotency-key", "k1")
        .json(stage.in_org("More"));
    another.send().await.refused(422, "idempotency_key_reused");
    ann.delete(&format!("/labels/{}", ids[0])).await.expect(204);
    keyed()
        .send()
        .await
        .refused(409, "idempotency_target_deleted");
}

#[tokio::test]
async fn labels_that_many_merge_at_once_end_in_one_and_no_alias_is_lost() {
    let stage = Stage::new().await;
    let ann = &stage.team.owner;
    let bug = stage.label(stage.in_org("Bug")).await;
    let others: Vec<String> =
        join_all((0..6).map(|n| stage.label(stage.in_org(&format!("L{n}"))))).await;
    let task = stage.marked(&others).await;
    let paths: Vec<String> = others
        .iter()
        .map(|label| format!("/labels/{label}"))
        .collect();
    let merges = paths
        .iter()
        .map(|path| ann.patch(path, json!({ "merge_into": bug })));
    let done = join_all(merges).await;
    for (answer, path) in done.iter().zip(&paths) {
        // Who has lost too many races is told to try again.
        if answer.status != 200 {
            assert!(
                ["conflict", "unavailable"].contains(&answer.code()),
                "{}",
                answer.text
            );
            ann.patch(path, json!({ "merge_into": bug }))
                .await
                .expect(200);
        }
    }
    assert_eq!(
        ann.get(&task).await.expect(200).data()["labels"],
        json!([bug])
    );
    let mut aliases: Vec<Value> = ann.get("/labels?org=acme").await.rows()[0]["aliases"]
        .as_array()
        .unwrap()
        .clone();
    aliases.sort_by_key(ToString::to_string);
    let mut all: Vec<Value> = others.into_iter().map(Value::from).collect();
    all.sort_by_key(ToString::to_string);
    assert_eq!(aliases, all);
}
