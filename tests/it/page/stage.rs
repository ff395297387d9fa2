//! An organization with a board, and its people in front of their browsers.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

use serde_json::{Value, json};
use tests::{Browser, PASSWORD, Page, Person, Team, World};

/// The width and height of a desktop's window.
pub const DESKTOP: (u32, u32) = (1280, 800);
/// The width and height of a phone.
pub const PHONE: (u32, u32) = (390, 844);

/// Everything that a test of the page needs.
pub struct Stage {
    pub world: World,
    pub browser: Browser,
    pub team: Team,
    pub project: String,
}

impl Stage {
    /// A project with a board of three lists, and nothing on it; none without a browser.
    pub async fn new() -> Option<Self> {
        let browser = Browser::start().await?;
        let world = World::new().await;
        let ann = world.person("ann").await;
        ann.patch("/users/me", json!({ "full_name": "Ann Lee" }))
            .await
            .expect(200);
        let team = world.team(&ann, "acme").await;
        let body = json!({ "organization_id": team.id, "name": "Website relaunch", "key": "WEB" });
        let project = ann.post("/projects", body).await.expect(201).id();
        let board = json!({ "project_id": project, "name": "Development" });
        ann.post("/boards", board).await.expect(201);
        Some(Self {
            world,
            browser,
            team,
            project,
        })
    }

    /// Somebody else in the organization.
    pub async fn member(&self, name: &str, full_name: &str, role: &str) -> Person {
        let person = self.world.member(&self.team, name, role).await;
        person
            .patch("/users/me", json!({ "full_name": full_name }))
            .await
            .expect(200);
        person
    }

    /// A card; `members` says more of it.
    pub async fn card(&self, title: &str, members: Value) -> String {
        let mut body = json!({ "project_id": self.project, "title": title });
        body.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        self.team.owner.post("/tasks", body).await.expect(201).id()
    }

    /// Signs in on a new page and waits for the board.
    pub async fn signed_in(&self, name: &str, (width, height): (u32, u32)) -> Page {
        let page = self.browser.page(width, height).await;
        page.go(&format!(
            "{}/app#/project/{}",
            self.world.cloud.url(),
            self.project
        ))
        .await;
        page.write("input[name=name]", name).await;
        page.write("input[name=password]", PASSWORD).await;
        page.click(".door .primary").await;
        page.shows(".board .list").await;
        page.shows(".state.live").await;
        page
    }
}

/// The selector of the list with a status.
pub fn list(status: &str) -> String {
    format!(".list[data-status={status}]")
}

/// The selector of a card.
pub fn card(id: &str) -> String {
    format!(".card[data-id='{id}']:not(.ghost)")
}

/// The selector of a card in the list with a status.
pub fn card_in(status: &str, id: &str) -> String {
    format!("{} {}", list(status), card(id))
}

/// Drags a card with the mouse to the top of the list with a status.
pub async fn drag(page: &Page, id: &str, status: &str) {
    let from = page.middle(&card(id)).await;
    let to = page.middle(&format!("{} h2", list(status))).await;
    page.drag(from, to, ".card.ghost").await;
}

/// Fails if pages have complained, but for words of these.
#[track_caller]
pub fn content(pages: &[&Page], but: &[&str]) {
    for page in pages {
        let complaints = page.complaints();
        let rest: Vec<_> = complaints
            .iter()
            .filter(|one| !but.iter().any(|known| one.contains(known)))
            .collect();
        assert!(rest.is_empty(), "{rest:#?}");
    }
}
