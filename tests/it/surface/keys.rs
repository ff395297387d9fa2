//! The tables of keys at the top of the files in which things are stored tell every item there is, and no key could be of
//! two kinds.

use std::collections::BTreeSet;

use serde_json::Value;

use super::sources;

/// A kind of item: what its partition and sort key look like, part by part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    pk: String,
    sk: String,
}

impl Kind {
    fn is_of(&self, pk: &str, sk: &str) -> bool {
        fits(&self.pk, pk) && fits(&self.sk, sk)
    }
}

/// Whether a key looks like a pattern: parts in angle brackets stand for anything.
fn fits(pattern: &str, key: &str) -> bool {
    let (pattern, key): (Vec<&str>, Vec<&str>) =
        (pattern.split('#').collect(), key.split('#').collect());
    pattern.len() == key.len()
        && pattern
            .iter()
            .zip(key)
            .all(|(part, is)| part.starts_with('<') || *part == is)
}

/// Whether there is a key that looks like both.
fn overlap(one: &str, other: &str) -> bool {
    let (one, other): (Vec<&str>, Vec<&str>) =
        (one.split('#').collect(), other.split('#').collect());
    let same = |(a, b): (&&str, &&str)| a == b || a.starts_with('<') || b.starts_with('<');
    one.len() == other.len() && one.iter().zip(&other).all(same)
}

fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The kinds of items that the sources tell of.
fn kinds() -> Vec<Kind> {
    sources("shared")
        .iter()
        .flat_map(|(_, source)| told(source))
        .collect()
}

/// The kinds of items that one file tells of.
fn told(source: &str) -> Vec<Kind> {
    let rows = source
        .lines()
        .skip_while(|line| *line != "//! | pk | sk | item |")
        .skip(2);
    let rows = rows.take_while(|line| line.starts_with("//! |"));
    let (mut found, mut last) = (vec![], String::new());
    for row in rows {
        let cells: Vec<&str> = row.trim_start_matches("//! |").split('|').collect();
        let pks = quoted(cells[0]);
        let pks: Vec<String> = if pks.is_empty() {
            vec![last.clone()]
        } else {
            pks.into_iter().map(Into::into).collect()
        };
        last.clone_from(&pks[0]);
        for pk in pks {
            found.extend(quoted(cells[1]).into_iter().map(|sk| Kind {
                pk: pk.clone(),
                sk: sk.to_owned(),
            }));
        }
    }
    found
}

/// The keys in a request to the table.
fn keys(request: &Value, found: &mut BTreeSet<(String, String)>) {
    if let (Some(pk), Some(sk)) = (request["pk"]["S"].as_str(), request["sk"]["S"].as_str()) {
        found.insert((pk.to_owned(), sk.to_owned()));
    }
    match request {
        Value::Object(members) => members.values().for_each(|member| keys(member, found)),
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}

#[test]
fn no_key_could_be_of_two_kinds() {
    let kinds = kinds();
    assert!(kinds.len() > 60, "{}", kinds.len());
    let doubled = |(at, kind): (usize, &Kind)| {
        let others = kinds[..at]
            .iter()
            .filter(|other| overlap(&other.pk, &kind.pk) && overlap(&other.sk, &kind.sk));
        others
            .map(|other| format!("{kind:?} and {other:?}"))
            .collect::<Vec<_>>()
    };
    let doubled: Vec<String> = kinds.iter().enumerate().flat_map(doubled).collect();
    assert!(doubled.is_empty(), "{doubled:#?}");
}

#[tokio::test]
async fn whatever_is_read_or_written_stands_in_the_table_of_keys_and_nothing_else_does() {
    let mut seen = BTreeSet::new();
    super::journey::every_operation()
        .await
        .iter()
        .for_each(|call| keys(&call.request, &mut seen));
    let kinds = kinds();
    let unknown = |(pk, sk): &&(String, String)| !kinds.iter().any(|kind| kind.is_of(pk, sk));
    let unknown: Vec<_> = seen.iter().filter(unknown).collect();
    assert!(
        unknown.is_empty(),
        "tell of these at the top of the file in which the thing is stored: {unknown:#?}"
    );
    let unused = |kind: &&Kind| !seen.iter().any(|(pk, sk)| kind.is_of(pk, sk));
    let unused: Vec<_> = kinds.iter().filter(unused).collect();
    assert!(unused.is_empty(), "nothing has such keys: {unused:#?}");
}

#[test]
fn patterns_are_compared_part_by_part() {
    assert!(
        fits("T#<tag>#TASK#<id>", "T#1#TASK#2")
            && !fits("T#<tag>", "T#1#TASK#2")
            && !fits("TASK", "TEXT#1")
    );
    assert!(
        overlap("COMMENT#<comment>", "COMMENT#<id>")
            && overlap("<hash>", "HEAD")
            && !overlap("M#<user>", "S#<user>")
    );
    assert_eq!(quoted(" `a`, `b` of c "), ["a", "b"]);
}
