//! Teams on the scale.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Person, Request};

use super::scale::{NO_TARGET, Scale, at_most, exactly};

fn get(person: &Person, path: &str) -> Request {
    person.request(Method::GET, path)
}

fn post(person: &Person, path: &str, body: Value) -> Request {
    person.request(Method::POST, path).json(body)
}

/// Weighs what is done with teams.
pub async fn weigh(scale: &mut Scale<'_>) {
    let world = scale.world;
    let kim = world.person("kim-t").await;
    let org = world.team(&kim, "kims-t").await;
    let (lou, max) = (
        world.member(&org, "lou-t", "guest").await,
        world.member(&org, "max-t", "member").await,
    );
    // What an instance reads once in its life belongs to no call.
    kim.get("/teams").await.expect(200);
    let body = json!({ "organization_id": org.id, "name": "Crew", "description": "All of us." });
    let team = scale
        .weigh("create team", NO_TARGET, 201, post(&kim, "/teams", body))
        .await
        .id();
    let (path, members) = (format!("/teams/{team}"), format!("/teams/{team}/members"));
    scale
        .weigh("get team", exactly(1, 4.0, 0.0), 200, get(&kim, &path))
        .await;
    let patch = |body| kim.request(Method::PATCH, &path).json(body);
    scale
        .weigh(
            "patch team",
            exactly(2, 4.0, 2.0),
            200,
            patch(json!({ "description": "Us." })),
        )
        .await;
    scale
        .weigh(
            "rename team",
            NO_TARGET,
            200,
            patch(json!({ "name": "The crew" })),
        )
        .await;
    let add = post(&kim, &members, json!({ "user_id": lou.id }));
    scale.weigh("add a team member", NO_TARGET, 201, add).await;
    let add = post(&kim, &members, json!({ "email": max.email }));
    scale
        .weigh("add a team member, by address", NO_TARGET, 201, add)
        .await;
    let add = post(&kim, &members, json!({ "email": "new-t@example.com" }));
    scale
        .weigh("add a team member, by invitation", NO_TARGET, 201, add)
        .await;
    let place = format!("{members}/{}", max.id);
    let role = kim
        .request(Method::PATCH, &place)
        .json(json!({ "role": "admin" }));
    scale
        .weigh("change a team member's role", NO_TARGET, 200, role)
        .await;
    scale
        .weigh("list team members", NO_TARGET, 200, get(&kim, &members))
        .await;
    scale
        .weigh(
            "remove a team member",
            NO_TARGET,
            204,
            kim.request(Method::DELETE, &place),
        )
        .await;
    scale
        .weigh(
            "list teams, 2 organizations",
            NO_TARGET,
            200,
            get(&kim, "/teams"),
        )
        .await;
    work(scale, &kim, &lou, &team).await;
    let project = org.private_project("SEC").await;
    let attach = kim
        .request(Method::PATCH, &format!("/projects/{project}"))
        .json(json!({ "team_ids": [team] }));
    scale
        .weigh("attach a team to a project", NO_TARGET, 200, attach)
        .await;
    let task = format!("/tasks/{}", org.task(&project, "Secret").await);
    scale
        .weigh(
            "get by id, restricted project, by a team's role",
            exactly(2, 5.0, 0.0),
            200,
            get(&lou, &task),
        )
        .await;
    let detach = kim
        .request(Method::PATCH, &format!("/projects/{project}"))
        .json(json!({ "team_ids": [] }));
    scale
        .weigh("detach a team from a project", NO_TARGET, 200, detach)
        .await;
    scale
        .weigh(
            "delete team",
            NO_TARGET,
            200,
            kim.request(Method::DELETE, &path),
        )
        .await;
}

/// Work that names a team and no project.
async fn work(scale: &mut Scale<'_>, kim: &Person, lou: &Person, team: &str) {
    let task = |title: &str| json!({ "team_id": team, "title": title });
    scale
        .weigh(
            "create the first task of a team",
            NO_TARGET,
            201,
            post(kim, "/tasks", task("One")),
        )
        .await;
    // One round trip more than in a project: the team is read for its project.
    let second = scale
        .weigh(
            "create task, for a team",
            exactly(4, 8.0, 6.0),
            201,
            post(kim, "/tasks", task("Two")),
        )
        .await;
    // The project says which teams it has.
    let path = format!("/tasks/{}", second.id());
    scale
        .weigh(
            "get by id, by a team's role",
            exactly(2, 5.0, 0.0),
            200,
            get(lou, &path),
        )
        .await;
    for number in 0..30 {
        kim.post("/tasks", task(&format!("Task {number}")))
            .await
            .expect(201);
    }
    let list = |query: &str| get(kim, &format!("/tasks?team={team}{query}"));
    scale
        .weigh(
            "list 20 of a team, 1 project",
            at_most(2, 4.0 + 3.0),
            200,
            list(""),
        )
        .await;
    scale
        .weigh(
            "list 20 of a team, by due_date",
            at_most(3, 4.0 + 14.0),
            200,
            list("&ordering=due_date"),
        )
        .await;
}
