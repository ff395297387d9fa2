//! Letters about what people were told: sent only to those who still have it before them, may see it, and want mail.

use std::collections::HashMap;

use domain::Error;
use domain::account::{Account, AccountStatus, Profile};
use domain::id::{OrgId, ProjectId, UserId};
use domain::membership::organization::{Card, Organization};
use domain::notices::notification::preferences::{Channels, Preferences};
use domain::notices::notification::{Notification, NotificationId};
use domain::work::project::Project;
use domain::work::task::Task;
use jiff::Timestamp;
use store::keys::{self, Key};

use crate::Mailer;
use crate::letter::{self, Mail, News};
use crate::state::Found;

impl Mailer {
    async fn find(&self, wanted: &[Key]) -> Result<Found, Error> {
        let items = if wanted.is_empty() {
            HashMap::new()
        } else {
            self.table().get_many(wanted, true).await?
        };
        Ok(Found::new(items))
    }

    /// The letter about a notification; none if they have read it, put it off, lost sight of it or want no such mail.
    pub(crate) async fn notification(
        &self,
        user: UserId,
        id: NotificationId,
        now: Timestamp,
    ) -> Result<Option<Mail>, Error> {
        let found = self.read(user, id).await?;
        let Some(told) = told(found, user, id, now)? else {
            return Ok(None);
        };
        let Some(subject) = self.subject(&told.notification, &told.card).await? else {
            return Ok(None);
        };
        letter::notification(News {
            account: &told.account,
            profile: told.found.one::<Profile>(&keys::profile(user))?.as_ref(),
            notification: &told.notification,
            actor: subject.actor.as_ref(),
            organization: &told.organization,
            about: subject.about(&told.organization),
            link: self.links.page(&subject.path(told.organization.id)),
        })
        .map(Some)
    }

    /// Reads what decides whether a notification is mailed, in one request.
    async fn read(&self, user: UserId, id: NotificationId) -> Result<Found, Error> {
        let tag = id.tag();
        let wanted = [
            keys::organization(tag),
            keys::card(tag, user),
            keys::account(user),
            keys::profile(user),
            keys::preferences(user),
            keys::notification(user, id),
        ];
        self.find(&wanted).await
    }

    /// What they were told about, as it is now; none if they do not see it any more.
    async fn subject(&self, told: &Notification, card: &Card) -> Result<Option<Subject>, Error> {
        let first = self.read_about(told).await?;
        // Whoever has not shown that their own address is theirs writes to nobody.
        let writes = first.maybe::<Account>(told.actor.map(keys::account))?;
        if writes.is_some_and(|account| !account.email_verified) {
            return Ok(None);
        }
        let task = first.maybe::<Task>(told.task.map(keys::task))?;
        if told.task.is_some() && task.as_ref().is_none_or(|task| !told.fits(task)) {
            return Ok(None);
        }
        let project = match task.as_ref().map(|task| task.project).or(told.project) {
            None => None,
            Some(id) => match self.project(id, card).await? {
                None => return Ok(None),
                seen => seen,
            },
        };
        Ok(Some(Subject {
            task,
            project,
            actor: first.maybe::<Profile>(told.actor.map(keys::profile))?,
        }))
    }

    /// Reads the task, and whoever did it, as far as a notification names them.
    async fn read_about(&self, told: &Notification) -> Result<Found, Error> {
        let task = told.task.map(keys::task).into_iter();
        let wanted = task
            .chain(told.actor.map(keys::profile))
            .chain(told.actor.map(keys::account));
        self.find(&wanted.collect::<Vec<_>>()).await
    }

    /// The project, if they see it.
    async fn project(&self, id: ProjectId, card: &Card) -> Result<Option<Project>, Error> {
        let key = keys::project(id);
        let found = self.find(std::slice::from_ref(&key)).await?;
        let project = found.one::<Project>(&key)?;
        Ok(project.filter(|project| project.is_seen_by(card)))
    }
}

/// A notification that is to be mailed, and what was read with it.
struct Told {
    notification: Notification,
    account: Account,
    organization: Organization,
    card: Card,
    found: Found,
}

/// What they were told, if they belong to the organization and a mail about it is still wanted.
fn told(
    found: Found,
    user: UserId,
    id: NotificationId,
    now: Timestamp,
) -> Result<Option<Told>, Error> {
    let (Some(notification), Some(account)) = (
        found.one::<Notification>(&keys::notification(user, id))?,
        found.one::<Account>(&keys::account(user))?,
    ) else {
        return Ok(None);
    };
    let channels = match found.one::<Preferences>(&keys::preferences(user))? {
        Some(own) => own.channels(notification.kind),
        None => Channels::default_of(notification.kind),
    };
    let wanted = channels.mail && is_wanted(&notification, &account, now);
    let place = found.place(id.tag(), user)?.filter(|_| wanted);
    Ok(place.map(|(organization, card)| Told {
        notification,
        account,
        organization,
        card,
        found,
    }))
}

/// What somebody was told about, and who did it.
struct Subject {
    task: Option<Task>,
    project: Option<Project>,
    actor: Option<Profile>,
}

impl Subject {
    /// What it is called.
    fn about<'a>(&'a self, organization: &'a Organization) -> (Option<String>, &'a str) {
        match (&self.task, &self.project) {
            (Some(task), _) => (Some(task.key().to_string()), task.title.as_str()),
            (None, Some(project)) => (None, project.name.as_str()),
            (None, None) => (None, organization.name.as_str()),
        }
    }

    /// The path of its page.
    fn path(&self, organization: OrgId) -> String {
        match (&self.task, &self.project) {
            (Some(task), _) => format!("/tasks/{}", task.id),
            (None, Some(project)) => format!("/projects/{}", project.id),
            (None, None) => format!("/organizations/{organization}"),
        }
    }
}

/// Whether a mail would still be news, and comes to somebody who has shown that the address is theirs.
fn is_wanted(told: &Notification, account: &Account, now: Timestamp) -> bool {
    let news = told.read_at.is_none() && !told.is_snoozed(now) && now < told.gone_at();
    news && account.email_verified && account.status == AccountStatus::Active
}
