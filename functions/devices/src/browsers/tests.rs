use web_push_native::decrypt;
use web_push_native::p256::SecretKey;

use super::*;

/// RFC 8291 section 5 and appendix A.
const MESSAGE: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w\
                       EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
const PRIVATE: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
const PUBLIC: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

fn bytes(text: &str) -> Vec<u8> {
    BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()
}

fn opened(message: Vec<u8>) -> String {
    let private = SecretKey::from_slice(&bytes(PRIVATE)).unwrap();
    let text = decrypt(message, &private, &Auth::clone_from_slice(&bytes(AUTH))).unwrap();
    String::from_utf8(text).unwrap()
}

fn browser(p256dh: &str, auth: &str) -> PushSubscription {
    let endpoint = "https://push.example.com/a".parse().unwrap();
    PushSubscription {
        endpoint,
        p256dh: p256dh.to_owned(),
        auth: auth.to_owned(),
    }
}

#[test]
fn the_library_reads_the_message_of_the_standard() {
    assert_eq!(
        opened(bytes(MESSAGE)),
        "When I grow up, I want to be a watermelon"
    );
}

#[test]
fn a_message_is_read_by_its_browser_and_is_never_the_same_twice() {
    let text = "x".repeat(LONGEST);
    let message = |text: &str| encrypted(&browser(PUBLIC, AUTH), text.to_owned()).unwrap();
    let (one, two) = (message(&text), message(&text));
    assert_eq!(
        (opened(one.clone()), opened(two.clone())),
        (text.clone(), text)
    );
    assert_ne!(one, two);
    // As much as every push service must take.
    assert_eq!(one.len(), 4096);
}

#[test]
fn keys_that_are_none_make_no_message() {
    let off_the_curve = BASE64URL_NOPAD.encode(&[&[4][..], &[1; 64]].concat());
    for (p256dh, auth) in [
        (off_the_curve.as_str(), AUTH),
        ("", AUTH),
        (PUBLIC, ""),
        (PUBLIC, "AAAA"),
        ("!", "!"),
    ] {
        assert_eq!(
            encrypted(&browser(p256dh, auth), "a".to_owned()),
            None,
            "{p256dh} {auth}"
        );
    }
}

#[test]
fn an_answer_means_what_the_standard_says() {
    let verdict = |status| {
        verdict(Ok(Answer {
            status,
            body: vec![],
        }))
    };
    for status in [200, 201, 202, 204] {
        assert_eq!(
            verdict(status),
            Posting::Taken {
                message: status.to_string()
            }
        );
    }
    for status in [404, 410] {
        assert_eq!(
            verdict(status),
            Posting::Gone {
                code: status.to_string()
            }
        );
    }
    for status in [408, 425, 429, 500, 502, 503, 504] {
        assert_eq!(
            verdict(status),
            Posting::Later {
                code: status.to_string()
            }
        );
    }
    for status in [301, 307, 400, 401, 403, 413] {
        assert_eq!(
            verdict(status),
            Posting::Refused {
                code: status.to_string()
            }
        );
    }
    assert!(matches!(
        super::verdict(Err(Failure::NotPublic)),
        Posting::Refused { .. }
    ));
    assert!(matches!(
        super::verdict(Err(Failure::NoAnswer("late".to_owned()))),
        Posting::Later { .. }
    ));
}
