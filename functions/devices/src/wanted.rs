//! Who still gets a message, and on which devices.

use std::collections::HashMap;

use app::notices::device::{DeviceJob, with_live_sessions};
use app::retry;
use domain::Error;
use domain::account::{Account, AccountStatus};
use domain::id::UserId;
use domain::membership::organization::{Card, Organization};
use domain::notices::device::{Device, Devices};
use domain::work::project::Project;
use jiff::Timestamp;
use store::keys::{self, Key};
use store::record::{Operation, Record, Stored, find_value};
use store::table::Item;

use crate::Worker;

/// What was read, by key.
struct Found(HashMap<Key, Item>);

impl Found {
    fn one<T: Record>(&self, key: &Key) -> Result<Option<T>, Error> {
        find_value(&self.0, key)
    }
}

impl Worker {
    /// The devices to send a job's message to: none if it is void by now. Those whose sessions have ended are forgotten.
    pub(crate) async fn wanted(
        &self,
        job: &DeviceJob,
        now: Timestamp,
    ) -> Result<Vec<Device>, Error> {
        let found = self.read(job).await?;
        let active = |account: &Account| account.status == AccountStatus::Active;
        let (Some(_), Some(devices)) = (
            found.one(&keys::account(job.user))?.filter(active),
            found.one::<Devices>(&keys::devices(job.user))?,
        ) else {
            return Ok(vec![]);
        };
        if !may_know(job, &found)? {
            return Ok(vec![]);
        }
        let live = with_live_sessions(self.table(), devices.clone(), now)
            .await?
            .devices;
        let ended: Vec<_> = devices
            .devices
            .into_iter()
            .filter(|device| !live.contains(device))
            .collect();
        self.forget(job.user, &ended).await;
        Ok(live)
    }

    /// Reads the person, their devices, and what decides whether they may still know of it.
    async fn read(&self, job: &DeviceJob) -> Result<Found, Error> {
        let mut wanted = vec![keys::account(job.user), keys::devices(job.user)];
        wanted.extend(job.org.iter().flat_map(|org| {
            [
                keys::organization(org.tag()),
                keys::card(org.tag(), job.user),
            ]
        }));
        wanted.extend(job.project.map(keys::project));
        Ok(Found(self.table().get_many(&wanted, true).await?))
    }

    /// Takes devices from a person, unless they were registered again meanwhile. If that fails, the next message tries.
    pub(crate) async fn forget(&self, user: UserId, gone: &[Device]) {
        if gone.is_empty() {
            return;
        }
        let operation = Operation::internal(self.entropy.bytes());
        let removed = retry::contended(|| async {
            let Some(item) = self.table().get(&keys::devices(user)).await? else {
                return Ok(());
            };
            let before = Stored::<Devices>::read(&item)?;
            let mut devices = before.value.clone();
            devices.devices.retain(|device| !gone.contains(device));
            self.table()
                .save(&before, devices, &operation)
                .await
                .map(drop)
        });
        if let Err(error) = removed.await {
            tracing::warn!(%error, "devices that are gone could not be removed");
        }
    }
}

/// Whether the person may still know of what the message is about.
fn may_know(job: &DeviceJob, found: &Found) -> Result<bool, Error> {
    let Some(id) = job.org else { return Ok(true) };
    let org = found.one::<Organization>(&keys::organization(id.tag()))?;
    let card = found
        .one::<Card>(&keys::card(id.tag(), job.user))?
        .filter(Card::is_live);
    let (Some(org), Some(card)) = (org, card) else {
        return Ok(false);
    };
    if org.id != id || org.deleted_at.is_some() {
        return Ok(false);
    }
    let Some(id) = job.project else {
        return Ok(true);
    };
    let project = found.one::<Project>(&keys::project(id))?;
    Ok(project.is_some_and(|project| project.is_seen_by(&card)))
}
