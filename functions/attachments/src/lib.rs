//! Files on tasks, and avatars. Their bytes go between clients and the bucket; here they are announced, checked, listed
//! and linked to.

mod avatar;
mod begin;
mod body;
mod bucket;
mod complete;
mod dto;
mod list;
mod remove;
mod show;

use app::App;
use app::files::attachment::Limits;
use axum::Router;
use axum::extract::FromRef;
use bucket::Bucket;
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
        let number = |name: &str, usual: u64| {
            env.optional(name)
                .and_then(|text| text.parse().ok())
                .unwrap_or(usual)
        };
        let limits = Limits {
            file: number("MAX_FILE_BYTES", FILE_BYTES),
            storage: number("MAX_STORAGE_BYTES", STORAGE_BYTES),
            one_piece: number("MULTIPART_BYTES", ONE_PIECE_BYTES),
        };
        Ok(Self {
            app: App::new(env)?,
            bucket: Bucket::new(env, limits.one_piece)?,
            limits,
        })
    }
}

impl FromRef<Files> for App {
    fn from_ref(files: &Files) -> Self {
        files.app.clone()
    }
}

/// The group's service.
pub fn service(env: Env) -> Result<Router, MissingVariable> {
    let files = Files::new(&env)?;
    let app = files.app.clone();
    Ok(edge::serve(
        "attachments",
        router().with_state(files),
        app,
        &env,
    ))
}

edge::operations! {
    Files;
    tags((name = "attachments", description = "Files on tasks, and avatars."));
    list::list, begin::begin,
    show::show, remove::remove,
    complete::complete,
    begin::announce,
    avatar::mine, avatar::announce, avatar::remove,
    avatar::complete,
    avatar::show,
}
