//! `GET /notifications` and `GET /notifications/unread-count`.

use app::App;
use app::notices::notification::{self, NotificationFilter};
use axum::extract::State;
use domain::Error;
use domain::notices::notification::NotificationType;
use edge::openapi::{Many, One};
use edge::reply::{Data, Listed};
use edge::{Caller, Params, Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use super::dto::{NotificationDto, UnreadDto};

/// Which notifications.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListNotifications {
    /// true for those only that you have not read, false for the others.
    unread: Option<String>,
    /// Of one type only, such as mentioned or assigned.
    r#type: Option<String>,
    /// About one organization only: its id or slug.
    org: Option<String>,
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// The same as `limit`.
    page_size: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

impl TryFrom<&ListNotifications> for NotificationFilter {
    type Error = Error;

    fn try_from(query: &ListNotifications) -> Result<Self, Error> {
        let unread = match query.unread.as_deref() {
            None => None,
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(_) => return Err(Error::filter("unread", "must be true or false")),
        };
        let kind = query
            .r#type
            .as_deref()
            .map(|text| text.parse::<NotificationType>())
            .transpose();
        let kind = kind.map_err(|fault| Error::filter("type", fault.message))?;
        Ok(Self {
            org: query.org.clone(),
            unread,
            kind,
        })
    }
}

/// Lists your notifications.
///
/// From all your organizations, newest first. A notification is shown only while you may still see what it is about:
/// you belong to the organization, see the project, and the task is there (but for the news that it was deleted). What
/// you have put off comes back at its time. Notifications are kept for 90 days. Those of the last second may be missing
/// with `unread=true`.
#[utoipa::path(get, path = "/notifications", tag = "notifications", operation_id = "listNotifications",
    params(ListNotifications),
    responses((status = 200, description = "A page of notifications.", body = Many<NotificationDto>)),
    extensions(("x-errors" = json!(edge::codes![NotFound]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ListNotifications>,
) -> Result<Listed<NotificationDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref().or(query.page_size.as_deref()))?;
    let filter = NotificationFilter::try_from(&query)?;
    let page =
        notification::list_notifications(&app, &call, &filter, limit, query.cursor.as_deref())
            .await?;
    Ok(Listed::page(page.map(NotificationDto::from)))
}

/// Counts the notifications that you have not read.
///
/// Those that the list shows with `unread=true`, as far as they are among the newest 100 unread ones.
#[utoipa::path(get, path = "/notifications/unread-count", tag = "notifications", operation_id = "countUnread",
    responses((status = 200, description = "How many.", body = One<UnreadDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn unread(
    State(app): State<App>,
    Caller(call): Caller,
) -> Result<Data<UnreadDto>, Problem> {
    Ok(Data::plain(
        notification::count_unread(&app, &call).await?.into(),
    ))
}
