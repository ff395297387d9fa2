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
    let saved = write(app, &scope, &label, &target).await?;
    Ok(InOrg::of(&scope, saved))
}

/// Writes that a label has become another one.
async fn write(
    app: &App,
    scope: &Scope,
    label: &Stored<Label>,
    target: &Stored<Label>,
) -> Result<Stored<Label>, Error> {
    let (id, target_id) = (label.value.id, target.value.id);
    let (merged, grown) = label.value.merge(&target.value)?;
    let mut transaction = Transaction::new();
    let saved = transaction.save(label, stamped(scope, merged), scope.operation())?;
    transaction.save(target, stamped(scope, grown), scope.operation())?;
    pass_on(app, scope, &mut transaction, &label.value, target_id).await?;
    transaction.release(guard(&label.value), id.to_string());
    retire(&mut transaction, scope, id, Some(target_id))?;
    app.store.commit(scope, transaction).await?;
    Ok(saved)
}

fn stamped(scope: &Scope, label: Label) -> Label {
    Label {
        updated_at: scope.at(),
        updated_by: scope.user(),
        ..label
    }
}

/// Lets those that had become the label become the other: nobody ever follows more than one step.
async fn pass_on(
    app: &App,
    scope: &Scope,
    transaction: &mut Transaction,
    label: &Label,
    target: LabelId,
) -> Result<(), Error> {
    let aliases: Vec<_> = label.aliases.iter().copied().map(keys::label).collect();
    // One that is read as it was before fails at its version, and all is read again.
    for alias in app
        .store
        .fetch::<Label>(scope, &aliases)
        .await?
        .into_values()
    {
        let next = Label {
            merged_into: Some(target),
            ..alias.value.clone()
        };
        transaction.save(&alias, stamped(scope, next), scope.operation())?;
    }
    Ok(())
}

/// The label that another is to become, if it can. One that was merged itself stands for what it has become.
async fn goal(
    app: &App,
    scope: &Scope,
    label: &Label,
    target: LabelId,
) -> Result<Stored<Label>, Error> {
    let target = followed(app, scope, target).await?.ok_or_else(unfit)?;
    // Asked after following: the named one may have become this very label.
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

fn unfit() -> Error {
    Error::field(
        "merge_into",
        "invalid",
        "must be a label of the same project, or of the organization",
    )
}

/// The label of an id, or what it was merged into.
async fn followed(app: &App, scope: &Scope, id: LabelId) -> Result<Option<Stored<Label>>, Error> {
    let Some(named) = scope.extra::<Label>(&keys::label(id))? else {
        return Ok(None);
    };
    let Some(key) = named.value.merged_into.map(keys::label) else {
        return Ok(Some(named));
    };
    let mut found = app
        .store
        .fetch::<Label>(scope, std::slice::from_ref(&key))
        .await?;
    Ok(found.remove(&key))
}
