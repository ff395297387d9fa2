//! Who is told of an event.

use app::notices::notify::{self, Jobs};
use domain::Error;
use queue::{Message, Queue};
use store::feed::Appended;

use super::Hands;

/// Tells those who want to know: into their inboxes, and by jobs for mail, devices and live connections.
pub(super) async fn tell(hands: &Hands, event: &Appended) -> Result<(), Error> {
    let now = hands.clock.now();
    let Jobs {
        mail,
        devices,
        live,
    } = notify::notify_people(&hands.store, event.org, &event.numbered.event, now).await?;
    let mail = mail
        .iter()
        .map(|job| Ok(Message::new(job)?.not_before(job.not_before(), now)));
    let devices = devices
        .iter()
        .map(|job| Ok(Message::new(job)?.not_before(job.not_before, now)));
    let live = live
        .iter()
        .map(|job| Ok(Message::new(job)?.in_group(job.group(), job.deduplication())));
    send(&hands.broadcast, live).await?;
    send(&hands.mail, mail).await?;
    send(&hands.devices, devices).await
}

/// Sends all of them, or fails: then the event comes again, and whoever has a job already is passed over.
async fn send(
    queue: &Queue,
    messages: impl Iterator<Item = Result<Message, Error>>,
) -> Result<(), Error> {
    let messages: Vec<Message> = messages.collect::<Result<_, _>>()?;
    if messages.is_empty() {
        return Ok(());
    }
    queue.send(&messages).await.map_err(|_| Error::Unavailable)
}
