//! Text that came from outside and is fit to be kept: trimmed, in Unicode normal form C, of a known length and free
//! of control characters.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Why a value cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// A word for programs.
    pub code: &'static str,
    /// A predicate for people, to be read after the field's name.
    pub message: String,
}

impl Fault {
    /// A fault of this code.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

/// Brings text into the form in which it is kept. `lines` allows line breaks and tabs.
pub fn clean(text: &str, min: usize, max: usize, lines: bool) -> Result<String, Fault> {
    let text: String = text.trim().nfc().collect();
    let length = text.chars().count();
    if length < min && length == 0 {
        return Err(Fault::new("required", "must not be empty"));
    }
    if length < min {
        return Err(Fault::new(
            "too_short",
            format!("must have at least {min} characters"),
        ));
    }
    if length > max {
        return Err(Fault::new(
            "too_long",
            format!("must have at most {max} characters"),
        ));
    }
    if text
        .chars()
        .any(|c| unfit(c) && !(lines && matches!(c, '\n' | '\r' | '\t')))
    {
        return Err(Fault::new(
            "control_character",
            "must not contain control characters",
        ));
    }
    Ok(text)
}

/// Control characters, and the marks that make text read otherwise than it is written (Unicode UAX #9, bidirectional
/// overrides and isolates).
fn unfit(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Characters that are not seen (Unicode `Default_Ignorable_Code_Point`, those that text of people holds).
fn unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// The form in which two spellings of a name are the same: compatibility-decomposed and lower case (Unicode
/// NFKC, then `toLowercase`), without what is not seen, and with runs of white space made one.
pub fn fold(text: &str) -> String {
    let lower: String = text
        .nfkc()
        .filter(|c| !unseen(*c))
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What somebody looks for: folded once, however many texts are looked through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Needle(String);

impl Needle {
    /// Looks for this, in any spelling.
    pub fn new(text: &str) -> Self {
        Self(fold(text))
    }

    /// Whether a text holds it.
    pub fn is_in(&self, text: &str) -> bool {
        fold(text).contains(&self.0)
    }
}

/// The form in which two names are the same that look alike, whatever alphabets they are written in: the skeleton of
/// UTS #39 section 4, of the folded name.
pub fn look(text: &str) -> String {
    fold(&unicode_security::skeleton(&fold(text)).collect::<String>())
}

/// A password as it is compared: in normal form C, and with the ASCII space for every other one (RFC 8265 section 4.2,
/// OpaqueString). Nothing else of it is touched.
pub fn password(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_whitespace() && !c.is_ascii() {
                ' '
            } else {
                c
            }
        })
        .nfc()
        .collect()
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $min:literal..=$max:literal, lines: $lines:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The most characters it may have.
            pub const MAX: usize = $max;

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Fault;

            fn from_str(text: &str) -> Result<Self, Fault> {
                clean(text, $min, $max, $lines).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }
    };
}

text!(
    /// What a task is called.
    Title, 1..=200, lines: false
);
text!(
    /// What an organization or a project is called.
    Name, 1..=80, lines: false
);
text!(
    /// What a person is called.
    FullName, 1..=100, lines: false
);
text!(
    /// What a person says about themselves.
    Bio, 1..=1000, lines: true
);
text!(
    /// What a task or a project is about: Markdown, kept as it is written.
    Description, 1..=32768, lines: true
);
text!(
    /// What a comment says: Markdown, kept as it is written.
    CommentText, 1..=10_000, lines: true
);
text!(
    /// What a status or a label is called.
    Caption, 1..=40, lines: false
);
text!(
    /// What a device calls itself at sign-in.
    DeviceName, 1..=100, lines: false
);

