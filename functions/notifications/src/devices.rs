//! `/devices`: the browsers and phones to which messages are sent.

use app::{App, notices::device};
use axum::extract::State;
use domain::id::DeviceId;
use domain::notices::device::{
    Device, Platform, PushSubscription, Reach, auth_secret, p256dh, token,
};
use domain::outbound::HttpsUrl;
use domain::text::Fault;
use domain::{Error, Faults};
use edge::openapi::{Many, One};
use edge::reply::{Created, Data, Listed, NoContent};
use edge::{Body, Caller, Problem, Segment};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::phones::Phones;

/// A device to be registered. For a browser: what `JSON.stringify(subscription)` gives, and the platform.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "platform": "webpush",
    "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/gAAAAAB",
    "expirationTime": null,
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}))]
pub struct RegisterDevice {
    /// webpush, fcm or apns.
    #[schema(example = "webpush")]
    platform: String,
    /// Of a browser: the `https` address at which its push service takes messages.
    endpoint: Option<String>,
    /// Of a browser: when the subscription ends. Not looked at; the push service tells when it has.
    #[serde(rename = "expirationTime")]
    expiration_time: Option<u64>,
    /// Of a browser: what to encrypt messages with.
    #[serde(default, deserialize_with = "edge::object::optional")]
    keys: Option<SubscriptionKeys>,
    /// Of a phone: the token that its platform gave it.
    token: Option<String>,
}

/// What to encrypt messages with (RFC 8291).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionKeys {
    /// The browser's public key.
    p256dh: String,
    /// The browser's authentication secret.
    auth: String,
}

/// A device that is well described.
#[derive(Debug, PartialEq)]
enum Described {
    Browser(PushSubscription),
    Phone(Platform, String),
}

fn required<T>(faults: &mut Faults, name: &str, value: Option<T>) -> Option<T> {
    if value.is_none() {
        faults.note(name, "required", "is required for this platform");
    }
    value
}

fn excluded<T>(faults: &mut Faults, name: &str, value: Option<&T>) {
    if value.is_some() {
        faults.note(name, "excluded", "cannot be given for this platform");
    }
}

impl RegisterDevice {
    /// The subscription of a browser.
    fn browser(self, faults: &mut Faults) -> Option<PushSubscription> {
        excluded(faults, "token", self.token.as_ref());
        let endpoint = required(faults, "endpoint", self.endpoint);
        let keys = required(faults, "keys", self.keys);
        let endpoint = endpoint.and_then(|text| faults.take("endpoint", text.parse::<HttpsUrl>()));
        let point = keys
            .as_ref()
            .and_then(|keys| faults.take("keys/p256dh", p256dh(&keys.p256dh)));
        let secret = keys
            .as_ref()
            .and_then(|keys| faults.take("keys/auth", auth_secret(&keys.auth)));
        let parts = endpoint.zip(point).zip(secret);
        parts.map(|((endpoint, p256dh), auth)| PushSubscription {
            endpoint,
            p256dh,
            auth,
        })
    }

    /// The token of a phone.
    fn phone(self, faults: &mut Faults) -> Option<String> {
        excluded(faults, "endpoint", self.endpoint.as_ref());
        excluded(faults, "expirationTime", self.expiration_time.as_ref());
        excluded(faults, "keys", self.keys.as_ref());
        let given = required(faults, "token", self.token);
        given.and_then(|text| faults.take("token", token(&text)))
    }
}

impl TryFrom<RegisterDevice> for Described {
    type Error = Error;

    fn try_from(body: RegisterDevice) -> Result<Self, Error> {
        let mut faults = Faults::new();
        let described = match faults.take("platform", body.platform.parse()) {
            None => None,
            Some(Platform::WebPush) => body.browser(&mut faults).map(Self::Browser),
            Some(platform) => body
                .phone(&mut faults)
                .map(|token| Self::Phone(platform, token)),
        };
        faults.finish(described)
    }
}

/// A device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Device)]
pub struct DeviceDto {
    /// Its id.
    pub id: Uuid,
    /// webpush, fcm or apns.
    #[schema(example = "webpush")]
    pub platform: &'static str,
    /// Of a browser: by whose push service it is reached.
    #[schema(example = "updates.push.services.mozilla.com")]
    pub service: Option<String>,
    /// The session that it belongs to.
    #[schema(example = "3f1c9a0b7d25e864")]
    pub session_id: String,
    /// When it was first registered.
    pub created_at: Timestamp,
    /// When it was last registered.
    pub updated_at: Timestamp,
}

