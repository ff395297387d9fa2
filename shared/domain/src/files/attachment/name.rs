//! What files are called. The name is shown and offered for saving; it names nothing on our side.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::text::Fault;

/// Names that Windows gives to devices, whatever stands behind a dot.
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// What a file is called: a name that can be saved under on any system, and is what it looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileName(String);

impl FileName {
    /// The most characters it may have.
    pub const MAX: usize = 200;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value of a `Content-Disposition` (RFC 6266) that offers it for saving (`attachment`) or lets it be shown
    /// (`inline`): in ASCII for old programs, and in full (RFC 8187).
    pub fn disposition(&self, kind: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
        let ascii: String = self
            .0
            .chars()
            .map(|c| if plain(c) { c } else { '_' })
            .collect();
        let mut value = format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''");
        for byte in self.0.bytes() {
            match byte {
                b'.' | b'-' | b'_' => value.push(char::from(byte)),
                byte if byte.is_ascii_alphanumeric() => value.push(char::from(byte)),
                byte => _ = write!(value, "%{byte:02X}"),
            }
        }
        value
    }
}

/// Characters that are not seen, that change how others read, or that mean something to a file system or shell.
fn unfit(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn is_device(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    DEVICES.contains(&stem.as_str())
}

impl FromStr for FileName {
    type Err = Fault;

    /// Keeps of a path its last part, and of that what is fit for a name.
    fn from_str(text: &str) -> Result<Self, Fault> {
        if text.chars().count() > Self::MAX {
            return Err(Fault::new(
                "too_long",
                format!("must have at most {} characters", Self::MAX),
            ));
        }
        let last = text
            .rsplit(['/', '\\'])
            .find(|part| !part.trim_matches(['.', ' ']).is_empty())
            .unwrap_or_default();
        let name: String = last.nfc().filter(|c| !unfit(*c)).collect();
        let name = name.replace(['<', '>', ':', '"', '|', '?', '*', '%'], "_");
        // A leading dot hides a file or makes it a setting of some server; a trailing one is lost on Windows.
        let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
        if name.is_empty() {
            return Err(Fault::new("required", "must not be empty"));
        }
        Ok(Self(if is_device(name) {
            format!("_{name}")
        } else {
            name.to_owned()
        }))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
