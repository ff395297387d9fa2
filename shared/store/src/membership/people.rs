//! What stands beside an organization, aside from its version: how many people it has, and which of its projects need a
//! closer look. Crowds change these, and would wait for one another if they changed the organization.

use std::collections::HashMap;

use domain::Error;
use domain::access::OrgRole;
use domain::id::{OrgId, ProjectId, Tag};
use domain::membership::organization::{Organization, Stewards};

use crate::keys::{self, Key};
use crate::record::{Operation, Stored};
use crate::scope::Scope;
use crate::table::{Table, number};
use crate::transaction::Transaction;

/// The set of an organization that names its restricted projects.
pub(crate) const RESTRICTED: &str = "restricted";

/// The attribute of the headcount that counts the people beyond the first.
const BEYOND_FIRST: &str = "beyond_first";

/// How many people an organization has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headcount {
    /// All members.
    pub members: u64,
    /// Those who are owners.
    pub owners: u32,
}

impl Headcount {
    /// That of an organization that was founded just now.
    pub const FOUNDER: Self = Self {
        members: 1,
        owners: 1,
    };

    /// What has to be read to know it.
    pub fn keys(tag: Tag) -> [Key; 2] {
        [keys::stewards(tag), keys::headcount(tag)]
    }

    fn of(stewards: Option<Stored<Stewards>>, beyond_first: u64) -> Self {
        let owners = stewards.map_or(Self::FOUNDER.owners, |stewards| stewards.value.owners);
        Self {
            members: Self::FOUNDER.members + beyond_first,
            owners,
        }
    }
}

impl Scope {
    /// How many people the organization has; [`Headcount::keys`] must have been read in the same round trip.
    pub fn headcount(&self) -> Result<Headcount, Error> {
        let [stewards, headcount] = Headcount::keys(self.tag());
        Ok(Headcount::of(
            self.extra(&stewards)?,
            self.extra_number(&headcount, BEYOND_FIRST),
        ))
    }
}

impl Table {
    /// How many people these organizations have, eventually consistent.
    pub async fn headcounts(&self, orgs: &[OrgId]) -> Result<HashMap<OrgId, Headcount>, Error> {
        let keys: Vec<Key> = orgs
            .iter()
            .flat_map(|org| Headcount::keys(org.tag()))
            .collect();
        let items = self.get_many(&keys, false).await?;
        let count = |org: &OrgId| {
            let [stewards, headcount] = Headcount::keys(org.tag());
            let beyond_first = items
                .get(&headcount)
                .and_then(|item| number(item, BEYOND_FIRST))
                .unwrap_or_default();
            let stewards = items.get(&stewards).map(Stored::read).transpose()?;
            Ok((*org, Headcount::of(stewards, beyond_first)))
        };
        orgs.iter().map(count).collect()
    }
}

impl Transaction {
    /// Counts an organization's people anew once somebody has another role, or joins (no role before) or goes (none after).
    /// What was read of its owners and admins decides: whoever has read earlier, and comes later, has to read again.
    ///
    /// # Errors
    /// `LastOwner` if no owner would be left.
    pub fn count_role(
        &mut self,
        org: OrgId,
        (before, after): (Option<OrgRole>, Option<OrgRole>),
        stewards: Option<Stored<Stewards>>,
        operation: &Operation,
    ) -> Result<(), Error> {
        let people = |role: Option<OrgRole>| i64::from(role.is_some());
        if people(before) != people(after) {
            self.count(
                keys::headcount(org.tag()),
                BEYOND_FIRST,
                people(after) - people(before),
                None,
            );
        }
        if before == after || ![before, after].into_iter().flatten().any(Stewards::counts) {
            return Ok(());
        }
        match stewards {
            None => self
                .create(
                    Stewards::at_first(org).after(before, after)?,
                    operation,
                    Error::Conflict,
                )
                .map(drop),
            Some(counted) => {
                let next = counted.value.after(before, after)?;
                self.save(&counted, next, operation).map(drop)
            }
        }
    }

    /// Notes that a project of an organization needs a closer look from now on, or none any more. Said by what makes it
    /// so, in the transaction that changes the project: the project's version decides who is right.
    pub fn restrict(&mut self, org: &Organization, project: ProjectId, restricted: bool) {
        let key = keys::organization(org.id.tag());
        match restricted {
            // There were too many to name: without a set every project is looked at.
            _ if org.restricted.is_everything() => {}
            true if org.restricted.is_full() => self.forget(key, RESTRICTED),
            true => self.include(key, RESTRICTED, project.suffix()),
            false => self.exclude(key, RESTRICTED, project.suffix()),
        }
    }
}
