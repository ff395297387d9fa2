//! Requests about notifications and watchers.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Person, World};

use super::sample::Sample;
use super::stage::Stage;
use crate::api::Operation;

/// The id of the latest notification of a person, once everything has followed.
pub(super) async fn latest(world: &World, person: &Person) -> String {
    world.cloud.settle().await;
    let page = person.get("/notifications?limit=1").await.expect(200);
    page.rows()[0]["id"].as_str().unwrap().to_owned()
}

/// Ids of the same form: of the same moment in the same tenant, and of a tenant that never was.
pub(super) fn nobodys(id: &str) -> Vec<String> {
    vec![
        format!("{}AAAAAAAA", &id[..28]),
        format!("AAAA{}", &id[4..]),
    ]
}

impl Stage {
    /// A request about a notification, a new one of the caller's if they can be given a task; or about who watches a
    /// task.
    pub(super) async fn arrange_notifications(
        &self,
        operation: &Operation,
        variant: &str,
        who: &Person,
    ) -> Sample {
        if operation.path.contains("/watchers") {
            let project = if variant == "private" {
                &self.private
            } else {
                &self.open
            };
            return Sample::at([&self.task(project, None).await]);
        }
        match operation.id.as_str() {
            "listNotifications" => Sample::default().query([
                ("unread", "true"),
                ("type", "assigned"),
                ("org", &self.team.id),
                ("limit", "5"),
            ]),
            "readNotifications" if variant == "all" => {
                Sample::with(json!({ "all": true, "before": self.in_an_hour() }))
            }
            "readNotifications" => Sample::with(json!({ "ids": [self.news_of(who).await] })),
            "updateNotification" => {
                let body = json!({ "read": true, "snoozed_until": self.in_an_hour() });
                Sample::at([&self.news_of(who).await]).body(body)
            }
            "replaceNotificationPreferences" => Sample {
                seen: Some(
                    who.get("/notification-preferences")
                        .await
                        .header("etag")
                        .to_owned(),
                ),
                body: Some(preferences()),
                ..Sample::default()
            },
            _ => Sample::default(),
        }
    }

    fn in_an_hour(&self) -> String {
        (self.world.clock.clock().now() + SignedDuration::from_hours(1)).to_string()
    }

    /// A notification of a person's; of somebody else's if they cannot have one.
    async fn news_of(&self, who: &Person) -> String {
        let owner = self.owner();
        let giver = if who.id == owner.id {
            self.person("deputy")
        } else {
            owner
        };
        let spare = self.person("spare");
        for person in [who, &spare] {
            let task =
                json!({ "project_id": self.open, "title": "Given", "assignee_id": person.id });
            if !person.id.is_empty() && giver.post("/tasks", task).await.status == 201 {
                return latest(&self.world, person).await;
            }
        }
        panic!("nobody can be given a task")
    }
}

/// Preferences in which all is said.
fn preferences() -> Value {
    let words = domain::notices::notification::NotificationType::ALL
        .iter()
        .map(|kind| kind.as_str().to_owned());
    let ways = json!({ "in_app": true, "mail": false, "push": true });
    let events: serde_json::Map<String, Value> = words.map(|word| (word, ways.clone())).collect();
    json!({ "events": events, "quiet_hours": { "from": "22:00", "to": "07:00" } })
}
