//! A world to look at.

use serde_json::json;
use tests::World;

#[tokio::test]
#[ignore = "for looking at"]
async fn serve_for_looking() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let team = world.team(&ann, "acme").await;
    for (name, role) in [("bob", "member"), ("vera", "viewer")] {
        world.member(&team, name, role).await;
    }
    std::fs::write("/tmp/app/world.json", json!({ "url": world.cloud.url(), "team": team.id }).to_string()).unwrap();
    while !std::path::Path::new("/tmp/app/stop").exists() {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}
