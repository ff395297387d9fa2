//! The papers name files that exist.

use std::collections::BTreeSet;

use super::{read, root};

/// Made while building, testing or running.
const MADE: [&str; 3] = ["target", ".local", ".venv"];
const ENDINGS: [&str; 9] = [
    ".rs", ".md", ".yaml", ".toml", ".json", ".sh", ".txt", ".html", ".lock",
];

/// The texts between single backticks, code blocks left out.
fn quoted(text: &str) -> BTreeSet<String> {
    let prose: String = text.split("```").step_by(2).collect();
    prose
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Whether a quoted text names a file or folder of the repository.
fn is_path(text: &str, top: &BTreeSet<String>) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    if !text.bytes().all(plain) || text.starts_with('/') || text.contains("//") {
        return false;
    }
    let first = text.split('/').next().unwrap_or_default();
    let inside = text.contains('/') && (top.contains(first) || MADE.contains(&first));
    inside
        || ENDINGS
            .iter()
            .any(|end| text.ends_with(end) && text.len() > end.len())
}

/// The names of all files of the repository.
fn names(folder: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        match entry.file_type().unwrap().is_dir() {
            true if MADE.contains(&name.as_str()) || name == ".git" => {}
            true => found.extend(names(&format!("{folder}{name}/"))),
            false => drop(found.insert(name)),
        }
    }
    found
}

#[test]
fn every_file_that_the_papers_name_is_there() {
    let there = |path: &str| root().join(path).exists();
    if !there("README.md") {
        return;
    }
    let entries = std::fs::read_dir(root()).unwrap();
    let top: BTreeSet<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let names = names("");
    for paper in ["README.md", "ARCHITECTURE.md"] {
        assert!(there(paper), "{paper} is missing");
        for path in quoted(&read(paper))
            .into_iter()
            .filter(|text| is_path(text, &top))
        {
            let made = MADE.contains(&path.split('/').next().unwrap_or_default());
            // Beside the name of its folder, a file's own name is enough.
            let named = !path.contains('/') && names.contains(&path);
            assert!(
                made || named || there(&path),
                "{paper} names `{path}`, which does not exist"
            );
        }
    }
}

#[test]
fn paths_are_told_from_other_quoted_text() {
    let top = BTreeSet::from(["shared".to_owned(), "template.yaml".to_owned()]);
    let text = "See `shared/domain`, `text/html`, `/api/v1`, `cargo run`, `x.rs`.\n```\n`shared/no`\n```\n`by_parent`";
    let found: Vec<String> = quoted(text)
        .into_iter()
        .filter(|text| is_path(text, &top))
        .collect();
    assert_eq!(found, ["shared/domain", "x.rs"]);
}