impl From<Device> for DeviceDto {
    fn from(device: Device) -> Self {
        let service = match &device.reach {
            Reach::WebPush(subscription) => Some(subscription.endpoint.host().to_owned()),
            Reach::Fcm { .. } | Reach::Apns { .. } => None,
        };
        Self {
            id: device.id.uuid(),
            platform: device.reach.platform().as_str(),
            service,
            session_id: device.session.to_string(),
            created_at: device.created_at,
            updated_at: device.updated_at,
        }
    }
}

/// By what a browser knows us.
#[derive(Debug, Serialize, ToSchema)]
pub struct VapidKey {
    /// The public key in base64url (RFC 8292 section 3.2): `applicationServerKey` of `pushManager.subscribe()`.
    #[schema(
        example = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
    )]
    pub public_key: String,
}

/// Lists your devices.
///
/// Those to which messages are sent: a device belongs to the session that registered it, and goes with it. The oldest
/// first; at most 20, so there are no pages.
#[utoipa::path(get, path = "/devices", tag = "notifications", operation_id = "listDevices",
    responses((status = 200, description = "The devices.", body = Many<DeviceDto>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
) -> Result<Listed<DeviceDto>, Problem> {
    let devices = device::list_devices(&app, &call).await?;
    Ok(Listed::all(
        devices.into_iter().map(DeviceDto::from).collect(),
    ))
}

/// Registers a device.
///
/// For the session in which you call; the same endpoint or token again is the same device. A browser's endpoint is an
/// `https` address at a public name. Messages to browsers are encrypted (RFC 8291) and hold JSON: `id`, `title`, `body`,
/// `link` and `tag`.
#[utoipa::path(post, path = "/devices", tag = "notifications", operation_id = "registerDevice",
    request_body = RegisterDevice,
    responses((status = 201, description = "The device.", body = One<DeviceDto>)),
    extensions(("x-errors" = json!(edge::codes![LimitReached]))))]
pub async fn register(
    State(app): State<App>,
    State(phones): State<Phones>,
    Caller(call): Caller,
    Body(body): Body<RegisterDevice>,
) -> Result<Created<DeviceDto>, Problem> {
    let (address, reach) = match body.try_into()? {
        Described::Browser(subscription) => (
            subscription.endpoint.to_string(),
            Reach::WebPush(subscription),
        ),
        Described::Phone(platform, token) => {
            device::admit(&app, &call).await?;
            let reach = phones.enroll(platform, &token).await?;
            (token, reach)
        }
    };
    let device = device::register_device(&app, &call, &address, &reach).await?;
    Ok(Created::plain(device.into()))
}

/// Removes a device.
///
/// Nothing is sent to it any more.
#[utoipa::path(delete, path = "/devices/{device_id}", tag = "notifications", operation_id = "removeDevice",
    params(("device_id" = Uuid, Path, description = "The device's id.")),
    responses((status = 204, description = "Removed.")),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn remove(
    State(app): State<App>,
    Caller(call): Caller,
    Segment(id): Segment<DeviceId>,
) -> Result<NoContent, Problem> {
    device::remove_device(&app, &call, id).await?;
    Ok(NoContent)
}

/// Shows the key by which browsers know us.
///
/// A browser subscribes with it, and its push service then takes messages from nobody else. It does not change; a
/// subscription that was made with another key gets nothing.
#[utoipa::path(get, path = "/devices/vapid-key", tag = "notifications", operation_id = "getVapidKey",
    responses((status = 200, description = "The key.", body = One<VapidKey>)),
    extensions(("x-errors" = json!(edge::codes![]))))]
pub async fn vapid_key(
    State(app): State<App>,
    Caller(call): Caller,
) -> Result<Data<VapidKey>, Problem> {
    Ok(Data::plain(VapidKey {
        public_key: device::get_application_key(&app, &call).await?,
    }))
}

/// What is wrong with a platform that nobody has set up here.
pub(crate) fn not_set_up() -> Fault {
    Fault::new("not_available", "is not set up here; ask whoever runs this")
}

#[cfg(test)]
mod tests;
