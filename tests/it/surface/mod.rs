//! What the system shows of itself: code, template, OpenAPI document, events and papers must say the same.
//!
//! `UPDATE=1 cargo test -p tests surface` writes anew what is made from the code: the template, the rights, the OpenAPI
//! document and the events.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on must stop, and say where"
)]

mod aliases;
mod assembled;
mod capability;
mod document;
mod environment;
mod events;
pub mod example;
mod functions;
mod journey;
mod keys;
mod modules;
mod papers;
mod policy;
pub mod projection;
mod resources;
mod rights;
mod router;
mod routes;
mod template;
mod words;

use std::path::{Path, PathBuf};

/// The folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests stand in the workspace")
        .to_owned()
}

/// A text file of the workspace.
fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// The Rust files below a folder, paths relative to the workspace, tests left out.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = vec![];
    for entry in
        std::fs::read_dir(root().join(folder)).unwrap_or_else(|why| panic!("{folder}: {why}"))
    {
        let name = entry
            .expect("folders can be read")
            .file_name()
            .into_string()
            .expect("names are UTF-8");
        let path = format!("{folder}/{name}");
        match name.as_str() {
            "tests.rs" | "tests" => {}
            _ if root().join(&path).is_dir() => found.extend(sources(&path)),
            _ if name.ends_with(".rs") => found.push((path.clone(), read(&path))),
            _ => {}
        }
    }
    found.sort();
    found
}

/// Whether what is made from the code is to be written instead of compared.
fn updating() -> bool {
    std::env::var("UPDATE").is_ok_and(|value| value == "1")
}

/// Compares a file with what the code makes, or writes it.
fn same(path: &str, made: &str) {
    let file = root().join(path);
    if updating() {
        // In one step: other tests may read it meanwhile.
        let new = file.with_extension("new");
        std::fs::write(&new, made)
            .and_then(|()| std::fs::rename(&new, &file))
            .unwrap_or_else(|why| panic!("{path}: {why}"));
        return;
    }
    let stored = std::fs::read_to_string(&file).unwrap_or_default();
    if stored == made {
        return;
    }
    let differs = stored
        .lines()
        .zip(made.lines())
        .position(|(stored, made)| stored != made);
    let line = differs.unwrap_or_else(|| stored.lines().count().min(made.lines().count()));
    let show = |text: &str| {
        text.lines()
            .nth(line)
            .unwrap_or("nothing")
            .trim()
            .to_owned()
    };
    panic!(
        "{path} is not what the code says, from line {}: it has {:?}, the code makes {:?}. \
         Look at the change, then write it with: UPDATE=1 cargo test -p tests surface",
        line + 1,
        show(&stored),
        show(made)
    );
}
