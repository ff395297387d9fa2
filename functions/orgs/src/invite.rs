//! `POST /organizations/{org}/invitations`.

use std::str::FromStr;

use app::App;
use app::membership::invitation::{self, InviteOutcome, Wish};
use app::tenant::OrgRef;
use axum::extract::State;
use domain::access::{ProjectRole, TeamRole};
use domain::text::Fault;
use domain::{Error, Faults};
use edge::openapi::One;
use edge::reply::Created;
use edge::{Caller, Code, Items, Problem, Segment};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dto::InvitationDto;

/// Whom to invite, and as what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// The address; each once.
    #[schema(example = "ben@example.com")]
    email: String,
    /// The role in the organization: owner, admin, manager, member, viewer or guest.
    #[schema(example = "member")]
    role: String,
    /// A project to bring the person into.
    #[schema(format = Uuid)]
    project_id: Option<String>,
    /// The role in that project: owner, manager, member or viewer (the default).
    #[schema(example = "member")]
    project_role: Option<String>,
    /// A team to bring the person into: one that you run. If it is inside a project, that must be named too.
    #[schema(format = Uuid)]
    team_id: Option<String>,
    /// The role in that team: admin, member (the default) or viewer.
    #[schema(example = "member")]
    team_role: Option<String>,
}

/// What became of one entry, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub struct InviteResult {
    /// invited, resent (one waited already: it has a new token and term) or error.
    #[schema(example = "invited")]
    status: &'static str,
    /// The address.
    #[schema(example = "ben@example.com")]
    email: String,
    /// The invitation; not with error.
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<InvitationDto>,
    /// With error, why: already_member, role_too_high, forbidden, not_found (no such project or team),
    /// project_archived, validation_failed (a team inside another project), rate_limited or conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "already_member")]
    code: Option<&'static str>,
    /// With error, the same for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl InviteResult {
    fn new(now: Timestamp, wish: &Wish, outcome: InviteOutcome) -> Self {
        let email = wish.email.to_string();
        let sent = |status, invitation| {
            let invitation = Some(InvitationDto::at(now, invitation));
            Self {
                status,
                email: wish.email.to_string(),
                invitation,
                code: None,
                detail: None,
            }
        };
        match outcome {
            InviteOutcome::Invited(invitation) => sent("invited", invitation),
            InviteOutcome::Resent(invitation) => sent("resent", invitation),
            InviteOutcome::Refused(error) => {
                let (code, detail) = (Code::from(&error).as_str(), error.to_string());
                Self {
                    status: "error",
                    email,
                    invitation: None,
                    code: Some(code),
                    detail: Some(detail),
                }
            }
        }
    }
}

/// What the person is brought into, and the role there; `kind` is `project` or `team`.
fn place<I, R>(
    faults: &mut Faults,
    number: usize,
    kind: &str,
    id: Option<String>,
    role: Option<String>,
    usual: R,
) -> Option<(I, R)>
where
    I: FromStr,
    R: FromStr<Err = Fault>,
{
    let at = format!("/{number}/{kind}");
    if id.is_none() && role.is_some() {
        faults.note(
            &format!("{at}_id"),
            "required",
            format!("is required with {kind}_role"),
        );
    }
    let role = match role {
        Some(text) => faults.take(&format!("{at}_role"), text.parse()),
        None => Some(usual),
    };
    let parse = |text: String| {
        text.parse()
            .map_err(|_| Fault::new("invalid", format!("must be a {kind}'s id")))
    };
    id.and_then(|text| faults.take(&format!("{at}_id"), parse(text)))
        .zip(role)
}

impl Invite {
    /// Reads the entry at this place of the body.
    fn read(self, faults: &mut Faults, number: usize) -> Option<Wish> {
        let email = faults.take(&format!("/{number}/email"), self.email.parse());
        let role = faults.take(&format!("/{number}/role"), self.role.parse());
        let (id, usual) = (self.project_id, ProjectRole::Viewer);
        let project = place(faults, number, "project", id, self.project_role, usual);
        let (id, usual) = (self.team_id, TeamRole::Member);
        let team = place(faults, number, "team", id, self.team_role, usual);
        email.zip(role).map(|(email, role)| Wish {
            email,
            role,
            project,
            team,
        })
    }
}

fn wishes(body: Vec<Invite>) -> Result<Vec<Wish>, Error> {
    let mut faults = Faults::new();
    let read = |(number, invite): (usize, Invite)| invite.read(&mut faults, number);
    let wishes: Vec<_> = body.into_iter().enumerate().filter_map(read).collect();
    faults.finish(Some(wishes))
}

/// Invites people.
///
/// The body is an array of 1 to 50 entries; each is done or refused by itself, and its result stands at its place. Your
/// own role is the highest that you can give: owners invite to any, admins below admin, managers members, viewers and
/// guests; who runs a project invites guests into it. An invitation is mailed and good for 7 days; inviting the same
/// address again sends it again. As long as your own address is not verified, it is held back, and mailed when you
/// verify the address. An invitation counts as long as whoever sent it last could still send it. At most 300 a day from
/// one person and 1,000 from one organization. To invite an owner, the password must have been shown in the last ten
/// minutes. Whoever is a member already is not invited: give them a role in the project instead.
#[utoipa::path(post, path = "/organizations/{org}/invitations", tag = "organizations", operation_id = "inviteMembers",
    params(("org" = String, Path, description = "The organization's id or slug.")),
    request_body = Vec<Invite>,
    responses((status = 201, description = "A result for each entry.", body = One<Vec<InviteResult>>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, PersonalOrganization]))))]
pub async fn invite(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(org): Segment<OrgRef>,
    Items(body): Items<Invite>,
) -> Result<Created<Vec<InviteResult>>, Problem> {
    let wishes = wishes(body)?;
    let call = call.costing(wishes.len());
    let outcomes = invitation::invite_members(&app, &call, &org, &wishes).await?;
    let results = wishes
        .iter()
        .zip(outcomes)
        .map(|(wish, outcome)| InviteResult::new(call.at, wish, outcome));
    Ok(Created::plain(results.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_of_every_entry_is_named() {
        let json = r#"[
            {"email":"ann@example.com","role":"member"},
            {"email":"ann","role":"king","project_role":"viewer"},
            {"email":"ben@example.com","role":"guest","project_id":"x"}
        ]"#;
        let Err(Error::Invalid(faults)) = wishes(serde_json::from_str(json).unwrap()) else {
            panic!("taken")
        };
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            ["/1/email", "/1/role", "/1/project_id", "/2/project_id"]
        );
    }
}
