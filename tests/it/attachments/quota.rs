//! How much an organization may keep.

use futures_util::future::join_all;
use tests::File;

use super::Stage;

async fn stage_of(bytes: u64) -> Stage {
    Stage::with(|options| {
        options.variables.insert("MAX_STORAGE_BYTES".to_owned(), bytes.to_string());
        options.variables.insert("MAX_FILE_BYTES".to_owned(), "600".to_owned());
    })
    .await
}

#[tokio::test]
async fn of_two_uploads_for_the_last_bytes_one_is_completed() {
    let stage = stage_of(1000).await;
    let mut ids = vec![];
    for name in ["a.txt", "b.txt"] {
        ids.push(stage.bob.send_file(&stage.task, &File::text(name, 600)).await.id());
    }
    let answers = join_all(ids.iter().map(|id| stage.complete(&stage.bob, id))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let refused = answers.into_iter().find(|answer| answer.status == 409).unwrap().refused(409, "limit_reached");
    assert_eq!(refused.body["limit"], 1000);
    assert_eq!(stage.bytes().await, 600);
    // It waits: once there is room, it can be completed.
    let names = stage.names(&stage.bob).await;
    assert_eq!(names.len(), 1);
    let (done, waiting) = if names[0] == "a.txt" { (&ids[0], &ids[1]) } else { (&ids[1], &ids[0]) };
    stage.bob.delete(&stage.at(done)).await.expect(204);
    stage.complete(&stage.bob, waiting).await.expect(200);
    assert_eq!(stage.bytes().await, 600);
}

#[tokio::test]
async fn what_has_no_room_is_not_even_announced() {
    let stage = stage_of(1000).await;
    stage.bob.attach(&stage.task, &File::text("a.txt", 600)).await;
    let answer = stage.begin(&stage.bob, &File::text("b.txt", 401)).await.refused(409, "limit_reached");
    assert_eq!(answer.body["limit"], 1000);
    stage.begin(&stage.bob, &File::text("b.txt", 400)).await.expect(201);
    stage.begin(&stage.bob, &File::text("b.txt", 601)).await.refused(413, "file_too_large");
    // Another organization has room of its own.
    let other = stage.world.team(&stage.bob, "globex").await;
    let task = other.task(&other.project("GLOB").await, "Another").await;
    stage.bob.attach(&task, &File::text("c.txt", 600)).await;
}

#[tokio::test]
async fn ten_at_once_count_exactly() {
    let stage = stage_of(1_000_000).await;
    let files: Vec<File> = (1..=10).map(|n| File::text(&format!("{n}.txt"), n * 10)).collect();
    let ids = join_all(files.iter().map(|file| stage.bob.attach(&stage.task, file))).await;
    assert_eq!(stage.bytes().await, 550);
    let delete = async |id: &String| stage.bob.delete(&stage.at(id)).await.expect(204);
    join_all(ids.iter().map(delete)).await;
    assert_eq!(stage.bytes().await, 0);
}
