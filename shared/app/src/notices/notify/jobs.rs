//! What is to be queued for those who were told: mail, messages to devices, and to live connections.

use domain::notices::notification::Notification;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::circle::{People, Scene};
use crate::live::BroadcastJob;
use crate::notices::device::{DeviceJob, Notice};
use crate::notices::mail::MailJob;

/// Jobs for other functions.
#[derive(Debug, Default)]
pub struct Jobs {
    /// For the mailer.
    pub mail: Vec<MailJob>,
    /// For devices.
    pub devices: Vec<DeviceJob>,
    /// For live connections.
    pub live: Vec<BroadcastJob>,
}

/// The jobs that follow from notifications. Mail and devices wait while their person wants quiet; whatever was read
/// meanwhile is no news, nor is anything of a task that was deleted.
// In one piece: one push for each way by which somebody may be told, and nothing else.
pub(super) fn of(
    written: Vec<Notification>,
    people: &People,
    scene: &Scene,
    now: Timestamp,
) -> Jobs {
    let mut jobs = Jobs::default();
    let news = |told: &Notification| {
        told.read_at.is_none() && scene.task.as_ref().is_none_or(|task| told.fits(task))
    };
    for notification in written.into_iter().filter(news) {
        let user = notification.user;
        let channels = people.channels(user, notification.kind);
        let not_before = people.quiet_until(user, now);
        if channels.mail {
            let (event, id) = (notification.event.to_string(), notification.id);
            jobs.mail.push(MailJob::Notification {
                event,
                user,
                id,
                not_before,
            });
        }
        if channels.push {
            jobs.devices.push(DeviceJob {
                id: notification.id.to_string(),
                user,
                org: Some(notification.org),
                project: scene.project,
                notification: notice(&notification, people, scene),
                not_before,
            });
        }
        // At once, in quiet hours too: a connection shows it only while somebody is there.
        if !notification.unlisted {
            jobs.live.push(BroadcastJob::Notification {
                user,
                org: notification.org,
                project: scene.project,
                id: notification.id.to_string(),
                notification: shown(&notification, scene),
            });
        }
    }
    jobs
}

/// What a device shows.
fn notice(notification: &Notification, people: &People, scene: &Scene) -> Notice {
    let (title, link) = match (&scene.task, scene.project) {
        (Some(task), _) => (
            format!("{} {}", task.key(), task.title),
            format!("/tasks/{}", task.id),
        ),
        (None, Some(project)) => (
            people.project_name().unwrap_or_default().to_owned(),
            format!("/projects/{project}"),
        ),
        (None, None) => (
            people.organization.clone(),
            format!("/organizations/{}", notification.org),
        ),
    };
    let body = notification.said(people.actor.as_deref().unwrap_or("Somebody"));
    // The latest news of a task stands for those before.
    let tag = link.clone();
    Notice {
        title,
        body,
        link,
        tag,
    }
}

/// The notification as the list has it.
fn shown(notification: &Notification, scene: &Scene) -> Value {
    let task = scene
        .task
        .as_ref()
        .map(|task| json!({ "id": task.id.to_string(), "key": task.key().to_string(), "title": task.title.as_str() }));
    let change = notification
        .change
        .as_ref()
        .map(|change| json!({ "field": change.field, "from": change.from, "to": change.to }));
    // As when it is first written: not read, not put off, version 1.
    json!({
        "id": notification.id,
        "type": notification.kind,
        "event": notification.cause,
        "at": notification.id.at(),
        "actor_id": notification.actor.map(|id| id.to_string()),
        "organization_id": notification.org.to_string(),
        "project_id": scene.project.map(|id| id.to_string()),
        "task": task,
        "subject": { "id": notification.subject, "name": notification.name },
        "change": change,
        "read_at": null,
        "snoozed_until": null,
        "version": 1,
    })
}
