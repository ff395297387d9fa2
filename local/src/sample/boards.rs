//! Boards: every project has one, and the website a second one for what is done this week.

use serde_json::{Value, json};

use super::client::Client;
use super::content::Project;
use super::{Member, SampleError};

/// The project that has a second board.
const BUSY: &str = "WEB";

/// The boards of a project, once its workflow stands: so the first one has a list for each of its statuses.
pub(super) async fn of_project(
    client: &Client,
    owner: &Member,
    project: &Project,
    made: &Value,
) -> Result<(), SampleError> {
    let all = json!({ "project_id": made["id"], "name": project.name });
    client
        .post(
            "/boards",
            &owner.token,
            &format!("board-{}", project.key),
            &all,
        )
        .await?;
    if project.key == BUSY {
        let week = json!({
            "project_id": made["id"],
            "name": "This week",
            "lists": [
                { "name": "Under way", "status": "in_progress", "wip_limit": 10 },
                { "name": "Finished", "status": "done" },
            ],
        });
        client
            .post("/boards", &owner.token, "board-week", &week)
            .await?;
    }
    Ok(())
}
