//! Requests that are in order, about teams.

use serde_json::json;
use tests::Person;

use super::sample::Sample;
use super::stage::Stage;
use crate::api::Operation;

impl Stage {
    /// Puts the spare person into the crew, or takes them out.
    async fn in_crew(&self, is_in: bool) -> String {
        let (owner, spare) = (self.owner(), self.person("spare").id);
        let place = format!("/teams/{}/members", self.crew);
        // They may be the one or the other.
        let _ = owner.delete(&format!("{place}/{spare}")).await;
        if is_in {
            owner
                .post(&place, json!({ "user_id": spare }))
                .await
                .expect(201);
        }
        spare
    }

    /// A team of the owner's with the people of the crew in it. The one before it goes: nobody is in many teams.
    async fn doomed_team(&self) -> String {
        let owner = self.owner();
        let before = self.last_team().take();
        if let Some(before) = before {
            let _ = owner.delete(&format!("/teams/{before}")).await;
        }
        let body =
            json!({ "organization_id": self.team.id, "name": format!("Team {}", self.next()) });
        let team = owner.post("/teams", body).await.expect(201).id();
        self.man(&team).await;
        *self.last_team() = Some(team.clone());
        team
    }

    /// A request to the group of the teams.
    pub(super) async fn arrange_teams(
        &self,
        operation: &Operation,
        variant: &str,
        who: &Person,
    ) -> Sample {
        let (crew, n) = (self.crew.as_str(), self.next());
        match operation.id.as_str() {
            "listTeams" => Sample::default().query([
                ("org", &self.team.id),
                ("project", &self.open),
                ("member", &self.owner().id),
                ("q", "cre"),
                ("limit", "5"),
            ]),
            "createTeam" => {
                let mut body = json!({
                    "organization_id": self.team.id, "name": format!("New {n}"), "description": "About it.",
                    "metadata": { "colour": "green" },
                });
                if variant != "across projects" {
                    body["project_id"] = json!(if variant == "private" { &self.private } else { &self.open });
                }
                Sample::with(body)
            }
            "getTeam" if variant == "private" => Sample::at([&self.inner]),
            "updateTeam" if variant == "hands it over" => {
                let spare = self.in_crew(true).await;
                Sample::at([crew]).body(json!({ "owner_id": spare }))
            }
            "updateTeam" => Sample::at([crew]).body(json!({
                "name": format!("Crew {n}"), "description": "About it.", "metadata": { "colour": "green" },
                "owner_id": self.owner().id,
            })),
            "deleteTeam" => Sample::at([&self.doomed_team().await]),
            "addTeamMember" if variant == "a stranger" => {
                Sample::at([crew]).body(json!({ "email": format!("new{n}@example.com"), "role": "viewer" }))
            }
            "addTeamMember" => {
                let spare = self.in_crew(false).await;
                Sample::at([crew]).body(json!({ "user_id": spare, "role": "member" }))
            }
            "changeTeamMemberRole" => {
                let spare = self.in_crew(true).await;
                Sample::at([crew, &spare]).body(json!({ "role": "viewer" }))
            }
            "removeTeamMember" if variant == "leaves" => {
                let id = if who.id.is_empty() { self.person("spare").id } else { who.id.clone() };
                Sample::at([crew, &id])
            }
            "removeTeamMember" => Sample::at([crew, &self.in_crew(true).await]),
            _ => Sample::at([crew]),
        }
    }
}
