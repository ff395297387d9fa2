//! `POST /notifications/read` and `PATCH /notifications/{notification_id}`.

use app::App;
use app::notices::notification::{self, NotificationChange, Which};
use axum::extract::State;
use domain::notices::notification::NotificationId;
use domain::text::Fault;
use domain::{Error, Faults};
use edge::openapi::{IfMatch, One};
use edge::patch::Field;
use edge::reply::Data;
use edge::{Body, Caller, Problem, Segment};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::dto::{MarkedDto, NotificationDto};

/// The most ids that one request names.
const MOST_IDS: usize = 100;

/// Which notifications you have read: `ids`, or `all`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReadNotifications, example = json!({ "ids": ["nzphxH4BoZFm3vQAAQIDBAUGBwgJCgsMDQ4P"] }))]
pub struct Read {
    /// These, 1 to 100.
    #[schema(example = json!(["nzphxH4BoZFm3vQAAQIDBAUGBwgJCgsMDQ4P"]))]
    ids: Option<Vec<String>>,
    /// All that you have not put off. Must be true.
    #[schema(example = true)]
    all: Option<bool>,
    /// With `all`: only what happened before this moment.
    #[schema(format = DateTime)]
    before: Option<String>,
}

fn moment(text: &str) -> Result<Timestamp, Fault> {
    text.parse()
        .map_err(|_| Fault::new("invalid", "must be a time such as 2026-11-20T17:00:00Z"))
}

impl TryFrom<Read> for Which {
    type Error = Error;

    fn try_from(body: Read) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let before = body
            .before
            .as_deref()
            .and_then(|text| faults.take("before", moment(text)));
        let which = match (body.ids, body.all) {
            (Some(_), Some(_)) => {
                faults.note("all", "invalid", "cannot be given with ids");
                None
            }
            (Some(texts), None) => {
                if body.before.is_some() {
                    faults.note("before", "invalid", "can be given only with all");
                }
                ids(&mut faults, &texts).map(Self::Ids)
            }
            (None, Some(true)) => Some(Self::Before(before)),
            (None, Some(false)) => {
                faults.note("all", "invalid", "must be true");
                None
            }
            (None, None) => {
                faults.note("ids", "required", "must be given, or else all");
                None
            }
        };
        faults.finish(which)
    }
}

fn ids(faults: &mut Faults, texts: &[String]) -> Option<Vec<NotificationId>> {
    if !(1..=MOST_IDS).contains(&texts.len()) {
        faults.note("ids", "out_of_range", format!("must be 1 to {MOST_IDS}"));
        return None;
    }
    let read = |(at, text): (usize, &String)| {
        let id = text
            .parse()
            .map_err(|_| Fault::new("invalid", "must be a notification's id"));
        faults.take(&format!("/ids/{at}"), id)
    };
    Some(texts.iter().enumerate().filter_map(read).collect())
}

/// What to change of a notification. An absent member stays; null empties.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateNotification)]
pub struct Update {
    /// Whether you have read it.
    #[schema(example = true)]
    read: Option<bool>,
    /// Until when you do not want to see it, read or not: a time in the future, less than 90 days after what it is
    /// about.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-12-01T08:00:00Z")]
    snoozed_until: Field<String>,
}

impl TryFrom<Update> for NotificationChange {
    type Error = Error;

    fn try_from(body: Update) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let until = body.snoozed_until.into_option();
        let until =
            until.map(|text| text.and_then(|text| faults.take("snoozed_until", moment(&text))));
        faults.finish(Some(Self {
            read: body.read,
            snoozed_until: until,
        }))
    }
}

/// Marks notifications as read.
///
/// Those that you name, or all of them; ids that lead to none of yours are passed over. One request marks no more than
/// 500: if `has_more` is true, ask once more.
#[utoipa::path(post, path = "/notifications/read", tag = "notifications", operation_id = "readNotifications",
    request_body = Read,
    responses((status = 200, description = "How many were marked.", body = One<MarkedDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn read(
    State(app): State<App>,
    Caller(call): Caller,
    Body(body): Body<Read>,
) -> Result<Data<MarkedDto>, Problem> {
    Ok(Data::plain(
        notification::read_notifications(&app, &call, &body.try_into()?)
            .await?
            .into(),
    ))
}

/// Changes a notification.
///
/// Read it, or not; put it off, or no longer.
#[utoipa::path(patch, path = "/notifications/{notification_id}", tag = "notifications",
    operation_id = "updateNotification",
    params(("notification_id" = String, Path, description = "The notification's id.",
        example = "nzphxH4BoZFm3vQAAQIDBAUGBwgJCgsMDQ4P"), IfMatch),
    request_body = Update,
    responses((status = 200, description = "The notification.", body = One<NotificationDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn change(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<NotificationId>,
    Body(body): Body<Update>,
) -> Result<Data<NotificationDto>, Problem> {
    let shown = notification::update_notification(&app, &call, id, body.try_into()?).await?;
    let version = shown.notification.version;
    Ok(Data::versioned(shown.into(), version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn which(json: &str) -> Result<Which, Error> {
        serde_json::from_str::<Read>(json).unwrap().try_into()
    }

    #[test]
    fn ids_or_all_are_read_and_not_both() {
        assert_eq!(which(r#"{"all":true}"#), Ok(Which::Before(None)));
        let moment = "2026-11-20T17:00:00Z".parse().unwrap();
        assert_eq!(
            which(r#"{"all":true,"before":"2026-11-20T17:00:00Z"}"#),
            Ok(Which::Before(Some(moment)))
        );
        let many = format!(r#"{{"ids":[{}]}}"#, vec![r#""x""#; 101].join(","));
        for (body, field) in [
            ("{}", "/ids"),
            (r#"{"ids":[]}"#, "/ids"),
            (&many, "/ids"),
            (r#"{"ids":["x"]}"#, "/ids/0"),
            (r#"{"ids":["x"],"all":true}"#, "/all"),
            (r#"{"all":false}"#, "/all"),
            (r#"{"all":true,"before":"yesterday"}"#, "/before"),
            (
                r#"{"ids":["nzphxH4BoZFm3vQAAQIDBAUGBwgJCgsMDQ4P"],"before":"2026-11-20T17:00:00Z"}"#,
                "/before",
            ),
        ] {
            let Err(Error::Invalid(faults)) = which(body) else {
                panic!("{body} is taken")
            };
            assert_eq!(faults[0].field, field, "{body}");
        }
    }
}
