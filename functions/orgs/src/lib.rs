//! Organizations, their people, and the invitations into them.

mod body;
mod change;
mod create;
mod dns;
mod domains;
mod explain;
mod invitations;
mod invite;
mod join;
mod join_codes;
mod join_requests;
mod lifecycle;
mod list;
mod members;
mod show;
mod state;
mod view;

use axum::Router;
use axum::routing::{delete, get, patch, post};
use runtime::env::{Env, MissingVariable};
use state::Orgs;

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve("orgs", routes().with_state(Orgs::new(&env)?), &env))
}

fn routes() -> Router<Orgs> {
    Router::new()
        .route("/organizations", get(list::list).post(create::create))
        .route("/organizations/{org}", get(show::show).patch(change::change).delete(lifecycle::remove))
        .route("/organizations/{org}/restore", post(lifecycle::restore))
        .route("/organizations/{org}/members", get(members::list))
        .route("/organizations/{org}/members/{user_id}", patch(members::change_role).delete(members::remove))
        .route("/organizations/{org}/invitations", get(invitations::list).post(invite::invite))
        .route("/organizations/{org}/invitations/{invitation_id}", delete(invitations::revoke))
        .route("/organizations/{org}/invitations/{invitation_id}/accept", post(invitations::answer))
        .route("/organizations/join", post(join::join))
        .route("/organizations/{org}/join-codes", get(join_codes::list).post(join_codes::create))
        .route("/organizations/{org}/join-codes/{code_id}", delete(join_codes::revoke))
        .route("/organizations/{org}/join-codes/{code_id}/keep", post(join_codes::keep))
        .route("/organizations/{org}/join-codes/{code_id}/rotate", post(join_codes::rotate))
        .route("/organizations/{org}/domains", get(domains::list).post(domains::claim))
        .route("/organizations/{org}/domains/{domain_id}", delete(domains::remove))
        .route("/organizations/{org}/domains/{domain_id}/verify", post(domains::verify))
        .route("/organizations/{org}/join-requests", get(join_requests::list))
        .route("/organizations/{org}/join-requests/{user_id}/approve", post(join_requests::approve))
        .route("/organizations/{org}/join-requests/{user_id}/reject", post(join_requests::reject))
        .route("/permissions/explain", get(explain::explain))
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
            invitations::answer,
            join::join,
            join_codes::list,
            join_codes::create,
            join_codes::rotate,
            join_codes::keep,
            join_codes::revoke,
            domains::list,
            domains::claim,
            domains::verify,
            domains::remove,
            join_requests::list,
            join_requests::approve,
            join_requests::reject,
            explain::explain
        ),
        tags(
            (name = "organizations", description = "Tenants, their people, and the ways into them."),
            (name = "permissions", description = "Who may do what, and why.")
        )
    )]
    struct Api;
    edge::openapi::with_errors(
        <Api as utoipa::OpenApi>::openapi(),
        &[
            ("listOrganizations", &[]),
            ("createOrganization", &[SlugTaken, NameTaken, EmailTaken, LimitReached]),
            ("getOrganization", &[]),
            ("updateOrganization", &[Forbidden, SlugTaken, NameTaken, EmailTaken]),
            ("deleteOrganization", &[Forbidden, PersonalOrganization, ProofRequired]),
            ("restoreOrganization", &[Forbidden, NotDeleted, Gone]),
            ("listOrganizationMembers", &[]),
            ("changeOrganizationMemberRole", &[Forbidden, RoleTooHigh, LastOwner, ProofRequired]),
            ("removeOrganizationMember", &[Forbidden, RoleTooHigh, LastOwner, PersonalOrganization, ProofRequired]),
            ("listInvitations", &[Forbidden]),
            ("inviteMembers", &[Forbidden, PersonalOrganization]),
            ("revokeInvitation", &[Forbidden, RoleTooHigh, AlreadyAccepted, Gone]),
            ("answerInvitation", &[EmailUnverified, AlreadyAccepted, AlreadyMember, LimitReached, Gone]),
            ("joinOrganization", &[EmailUnverified, NotFound, AlreadyMember, LimitReached]),
            ("listJoinCodes", &[Forbidden]),
            ("createJoinCode", &[Forbidden, PersonalOrganization, ProofRequired]),
            ("rotateJoinCode", &[Forbidden, PersonalOrganization, ProofRequired]),
            ("keepJoinCode", &[Forbidden, PersonalOrganization, ProofRequired]),
            ("revokeJoinCode", &[Forbidden, PersonalOrganization]),
            ("listDomains", &[Forbidden]),
            ("claimDomain", &[Forbidden, PersonalOrganization, DomainTaken]),
            ("verifyDomain", &[Forbidden, PersonalOrganization, DomainTaken, DomainUnverified]),
            ("removeDomain", &[Forbidden, PersonalOrganization]),
            ("listJoinRequests", &[Forbidden]),
            ("approveJoinRequest", &[Forbidden, PersonalOrganization, AlreadyAnswered, LimitReached]),
            ("rejectJoinRequest", &[Forbidden, PersonalOrganization, AlreadyAnswered]),
            ("explainPermission", &[Forbidden, NotFound, AmbiguousKey]),
        ],
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_names_its_errors() {
        assert_eq!(super::operations().paths.paths.len(), 20);
    }
}
