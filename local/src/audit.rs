//! `audit verify`: whether downloaded pages of the audit trail are what was written. It needs no server and shares no
//! code with the one that writes: only what the API's documentation says of `record`, `prev_hash` and `hash`.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use clap::{Args, Subcommand};
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::Value;

/// What the first entry follows.
const BEGINNING: [u8; 32] = [0; 32];

/// What can be done with an audit trail.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Checks pages of GET /audit-logs: their order, that none is missing, and every hash.
    Verify(Verify),
}

/// Which file, and what is known of it.
#[derive(Debug, Args)]
pub struct Verify {
    /// The pages, one after the other or in an array, as the API has given them; - reads them from standard input.
    file: PathBuf,
    /// What GET /audit-logs/verify told of the latest entry: head_seq and head_hash. Without it nobody can tell whether
    /// the latest entries are missing.
    #[arg(long, value_name = "SEQ:HASH")]
    head: Option<Head>,
    /// The pages are a selection (of category security, or by a filter), so entries may be missing between them.
    #[arg(long)]
    selection: bool,
}

/// The number and the hash of the latest entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    seq: u64,
    hash: String,
}

impl std::str::FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (seq, hash) = text.split_once(':').ok_or("must be head_seq:head_hash")?;
        let seq = seq.parse().map_err(|_| "must begin with a number")?;
        let right = hash.len() == 64 && HEXLOWER.decode(hash.as_bytes()).is_ok();
        if right {
            Ok(Self {
                seq,
                hash: hash.to_owned(),
            })
        } else {
            Err("must end with 64 hex digits".to_owned())
        }
    }
}

/// An entry, as the API gives it.
#[derive(Debug, Clone, Deserialize)]
struct Entry {
    seq: u64,
    record: String,
    prev_hash: String,
    hash: String,
    event: Shown,
}

/// What an entry shows of its record.
#[derive(Debug, Clone, Deserialize)]
struct Shown {
    id: String,
    r#type: String,
}

/// What of a record must agree with the entry that it is in.
#[derive(Debug, Deserialize)]
struct Recorded {
    org: String,
    seq: u64,
    event: Shown,
}

/// An audit trail that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holds {
    /// How many entries there are.
    pub checked: usize,
    /// The number of the first.
    pub first: u64,
    /// The number of the last.
    pub last: u64,
    /// The hash of the last.
    pub hash: String,
}

/// Why an audit trail does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The file is not pages of an audit trail.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// There is no entry in it.
    #[error("there is no entry in the file")]
    Empty,
    /// An entry is not what was written, or is missing.
    #[error("entry {seq}: {why}")]
    At {
        /// The first one that is wrong.
        seq: u64,
        /// What is wrong with it.
        why: &'static str,
    },
}

fn at<T>(seq: u64, why: &'static str) -> Result<T, Broken> {
    Err(Broken::At { seq, why })
}

/// Does what the command line asks for; prints what it finds.
///
/// # Errors
/// If the file cannot be read, or does not hold: printed by the caller.
pub fn run(command: Command) -> Result<(), Box<dyn std::error::Error>> {
    let Command::Verify(Verify {
        file,
        head,
        selection,
    }) = command;
    let text = read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let Holds {
        checked,
        first,
        last,
        hash,
    } = verify(&text, head.as_ref(), selection)?;
    println!("{checked} entries hold, {first} to {last}; the hash of the last is {hash}");
    Ok(())
}

fn read(file: &Path) -> std::io::Result<String> {
    if file == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(file)
    }
}

/// Checks pages. A selection may leave entries out; anything else must begin with the first entry and leave out none.
///
/// # Errors
/// The first entry that is wrong.
pub fn verify(text: &str, head: Option<&Head>, selection: bool) -> Result<Holds, Broken> {
    let entries = in_order(entries(text)?)?;
    let mut before: Option<(&Entry, String)> = None;
    for entry in &entries {
        let org = check(entry)?;
        match &before {
            None => check_first(entry, selection)?,
            Some((_, other)) if *other != org => {
                return at(entry.seq, "is of another organization");
            }
            Some((last, _)) => check_next(last, entry, selection)?,
        }
        before = Some((entry, org));
    }
    let (first, last) = entries.first().zip(entries.last()).ok_or(Broken::Empty)?;
    if let Some(head) = head {
        check_head(head, last)?;
    }
    Ok(Holds {
        checked: entries.len(),
        first: first.seq,
        last: last.seq,
        hash: last.hash.clone(),
    })
}

/// The entries with the first one first; they may stand the other way round, but not in disorder.
fn in_order(mut entries: Vec<Entry>) -> Result<Vec<Entry>, Broken> {
    if entries.len() > 1 && entries[0].seq > entries[1].seq {
        // As the API lists them: the latest first.
        entries.reverse();
    }
    if let Some(pair) = entries.windows(2).find(|pair| pair[1].seq <= pair[0].seq) {
        return at(pair[1].seq, "stands out of its order");
    }
    Ok(entries)
}

