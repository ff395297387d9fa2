//! The Markdown of comments, taken apart once for all: where it names people, and what of it is shown.
//!
//! CommonMark with tables, strikethrough and task lists. Tags of HTML are text here; images are links to themselves.

use domain::text::Username;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, TextMergeStream};

/// How deep things may stand in each other; what is deeper loses its frame and keeps its text.
const MAX_DEPTH: usize = 24;

/// A part of a text.
#[derive(Debug)]
pub enum Piece<'a> {
    /// Markdown.
    Event(Event<'a>),
    /// A name by which somebody may be mentioned, as it is written behind its `@`.
    Name(String, Username),
}

/// The names that are written as mentions, each once, in their order: outside code and links.
pub fn mentions(body: &str) -> Vec<Username> {
    let mut names = vec![];
    for piece in pieces(body) {
        match piece {
            Piece::Name(_, name) if !names.contains(&name) => names.push(name),
            _ => {}
        }
    }
    names
}

/// The parts of a text, in their order.
pub fn pieces(body: &str) -> Vec<Piece<'_>> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut reading = Reading::default();
    for event in TextMergeStream::new(Parser::new_ext(body, options)) {
        reading.take(event);
        // A table of a few lines may have a hundred thousand cells: then the text is shown as it is written.
        if reading.pieces.len() > 3 * body.len() + 64 {
            return plain(body).map(Piece::Event).into();
        }
    }
    reading.pieces
}

/// A text as a paragraph, without anything in it that means something.
pub fn plain(body: &str) -> [Event<'_>; 3] {
    [
        Event::Start(Tag::Paragraph),
        Event::Text(body.into()),
        Event::End(TagEnd::Paragraph),
    ]
}

#[derive(Default)]
struct Reading<'a> {
    pieces: Vec<Piece<'a>>,
    /// What is open, and how it ends; nothing for what is not shown.
    open: Vec<Option<TagEnd>>,
    /// How many links, images and blocks of code are open: what is in them mentions nobody.
    mute: usize,
    /// How many links are open.
    links: usize,
}

impl<'a> Reading<'a> {
    fn take(&mut self, event: Event<'a>) {
        match event {
            Event::Start(tag) => self.begin(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.mute == 0 => self.text(text),
            Event::Html(text) | Event::InlineHtml(text) => self.push(Event::Text(text)),
            Event::TaskListMarker(done) => {
                self.push(Event::Text(if done { "☑ " } else { "☐ " }.into()))
            }
            other => self.push(other),
        }
    }

    fn push(&mut self, event: Event<'a>) {
        self.pieces.push(Piece::Event(event));
    }

    fn begin(&mut self, tag: Tag<'a>) {
        let tag = match tag {
            // A picture from elsewhere would tell its owner who reads the comment, and when.
            Tag::Image { .. } if self.links > 0 => None,
            Tag::Image {
                link_type,
                dest_url,
                title,
                id,
            } => Some(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }),
            Tag::HtmlBlock => Some(Tag::Paragraph),
            other => Some(other),
        };
        let tag = tag.filter(|_| self.open.len() < MAX_DEPTH);
        match &tag {
            Some(Tag::Link { .. }) => (self.mute, self.links) = (self.mute + 1, self.links + 1),
            Some(Tag::CodeBlock(_)) => self.mute += 1,
            _ => {}
        }
        self.open.push(tag.as_ref().map(Tag::to_end));
        self.pieces
            .extend(tag.map(|tag| Piece::Event(Event::Start(tag))));
    }

    fn end(&mut self, _: TagEnd) {
        let Some(Some(end)) = self.open.pop() else {
            return;
        };
        match end {
            TagEnd::Link => (self.mute, self.links) = (self.mute - 1, self.links - 1),
            TagEnd::CodeBlock => self.mute -= 1,
            _ => {}
        }
        self.push(Event::End(end));
    }

    fn text(&mut self, text: CowStr<'a>) {
        let mut shown = 0;
        for (at, _) in text.match_indices('@') {
            let Some((written, name)) = name_at(&text, at) else {
                continue;
            };
            self.push(Event::Text(text[shown..at].to_owned().into()));
            shown = at + 1 + written.len();
            self.pieces.push(Piece::Name(written.to_owned(), name));
        }
        let rest = if shown == 0 {
            text
        } else {
            text[shown..].to_owned().into()
        };
        self.push(Event::Text(rest));
    }
}

/// The name behind the `@` at this place, as it is written and as it is kept. A mail address, a path and a longer word
/// are none; a full stop or hyphen at the end is the sentence's.
fn name_at(text: &str, at: usize) -> Option<(&str, Username)> {
    let part_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let before = text[..at].chars().next_back();
    if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '/')) {
        return None;
    }
    let rest = &text[at + 1..];
    let run = &rest[..rest.find(|c| !part_of_name(c)).unwrap_or(rest.len())];
    if rest[run.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '@') {
        return None;
    }
    let written = run.trim_end_matches(['.', '-']);
    written.parse().ok().map(|name| (written, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(body: &str) -> Vec<String> {
        mentions(body).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_are_found_where_text_is() {
        for (body, names) in [
            ("@ann", vec!["ann"]),
            ("Hello @ann, meet @Bob.B.", vec!["ann", "bob.b"]),
            (
                "(@ann) *@bob* **@carl-1** ~~@dan_2~~ \"@eve\"",
                vec!["ann", "bob", "carl-1", "dan_2", "eve"],
            ),
            (
                "# @ann\n> @bob\n\n- @carl\n\n|a|\n|-|\n|@dan|",
                vec!["ann", "bob", "carl", "dan"],
            ),
            ("@ann @ann @ANN", vec!["ann"]),
            ("<b>@ann</b>", vec!["ann"]),
            ("@ann's and @bob!", vec!["ann", "bob"]),
            ("日本@ann", vec![]),
            ("日本 @ann日本", vec![]),
        ] {
            assert_eq!(named(body), names, "{body}");
        }
    }

    #[test]
    fn code_links_addresses_and_half_names_mention_nobody() {
        for body in [
            "`@ann`",
            "``a ` @ann``",
            "```\n@ann\n```",
            "~~~rust\n@ann\n~~~",
            "text\n\n    @ann",
            "[@ann](https://example.com)",
            "![@ann](https://example.com/a.png)",
            "[x](https://example.com/@ann)",
            "<https://example.com/@ann>",
            "https://example.com/@ann",
            "bob@ann.example",
            "x@ann",
            "@@ann",
            "@ann@example.com",
            "@an",
            "@",
            "@ ann",
            "@-ann",
            "<div title='@ann'>\n@ann\n</div>",
            &format!("@{}", "a".repeat(33)),
        ] {
            assert_eq!(named(body), Vec::<String>::new(), "{body}");
        }
    }

    #[test]
    fn what_stands_too_deep_loses_its_frame_and_keeps_its_text() {
        for body in [
            ">".repeat(5_000) + "x @ann",
            "- ".repeat(500) + "x @ann",
            "*a ".repeat(3_000) + "@ann",
        ] {
            let (mut depth, mut deepest) = (0_usize, 0);
            for piece in pieces(&body) {
                match piece {
                    Piece::Event(Event::Start(_)) => depth += 1,
                    Piece::Event(Event::End(_)) => depth -= 1,
                    _ => {}
                }
                deepest = deepest.max(depth);
            }
            assert_eq!(depth, 0);
            assert!(deepest <= MAX_DEPTH);
            assert_eq!(named(&body), ["ann"]);
        }
    }
}
