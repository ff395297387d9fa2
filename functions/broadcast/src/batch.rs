//! A batch of messages as work to be done: groups side by side, in each one step after the other.

use app::live::BroadcastJob;
use aws_lambda_events::sqs::SqsMessage;
use domain::feed::event::{Event, Numbered};
use domain::id::{OrgId, ProjectId, SessionId, UserId};
use domain::live::Topic;
use serde_json::Value;

/// The messages of one group of the queue.
#[derive(Debug)]
pub struct Group {
    /// What the queue calls it.
    pub name: String,
    /// What is to be done, in this order.
    pub steps: Vec<Step>,
}

/// One thing to do.
#[derive(Debug)]
pub struct Step {
    /// The messages that ask for it.
    pub messages: Vec<String>,
    /// The thing; none if the message is no job.
    pub work: Option<Job>,
}

/// What is to be sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Events of a topic.
    Events(Run),
    /// What happened to a private project.
    Aside {
        /// The organization.
        org: OrgId,
        /// The project.
        project: ProjectId,
        /// What happened.
        event: Event,
    },
    /// A notification.
    Notification {
        /// Whom it is for.
        user: UserId,
        /// The organization that it is about.
        org: OrgId,
        /// The project that it is about.
        project: Option<ProjectId>,
        /// What the client gets.
        notification: Value,
    },
    /// The end of connections.
    Close {
        /// Whose.
        user: UserId,
        /// Only those of this session.
        session: Option<SessionId>,
        /// The organization that they do not belong to any more.
        org: Option<OrgId>,
        /// Why.
        reason: String,
    },
}

/// Events of a topic that go out together.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The topic.
    pub topic: Topic,
    /// The organization in whose feed they stand.
    pub org: OrgId,
    /// The events in their order, each with the number of the one before it in the topic, if that is known.
    pub events: Vec<(Option<u64>, Numbered)>,
}

/// Puts the messages of a batch into their groups, and the events that follow one another in a group into one run.
pub fn groups(messages: Vec<SqsMessage>) -> Vec<Group> {
    let mut groups: Vec<Group> = vec![];
    for message in messages {
        let id = message.message_id.unwrap_or_default();
        let name = message
            .attributes
            .get("MessageGroupId")
            .cloned()
            .unwrap_or_default();
        let job = serde_json::from_str(message.body.as_deref().unwrap_or_default()).ok();
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.add(id, job),
            None => groups.push(Group {
                name,
                steps: vec![step(id, job)],
            }),
        }
    }
    for run in groups
        .iter_mut()
        .flat_map(|group| &mut group.steps)
        .filter_map(Step::run)
    {
        // The queue keeps the order, and a repetition after a failure may come behind what came later.
        run.events.sort_by_key(|(_, numbered)| numbered.seq);
        run.events.dedup_by_key(|(_, numbered)| numbered.seq);
    }
    groups
}

impl Group {
    fn add(&mut self, id: String, job: Option<BroadcastJob>) {
        let mut next = step(id, job);
        if let (Some(last), Some(more)) = (self.steps.last_mut(), next.run())
            && let Some(run) = last
                .run()
                .filter(|run| run.topic == more.topic && run.org == more.org)
        {
            run.events.append(&mut more.events);
            last.messages.append(&mut next.messages);
            return;
        }
        self.steps.push(next);
    }
}

impl Step {
    fn run(&mut self) -> Option<&mut Run> {
        match &mut self.work {
            Some(Job::Events(run)) => Some(run),
            _ => None,
        }
    }
}

fn step(id: String, job: Option<BroadcastJob>) -> Step {
    let work = job.map(|job| match job {
        BroadcastJob::Event {
            topic,
            org,
            prev,
            numbered,
        } => Job::Events(Run {
            topic,
            org,
            events: vec![(prev, *numbered)],
        }),
        BroadcastJob::Aside {
            org,
            project,
            numbered,
        } => Job::Aside {
            org,
            project,
            event: numbered.event,
        },
        BroadcastJob::Notification {
            user,
            org,
            project,
            notification,
            ..
        } => Job::Notification {
            user,
            org,
            project,
            notification,
        },
        BroadcastJob::Close {
            user,
            session,
            org,
            reason,
            ..
        } => Job::Close {
            user,
            session,
            org,
            reason,
        },
    });
    Step {
        messages: vec![id],
        work,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages() -> Vec<SqsMessage> {
        let event: aws_lambda_events::sqs::SqsEvent =
            serde_json::from_str(include_str!("../../../events/broadcast.sqs.json")).unwrap();
        event.records
    }

    #[test]
    fn events_that_follow_one_another_go_out_together_in_their_order_and_once() {
        // The two that lead the batch are of one topic.
        let mut all = messages();
        let (first, second) = (all.remove(0), all.remove(0));
        let groups = groups(vec![second.clone(), first, second]);
        let [group] = groups.as_slice() else {
            panic!("{groups:?}")
        };
        let [
            Step {
                messages,
                work: Some(Job::Events(run)),
            },
        ] = group.steps.as_slice()
        else {
            panic!("{group:?}")
        };
        assert_eq!((messages.len(), run.events.len()), (3, 2));
        assert!(run.events[0].1.seq < run.events[1].1.seq);
    }

    #[test]
    fn what_is_no_job_stands_in_the_way_of_its_group_only() {
        let mut all = messages();
        all[0].body = Some("nonsense".to_owned());
        let groups = groups(all);
        assert!(groups[0].steps[0].work.is_none());
        assert!(
            groups[1..]
                .iter()
                .flat_map(|group| &group.steps)
                .all(|step| step.work.is_some())
        );
    }
}
