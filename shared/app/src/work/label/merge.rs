//! Merging labels: one becomes an alias of another.

use domain::Error;
use domain::access::{Action, Circumstances};
use domain::call::Call;
use domain::id::LabelId;
use domain::work::label::Label;
use store::record::Stored;
use store::transaction::Transaction;
use store::{Scope, keys};

use super::change::{guard, retire};
use crate::in_org::InOrg;
use crate::{App, retry};

/// Merges a label into another of the same project, or of the organization: tasks that carry it are from now on shown
/// and found with the other one, and its name is free.
pub async fn merge_label(
    app: &App,
    call: &Call,
    id: LabelId,
    target: LabelId,
) -> Result<InOrg<Label>, Error> {
    retry::contended(|| attempt(app, call, id, target)).await
}

async fn attempt(
    app: &App,
    call: &Call,
    id: LabelId,
    target: LabelId,
) -> Result<InOrg<Label>, Error> {
    let extra: Vec<_> = (target.tag() == id.tag())
        .then(|| keys::label(target))
        .into_iter()
        .collect();
    let (scope, label) = app
        .store
        .open(call, id, &extra)
        .await?
        .require(Action::LabelManage)
        .await?;
    if scope.replays(&label)? {
        return Ok(InOrg::of(&scope, label));
    }
    let target = goal(app, &scope, &label.value, target).await?;
    let stamped = |label: Label| Label {
        updated_at: scope.at(),
        updated_by: scope.user(),
        ..label
    };
    let (merged, grown) = label.value.merge(&target.value)?;
    let mut transaction = Transaction::new();
    let saved = transaction.save(&label, stamped(merged), scope.operation())?;
    transaction.save(&target, stamped(grown), scope.operation())?;
    // Those that had become this one become the other: nobody ever has to follow more than one step.
    let aliases: Vec<_> = label
        .value
        .aliases
        .iter()
        .copied()
        .map(keys::label)
        .collect();
    for alias in app
        .store
        .fetch::<Label>(&scope, &aliases)
        .await?
        .into_values()
    {
        let next = Label {
            merged_into: Some(target.value.id),
            ..alias.value.clone()
        };
        transaction.save(&alias, stamped(next), scope.operation())?;
    }
    transaction.release(guard(&label.value), id.to_string());
    retire(&mut transaction, &scope, id, Some(target.value.id))?;
    app.store.commit(&scope, transaction).await?;
    Ok(InOrg::of(&scope, saved))
}

/// The label that another is to become, if it can. One that was merged itself stands for what it has become.
async fn goal(
    app: &App,
    scope: &Scope,
    label: &Label,
    target: LabelId,
) -> Result<Stored<Label>, Error> {
    let unfit = || {
        Error::field(
            "merge_into",
            "invalid",
            "must be a label of the same project, or of the organization",
        )
    };
    let named = scope
        .extra::<Label>(&keys::label(target))?
        .ok_or_else(unfit)?;
    let target = match named.value.merged_into.map(keys::label) {
        None => named,
        Some(key) => {
            let mut found = app
                .store
                .fetch::<Label>(scope, std::slice::from_ref(&key))
                .await?;
            found.remove(&key).ok_or_else(unfit)?
        }
    };
    if target.value.id == label.id {
        return Err(Error::field(
            "merge_into",
            "itself",
            "must be another label",
        ));
    }
    if !target.value.is_live() || !label.fits_into(&target.value) {
        return Err(unfit());
    }
    if label.project != target.value.project {
        // They may in the project; the other one is the organization's.
        let standing = scope.card().value.standing();
        let may = standing.granted(Action::LabelManage, Circumstances::default());
        return scope.audited(may.then_some(target).ok_or(Error::Forbidden {
            permission: Action::LabelManage.as_str(),
        }));
    }
    Ok(target)
}
