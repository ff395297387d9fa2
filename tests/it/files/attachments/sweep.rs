//! What nobody completes does not stay.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use tests::{File, PASSWORD, Person, World};

use super::Stage;

/// The items of the table whose sort keys begin so.
async fn items(world: &World, prefix: &str) -> usize {
    let table = crate::table::snapshot(&world.cloud).await;
    table
        .keys()
        .filter(|(_, sk)| sk.starts_with(prefix))
        .count()
}

#[tokio::test]
async fn uncompleted_uploads_are_swept_and_completed_ones_stay() {
    let stage = Stage::with(|options| options.sweep_ttl = true).await;
    let file = File::text("a.txt", 10);
    let done = stage
        .bob
        .attach(&stage.task, &File::text("done.txt", 10))
        .await;
    let begun = stage.bob.send_file(&stage.task, &file).await;
    let upload = &begun.data()["upload"];
    assert_eq!(stage.bob.put_file(upload, &file.bytes).await.status, 412);
    assert_eq!(items(&stage.world, "ATTACHMENT#").await, 2);
    stage.world.clock.advance(SignedDuration::from_hours(25));
    while items(&stage.world, "ATTACHMENT#").await > 1 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The address has expired long ago, but the object's place is the same for a repeated upload.
    while stage.holds(upload["url"].as_str().unwrap()).await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let bob = stage.again(&stage.bob).await;
    assert_eq!(stage.download(&bob, &done, "").await.status, 200);
    stage
        .complete(&bob, &begun.id())
        .await
        .refused(404, "not_found");
}

impl Stage {
    /// Somebody signed in anew: their token has expired.
    async fn again(&self, who: &Person) -> Person {
        let body = json!({ "email": who.email, "password": PASSWORD });
        who.with_tokens(
            &self
                .world
                .nobody()
                .post("/auth/login", body)
                .await
                .expect(200),
        )
    }

    /// Whether the object to which an address leads is still there.
    async fn holds(&self, url: &str) -> bool {
        let path = url.split('?').next().unwrap();
        let key = path.rsplit_once("/uploads/").unwrap().1;
        self.world
            .cloud
            .objects("uploads/")
            .await
            .iter()
            .any(|object| object.ends_with(key))
    }
}

#[tokio::test]
async fn an_object_in_time_is_not_swept() {
    let stage = Stage::new().await;
    // Far from the machine's time: an object is as old as the cloud's clock says.
    stage
        .world
        .clock
        .advance(SignedDuration::from_hours(24 * 400));
    let bob = stage.again(&stage.bob).await;
    let begun = bob.send_file(&stage.task, &File::text("a.txt", 10)).await;
    stage.world.clock.advance(SignedDuration::from_mins(100));
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(
            stage
                .holds(begun.data()["upload"]["url"].as_str().unwrap())
                .await
        );
    }
    stage.complete(&bob, &begun.id()).await.expect(200);
}
