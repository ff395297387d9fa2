//! Requests that are in order, about files on tasks and pictures of people.

use serde_json::{Value, json};
use tests::{File, Person};

use super::sample::Sample;
use super::stage::Stage;
use crate::api::Operation;

/// The smallest square PNG.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x08\x08\x06\0\0\0\0\0\0\0\0\0\0\0IEND\xaeB`\x82";

fn picture() -> (File, Value) {
    let file = File::new("avatar", "image/png", PICTURE);
    let body =
        json!({ "size": file.bytes.len(), "content_type": file.kind, "sha256": file.sha256() });
    (file, body)
}

/// Somebody announces and uploads a picture, if they are somebody.
async fn upload_picture(who: &Person) {
    let (file, body) = picture();
    let begun = who.post("/users/me/avatar", body).await;
    if begun.status == 201 {
        assert_eq!(
            who.put_file(&begun.data()["upload"], &file.bytes)
                .await
                .status,
            200
        );
    }
}

impl Stage {
    /// A request about the files on a new task.
    pub(super) async fn arrange_attachments(
        &self,
        operation: &Operation,
        variant: &str,
        who: &Person,
    ) -> Sample {
        let project = if variant == "private" {
            &self.private
        } else {
            &self.open
        };
        let task = self
            .task(
                project,
                Some(who).filter(|_| variant == "assigned to the caller"),
            )
            .await;
        let file = File::text(&format!("{}.txt", self.next()), 10);
        if operation.id == "beginAttachment" {
            return Sample::at([&task]).body(file.announcement());
        }
        let own = if variant == "own" {
            Some(
                who.post(&format!("/tasks/{task}/attachments"), file.announcement())
                    .await,
            )
        } else {
            None
        };
        let (maker, begun) = match own.filter(|begun| begun.status == 201) {
            Some(begun) => (who.clone(), begun),
            None => {
                let owner = self.owner();
                let begun = owner
                    .post(&format!("/tasks/{task}/attachments"), file.announcement())
                    .await
                    .expect(201);
                (owner, begun)
            }
        };
        assert_eq!(
            maker
                .put_file(&begun.data()["upload"], &file.bytes)
                .await
                .status,
            200
        );
        let id = begun.id();
        let one = Sample::at([&task, &id]);
        if operation.id == "completeAttachment" {
            return one.body(json!({ "number": 1 }));
        }
        maker
            .post(
                &format!("/tasks/{task}/attachments/{id}/complete"),
                json!({}),
            )
            .await
            .expect(200);
        match operation.id.as_str() {
            "listAttachments" => Sample::at([&task]).query([("limit", "5")]),
            "beginAttachmentVersion" => one.body(File::text("another.txt", 11).announcement()),
            "getAttachment" => one.query([("version", "1")]),
            _ => one,
        }
    }

    /// A request about somebody's picture.
    pub(super) async fn arrange_avatars(&self, operation: &Operation, who: &Person) -> Sample {
        let complete = async |who: &Person| {
            upload_picture(who).await;
            who.request(reqwest::Method::POST, "/users/me/avatar/complete")
                .send()
                .await
        };
        match operation.id.as_str() {
            "beginAvatar" => Sample::with(picture().1),
            "completeAvatar" => {
                upload_picture(who).await;
                Sample::default()
            }
            "getAvatar" => {
                let viewer = self.person("viewer");
                complete(&viewer).await.expect(200);
                Sample::at([&viewer.id])
            }
            _ => {
                complete(who).await;
                Sample::default()
            }
        }
    }
}
