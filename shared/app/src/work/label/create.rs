//! Making a label.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::id::{LabelId, OrgId, ProjectId};
use domain::text::{Caption, Color};
use domain::work::label::Label;
use runtime::meter;
use store::open::Subject;
use store::record::Stored;
use store::transaction::Transaction;
use store::{Scope, keys};

use super::change::guard;
use crate::in_org::InOrg;
use crate::{App, retry, tenant};

/// What a new label is to be.
#[derive(Debug, Clone)]
pub struct NewLabel {
    /// The organization; none for that of the project, or else the caller's default one.
    pub org: Option<OrgId>,
    /// The project whose tasks it is for; none for those of the whole organization.
    pub project: Option<ProjectId>,
    /// What it is called.
    pub name: Caption,
    /// Its colour.
    pub color: Option<Color>,
}

impl NewLabel {
    /// The label that it becomes.
    fn label(&self, scope: &Scope, id: LabelId) -> Label {
        let (now, user) = (scope.at(), scope.user());
        Label {
            id,
            name: self.name.clone(),
            color: self.color.clone(),
            project: self.project,
            merged_into: None,
            aliases: vec![],
            created_at: now,
            created_by: user,
            updated_at: now,
            updated_by: user,
            deleted_at: None,
        }
    }
}

/// Makes a label in an organization or in a project.
pub async fn create_label(app: &App, call: &Call, new: NewLabel) -> Result<InOrg<Label>, Error> {
    if let Some(project) = new.project {
        return retry::contended(|| attempt(app, call, project, &new)).await;
    }
    let org = tenant::for_creation(app, call, new.org).await?;
    retry::contended(|| attempt(app, call, org, &new)).await
}

async fn attempt<S: Subject>(
    app: &App,
    call: &Call,
    place: S,
    new: &NewLabel,
) -> Result<InOrg<Label>, Error> {
    let operation = app.store.operation(call)?;
    let id: LabelId = app.new_id(place.tag(), &operation);
    let extra: Vec<_> = operation
        .keyed
        .then(|| keys::label(id))
        .into_iter()
        .collect();
    let (scope, _) = app
        .store
        .open(call, place, &extra)
        .await?
        .require(Action::LabelManage)
        .await?;
    // Only now: whoever may not know of the project is not told whose it is.
    if new.org.is_some_and(|org| org != scope.org_id()) {
        return Err(Error::CrossOrganization);
    }
    if let Some(made) = scope.extra::<Label>(&keys::label(id))? {
        return replayed(&scope, made);
    }
    let made = write(app, &scope, new.label(&scope, id)).await?;
    Ok(InOrg::of(&scope, made))
}

async fn write(app: &App, scope: &Scope, label: Label) -> Result<Stored<Label>, Error> {
    let (guard, id) = (guard(&label), label.id);
    let mut transaction = Transaction::new();
    // First, so that of two equal requests the second finds what the first has made, and no name in its way.
    let made = transaction.create(label, scope.operation(), Error::Conflict)?;
    transaction.claim(guard, id.to_string(), Error::NameTaken);
    app.store.commit(scope, transaction).await?;
    Ok(made)
}

fn replayed(scope: &Scope, made: Stored<Label>) -> Result<InOrg<Label>, Error> {
    made.made_by(scope.operation())?;
    if !made.value.is_live() {
        return Err(Error::IdempotencyTargetDeleted);
    }
    meter::note(|totals| totals.replayed = true);
    Ok(InOrg::of(scope, made))
}
