//! What has happened, on the scale; and what it costs to be refused.

use reqwest::Method;
use serde_json::json;
use tests::{Person, Request, Team};

use super::scale::{Bound, NO_TARGET, Scale, exactly};

/// Weighs them.
pub async fn weigh(scale: &mut Scale<'_>) {
    let otto = scale.world.person("otto").await;
    let team = scale.world.team(&otto, "acts").await;
    let pia = scale.world.member(&team, "pia", "admin").await;
    let quin = scale.world.member(&team, "quin", "member").await;
    let (open, closed) = (team.project("ACT").await, team.private_project("HID").await);
    let task = team.task(&open, "Write the press release").await;
    for number in 0..24 {
        let body = json!({ "title": format!("Write the press release, part {number:02}") });
        otto.patch(&format!("/tasks/{task}"), body)
            .await
            .expect(200);
    }
    let org = format!("/organizations/{}", team.id);
    for number in 0..24 {
        otto.patch(&org, json!({ "name": format!("Acts {number:02}") }))
            .await
            .expect(200);
    }
    // What an instance reads once in its life belongs to no call.
    for path in [
        "/activity?org=acts",
        "/audit-logs?org=acts",
        "/dashboard?org=acts",
    ] {
        otto.get(path).await.expect(200);
    }
    lists(scale, &otto, &team, &open, &task).await;
    signals(scale, [&pia, &quin], &team, &closed).await;
}

fn get(person: &Person, path: &str) -> Request {
    person.request(Method::GET, path)
}

async fn lists(scale: &mut Scale<'_>, otto: &Person, team: &Team, open: &str, task: &str) {
    let id = &team.id;
    // The entries themselves, beside what authorizes.
    let whole = (Bound::Is(1.0), Bound::Most(3.0 + 6.0), Bound::Is(0.0));
    scale
        .weigh(
            "activity of an organization, 20",
            whole,
            200,
            get(otto, &format!("/activity?org={id}")),
        )
        .await;
    // Half a unit for the numbers, and for each entry.
    let by_index = |of: f64| exactly(2, of + 0.5 + 10.0, 0.0);
    scale
        .weigh(
            "activity of a project, 20",
            by_index(4.0),
            200,
            get(otto, &format!("/activity?project={open}")),
        )
        .await;
    let of_person = get(otto, &format!("/activity?org={id}&user={}", otto.id));
    scale
        .weigh("activity of a person, 20", by_index(3.0), 200, of_person)
        .await;
    scale
        .weigh(
            "activity of a task, 20",
            by_index(4.0),
            200,
            get(otto, &format!("/tasks/{task}/activity")),
        )
        .await;
    let page = get(otto, &format!("/audit-logs?org={id}"));
    scale
        .weigh("audit log, 20 about security", NO_TARGET, 200, page)
        .await;
    let page = get(otto, &format!("/audit-logs?org={id}&category=all"));
    scale
        .weigh("audit log, 20 of all", NO_TARGET, 200, page)
        .await;
    let verify = get(otto, &format!("/audit-logs/verify?org={id}&to_seq=50"));
    scale
        .weigh("verify the audit log, 50 entries", NO_TARGET, 200, verify)
        .await;
}

async fn signals(scale: &mut Scale<'_>, [pia, quin]: [&Person; 2], team: &Team, closed: &str) {
    let rename = || {
        quin.request(Method::PATCH, &format!("/organizations/{}", team.id))
            .json(json!({ "name": "Mine" }))
    };
    scale.wait_a_minute();
    scale
        .weigh("refused (403)", exactly(2, 5.0, 1.0), 403, rename())
        .await;
    scale
        .weigh(
            "refused again in the minute (403)",
            exactly(1, 5.0, 0.0),
            403,
            rename(),
        )
        .await;
    let look = || get(pia, &format!("/projects/{closed}"));
    scale
        .weigh(
            "get a private project by right of office",
            exactly(2, 4.0, 1.0),
            200,
            look(),
        )
        .await;
    scale
        .weigh(
            "get it again in the minute",
            exactly(1, 4.0, 0.0),
            200,
            look(),
        )
        .await;
    let wrong = json!({ "email": quin.email, "password": "wrong" });
    let login = scale
        .world
        .nobody()
        .request(Method::POST, "/auth/login")
        .json(wrong);
    scale
        .weigh(
            "login with a wrong password (401)",
            exactly(3, 3.0, 3.0),
            401,
            login,
        )
        .await;
}
