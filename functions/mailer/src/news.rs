//! Letters about what people were told: sent only to those who still have it before them, may see it, and want mail.

use std::collections::HashMap;

use domain::Error;
use domain::account::{Account, AccountStatus, Profile};
use domain::id::{OrgId, UserId};
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
        let tag = id.tag();
        let (org, card) = (keys::organization(tag), keys::card(tag, user));
        let (account, profile, own) = (
            keys::account(user),
            keys::profile(user),
            keys::preferences(user),
        );
        let item = keys::notification(user, id);
        let wanted = [&org, &card, &account, &profile, &own, &item].map(Clone::clone);
        let found = self.find(&wanted).await?;
        let (Some(told), Some(account)) = (
            found.one::<Notification>(&item)?,
            found.one::<Account>(&account)?,
        ) else {
            return Ok(None);
        };
        let channels = match found.one::<Preferences>(&own)? {
            Some(own) => own.channels(told.kind),
            None => Channels::default_of(told.kind),
        };
        let organization = found
            .one::<Organization>(&org)?
            .filter(|org| org.deleted_at.is_none());
        let card = found.one::<Card>(&card)?.filter(Card::is_live);
        let (Some(organization), Some(card)) = (organization, card) else {
            return Ok(None);
        };
        if !channels.mail || !is_wanted(&told, &account, now) {
            return Ok(None);
        }
        let Some(subject) = self.subject(&told, &card).await? else {
            return Ok(None);
        };
        letter::notification(News {
            account: &account,
            profile: found.one::<Profile>(&profile)?.as_ref(),
            notification: &told,
            actor: subject.actor.as_ref(),
            organization: &organization,
            about: subject.about(&organization),
            link: self.links.page(&subject.path(organization.id)),
        })
        .map(Some)
    }

    /// What they were told about, as it is now; none if they do not see it any more.
    async fn subject(&self, told: &Notification, card: &Card) -> Result<Option<Subject>, Error> {
        let (task, actor) = (told.task.map(keys::task), told.actor.map(keys::profile));
        let account = told.actor.map(keys::account);
        let first = self
            .find(
                &task
                    .iter()
                    .chain(&actor)
                    .chain(&account)
                    .cloned()
                    .collect::<Vec<_>>(),
            )
            .await?;
        // Whoever has not shown that their own address is theirs writes to nobody.
        let writes = account
            .map(|key| first.one::<Account>(&key))
            .transpose()?
            .flatten();
        if writes.is_some_and(|account| !account.email_verified) {
            return Ok(None);
        }
        let task = task
            .map(|key| first.one::<Task>(&key))
            .transpose()?
            .flatten();
        if told.task.is_some() && task.as_ref().is_none_or(|task| !told.fits(task)) {
            return Ok(None);
        }
        let id = task.as_ref().map(|task| task.project).or(told.project);
        let project = match id.map(keys::project) {
            None => None,
            Some(key) => match self
                .find(std::slice::from_ref(&key))
                .await?
                .one::<Project>(&key)?
            {
                Some(project) if project.is_seen_by(card) => Some(project),
                _ => return Ok(None),
            },
        };
        let actor = actor
            .map(|key| first.one::<Profile>(&key))
            .transpose()?
            .flatten();
        Ok(Some(Subject {
            task,
            project,
            actor,
        }))
    }
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
