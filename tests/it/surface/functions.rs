//! A function is short, or says why it is in one piece.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use super::sources;

/// The most tokens that a function has without a reason: about what fits on a screen.
const MOST: usize = 250;
/// How the reason begins, in a comment between a function's description and its name.
const REASON: &str = "// In one piece: ";

/// A function of a file.
#[derive(Debug, PartialEq, Eq)]
struct Function {
    name: String,
    line: usize,
    tokens: usize,
}

/// How many tokens these are. An operator of several characters is one.
fn count(trees: &[TokenTree]) -> usize {
    let weight = |tree: &TokenTree| match tree {
        TokenTree::Group(group) => {
            2 + count(&group.stream().into_iter().collect::<Vec<TokenTree>>())
        }
        TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint => 0,
        _ => 1,
    };
    trees.iter().map(weight).sum()
}

fn is(tree: Option<&TokenTree>, word: &str) -> bool {
    matches!(tree, Some(TokenTree::Ident(ident)) if *ident == word)
}

/// The functions in these tokens and inside one another, without those of modules of tests.
fn collect(stream: TokenStream, found: &mut Vec<Function>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    for (at, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Ident(name) if at > 0 && is(trees.get(at - 1), "fn") => {
                let rest = &trees[at..];
                let body = rest.iter().position(
                    |tree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace),
                );
                let end = rest.iter().position(
                    |tree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ';'),
                );
                if let Some(body) = body.filter(|body| end.is_none_or(|end| *body < end)) {
                    found.push(Function {
                        name: name.to_string(),
                        line: name.span().start().line,
                        tokens: 1 + count(&rest[..=body]),
                    });
                }
            }
            TokenTree::Group(group) => {
                let of_tests = at > 1
                    && is(trees.get(at - 2), "mod")
                    && matches!(&trees[at - 1], TokenTree::Ident(name) if name.to_string().ends_with("tests"));
                if !of_tests {
                    collect(group.stream(), found);
                }
            }
            _ => {}
        }
    }
}

/// The functions of a file.
fn functions(source: &str) -> Vec<Function> {
    let mut found = vec![];
    collect(source.parse().expect("Rust files can be read"), &mut found);
    found
}

/// Whether a reason stands above the function that begins on this line.
fn has_reason(source: &str, line: usize) -> bool {
    let above: Vec<&str> = source.lines().take(line - 1).collect();
    let beside = |line: &&&str| !line.trim().is_empty() && !line.ends_with('}');
    above
        .iter()
        .rev()
        .take_while(beside)
        .any(|line| line.trim_start().starts_with(REASON))
}

#[test]
fn a_long_function_says_why_it_is_in_one_piece() {
    let (mut seen, mut long, mut idle) = (0, vec![], vec![]);
    for folder in ["shared", "functions", "local"] {
        for (file, source) in sources(folder) {
            for function in functions(&source) {
                seen += 1;
                let reason = has_reason(&source, function.line);
                let said = format!("{file}:{} {}", function.line, function.name);
                match function.tokens > MOST {
                    true if !reason => long.push(format!("{said}: {} tokens", function.tokens)),
                    false if reason => idle.push(said),
                    _ => {}
                }
            }
        }
    }
    assert!(seen > 2_000, "{seen} functions");
    assert!(long.is_empty(), "long, and no `{REASON}…`: {long:#?}");
    assert!(
        idle.is_empty(),
        "short, and a reason all the same: {idle:#?}"
    );
}

#[test]
fn functions_are_found_and_counted() {
    let source = "/// Adds.\n// In one piece: it is one sum.\nfn add(a: u8) -> u8 {\n    a + 1\n}\n\ntrait T { fn no(&self); }\n\
                  mod tests { fn left_out() {} }\nimpl X { fn inner() { fn nested() {} } }\n";
    let found = functions(source);
    let names: Vec<&str> = found.iter().map(|function| &*function.name).collect();
    assert_eq!(names, ["add", "inner", "nested"]);
    assert_eq!((found[0].line, found[0].tokens), (3, 14));
    assert!(has_reason(source, 3) && !has_reason(source, 9));
}
