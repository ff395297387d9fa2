//! Labels on tasks: which a task can get, which it has now, and under which ids it is found.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::Error;
use domain::Faults;
use domain::id::{LabelId, ProjectId, Tag};
use domain::work::label::Label;
use store::keys::{self, Key};
use store::record::Stored;
use store::{Scope, Store};

use crate::App;

/// What is to be read of labels beside a thing of the tenant; the labels of others are none there.
pub fn keys_of(tag: Tag, labels: &[LabelId]) -> impl Iterator<Item = Key> {
    labels
        .iter()
        .map(move |label| keys::label(label.in_tenant(tag)))
}

/// What a task of the project carries when it is given these labels, which were read beside it.
pub fn given(scope: &Scope, project: ProjectId, labels: &[LabelId]) -> Result<Vec<String>, Error> {
    let mut faults = Faults::new();
    let mut carried: Vec<String> = vec![];
    for (at, id) in labels.iter().enumerate() {
        match carried_as(scope, project, *id)? {
            // Two that were named may have become one.
            Some(now) if carried.contains(&now) => {}
            Some(now) => carried.push(now),
            None => {
                let message = "must be a label of the project or of its organization";
                faults.note(&format!("/labels/{at}"), "invalid", message);
            }
        }
    }
    faults.check().map(|()| carried)
}

/// Under which id a task of the project carries a label; none if it cannot.
fn carried_as(scope: &Scope, project: ProjectId, id: LabelId) -> Result<Option<String>, Error> {
    let label = scope
        .extra::<Label>(&keys::label(id))?
        .map(|label| label.value);
    let label = label.filter(|label| label.deleted_at.is_none() && label.is_for(project));
    // What it has become may have been deleted since.
    let now = |label: Label| {
        scope
            .org()
            .value
            .retired_labels
            .present(&[label.merged_into.unwrap_or(label.id).suffix()])
    };
    Ok(label.and_then(|label| now(label).pop()))
}

async fn read(
    store: &Store,
    labels: impl Iterator<Item = LabelId>,
) -> Result<HashMap<LabelId, Label>, Error> {
    let keys: Vec<Key> = labels.map(keys::label).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let table = store.outside("labels of tasks that the caller sees");
    let read = |item| Stored::<Label>::read(item).map(|label| (label.value.id, label.value));
    table
        .get_many(&keys, false)
        .await?
        .values()
        .map(read)
        .collect()
}

/// What these labels, which tasks that the caller sees carry, are now; without those that were deleted.
pub async fn present(
    app: &App,
    labels: HashSet<LabelId>,
) -> Result<HashMap<LabelId, Label>, Error> {
    let found = read(&app.store, labels.into_iter()).await?;
    let elsewhere = found
        .values()
        .filter_map(|label| label.merged_into)
        .filter(|target| !found.contains_key(target));
    let targets = read(&app.store, elsewhere.collect::<HashSet<_>>().into_iter()).await?;
    let now = |label: &Label| match label.merged_into {
        None => Some(label.clone()),
        Some(target) => found.get(&target).or_else(|| targets.get(&target)).cloned(),
    };
    let live = found
        .iter()
        .filter_map(|(id, label)| Some((*id, now(label).filter(Label::is_live)?)));
    Ok(live.collect())
}

/// The other ids under which tasks may carry the labels that a list is filtered by.
pub async fn aliases(
    app: &App,
    wanted: impl Iterator<Item = Label>,
) -> Result<BTreeMap<LabelId, Vec<LabelId>>, Error> {
    let wanted: Vec<Label> = wanted.collect();
    let targets = read(
        &app.store,
        wanted.iter().filter_map(|label| label.merged_into),
    )
    .await?;
    let all = |label: &Label| {
        let whole = label
            .merged_into
            .and_then(|target| targets.get(&target))
            .unwrap_or(label);
        whole.aliases.iter().copied().chain([whole.id]).collect()
    };
    Ok(wanted.iter().map(|label| (label.id, all(label))).collect())
}
