//! A browser, as far as push messages go: it makes keys and reads what is encrypted for them.
//!
//! Written from RFC 8291 and RFC 8188 over another library than the one that encrypts, so that both cannot be wrong
//! alike.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hkdf;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::service::HOST;

/// A browser with one subscription.
pub struct Browser {
    private: PrivateKey,
    public: Vec<u8>,
    auth: Vec<u8>,
    /// Where its push service takes messages for it.
    pub path: String,
}

/// So many bytes.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn derive(salt: &[u8], secret: &[u8], info: &[&[u8]], length: usize) -> Vec<u8> {
    let key = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    let mut bytes = vec![0; length];
    key.expand(info, Length(length))
        .unwrap()
        .fill(&mut bytes)
        .unwrap();
    bytes
}

impl Browser {
    /// A browser of this name.
    pub fn new(name: &str) -> Self {
        let mut auth = vec![0; 16];
        aws_lc_rs::rand::fill(&mut auth).unwrap();
        Self::of(PrivateKey::generate(&ECDH_P256).unwrap(), auth, name)
    }

    fn of(private: PrivateKey, auth: Vec<u8>, name: &str) -> Self {
        let public = private.compute_public_key().unwrap().as_ref().to_vec();
        Self {
            private,
            public,
            auth,
            path: format!("/wpush/{name}"),
        }
    }

    /// What it sends to be registered: `JSON.stringify(subscription)`, and the platform.
    pub fn subscription(&self) -> Value {
        let keys = json!({
            "p256dh": BASE64URL_NOPAD.encode(&self.public),
            "auth": BASE64URL_NOPAD.encode(&self.auth),
        });
        let endpoint = format!("https://{HOST}{}", self.path);
        json!({ "platform": "webpush", "endpoint": endpoint, "expirationTime": null, "keys": keys })
    }

    /// The text of a message; none if it is not for this browser.
    pub fn read(&self, message: &[u8]) -> Option<Vec<u8>> {
        let (salt, rest) = message.split_at_checked(16)?;
        let (size, rest) = rest.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first()?;
        let (sender, record) = rest.split_at_checked(usize::from(*length))?;
        // One record only (RFC 8291 section 4).
        if u32::from_be_bytes(*size) < record.len() as u32 {
            return None;
        }
        let shared = agree(
            &self.private,
            UnparsedPublicKey::new(&ECDH_P256, sender),
            (),
            |secret| Ok(secret.to_vec()),
        );
        let input = derive(
            &self.auth,
            &shared.ok()?,
            &[b"WebPush: info\0", &self.public, sender],
            32,
        );
        let key = derive(salt, &input, &[b"Content-Encoding: aes128gcm\0"], 16);
        let nonce = derive(salt, &input, &[b"Content-Encoding: nonce\0"], 12);
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
        let mut record = record.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(&nonce).unwrap();
        let text = key.open_in_place(nonce, Aad::empty(), &mut record).ok()?;
        let end = text.iter().rposition(|byte| *byte != 0)?;
        // The delimiter of the last record (RFC 8188 section 2).
        (text[end] == 2).then(|| text[..end].to_vec())
    }

    /// The JSON of a message.
    #[track_caller]
    pub fn json(&self, message: &[u8]) -> Value {
        serde_json::from_slice(&self.read(message).expect("it is for this browser")).unwrap()
    }
}

#[test]
fn the_browser_reads_the_message_of_the_standard() {
    // RFC 8291 section 5 and appendix A.
    let bytes = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    let private = PrivateKey::from_private_key(
        &ECDH_P256,
        &bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"),
    );
    let browser = Browser::of(private.unwrap(), bytes("BTBZMqHH6r4Tts7J_aSIgg"), "a");
    let message = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w\
                   EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
    let mut message = bytes(message);
    assert_eq!(
        browser.read(&message).unwrap(),
        b"When I grow up, I want to be a watermelon"
    );
    assert_eq!(Browser::new("b").read(&message), None);
    message[100] ^= 1;
    assert_eq!(browser.read(&message), None);
}
