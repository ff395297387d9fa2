//! S3: s3s over a directory. It verifies signatures, presigned ones too. What it lacks is around it here: CORS, the
//! cloud's time, by which addresses expire and objects are dated, and [`sweep`], which carries out lifecycle rules.

pub(crate) mod sweep;

use std::collections::BTreeMap;
use std::fs::{File, FileTimes};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use runtime::env::Clock;
use s3s::auth::SimpleAuth;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};

use crate::gateway::cors::CorsRules;
use crate::net::decode;
use crate::template::Bucket;
use crate::{ACCESS_KEY, SECRET_KEY};

/// What S3 says of a signed address that is too old.
const EXPIRED: &str =
    "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";

/// The service with what is around it.
struct Objects {
    root: PathBuf,
    service: S3Service,
    cors: BTreeMap<String, CorsRules>,
    clock: Clock,
}

/// The service over `root`, with the buckets there.
pub(crate) fn router(root: &Path, buckets: &[Bucket], clock: Clock) -> Result<Router, String> {
    for bucket in buckets {
        std::fs::create_dir_all(root.join(&bucket.name)).map_err(|why| why.to_string())?;
    }
    let service = service(root)?;
    let rules =
        |bucket: &Bucket| Some((bucket.name.clone(), CorsRules::new(bucket.cors.as_ref()?)));
    let cors = buckets.iter().filter_map(rules).collect();
    let objects = Arc::new(Objects {
        root: root.to_owned(),
        service,
        cors,
        clock,
    });
    Ok(Router::new().fallback(move |request: Request| answer(objects.clone(), request)))
}

/// s3s itself over `root`.
fn service(root: &Path) -> Result<S3Service, String> {
    let files = s3s_fs::FileSystem::new(root).map_err(|why| format!("{why:?}"))?;
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    // It knows the machine's time only, and the cloud's may be far ahead: what is too late is refused before.
    let mut config = S3Config::default();
    config.presigned_url_max_skew_time_secs = u32::MAX;
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
    Ok(builder.build())
}

async fn answer(objects: Arc<Objects>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // An address of this cloud has no names, so the bucket stands in the path.
    let path = decode(parts.uri.path(), false).unwrap_or_default();
    let bucket = path.split('/').nth(1).unwrap_or_default();
    let cors = objects.cors.get(bucket);
    if let Some(preflight) = cors.and_then(|rules| rules.preflight(&parts)) {
        return preflight;
    }
    let headers = parts.headers.clone();
    let mut response = objects.serve(&path, Request::from_parts(parts, body)).await;
    if let Some(rules) = cors {
        rules.apply(&headers, response.headers_mut());
    }
    response
}

/// Whether a signed address is too old. Both numbers are signed, so that s3s finds them changed.
fn is_expired(query: &str, now: Timestamp) -> bool {
    let value = |name: &str| {
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    };
    let signed =
        value("X-Amz-Date").and_then(|date| DateTime::strptime("%Y%m%dT%H%M%SZ", date).ok());
    let signed = signed.and_then(|at| at.to_zoned(TimeZone::UTC).ok());
    let seconds = value("X-Amz-Expires").and_then(|seconds| seconds.parse().ok());
    signed.zip(seconds).is_some_and(|(at, seconds)| {
        at.timestamp().as_second().saturating_add(seconds) < now.as_second()
    })
}

impl Objects {
    /// Carries out a request for the object of a path, unless its address is too old.
    async fn serve(&self, path: &str, request: Request) -> Response {
        let method = request.method().clone();
        let fresh = method == Method::PUT && !self.file(path).exists();
        let expired = request
            .uri()
            .query()
            .is_some_and(|query| is_expired(query, self.clock.now()));
        let response = match expired {
            true => (StatusCode::FORBIDDEN, EXPIRED).into_response(),
            false => self.call(request).await,
        };
        if response.status().is_success() && matches!(method, Method::PUT | Method::POST) {
            self.date(path);
        } else if fresh {
            // What is found to have another digest only when it is there is no object on AWS.
            let _ = std::fs::remove_file(self.file(path));
        }
        response
    }

    async fn call(&self, request: Request) -> Response {
        match self
            .service
            .call(request.map(s3s::Body::http_body_unsync))
            .await
        {
            Ok(response) => response.map(Body::new),
            Err(why) => {
                tracing::warn!(?why, "the local S3 failed");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    /// Where the object of a path is. A path that leads elsewhere names none.
    fn file(&self, path: &str) -> PathBuf {
        let parts = path
            .split('/')
            .filter(|part| !matches!(*part, "" | "." | ".."));
        parts.fold(self.root.clone(), |file, part| file.join(part))
    }

    /// Gives a written object the cloud's time. A path that names no object is none of ours.
    fn date(&self, path: &str) {
        if let Ok(file) = File::options().write(true).open(self.file(path)) {
            let now = FileTimes::new().set_modified(SystemTime::from(self.clock.now()));
            if let Err(why) = file.set_times(now) {
                tracing::warn!(%why, "an object keeps the machine's time");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_address_expires_by_the_clouds_clock() {
        let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261120T080150Z&X-Amz-Expires=60&x-id=GetObject";
        let at = |text: &str| text.parse().unwrap();
        assert!(!is_expired(query, at("2026-11-20T08:02:50Z")));
        assert!(is_expired(query, at("2026-11-20T08:02:51Z")));
        assert!(!is_expired("uploads", at("2026-11-20T08:02:51Z")));
    }
}
