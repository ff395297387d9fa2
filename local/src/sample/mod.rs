//! Sample data: an organization with its people, projects and tasks, made through the public API like anybody's.

mod boards;
mod client;
mod content;
mod teams;
mod ways;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::{Timestamp, ToSpan};
use runtime::env::Clock;
use serde_json::{Value, json};

use crate::cloud::Cloud;
use client::Client;
use content::{AREAS_PER_PROJECT, PEOPLE, PROJECTS, Person, STEPS};

/// What went wrong while the sample data was being made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The API could not be reached, or its answer not be read.
    #[error("sample data: {0}")]
    Http(#[from] reqwest::Error),
    /// The API refused something.
    #[error("sample data: {call} was answered with {status}: {body}")]
    Refused {
        /// Method and path.
        call: String,
        /// The HTTP status.
        status: u16,
        /// The answer.
        body: String,
    },
    /// An answer lacks what was expected, or a mail did not come.
    #[error("sample data: {0} is missing")]
    Missing(String),
}

/// How to sign in as the organization's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// The owner's address.
    pub email: &'static str,
    /// The password, which is everybody's in the sample.
    pub password: &'static str,
}

/// The sign-in of the sample's owner.
pub const SIGN_IN: SignIn = SignIn {
    email: PEOPLE[0].email,
    password: content::PASSWORD,
};

/// A person who has signed up.
struct Member {
    id: String,
    token: String,
}

/// Makes the sample data, unless the owner can sign in already; true if it was made. Shows a progress bar on stderr.
pub async fn fill(cloud: &Cloud) -> Result<bool, SampleError> {
    let client = Client::new(cloud.url());
    if client.log_in(SIGN_IN).await? {
        return Ok(false);
    }
    let tasks = PROJECTS.len() * AREAS_PER_PROJECT * STEPS.len();
    let bar = ProgressBar::new((2 * PEOPLE.len() + PROJECTS.len() + tasks) as u64);
    if let Ok(style) = ProgressStyle::with_template("{msg:>14} [{bar:40}] {pos}/{len}") {
        bar.set_style(style.progress_chars("=> "));
    }
    let members = people(cloud, &client, &bar).await?;
    work(&client, &members, &bar).await?;
    bar.finish_with_message("sample data");
    Ok(true)
}

/// Everybody signs up and confirms their address; the owner makes the organization and invites the others, who accept.
async fn people(
    cloud: &Cloud,
    client: &Client,
    bar: &ProgressBar,
) -> Result<Vec<Member>, SampleError> {
    bar.set_message("people");
    let members = accounts(cloud, client, bar).await?;
    invite(client, &members[0]).await?;
    cloud.settle().await;
    for (person, member) in PEOPLE.iter().zip(&members).skip(1) {
        let token = mailed_token(cloud, person, "Invitation")?;
        client
            .post(
                &format!("/invitations/{token}/accept"),
                &member.token,
                "accept",
                &json!({}),
            )
            .await?;
        bar.inc(1);
    }
    bar.inc(1);
    Ok(members)
}

/// Everybody signs up and confirms their address.
async fn accounts(
    cloud: &Cloud,
    client: &Client,
    bar: &ProgressBar,
) -> Result<Vec<Member>, SampleError> {
    let mut members = Vec::new();
    for person in &PEOPLE {
        members.push(sign_up(client, person).await?);
        bar.inc(1);
    }
    // Mails are sent after the request that asks for them has been answered.
    cloud.settle().await;
    for person in &PEOPLE {
        let token = mailed_token(cloud, person, "Confirm")?;
        client
            .post(
                "/auth/email/verify",
                "",
                "confirm",
                &json!({ "token": token }),
            )
            .await?;
    }
    Ok(members)
}

/// The owner makes the organization and invites the others.
async fn invite(client: &Client, owner: &Member) -> Result<(), SampleError> {
    let organization = json!({ "name": content::ORGANIZATION, "slug": content::SLUG });
    let organization = client
        .post(
            "/organizations",
            &owner.token,
            "organization",
            &organization,
        )
        .await?;
    let path = format!("/organizations/{}/invitations", text(&organization, "id")?);
    let invitations: Vec<Value> = PEOPLE[1..]
        .iter()
        .map(|person| json!({ "email": person.email, "role": person.role }))
        .collect();
    client
        .post(&path, &owner.token, "invitations", &json!(invitations))
        .await
        .map(drop)
}

async fn sign_up(client: &Client, person: &Person) -> Result<Member, SampleError> {
    let body = json!({
        "email": person.email,
        "password": content::PASSWORD,
        "username": person.username,
        "full_name": person.full_name,
    });
    let account = client
        .post("/auth/register", "", person.username, &body)
        .await?;
    Ok(Member {
        id: text(&account["user"], "id")?,
        token: text(&account, "access_token")?,
    })
}

/// The token in the latest mail to a person whose subject contains `about`.
fn mailed_token(cloud: &Cloud, person: &Person, about: &str) -> Result<String, SampleError> {
    let mails = cloud.mailbox().into_iter().rev();
    let mail = mails
        .into_iter()
        .find(|mail| mail.to == person.email && mail.subject.contains(about));
    let token = mail
        .as_ref()
        .and_then(|mail| mail.token())
        .map(str::to_owned);
    token.ok_or_else(|| SampleError::Missing(format!("the mail \"{about}\" to {}", person.email)))
}