/// Checks that the first entry of the file is the first of all; a selection may begin later.
fn check_first(entry: &Entry, selection: bool) -> Result<(), Broken> {
    match entry.seq {
        1 if entry.prev_hash != HEXLOWER.encode(&BEGINNING) => at(1, "follows something"),
        1 => Ok(()),
        _ if selection => Ok(()),
        _ => at(1, "is missing"),
    }
}

/// Checks that an entry follows the one before it; a selection may have left out some between them.
fn check_next(last: &Entry, entry: &Entry, selection: bool) -> Result<(), Broken> {
    // The file is not ours: its numbers may be any.
    let next = last.seq.saturating_add(1);
    if next == entry.seq && last.hash != entry.prev_hash {
        return at(entry.seq, "does not follow the one before");
    }
    if next < entry.seq && !selection {
        return at(next, "is missing");
    }
    Ok(())
}

/// Checks that the last entry of the file is the latest that was told of.
fn check_head(head: &Head, last: &Entry) -> Result<(), Broken> {
    match head.seq.cmp(&last.seq) {
        Ordering::Greater => at(last.seq.saturating_add(1), "is missing"),
        Ordering::Less => at(head.seq.saturating_add(1), "is later than the latest"),
        Ordering::Equal if head.hash != last.hash => {
            at(last.seq, "is not the latest that was told of")
        }
        Ordering::Equal => Ok(()),
    }
}

/// Checks an entry by itself; gives the organization that its record names.
fn check(entry: &Entry) -> Result<String, Broken> {
    let Ok(before) = HEXLOWER.decode(entry.prev_hash.as_bytes()) else {
        return at(entry.seq, "names no hash before it");
    };
    let hash = digest(
        &SHA256,
        &[before.as_slice(), entry.record.as_bytes()].concat(),
    );
    if HEXLOWER.encode(hash.as_ref()) != entry.hash {
        return at(entry.seq, "was changed");
    }
    match serde_json::from_str::<Recorded>(&entry.record) {
        Ok(recorded) if recorded.seq != entry.seq => {
            at(entry.seq, "has the record of another number")
        }
        Ok(recorded)
            if (recorded.event.id != entry.event.id)
                || recorded.event.r#type != entry.event.r#type =>
        {
            at(entry.seq, "shows another event than its record")
        }
        Ok(recorded) => Ok(recorded.org),
        Err(_) => at(entry.seq, "has a record that cannot be read"),
    }
}

/// The entries of all pages, in the order of the file.
fn entries(text: &str) -> Result<Vec<Entry>, Broken> {
    let unreadable = |error: serde_json::Error| Broken::Unreadable(error.to_string());
    let mut found = vec![];
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        collect(value.map_err(unreadable)?, &mut found);
    }
    if found.is_empty() {
        return Err(Broken::Empty);
    }
    found
        .into_iter()
        .map(|entry| serde_json::from_value(entry).map_err(unreadable))
        .collect()
}

