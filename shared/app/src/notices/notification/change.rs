//! Reading one notification, putting it off, and taking either back.

use domain::Error;
use domain::access::Action;
use domain::call::Call;
use domain::notices::notification::{Notification, NotificationId};
use jiff::Timestamp;
use store::notices::notification::Delivered;

use super::{ShownNotification, Sight};
use crate::{App, retry};

/// What is to change; what is `None` stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct NotificationChange {
    /// Whether it was read.
    pub read: Option<bool>,
    /// Until when it is not to be seen; an inner `None` shows it at once.
    pub snoozed_until: Option<Option<Timestamp>>,
}

impl NotificationChange {
    fn applied(self, before: &Notification, now: Timestamp) -> Result<Notification, Error> {
        if self
            .snoozed_until
            .flatten()
            .is_some_and(|until| until <= now || until >= before.gone_at())
        {
            let message = "must lie in the future, no more than 90 days behind what it is about";
            return Err(Error::field("snoozed_until", "out_of_range", message));
        }
        let read_at = match self.read {
            None => before.read_at,
            Some(false) => None,
            Some(true) => before.read_at.or(Some(now)),
        };
        let snoozed_until = self.snoozed_until.unwrap_or(before.snoozed_until);
        Ok(Notification {
            read_at,
            snoozed_until,
            ..before.clone()
        })
    }
}

/// Changes a notification of the caller's, put off or not.
pub async fn update_notification(
    app: &App,
    call: &Call,
    id: NotificationId,
    change: NotificationChange,
) -> Result<ShownNotification, Error> {
    let user = app.store.claimed(call)?;
    retry::contended(|| async {
        let sealed = app.store.open(call, Delivered { user, id }, &[]).await?;
        let (scope, stored) = sealed.require(Action::OrgRead).await?;
        let sight = Sight::of(app, &scope, std::iter::once(&stored.value)).await?;
        // Before repetitions are told apart: their answer too is only for one who still sees it.
        if stored.value.gone_at() <= scope.at() || !sight.sees(&scope, &stored.value) {
            return Err(Error::NotFound);
        }
        if scope.replays(&stored)? {
            return Ok(ShownNotification::of(stored, &sight));
        }
        let next = change.applied(&stored.value, scope.at())?;
        let saved = app.store.save(&scope, &stored, next).await?;
        Ok(ShownNotification::of(saved, &sight))
    })
    .await
}
