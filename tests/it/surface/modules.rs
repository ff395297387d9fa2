//! Modules of a crate depend on one another in one direction: whoever reads one need not read all.

use std::collections::{BTreeMap, BTreeSet};

use super::sources;

/// Which modules of a crate each of them names.
type Edges = BTreeMap<String, BTreeSet<String>>;

/// The crates that are looked at. In `store` the items, the writes and the door to them are one subject in several files.
const CRATES: [&str; 9] = [
    "shared/domain",
    "shared/paging",
    "shared/app",
    "shared/edge",
    "shared/queue",
    "shared/outbound",
    "shared/runtime",
    "local",
    "functions/tasks",
];

fn word(text: &str) -> Option<String> {
    let word: String = text.trim_start().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

/// The modules that a source names by `crate::name`, or in `crate::{name, other::thing}`.
fn named(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in source.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            found.extend(word(rest));
            continue;
        };
        let (mut depth, mut begins) = (0, true);
        for (at, c) in group.char_indices() {
            match c {
                _ if begins && !c.is_whitespace() => {
                    found.extend(word(&group[at..]));
                    begins = false;
                }
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => begins = true,
                _ => {}
            }
        }
    }
    found
}

fn edges(root: &str) -> Edges {
    let mut edges = Edges::new();
    for (path, source) in sources(root) {
        let module = path[root.len() + 1..].split(['/', '.']).next().unwrap_or_default().to_owned();
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        // What documentation links to is not needed.
        let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        edges.entry(module).or_default().extend(named(&code.join("\n")));
    }
    let modules: BTreeSet<String> = edges.keys().cloned().collect();
    for (module, others) in &mut edges {
        others.retain(|other| other != module && modules.contains(other));
    }
    edges
}

/// The modules from which one comes back to them.
fn circles(edges: &Edges) -> BTreeSet<&str> {
    let comes_back = |from: &str| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(module) = open.pop() {
            for next in edges.get(module).into_iter().flatten() {
                if next == from {
                    return true;
                }
                if seen.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        false
    };
    edges.keys().map(String::as_str).filter(|module| comes_back(module)).collect()
}

#[test]
fn no_modules_of_a_crate_depend_on_each_other_in_a_circle() {
    for name in CRATES {
        let edges = edges(&format!("{name}/src"));
        assert!(!edges.is_empty(), "{name}");
        let circles = circles(&edges);
        assert!(circles.is_empty(), "{name}: {circles:?}");
    }
}

#[test]
fn a_circle_is_found() {
    assert_eq!(
        named("use crate::{App, a::{B, c}, d};\nlet x = crate::e::f();"),
        ["a", "d", "e"].map(String::from).into()
    );
    let of = |edges: &[(&str, &[&str])]| -> Edges {
        edges.iter().map(|(from, to)| ((*from).to_owned(), to.iter().map(|to| (*to).to_owned()).collect())).collect()
    };
    assert_eq!(circles(&of(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])])), ["b", "c"].into());
    assert!(circles(&of(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])])).is_empty());
}
