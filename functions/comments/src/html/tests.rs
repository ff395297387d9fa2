use super::*;

const ANN: &str = "01890000-0000-7000-8000-000000000001";

fn ann() -> Vec<Mention> {
    vec![Mention {
        name: "ann".parse().unwrap(),
        user: ANN.parse().unwrap(),
        since: 1,
    }]
}

#[test]
fn markdown_becomes_html() {
    for (body, html) in [
        (
            "a *b* **c** ~~d~~ `e`",
            "<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e</code></p>\n",
        ),
        (
            "# A\n\n> b",
            "<h1>A</h1>\n<blockquote>\n<p>b</p>\n</blockquote>\n",
        ),
        (
            "3. a\n4. b",
            "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n",
        ),
        (
            "- [x] a\n- [ ] b",
            "<ul>\n<li>☑ a</li>\n<li>☐ b</li>\n</ul>\n",
        ),
        ("```rust\n<a>\n```", "<pre><code>&lt;a&gt;\n</code></pre>\n"),
        (
            "[a](https://example.com \"t\")",
            "<p><a href=\"https://example.com\" title=\"t\" rel=\"nofollow noopener\">a</a></p>\n",
        ),
        (
            "<mailto:a@b.example>",
            "<p><a href=\"mailto:a@b.example\" rel=\"nofollow noopener\">mailto:a@b.example</a></p>\n",
        ),
        (
            "![cat](https://example.com/c.png)",
            "<p><a href=\"https://example.com/c.png\" rel=\"nofollow noopener\">cat</a></p>\n",
        ),
        (
            "[![cat](https://x.example/c.png)](https://y.example)",
            "<p><a href=\"https://y.example\" rel=\"nofollow noopener\">cat</a></p>\n",
        ),
    ] {
        assert_eq!(render(body, &[]), html, "{body}");
    }
}

#[test]
fn tables_keep_their_cells() {
    let html = render("|a|b|\n|:-|-:|\n|1|2|", &[]);
    assert_eq!(html.matches("<th>").count(), 2, "{html}");
    assert_eq!(html.matches("<td>").count(), 2, "{html}");
    assert!(!html.contains("style"), "{html}");
}

#[test]
fn who_is_mentioned_is_marked_and_any_other_name_is_text() {
    let marked = format!("<span class=\"mention\" data-user-id=\"{ANN}\">@Ann</span>");
    assert_eq!(
        render("@Ann and @bob", &ann()),
        format!("<p>{marked} and @bob</p>\n")
    );
    assert_eq!(render("`@ann`", &ann()), "<p><code>@ann</code></p>\n");
    assert!(!render("[@ann](https://x.example)", &ann()).contains("span"));
}

#[test]
fn nobody_marks_a_mention_by_writing_html() {
    let forged = format!("<span class=\"mention\" data-user-id=\"{ANN}\">@ann</span>");
    for body in [forged.clone(), format!("a {forged}"), format!("\\{forged}")] {
        let html = render(&body, &[]);
        assert!(!html.contains("<span"), "{html}");
    }
}

#[test]
fn links_that_run_or_lead_nowhere_lose_their_address() {
    for address in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "&#106;avascript:alert(1)",
        "&#x6A&#x61vascript:alert(1)",
        "javascript&colon;alert(1)",
        " javascript:alert(1)",
        "\u{1}javascript:alert(1)",
        "vbscript:msgbox(1)",
        "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
        "data:image/svg+xml,<svg onload=alert(1)>",
        "file:///etc/passwd",
        "blob:https://example.com/1",
        "//evil.example/x",
        "/app",
        "?x",
        "#x",
        "\\\\evil.example",
    ] {
        for body in [
            format!("[a]({address})"),
            format!("[a](<{address}>)"),
            format!("![a](<{address}>)"),
            format!("<{address}>"),
        ] {
            let html = render(&body, &[]);
            assert!(!html.contains("href"), "{body}: {html}");
            check(&body, &html);
        }
    }
}

