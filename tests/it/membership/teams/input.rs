//! Bad input: each with its code, and nothing changed.

use serde_json::{Value, json};

use super::Stage;
use crate::table;

#[tokio::test]
async fn what_is_wrong_is_refused_and_changes_nothing() {
    let stage = Stage::new().await;
    let (ann, bob, team) = (&stage.ann, &stage.bob, stage.team.as_str());
    let eve = stage.world.person("eve").await;
    let theirs = stage.world.team(&eve, "globex").await;
    let their_team = eve
        .post(
            "/teams",
            json!({ "organization_id": theirs.id, "name": "Crew" }),
        )
        .await
        .expect(201)
        .id();
    let their_project = theirs.project("GLOB").await;
    let project = stage.project("WEB").await;
    let private = stage.org.private_project("LAB").await;
    let members = stage.path("/members");
    let web = format!("/projects/{project}");
    let long = json!({ "text": "x".repeat(4096) });
    let mut never = team.to_owned();
    never.replace_range(24.., "999999999999");
    stage.world.cloud.settle().await;
    let before = table::written(&stage.world.cloud).await;

    // People who are not in the organization, or nobody.
    for user in [eve.id.as_str(), "01890000-0000-7000-8000-000000000000"] {
        ann.post(&members, json!({ "user_id": user }))
            .await
            .refused(422, "validation_failed");
        ann.patch(&stage.path(""), json!({ "owner_id": user }))
            .await
            .refused(422, "validation_failed");
        let place = format!("{members}/{user}");
        ann.patch(&place, json!({ "role": "admin" }))
            .await
            .refused(404, "not_found");
        ann.delete(&place).await.refused(404, "not_found");
        let listed = ann.get(&format!("/teams?member={user}")).await.expect(200);
        assert!(listed.rows().is_empty());
    }
    // One of the organization who is not in the team.
    ann.patch(&stage.path(""), json!({ "owner_id": bob.id }))
        .await
        .refused(422, "validation_failed");
    ann.patch(&format!("{members}/{}", bob.id), json!({ "role": "admin" }))
        .await
        .refused(404, "not_found");
    for body in [
        json!({}),
        json!({ "user_id": bob.id, "email": bob.email }),
        json!({ "user_id": bob.id, "role": "owner" }),
        json!({ "email": "nobody" }),
    ] {
        ann.post(&members, body)
            .await
            .refused(422, "validation_failed");
    }
    let home = ann.post("/teams", json!({ "name": "x".repeat(81) })).await;
    home.refused(422, "validation_failed");
    for body in [
        json!({ "name": "" }),
        json!({ "metadata": long }),
        json!({ "metadata": ["x"] }),
        json!({ "owner_id": 1 }),
    ] {
        ann.patch(&stage.path(""), body)
            .await
            .refused(422, "validation_failed");
    }

    // Teams and projects of others, and such as never were, are alike.
    for other in [their_team.as_str(), never.as_str()] {
        ann.get(&format!("/teams/{other}"))
            .await
            .refused(404, "not_found");
        ann.post("/tasks", json!({ "team_id": other, "title": "T" }))
            .await
            .refused(404, "not_found");
        ann.get(&format!("/tasks?team={other}"))
            .await
            .refused(404, "not_found");
        ann.get(&format!("/users?team={other}"))
            .await
            .refused(404, "not_found");
        ann.get(&format!("/projects?team={other}"))
            .await
            .refused(404, "not_found");
        ann.patch(&web, json!({ "team_ids": [other] }))
            .await
            .refused(422, "validation_failed");
        let invite = json!([{ "email": "new@example.com", "role": "member", "team_id": other }]);
        let answer = ann
            .post(
                &format!("/organizations/{}/invitations", stage.org.id),
                invite,
            )
            .await
            .expect(201);
        assert_eq!(answer.rows()[0]["code"], "not_found");
    }
    let both = json!({ "organization_id": stage.org.id, "name": "P", "team_id": their_team });
    ann.post("/projects", both)
        .await
        .refused(422, "validation_failed");
    let inside =
        json!({ "organization_id": stage.org.id, "name": "T", "project_id": their_project });
    ann.post("/teams", inside).await.refused(404, "not_found");
    ann.post(
        "/teams",
        json!({ "name": "T", "project_id": their_project }),
    )
    .await
    .refused(404, "not_found");
    bob.post("/teams", json!({ "name": "T", "project_id": private }))
        .await
        .refused(404, "not_found");
    bob.post("/teams", json!({ "name": "T", "project_id": project }))
        .await
        .refused(403, "forbidden");
    for body in [
        json!({ "title": "T" }),
        json!({ "title": "T", "team_id": team, "project_id": project }),
    ] {
        ann.post("/tasks", body)
            .await
            .refused(422, "validation_failed");
    }

    // Rights that others have.
    bob.patch(&stage.path(""), json!({ "name": "Ours" }))
        .await
        .refused(403, "forbidden");
    bob.delete(&stage.path("")).await.refused(403, "forbidden");
    bob.post(&members, json!({ "user_id": bob.id }))
        .await
        .refused(403, "forbidden");
    let mine = json!({ "organization_id": stage.org.id, "name": "Bob's", "team_id": team });
    bob.post("/projects", mine).await.refused(403, "forbidden");
    let ours = json!({ "organization_id": stage.org.id, "name": "crew" });
    bob.post("/teams", ours).await.refused(409, "name_taken");

    stage.world.cloud.settle().await;
    let after = table::written(&stage.world.cloud).await;
    let kept = |table: &table::Snapshot| {
        table
            .iter()
            .filter(|(key, _)| !key.0.starts_with("RL#"))
            .map(|(key, item)| (key.clone(), item.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(kept(&before), kept(&after));
}

#[tokio::test]
async fn members_make_teams_unless_the_organization_says_otherwise() {
    let stage = Stage::new().await;
    let make = |name: &str| json!({ "organization_id": stage.org.id, "name": name });
    stage.bob.post("/teams", make("One")).await.expect(201);
    let path = format!("/organizations/{}", stage.org.id);
    let set = |may: bool| json!({ "settings": { "members_can_create_teams": may } });
    let set = stage.ann.patch(&path, set(false)).await.expect(200);
    assert_eq!(
        set.data()["settings"]["members_can_create_teams"],
        json!(false)
    );
    stage
        .bob
        .post("/teams", make("Two"))
        .await
        .refused(403, "forbidden");
    let vic = stage.world.member(&stage.org, "vic", "viewer").await;
    vic.post("/teams", make("Three"))
        .await
        .refused(403, "forbidden");
    vic.get(&stage.path("")).await.expect(200);
    vic.post("/tasks", json!({ "team_id": stage.team, "title": "T" }))
        .await
        .refused(403, "forbidden");
    let team = stage.ann.get(&stage.path("")).await.expect(200);
    assert_eq!(
        team.data()["default_project_id"],
        Value::Null,
        "who may not make tasks makes no project"
    );
}

#[tokio::test]
async fn a_team_is_attached_to_no_more_than_twenty_projects() {
    let stage = Stage::new().await;
    let attached = json!({ "team_ids": [stage.team] });
    let mut projects = vec![];
    for n in 0..20 {
        let project = format!("/projects/{}", stage.project(&format!("P{n}")).await);
        let answer = stage.ann.patch(&project, attached.clone()).await;
        answer.expect(200);
        projects.push(project);
    }
    let more = format!("/projects/{}", stage.project("MORE").await);
    let answer = stage.ann.patch(&more, attached.clone()).await;
    answer.refused(409, "limit_reached");
    // One that is deleted takes no room, until it is brought back.
    stage.ann.delete(&projects[3]).await.expect(200);
    stage.ann.patch(&more, attached).await.expect(200);
    let restore = format!("{}/restore", projects[3]);
    let answer = stage.ann.post(&restore, json!(null)).await;
    answer.refused(409, "limit_reached");
    let loose = json!({ "team_ids": [] });
    stage.ann.patch(&more, loose).await.expect(200);
    let back = stage.ann.post(&restore, json!(null)).await.expect(200);
    assert_eq!(back.data()["team_ids"], json!([stage.team]));
    // Its default project is one besides.
    stage
        .ann
        .post("/tasks", json!({ "team_id": stage.team, "title": "T" }))
        .await
        .expect(201);
    let list = stage
        .ann
        .get(&format!("/tasks?team={}&ordering=due_date", stage.team))
        .await
        .expect(200);
    assert_eq!(list.rows().len(), 1);
}

#[tokio::test]
async fn a_person_is_in_no_more_than_thirty_teams_and_deleted_ones_do_not_count() {
    let stage = Stage::new().await;
    let make = |n: usize| json!({ "organization_id": stage.org.id, "name": format!("Team {n}") });
    for n in 0..29 {
        stage.ann.post("/teams", make(n)).await.expect(201);
    }
    stage
        .ann
        .post("/teams", make(29))
        .await
        .refused(409, "limit_reached");
    stage.ann.delete(&stage.path("")).await.expect(200);
    stage.ann.post("/teams", make(29)).await.expect(201);
}
