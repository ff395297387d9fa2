//! Requests that are in order, about comments on tasks.

use serde_json::json;
use tests::Person;

use super::sample::Sample;
use super::stage::Stage;
use crate::api::Operation;

impl Stage {
    /// A request about the comments on a new task.
    pub(super) async fn arrange_comments(
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
        let task = self.task(project, None).await;
        let place = format!("/tasks/{task}/comments");
        let said = json!({ "body": "What do you think, @member?" });
        let own = if variant == "own" {
            Some(who.post(&place, said.clone()).await)
        } else {
            None
        };
        let comment = match own.filter(|made| made.status == 201) {
            Some(made) => made,
            None => self.owner().post(&place, said).await.expect(201),
        };
        let (comment, author) = (comment.id(), comment.text_of("author_id"));
        let one = Sample::at([&task, &comment]);
        match operation.id.as_str() {
            "listComments" => Sample::at([&task]).query([("thread", &comment), ("limit", "5")]),
            "createComment" => {
                Sample::at([&task]).body(json!({ "body": "Good, @owner.", "parent_id": comment }))
            }
            "updateComment" => one.body(json!({ "body": "What do you think, @manager?" })),
            "getCommentHistory" => {
                let change = json!({ "body": "What do you think?" });
                let author = if author == who.id {
                    who.clone()
                } else {
                    self.owner()
                };
                author
                    .patch(&format!("{place}/{comment}"), change)
                    .await
                    .expect(200);
                one
            }
            "addReaction" | "removeReaction" => Sample::at([&task, &comment, "%F0%9F%91%8D"]),
            _ => one,
        }
    }
}
