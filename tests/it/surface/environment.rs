//! Variables: what functions read is what the template gives them and what `.env.example` explains.

use std::collections::{BTreeMap, BTreeSet};

use super::template::Template;
use super::{read, sources};

/// Who uses a piece of shared code.
enum Users {
    /// These functions.
    These(&'static [&'static str]),
    /// Every function behind the HTTP API.
    Groups,
    /// Every function that opens the table for a caller.
    Callers,
    /// Every function that uses the table.
    All,
}

/// Shared code that reads variables, and the functions that use that code.
const SHARED: &[(&str, Users)] = &[
    (
        "shared/app/src/account/auth/mod.rs",
        Users::These(&["auth"]),
    ),
    (
        "shared/app/src/secret.rs",
        Users::These(&["auth", "mailer"]),
    ),
    (
        "shared/queue/src/lib.rs",
        Users::These(&["fanout", "feed", "mailer", "devices", "scheduler"]),
    ),
    ("shared/store/src/store.rs", Users::Callers),
    ("shared/edge/src/serve.rs", Users::Groups),
    ("shared/store/src/table.rs", Users::All),
];

impl Users {
    fn names(&self) -> Vec<&'static str> {
        let groups = || local::operations().into_iter().map(|(name, _)| name);
        // It answers without looking at anything.
        let with_table = || groups().filter(|name| *name != "system");
        match self {
            Self::These(names) => names.to_vec(),
            Self::Groups => groups().collect(),
            Self::Callers => with_table().chain(["live"]).collect(),
            Self::All => with_table().chain(local::WORKERS.iter().copied()).collect(),
        }
    }
}

/// What Lambda itself sets, and its runtime or `runtime::env` reads.
const FROM_LAMBDA: [&str; 5] = [
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_FUNCTION_NAME",
];
/// Where the local cloud is; not set on AWS.
const LOCAL: &str = "AWS_ENDPOINT_URL_";

/// The variables that a source reads: nothing else is written in capitals with underscores between quotes, but for
/// what Cargo tells at build time.
fn variables(source: &str) -> BTreeSet<String> {
    let is_name = |text: &&str| {
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        plain && text.contains('_') && !text.starts_with("CARGO_") && !text.starts_with('_')
    };
    source
        .split('"')
        .filter(is_name)
        .map(str::to_owned)
        .collect()
}

/// What each function reads, but for what Lambda sets.
fn needed() -> BTreeMap<String, BTreeSet<String>> {
    let template = Template::read();
    let own = |name: &str| -> BTreeSet<String> {
        sources(&format!("functions/{name}/src"))
            .iter()
            .flat_map(|(_, source)| variables(source))
            .collect()
    };
    let mut all: BTreeMap<String, BTreeSet<String>> = template
        .functions()
        .into_iter()
        .map(|function| (function.name.clone(), own(&function.name)))
        .collect();
    for (path, source) in sources("shared") {
        let names = variables(&source);
        if names.is_empty() || path == "shared/runtime/src/env.rs" {
            continue;
        }
        let users = SHARED
            .iter()
            .find(|(file, _)| *file == path)
            .map(|(_, users)| users);
        let users = users.unwrap_or_else(|| {
            panic!("{path} reads {names:?}: name in SHARED the functions that use it")
        });
        for user in users.names() {
            all.get_mut(user)
                .expect("SHARED names functions")
                .extend(names.clone());
        }
    }
    for (file, _) in SHARED {
        assert!(
            !variables(&read(file)).is_empty(),
            "{file} reads no variable any more: take it out of SHARED"
        );
    }
    all
}

#[test]
fn the_template_gives_each_function_what_it_reads_and_no_more() {
    let needed = needed();
    for function in Template::read().functions() {
        let variables = function.properties["Environment"]["Variables"]
            .as_object()
            .into_iter()
            .flatten();
        let given: BTreeSet<&String> = variables.map(|(name, _)| name).collect();
        let needed: BTreeSet<&String> = needed[&function.name]
            .iter()
            .filter(|name| !name.starts_with(LOCAL) && !FROM_LAMBDA.contains(&name.as_str()))
            .collect();
        assert_eq!(
            given, needed,
            "{}: left what template.yaml gives it, right what its code reads",
            function.id
        );
    }
}

#[test]
fn the_example_explains_every_variable_and_no_other() {
    let text = read(".env.example");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let explained: BTreeSet<String> = lines
        .filter_map(|line| Some(line.split_once('=')?.0.to_owned()))
        .collect();
    let mut read: BTreeSet<String> = needed().into_values().flatten().collect();
    read.extend(FROM_LAMBDA.map(str::to_owned));
    assert_eq!(
        explained, read,
        "left what .env.example explains, right what functions read"
    );
}
