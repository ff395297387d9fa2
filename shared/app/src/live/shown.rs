//! How much of an event somebody is shown, who listens to one of its topics. Live messages and what is sent for missed
//! ones follow the same rule.

use domain::Error;
use domain::feed::event::Event;
use domain::id::{ProjectId, UserId};
use domain::live::Topic;
use store::live::audience::Listeners;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShownEvent {
    /// Nothing: it is about a project that they do not see.
    Nothing,
    /// Only that it is: it has left for a project that they do not see, or its project has just become one.
    Change,
    /// All.
    All,
}

/// The project on which the right to listen to a topic depends. A task's is that in which it is now.
fn project(channel: Topic, event: &Event) -> Option<ProjectId> {
    match channel {
        Topic::Project(id) => Some(id),
        Topic::Task(_) => event.project,
        Topic::User(_) | Topic::Org(_) | Topic::Board(_) => None,
    }
}

/// The projects that must be known to decide about an event of a topic.
pub fn projects<'e>(channel: Topic, event: &'e Event) -> impl Iterator<Item = ProjectId> + use<'e> {
    project(channel, event).into_iter().chain(event.project)
}

/// How much of an event is shown to somebody who listens to a topic with events of its own.
///
/// # Errors
/// Why they may not listen to it (any more).
pub fn judge(
    audience: &Listeners,
    user: UserId,
    channel: Topic,
    event: &Event,
) -> Result<ShownEvent, Error> {
    let own = project(channel, event);
    audience.may_listen(user, channel, own)?;
    Ok(match event.project {
        None => ShownEvent::All,
        // That a project is deleted concerns those who saw it.
        Some(project) if matches!(channel, Topic::Org(_)) => {
            match audience.saw(user, project) {
                Ok(()) => ShownEvent::All,
                // It has just become private.
                Err(_) if !event.secluded && event.change("visibility").is_some() => {
                    ShownEvent::Change
                }
                Err(_) => ShownEvent::Nothing,
            }
        }
        Some(project) if audience.sees(user, project).is_ok() => ShownEvent::All,
        // The topic is another project's, which they see: what they see there has left it.
        Some(project) if own != Some(project) => ShownEvent::Change,
        Some(_) => ShownEvent::Nothing,
    })
}
