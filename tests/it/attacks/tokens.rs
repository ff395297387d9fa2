//! Hostile access tokens: whatever is not exactly of our making, and good now, is nobody's (RFC 8725, RFC 9068).

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use data_encoding::{BASE64, BASE64URL, BASE64URL_NOPAD};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, World};

use super::forge::{Forge, secret, signed_by, text, with};
use super::sound::dressed;

/// One path of every function that knows callers.
const DOORS: [&str; 5] = [
    "/auth/sessions",
    "/users/me",
    "/organizations",
    "/projects",
    "/tasks",
];

async fn knock(world: &World, token: &str, door: &str) -> Answer {
    let mut nobody = world.nobody();
    nobody.token = Some(token.to_owned());
    dressed(nobody.get(door).await)
}

async fn refused_everywhere(world: &World, cases: &[(&str, String)]) {
    for (name, token) in cases {
        for door in DOORS {
            let answer = knock(world, token, door).await;
            assert_eq!(
                (answer.status, answer.code()),
                (401, "unauthenticated"),
                "{name}: {door}: {}",
                answer.text
            );
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{name}");
        }
    }
}

#[tokio::test]
async fn a_token_put_together_again_as_it_was_is_good() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let forge = Forge::new(&world, &ann).await;
    // What makes every refusal below mean something: the forge makes good tokens.
    let same = forge.signed(&forge.header.to_string(), &forge.claims.to_string());
    for door in DOORS {
        knock(&world, &same, door).await.expect(200);
    }
    assert_eq!(
        forge.claims.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["aud", "exp", "iat", "iss", "sid", "sub"]
    );
}

#[tokio::test]
async fn no_other_signature_is_taken_for_ours() {
    let world = World::new().await;
    let forge = Forge::new(&world, &world.person("ann").await).await;
    let (header, claims) = (forge.header.to_string(), forge.claims.to_string());
    let [h, c, s] = forge.segments();
    let other = Ed25519KeyPair::generate().unwrap();
    let x = forge.key.public_key().as_ref();
    let hs256 = |key: &[u8]| {
        let body = format!("{}.{c}", text(&with(&forge.header, "alg", json!("HS256"))));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), body.as_bytes());
        format!("{body}.{}", BASE64URL_NOPAD.encode(tag.as_ref()))
    };
    let unsigned = |alg: &str| format!("{}.{c}.", text(&with(&forge.header, "alg", json!(alg))));
    let mut flipped = BASE64URL_NOPAD.decode(s.as_bytes()).unwrap();
    flipped[0] ^= 1;
    let own_key = json!({ "kty": "OKP", "crv": "Ed25519", "x": BASE64URL_NOPAD.encode(other.public_key().as_ref()) });
    let mut cases = vec![
        (
            "another key under our name",
            signed_by(&other, &header, &claims),
        ),
        (
            "its own key in the header",
            signed_by(&other, &with(&forge.header, "jwk", own_key), &claims),
        ),
        ("HMAC with the public key", hs256(x)),
        (
            "HMAC with the public key's text",
            hs256(BASE64URL_NOPAD.encode(x).as_bytes()),
        ),
        ("HMAC with an empty key", hs256(b"")),
        ("an empty signature", format!("{h}.{c}.")),
        ("no signature", format!("{h}.{c}")),
        (
            "a flipped bit",
            format!("{h}.{c}.{}", BASE64URL_NOPAD.encode(&flipped)),
        ),
        ("half a signature", format!("{h}.{c}.{}", &s[..s.len() / 2])),
        (
            "a signature of zeros",
            format!("{h}.{c}.{}", BASE64URL_NOPAD.encode(&[0; 64])),
        ),
        (
            "other claims under the signature",
            format!(
                "{h}.{}.{s}",
                text(&with(&forge.claims, "exp", json!(9_999_999_999_i64)))
            ),
        ),
        ("header and claims swapped", format!("{c}.{h}.{s}")),
        ("a fourth segment", format!("{}.{s}", forge.genuine)),
        ("a fifth segment", format!("{}.{s}.{s}", forge.genuine)),
        ("a leading dot", format!(".{}", forge.genuine)),
        ("one segment", h.to_owned()),
        ("only dots", "..".to_owned()),
    ];
    for alg in [
        "none", "None", "NONE", "nOnE", "", "HS256", "RS256", "ES256", "eddsa",
    ] {
        cases.push(("no algorithm, no signature", unsigned(alg)));
    }
    refused_everywhere(&world, &cases).await;
}

