//! What a list prints stands in the index: a row of `by_parent` is read without its item.

use std::collections::BTreeSet;

use domain::feed::event::{EventId, EventType, FieldChange};
use domain::files::attachment::{
    Announced, Attachment, Digest, Mismatch, ObjectId, Upload, Version,
};
use domain::id::{
    AttachmentId, BoardId, CommentId, DomainId, InvitationId, JoinCodeId, LabelId, OrgId,
    ProjectId, Tag, TaskId, TeamId, UserId,
};
use domain::membership::invitation::Invitation;
use domain::membership::joining::{JoinCode, JoinRequest, OrgDomain};
use domain::membership::organization::{Card, Left};
use domain::membership::team::Team;
use domain::notices::notification::{Notification, NotificationId, NotificationType};
use domain::talk::comment::{Comment, Mention, Reaction, Root};
use domain::work::board::{Board, List, ListId};
use domain::work::label::Label;
use domain::work::project::Project;
use domain::work::task::Task;
use domain::work::workflow::Workflow;
use jiff::Timestamp;
use serde_json::{Value, json};
use store::key::Index;
use store::record::{Layout, Operation, ROW, Record, Stored};
use tests::World;

use super::template::Template;
use crate::table;

/// What the index of lists carries. CloudFormation cannot change it, so it is the same in every release; what lists print
/// stands in the map `row`.
const CARRIED: [&str; 4] = ["ev", "row", "sv", "version"];
const INDEXES: [Index; 4] = [
    Index::ByParent,
    Index::ByRank,
    Index::ByUrgency,
    Index::ByPerson,
];

fn tag() -> Tag {
    Tag::from_bytes([9, 8, 7, 6, 5])
}

fn user(n: u8) -> UserId {
    UserId::new(1_793_440_800_000, [n; 10])
}

/// Everything that can be set is set, so that a new attribute cannot be forgotten: it has to be named here.
fn task() -> Task {
    let at = Timestamp::from_second(1_793_440_800).unwrap();
    Task {
        id: TaskId::new(tag(), [1; 11]),
        project: ProjectId::new(tag(), [2; 11]),
        prefix: "WEB".parse().unwrap(),
        number: 12,
        title: "Write the press release".parse().unwrap(),
        description: Some("Two pages.".parse().unwrap()),
        status: "done".parse().unwrap(),
        category: "done".parse().unwrap(),
        priority: "high".parse().unwrap(),
        assignee: Some(user(1)),
        due: Some("2026-12-24".parse().unwrap()),
        rank: "0101010d80".to_owned(),
        labels: vec![LabelId::new(tag(), [7; 11]).suffix()],
        completed_at: Some(at),
        created_at: at,
        created_by: user(1),
        updated_at: at,
        updated_by: user(1),
        deleted_at: Some(at),
        deleted_by: Some(user(1)),
    }
}

fn project() -> Project {
    let at = Timestamp::from_second(1_793_440_800).unwrap();
    Project {
        id: ProjectId::new(tag(), [2; 11]),
        key: "WEB".parse().unwrap(),
        name: "Website".parse().unwrap(),
        description: Some("All of it.".parse().unwrap()),
        status: "active".parse().unwrap(),
        visibility: "private".parse().unwrap(),
        lead: Some(user(1)),
        start: Some("2026-11-01".parse().unwrap()),
        due: Some("2026-12-24".parse().unwrap()),
        owners: 1,
        teams: vec![TeamId::new(tag(), [5; 11]).suffix()],
        hidden: true,
        viewers_comment: true,
        workflow: Some(Workflow::default()),
        archived_at: Some(at),
        created_at: at,
        created_by: user(1),
        updated_at: at,
        updated_by: user(1),
        deleted_at: Some(at),
        deleted_by: Some(user(1)),
    }
}

fn team() -> Team {
    let at = Timestamp::from_second(1_793_440_800).unwrap();
    Team {
        id: TeamId::new(tag(), [5; 11]),
        name: "Design".parse().unwrap(),
        description: Some("Who draws.".parse().unwrap()),
        owner: user(1),
        project: Some(ProjectId::new(tag(), [2; 11])),
        metadata: Some("{}".to_owned()),
        projects: vec![ProjectId::new(tag(), [2; 11]).suffix()],
        default_project: Some(ProjectId::new(tag(), [3; 11])),
        admins: 1,
        created_at: at,
        created_by: user(1),
        updated_at: at,
        updated_by: user(1),
        deleted_at: None,
        deleted_by: None,
    }
}