/// The projects, and in each a task for every step of every area; everybody makes some.
async fn work(client: &Client, members: &[Member], bar: &ProgressBar) -> Result<(), SampleError> {
    let owner = &members[0];
    let organization = organization(client, owner).await?;
    let labels = ways::of_organization(client, owner, &organization).await?;
    let team = teams::across(client, members, &organization).await?;
    let now = Clock::system().now();
    for project in &PROJECTS {
        bar.set_message(project.key);
        let made = make_project(client, owner, project, &organization, &team).await?;
        let labels = ways::of_project(client, owner, &made, &labels).await?;
        bar.inc(1);
        let tasks = tasks(project, &made["id"], members, &labels, now);
        make_tasks(client, members, project.key, &tasks, bar).await?;
        furnish(client, owner, project, &made).await?;
    }
    Ok(())
}

/// The id of the sample's organization.
async fn organization(client: &Client, owner: &Member) -> Result<Value, SampleError> {
    let organizations = client.get("/organizations", &owner.token).await?;
    let own = organizations
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["slug"] == content::SLUG);
    own.map(|own| own["id"].clone())
        .ok_or_else(|| SampleError::Missing(content::SLUG.to_owned()))
}

async fn make_project(
    client: &Client,
    owner: &Member,
    project: &content::Project,
    organization: &Value,
    team: &str,
) -> Result<Value, SampleError> {
    let body = json!({
        "organization_id": organization,
        "name": project.name,
        "key": project.key,
        "description": project.description,
        "team_id": teams::of(project, team),
    });
    client
        .post("/projects", &owner.token, project.key, &body)
        .await
}

/// Gives a project what it has besides its tasks.
async fn furnish(
    client: &Client,
    owner: &Member,
    project: &content::Project,
    made: &Value,
) -> Result<(), SampleError> {
    ways::workflow(client, owner, made).await?;
    boards::of_project(client, owner, project, made).await?;
    teams::inside(client, owner, project.key, made).await
}

/// The tasks of a project: one for every step of every area.
fn tasks(
    project: &content::Project,
    id: &Value,
    members: &[Member],
    labels: &[Value],
    now: Timestamp,
) -> Vec<Value> {
    let labelled = |number: usize| {
        let mut task = task(number, project, id, members, now);
        task["labels"] = ways::of_task(number, labels).into();
        task
    };
    (0..project.areas.len() * STEPS.len())
        .map(labelled)
        .collect()
}

/// Makes the tasks of a project, each in the name of another of the people.
async fn make_tasks(
    client: &Client,
    members: &[Member],
    key: &str,
    tasks: &[Value],
    bar: &ProgressBar,
) -> Result<(), SampleError> {
    for (number, task) in tasks.iter().enumerate() {
        // Only those who may: the last of the people only looks on.
        let author = &members[number % (members.len() - 1)];
        let name = format!("{key}-{number}");
        client.post("/tasks", &author.token, &name, task).await?;
        bar.inc(1);
    }
    Ok(())
}

/// The task of a number: the same in every sample, but for the day from which due dates are counted.
fn task(
    number: usize,
    project: &content::Project,
    id: &Value,
    members: &[Member],
    now: Timestamp,
) -> Value {
    let (area, step) = (
        project.areas[number / STEPS.len()],
        &STEPS[number % STEPS.len()],
    );
    let priority = ["medium", "high", "low", "medium", "urgent", "low", "medium"][number % 7];
    let mut task = json!({
        "project_id": id,
        "title": step.title.replace("{}", area),
        "description": step.description.replace("{}", area),
        "status": status(number),
        "priority": priority,
    });
    if number % 5 != 4 {
        task["assignee_id"] = members[(number * 7 + 1) % (members.len() - 1)]
            .id
            .clone()
            .into();
    }
    if let Some(due) = due_date(number, now) {
        task["due_date"] = due.into();
    }
    task
}

/// The first areas are done, the next ones under way.
fn status(number: usize) -> &'static str {
    match (number / STEPS.len(), number % STEPS.len()) {
        (0..=3, _) | (4..=6, 0) => "done",
        (4..=6, 1 | 2) => "in_progress",
        _ => "todo",
    }
}

/// A day between ten days ago and seven weeks ahead; every third task has none.
fn due_date(number: usize, now: Timestamp) -> Option<String> {
    if number % 3 == 2 {
        return None;
    }
    let days = (number as i64 * 3) % 60 - 10;
    let due = now.checked_add((days * 24).hours()).ok()?;
    Some(due.strftime("%Y-%m-%d").to_string())
}

/// A text field of an answer.
fn text(value: &Value, name: &str) -> Result<String, SampleError> {
    value[name]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| SampleError::Missing(format!("{name} of an answer")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_about_two_hundred_different_tasks() {
        let members: Vec<Member> = PEOPLE
            .iter()
            .map(|person| Member {
                id: person.username.to_owned(),
                token: String::new(),
            })
            .collect();
        let mut titles = Vec::new();
        for project in &PROJECTS {
            assert_eq!(project.areas.len(), AREAS_PER_PROJECT);
            for number in 0..AREAS_PER_PROJECT * STEPS.len() {
                let task = task(
                    number,
                    project,
                    &json!("p"),
                    &members,
                    "2026-11-20T00:00:00Z".parse().unwrap(),
                );
                titles.push(task["title"].as_str().unwrap().to_owned());
            }
        }
        let all = titles.len();
        titles.sort();
        titles.dedup();
        assert!(titles.len() == all && (190..=220).contains(&all), "{all}");
    }
}
