//! S3: s3s over a directory. It verifies signatures, presigned ones too.

use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};

use crate::template::Bucket;
use crate::{ACCESS_KEY, SECRET_KEY};

/// The service over `root`, with the buckets there.
pub(crate) fn router(root: &Path, buckets: &[Bucket]) -> Result<Router, String> {
    for bucket in buckets {
        std::fs::create_dir_all(root.join(&bucket.name)).map_err(|why| why.to_string())?;
    }
    let files = s3s_fs::FileSystem::new(root).map_err(|why| format!("{why:?}"))?;
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let service = builder.build();
    Ok(Router::new().fallback(move |request: Request| answer(service.clone(), request)))
}

async fn answer(service: S3Service, request: Request) -> Response {
    match service.call(request.map(s3s::Body::http_body_unsync)).await {
        Ok(response) => response.map(Body::new),
        Err(why) => {
            tracing::warn!(?why, "the local S3 failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