fn card() -> Card {
    let at = Timestamp::from_second(1_793_440_800).unwrap();
    Card {
        org: OrgId::new(tag(), [3; 11]),
        user: user(1),
        role: "member".parse().unwrap(),
        projects: [(
            ProjectId::new(tag(), [2; 11]).suffix(),
            "viewer".parse().unwrap(),
        )]
        .into(),
        teams: [(
            TeamId::new(tag(), [5; 11]).suffix(),
            "member".parse().unwrap(),
        )]
        .into(),
        username: "ann".parse().unwrap(),
        full_name: Some("Ann Example".parse().unwrap()),
        created_at: at,
        updated_at: at,
        updated_by: user(1),
        removed_at: Some(at),
        left: Left {
            projects: vec!["x".to_owned()],
            teams: vec![],
        },
    }
}

fn board() -> Board {
    let at = Timestamp::from_second(1_793_440_800).unwrap();
    let list = List {
        id: ListId::made_by(&[1; 16], 1),
        name: "Done".parse().unwrap(),
        status: "done".parse().unwrap(),
        wip_limit: Some(5),
    };
    Board {
        id: BoardId::new(tag(), [6; 11]),
        project: ProjectId::new(tag(), [2; 11]),
        name: "Development".parse().unwrap(),
        lists: vec![list],
        created_at: at,
        created_by: user(1),
        updated_at: at,
        updated_by: user(1),
        deleted_at: Some(at),
        deleted_by: Some(user(1)),
    }
}

fn comment() -> Comment {
    let at = Timestamp::from_second(1_793_440_800).unwrap();
    Comment {
        id: CommentId::new(tag(), [13; 11]),
        task: TaskId::new(tag(), [1; 11]),
        project: ProjectId::new(tag(), [2; 11]),
        root: Some(Root {
            id: CommentId::new(tag(), [14; 11]),
            created_at: at,
        }),
        parent: Some(CommentId::new(tag(), [15; 11])),
        body: Some("Done, @ann.".parse().unwrap()),
        author: user(1),
        mentions: vec![Mention {
            name: "ann".parse().unwrap(),
            user: user(1),
            since: 1,
        }],
        reactions: vec![Reaction {
            emoji: "👍".to_owned(),
            people: vec![user(1)],
        }],
        edits: 1,
        edited_at: Some(at),
        created_at: at,
        updated_at: at,
        updated_by: user(1),
        deleted_at: Some(at),
        deleted_by: Some(user(1)),
    }
}

fn attachment() -> Attachment {
    let at = Timestamp::from_second(1_793_440_800).unwrap();
    let announced = Announced {
        name: "Offer.pdf".parse().unwrap(),
        size: 48_213,
        media: "application/pdf".parse().unwrap(),
        sha256: Digest([1; 32]),
    };
    let object = ObjectId::from_bytes([2; 16]);
    let version = |number| Version {
        number,
        file: announced.clone(),
        object,
        by: user(1),
        at,
    };
    let (parts, rejected) = (Some("abc".to_owned()), Some(Mismatch::Size));
    Attachment {
        id: AttachmentId::new(tag(), [16; 11]),
        task: TaskId::new(tag(), [1; 11]),
        project: ProjectId::new(tag(), [2; 11]),
        current: Some(version(2)),
        older: vec![version(1)],
        uploads: vec![Upload {
            number: 3,
            announced: announced.clone(),
            object,
            parts,
            by: user(1),
            at,
            rejected,
        }],
        created_at: at,
        created_by: user(1),
        updated_at: at,
        updated_by: user(1),
        // A deleted one is in no list.
        deleted_at: None,
    }
}

fn label() -> Label {
    let at = Timestamp::from_second(1_793_440_800).unwrap();
    Label {
        id: LabelId::new(tag(), [7; 11]),
        name: "Bug".parse().unwrap(),
        color: Some("#d73a4a".parse().unwrap()),
        project: Some(ProjectId::new(tag(), [2; 11])),
        merged_into: Some(LabelId::new(tag(), [8; 11])),
        aliases: vec![LabelId::new(tag(), [9; 11])],
        created_at: at,
        created_by: user(1),
        updated_at: at,
        updated_by: user(1),
        deleted_at: Some(at),
    }
}

