//! Files on tasks, and pictures. What becomes of trouble with the object store: tests/it/files/attachments/trouble.rs.

use reqwest::Method;
use serde_json::json;
use tests::{File, Request};

use super::cases;
use crate::faults::stage::{Case, Stage};

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x08\x08\x06\0\0\0\0\0\0\0\0\0\0\0IEND\xaeB`\x82";

impl Stage {
    /// A new task with a file, so that the organization's bytes are counted already. An hour passes.
    async fn filed(&self) -> (String, String) {
        self.fresh();
        let task = self.team.task(&self.project, "Some task").await;
        let id = self.bob.attach(&task, &File::text("a.txt", 10)).await;
        (format!("/tasks/{task}/attachments"), id)
    }

    fn by_bob(&self, method: Method, path: &str) -> Request {
        self.bob.request(method, path)
    }

    fn announce_picture(&self) -> Request {
        let file = File::new("avatar", "image/png", PICTURE);
        let body =
            json!({ "size": file.bytes.len(), "content_type": file.kind, "sha256": file.sha256() });
        self.by_bob(Method::POST, "/users/me/avatar").json(body)
    }

    async fn send_picture(&self) {
        let begun = self.announce_picture().send().await.expect(201);
        assert_eq!(
            self.bob
                .put_file(&begun.data()["upload"], PICTURE)
                .await
                .status,
            200
        );
    }
}

pub const CASES: &[Case] = cases![
    ("announce a file", "attachments", 201, |stage| {
        let (place, _) = stage.filed().await;
        stage
            .by_bob(Method::POST, &place)
            .json(File::text("b.txt", 10).announcement())
    }),
    ("announce a file under a key", "attachments", 201, |stage| {
        let (place, id) = stage.filed().await;
        let request = stage
            .by_bob(Method::POST, &place)
            .header("idempotency-key", &id);
        request.json(File::text("b.txt", 10).announcement())
    }),
    ("announce a version", "attachments", 201, |stage| {
        let (place, id) = stage.filed().await;
        let request = stage.by_bob(Method::POST, &format!("{place}/{id}/versions"));
        request.json(File::text("b.txt", 10).announcement())
    }),
    ("complete a file", "attachments", 200, |stage| {
        let (place, _) = stage.filed().await;
        let task = place.split('/').nth(2).unwrap_or_default();
        let id = stage
            .bob
            .send_file(task, &File::text("b.txt", 10))
            .await
            .id();
        stage.by_bob(Method::POST, &format!("{place}/{id}/complete"))
    }),
    (
        "complete what is something else",
        "attachments",
        422,
        |stage| {
            let (place, _) = stage.filed().await;
            let task = place.split('/').nth(2).unwrap_or_default();
            let id = stage
                .bob
                .send_file(task, &File::new("b.png", "image/png", "<html>"))
                .await
                .id();
            stage.by_bob(Method::POST, &format!("{place}/{id}/complete"))
        }
    ),
    ("delete a file", "attachments", 204, |stage| {
        let (place, id) = stage.filed().await;
        stage.by_bob(Method::DELETE, &format!("{place}/{id}"))
    }),
    ("announce a picture", "attachments", 201, |stage| {
        stage.fresh();
        stage.send_picture().await;
        stage.announce_picture()
    }),
    ("complete a picture", "attachments", 200, |stage| {
        stage.fresh();
        stage.send_picture().await;
        stage.by_bob(Method::POST, "/users/me/avatar/complete")
    }),
    ("delete a picture", "attachments", 204, |stage| {
        stage.fresh();
        stage.send_picture().await;
        stage
            .by_bob(Method::POST, "/users/me/avatar/complete")
            .send()
            .await
            .expect(200);
        stage.by_bob(Method::DELETE, "/users/me/avatar")
    }),
];