/// A page has its entries in `data`; several pages may stand in an array.
fn collect(value: Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(values) => values.into_iter().for_each(|value| collect(value, found)),
        Value::Object(mut page) => match page.remove("data") {
            Some(data) => collect(data, found),
            None => found.push(page.into()),
        },
        other => found.push(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Entries 1 to `count`, the latest first, as the API gives them.
    fn trail(count: u64) -> Vec<Value> {
        let mut hash = HEXLOWER.encode(&BEGINNING);
        let mut entries = vec![];
        for seq in 1..=count {
            let (id, kind) = (format!("{seq:032x}"), "task.created");
            let record =
                json!({ "org": "o", "seq": seq, "event": { "id": id, "type": kind } }).to_string();
            let before = HEXLOWER.decode(hash.as_bytes()).unwrap();
            let next = HEXLOWER
                .encode(digest(&SHA256, &[before.as_slice(), record.as_bytes()].concat()).as_ref());
            entries.push(json!({
                "seq": seq, "event": { "id": id, "type": kind }, "record": record, "prev_hash": hash, "hash": next,
            }));
            hash = next;
        }
        entries.reverse();
        entries
    }

    fn page(entries: &[Value]) -> Value {
        json!({ "data": entries, "meta": { "has_more": false } })
    }

    fn lines(entries: &[Value]) -> String {
        entries
            .chunks(3)
            .map(|chunk| format!("{}\n", page(chunk)))
            .collect()
    }

    fn broken(entries: &[Value]) -> (u64, &'static str) {
        match verify(&lines(entries), None, false) {
            Err(Broken::At { seq, why }) => (seq, why),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn pages_hold_one_after_the_other_in_an_array_and_the_other_way_round() {
        let entries = trail(8);
        let array = Value::Array(entries.chunks(3).map(page).collect()).to_string();
        let mut reversed = entries.clone();
        reversed.reverse();
        for text in [
            lines(&entries),
            array,
            lines(&reversed),
            page(&entries).to_string(),
        ] {
            let holds = verify(&text, None, false).unwrap();
            assert_eq!((holds.checked, holds.first, holds.last), (8, 1, 8));
        }
    }

    #[test]
    fn one_changed_character_of_any_record_or_hash_is_named() {
        for changed in 0..8_usize {
            for member in ["record", "hash", "prev_hash"] {
                let mut entries = trail(8);
                let text = entries[changed][member].as_str().unwrap();
                let end = text.char_indices().nth_back(1).unwrap().0;
                let other = if &text[end..=end] == "0" { "1" } else { "0" };
                let spoiled = format!("{}{other}{}", &text[..end], &text[end + 1..]);
                entries[changed][member] = spoiled.into();
                assert_eq!(
                    broken(&entries),
                    (8 - changed as u64, "was changed"),
                    "{member}"
                );
            }
        }
    }

    /// Another record in the place of one, with a hash that fits it.
    fn rewritten(seq: usize, rewrite: impl Fn(&str) -> String) -> Vec<Value> {
        let mut entries = trail(8);
        let entry = &mut entries[8 - seq];
        let record = rewrite(entry["record"].as_str().unwrap());
        let before = HEXLOWER
            .decode(entry["prev_hash"].as_str().unwrap().as_bytes())
            .unwrap();
        let hash = digest(&SHA256, &[before.as_slice(), record.as_bytes()].concat());
        entry["hash"] = HEXLOWER.encode(hash.as_ref()).into();
        entry["record"] = record.into();
        entries
    }

    #[test]
    fn a_record_with_a_hash_of_its_own_does_not_fit_the_next() {
        assert_eq!(
            broken(&rewritten(4, |record| format!("{record} "))),
            (5, "does not follow the one before")
        );
        assert_eq!(
            broken(&rewritten(4, |record| record.replace("\"o\"", "\"x\""))),
            (4, "is of another organization")
        );
        let other = |record: &str| record.replace("task.created", "task.deleted");
        assert_eq!(
            broken(&rewritten(4, other)),
            (4, "shows another event than its record")
        );
        let other = |record: &str| record.replace("\"seq\":4", "\"seq\":5");
        assert_eq!(
            broken(&rewritten(4, other)),
            (4, "has the record of another number")
        );
        assert_eq!(
            broken(&rewritten(4, |_| "{}".to_owned())),
            (4, "has a record that cannot be read")
        );
    }

    #[test]
    fn missing_repeated_and_reordered_entries_are_named() {
        let without = |at: usize| {
            let mut entries = trail(8);
            entries.remove(at);
            entries
        };
        assert_eq!(broken(&without(3)), (5, "is missing"));
        assert_eq!(broken(&without(7)), (1, "is missing"));
        let mut swapped = trail(8);
        swapped.swap(3, 4);
        assert_eq!(broken(&swapped), (4, "stands out of its order"));
        let mut twice = trail(8);
        twice.insert(3, twice[3].clone());
        assert_eq!(broken(&twice), (5, "stands out of its order"));
    }

    #[test]
    fn the_latest_are_missed_only_by_one_who_knows_the_head() {
        let entries = trail(8);
        let head: Head = format!("8:{}", entries[0]["hash"].as_str().unwrap())
            .parse()
            .unwrap();
        assert!(verify(&lines(&entries), Some(&head), false).is_ok());
        let cut = verify(&lines(&entries[2..]), Some(&head), false);
        assert_eq!(
            cut,
            Err(Broken::At {
                seq: 7,
                why: "is missing"
            })
        );
        assert!(verify(&lines(&entries[2..]), None, false).is_ok());
        let other = Head {
            hash: "0".repeat(64),
            ..head.clone()
        };
        assert!(verify(&lines(&entries), Some(&other), false).is_err());
        assert!(verify(&lines(&entries), Some(&Head { seq: 7, ..head }), false).is_err());
    }

    #[test]
    fn a_selection_has_gaps_and_its_entries_are_checked_all_the_same() {
        let mut entries = trail(8);
        entries.remove(3);
        entries.pop();
        assert_eq!(verify(&lines(&entries), None, true).unwrap().checked, 6);
        entries[2]["record"] = entries[2]["record"]
            .as_str()
            .unwrap()
            .replace("created", "deleted")
            .into();
        assert!(matches!(
            verify(&lines(&entries), None, true),
            Err(Broken::At { seq: 6, .. })
        ));
    }

    #[test]
    fn what_is_no_audit_trail_is_refused() {
        for text in ["", "[]", "{\"data\":[]}"] {
            assert_eq!(verify(text, None, false), Err(Broken::Empty), "{text:?}");
        }
        for text in ["nonsense", "{\"seq\":1}", "3"] {
            assert!(
                matches!(verify(text, None, false), Err(Broken::Unreadable(_))),
                "{text:?}"
            );
        }
        assert!("8".parse::<Head>().is_err() && "8:xy".parse::<Head>().is_err());
    }
}
