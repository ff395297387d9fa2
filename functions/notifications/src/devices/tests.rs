use serde_json::{Value, json};

use super::*;

const POINT: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

fn read(body: Value) -> Result<Described, Vec<String>> {
    let body: RegisterDevice = serde_json::from_value(body).unwrap();
    body.try_into().map_err(|error| match error {
        Error::Invalid(faults) => faults
            .into_iter()
            .map(|fault| format!("{} {}", fault.field, fault.code))
            .collect(),
        other => panic!("{other:?}"),
    })
}

fn browser() -> Value {
    let keys = json!({ "p256dh": POINT, "auth": "BTBZMqHH6r4Tts7J_aSIgg" });
    json!({ "platform": "webpush", "endpoint": "https://push.example.com/a", "expirationTime": null, "keys": keys })
}

#[test]
fn a_browser_gives_its_subscription_as_it_is() {
    let Ok(Described::Browser(subscription)) = read(browser()) else {
        panic!("refused")
    };
    assert_eq!(subscription.endpoint.as_str(), "https://push.example.com/a");
    assert_eq!(
        (subscription.p256dh.as_str(), subscription.auth.as_str()),
        (POINT, "BTBZMqHH6r4Tts7J_aSIgg")
    );
}

#[test]
fn a_phone_gives_its_token() {
    let phone = read(json!({ "platform": "fcm", "token": "abc:DEF" }));
    assert_eq!(
        phone,
        Ok(Described::Phone(Platform::Fcm, "abc:DEF".to_owned()))
    );
}

#[test]
fn every_wrong_member_is_named() {
    let refused = |body: Value| read(body).unwrap_err();
    assert_eq!(
        refused(json!({ "platform": "carrier pigeon" })),
        ["/platform invalid"]
    );
    assert_eq!(
        refused(json!({ "platform": "webpush" })),
        ["/endpoint required", "/keys required"]
    );
    assert_eq!(refused(json!({ "platform": "apns" })), ["/token required"]);
    let mut both = browser();
    both["token"] = json!("a");
    assert_eq!(refused(both.clone()), ["/token excluded"]);
    both["platform"] = json!("fcm");
    assert_eq!(refused(both), ["/endpoint excluded", "/keys excluded"]);
    let mut wrong = browser();
    wrong["endpoint"] = json!("https://10.0.0.1/");
    wrong["keys"] = json!({ "p256dh": "x", "auth": "y" });
    assert_eq!(
        refused(wrong),
        [
            "/endpoint invalid",
            "/keys/p256dh invalid",
            "/keys/auth invalid"
        ]
    );
}
