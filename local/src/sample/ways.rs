//! Labels, and a workflow of a project's own.

use serde_json::{Value, json};

use super::client::Client;
use super::{Member, SampleError, content, text};

/// Makes labels in a place; answers their ids.
async fn labels(
    client: &Client,
    owner: &Member,
    place: (&str, &Value),
    wanted: &[(&str, &str)],
) -> Result<Vec<Value>, SampleError> {
    let mut made = vec![];
    for (number, (name, color)) in wanted.iter().enumerate() {
        let body = json!({ place.0: place.1, "name": name, "color": color });
        let call = format!("label-{}-{number}", place.0);
        made.push(client.post("/labels", &owner.token, &call, &body).await?["id"].clone());
    }
    Ok(made)
}

/// The labels of the organization.
pub(super) async fn of_organization(
    client: &Client,
    owner: &Member,
    id: &Value,
) -> Result<Vec<Value>, SampleError> {
    labels(client, owner, ("organization_id", id), &content::LABELS).await
}

/// The labels that a project's tasks can carry: those of the organization, and its own if it has some.
pub(super) async fn of_project(
    client: &Client,
    owner: &Member,
    project: &Value,
    organizations: &[Value],
) -> Result<Vec<Value>, SampleError> {
    let mut all = organizations.to_vec();
    if project["key"] == content::OWN_WAYS {
        all.extend(
            labels(
                client,
                owner,
                ("project_id", &project["id"]),
                &content::OWN_LABELS,
            )
            .await?,
        );
    }
    Ok(all)
}

/// The labels of the task of a number: of every three, one has none, one has one, one has two.
pub(super) fn of_task(number: usize, labels: &[Value]) -> Vec<Value> {
    labels
        .iter()
        .cycle()
        .skip(number / 3)
        .take(number % 3)
        .cloned()
        .collect()
}

/// Gives the project with ways of its own its workflow, with the tasks that are in it.
pub(super) async fn workflow(
    client: &Client,
    owner: &Member,
    project: &Value,
) -> Result<(), SampleError> {
    if project["key"] != content::OWN_WAYS {
        return Ok(());
    }
    let path = format!("/projects/{}", text(project, "id")?);
    let seen = client.get(&path, &owner.token).await?["version"].as_u64();
    let seen = seen.ok_or_else(|| SampleError::Missing("the version of a project".to_owned()))?;
    let statuses = content::STATUSES
        .map(|(key, name, category, color)| json!({ "key": key, "name": name, "category": category, "color": color }));
    let steps = content::TRANSITIONS
        .map(|(from, to, fields)| json!({ "from": from, "to": to, "require_fields": fields }));
    let body = json!({ "statuses": statuses, "transitions": steps });
    client
        .put(&format!("{path}/workflow"), &owner.token, seen, &body)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_carries_no_label_twice() {
        let labels: Vec<Value> = (0..6).map(Value::from).collect();
        for count in [4, 6] {
            let all: Vec<Vec<Value>> = (0..52)
                .map(|number| of_task(number, &labels[..count]))
                .collect();
            assert!(
                all.iter()
                    .all(|carried| carried.len() < 2 || carried[0] != carried[1])
            );
            assert!(
                labels[..count]
                    .iter()
                    .all(|label| all.iter().any(|carried| carried.contains(label)))
            );
        }
    }
}
