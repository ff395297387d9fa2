//! `GET` and `PUT /notification-preferences`.

use std::collections::BTreeMap;

use app::App;
use app::notices::notification::{self, NotificationSettings};
use axum::extract::State;
use domain::call::Versioned;
use domain::notices::notification::NotificationType;
use domain::notices::notification::preferences::{Channels, Preferences};
use domain::notices::notification::quiet::{QuietHours, TimeOfDay};
use domain::{Error, Faults};
use edge::openapi::{IfMatchRequired, One};
use edge::reply::Data;
use edge::{Body, Caller, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The ways by which notifications of one type come.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationChannels)]
pub struct ChannelsDto {
    /// Into the inbox, and to live connections.
    #[schema(example = true)]
    in_app: bool,
    /// By mail.
    #[schema(example = false)]
    mail: bool,
    /// To your devices.
    #[schema(example = true)]
    push: bool,
}

impl From<Channels> for ChannelsDto {
    fn from(Channels { in_app, mail, push }: Channels) -> Self {
        Self { in_app, mail, push }
    }
}

impl From<ChannelsDto> for Channels {
    fn from(ChannelsDto { in_app, mail, push }: ChannelsDto) -> Self {
        Self { in_app, mail, push }
    }
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $kind:ident,)*) => {
        /// The ways by which each type of notification comes.
        #[derive(Debug, Serialize, ToSchema)]
        #[schema(as = NotificationEvents)]
        pub struct EventsDto {
            $($(#[$doc])* $name: ChannelsDto,)*
        }

        impl From<&Preferences> for EventsDto {
            fn from(preferences: &Preferences) -> Self {
                Self { $($name: preferences.channels(NotificationType::$kind).into(),)* }
            }
        }

        /// The ways by which each type of notification shall come; a type that is left out, as usual.
        #[derive(Debug, Default, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(as = ReplaceNotificationEvents)]
        pub struct Events {
            $($(#[$doc])*
            #[serde(default, deserialize_with = "edge::object::optional")]
            $name: Option<ChannelsDto>,)*
        }

        impl Events {
            fn into_map(self) -> BTreeMap<String, Channels> {
                let all = [$((NotificationType::$kind, self.$name)),*];
                let given = all.into_iter().filter_map(|(kind, channels)| Some((kind, channels?)));
                given.map(|(kind, channels)| (kind.as_str().to_owned(), channels.into())).collect()
            }
        }
    };
}

events! {
    /// A comment names you.
    mentioned = Mentioned,
    /// A task was given to you.
    assigned = Assigned,
    /// A task was taken from you.
    unassigned = Unassigned,
    /// Somebody has answered your comment.
    replied = Replied,
    /// Somebody has commented on a task that you watch.
    commented = Commented,
    /// A task that you watch got another status.
    status_changed = StatusChanged,
    /// A task that you watch is due at another time.
    due_changed = DueChanged,
    /// A task that you watch was deleted.
    task_deleted = TaskDeleted,
    /// A task that you watch was brought back.
    task_restored = TaskRestored,
    /// A task that you watch got a file.
    attached = Attached,
    /// A task that you watch was changed otherwise.
    updated = Updated,
    /// You were added to an organization, a project or a team.
    added = Added,
    /// Your role in an organization, a project or a team was changed.
    role_changed = RoleChanged,
}

/// The part of each day in which mail and devices stay silent, in the time zone of your profile (UTC if it has none).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuietHours)]
pub struct QuietDto {
    /// When they begin: HH:MM.
    #[schema(example = "22:00")]
    from: String,
    /// When they are over: HH:MM; the next day's if it is the earlier of the two.
    #[schema(example = "07:00")]
    to: String,
}

impl QuietDto {
    fn read(self, faults: &mut Faults) -> Option<QuietHours> {
        let from: Option<TimeOfDay> = faults.take("/quiet_hours/from", self.from.parse());
        let to: Option<TimeOfDay> = faults.take("/quiet_hours/to", self.to.parse());
        let (from, to) = from.zip(to)?;
        faults.take("/quiet_hours/to", QuietHours::new(from, to))
    }
}

/// Of what you want to be told, by which ways, and when not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationPreferences)]
pub struct PreferencesDto {
    /// The ways by which each type of notification comes.
    events: EventsDto,
    /// When mail and devices wait; null if they never do.
    quiet_hours: Option<QuietDto>,
}

impl From<&Preferences> for PreferencesDto {
    fn from(preferences: &Preferences) -> Self {
        let quiet = preferences
            .quiet
            .map(|hours| (hours.from.to_string(), hours.to.to_string()));
        Self {
            events: preferences.into(),
            quiet_hours: quiet.map(|(from, to)| QuietDto { from, to }),
        }
    }
}

/// What your preferences shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReplaceNotificationPreferences)]
pub struct Replace {
    /// The ways by which each type of notification shall come.
    #[serde(deserialize_with = "edge::object::required")]
    events: Events,
    /// When mail and devices shall wait; null or left out for never.
    #[serde(default, deserialize_with = "edge::object::optional")]
    quiet_hours: Option<QuietDto>,
}

impl TryFrom<Replace> for NotificationSettings {
    type Error = Error;

    fn try_from(body: Replace) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let quiet = body.quiet_hours.and_then(|hours| hours.read(&mut faults));
        faults.finish(Some(Self {
            events: body.events.into_map(),
            quiet,
        }))
    }
}

fn reply(preferences: &Versioned<Preferences>) -> Data<PreferencesDto> {
    Data::versioned((&preferences.value).into(), preferences.version)
}

/// Reads your notification preferences.
///
/// Until you say otherwise everything goes into the inbox, mail comes when you are mentioned or given a task, and your
/// devices show that and comments.
#[utoipa::path(get, path = "/notification-preferences", tag = "notifications",
    operation_id = "getNotificationPreferences",
    responses((status = 200, description = "Your preferences.", body = One<PreferencesDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn show(
    State(app): State<App>,
    Caller(call): Caller,
) -> Result<Data<PreferencesDto>, Problem> {
    Ok(reply(&notification::get_preferences(&app, &call).await?))
}

/// Replaces your notification preferences.
///
/// They are a document: `If-Match` is required, with the `ETag` that reading them gave (`*` does not say what you have
/// seen, and does not count). They hold for what happens from now on, and for mail that is still to be sent.
#[utoipa::path(put, path = "/notification-preferences", tag = "notifications",
    operation_id = "replaceNotificationPreferences", params(IfMatchRequired), request_body = Replace,
    responses((status = 200, description = "Your new preferences.", body = One<PreferencesDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn replace(
    State(app): State<App>,
    Caller(call): Caller,
    Body(body): Body<Replace>,
) -> Result<Data<PreferencesDto>, Problem> {
    Ok(reply(
        &notification::replace_preferences(&app, &call, &body.try_into()?).await?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_notification_has_a_preference() {
        let view = EventsDto::from(&Preferences::of(domain::id::UserId::new(1, [1; 10])));
        let json = serde_json::to_value(view).unwrap();
        let mut names: Vec<&str> = json
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let mut words: Vec<&str> = NotificationType::ALL
            .iter()
            .map(|kind| kind.as_str())
            .collect();
        names.sort_unstable();
        words.sort_unstable();
        assert_eq!(names, words);
    }

    #[test]
    fn every_wrong_field_is_named() {
        let body = r#"{"events":{},"quiet_hours":{"from":"25:00","to":"7"}}"#;
        let Err(Error::Invalid(faults)) =
            NotificationSettings::try_from(serde_json::from_str::<Replace>(body).unwrap())
        else {
            panic!("it is taken")
        };
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["/quiet_hours/from", "/quiet_hours/to"]);
        for bad in [
            r#"{}"#,
            r#"{"events":[]}"#,
            r#"{"events":{"later":{}}}"#,
            r#"{"events":{"added":[true,true,true]}}"#,
        ] {
            assert!(serde_json::from_str::<Replace>(bad).is_err(), "{bad}");
        }
    }
}
