//! What a stopped cloud has left behind, the next one on the same directory goes on with.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tests::World;

use crate::faults::sqs;
use crate::table::{snapshot, stream};

/// A directory that goes with the test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let name = runtime::env::Entropy::system().bytes::<8>();
        Self(std::env::temp_dir().join(format!("elevanalog-{:x}", u64::from_be_bytes(name))))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What cannot be deleted now is the operating system's to clean up.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn world(path: &Path) -> World {
    World::with(|options| options.data_dir = Some(path.to_owned())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_there_after_a_restart() {
    let directory = Directory::new();
    let first = world(&directory.0).await;
    let ann = first.unverified("ann").await;
    let team = first.team(&ann, "acme").await;
    let project = team.project("WEB").await;
    let task = team.task(&project, "First").await;
    first.cloud.settle().await;
    let (items, records, mails) = (
        snapshot(&first.cloud).await,
        stream(&first.cloud).await.len(),
        first.cloud.mailbox(),
    );
    assert_eq!(mails.len(), 1);
    first.cloud.stop().await;

    let second = world(&directory.0).await;
    assert!(items == snapshot(&second.cloud).await);
    assert_eq!(
        (stream(&second.cloud).await.len(), second.cloud.mailbox()),
        (records, mails.clone())
    );
    // Tokens are good still: the secret is the same.
    let mut here = second.nobody();
    (here.token, here.refresh, here.id, here.email) = (ann.token, ann.refresh, ann.id, ann.email);
    let ann = here;
    assert_eq!(
        ann.get(&format!("/tasks/{task}"))
            .await
            .expect(200)
            .text_of("key"),
        "WEB-1"
    );
    let next = ann
        .post(
            "/tasks",
            json!({ "project_id": project, "title": "Second" }),
        )
        .await
        .expect(201);
    assert_eq!(next.text_of("key"), "WEB-2");
    assert_eq!(
        ann.get(&format!("/tasks?project={project}"))
            .await
            .expect(200)
            .rows()
            .len(),
        2
    );
    second.verify(&ann).await;
    // What was read of the stream before is not read again.
    assert_eq!(second.cloud.mailbox(), mails);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_that_waited_in_the_queue_is_sent_after_a_restart() {
    let directory = Directory::new();
    let first = world(&directory.0).await;
    let ann = first.unverified("ann").await;
    first.cloud.settle().await;
    let job =
        json!({ "kind": "one_time", "event": "later", "user": ann.id, "purpose": "verify_email" });
    sqs(
        &first,
        "SendMessage",
        false,
        json!({ "MessageBody": job.to_string(), "DelaySeconds": 1 }),
    )
    .await;
    assert_eq!(first.cloud.mailbox().len(), 1);
    first.cloud.stop().await;

    let second = world(&directory.0).await;
    for _ in 0..1000 {
        if second.cloud.mailbox().len() > 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mails = second.cloud.mailbox();
    assert_eq!(
        mails
            .iter()
            .map(|mail| mail.to.as_str())
            .collect::<Vec<_>>(),
        [ann.email.as_str(); 2]
    );
}
