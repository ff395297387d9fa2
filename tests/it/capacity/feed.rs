//! The feed on the scale: what an event costs once the request is over.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

use domain::feed::event::{Event, EventId, EventType};
use store::table::Table;

use super::scale::{Bound, Scale, exactly};
use crate::feed::settled;

/// Weighs appends.
pub async fn weigh(scale: &mut Scale<'_>) {
    let world = scale.world;
    let kim = world.person("kim-g").await;
    let org = world.team(&kim, "kims-g").await;
    let task = org.task(&org.project("FEED").await, "Weigh").await;
    let body =
        serde_json::json!({ "title": "Weigh it", "assignee_id": kim.id, "priority": "high" });
    kim.patch(&format!("/tasks/{task}"), body).await.expect(200);
    let feed = settled(world, &org.id).await;
    // With a task, a project and an actor it stands in every index that there is for it.
    let told = feed
        .events
        .iter()
        .rfind(|one| one.event.kind == EventType::TaskUpdated)
        .unwrap();
    let event = |n: u8| Event {
        id: EventId([n; 16]),
        ..told.event.clone()
    };
    let table = Table::new(&world.cloud.function_env("feed").unwrap()).unwrap();
    let (one, ten): (Vec<Event>, Vec<Event>) = (vec![event(0)], (1..=10).map(event).collect());
    let append = |events| table.append(feed.tag(), events);
    scale
        .weigh_work(
            "append an event to the feed",
            exactly(2, 2.0, 9.0),
            "feed",
            append(&one),
        )
        .await
        .unwrap();
    let batch = (Bound::Is(2.0), Bound::Is(11.0), Bound::Most(75.0));
    scale
        .weigh_work("append ten events", batch, "feed", append(&ten))
        .await
        .unwrap();
    let known = exactly(1, 11.0, 0.0);
    scale
        .weigh_work(
            "append ten events that are there already",
            known,
            "feed",
            append(&ten),
        )
        .await
        .unwrap();
}
