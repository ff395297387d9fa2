//! What people set for themselves.

use jiff::tz::TimeZone;

use crate::text::Fault;

/// The most bytes that a person's preferences take as JSON.
pub const MAX_PREFERENCES: usize = 4096;

/// The longest language tag that registered subtags make (RFC 5646 section 4.4.1).
const MAX_LOCALE: usize = 35;

/// A time zone of the IANA database, in the database's spelling.
pub fn timezone(text: &str) -> Result<String, Fault> {
    let zone = TimeZone::get(text).ok();
    let name = zone
        .as_ref()
        .and_then(TimeZone::iana_name)
        .map(str::to_owned);
    name.ok_or_else(|| {
        Fault::new(
            "invalid",
            "must be the name of a time zone, such as Europe/Berlin",
        )
    })
}

/// A language tag that is well-formed (RFC 5646 section 2.1): whether its subtags are registered is the client's
/// affair.
pub fn locale(text: &str) -> Result<String, Fault> {
    let mut subtags = text.split('-');
    let language = subtags.next().unwrap_or_default();
    let fits = text.len() <= MAX_LOCALE
        && (2..=8).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && subtags.all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        // A single letter only introduces what follows it.
        && text.rsplit('-').next().is_some_and(|last| last.len() > 1);
    fits.then(|| text.to_owned())
        .ok_or_else(|| Fault::new("invalid", "must be a language tag, such as de-CH"))
}

/// Preferences as JSON, if they are not too long.
pub fn preferences(json: String) -> Result<String, Fault> {
    let fits = json.len() <= MAX_PREFERENCES;
    fits.then_some(json).ok_or_else(|| {
        Fault::new(
            "too_long",
            format!("must take at most {MAX_PREFERENCES} bytes"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_is_one_of_the_database() {
        assert_eq!(timezone("Europe/Berlin").unwrap(), "Europe/Berlin");
        assert_eq!(timezone("europe/berlin").unwrap(), "Europe/Berlin");
        assert_eq!(timezone("UTC").unwrap(), "UTC");
        for bad in [
            "",
            "Mars/Phobos",
            "+02:00",
            "../etc/passwd",
            "Europe/Berlin\0",
        ] {
            assert!(timezone(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_locale_has_the_shape_of_a_language_tag() {
        for good in [
            "de",
            "de-CH",
            "zh-Hant-TW",
            "sr-Latn",
            "es-419",
            "en-US-u-ca-buddhist",
        ] {
            assert!(locale(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "d",
            "de_CH",
            "de-",
            "-de",
            "de--CH",
            "de-toolongtag",
            "12",
            "de CH",
            "en-u",
            "d\u{e9}",
        ] {
            assert!(locale(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn preferences_are_bounded() {
        assert!(preferences("x".repeat(4096)).is_ok());
        assert_eq!(preferences("x".repeat(4097)).unwrap_err().code, "too_long");
    }
}