fn invitation() -> Invitation {
    let at = Timestamp::from_second(1_793_440_800).unwrap();
    Invitation {
        id: InvitationId::new(tag(), [4; 11]),
        org: OrgId::new(tag(), [3; 11]),
        email: "ann@example.com".parse().unwrap(),
        role: "member".parse().unwrap(),
        project: Some(ProjectId::new(tag(), [2; 11])),
        project_role: Some("viewer".parse().unwrap()),
        team: Some(TeamId::new(tag(), [5; 11])),
        team_role: Some("member".parse().unwrap()),
        state: "pending".parse().unwrap(),
        nonce: "Zk3q0vJx8mQ5cR1tW7yB2A".to_owned(),
        expires_at: at,
        created_at: at,
        created_by: user(1),
        updated_at: at,
        updated_by: user(1),
    }
}

fn join_code() -> JoinCode {
    let at = Timestamp::from_second(1_793_440_800).unwrap();
    JoinCode {
        id: JoinCodeId::new(tag(), [11; 11]),
        org: OrgId::new(tag(), [3; 11]),
        digest: "x".repeat(43),
        prefix: "abcd".to_owned(),
        role: "member".parse().unwrap(),
        approval: true,
        max_uses: Some(5),
        uses: 1,
        kept_by: Some(domain::membership::joining::Voucher {
            user: user(2),
            since: at,
        }),
        used_at: Some(at),
        expires_at: Some(at),
        created_at: at,
        created_by: user(1),
        updated_at: at,
        updated_by: user(1),
        deleted_at: Some(at),
    }
}

fn org_domain() -> OrgDomain {
    let at = Timestamp::from_second(1_793_440_800).unwrap();
    OrgDomain {
        id: DomainId::new(tag(), [12; 11]),
        org: OrgId::new(tag(), [3; 11]),
        domain: "acme.example".parse().unwrap(),
        role: "guest".parse().unwrap(),
        approval: true,
        proof: "2v8k1m4q7x0c3b6n9d5f2h8j4w".to_owned(),
        verified_at: Some(at),
        created_at: at,
        created_by: user(1),
        updated_at: at,
        updated_by: user(1),
        deleted_at: Some(at),
    }
}

fn join_request() -> JoinRequest {
    let at = Timestamp::from_second(1_793_440_800).unwrap();
    JoinRequest {
        org: OrgId::new(tag(), [3; 11]),
        user: user(1),
        username: "ann".parse().unwrap(),
        full_name: Some("Ann Example".parse().unwrap()),
        email: Some("ann@example.com".parse().unwrap()),
        role: "viewer".parse().unwrap(),
        state: "pending".parse().unwrap(),
        created_at: at,
        updated_at: at,
        updated_by: user(1),
    }
}

fn notification() -> Notification {
    Notification {
        id: NotificationId::new(
            tag(),
            Timestamp::from_second(1_793_440_800).unwrap(),
            [1; 16],
        ),
        org: OrgId::new(tag(), [3; 11]),
        user: user(1),
        kind: NotificationType::StatusChanged,
        event: EventId([2; 16]),
        cause: EventType::TaskTransitioned,
        actor: Some(user(2)),
        subject: TaskId::new(tag(), [1; 11]).to_string(),
        name: Some("WEB-12 Write the press release".to_owned()),
        project: Some(ProjectId::new(tag(), [2; 11])),
        task: Some(TaskId::new(tag(), [1; 11])),
        change: Some(FieldChange {
            field: "status".to_owned(),
            from: json!("todo"),
            to: json!("done"),
        }),
        // Those that are read, or in no list, are not in the index.
        unlisted: false,
        read_at: None,
        snoozed_until: Some(Timestamp::from_second(1_793_540_800).unwrap()),
    }
}

