//! What is added above `app` stands in folders of its own: a crate, a function, tests. The rest of the house hears of it in
//! a few lines, and README says in which files.

use std::collections::{BTreeMap, BTreeSet};

use super::{read, root, sources};

/// The most lines outside of its own folders that name a capability.
const MOST_LINES: usize = 12;

/// The folders in a folder.
fn folders(path: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(path)).unwrap();
    let folders = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The crates in a folder that depend on this one.
fn dependents(folder: &str, name: &str) -> Vec<String> {
    let wanted = format!("{name}.workspace = true");
    let depends = |other: &String| {
        let manifest = read(&format!("{folder}/{other}/Cargo.toml"));
        manifest.lines().any(|line| line == wanted)
    };
    folders(folder).into_iter().filter(depends).collect()
}

/// The functions that carry a capability, and those that only make use of it beside the work that is theirs.
fn functions_of(name: &str) -> (Vec<String>, Vec<String>) {
    let carries = |function: &String| {
        let sources = sources(&format!("functions/{function}/src"));
        let own = ["use app::work::", "use app::membership::"];
        !sources
            .iter()
            .any(|(_, code)| own.iter().any(|own| code.contains(own)))
    };
    dependents("functions", name).into_iter().partition(carries)
}

/// Whether a line has the word.
fn has(line: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| {
        !is_part(line[..at].chars().next_back()) && !is_part(line[at + word.len()..].chars().next())
    })
}

/// The actions that nobody but the capability asks for.
fn actions_of(name: &str) -> BTreeSet<String> {
    let named = |folder: &str| -> BTreeSet<String> {
        let code: String = sources(folder).into_iter().map(|(_, code)| code).collect();
        let words = code.split("Action::").skip(1);
        words
            .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric()).collect())
            .collect()
    };
    named(&format!("shared/{name}/src"))
        .difference(&named("shared/app/src"))
        .cloned()
        .collect()
}

/// The files that the paragraph of README on capabilities names.
fn recipe() -> BTreeSet<String> {
    let readme = read("README.md");
    let paragraph = readme
        .split("- **a capability**")
        .nth(1)
        .expect("README says how to add a capability");
    let paragraph = paragraph.split("\n\n").next().unwrap();
    paragraph
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains('.') || name.starts_with("functions/"))
        .map(str::to_owned)
        .collect()
}

/// The central files that may name a capability, with those of their lines that do.
fn central(name: &str, functions: &[String]) -> BTreeMap<String, Vec<String>> {
    let actions = actions_of(name);
    let mut files: BTreeMap<String, String> = ["shared", "local", "tests"]
        .into_iter()
        .flat_map(sources)
        .collect();
    for path in ["Cargo.toml", "local/Cargo.toml", "tests/Cargo.toml"] {
        files.insert(path.to_owned(), read(path));
    }
    let own = [format!("shared/{name}/"), format!("tests/it/{name}/")];
    files.retain(|path, _| !own.iter().any(|own| path.starts_with(own)));
    // Tests of everything at once, which ask each operation for something.
    files.retain(|path, _| !path.starts_with("tests/it/") || path == "tests/it/main.rs");
    let names = |line: &&str| {
        let function = |function: &String| {
            line.starts_with(&format!("{function} = "))
                || line.starts_with(&format!("{function}.workspace"))
                || line.trim() == format!("{function}::service")
        };
        let code = line.split("//").next().unwrap_or_default();
        has(code, name)
            || functions.iter().any(function)
            || actions
                .iter()
                .any(|action| code.trim_start().starts_with(&format!("{action} ")))
    };
    let lines = |text: &String| {
        text.lines()
            .filter(names)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    files
        .iter()
        .map(|(path, text)| (path.clone(), lines(text)))
        .filter(|(_, lines)| !lines.is_empty())
        .collect()
}

#[test]
fn a_capability_is_named_in_few_lines_elsewhere_and_only_where_the_recipe_says() {
    let capabilities = dependents("shared", "app");
    assert!(
        capabilities.contains(&"saved_views".to_owned()),
        "{capabilities:?}"
    );
    let recipe = recipe();
    for name in capabilities {
        let (carriers, users) = functions_of(&name);
        assert!(!carriers.is_empty(), "no function carries {name}");
        assert!(
            root().join(format!("tests/it/{name}")).is_dir(),
            "{name} has no folder of tests"
        );
        let central = central(&name, &carriers);
        let files: BTreeSet<String> = central.keys().cloned().collect();
        assert!(
            files.is_subset(&recipe),
            "{name} is named in {files:?}, README tells of {recipe:?}"
        );
        for user in users {
            assert!(
                recipe.contains(&format!("functions/{user}")),
                "functions/{user} makes use of {name}, README does not say so"
            );
        }
        let lines: Vec<&String> = central.values().flatten().collect();
        assert!(lines.len() <= MOST_LINES, "{name}: {lines:#?}");
    }
}

#[test]
fn a_word_is_found_as_a_whole() {
    assert!(
        has("use saved_views::ViewId;", "saved_views")
            && !has("mod my_saved_views;", "saved_views")
    );
}
