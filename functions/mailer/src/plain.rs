//! Text that people wrote, made fit for a mail to somebody else.

/// The most characters of a name that are shown.
const LONGEST: usize = 60;

/// Stands behind dots and colons inside words: unseen, and mail programs make no link of what it divides.
const DIVIDER: char = '\u{200b}';

/// A name in one short line without control characters, in which no mail program finds an address to link to: the
/// only links in our mails are ours.
pub fn name(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| {
            if c.is_control() || is_unseen(c) {
                ' '
            } else {
                c
            }
        })
        .collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(LONGEST).collect();
    if short.len() < line.len() {
        short = format!("{}…", short.trim_end());
    }
    divided(&short)
}

/// Line separators, and marks that make text read otherwise than it is written.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn divided(text: &str) -> String {
    let mut divided = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        divided.push(c);
        if matches!(c, '.' | ':' | '@' | '。' | '．' | '｡')
            && characters.peek().is_some_and(|next| !next.is_whitespace())
        {
            divided.push(DIVIDER);
        }
    }
    divided
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(
            name("Ann\r\nBcc: eve@x.io"),
            "Ann Bcc: eve@\u{200b}x.\u{200b}io"
        );
        assert_eq!(name("a\u{2028}b\u{0}c\u{202e}d"), "a b c d");
        assert_eq!(name(&"x".repeat(61)), format!("{}…", "x".repeat(60)));
        assert_eq!(name("Dr. Ann Example"), "Dr. Ann Example");
        assert_eq!(name(" \t "), "");
    }

    #[test]
    fn nothing_in_a_name_reads_as_an_address() {
        for hostile in [
            "https://evil.example/x",
            "www.evil.example",
            "mailto:a@evil.example",
            "](https://evil.example)",
        ] {
            let shown = name(hostile);
            assert!(
                !shown.contains("://") && !shown.contains("evil.example"),
                "{shown}"
            );
        }
    }
}
