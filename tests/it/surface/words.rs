//! One word, one thing: whoever reads a type's name knows which is meant.

use std::collections::{BTreeMap, BTreeSet};

use super::{read, sources};

/// The name that a line declares for others to use, if it declares a type.
fn declared(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub")?;
    let rest = if rest.starts_with('(') {
        rest.split_once(')')?.1
    } else {
        rest
    };
    let (keyword, rest) = rest.trim_start().split_once(' ')?;
    let is_type = ["struct", "enum", "trait", "type"].contains(&keyword);
    rest.split(|c: char| !c.is_alphanumeric())
        .next()
        .filter(|name| is_type && !name.is_empty())
}

/// The types that a file declares, also those that our macros for words and texts make.
fn types(source: &str) -> Vec<&str> {
    let mut found: Vec<&str> = source.lines().filter_map(declared).collect();
    for call in ["\nwords!(\n", "\ntext!(\n", "\nword!(\n"] {
        for rest in source.split(call).skip(1) {
            let name = rest
                .lines()
                .map(str::trim_start)
                .find(|line| !line.starts_with(['/', '#']));
            let name = name.and_then(|line| line.split(|c: char| !c.is_alphanumeric()).next());
            found.extend(name.filter(|name| !name.is_empty()));
        }
    }
    found
}

#[test]
fn no_public_type_of_the_shared_crates_has_the_name_of_another() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, source) in sources("shared") {
        for name in types(&source) {
            places
                .entry(name.to_owned())
                .or_default()
                .push(file.clone());
        }
    }
    assert!(
        places.len() > 300
            && ["Task", "Title", "Category"]
                .iter()
                .all(|name| places.contains_key(*name))
    );
    let doubled: Vec<_> = places.iter().filter(|(_, files)| files.len() > 1).collect();
    assert!(doubled.is_empty(), "{doubled:#?}");
}

/// What a handler calls: functions that take what every use case works with.
fn calls(source: &str) -> BTreeSet<&str> {
    let name = |at: usize| {
        let before = source[..at].rfind(|c: char| !c.is_alphanumeric() && c != '_');
        &source[before.map_or(0, |before| before + 1)..at]
    };
    let takes_all = |at: &usize| {
        let first = source[at + 1..]
            .trim_start()
            .strip_prefix('&')
            .unwrap_or_default();
        let end = first.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.');
        let first = &first[..end.unwrap_or_default()];
        first == "app" || first == "auth" || first.ends_with(".app")
    };
    let opened = source.match_indices('(').map(|(at, _)| at);
    opened
        .filter(takes_all)
        .map(name)
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn use_cases_are_called_by_a_verb_and_what_it_is_done_to() {
    // What has no object but the caller.
    const ALONE: [&str; 10] = [
        "admit",
        "deliver",
        "login",
        "logout",
        "named",
        "new",
        "progress",
        "reauthenticate",
        "subscribe",
        "unsubscribe",
    ];
    let sources = sources("functions");
    let all: BTreeSet<&str> = sources
        .iter()
        .flat_map(|(_, source)| calls(source))
        .collect();
    assert!(all.len() > 100 && all.contains("update_task"), "{all:?}");
    let short: Vec<&&str> = all
        .iter()
        .filter(|name| !name.contains('_') && !ALONE.contains(*name))
        .collect();
    assert!(short.is_empty(), "{short:?}");
}

/// The words that the domain explains, with what it says of each.
fn glossary(source: &str) -> Vec<(&str, &str)> {
    let about = source
        .split("//! # Words")
        .nth(1)
        .and_then(|rest| rest.split("\n\n").next())
        .unwrap_or_default();
    let words = about
        .split("**")
        .skip(1)
        .step_by(2)
        .zip(about.split("**").skip(2).step_by(2));
    words
        .map(|(word, meaning)| (word, meaning.trim_start_matches(':').trim()))
        .collect()
}

#[test]
fn the_domain_explains_each_of_its_words_once_and_briefly() {
    let source = read("shared/domain/src/lib.rs");
    let words = glossary(&source);
    assert!(words.len() > 15 && words.iter().all(|(_, meaning)| meaning.len() > 2));
    let mut names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    let about = |line: &&str| line.starts_with("//!");
    let lines = source
        .lines()
        .take_while(about)
        .skip_while(|line| *line != "//! # Layout")
        .count();
    assert!(lines <= 40, "# Layout and # Words have {lines} lines");
}

/// The words of a name, in small letters: `SavedView` and `saved_view` have two.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = vec![];
    let mut starts = true;
    for letter in name.chars() {
        match (letter, starts || letter.is_uppercase()) {
            ('_', _) => {}
            (_, true) => parts.push(letter.to_lowercase().to_string()),
            (_, false) => {
                if let Some(part) = parts.last_mut() {
                    part.push(letter);
                }
            }
        }
        starts = letter == '_';
    }
    parts
}

/// The words of every name in a file.
fn names(source: &str) -> BTreeSet<String> {
    let code = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .flat_map(parts)
        .collect()
}

#[test]
fn every_word_that_is_explained_is_one_that_the_code_uses() {
    let used: BTreeSet<String> = sources("shared")
        .iter()
        .flat_map(|(_, source)| names(source))
        .collect();
    let source = read("shared/domain/src/lib.rs");
    let unused: Vec<&str> = glossary(&source)
        .into_iter()
        .map(|(word, _)| word)
        .filter(|word| {
            // Explained for what the folders and papers call by it.
            *word != "Capability"
                && word
                    .split(' ')
                    .any(|part| !used.contains(&part.to_lowercase()))
        })
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn words_that_meant_two_things_are_used_for_one() {
    // Each with what to say instead, and where the word is right.
    const GIVEN_UP: [(&str, &str, &[&str]); 2] = [
        // A path of the API is called so, and no organization may be.
        (
            "realtime",
            "live",
            &["domain/src/text.rs", "edge/src/live/asyncapi.rs"],
        ),
        ("circumstance", "circumstances", &["access"]),
    ];
    let mut wrong = vec![];
    for (file, source) in sources("shared") {
        for (word, instead, places) in GIVEN_UP {
            let right = places.iter().any(|place| file.contains(place));
            if !right && names(&source).contains(word) {
                wrong.push(format!("{file} says `{word}`: say `{instead}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn declarations_are_recognized() {
    assert_eq!(declared("pub struct Task {"), Some("Task"));
    assert_eq!(declared("    pub(super) enum Way<'a> {"), Some("Way"));
    assert_eq!(
        (
            declared("struct Own;"),
            declared("pub fn task()"),
            declared("    type Row = T;")
        ),
        (None, None, None)
    );
    assert_eq!(
        types("\nwords!(\n    /// What it is.\n    Kind {\n"),
        ["Kind"]
    );
    assert_eq!(
        types("\ntext!(\n    /// What it is.\n    Title, 1..=2\n"),
        ["Title"]
    );
}
