//! Devices: browsers and phones that show messages to somebody.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp;
use serde::{Deserialize, Serialize};

use crate::access::words;
use crate::error::Error;
use crate::id::{DeviceId, SessionId, UserId};
use crate::outbound::HttpsUrl;
use crate::text::Fault;

words!(
    /// By whose service a device is reached.
    Platform {
        /// The push service of the browser (RFC 8030).
        WebPush = "webpush",
        /// Firebase Cloud Messaging: Android.
        Fcm = "fcm",
        /// The Apple Push Notification service: iOS.
        Apns = "apns",
    }
);

/// What a browser gives to whoever shall send it messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushSubscription {
    /// Where messages are sent.
    pub endpoint: HttpsUrl,
    /// Its public key, to encrypt them for (RFC 8291 section 3.1): 65 bytes in base64url.
    pub p256dh: String,
    /// Its authentication secret (RFC 8291 section 3.2): 16 bytes in base64url.
    pub auth: String,
}

/// A P-256 public key, uncompressed (RFC 8291 section 3.1), in base64url. Whether the point is on the curve is seen when
/// something is encrypted for it.
pub fn p256dh(text: &str) -> Result<String, Fault> {
    let right = |key: &[u8]| key.len() == 65 && key[0] == 4;
    base64url(text, right).ok_or_else(|| {
        Fault::new(
            "invalid",
            "must be an uncompressed P-256 point of 65 bytes in base64url",
        )
    })
}

/// An authentication secret (RFC 8291 section 3.2), in base64url.
pub fn auth_secret(text: &str) -> Result<String, Fault> {
    base64url(text, |secret| secret.len() == 16)
        .ok_or_else(|| Fault::new("invalid", "must be 16 bytes in base64url"))
}

/// The text without padding, if its bytes are right.
fn base64url(text: &str, right: impl Fn(&[u8]) -> bool) -> Option<String> {
    let text = text.trim_end_matches('=');
    let bytes = data_encoding::BASE64URL_NOPAD
        .decode(text.as_bytes())
        .ok()?;
    right(&bytes).then(|| text.to_owned())
}

/// What a phone's platform gave it: visible ASCII without white space, up to 4096 characters.
pub fn token(text: &str) -> Result<String, Fault> {
    match text.len() {
        0 => Err(Fault::new("required", "must not be empty")),
        1..=4096 if text.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(text.to_owned()),
        1..=4096 => Err(Fault::new(
            "invalid",
            "must be the token that the platform gave out",
        )),
        _ => Err(Fault::new("too_long", "must have at most 4096 characters")),
    }
}

/// How a device is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "platform", rename_all = "lowercase")]
pub enum Reach {
    /// Through the browser's push service.
    WebPush(PushSubscription),
    /// Through Firebase.
    Fcm {
        /// The endpoint that SNS made of the device's token.
        arn: String,
    },
    /// Through Apple.
    Apns {
        /// The endpoint that SNS made of the device's token.
        arn: String,
    },
}

impl Reach {
    /// By whose service.
    pub fn platform(&self) -> Platform {
        match self {
            Self::WebPush(_) => Platform::WebPush,
            Self::Fcm { .. } => Platform::Fcm,
            Self::Apns { .. } => Platform::Apns,
        }
    }
}

/// A device. It belongs to the session that registered it, and goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The session that registered it.
    pub session: SessionId,
    /// How it is reached.
    pub reach: Reach,
    /// When it was first registered.
    #[serde(with = "timestamp::millisecond::required")]
    pub created_at: Timestamp,
    /// When it was last registered.
    #[serde(with = "timestamp::millisecond::required")]
    pub updated_at: Timestamp,
}

/// A person's devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devices {
    /// Whose.
    pub user: UserId,
    /// The devices, the oldest first.
    pub devices: Vec<Device>,
}

impl Devices {
    /// The most devices of a person.
    pub const MAX: usize = 20;

    /// No devices.
    pub fn none(user: UserId) -> Self {
        Self {
            user,
            devices: vec![],
        }
    }

