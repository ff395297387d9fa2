//! Answers that are no errors: the envelope, the entity tag, the headers that go with them.

use axum::response::{IntoResponse, Response};
use domain::Error;
use domain::call::Page;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{Problem, etag, openapi, path};

/// A thing: 200 with its entity tag.
#[derive(Debug, Clone)]
pub struct Data<T> {
    value: T,
    tag: Tag,
}

impl<T> Data<T> {
    /// The stored thing alone, under this version: the tag is strong, and `If-Match` takes it.
    pub fn versioned(value: T, version: u64) -> Self {
        Self {
            value,
            tag: Tag::Known(etag::of_version(version)),
        }
    }

    /// The stored thing under this version, with what is counted beside it: the tag tells both, and `If-Match` looks at
    /// the version only.
    pub fn counted(value: T, version: u64, counts: &[u64]) -> Self {
        Self {
            value,
            tag: Tag::Known(etag::of_counted(version, counts)),
        }
    }

    /// Something composed: the tag is weak and made from the body.
    pub fn plain(value: T) -> Self {
        Self {
            value,
            tag: Tag::OfBody,
        }
    }
}

impl<T: Serialize> IntoResponse for Data<T> {
    fn into_response(self) -> Response {
        json(StatusCode::OK, &openapi::One { data: self.value }, self.tag)
    }
}

/// A new thing: 201.
#[derive(Debug, Clone)]
pub struct Created<T> {
    value: T,
    place: Option<(String, Tag)>,
}

impl<T> Created<T> {
    /// It stands at `path` (without the API's prefix) under this version.
    pub fn at(path: impl Into<String>, value: T, version: u64) -> Self {
        Self {
            value,
            place: Some((path.into(), Tag::Known(etag::of_version(version)))),
        }
    }

    /// The same with what is counted beside it, as [`Data::counted`].
    pub fn counted(path: impl Into<String>, value: T, version: u64, counts: &[u64]) -> Self {
        Self {
            value,
            place: Some((path.into(), Tag::Known(etag::of_counted(version, counts)))),
        }
    }

    /// It has no place of its own.
    pub fn plain(value: T) -> Self {
        Self { value, place: None }
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let tag = self
            .place
            .as_ref()
            .map_or(Tag::None, |(_, tag)| tag.clone());
        let mut response = json(StatusCode::CREATED, &openapi::One { data: self.value }, tag);
        let location = self
            .place
            .and_then(|(path, _)| HeaderValue::try_from(format!("{}{path}", path::PREFIX)).ok());
        if let Some(location) = location {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

/// A page of a list: 200 with the cursor of the next.
#[derive(Debug, Clone)]
pub struct Listed<T>(Page<T>);

impl<T> Listed<T> {
    /// This page.
    pub fn page(page: Page<T>) -> Self {
        Self(page)
    }

    /// A list that is short by nature and given whole.
    pub fn all(rows: Vec<T>) -> Self {
        let limit = rows.len();
        Self(Page {
            rows,
            next: None,
            limit,
        })
    }
}

/// The cursor of the page after this one; `serve` makes a `Link` of it.
#[derive(Debug, Clone)]
pub(crate) struct Next(pub String);

impl<T: Serialize> IntoResponse for Listed<T> {
    fn into_response(self) -> Response {
        let Page { rows, next, limit } = self.0;
        let meta = openapi::Meta {
            limit,
            has_more: next.is_some(),
            next_cursor: next.clone(),
        };
        let mut response = json(
            StatusCode::OK,
            &openapi::Many { data: rows, meta },
            Tag::OfBody,
        );
        if let Some(cursor) = next {
            response.extensions_mut().insert(Next(cursor));
        }
        response
    }
}

/// It will be seen to: 202, with nothing to tell.
#[derive(Debug, Clone, Copy)]
pub struct Accepted;

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        StatusCode::ACCEPTED.into_response()
    }
}

/// Somebody has to decide on it: 202, with what there is of it.
#[derive(Debug, Clone)]
pub struct Postponed<T>(pub T);

impl<T: Serialize> IntoResponse for Postponed<T> {
    fn into_response(self) -> Response {
        json(
            StatusCode::ACCEPTED,
            &openapi::One { data: self.0 },
            Tag::None,
        )
    }
}

/// Done: 204.
#[derive(Debug, Clone, Copy)]
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

#[derive(Debug, Clone)]
enum Tag {
    Known(String),
    OfBody,
    None,
}

fn json(status: StatusCode, body: &impl Serialize, tag: Tag) -> Response {
    let body = match serde_json::to_vec(body) {
        Ok(body) => body,
        Err(error) => {
            return Problem::from(Error::Internal(format!(
                "an answer cannot be written: {error}"
            )))
            .into_response();
        }
    };
    let tag = match tag {
        Tag::Known(tag) => Some(tag),
        Tag::OfBody => Some(etag::of_body(&body)),
        Tag::None => None,
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    if let Some(tag) = tag.and_then(|tag| HeaderValue::try_from(tag).ok()) {
        headers.insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_thing_has_a_strong_tag_and_anything_else_a_weak_one() {
        let tag = |response: Response| {
            response.headers()[header::ETAG]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(tag(Data::versioned(1, 3).into_response()), "\"v3\"");
        let weak = tag(Data::plain(1).into_response());
        assert!(weak.starts_with("W/\"") && weak.len() == 20, "{weak}");
        assert_ne!(weak, tag(Data::plain(2).into_response()));
        assert_eq!(weak, tag(Data::plain(1).into_response()));
    }

    #[test]
    fn a_new_thing_says_where_it_stands() {
        let response = Created::at("/tasks/1", 1, 1).into_response();
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(response.headers()[header::LOCATION], "/api/v1/tasks/1");
        assert_eq!(response.headers()[header::ETAG], "\"v1\"");
        assert!(
            !Created::plain(1)
                .into_response()
                .headers()
                .contains_key(header::ETAG)
        );
    }
}
