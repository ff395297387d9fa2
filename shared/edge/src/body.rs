//! Request bodies: strict JSON.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use domain::Error;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use crate::{Problem, json};

/// The most bytes that a body may have.
pub(crate) const MAX: usize = 1024 * 1024;

/// A body of JSON, read into `T`.
///
/// `T` says what is allowed: give it `#[serde(deny_unknown_fields)]`. Another media type is 415, JSON that is none is
/// 400, JSON that is no `T` is 422 with a pointer to the field.
#[derive(Debug, Clone, Copy)]
pub struct Body<T>(pub T);

/// The same, where an empty body stands for the default.
#[derive(Debug, Clone, Copy)]
pub struct OptionalBody<T>(pub T);

/// A body that is an array of JSON objects.
#[derive(Debug, Clone)]
pub struct Items<T>(pub Vec<T>);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Items<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (headers, bytes) = collect(request).await?;
        Ok(Self(read(&headers, &bytes, json::read_items)?))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (headers, bytes) = collect(request).await?;
        Ok(Self(read(&headers, &bytes, json::read)?))
    }
}

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (headers, bytes) = collect(request).await?;
        Ok(Self(if bytes.is_empty() {
            T::default()
        } else {
            read(&headers, &bytes, json::read)?
        }))
    }
}

async fn collect(request: Request) -> Result<(HeaderMap, Bytes), Error> {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, MAX)
        .await
        .map_err(|_| Error::TooLarge { limit: MAX })?;
    Ok((parts.headers, bytes))
}

fn read<T>(
    headers: &HeaderMap,
    bytes: &[u8],
    read: impl FnOnce(&[u8]) -> Result<T, Error>,
) -> Result<T, Error> {
    if bytes.is_empty() {
        return Err(Error::BadRequest("the body is empty; send JSON".to_owned()));
    }
    if !is_json(headers) {
        return Err(Error::UnsupportedMediaType);
    }
    read(bytes)
}

/// Whether the body is said to be JSON in UTF-8, which is the only encoding JSON has (RFC 8259 section 8.1).
fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let Some(media_type) = media_type.and_then(|text| text.parse::<mime::Mime>().ok()) else {
        return false;
    };
    let json = media_type.subtype() == mime::JSON || media_type.suffix() == Some(mime::JSON);
    let utf8 = media_type
        .get_param(mime::CHARSET)
        .is_none_or(|charset| charset == mime::UTF_8);
    media_type.type_() == mime::APPLICATION && json && utf8
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn media(text: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(text))])
    }

    #[test]
    fn only_json_in_utf_8_is_read() {
        for good in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/merge-patch+json",
        ] {
            assert!(is_json(&media(good)), "{good}");
        }
        for bad in [
            "text/json",
            "text/plain",
            "application/json; charset=latin1",
            "application/xml",
            "json",
            "",
        ] {
            assert!(!is_json(&media(bad)), "{bad}");
        }
        assert_eq!(
            read::<()>(&HeaderMap::new(), b"{}", json::read),
            Err(Error::UnsupportedMediaType)
        );
        assert!(matches!(
            read::<()>(&HeaderMap::new(), b"", json::read),
            Err(Error::BadRequest(_))
        ));
    }
}
