//! Requests that are in order, about boards and about moving tasks.

use serde_json::{Value, json};

use super::sample::Sample;
use super::stage::Stage;
use crate::api::Operation;

/// A board with its lists.
struct Board {
    id: String,
    lists: Vec<String>,
}

impl Stage {
    /// A new board of the owner's with lists for these statuses.
    async fn board(&self, project: &str, statuses: &[&str]) -> Board {
        let lists: Vec<Value> = statuses
            .iter()
            .map(|status| json!({ "name": "List", "status": status }))
            .collect();
        let body = json!({ "project_id": project, "name": format!("Board {}", self.next()), "lists": lists });
        let made = self.owner().post("/boards", body).await.expect(201);
        let lists = made.data()["lists"]
            .as_array()
            .unwrap()
            .iter()
            .map(|list| list["id"].as_str().unwrap().to_owned());
        Board {
            id: made.id(),
            lists: lists.collect(),
        }
    }

    /// A request to the group of the boards.
    pub(super) async fn arrange_boards(&self, operation: &Operation, variant: &str) -> Sample {
        let project = if variant == "private" {
            &self.private
        } else {
            &self.open
        };
        match operation.id.as_str() {
            "listBoards" => return Sample::default().query([("project", project), ("limit", "5")]),
            "createBoard" => {
                let lists = json!([{ "name": "Doing", "status": "in_progress", "wip_limit": 3 }]);
                let name = format!("Board {}", self.next());
                return Sample::with(
                    json!({ "project_id": project, "name": name, "lists": lists }),
                );
            }
            _ => {}
        }
        // No tasks of other requests stand in these lists.
        let board = self.board(project, &["todo", "in_progress"]).await;
        let (id, list) = (board.id.as_str(), board.lists[1].as_str());
        match operation.id.as_str() {
            "getBoard" => Sample::at([id]).query([("limit", "5"), ("include", "counts")]),
            "updateBoard" => Sample::at([id])
                .body(json!({ "name": "Other", "list_order": [board.lists[1], board.lists[0]] })),
            "addBoardList" => Sample::at([id])
                .body(json!({ "name": "Ready", "status": "done", "wip_limit": 3, "position": 1 })),
            "updateBoardList" => {
                let body =
                    json!({ "name": "Ready", "status": "done", "wip_limit": 3, "position": 0 });
                Sample::at([id, list]).body(body)
            }
            "removeBoardList" => Sample::at([id, list]).query([("move_tasks_to", &board.lists[0])]),
            _ => Sample::at([id]),
        }
    }

    /// The tasks of a list.
    pub(super) async fn arrange_list_of_tasks(&self) -> Sample {
        let board = self.board(&self.open, &["todo"]).await;
        Sample::default().query([
            ("board", &board.id),
            ("list", &board.lists[0]),
            ("limit", "5"),
        ])
    }

    /// The body of a move of a task that is to be done.
    pub(super) async fn move_body(&self, variant: &str) -> Value {
        if variant == "to the private project" {
            return json!({ "project_id": self.private });
        }
        let board = self.board(&self.open, &["in_progress"]).await;
        let mut neighbours = vec![];
        for _ in 0..2 {
            let body =
                json!({ "project_id": self.open, "title": "A neighbour", "status": "in_progress" });
            neighbours.push(self.owner().post("/tasks", body).await.expect(201).id());
        }
        json!({
            "board_id": board.id, "list_id": board.lists[0], "after": neighbours[0], "before": neighbours[1],
        })
    }
}
