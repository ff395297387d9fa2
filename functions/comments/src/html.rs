//! Comments as HTML that is fit to be put into a page: Markdown rendered, then reduced to what is known to be harmless.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use domain::id::UserId;
use domain::talk::comment::Mention;
use domain::text::Username;
use pulldown_cmark::Event;

use crate::markdown::{Piece, pieces, plain};

/// The tags that are left. None loads anything or takes input.
const TAGS: [&str; 26] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(TAGS))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("ol", HashSet::from(["start"])),
            ("span", HashSet::from(["data-user-id"])),
        ]))
        .allowed_classes(HashMap::from([("span", HashSet::from(["mention"]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("nofollow noopener"));
    builder
});

/// How many times longer than its text HTML may be, and how many bytes more: names become long marks. What is longer is
/// shown as it was written.
const LARGEST: (usize, usize) = (6, 8 * 1024);

/// The text as HTML. Those of `mentions` are marked where they are named; any other `@name` is plain text.
pub fn render(body: &str, mentions: &[Mention]) -> String {
    let people: HashMap<&Username, UserId> = mentions
        .iter()
        .map(|mention| (&mention.name, mention.user))
        .collect();
    let events = pieces(body).into_iter().map(|piece| marked(piece, &people));
    let mut html = String::with_capacity(body.len() * 2);
    pulldown_cmark::html::push_html(&mut html, events);
    // References unfold to a multiple of what was written, cleaning adds to every link, and a page of comments must fit
    // into an answer.
    let most = LARGEST.0 * body.len() + LARGEST.1;
    let cleaned = (html.len() <= most).then(|| CLEANER.clean(&html).to_string());
    cleaned
        .filter(|cleaned| cleaned.len() <= most)
        .unwrap_or_else(|| {
            html.clear();
            pulldown_cmark::html::push_html(&mut html, plain(body).into_iter());
            CLEANER.clean(&html).to_string()
        })
}

/// A piece to be rendered, with a mark around the name of somebody who is mentioned.
fn marked<'a>(piece: Piece<'a>, people: &HashMap<&Username, UserId>) -> Event<'a> {
    match piece {
        Piece::Event(event) => event,
        Piece::Name(written, name) => match people.get(&name) {
            // A name is of letters, digits, `.`, `_` and `-` only.
            Some(user) => Event::InlineHtml(
                format!(r#"<span class="mention" data-user-id="{user}">@{written}</span>"#).into(),
            ),
            None => Event::Text(format!("@{written}").into()),
        },
    }
}

#[cfg(test)]
mod tests;