/// The attributes of an index's rows besides all keys.
fn projected(index: Index) -> BTreeSet<String> {
    let template = Template::read();
    let indexes = template.properties("Table")["GlobalSecondaryIndexes"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let declared = indexes
        .iter()
        .find(|declared| declared["IndexName"] == index.name())
        .expect("the index is there");
    let names = declared["Projection"]["NonKeyAttributes"]
        .as_array()
        .into_iter()
        .flatten();
    names
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

/// Checks that a row of the index of lists is read as the thing, without what `forget` takes away.
pub fn listed<T: Record + std::fmt::Debug>(thing: T, forget: impl FnOnce(&mut T)) {
    let name = std::any::type_name::<T>();
    let Layout::Listed { beside } = T::LAYOUT else {
        panic!("{name} has no {ROW}")
    };
    let stored = Stored::new(thing, &Operation::internal([1; 16]));
    let item = stored.item().unwrap();
    // Nothing is named that there is not: a member that changed its name would go into the row.
    assert!(
        beside.iter().all(|member| item.contains_key(*member)),
        "{name}: {beside:?}"
    );
    let carried =
        |key: &str| ["pk", "sk", "bp_pk", "bp_sk"].contains(&key) || CARRIED.contains(&key);
    let read = Stored::<T>::read(&item.into_iter().filter(|(key, _)| carried(key)).collect());
    let read =
        read.unwrap_or_else(|why| panic!("{name} cannot be read from a row of by_parent: {why:?}"));
    let mut expected = stored.value;
    forget(&mut expected);
    assert_eq!(
        (read.value, read.version),
        (expected, 1),
        "{name} is read otherwise from a row of by_parent"
    );
}

#[test]
fn whatever_a_list_prints_is_read_from_a_row_of_the_index() {
    listed(task(), |task| task.description = None);
    listed(project(), |project| {
        (project.description, project.workflow) = (None, None)
    });
    listed(board(), |_| {});
    listed(team(), |team| {
        (team.description, team.metadata) = (None, None)
    });
    listed(card(), |card| card.left = Left::default());
    listed(label(), |_| {});
    listed(comment(), |_| {});
    listed(attachment(), |file| {
        (file.older, file.uploads) = (vec![], vec![])
    });
    listed(invitation(), |invitation| invitation.nonce.clear());
    listed(join_code(), |code| code.digest.clear());
    listed(org_domain(), |_| {});
    listed(join_request(), |_| {});
    listed(notification(), |_| {});
    assert_eq!(
        projected(Index::ByParent),
        CARRIED.map(str::to_owned).into()
    );
}

#[tokio::test]
async fn whatever_stands_in_the_index_of_lists_has_a_row_and_nothing_else_has() {
    let world = World::new().await;
    local::sample::fill(&world.cloud).await.unwrap();
    world.cloud.settle().await;
    let mut kinds = BTreeSet::new();
    for ((pk, sk), item) in table::snapshot(&world.cloud).await {
        // Entries of the feed stand in indexes as keys only.
        let is_listed = item.contains_key("bp_pk") && !table::tells(&pk);
        assert!(
            !is_listed || item.contains_key(ROW),
            "{pk} {sk} has no {ROW}"
        );
        let kind = table::text(&item, "ev");
        let is_flat =
            ["account", "organization", "session", "one_time", "signal"].contains(&kind.as_str());
        // Guards, counters and entries of the feed have no version; what people have apart from organizations is in no list.
        let has_none = is_flat || table::tells(&pk) || !item.contains_key("version");
        assert!(
            !has_none || !item.contains_key(ROW),
            "{pk} {sk} has a {ROW}"
        );
        if item.contains_key(ROW) && !kind.is_empty() {
            kinds.insert(kind);
        }
    }
    let of_sample = [
        "board",
        "invitation",
        "label",
        "member",
        "project",
        "task",
        "team",
    ]
    .map(str::to_owned);
    assert!(kinds.is_superset(&of_sample.into()), "{kinds:?}");
}

#[test]
fn the_indexes_have_the_keys_that_the_store_writes() {
    let template = Template::read();
    let table = template.properties("Table");
    let key = |pk: &str, sk: &str| json!([{ "AttributeName": pk, "KeyType": "HASH" }, { "AttributeName": sk, "KeyType": "RANGE" }]);
    assert_eq!(table["KeySchema"], key("pk", "sk"));
    let declared = table["GlobalSecondaryIndexes"].as_array().unwrap();
    assert_eq!(
        declared.len(),
        INDEXES.len(),
        "each index costs a write on every change that it projects"
    );
    let mut attributes = vec!["pk", "sk"];
    for (index, declared) in INDEXES.into_iter().zip(declared) {
        let (pk, sk) = index.attributes();
        assert_eq!(
            declared["IndexName"],
            index.name(),
            "the indexes stand in the order of store::key::Index"
        );
        assert_eq!(declared["KeySchema"], key(pk, sk), "{}", index.name());
        attributes.extend([pk, sk]);
    }
    let texts: Value = attributes
        .iter()
        .map(|name| json!({ "AttributeName": name, "AttributeType": "S" }))
        .collect();
    assert_eq!(table["AttributeDefinitions"], texts);
    let kinds: Vec<&Value> = declared
        .iter()
        .map(|index| &index["Projection"]["ProjectionType"])
        .collect();
    // Only the index of lists carries more than keys: what others carried would be written once more at each change.
    assert_eq!(kinds, ["INCLUDE", "KEYS_ONLY", "KEYS_ONLY", "KEYS_ONLY"]);
}
