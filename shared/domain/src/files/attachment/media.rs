//! Types of files: what uploaders say, what the first bytes say, and what browsers may be told.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::Fault;

/// A media type without parameters (RFC 6838 section 4.2), lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaType(String);

/// The type that claims nothing.
const UNKNOWN: &str = "application/octet-stream";

/// Types that go by several names, or that one program makes and another names more narrowly. What the first bytes
/// say, and what may be said instead; a `*` stands at one end of a pattern for anything.
const ALIASES: &[(&str, &[&str])] = &[
    (
        "application/zip",
        &[
            "application/x-zip-compressed",
            "application/vnd.openxmlformats-officedocument.*",
            "application/vnd.oasis.opendocument.*",
            "application/vnd.ms-*",
            "application/java-archive",
            "application/vnd.android.package-archive",
            "*+zip",
        ],
    ),
    (
        "application/gzip",
        &[
            "application/x-gzip",
            "application/x-compressed-tar",
            "application/x-tgz",
            "*+gzip",
        ],
    ),
    (
        "application/vnd.rar",
        &["application/x-rar-compressed", "application/x-rar"],
    ),
    (
        "application/x-ole-storage",
        &[
            "application/msword",
            "application/vnd.ms-*",
            "application/x-msi",
        ],
    ),
    (
        "application/msword",
        &["application/x-ole-storage", "application/vnd.ms-*"],
    ),
    ("application/rtf", &["text/rtf"]),
    ("text/xml", &["application/xml", "*+xml"]),
    ("text/html", &["application/xhtml+xml", "text/markdown"]),
    (
        "image/svg+xml",
        &[
            "text/xml",
            "application/xml",
            "text/html",
            "application/xhtml+xml",
            "text/markdown",
        ],
    ),
    (
        "text/x-shellscript",
        &[
            "application/x-sh",
            "application/x-shellscript",
            "text/x-*",
            "application/x-*",
        ],
    ),
    ("image/vnd.microsoft.icon", &["image/x-icon"]),
    ("image/bmp", &["image/x-ms-bmp", "image/x-bmp"]),
    ("image/heif", &["image/heic"]),
    ("image/heic", &["image/heif"]),
    (
        "image/vnd.adobe.photoshop",
        &["image/x-psd", "application/x-photoshop"],
    ),
    ("image/tiff", &["image/x-*"]),
    ("image/jpeg", &["image/jpg", "image/pjpeg"]),
    ("audio/mpeg", &["audio/mp3", "audio/x-mpeg"]),
    (
        "audio/x-wav",
        &["audio/wav", "audio/wave", "audio/vnd.wave"],
    ),
    ("audio/x-flac", &["audio/flac"]),
    ("audio/m4a", &["audio/mp4", "audio/x-m4a", "video/mp4"]),
    ("audio/ogg", &["video/ogg", "application/ogg", "audio/opus"]),
    (
        "video/mp4",
        &["audio/mp4", "video/x-m4v", "video/quicktime", "audio/x-m4a"],
    ),
    ("video/x-m4v", &["video/mp4"]),
    (
        "video/webm",
        &["audio/webm", "video/x-matroska", "audio/x-matroska"],
    ),
    (
        "video/x-matroska",
        &["video/webm", "audio/webm", "audio/x-matroska"],
    ),
    ("video/x-msvideo", &["video/avi", "video/msvideo"]),
    (
        "application/font-sfnt",
        &[
            "font/ttf",
            "font/otf",
            "font/sfnt",
            "application/x-font-ttf",
        ],
    ),
    ("application/font-woff", &["font/woff", "font/woff2"]),
    (
        "application/vnd.microsoft.portable-executable",
        &[
            "application/x-msdownload",
            "application/x-dosexec",
            "application/x-ms-dos-executable",
            "application/x-msi",
        ],
    ),
    (
        "application/x-executable",
        &[
            "application/x-elf",
            "application/x-sharedlib",
            "application/x-pie-executable",
        ],
    ),
    (
        "application/x-mach-binary",
        &["application/x-mach-o", "application/x-executable"],
    ),
];

/// What a program or a page is made of: such bytes are kept only under a name that says so.
const ACTIVE: &[&str] = &[
    "text/html",
    "image/svg+xml",
    "text/x-shellscript",
    "application/vnd.microsoft.portable-executable",
    "application/x-executable",
    "application/x-mach-binary",
    "application/java",
    "application/java-vm",
    "application/wasm",
    "application/x-msi",
    "application/vnd.android.dex",
    "application/vnd.android.dey",
];