/// Pieces of hostile text; the generator strings them together in every order.
const FRAGMENTS: &[&str] = &[
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><p><style><g title=\"</style><img src onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=jAvAsCrIpT&colon;alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<form action=javascript:alert(1)><button>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=0;url=javascript:alert(1)>",
    "<link rel=stylesheet href=//evil.example>",
    "<style>@import '//evil.example'</style>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><script>alert(1)</script></template>",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
    "<textarea></textarea><script>",
    "<plaintext>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "<div style=\"background:url(javascript:alert(1))\">",
    "<span class=\"mention\" data-user-id=\"01890000-0000-7000-8000-000000000009\">@eve</span>",
    "[x](javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](https://a.example/\"onmouseover=\"alert(1))",
    "[x](https://a.example 'title\" onmouseover=\"alert(1)')",
    "![x](https://a.example/x.png \"t\" onerror=\"alert(1)\")",
    "![x\" onerror=\"alert(1)](x)",
    "[x]: javascript:alert(1)\n\n[x]\n",
    "<javascript:alert(1)>",
    "<https://a.example/\"onmouseover=alert(1)>",
    "``` \"onmouseover=alert(1)\n<script>\n```\n",
    "```</code><script>alert(1)</script>\n",
    "`<script>`",
    "|a|b|\n|-|-|\n|<script>|\"|\n",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "\\<script\\>",
    "\u{0}<scr\u{0}ipt>",
    "<scr<script>ipt>",
    "<<script>",
    "</p></div></blockquote>",
    "<",
    ">",
    "\"",
    "'",
    "&",
    "`",
    "*",
    "_",
    "~~",
    "[",
    "](",
    ")",
    "!",
    "\n",
    "\n\n",
    "    ",
    "> ",
    "- ",
    "# ",
    "@ann",
    "@ann\"><script>",
    "text",
];

/// Numbers of a fixed sequence (xorshift64*), so that a failure comes back.
fn numbers() -> impl Iterator<Item = usize> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize
    })
}

#[test]
fn no_text_becomes_more_than_harmless_tags() {
    let mut numbers = numbers();
    let mut pick = |count: usize| numbers.next().unwrap() % count;
    for fragment in FRAGMENTS {
        check(fragment, &render(fragment, &ann()));
    }
    for _ in 0..4_000 {
        let body: String = (0..1 + pick(12))
            .map(|_| FRAGMENTS[pick(FRAGMENTS.len())])
            .collect();
        check(&body, &render(&body, &ann()));
    }
}

/// Fails unless the HTML is text and tags of the list with their attributes, read as strictly as possible, and stays
/// what it is when it is cleaned again: what browsers would read otherwise than we would change then.
fn check(body: &str, html: &str) {
    assert_eq!(CLEANER.clean(html).to_string(), html, "{body:?}");
    for tag in html.split('<').skip(1) {
        let (inside, text) = tag
            .split_once('>')
            .unwrap_or_else(|| panic!("{body:?}: {html:?}"));
        assert!(!text.contains('>'), "{body:?}: {html:?}");
        let name: String = inside
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        assert!(TAGS.contains(&name.as_str()), "{body:?}: {html:?}");
        let rest = inside.trim_start_matches('/').strip_prefix(&name).unwrap();
        assert!(
            !inside.starts_with('/') || rest.is_empty(),
            "{body:?}: {html:?}"
        );
        check_attributes(body, &name, rest);
    }
    assert!(
        !html.split('<').next().unwrap().contains('>'),
        "{body:?}: {html:?}"
    );
}

fn check_attributes(body: &str, tag: &str, mut rest: &str) {
    while !rest.is_empty() {
        let (name, after) = rest
            .strip_prefix(' ')
            .and_then(|rest| rest.split_once("=\""))
            .unwrap();
        let (value, after) = after.split_once('"').unwrap();
        rest = after;
        let fits = match (tag, name) {
            ("a", "href") => ["http:", "https:", "mailto:"].iter().any(|scheme| {
                value
                    .get(..scheme.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            }),
            ("a", "rel") => value == "nofollow noopener",
            ("a", "title") => true,
            ("ol", "start") => value.bytes().all(|byte| byte.is_ascii_digit()),
            ("span", "class") => value == "mention",
            ("span", "data-user-id") => value == ANN,
            _ => false,
        };
        assert!(fits, "{body:?}: {tag} {name}={value:?}");
    }
}

#[test]
fn a_short_text_makes_no_long_html() {
    let cells = 362;
    let table = format!(
        "{}\n{}\n{}",
        "|a".repeat(cells),
        "|-".repeat(cells),
        "a\n".repeat(2 * cells)
    );
    let links = format!(
        "[a]: http://x/{}\n\n{}",
        "&".repeat(550),
        "[a] ".repeat(183)
    );
    for body in [table, links] {
        let html = render(&body, &[]);
        assert!(
            html.len() < 10 * body.len() + 16 * 1024,
            "{} bytes of {}",
            html.len(),
            body.len()
        );
    }
}
