use domain::feed::event::{EventType, Told};
use domain::id::{ProjectId, TaskId, UserId};
use jiff::Timestamp;

use super::*;
use crate::feed::{Link, START, verify};

const TAG: Tag = Tag::from_bytes([1; 5]);

fn org() -> OrgId {
    OrgId::new(TAG, [1; 11])
}

fn event(n: u8, task: u8) -> Event {
    let (project, task) = (
        Some(ProjectId::new(TAG, [2; 11])),
        Some(TaskId::new(TAG, [task; 11])),
    );
    let told = Told::new(
        EventType::TaskUpdated,
        Timestamp::UNIX_EPOCH,
        Some(UserId::new(1, [1; 10])),
        "x",
    );
    Told {
        project,
        task,
        ..told
    }
    .event(EventId([n; 16]), u64::from(n))
}

fn head(head: &Head) -> Stored<Head> {
    Stored::read(&serde_dynamo::to_item(head).unwrap()).unwrap()
}

/// Appends as the table would, and tells the numbers.
fn step(end: &mut Head, seen: &mut Seen, events: &[Event]) -> (Vec<Appended>, Vec<Link>) {
    let plan = plan(head(end), events, seen).unwrap();
    let answer = answer(&plan, events, seen);
    seen.extend(
        plan.entries
            .iter()
            .map(|(entry, event)| (event.id, entry.n)),
    );
    let links = plan
        .entries
        .iter()
        .map(|(entry, _)| entry.clone().link())
        .collect();
    *end = plan.head;
    (answer, links)
}

#[test]
fn what_comes_again_keeps_its_number() {
    let (mut end, mut seen) = (Head::new(org()), Seen::new());
    let (first, mut links) = step(
        &mut end,
        &mut seen,
        &[event(1, 1), event(2, 2), event(1, 1)],
    );
    let numbers = |all: &[Appended]| all.iter().map(|one| one.numbered.seq).collect::<Vec<_>>();
    assert_eq!(numbers(&first), [1, 2, 1]);
    let (second, more) = step(
        &mut end,
        &mut seen,
        &[event(2, 2), event(3, 1), event(1, 1)],
    );
    assert_eq!(numbers(&second), [2, 3, 1]);
    assert_eq!((&second[0], &second[2]), (&first[1], &first[0]));
    links.extend(more);
    assert_eq!(verify(org(), 0, START, &links), Ok(end.hash));
}

#[test]
fn nothing_new_writes_nothing() {
    let (mut end, mut seen) = (Head::new(org()), Seen::new());
    step(&mut end, &mut seen, &[event(1, 1)]);
    assert!(
        plan(head(&end), &[event(1, 1)], &seen)
            .unwrap()
            .entries
            .is_empty()
    );
}

#[test]
fn an_entry_stands_where_its_views_look_for_it() {
    let (mut end, mut seen) = (Head::new(org()), Seen::new());
    let places = |event: Event, end: &mut Head, seen: &mut Seen| {
        let plan = plan(head(end), std::slice::from_ref(&event), seen).unwrap();
        let item = entry_item(org(), &plan.entries[0].0, &event).unwrap();
        let place = |name: &str| item.get(name).map(|value| value.as_s().unwrap().clone());
        ["bp_pk", "br_pk", "bn_pk"].map(place)
    };
    let task = event(1, 7);
    let of_task = [
        keys::feed_of_task(task.task.unwrap()),
        keys::feed_of_project(task.project.unwrap()),
        keys::feed_of_actor(TAG, task.actor.unwrap()),
    ];
    let of_task = of_task.map(|list| list.partition);
    assert_eq!(places(task.clone(), &mut end, &mut seen), of_task.map(Some));
    let joined = Event {
        kind: EventType::MemberJoined,
        task: None,
        project: None,
        ..task.clone()
    };
    assert_eq!(
        places(joined, &mut end, &mut seen)[0],
        Some(keys::audit_of(TAG).partition)
    );
    let made = Event {
        kind: EventType::LabelCreated,
        task: None,
        project: None,
        actor: None,
        ..task
    };
    assert_eq!(places(made, &mut end, &mut seen), [None, None, None]);
}

#[test]
fn a_guard_tells_what_it_was_made_of() {
    assert_eq!(
        guarded(&guard_item(TAG, 99_999_999_999_999, &event(1, 1))),
        Some(99_999_999_999_999)
    );
}