    /// One of them.
    pub fn find(&self, id: DeviceId) -> Option<&Device> {
        self.devices.iter().find(|device| device.id == id)
    }

    /// Enters a device. One that is there already keeps its place, and belongs to the new session.
    pub fn enter(&mut self, device: Device) -> Result<(), Error> {
        if let Some(there) = self.devices.iter_mut().find(|other| other.id == device.id) {
            *there = Device {
                created_at: there.created_at,
                ..device
            };
            return Ok(());
        }
        if self.devices.len() >= Self::MAX {
            return Err(Error::LimitReached {
                what: "devices",
                limit: Self::MAX,
            });
        }
        self.devices.push(device);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(n: u8) -> Device {
        Device {
            id: DeviceId::new([n; 16]),
            session: SessionId::from_bytes([n; 8]),
            reach: Reach::Fcm {
                arn: format!("arn {n}"),
            },
            created_at: Timestamp::from_second(i64::from(n)).unwrap(),
            updated_at: Timestamp::from_second(i64::from(n)).unwrap(),
        }
    }

    #[test]
    fn the_same_device_again_is_the_same_device_in_another_session() {
        let mut devices = Devices::none(UserId::new(1, [1; 10]));
        devices.enter(device(1)).unwrap();
        devices
            .enter(Device {
                id: device(1).id,
                ..device(2)
            })
            .unwrap();
        assert_eq!(
            devices.devices,
            [Device {
                id: device(1).id,
                created_at: device(1).created_at,
                ..device(2)
            }]
        );
    }

    #[test]
    fn nobody_has_more_than_twenty_devices() {
        let mut devices = Devices::none(UserId::new(1, [1; 10]));
        for n in 1..=20 {
            devices.enter(device(n)).unwrap();
        }
        assert_eq!(
            devices.enter(device(21)),
            Err(Error::LimitReached {
                what: "devices",
                limit: 20
            })
        );
        devices.enter(device(20)).unwrap();
        assert_eq!(devices.devices.len(), 20);
    }

    #[test]
    fn keys_and_tokens_of_another_form_are_refused() {
        let point = data_encoding::BASE64URL_NOPAD.encode(&[&[4][..], &[7; 64]].concat());
        assert_eq!(p256dh(&point), Ok(point.clone()));
        assert_eq!(p256dh(&format!("{point}=")), Ok(point.clone()));
        let compressed = data_encoding::BASE64URL_NOPAD.encode(&[2; 33]);
        for bad in ["", "!", &point[1..], &compressed, &format!("{point}AAAA")] {
            assert!(p256dh(bad).is_err(), "{bad}");
        }
        assert!(
            auth_secret("BTBZMqHH6r4Tts7J_aSIgg").is_ok()
                && auth_secret("BTBZMqHH6r4Tts7J_aSIgg==").is_ok()
        );
        for bad in [
            "",
            "BTBZMqHH6r4Tts7J_aSI",
            "BTBZMqHH6r4Tts7J/aSIgg",
            "BTBZMqHH6r4Tts7J_aSIggAA",
        ] {
            assert!(auth_secret(bad).is_err(), "{bad}");
        }
        assert!(token("abc:DEF-_").is_ok() && token(&"a".repeat(4096)).is_ok());
        for bad in ["", "a b", "a\n", "\u{e4}", &"a".repeat(4097)] {
            assert!(token(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_stored_device_comes_back() {
        let mut devices = Devices::none(UserId::new(1, [1; 10]));
        let endpoint = "https://push.example.com/a".parse().unwrap();
        let subscription = PushSubscription {
            endpoint,
            p256dh: "B".to_owned(),
            auth: "A".to_owned(),
        };
        devices
            .enter(Device {
                reach: Reach::WebPush(subscription),
                ..device(1)
            })
            .unwrap();
        devices.enter(device(2)).unwrap();
        let json = serde_json::to_value(&devices).unwrap();
        assert_eq!(json["devices"][0]["reach"]["platform"], "webpush");
        assert_eq!(serde_json::from_value::<Devices>(json).unwrap(), devices);
    }
}
