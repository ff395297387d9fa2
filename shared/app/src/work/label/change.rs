//! Changing and deleting labels.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::LabelId;
use domain::membership::organization::Organization;
use domain::text::{Caption, Color};
use domain::work::label::Label;
use store::Scope;
use store::keys::{self, Key};
use store::record::Stored;
use store::transaction::Transaction;

use crate::in_org::InOrg;
use crate::{App, retry};

/// What is to change; outer `None` leaves a field as it is, inner `None` empties it.
#[derive(Debug, Clone, Default)]
pub struct LabelChange {
    /// What it is called.
    pub name: Option<Caption>,
    /// Its colour.
    pub color: Option<Option<Color>>,
}

/// The guard of a label's name.
pub(super) fn guard(label: &Label) -> Key {
    keys::label_name(label.id.tag(), label.project, label.name.as_str())
}

/// Notes in the organization what has become of a label, so that tasks are shown with it.
pub(super) fn retire(
    transaction: &mut Transaction,
    scope: &Scope,
    label: LabelId,
    target: Option<LabelId>,
) -> Result<(), Error> {
    let org = scope.org();
    let retired_labels = org.value.retired_labels.with(label, target);
    transaction.save(
        org,
        Organization {
            retired_labels,
            ..org.value.clone()
        },
        scope.operation(),
    )?;
    Ok(())
}

/// Changes a label.
pub async fn update_label(
    app: &App,
    call: &Call,
    id: LabelId,
    change: LabelChange,
) -> Result<InOrg<Label>, Error> {
    retry::contended(|| async {
        let (scope, label) = app
            .store
            .open(call, id, &[])
            .await?
            .require(Action::LabelManage)
            .await?;
        let LabelChange { name, color } = change.clone();
        let mut next = label.value.clone();
        next.name = name.unwrap_or(next.name);
        next.color = color.unwrap_or(next.color);
        if scope.replays(&label)? || next == label.value {
            return Ok(InOrg::of(&scope, label));
        }
        (next.updated_at, next.updated_by) = (scope.at(), scope.user());
        let saved = save(app, &scope, &label, next).await?;
        Ok(InOrg::of(&scope, saved))
    })
    .await
}

/// Saves a label, and with another name the guards of both.
async fn save(
    app: &App,
    scope: &Scope,
    label: &Stored<Label>,
    next: Label,
) -> Result<Stored<Label>, Error> {
    let (old, new) = (guard(&label.value), guard(&next));
    // A spelling that reads alike has the same guard, which nobody can claim a second time.
    if old == new {
        return app.store.save(scope, label, next).await;
    }
    let id = next.id;
    let mut transaction = Transaction::new();
    let saved = transaction.save(label, next, scope.operation())?;
    transaction.claim(new, id.to_string(), Error::NameTaken);
    transaction.release(old, id.to_string());
    app.store.commit(scope, transaction).await?;
    Ok(saved)
}

/// Deletes a label: tasks do not show it any more, and its name is free.
pub async fn delete_label(app: &App, call: &Call, id: LabelId) -> Result<(), Error> {
    retry::contended(|| async {
        let (scope, label) = app
            .store
            .open(call, id, &[])
            .await?
            .require(Action::LabelManage)
            .await?;
        if scope.replays(&label)? {
            return Ok(());
        }
        let (now, by) = (scope.at(), scope.user());
        let next = Label {
            deleted_at: Some(now),
            updated_at: now,
            updated_by: by,
            ..label.value.clone()
        };
        let mut transaction = Transaction::new();
        transaction.save(&label, next, scope.operation())?;
        transaction.release(guard(&label.value), id.to_string());
        retire(&mut transaction, &scope, id, None)?;
        app.store.commit(&scope, transaction).await
    })
    .await
}
