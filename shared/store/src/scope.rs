//! The right to work on something of one organization. Only the authorizing read hands it out, and every write and
//! every further query asks for it.

use std::collections::HashMap;
use std::sync::Arc;

use domain::Error;
use domain::access::{Action, Circumstances, OrgRole, Standing};
use domain::id::{AttachmentId, OrgId, ProjectId, Tag, UserId};
use domain::membership::organization::{Card, Organization};
use domain::work::project::Project;
use domain::work::workflow::Workflow;
use jiff::Timestamp;

use crate::keys::Key;
use crate::open::Principal;
use crate::record::{Operation, Record, Stored};
use crate::table::{Item, Rows, number};
use crate::write::holder;

/// The right to work on something of one organization.
pub struct Scope {
    principal: Principal,
    org: Stored<Organization>,
    card: Stored<Card>,
    standing: Standing,
    circumstances: Circumstances,
    project: Option<Project>,
    extra: Arc<HashMap<Key, Item>>,
}

impl Scope {
    pub(crate) fn of(
        principal: Principal,
        org: Stored<Organization>,
        card: Stored<Card>,
        standing: Standing,
        circumstances: Circumstances,
        project: Option<Project>,
        extra: Arc<HashMap<Key, Item>>,
    ) -> Self {
        Self {
            principal,
            org,
            card,
            standing,
            circumstances,
            project,
            extra,
        }
    }

    /// The tenant.
    pub fn tag(&self) -> Tag {
        self.org.value.id.tag()
    }

    /// The organization's id.
    pub fn org_id(&self) -> OrgId {
        self.org.value.id
    }

    /// The organization, as it was read.
    pub fn org(&self) -> &Stored<Organization> {
        &self.org
    }

    /// The caller's card.
    pub fn card(&self) -> &Stored<Card> {
        &self.card
    }

    /// The caller.
    pub fn user(&self) -> UserId {
        self.principal.user
    }

    /// When they called.
    pub fn at(&self) -> Timestamp {
        self.principal.at
    }

    /// Under which operation their writes are known.
    pub fn operation(&self) -> &Operation {
        &self.principal.operation
    }

    /// The version they have seen.
    pub fn if_match(&self) -> Option<u64> {
        self.principal.if_match
    }

    /// Their roles that count here.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// What else the decision depended on.
    pub fn circumstances(&self) -> Circumstances {
        self.circumstances
    }

    /// Fails unless the caller may do this too.
    pub fn also(&self, action: Action) -> Result<(), Error> {
        self.audited(self.standing.may(action, self.circumstances))
    }

