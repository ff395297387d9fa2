//! Devices, ready to be attacked.

use serde_json::{Value, json};
use tests::Person;

use super::sample::Sample;
use super::stage::Stage;
use crate::api::Operation;

/// What a browser sends to be registered. Its push service is nowhere.
pub fn subscription(name: &str) -> Value {
    json!({
        "platform": "webpush",
        "endpoint": format!("https://push.example.com/wpush/{name}"),
        "expirationTime": 1_893_456_000_000_u64,
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    })
}

impl Stage {
    pub async fn arrange_devices(
        &self,
        operation: &Operation,
        variant: &str,
        who: &Person,
    ) -> Sample {
        let n = self.next();
        match operation.id.as_str() {
            "registerDevice" if variant == "a phone" => {
                Sample::with(json!({ "platform": "fcm", "token": format!("token:{n}") }))
            }
            "registerDevice" => Sample::with(subscription(&n.to_string())),
            "removeDevice" => {
                let device = who.post("/devices", subscription(&n.to_string())).await;
                Sample::at([device.body["data"]["id"]
                    .as_str()
                    .unwrap_or("9f3a61c4-7e5d-8e4f-aa7b-8c9dae1f2031")])
            }
            _ => Sample::default(),
        }
    }
}