/// Types that a browser would run, or build a page of.
const RUNNABLE: &[&str] = &[
    "text/css",
    "application/pdf",
    "application/x-shockwave-flash",
    "text/cache-manifest",
];

/// Types of text beside those that begin with `text/` and those of XML and JSON.
const TEXTS: &[&str] = &[
    "application/javascript",
    "application/yaml",
    "application/sql",
    "application/x-sh",
    "application/x-shellscript",
];

fn fits(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => text.ends_with(end),
        (_, Some(start)) => text.starts_with(start),
        _ => pattern == text,
    }
}

impl MediaType {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What browsers are told that it is: nothing that they would run, or build a page of.
    pub fn served_as(&self) -> &str {
        let text = &self.0;
        let markup = text.ends_with("xml") || text.contains("html") || text.contains("script");
        if markup || RUNNABLE.contains(&text.as_str()) {
            UNKNOWN
        } else {
            text
        }
    }

    /// Whether it is text by its name.
    fn is_text(&self) -> bool {
        let text = self.0.as_str();
        let family = ["/xml", "+xml", "/json", "+json"]
            .iter()
            .any(|end| text.ends_with(end));
        text.starts_with("text/") || family || TEXTS.contains(&text)
    }

    /// Whether a file that is said to be of this type can begin with `head`. `magic` is the type whose signature the
    /// bytes have, and `known` whether files of this type would have one.
    pub fn agrees(&self, head: &[u8], magic: Option<&str>, known: bool) -> bool {
        if self.0 == UNKNOWN {
            return true;
        }
        let drawing = matches!(magic, None | Some("text/xml")) && is_svg(head);
        let magic = if drawing {
            Some("image/svg+xml")
        } else {
            magic
        };
        match magic {
            Some(magic) if self.is(magic) => true,
            Some(magic) if is_markup(magic) => false,
            // The signature of a bitmap or a program is two letters, which also begin a text.
            _ if self.is_text() => is_text(head),
            Some(magic) => !known && !self.has_alias() && !ACTIVE.contains(&magic),
            None => !known && !self.has_alias(),
        }
    }

    /// Whether it is another name of a type whose files have a signature.
    fn has_alias(&self) -> bool {
        ALIASES
            .iter()
            .any(|(_, names)| names.contains(&self.0.as_str()))
    }

    /// Whether it is a name of the type that bytes were found to be.
    fn is(&self, magic: &str) -> bool {
        let alias = |(of, names): &(&str, &[&str])| {
            *of == magic && names.iter().any(|name| fits(name, &self.0))
        };
        // Office documents are archives too, so the narrower finding allows the wider name.
        let archive = self.0 == "application/zip" && fits("application/vnd.o*", magic);
        self.0 == magic || archive || ALIASES.iter().any(alias)
    }
}

fn is_markup(magic: &str) -> bool {
    matches!(
        magic,
        "text/html" | "image/svg+xml" | "text/xml" | "text/x-shellscript"
    )
}

/// Whether the bytes can be text: they have none that only data has (MIME Sniffing Standard, section 3), or begin with a
/// mark of UTF-16.
fn is_text(head: &[u8]) -> bool {
    let data = |byte: &u8| matches!(byte, 0x00..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) || !head.iter().any(data)
}

/// Whether the bytes begin an SVG: markup whose first element has that name.
fn is_svg(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    text.starts_with('<') && text.contains("<svg")
}

impl FromStr for MediaType {
    type Err = Fault;

    /// Drops parameters: what is kept is what uploads must say.
    fn from_str(text: &str) -> Result<Self, Fault> {
        let essence = text
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let part = |part: &str| {
            let rest = |b: u8| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b);
            part.len() <= 127
                && part.starts_with(|c: char| c.is_ascii_alphanumeric())
                && part.bytes().all(rest)
        };
        match essence.split_once('/') {
            Some((kind, subtype)) if part(kind) && part(subtype) && essence.len() <= 127 => {
                Ok(Self(essence))
            }
            _ => Err(Fault::new(
                "invalid",
                "must be a media type, such as image/png",
            )),
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
