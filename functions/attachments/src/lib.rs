//! Files on tasks, and avatars. Their bytes go between clients and the bucket; here they are announced, checked, listed
//! and linked to.

mod avatar;
mod begin;
mod body;
mod bucket;
mod complete;
mod list;
mod remove;
mod show;
mod view;

use app::App;
use app::attachment::Limits;
use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use bucket::Bucket;
use edge::Code::{AmbiguousKey, FileTooLarge, Forbidden, LimitReached, NotFound, NotUploaded, ProjectArchived};
use runtime::env::{Env, MissingVariable};

/// The most bytes of a file, unless the environment says otherwise.
const FILE_BYTES: u64 = 100 * 1024 * 1024;
/// The most bytes of an organization's files, unless the environment says otherwise.
const STORAGE_BYTES: u64 = 10 * 1024 * 1024 * 1024;
/// Larger files come in parts, unless the environment says otherwise.
const ONE_PIECE_BYTES: u64 = 100 * 1024 * 1024;

/// What every handler works with.
#[derive(Clone)]
pub(crate) struct Files {
    app: App,
    bucket: Bucket,
    limits: Limits,
}

impl Files {
    fn new(env: &Env) -> Result<Self, MissingVariable> {
        let number = |name: &str, usual: u64| env.optional(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
        let limits = Limits {
            file: number("MAX_FILE_BYTES", FILE_BYTES),
            storage: number("MAX_STORAGE_BYTES", STORAGE_BYTES),
            one_piece: number("MULTIPART_BYTES", ONE_PIECE_BYTES),
        };
        Ok(Self { app: App::new(env)?, bucket: Bucket::new(env, limits.one_piece)?, limits })
    }
}

impl FromRef<Files> for App {
    fn from_ref(files: &Files) -> Self {
        files.app.clone()
    }
}

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    Ok(edge::serve("attachments", routes().with_state(Files::new(&env)?), &env))
}

fn routes() -> Router<Files> {
    Router::new()
        .route("/tasks/{task_id}/attachments", get(list::list).post(begin::begin))
        .route("/tasks/{task_id}/attachments/{attachment_id}", get(show::show).delete(remove::remove))
        .route("/tasks/{task_id}/attachments/{attachment_id}/complete", post(complete::complete))
        .route("/tasks/{task_id}/attachments/{attachment_id}/versions", post(begin::announce))
        .route("/users/me/avatar", get(avatar::mine).post(avatar::announce).delete(avatar::remove))
        .route("/users/me/avatar/complete", post(avatar::complete))
        .route("/users/{user_id}/avatar", get(avatar::show))
}

/// The group's part of the OpenAPI document.
pub fn operations() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(
        paths(
            list::list,
            begin::begin,
            begin::announce,
            complete::complete,
            show::show,
            remove::remove,
            avatar::mine,
            avatar::announce,
            avatar::complete,
            avatar::remove,
            avatar::show
        ),
        tags((name = "attachments", description = "Files on tasks, and avatars."))
    )]
    struct Api;
    edge::openapi::with_errors(
        <Api as utoipa::OpenApi>::openapi(),
        &[
            ("listAttachments", &[AmbiguousKey]),
            ("beginAttachment", &[Forbidden, ProjectArchived, FileTooLarge, LimitReached, AmbiguousKey]),
            ("beginAttachmentVersion", &[Forbidden, ProjectArchived, FileTooLarge, LimitReached, AmbiguousKey]),
            (
                "completeAttachment",
                &[Forbidden, ProjectArchived, FileTooLarge, LimitReached, NotUploaded, AmbiguousKey],
            ),
            ("getAttachment", &[AmbiguousKey]),
            ("deleteAttachment", &[Forbidden, ProjectArchived, AmbiguousKey]),
            ("getMyAvatar", &[NotFound]),
            ("beginAvatar", &[FileTooLarge]),
            ("completeAvatar", &[NotFound, NotUploaded, edge::Code::ValidationFailed]),
            ("deleteAvatar", &[]),
            ("getAvatar", &[]),
        ],
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_names_its_errors() {
        assert_eq!(super::operations().paths.paths.len(), 7);
    }
}
