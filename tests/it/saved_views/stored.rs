//! How views stand in the table.

use domain::id::{OrgId, Tag, UserId};
use jiff::Timestamp;
use saved_views::{SavedView, ViewId};
use serde_json::json;
use tests::World;

use super::journey::save;
use crate::surface::projection::listed;
use crate::work::bulk::still;

#[test]
fn a_list_shows_all_of_a_view() {
    let at = Timestamp::from_second(1_793_440_800).unwrap();
    let tag = Tag::from_bytes([9, 8, 7, 6, 5]);
    let view = SavedView {
        id: ViewId::new(tag, [8; 11]),
        org: OrgId::new(tag, [3; 11]),
        name: "Mine".parse().unwrap(),
        filter: [("status".to_owned(), "todo".to_owned())].into(),
        shared: true,
        created_at: at,
        created_by: UserId::new(1_793_440_800_000, [1; 10]),
        updated_at: at,
        // A deleted one is in no list.
        deleted_at: None,
    };
    listed(view, |_| {});
}

#[tokio::test]
async fn only_a_deleted_view_may_be_swept() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let ids = [
        save(&ann, "One", json!({}), false).await.id(),
        save(&ann, "Two", json!({}), false).await.id(),
    ];
    ann.delete(&format!("/views/{}", ids[0])).await.expect(200);
    let items = still(&world).await;
    let swept: Vec<bool> = items
        .iter()
        .filter(|((_, sk), _)| sk == "VIEW")
        .map(|(_, item)| item.contains_key("ttl"))
        .collect();
    assert_eq!(
        (swept.len(), swept.iter().filter(|swept| **swept).count()),
        (2, 1)
    );
}