macro_rules! word {
    ($(#[$doc:meta])* $name:ident, $prepare:expr, $valid:expr, $message:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Fault;

            fn from_str(text: &str) -> Result<Self, Fault> {
                let text: String = $prepare(text.trim());
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err(Fault::new("invalid", $message)) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

word!(
    /// The name by which a person signs in or is mentioned; unique, lower case.
    Username,
    |text: &str| text.to_ascii_lowercase(),
    |text| {
        (3..=32).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-'))
    },
    "must be 3 to 32 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit"
);

/// Slugs that would read as part of the service: every word of its routes, and what people take for its own.
const RESERVED_SLUGS: [&str; 100] = [
    "accept",
    "accounts",
    "activity",
    "admin",
    "api",
    "app",
    "approve",
    "archive",
    "attachments",
    "audit-logs",
    "auth",
    "avatar",
    "billing",
    "boards",
    "bulk",
    "change",
    "comments",
    "complete",
    "dashboard",
    "devices",
    "docs",
    "domains",
    "elevanalog",
    "email",
    "events",
    "explain",
    "exports",
    "files",
    "forgot",
    "goals",
    "graphql",
    "health",
    "help",
    "history",
    "imports",
    "integrations",
    "invitations",
    "join",
    "join-codes",
    "join-requests",
    "keep",
    "labels",
    "lists",
    "login",
    "logout",
    "mail",
    "me",
    "members",
    "move",
    "new",
    "notification-preferences",
    "notifications",
    "openapi",
    "organizations",
    "password",
    "permissions",
    "personal",
    "project",
    "projects",
    "reactions",
    "read",
    "realtime",
    "reauthenticate",
    "refresh",
    "register",
    "reject",
    "reports",
    "reset",
    "restore",
    "revert",
    "root",
    "rotate",
    "search",
    "security",
    "sessions",
    "settings",
    "signup",
    "status",
    "support",
    "sync",
    "system",
    "task",
    "tasks",
    "teams",
    "tickets",
    "time",
    "transition",
    "trash",
    "unarchive",
    "unread-count",
    "users",
    "vapid-key",
    "verify",
    "versions",
    "views",
    "watchers",
    "webhooks",
    "well-known",
    "workflow",
    "www",
];

word!(
    /// The part of an address that names an organization; unique.
    Slug,
    |text: &str| text.to_ascii_lowercase(),
    |text| {
        (2..=40).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            // It would be read as an id.
            && uuid::Uuid::try_parse(text).is_err()
            && !RESERVED_SLUGS.contains(&text)
    },
    "must be 2 to 40 of a-z, 0-9 and '-', not at the ends, and not a reserved word"
);

impl Slug {
    /// A slug made from a name; `salt` tells it from others made from the same.
    pub fn suggest(name: &str, salt: Option<&str>) -> Self {
        let ascii = deunicode::deunicode(name).to_ascii_lowercase();
        let words: Vec<&str> = ascii
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let base: String = words.join("-").chars().take(30).collect();
        let base = base.trim_end_matches('-');
        let base = if base.parse::<Self>().is_ok() {
            base.to_owned()
        } else {
            format!("org-{base}")
        };
        let base = base.trim_end_matches('-');
        Self(salt.map_or_else(|| base.to_owned(), |salt| format!("{base}-{salt}")))
    }
}

word!(
    /// The prefix of a project's task keys, such as `PROJ`; unique in its organization, never changed.
    ProjectKey,
    |text: &str| text.to_ascii_uppercase(),
    |text| {
        (2..=10).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    },
    "must be 2 to 10 of A-Z and 0-9, beginning with a letter"
);

word!(
    /// A colour: `#rrggbb`.
    Color,
    |text: &str| text.to_ascii_lowercase(),
    |text| text.len() == 7
        && text.starts_with('#')
        && text[1..].bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
    "must be a colour, such as #1a7f37"
);

impl ProjectKey {
    /// The highest number that [`ProjectKey::numbered`] puts behind a suggested key.
    pub const MAX_NUMBER: u32 = 99_999;

    /// A key made from a project's name, of no more than five letters.
    pub fn suggest(name: &str) -> Self {
        let ascii = deunicode::deunicode(name);
        let words: Vec<String> = ascii
            .split(|c: char| !c.is_ascii_alphanumeric())
            .map(|word| {
                word.trim_start_matches(|c: char| c.is_ascii_digit())
                    .to_ascii_uppercase()
            })
            .filter(|word| !word.is_empty())
            .collect();
        let base: String = match words.as_slice() {
            [] => "PROJ".to_owned(),
            [one] => one.chars().take(4).collect(),
            many => many
                .iter()
                .take(5)
                .filter_map(|word| word.chars().next())
                .collect(),
        };
        Self(if base.len() < 2 {
            format!("{base}X")
        } else {
            base
        })
    }

    /// The key with a number behind it; the first of a series has none.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        if number <= 1 {
            self.clone()
        } else {
            Self(format!("{self}{number}"))
        }
    }
}

/// An e-mail address, lower case (RFC 5321 section 4.1.2; quoted local parts and address literals are refused). The
/// domain stands in its ASCII form (RFC 5891, mapped as UTS #46 does), so that one domain has one spelling; the local
/// part is ASCII, since what is not cannot be sent to, and looks like what is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let options = email_address::Options::default()
            .with_required_tld()
            .without_display_text()
            .without_domain_literal();
        let refused = || Fault::new("invalid", "must be an e-mail address");
        let (local, domain) = text.trim().rsplit_once('@').ok_or_else(refused)?;
        if !local.is_ascii() {
            return Err(Fault::new(
                "invalid",
                "must have only ASCII characters before the @",
            ));
        }
        let domain = idna::domain_to_ascii_cow(domain.as_bytes(), idna::AsciiDenyList::STD3)
            .map_err(|_| refused())?;
        let text = format!("{local}@{domain}");
        let fits = text.len() <= 254 && !text.contains('"') && !text.chars().any(unfit);
        match email_address::EmailAddress::parse_with_options(&text, options) {
            Ok(address) if fits => Ok(Self(address.as_str().to_lowercase())),
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_and_normalised_and_bounded() {
        assert_eq!(
            "  Cafe\u{301} ".parse::<Title>().unwrap().as_str(),
            "Caf\u{e9}"
        );
        assert_eq!("".parse::<Title>().unwrap_err().code, "required");
        assert_eq!(
            "x".repeat(201).parse::<Title>().unwrap_err().code,
            "too_long"
        );
        for hostile in ["a\u{0}b", "a\nb", "a\u{202e}b", "a\u{7f}b", "a\u{2028}b"] {
            assert_eq!(
                hostile.parse::<Title>().unwrap_err().code,
                "control_character",
                "{hostile:?}"
            );
        }
        assert!("a\nb\tc".parse::<Description>().is_ok());
    }

    #[test]
    fn spellings_of_one_name_fold_together() {
        assert_eq!(fold("ACME  Inc"), fold("acme\u{a0}inc"));
        assert_eq!(fold("ﬁne"), fold("FINE"));
        assert_eq!(fold("ac\u{200b}me\u{2060}"), fold("Acme"));
    }

    #[test]
    fn sec_low_names_that_look_alike_are_one() {
        // Cyrillic a and e, Greek omicron, full-width.
        for spelling in [
            "\u{410}cm\u{435}",
            "\u{ff21}\u{ff23}\u{ff2d}\u{ff25}",
            "Ac\u{200d}me",
        ] {
            assert_eq!(look(spelling), look("Acme"), "{spelling}");
        }
        assert_ne!(look("Acme"), look("Acne"));
    }

    #[test]
    fn sec_low_passwords_are_the_same_however_they_were_typed() {
        assert_eq!(password("cafe\u{301}\u{a0}au lait "), "caf\u{e9} au lait ");
        assert_ne!(password("ﬁsh"), password("fish"));
    }

    #[test]
    fn sec_low_addresses_are_lower_case_and_plain() {
        let address = |text: &str| text.parse::<Email>().map(|email| email.to_string());
        assert_eq!(address("Ann@Example.COM").unwrap(), "ann@example.com");
        for spelling in [
            "ann@b\u{fc}cher.example",
            "ann@xn--bcher-kva.example",
            "ann@bu\u{308}cher.example",
        ] {
            assert_eq!(
                address(spelling).unwrap(),
                "ann@xn--bcher-kva.example",
                "{spelling}"
            );
        }
        // Full-width, an ideographic full stop, and what is not seen.
        for spelling in [
            "ann@\u{ff45}xample.com",
            "ann@example\u{3002}com",
            "ann@exam\u{ad}ple.com",
        ] {
            assert_eq!(address(spelling).unwrap(), "ann@example.com", "{spelling}");
        }
        for bad in [
            "",
            "ann",
            "ann@",
            "@example.com",
            "ann@localhost",
            "Ann <ann@example.com>",
            "\"a b\"@example.com",
            "a@[127.0.0.1]",
            "a\r\nb@example.com",
            "\u{ff41}nn@example.com",
            "\u{430}nn@example.com",
            "an\u{200b}n@example.com",
            "ann@exam_ple.com",
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
    }

    #[test]
    fn words_keep_to_their_alphabets() {
        assert_eq!("Ann.B".parse::<Username>().unwrap().as_str(), "ann.b");
        assert!("an".parse::<Username>().is_err());
        assert!("ann#b".parse::<Username>().is_err());
        assert!("admin".parse::<Slug>().is_err());
        assert!("-ab".parse::<Slug>().is_err());
        assert_eq!("web2".parse::<ProjectKey>().unwrap().as_str(), "WEB2");
        assert!("2web".parse::<ProjectKey>().is_err());
    }

    #[test]
    fn a_slug_is_suggested_from_any_name() {
        for (name, slug) in [
            ("Acme, Inc.", "acme-inc"),
            ("Ärger", "arger"),
            ("日本", "ri-ben"),
            ("...", "org"),
            ("X", "org-x"),
            ("Admin", "org-admin"),
        ] {
            assert_eq!(Slug::suggest(name, None).as_str(), slug);
            assert!(
                Slug::suggest(name, Some("a1b2"))
                    .as_str()
                    .parse::<Slug>()
                    .is_ok()
            );
        }
        assert!(
            Slug::suggest(&"long word ".repeat(9), Some("a1b2"))
                .as_str()
                .parse::<Slug>()
                .is_ok()
        );
        assert!(
            "01890000-0000-8000-8000-000000000000"
                .parse::<Slug>()
                .is_err()
        );
    }

    #[test]
    fn a_key_is_suggested_from_any_name() {
        for (name, key) in [
            ("Website relaunch", "WR"),
            ("Website", "WEBS"),
            ("Ärger", "ARGE"),
            ("日本", "RB"),
            ("東京 オフィス", "DJO"),
            ("Проект Сайт", "PS"),
            ("🚀", "ROCK"),
            ("...", "PROJ"),
            ("X", "XX"),
            ("2026 plan", "PLAN"),
        ] {
            let suggested = ProjectKey::suggest(name);
            assert_eq!(suggested.as_str(), key);
            for number in [1, 2, ProjectKey::MAX_NUMBER] {
                let numbered = suggested.numbered(number);
                assert_eq!(numbered.as_str().parse(), Ok(numbered));
            }
        }
        assert_eq!(ProjectKey::suggest("Website").numbered(2).as_str(), "WEBS2");
    }
}