#[tokio::test]
async fn a_header_is_ours_or_nobodys() {
    let world = World::new().await;
    let forge = Forge::new(&world, &world.person("ann").await).await;
    let (header, claims) = (forge.header.to_string(), forge.claims.to_string());
    let mut cases = vec![];
    let wrong = [
        (
            "alg",
            vec![
                json!("HS256"),
                json!("none"),
                json!("eddsa"),
                json!("ES256"),
                json!(["EdDSA"]),
                Value::Null,
            ],
        ),
        (
            "typ",
            vec![
                json!("JWT"),
                json!("application/at+jwt"),
                json!("AT+JWT"),
                json!(""),
                json!(1),
                Value::Null,
            ],
        ),
        (
            "kid",
            vec![
                json!("unknown"),
                json!(""),
                json!(7),
                json!("k".repeat(2500)),
                json!("../../keys/dev"),
                Value::Null,
            ],
        ),
        (
            "kid",
            vec![
                json!("/dev/null"),
                json!("' OR 1=1 --"),
                json!("a\u{0}b"),
                json!({ "k": 1 }),
            ],
        ),
        ("jku", vec![json!("http://127.0.0.1:1/jwks.json")]),
        ("x5u", vec![json!("http://127.0.0.1:1/x")]),
        ("x5c", vec![json!(["MIIB"])]),
        ("jwk", vec![json!({ "kty": "OKP" })]),
        ("crit", vec![json!(["exp"]), json!(["unknown"]), json!([])]),
        ("cty", vec![json!("JWT")]),
        ("zip", vec![json!("DEF")]),
        ("b64", vec![json!(false)]),
        ("nonce", vec![json!("n")]),
    ];
    for (name, values) in wrong {
        cases.extend(
            values
                .into_iter()
                .map(|value| (name, forge.header(name, value))),
        );
    }
    cases.extend([
        ("no JSON", forge.signed("{", &claims)),
        ("an array", forge.signed("[]", &claims)),
        (
            "a member twice",
            forge.signed(&header.replacen('{', r#"{"alg":"none","#, 1), &claims),
        ),
        (
            "the same member twice",
            forge.signed(&header.replacen('{', r#"{"typ":"at+jwt","#, 1), &claims),
        ),
        (
            "something behind it",
            forge.signed(&format!("{header}{{}}"), &claims),
        ),
    ]);
    refused_everywhere(&world, &cases).await;
}

#[tokio::test]
async fn claims_are_ours_or_nobodys() {
    let world = World::new().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let forge = Forge::new(&world, &ann).await;
    let of_bob = Forge::new(&world, &bob).await.claims;
    let (exp, iat) = (
        forge.claims["exp"].as_i64().unwrap(),
        forge.claims["iat"].as_i64().unwrap(),
    );
    let home = json!(ann.home);
    let wrong = [
        (
            "iss",
            vec![
                json!("https://elevanalog.example"),
                json!(""),
                json!(["https://elevanalog.dev"]),
                Value::Null,
            ],
        ),
        (
            "aud",
            vec![
                json!("another-api"),
                json!(["elevanalog-api"]),
                json!(""),
                json!(1),
                Value::Null,
            ],
        ),
        (
            "sub",
            vec![
                json!(bob.id),
                json!(ann.id.to_uppercase()),
                home,
                json!("ann"),
                json!(1),
                json!(""),
                Value::Null,
            ],
        ),
        (
            "sid",
            vec![
                of_bob["sid"].clone(),
                json!("3f1c9a0b7d25e864"),
                json!("x"),
                json!(""),
                json!(1),
                Value::Null,
            ],
        ),
        (
            "exp",
            vec![
                json!(exp.to_string()),
                json!(1e30),
                json!(exp as f64 + 0.5),
                json!(-1),
                json!(u64::MAX),
                Value::Null,
            ],
        ),
        (
            "exp",
            vec![
                json!(iat - 1),
                json!(i64::MIN),
                json!(i64::MAX),
                json!([exp]),
                json!(true),
            ],
        ),
        (
            "iat",
            vec![json!(exp + 1), json!("now"), json!(1e30), Value::Null],
        ),
        ("nbf", vec![json!(iat - 10), json!(exp + 10)]),
        ("role", vec![json!("owner")]),
        ("scope", vec![json!("admin")]),
        ("jti", vec![json!("1")]),
    ];
    let mut cases = vec![];
    for (name, values) in wrong {
        cases.extend(
            values
                .into_iter()
                .map(|value| (name, forge.claim(name, value))),
        );
    }
    let claims = forge.claims.to_string();
    let inside = format!("\"{}\"", forge.genuine);
    let twice =
        |member: String| forge.claims_text(&claims.replacen('{', &format!("{{{member},"), 1));
    cases.extend([
        ("no JSON", forge.claims_text("{")),
        ("an array", forge.claims_text("[]")),
        ("null", forge.claims_text("null")),
        ("a token in the token", forge.claims_text(&inside)),
        ("the user twice", twice(format!("\"sub\":\"{}\"", bob.id))),
        ("the end twice", twice(format!("\"exp\":{}", exp + 1000))),
        (
            "something behind it",
            forge.claims_text(&format!("{claims} {{}}")),
        ),
        (
            "deeply nested",
            forge.claims_text(&format!("{}1{}", "[".repeat(1000), "]".repeat(1000))),
        ),
    ]);
    refused_everywhere(&world, &cases).await;
    ann.get("/users/me").await.expect(200);
}

#[tokio::test]
async fn a_token_has_one_spelling() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let forge = Forge::new(&world, &ann).await;
    let [h, c, s] = forge.segments();
    let header = forge.header.to_string();
    let padded = |text: &str| BASE64URL.encode(text.as_bytes());
    let spaced = format!("{header}{}", " ".repeat((4 - header.len() % 3) % 3 + 1));
    let signature = BASE64URL_NOPAD.decode(s.as_bytes()).unwrap();
    // The last character of 64 bytes has four bits that say nothing.
    let last = if s.ends_with('A') {
        'B'
    } else {
        char::from(s.as_bytes()[s.len() - 1] + 1)
    };
    let swap = |c: char| {
        if c.is_lowercase() {
            c.to_ascii_uppercase()
        } else {
            c.to_ascii_lowercase()
        }
    };
    let cases = [
        (
            "padding",
            format!("{h}.{c}.{}", BASE64URL.encode(&signature)),
        ),
        (
            "padding in the header",
            format!("{}.{c}.{s}", padded(&spaced)),
        ),
        (
            "the other alphabet",
            format!("{h}.{c}.{}", BASE64.encode(&signature)),
        ),
        ("loose bits", format!("{h}.{c}.{}{last}", &s[..s.len() - 1])),
        ("the other case", forge.genuine.chars().map(swap).collect()),
        ("the refresh token", ann.refresh.clone()),
        ("the user's id", ann.id.clone()),
        ("the header alone", format!("{h}..")),
    ];
    refused_everywhere(&world, &cases).await;
}

#[tokio::test]
async fn a_token_comes_in_one_header_and_nowhere_else() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let token = ann.token.clone().unwrap();
    let nobody = world.nobody();
    for scheme in ["bearer", "BEARER", "bEaReR"] {
        let asked = nobody
            .request(Method::GET, "/users/me")
            .header("authorization", &format!("{scheme} {token}"));
        asked.send().await.expect(200);
    }
    let values = [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        String::new(),
        token.clone(),
        format!("Bearer{token}"),
        format!("Basic {token}"),
        format!("Token {token}"),
        format!("Bearer {token} x"),
        format!("Bearer {token},"),
        format!("Bearer \"{token}\""),
        format!("Bearer Bearer {token}"),
        format!("Bearer {}", "a".repeat(5000)),
        format!("Bearer {token}, Bearer {token}"),
    ];
    for value in values {
        for door in DOORS {
            let answer = nobody
                .request(Method::GET, door)
                .header("authorization", &value)
                .send()
                .await;
            dressed(answer).refused(401, "unauthenticated");
        }
    }
    let twice = ann
        .request(Method::GET, "/users/me")
        .header("authorization", &format!("Bearer {token}"));
    dressed(twice.send().await).refused(401, "unauthenticated");
    for elsewhere in ["access_token", "token", "authorization", "bearer"] {
        let in_query = nobody.get(&format!("/projects?{elsewhere}={token}")).await;
        assert!(
            [400, 401].contains(&in_query.status),
            "{elsewhere}: {}",
            in_query.text
        );
        let in_cookie = nobody
            .request(Method::GET, "/users/me")
            .header("cookie", &format!("{elsewhere}={token}"));
        in_cookie.send().await.refused(401, "unauthenticated");
        let in_header = nobody
            .request(Method::GET, "/users/me")
            .header(&format!("x-{elsewhere}"), &token);
        in_header.send().await.refused(401, "unauthenticated");
    }
    for header in [
        "x-user-id",
        "x-forwarded-user",
        "x-tenant-id",
        "x-api-key",
        "x-amzn-oidc-identity",
    ] {
        let asked = nobody
            .request(Method::GET, "/users/me")
            .header(header, &ann.id);
        asked.send().await.refused(401, "unauthenticated");
    }
    // Longer than the gateway takes at all.
    let long = nobody
        .request(Method::GET, "/users/me")
        .header("authorization", &format!("Bearer {}", "a".repeat(11_000)));
    long.send().await.expect(431);
}

#[tokio::test]
async fn a_token_is_good_for_a_day_and_half_a_minute() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let expires = Forge::new(&world, &ann).await.claims;
    assert_eq!(
        expires["exp"].as_i64().unwrap() - expires["iat"].as_i64().unwrap(),
        86_400
    );
    world.clock.advance(SignedDuration::from_secs(86_400 + 20));
    ann.get("/users/me").await.expect(200);
    world.clock.advance(SignedDuration::from_secs(11));
    for door in DOORS {
        let answer = dressed(ann.get(door).await).refused(401, "token_expired");
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer error=\"invalid_token\""
        );
    }
    let body = json!({ "refresh_token": ann.refresh });
    let renewed = ann.with_tokens(&world.nobody().post("/auth/refresh", body).await.expect(200));
    renewed.get("/users/me").await.expect(200);
}

#[tokio::test]
async fn another_deployments_tokens_are_nobodys_here() {
    let (world, other) = (World::new().await, World::new().await);
    let (ann, stranger) = (world.person("ann").await, other.person("ann").await);
    assert_ne!(secret(&world).await, secret(&other).await);
    let tokens = [("a foreign token", stranger.token.clone().unwrap())];
    refused_everywhere(&world, &tokens).await;
    // Once more when the published keys are looked up again.
    world.clock.advance(SignedDuration::from_secs(60));
    refused_everywhere(&world, &tokens).await;
    let body = json!({ "refresh_token": stranger.refresh });
    dressed(world.nobody().post("/auth/refresh", body).await).refused(401, "unauthenticated");
    ann.get("/users/me").await.expect(200);
}
