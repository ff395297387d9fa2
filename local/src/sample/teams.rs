//! Teams of the sample: one across projects, with work of its own, and one inside a project.

use serde_json::{Value, json};

use super::client::Client;
use super::content::Project;
use super::{Member, SampleError, text};

/// The team that runs these projects, and does what belongs to none.
const TEAM: &str = "Brand and events";
const ABOUT: &str = "Whatever people outside see of us: words, pictures, stands.";
const ITS_PROJECTS: [&str; 2] = ["WEB", "FAIR"];
const ITS_TASKS: [&str; 5] = [
    "Order new business cards",
    "Choose the photographs for the corridor",
    "Thank the printers for the night shift",
    "Write down how we write our name",
    "Find a better place for the old banners",
];
/// The team inside a project, and that project.
const INSIDE: (&str, &str) = ("Field testers", "APP");

/// Makes the team across projects, puts people into it and gives it work; its id.
pub(super) async fn across(
    client: &Client,
    members: &[Member],
    organization: &Value,
) -> Result<String, SampleError> {
    let owner = &members[0];
    let body = json!({
        "organization_id": organization, "name": TEAM, "description": ABOUT, "metadata": { "colour": "#2a6f97" },
    });
    let team = text(
        &client.post("/teams", &owner.token, "team", &body).await?,
        "id",
    )?;
    // The manager runs it too, a member works in it, and the last of the people looks on.
    for (number, role) in [(2, "admin"), (3, "member"), (5, "viewer")] {
        let body = json!({ "user_id": members[number].id, "role": role });
        client
            .post(
                &format!("/teams/{team}/members"),
                &owner.token,
                &format!("team-{number}"),
                &body,
            )
            .await?;
    }
    give_work(client, members, &team).await?;
    Ok(team)
}

/// Makes the tasks of the team itself; its admin and its member take turns.
async fn give_work(client: &Client, members: &[Member], team: &str) -> Result<(), SampleError> {
    for (number, title) in ITS_TASKS.iter().enumerate() {
        let body = json!({ "team_id": team, "title": title });
        client
            .post(
                "/tasks",
                &members[2 + number % 2].token,
                &format!("team-task-{number}"),
                &body,
            )
            .await?;
    }
    Ok(())
}

/// The team that a project is attached to from the start.
pub(super) fn of<'a>(project: &Project, team: &'a str) -> Option<&'a str> {
    ITS_PROJECTS.contains(&project.key).then_some(team)
}

/// Makes the team inside a project, if it has one.
pub(super) async fn inside(
    client: &Client,
    owner: &Member,
    key: &str,
    project: &Value,
) -> Result<(), SampleError> {
    if key == INSIDE.1 {
        let body = json!({ "name": INSIDE.0, "project_id": project["id"] });
        client
            .post("/teams", &owner.token, "team-inside", &body)
            .await?;
    }
    Ok(())
}
