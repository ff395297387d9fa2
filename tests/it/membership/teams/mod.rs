//! Teams: what is refused, and what many do at once.

mod input;
mod together;

use serde_json::json;
use tests::{Person, Team, World};

/// An organization of Ann's with Bob in it, and a team of hers.
struct Stage {
    world: World,
    org: Team,
    ann: Person,
    bob: Person,
    team: String,
}

impl Stage {
    async fn new() -> Self {
        let world = World::new().await;
        let ann = world.person("ann").await;
        let org = world.team(&ann, "acme").await;
        let bob = world.member(&org, "bob", "member").await;
        let body = json!({ "organization_id": org.id, "name": "Crew" });
        let team = ann.post("/teams", body).await.expect(201).id();
        Self {
            world,
            org,
            ann,
            bob,
            team,
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/teams/{}{rest}", self.team)
    }

    async fn project(&self, key: &str) -> String {
        self.org.project(key).await
    }
}
