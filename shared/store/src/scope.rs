//! The right to work on something of one organization. Only the authorizing read hands it out, and every write and
//! every further query asks for it.

use std::collections::HashMap;

use domain::Error;
use domain::access::{Action, Circumstances, Standing};
use domain::id::{OrgId, ProjectId, Tag, UserId};
use domain::organization::{Card, Organization};
use domain::project::{Project, Visibility};
use jiff::Timestamp;

use crate::keys::Key;
use crate::open::Principal;
use crate::record::{Operation, Record, Stored};
use crate::table::{Item, Rows};

/// The right to work on something of one organization.
pub struct Scope {
    principal: Principal,
    org: Stored<Organization>,
    card: Stored<Card>,
    standing: Standing,
    circumstances: Circumstances,
    extra: HashMap<Key, Item>,
}

impl Scope {
    pub(crate) fn of(
        principal: Principal,
        org: Stored<Organization>,
        card: Stored<Card>,
        standing: Standing,
        circumstances: Circumstances,
        extra: HashMap<Key, Item>,
    ) -> Self {
        Self { principal, org, card, standing, circumstances, extra }
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

    /// When he called.
    pub fn at(&self) -> Timestamp {
        self.principal.at
    }

    /// Under which operation his writes are known.
    pub fn operation(&self) -> &Operation {
        &self.principal.operation
    }

    /// The version he has seen.
    pub fn if_match(&self) -> Option<u64> {
        self.principal.if_match
    }

    /// His roles that count here.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// What else the decision depended on.
    pub fn circumstances(&self) -> Circumstances {
        self.circumstances
    }

    /// Fails unless the caller may do this too.
    pub fn also(&self, action: Action) -> Result<(), Error> {
        self.standing.may(action, self.circumstances)
    }

    /// Whether the caller sees a project. A restricted one is judged by what it says itself.
    pub fn sees(&self, id: ProjectId, restricted: Option<&Project>) -> bool {
        let standing = Standing { org: self.card.value.role, project: self.card.value.project_role(id) };
        let private = match restricted {
            Some(project) if project.deleted_at.is_some() => return false,
            Some(project) => project.visibility == Visibility::Private,
            None if self.is_restricted(id) => return false,
            None => false,
        };
        standing.granted(Action::ProjectRead, Circumstances { private, ..Circumstances::default() })
    }

    /// Whether a project must be read before it is known who sees it.
    pub fn is_restricted(&self, id: ProjectId) -> bool {
        self.org.value.restricted.contains(id)
    }

    /// Something that was read in the same round trip.
    pub fn extra<T: Record>(&self, key: &Key) -> Result<Option<Stored<T>>, Error> {
        self.extra.get(key).map(Stored::read).transpose()
    }

    /// A guard that was read in the same round trip: who holds it.
    pub fn extra_owner(&self, key: &Key) -> Option<&str> {
        self.extra.get(key)?.get("owner")?.as_s().ok().map(String::as_str)
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
        if scope.tag() == self.tag { Ok(self.rows) } else { Err(Error::Internal("rows of another tenant".to_owned())) }
    }
}