    /// The same outcome; if it is a refusal, the audit trail will have it. Whatever refuses the caller something goes
    /// through here, unless it was `also` or `may_in`.
    pub fn audited<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        outcome.inspect_err(|error| self.principal.witness.refused(error))
    }

    /// Notes that the caller was given a file of what was opened.
    pub fn downloaded(&self, file: AttachmentId, name: &str) {
        self.principal.witness.downloaded(file.to_string(), name);
    }

    /// Notes that the caller was shown something of a project that they see only by right of their office.
    pub fn looked_into(&self, project: &Project) {
        let circumstances = Circumstances {
            private: project.is_private(),
            ..Circumstances::default()
        };
        if self
            .card
            .value
            .standing_in(project.id, &project.teams)
            .by_office(circumstances)
        {
            let id = project.id;
            self.principal
                .witness
                .about(self.org_id(), &id.to_string(), Some(id))
                .private_read();
        }
    }

    /// Whether the caller sees a project. One that must be read first is judged by what it says itself.
    pub fn sees(&self, id: ProjectId, read: Option<&Project>) -> bool {
        match read {
            Some(project) if project.deleted_at.is_some() => false,
            Some(project) => self.saw(project),
            // What must be read and is not there is nobody's.
            None if self.must_read(id) => false,
            None => self
                .card
                .value
                .standing_in(id, &[])
                .granted(Action::ProjectRead, Circumstances::default()),
        }
    }

    /// Whether the caller sees a project, or saw it before it was deleted.
    pub fn saw(&self, project: &Project) -> bool {
        let circumstances = Circumstances {
            private: project.is_private(),
            ..Circumstances::default()
        };
        self.card
            .value
            .standing_in(project.id, &project.teams)
            .granted(Action::ProjectRead, circumstances)
    }

    /// Fails unless the caller may do this in another project of the organization, which was read.
    pub fn may_in(&self, project: &Project, action: Action) -> Result<(), Error> {
        let circumstances = Circumstances {
            private: project.is_private(),
            ..Circumstances::default()
        };
        if project.deleted_at.is_some() {
            return Err(Error::NotFound);
        }
        self.audited(
            self.card
                .value
                .standing_in(project.id, &project.teams)
                .may(action, circumstances),
        )?;
        match project.archived_at {
            Some(_) if !action.works_in_archive() => Err(Error::ProjectArchived),
            _ => Ok(()),
        }
    }

    /// Whether a project must be read before it is known who sees it, and what its tasks' statuses are.
    pub fn must_read(&self, id: ProjectId) -> bool {
        let card = &self.card.value;
        // A guest sees nothing but by their roles, and which teams a project has only it knows.
        let by_team = card.role == OrgRole::Guest && !card.teams.is_empty();
        by_team || self.org.value.restricted.contains(id)
    }

    /// The project that was opened, or in which what was opened is. None if it had not to be looked at: then it is
    /// open to the organization and follows the default workflow.
    pub fn project(&self) -> Option<&Project> {
        self.project.as_ref()
    }

    /// The same scope, knowing the project, which was read meanwhile.
    pub fn knowing(self, project: Project) -> Self {
        Self {
            project: Some(project),
            ..self
        }
    }

    /// The workflow that tasks of the project follow. A project that was not read has the default one: those with their
    /// own always are.
    pub fn workflow(&self) -> Workflow {
        self.project
            .as_ref()
            .map(Project::workflow)
            .unwrap_or_default()
    }

    /// Something that was read in the same round trip.
    pub fn extra<T: Record>(&self, key: &Key) -> Result<Option<Stored<T>>, Error> {
        self.extra.get(key).map(Stored::read).transpose()
    }

    /// A guard that was read in the same round trip: who holds it.
    pub fn extra_owner(&self, key: &Key) -> Option<&str> {
        holder(self.extra.get(key)?)
    }

    /// A number of an item that was read in the same round trip; 0 if it is not there.
    pub fn extra_number(&self, key: &Key, attribute: &str) -> u64 {
        self.extra
            .get(key)
            .and_then(|item| number(item, attribute))
            .unwrap_or_default()
    }

    /// Fails unless the caller has shown a moment ago that it is they. Asked after a repetition was looked for: what is
    /// done already is not dangerous any more.
    pub fn proved(&self) -> Result<(), Error> {
        let fresh = self.principal.session.value.is_proved(self.principal.at);
        fresh.then_some(()).ok_or(Error::ProofRequired)
    }

    /// Whether a change is this very request again; otherwise checks the version that the caller has seen.
    pub fn replays<T>(&self, stored: &Stored<T>) -> Result<bool, Error> {
        let replayed = stored.replays(self.operation())?;
        if replayed {
            runtime::meter::note(|totals| totals.replayed |= self.operation().keyed);
            return Ok(true);
        }
        stored.expect(self.if_match()).map(|()| false)
    }
}

/// Rows that were read before it was known whether the caller may.
pub struct SealedRows {
    tag: Tag,
    rows: Rows,
}

impl SealedRows {
    pub(crate) fn new(tag: Tag, rows: Rows) -> Self {
        Self { tag, rows }
    }

    /// The rows, for one who may see into their organization.
    pub fn unseal(self, scope: &Scope) -> Result<Rows, Error> {
        if scope.tag() == self.tag {
            Ok(self.rows)
        } else {
            Err(Error::Internal("rows of another tenant".to_owned()))
        }
    }
}
