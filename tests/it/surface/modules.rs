//! Modules of a crate depend on one another in one direction: whoever reads one need not read all.

use std::collections::{BTreeMap, BTreeSet};

use super::sources;

/// Which modules of a crate each of them names.
type Edges = BTreeMap<String, BTreeSet<String>>;

/// The crates that are looked at. In `store` the items, the writes and the door to them are one subject in several files.
const CRATES: [&str; 11] = [
    "shared/domain",
    "shared/paging",
    "shared/app",
    "shared/saved_views",
    "shared/kinds",
    "shared/edge",
    "shared/queue",
    "shared/outbound",
    "shared/runtime",
    "local",
    "functions/tasks",
];

/// The paths behind `crate::` that a source names: all of them of `crate::{a, b::{C, d}}`.
fn named(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for tree in source.split("crate::").skip(1) {
        expand(tree, "", &mut found);
    }
    found
}

/// Adds the paths of a tree, all below `above`; tells what stands behind it.
fn expand<'t>(tree: &'t str, above: &str, found: &mut BTreeSet<String>) -> &'t str {
    let Some(mut rest) = tree.strip_prefix('{') else {
        let end = tree
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(tree.len());
        let (name, rest) = tree.split_at(end);
        let path = if above.is_empty() {
            name.to_owned()
        } else {
            format!("{above}::{name}")
        };
        let rest = match rest.strip_prefix("::") {
            Some(below) => expand(below, &path, found),
            None => rest,
        };
        found.insert(path);
        return rest;
    };
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        match rest.strip_prefix('}') {
            Some(behind) => return behind,
            None if rest.is_empty() => return rest,
            // What is between names, such as `as other`, names nothing.
            None => {
                let behind = expand(rest, above, found);
                rest = behind.trim_start_matches(|c: char| c != ',' && c != '}');
            }
        }
    }
}

/// The module of a file: its first so many folders or names.
fn module(path: &str, depth: usize) -> String {
    let names = path
        .trim_end_matches(".rs")
        .trim_end_matches("/mod")
        .split('/');
    names.take(depth).collect::<Vec<_>>().join("::")
}

/// Which modules name which, where a module is what so many names tell.
fn edges(root: &str, depth: usize) -> Edges {
    let mut edges = Edges::new();
    for (path, source) in sources(root) {
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        // What documentation links to is not needed.
        let code: Vec<&str> = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        edges
            .entry(module(&path[root.len() + 1..], depth))
            .or_default()
            .extend(named(&code.join("\n")));
    }
    let modules: BTreeSet<String> = edges.keys().cloned().collect();
    let known = |path: &String| {
        let names: Vec<&str> = path.split("::").collect();
        (1..=depth.min(names.len()))
            .rev()
            .map(|n| names[..n].join("::"))
            .find(|module| modules.contains(module))
    };
    let among = |(module, paths): (&String, &BTreeSet<String>)| {
        let others = paths
            .iter()
            .filter_map(known)
            .filter(|other| other != module);
        (module.clone(), others.collect())
    };
    edges.iter().map(among).collect()
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
    edges
        .keys()
        .map(String::as_str)
        .filter(|module| comes_back(module))
        .collect()
}

#[test]
fn no_modules_of_a_crate_depend_on_each_other_in_a_circle() {
    // Neither the areas of a crate nor the modules in them.
    for (name, depth) in CRATES.into_iter().flat_map(|name| [(name, 1), (name, 2)]) {
        let edges = edges(&format!("{name}/src"), depth);
        assert!(!edges.is_empty(), "{name}");
        let circles = circles(&edges);
        assert!(circles.is_empty(), "{name}: {circles:?}");
    }
}

#[test]
fn a_circle_is_found() {
    let paths = ["App", "a", "a::B", "a::c", "a::c::D", "d", "e", "e::f"].map(String::from);
    assert_eq!(
        named("use crate::{App, a::{B, c::D}, d as x};\nlet x = crate::e::f();"),
        paths.into()
    );
    assert_eq!(
        (module("work/task/list.rs", 2), module("work/mod.rs", 2)),
        ("work::task".into(), "work".into())
    );
    let of = |edges: &[(&str, &[&str])]| -> Edges {
        edges
            .iter()
            .map(|(from, to)| {
                (
                    (*from).to_owned(),
                    to.iter().map(|to| (*to).to_owned()).collect(),
                )
            })
            .collect()
    };
    assert_eq!(
        circles(&of(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])])),
        ["b", "c"].into()
    );
    assert!(circles(&of(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])])).is_empty());
}
