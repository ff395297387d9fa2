//! What stands in the path. Text that is no id names nothing: 404, like an id that never was.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use domain::Error;
use http::request::Parts;

use crate::Problem;

/// The only parameter of the path.
#[derive(Debug, Clone, Copy)]
pub struct Segment<T>(pub T);

/// The two or three parameters of the path, in order.
#[derive(Debug, Clone, Copy)]
pub struct Segments<T>(pub T);

fn parse<T: FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::NotFound)
}

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Segment<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(unroutable)?;
        Ok(Self(parse(&text)?))
    }
}

impl<A: FromStr, B: FromStr, S: Send + Sync> FromRequestParts<S> for Segments<(A, B)> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((first, second)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(unroutable)?;
        Ok(Self((parse(&first)?, parse(&second)?)))
    }
}

impl<A: FromStr, B: FromStr, C: FromStr, S: Send + Sync> FromRequestParts<S>
    for Segments<(A, B, C)>
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((first, second, third)) =
            Path::<(String, String, String)>::from_request_parts(parts, state)
                .await
                .map_err(unroutable)?;
        Ok(Self((parse(&first)?, parse(&second)?, parse(&third)?)))
    }
}

/// The route has another number of parameters than its handler takes: a bug.
fn unroutable(rejection: axum::extract::rejection::PathRejection) -> Error {
    Error::Internal(rejection.body_text())
}
