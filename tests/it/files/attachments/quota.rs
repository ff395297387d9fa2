//! How much an organization may keep.

use futures_util::future::join_all;
use jiff::SignedDuration;
use tests::File;

use super::Stage;

async fn stage_of(bytes: u64) -> Stage {
    Stage::with(|options| {
        options
            .variables
            .insert("MAX_STORAGE_BYTES".to_owned(), bytes.to_string());
        options
            .variables
            .insert("MAX_FILE_BYTES".to_owned(), "600".to_owned());
    })
    .await
}

#[tokio::test]
async fn sec_low_of_two_announcements_for_the_last_bytes_one_is_taken() {
    let stage = stage_of(1000).await;
    let files = ["a.txt", "b.txt"].map(|name| File::text(name, 600));
    let answers = join_all(files.iter().map(|file| stage.begin(&stage.bob, file))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    let (taken, refused) = if answers[0].status == 201 {
        (0, 1)
    } else {
        (1, 0)
    };
    answers
        .into_iter()
        .nth(refused)
        .unwrap()
        .refused(409, "limit_reached");
    assert_eq!(stage.bytes().await, 0);
    // It takes room until it comes to nothing: nobody completes it any more, and another has its place.
    stage
        .begin(&stage.bob, &files[refused])
        .await
        .refused(409, "limit_reached");
    stage.world.clock.advance(SignedDuration::from_hours(4));
    let other = stage.bob.attach(&stage.task, &files[refused]).await;
    assert_eq!(stage.bytes().await, 600);
    stage
        .begin(&stage.bob, &files[taken])
        .await
        .refused(409, "limit_reached");
    stage.bob.delete(&stage.at(&other)).await.expect(204);
    stage.begin(&stage.bob, &files[taken]).await.expect(201);
}

#[tokio::test]
async fn sec_low_nobody_announces_more_than_a_tenth_of_the_room() {
    let stage = stage_of(20_000).await;
    let file = |n: usize| File::text(&format!("{n}.txt"), 500);
    let mut ids = vec![];
    for n in 0..4 {
        ids.push(stage.begin(&stage.bob, &file(n)).await.expect(201).id());
    }
    let refused = stage
        .begin(&stage.bob, &file(5))
        .await
        .refused(409, "limit_reached");
    assert_eq!(refused.body["limit"], 2000);
    stage.begin(&stage.ann, &file(6)).await.expect(201);
    // What is given up, comes, or is not what was announced takes no more room.
    stage.bob.delete(&stage.at(&ids[0])).await.expect(204);
    stage.bob.attach(&stage.task, &file(7)).await;
    let id = stage
        .bob
        .send_file(
            &stage.task,
            &File::new("8.png", "image/png", vec![b'x'; 500]),
        )
        .await
        .id();
    stage.complete(&stage.bob, &id).await.expect(422);
    stage.bob.attach(&stage.task, &file(9)).await;
    stage.begin(&stage.bob, &file(10)).await.expect(201);
    stage
        .begin(&stage.bob, &file(11))
        .await
        .refused(409, "limit_reached");
}

#[tokio::test]
async fn what_has_no_room_is_not_even_announced() {
    let stage = stage_of(1000).await;
    stage
        .bob
        .attach(&stage.task, &File::text("a.txt", 600))
        .await;
    let answer = stage
        .begin(&stage.bob, &File::text("b.txt", 401))
        .await
        .refused(409, "limit_reached");
    assert_eq!(answer.body["limit"], 1000);
    stage
        .begin(&stage.bob, &File::text("b.txt", 400))
        .await
        .expect(201);
    stage
        .begin(&stage.bob, &File::text("b.txt", 601))
        .await
        .refused(413, "file_too_large");
    // Another organization has room of its own.
    let other = stage.world.team(&stage.bob, "globex").await;
    let task = other.task(&other.project("GLOB").await, "Another").await;
    stage.bob.attach(&task, &File::text("c.txt", 600)).await;
}

#[tokio::test]
async fn ten_at_once_count_exactly() {
    let stage = stage_of(1_000_000).await;
    let files: Vec<File> = (1..=10)
        .map(|n| File::text(&format!("{n}.txt"), n * 10))
        .collect();
    let ids = join_all(files.iter().map(|file| stage.bob.attach(&stage.task, file))).await;
    assert_eq!(stage.bytes().await, 550);
    let delete = async |id: &String| stage.bob.delete(&stage.at(id)).await.expect(204);
    join_all(ids.iter().map(delete)).await;
    assert_eq!(stage.bytes().await, 0);
}

#[tokio::test]
async fn what_comes_to_an_address_after_completion_changes_nothing() {
    let stage = stage_of(10_000).await;
    let file = File::text("a.txt", 600);
    let begun = stage.begin(&stage.bob, &file).await.expect(201);
    let upload = begun.data()["upload"].clone();
    assert_eq!(stage.bob.put_file(&upload, &file.bytes).await.status, 200);
    stage.complete(&stage.bob, &begun.id()).await.expect(200);
    let other = stage.bob.put_file(&upload, &vec![b'y'; 600]).await.status;
    assert!((400..500).contains(&other), "{other}");
    let again = stage.bob.put_file(&upload, &file.bytes).await.status;
    stage.complete(&stage.bob, &begun.id()).await.expect(200);
    let now = stage.download(&stage.ann, &begun.id(), "").await;
    assert_eq!(
        (now.bytes == file.bytes, stage.bytes().await),
        (true, 600),
        "{again}"
    );
}
