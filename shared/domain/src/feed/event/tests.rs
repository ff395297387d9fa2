use serde_json::{Value, json};

use super::*;
use crate::access::{OrgRole, ProjectRole};
use crate::account::{Account, AccountStatus, Session, SessionEnd};
use crate::id::{BoardId, LabelId, OrgId, SessionId, Tag};
use crate::membership::organization::{Card, OrgKind, Organization, Restricted, Settings};
use crate::work::board::{Board, List, ListId};
use crate::work::task::{Priority, Task};
use crate::work::workflow::{Category, StatusId};

const TAG: Tag = Tag::from_bytes([7; 5]);

fn user(n: u8) -> UserId {
    UserId::new(1, [n; 10])
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn task() -> Task {
    Task {
        id: TaskId::new(TAG, [1; 11]),
        project: ProjectId::new(TAG, [2; 11]),
        prefix: "WEB".parse().unwrap(),
        number: 12,
        title: "Paint it black".parse().unwrap(),
        description: None,
        status: Category::Todo.into(),
        category: Category::Todo,
        priority: Priority::Medium,
        assignee: None,
        due: None,
        rank: "m".to_owned(),
        labels: vec![],
        completed_at: None,
        created_at: at(1),
        created_by: user(1),
        updated_at: at(1),
        updated_by: user(1),
        deleted_at: None,
        deleted_by: None,
    }
}

fn card(role: OrgRole) -> Card {
    Card {
        org: OrgId::new(TAG, [1; 11]),
        user: user(2),
        role,
        projects: Default::default(),
        teams: Default::default(),
        username: "ben".parse().unwrap(),
        full_name: None,
        created_at: at(1),
        updated_at: at(1),
        updated_by: user(1),
        removed_at: None,
        left: Default::default(),
    }
}

fn account() -> Account {
    Account {
        user: user(1),
        status: AccountStatus::Active,
        email: "ann@example.com".parse().unwrap(),
        email_verified: false,
        username: "ann".parse().unwrap(),
        epoch: 0,
        orgs: vec![OrgId::new(TAG, [1; 11])],
        default_org: OrgId::new(TAG, [1; 11]),
        sessions: vec![],
        known: vec![],
        former: vec![],
        vouches_since: None,
        created_at: at(1),
        updated_at: at(1),
    }
}

fn between<T: Tell + Clone>(before: &T, change: impl FnOnce(&mut T)) -> Option<Told> {
    let mut after = before.clone();
    change(&mut after);
    T::told(Some(before), &after)
}

fn kind<T: Tell + Clone>(before: &T, change: impl FnOnce(&mut T)) -> Option<EventType> {
    between(before, change).map(|told| told.kind)
}

fn fields(told: &Told) -> Vec<&str> {
    told.changes
        .iter()
        .map(|change| change.field.as_str())
        .collect()
}

#[test]
fn a_new_task_tells_what_it_began_as() {
    let told = Task::told(None, &task()).unwrap();
    assert_eq!(
        (told.kind, told.actor, told.at),
        (EventType::TaskCreated, Some(user(1)), at(1))
    );
    assert_eq!(
        (told.name.as_deref(), told.task),
        (Some("WEB-12 Paint it black"), Some(task().id))
    );
    assert_eq!(
        fields(&told),
        [
            "project_id",
            "key",
            "title",
            "status",
            "status_category",
            "priority",
            "position"
        ]
    );
}

#[test]
fn every_step_of_a_task_has_its_kind() {
    let open = task();
    let deleted = Task {
        deleted_at: Some(at(5)),
        ..task()
    };
    let cases: [(Option<EventType>, Option<EventType>); 8] = [
        (
            kind(&open, |task| task.title = "Other".parse().unwrap()),
            Some(EventType::TaskUpdated),
        ),
        (
            kind(&open, |task| task.rank = "n".to_owned()),
            Some(EventType::TaskMoved),
        ),
        (
            kind(&open, |task| task.project = ProjectId::new(TAG, [9; 11])),
            Some(EventType::TaskMoved),
        ),
        (
            kind(&open, |task| {
                (task.status, task.rank) = (Category::Done.into(), "n".to_owned())
            }),
            Some(EventType::TaskTransitioned),
        ),
        (
            kind(&open, |task| task.deleted_at = Some(at(5))),
            Some(EventType::TaskDeleted),
        ),
        (
            kind(&deleted, |task| task.deleted_at = None),
            Some(EventType::TaskRestored),
        ),
        (kind(&deleted, |task| task.updated_at = at(6)), None),
        (kind(&open, |task| task.updated_at = at(6)), None),
    ];
    for (got, wanted) in cases {
        assert_eq!(got, wanted);
    }
}

#[test]
fn fields_have_the_names_and_values_of_the_api() {
    let told = between(&task(), |task| {
        task.assignee = Some(user(3));
        task.due = Some("2026-12-01".parse().unwrap());
        task.description = Some("long".parse().unwrap());
    })
    .unwrap();
    let changes = serde_json::to_value(&told.changes).unwrap();
    let wanted = json!([
        {"field": "description"},
        {"field": "assignee_id", "to": user(3).to_string()},
        {"field": "due_date", "to": "2026-12-01"},
    ]);
    assert_eq!(changes, wanted);
}

fn longest() -> Task {
    let text = "\u{10ffff}".repeat(200);
    Task {
        title: text
            .parse()
            .unwrap_or_else(|_| "ä".repeat(200).parse().unwrap()),
        labels: (0..20)
            .map(|n| LabelId::new(TAG, [n; 11]).suffix())
            .collect(),
        status: StatusId::from(Category::InProgress),
        rank: "z".repeat(300),
        assignee: Some(user(3)),
        due: Some("2026-12-01T17:00:00Z".parse().unwrap()),
        completed_at: Some(at(1)),
        description: Some("x".repeat(30_000).parse().unwrap()),
        ..task()
    }
}

#[test]
fn an_ordinary_event_is_below_a_kilobyte_and_none_is_above_four() {
    let size = |told: Told| {
        serde_json::to_string(&told.event(EventId([1; 16]), 1))
            .unwrap()
            .len()
    };
    let ordinary = between(&task(), |task| {
        task.title = "Another title of quite ordinary length".parse().unwrap();
        task.assignee = Some(user(3));
        task.priority = Priority::High;
    });
    assert!(size(ordinary.unwrap()) < 700);
    assert!(size(Task::told(None, &task()).unwrap()) < 900);
    let other = Task {
        title: "ö".repeat(200).parse().unwrap(),
        rank: "y".repeat(300),
        ..longest()
    };
    assert!(size(Task::told(Some(&other), &longest()).unwrap()) < 3000);
    assert!(size(Task::told(None, &longest()).unwrap()) < 3000);
}

#[test]
fn bookkeeping_of_an_organization_is_no_event() {
    let org = Organization {
        id: OrgId::new(TAG, [1; 11]),
        kind: OrgKind::Team,
        name: "Acme".parse().unwrap(),
        slug: "acme".parse().unwrap(),
        email: None,
        email_verified: false,
        settings: Settings::default(),
        restricted: Restricted::none(),
        retired_labels: Default::default(),
        created_at: at(1),
        created_by: user(1),
        updated_at: at(1),
        updated_by: user(1),
        deleted_at: None,
    };
    let silent = kind(&org, |org| org.restricted = Restricted::default());
    assert_eq!(silent, None);
    let settings = Settings {
        members_can_create_teams: false,
        ..Settings::default()
    };
    let told = between(&org, |org| org.settings = settings).unwrap();
    assert_eq!(
        (told.kind, fields(&told)),
        (
            EventType::OrganizationUpdated,
            vec!["settings.members_can_create_teams"]
        )
    );
}

#[test]
fn what_is_about_a_project_as_such_is_known_by_its_word() {
    let of_projects: Vec<&str> = EventType::ALL
        .iter()
        .filter(|kind| kind.is_of_projects())
        .map(|kind| kind.as_str())
        .collect();
    let known = [
        "created",
        "updated",
        "archived",
        "unarchived",
        "deleted",
        "restored",
    ];
    assert_eq!(of_projects, known.map(|what| format!("project.{what}")));
}

#[test]
fn a_role_in_one_project_is_told_with_the_project_and_of_several_only_the_fact() {
    let project = ProjectId::new(TAG, [2; 11]);
    let one = between(&card(OrgRole::Member), |card| {
        card.projects.insert(project.suffix(), ProjectRole::Viewer);
    })
    .unwrap();
    assert_eq!(
        (one.kind, one.project, one.user),
        (EventType::MemberUpdated, Some(project), Some(user(2)))
    );
    assert_eq!(
        (one.changes[0].field.as_str(), &one.changes[0].to),
        ("project_role", &Value::from("viewer"))
    );
    let several = between(&card(OrgRole::Member), |card| {
        card.projects.insert(project.suffix(), ProjectRole::Viewer);
        card.projects
            .insert(ProjectId::new(TAG, [3; 11]).suffix(), ProjectRole::Viewer);
    })
    .unwrap();
    assert_eq!(
        (several.project, fields(&several)),
        (None, vec!["project_roles"])
    );
    assert_eq!(several.changes[0].to, Value::Null);
}

#[test]
fn who_goes_is_removed_and_who_comes_back_has_joined() {
    let member = card(OrgRole::Admin);
    let gone = member.removed(user(1), at(9), &[]);
    let removed = Card::told(Some(&member), &gone).unwrap();
    assert_eq!(
        (removed.kind, removed.changes[0].from.as_str()),
        (EventType::MemberRemoved, Some("admin"))
    );
    let back = Card::told(Some(&gone), &member).unwrap();
    assert_eq!(
        (back.kind, fields(&back)),
        (EventType::MemberJoined, vec!["role", "username"])
    );
    assert_eq!(
        Card::told(
            Some(&gone),
            &Card {
                updated_at: at(10),
                ..gone.clone()
            }
        ),
        None
    );
}

#[test]
fn an_account_tells_its_organizations_no_address_and_not_what_is_its_own() {
    let told = between(&account(), |account| {
        account.email = "new@example.com".parse().unwrap()
    })
    .unwrap();
    assert_eq!(told.kind, EventType::AccountEmailChanged);
    assert!(
        !serde_json::to_string(&told.event(EventId([0; 16]), 2))
            .unwrap()
            .contains("example.com")
    );
    assert_eq!(
        kind(&account(), |account| account.epoch = 1),
        Some(EventType::AccountSessionsEnded)
    );
    assert_eq!(
        kind(&account(), |account| account.email_verified = true),
        Some(EventType::AccountUpdated)
    );
    let own = kind(&account(), |account| {
        account.sessions.push(SessionId::from_bytes([1; 8]));
        account.known.push("x".to_owned());
        account
            .orgs
            .push(OrgId::new(Tag::from_bytes([8; 5]), [1; 11]));
        account.default_org = account.orgs[1];
    });
    assert_eq!(
        (own, Account::told(None, &account()).map(|told| told.kind)),
        (None, None)
    );
}

#[test]
fn a_session_is_made_and_ended_and_its_turns_are_nothing() {
    let session = Session {
        user: user(1),
        id: SessionId::from_bytes([5; 8]),
        turn: 0,
        turned_at: at(1),
        seed: String::new(),
        device: None,
        address: Some("192.0.2.1".to_owned()),
        mark: None,
        proved_at: at(1),
        created_at: at(1),
        idle_until: at(100),
        expires_at: at(200),
        ended_at: None,
        end: None,
    };
    assert_eq!(
        Session::told(None, &session).map(|told| told.kind),
        Some(EventType::SessionCreated)
    );
    assert_eq!(
        kind(&session, |session| (session.turn, session.turned_at) =
            (1, at(5))),
        None
    );
    let ended = Session::told(
        Some(&session),
        &session.clone().ended(SessionEnd::Revoked, at(9)),
    )
    .unwrap();
    assert_eq!(
        (ended.kind, ended.at, ended.changes[0].to.as_str()),
        (EventType::SessionEnded, at(9), Some("revoked"))
    );
}

fn list(n: u8, status: Category) -> List {
    let name = format!("List {n}").parse().unwrap();
    List {
        id: ListId::made_by(&[n; 16], 0),
        name,
        status: status.into(),
        wip_limit: None,
    }
}

fn board() -> Board {
    Board {
        id: BoardId::new(TAG, [3; 11]),
        project: ProjectId::new(TAG, [2; 11]),
        name: "Board".parse().unwrap(),
        lists: vec![list(1, Category::Todo), list(2, Category::Done)],
        created_at: at(1),
        created_by: user(1),
        updated_at: at(1),
        updated_by: user(1),
        deleted_at: None,
        deleted_by: None,
    }
}

#[test]
fn what_happens_to_one_list_is_told_of_the_list_and_the_rest_of_the_board() {
    let first = board().lists[0].id.to_string();
    let added = between(&board(), |board| {
        board.lists.push(list(3, Category::InProgress))
    })
    .unwrap();
    assert_eq!(
        (added.kind, added.name.as_deref()),
        (EventType::ListCreated, Some("List 3"))
    );
    let removed = between(&board(), |board| drop(board.lists.remove(0))).unwrap();
    assert_eq!(
        (removed.kind, removed.subject, removed.board),
        (EventType::ListDeleted, first.clone(), Some(board().id))
    );
    let limited = between(&board(), |board| board.lists[0].wip_limit = Some(5)).unwrap();
    assert_eq!(
        (limited.kind, &limited.subject, fields(&limited)),
        (EventType::ListUpdated, &first, vec!["wip_limit"])
    );
    let turned = between(&board(), |board| board.lists.reverse()).unwrap();
    assert_eq!(
        (turned.kind, turned.subject.clone()),
        (EventType::ListUpdated, board().id.to_string())
    );
    assert_eq!(fields(&turned), ["list_order"]);
    let named = between(&board(), |board| board.name = "Other".parse().unwrap()).unwrap();
    assert_eq!(
        (named.kind, fields(&named)),
        (EventType::BoardUpdated, vec!["name"])
    );
    assert_eq!(
        kind(&board(), |board| board.deleted_at = Some(at(3))),
        Some(EventType::BoardDeleted)
    );
}

#[test]
fn what_a_thing_tells_of_itself_names_no_changes() {
    let found = task().found(true).unwrap();
    assert_eq!(
        (found.kind, found.changes.len()),
        (EventType::TaskCreated, 0)
    );
    assert_eq!(task().found(false).unwrap().kind, EventType::TaskUpdated);
    let gone = card(OrgRole::Member).removed(user(1), at(2), &[]);
    assert_eq!(gone.found(false).unwrap().kind, EventType::MemberRemoved);
    assert!(account().found(true).is_none());
}
