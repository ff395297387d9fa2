//! Organizations, their people, and the invitations into them.

mod body;
mod change;
mod create;
mod invitations;
mod invite;
mod lifecycle;
mod list;
mod members;
mod show;
mod view;

use app::App;
use axum::Router;
use axum::routing::{delete, get, patch, post};
use runtime::env::{Env, MissingVariable};

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve("orgs", routes().with_state(App::new(&env)?), &env))
}

fn routes() -> Router<App> {
    Router::new()
        .route("/organizations", get(list::list).post(create::create))
        .route("/organizations/{org}", get(show::show).patch(change::change).delete(lifecycle::remove))
        .route("/organizations/{org}/restore", post(lifecycle::restore))
        .route("/organizations/{org}/members", get(members::list))
        .route("/organizations/{org}/members/{user_id}", patch(members::change_role).delete(members::remove))
        .route("/organizations/{org}/invitations", get(invitations::list).post(invite::invite))
        .route("/organizations/{org}/invitations/{invitation_id}", delete(invitations::revoke))
        .route("/organizations/{org}/invitations/{invitation_id}/accept", post(invitations::answer))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    use edge::Code::*;
    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(
            list::list,
            create::create,
            show::show,
            change::change,
            lifecycle::remove,
            lifecycle::restore,
            members::list,
            members::change_role,
            members::remove,
            invitations::list,
            invite::invite,
            invitations::revoke,
            invitations::answer
        ),
        tags((name = "organizations", description = "Tenants, their people, and invitations into them."))
    )]
    struct Api;
    edge::openapi::with_errors(
        <Api as utoipa::OpenApi>::openapi(),
        &[
            ("listOrganizations", &[]),
            ("createOrganization", &[SlugTaken, NameTaken, EmailTaken, LimitReached]),
            ("getOrganization", &[]),
            ("updateOrganization", &[Forbidden, SlugTaken, NameTaken, EmailTaken]),
            ("deleteOrganization", &[Forbidden, PersonalOrganization]),
            ("restoreOrganization", &[Forbidden, NotDeleted, Gone]),
            ("listOrganizationMembers", &[]),
            ("changeOrganizationMemberRole", &[Forbidden, RoleTooHigh, LastOwner]),
            ("removeOrganizationMember", &[Forbidden, RoleTooHigh, LastOwner, PersonalOrganization]),
            ("listInvitations", &[Forbidden]),
            ("inviteMembers", &[Forbidden, PersonalOrganization]),
            ("revokeInvitation", &[Forbidden, RoleTooHigh, AlreadyAccepted, Gone]),
            ("answerInvitation", &[EmailUnverified, AlreadyAccepted, AlreadyMember, LimitReached, Gone]),
        ],
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_names_its_errors() {
        assert_eq!(super::operations().paths.paths.len(), 8);
    }
}
