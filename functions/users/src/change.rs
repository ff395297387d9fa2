//! `PATCH /users/me`.

use app::App;
use app::account::user::{self, ProfileChange};
use axum::extract::State;
use domain::account::preference::{locale, preferences, timezone};
use domain::text::Fault;
use domain::{Error, Faults};
use edge::openapi::{IfMatch, One};
use edge::patch::Field;
use edge::reply::Data;
use edge::{Body, Caller, Problem};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::body::{nullable, value};
use crate::dto::MeDto;

/// What to change. An absent member stays; null empties.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMe {
    /// What you are called.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Ann Example", max_length = 100)]
    full_name: Field<String>,
    /// What you say about yourself.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 1000)]
    bio: Field<String>,
    /// Under which you sign in too, and by which you are mentioned; unique. Cannot be null.
    #[serde(default)]
    #[schema(value_type = String, example = "ann.example", max_length = 32)]
    username: Field<String>,
    /// IANA name of your time zone.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    timezone: Field<String>,
    /// BCP 47 tag of your language.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "de-DE")]
    locale: Field<String>,
    /// What your clients keep for you: an object of at most 4 KB, replaced as a whole.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    preferences: Field<Map<String, Value>>,
    /// The organization where things go that name none: one of yours. Cannot be null.
    #[serde(default)]
    #[schema(value_type = String, format = Uuid)]
    default_organization_id: Field<String>,
}

/// Reads a nullable member with a function of its own.
fn read<T>(
    faults: &mut Faults,
    name: &str,
    field: Field<T>,
    read: fn(T) -> Result<String, Fault>,
) -> Option<Option<String>> {
    field
        .into_option()
        .map(|given| given.and_then(|given| faults.take(name, read(given))))
}

impl TryFrom<UpdateMe> for ProfileChange {
    type Error = Error;

    // In one piece: a list of fields, of which one cannot be null and is read by itself.
    fn try_from(body: UpdateMe) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let json = |map: Map<String, Value>| preferences(Value::Object(map).to_string());
        let default_org = match body.default_organization_id {
            Field::Absent => None,
            Field::Value(text) => {
                let id = text
                    .parse()
                    .map_err(|_| Fault::new("invalid", "must be an organization's id"));
                faults.take("default_organization_id", id)
            }
            Field::Null => {
                faults.note("default_organization_id", "required", "must not be null");
                None
            }
        };
        let change = Self {
            full_name: nullable(&mut faults, "full_name", body.full_name),
            bio: nullable(&mut faults, "bio", body.bio),
            username: value(&mut faults, "username", body.username),
            timezone: read(&mut faults, "timezone", body.timezone, |text| {
                timezone(&text)
            }),
            locale: read(&mut faults, "locale", body.locale, |text| locale(&text)),
            preferences: read(&mut faults, "preferences", body.preferences, json),
            default_org,
        };
        faults.finish(Some(change))
    }
}

/// Changes your profile and preferences.
///
/// A new name is shown at once in every organization of yours. `If-Match` takes the `version` of your profile.
#[utoipa::path(patch, path = "/users/me", tag = "users", operation_id = "updateMe", params(IfMatch),
    request_body = UpdateMe,
    responses((status = 200, description = "You.", body = One<MeDto>)),
    extensions(("x-errors" = json!(edge::codes![UsernameTaken]))))]
pub async fn change(
    State(app): State<App>,
    Caller(call): Caller,
    Body(body): Body<UpdateMe>,
) -> Result<Data<MeDto>, Problem> {
    Ok(Data::plain(
        user::update_me(&app, &call, &body.try_into()?)
            .await?
            .into(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(json: &str) -> Result<ProfileChange, Error> {
        serde_json::from_str::<UpdateMe>(json).unwrap().try_into()
    }

    #[test]
    fn null_empties_and_absence_leaves() {
        let change =
            change(r#"{"bio":null,"timezone":"Europe/Berlin","preferences":{"theme":"dark"}}"#)
                .unwrap();
        assert_eq!((change.bio, change.full_name), (Some(None), None));
        assert_eq!(change.timezone, Some(Some("Europe/Berlin".to_owned())));
        assert_eq!(
            change.preferences,
            Some(Some(r#"{"theme":"dark"}"#.to_owned()))
        );
    }

    #[test]
    fn every_wrong_field_is_named() {
        let json = r#"{"username":null,"timezone":"Mars/Phobos","locale":"de_DE","default_organization_id":"x"}"#;
        let Err(Error::Invalid(faults)) = change(json) else {
            panic!("taken")
        };
        let mut fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "/default_organization_id",
                "/locale",
                "/timezone",
                "/username"
            ]
        );
        let long = format!(r#"{{"preferences":{{"a":"{}"}}}}"#, "x".repeat(5000));
        assert!(change(&long).is_err());
    }
}
