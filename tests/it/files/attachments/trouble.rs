//! Trouble with the object store and the table.

use local::Fault;
use tests::File;

use super::Stage;

#[tokio::test]
async fn an_object_that_cannot_be_looked_at_leaves_the_upload_waiting() {
    let stage = Stage::new().await;
    let id = stage
        .bob
        .send_file(&stage.task, &File::text("a.txt", 10))
        .await
        .id();
    let faults = stage.world.cloud.faults();
    for (method, kind, status, answered, code) in [
        ("HEAD", "NotFound", 404, 409, "not_uploaded"),
        ("HEAD", "AccessDenied", 403, 409, "not_uploaded"),
        ("HEAD", "SlowDown", 503, 503, "unavailable"),
        ("GET", "SlowDown", 503, 503, "unavailable"),
        ("PUT", "InternalError", 500, 503, "unavailable"),
    ] {
        let fault = Fault::error(method, kind, status)
            .in_function("attachments")
            .times(usize::MAX);
        let hits = faults.add(fault);
        stage
            .complete(&stage.bob, &id)
            .await
            .refused(answered, code);
        assert!(hits.count() > 0, "{method} {status} was not met");
        faults.clear();
        assert_eq!(
            stage
                .bob
                .get(&stage.at(&id))
                .await
                .expect(200)
                .text_of("state"),
            "pending"
        );
        assert_eq!(stage.bytes().await, 0);
    }
    stage.complete(&stage.bob, &id).await.expect(200);
}

#[tokio::test]
async fn a_passing_fault_is_not_noticed() {
    let stage = Stage::new().await;
    let faults = stage.world.cloud.faults();
    for (n, fault) in [
        Fault::error("HEAD", "SlowDown", 503),
        Fault::fail_before("GET"),
        Fault::lose_answer("PUT"),
        Fault::error("DELETE", "SlowDown", 503).times(usize::MAX),
        Fault::lose_answer("TransactWriteItems"),
        Fault::cancel(&["TransactionConflict", "None"]),
    ]
    .into_iter()
    .enumerate()
    {
        let id = stage
            .bob
            .send_file(&stage.task, &File::text("a.txt", 10))
            .await
            .id();
        let hits = faults.add(fault.in_function("attachments"));
        stage.complete(&stage.bob, &id).await.expect(200);
        assert!(hits.count() > 0, "fault {n} was not met");
        faults.clear();
        assert_eq!(stage.bytes().await, 10 * (n as u64 + 1));
    }
}

#[tokio::test]
async fn a_lost_answer_to_an_announcement_or_a_deletion_is_made_good() {
    let stage = Stage::new().await;
    let faults = stage.world.cloud.faults();
    let lost = faults.add(Fault::lose_answer("TransactWriteItems").in_function("attachments"));
    let id = stage
        .bob
        .attach(&stage.task, &File::text("a.txt", 10))
        .await;
    assert_eq!(lost.count(), 1);
    let lost = faults.add(Fault::lose_answer("TransactWriteItems").in_function("attachments"));
    stage.bob.delete(&stage.at(&id)).await.expect(204);
    assert_eq!((lost.count(), stage.bytes().await), (1, 0));
}

#[tokio::test]
async fn two_completions_at_once_make_one_version() {
    let stage = Stage::new().await;
    for _ in 0..5 {
        let id = stage
            .bob
            .send_file(&stage.task, &File::text("a.txt", 10))
            .await
            .id();
        let both = tokio::join!(
            stage.complete(&stage.bob, &id),
            stage.complete(&stage.bob, &id)
        );
        assert_eq!(both.0.expect(200).body, both.1.expect(200).body);
        stage.bob.delete(&stage.at(&id)).await.expect(204);
    }
    assert_eq!(stage.bytes().await, 0);
}
