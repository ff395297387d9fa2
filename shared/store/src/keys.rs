//! Every key of the table. No key is built anywhere else.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>` | `ORG` | organization |
//! | `T#<tag>` | `M#<user>` | card: membership and every role in the organization |
//! | `T#<tag>` | `KEY#<PROJ>` | guard of a project key; tells the project |
//! | `T#<tag>` | `DONE#<operation>` | a request with many operations that was done as a whole |
//! | `T#<tag>` | `INVITED#<hash>` | guard: one pending invitation per address; tells the invitation |
//! | `T#<tag>#PROJECT#<id>` | `PROJECT`, `COUNTER`, `M#<user>` | project, its task numbers, its people |
//! | `T#<tag>` | `ALIAS#<PROJ>#<n>` | guard of the key that a task had in another project; tells the task |
//! | `T#<tag>#BOARD#<id>` | `BOARD` | board with its lists |
//! | `T#<tag>` | `TEAMNAME#<hash>` | guard of a team's name; tells the team |
//! | `T#<tag>#TEAM#<id>` | `TEAM`, `M#<user>` | team, its people |
//! | `T#<tag>#TASK#<id>` | `TASK` | task |
//! | `T#<tag>#VIEW#<id>` | `VIEW` | saved view |
//! | `T#<tag>#INVITE#<id>` | `INVITE` | invitation |
//! | `T#<tag>#CODE#<id>` | `CODE` | join code |
//! | `T#<tag>` | `DOMAIN#<id>` | e-mail domain by which people join |
//! | `T#<tag>` | `ASK#<user>` | a person's request to join |
//! | `T#<tag>` | `LABELNAME#<hash>` | guard of a label's name in the organization or in a project |
//! | `T#<tag>#LABEL#<id>` | `LABEL` | label |
//! | `U#<user>` | `ACCOUNT`, `PROFILE`, `S#<session>`, `ONETIME#<purpose>` | a person |
//! | `C#<user>` | `CREDENTIAL` | password hash; only `auth` may read it |
//! | `G#<kind>#<hash>` | `GUARD` | unique e-mail, username, slug, organization name, organization e-mail |
//! | `G#joincode#<hash>` | `GUARD` | a join code; tells which |
//! | `G#domain#<hash>` | `GUARD` | a verified e-mail domain; tells whose |
//! | `G#invited#<hash>` | `<tag>#<invitation>` | invitations that wait for an address |
//! | `SYS#KEYS` | `KEYS` | public keys and cursor key; only `auth` may write it |
//! | `RL#<bucket>` | `<window>` | rate-limit counters |
//! | `MAIL#<hash>` | `CLAIM` | a mail that is being or was sent |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#PROJECTS`, `#TEAMS`, `#LABELS`, `#MEMBERS`, `#INVITES`, `#VIEWS`, `#CODES`, `#DOMAINS`, `#ASKS` | `<created_at>#<id>` |
//! | | `T#<tag>#TRASH` | `<deleted_at>#<id>` |
//! | | `T#<tag>#PROJECT#<id>#TASKS` | `<number, ten digits>` |
//! | | `T#<tag>#PROJECT#<id>#BOARDS` | `<created_at>#<id>` |
//! | `by_rank` | `T#<tag>#PROJECT#<id>#S#<status>` | `<rank>#<id>` |
//! | `by_urgency` | `T#<tag>#PROJECT#<id>#URGENCY` | `<priority 0-3>#<due, or 9>#<number>` |
//! | `by_person` | `T#<tag>#PERSON#<user>` | `<0 open, 1 closed>#<due, or 9>#<id>` |
//!
//! Ids are written without their tenant (17 characters), users as 26, hashes as 16 bytes. Text of users never
//! enters a key, except project keys and statuses, whose alphabets have no separator.

use aws_lc_rs::digest::{SHA256, digest};
use domain::account::Purpose;
use domain::due::{Due, NO_DUE};
use domain::id::{
    BoardId, DomainId, InvitationId, JoinCodeId, LabelId, OrgId, ProjectId, SessionId, Tag, TaskId, TeamId, UserId,
    ViewId, base32,
};
use domain::joining::{Code, DomainName};
use domain::task::Priority;
use domain::text::{Email, Name, ProjectKey, Slug, Username, fold};
use domain::workflow::StatusKey;
use jiff::Timestamp;

/// Where an item stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The partition.
    pub pk: String,
    /// The place in it.
    pub sk: String,
}

/// An index of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// Children of a container, in the order in which they were made.
    ByParent,
    /// Tasks of a status, by rank.
    ByRank,
    /// Tasks of a project, by priority and due date.
    ByUrgency,
    /// Tasks of a person, open ones first, by due date.
    ByPerson,
}

impl Index {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::ByParent => "by_parent",
            Self::ByRank => "by_rank",
            Self::ByUrgency => "by_urgency",
            Self::ByPerson => "by_person",
        }
    }

    /// The attributes of its partition and sort key.
    pub fn attributes(self) -> (&'static str, &'static str) {
        match self {
            Self::ByParent => ("bp_pk", "bp_sk"),
            Self::ByRank => ("br_pk", "br_sk"),
            Self::ByUrgency => ("bu_pk", "bu_sk"),
            Self::ByPerson => ("bn_pk", "bn_sk"),
        }
    }
}

/// Where an item stands in an index.
pub type IndexKey = (String, String);

fn key(pk: String, sk: impl Into<String>) -> Key {
    Key { pk, sk: sk.into() }
}

/// The first sixteen bytes of the SHA-256 of the parts, each preceded by its length.
pub fn hash(parts: &[&[u8]]) -> [u8; 16] {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    let mut short = [0; 16];
    short.copy_from_slice(&digest(&SHA256, &bytes).as_ref()[..16]);
    short
}

fn hashed(text: &str) -> String {
    base32().encode(&hash(&[text.as_bytes()]))
}

fn person_part(user: UserId) -> String {
    base32().encode(&user.bytes())
}

fn tenant(tag: Tag) -> String {
    format!("T#{tag}")
}

fn within(tag: Tag, kind: &str, suffix: &str) -> String {
    format!("T#{tag}#{kind}#{suffix}")
}

/// The organization of a tenant.
pub fn organization(tag: Tag) -> Key {
    key(tenant(tag), "ORG")
}

/// A person's card.
pub fn card(tag: Tag, user: UserId) -> Key {
    key(tenant(tag), format!("M#{}", person_part(user)))
}

/// The guard of a project key.
pub fn project_key(tag: Tag, project: &ProjectKey) -> Key {
    key(tenant(tag), format!("KEY#{project}"))
}

/// The key that a task had before it moved to another project. It is never given out again.
pub fn alias(tag: Tag, project: &ProjectKey, number: u64) -> Key {
    key(tenant(tag), format!("ALIAS#{project}#{number}"))
}

/// The guard that an address has one pending invitation into the tenant.
pub fn invited(tag: Tag, email: &Email) -> Key {
    key(tenant(tag), format!("INVITED#{}", hashed(email.as_str())))
}

/// The note that a request with many operations was done as a whole.
pub fn done(tag: Tag, operation: &[u8; 16]) -> Key {
    key(tenant(tag), format!("DONE#{}", base32().encode(operation)))
}

fn project_partition(id: ProjectId) -> String {
    within(id.tag(), "PROJECT", &id.suffix())
}

/// A project.
pub fn project(id: ProjectId) -> Key {
    key(project_partition(id), "PROJECT")
}

/// A project's task numbers.
pub fn counter(id: ProjectId) -> Key {
    key(project_partition(id), "COUNTER")
}

/// A person's place in a project.
pub fn project_member(id: ProjectId, user: UserId) -> Key {
    key(project_partition(id), format!("{PROJECT_MEMBERS}{}", person_part(user)))
}

/// The guard of a team's name: spellings that read alike are one name.
pub fn team_name(tag: Tag, name: &Name) -> Key {
    key(tenant(tag), format!("TEAMNAME#{}", hashed(&fold(name.as_str()))))
}

/// A team.
pub fn team(id: TeamId) -> Key {
    key(within(id.tag(), "TEAM", &id.suffix()), "TEAM")
}

/// A person's place in a team.
pub fn team_member(id: TeamId, user: UserId) -> Key {
    key(team(id).pk, format!("{TEAM_MEMBERS}{}", person_part(user)))
}

/// What the sort keys of a team's people begin with.
pub const TEAM_MEMBERS: &str = "M#";

/// What the sort keys of a project's people begin with.
pub const PROJECT_MEMBERS: &str = "M#";

/// A task.
pub fn task(id: TaskId) -> Key {
    key(within(id.tag(), "TASK", &id.suffix()), "TASK")
}

/// A board.
pub fn board(id: BoardId) -> Key {
    key(within(id.tag(), "BOARD", &id.suffix()), "BOARD")
}

/// A label.
pub fn label(id: LabelId) -> Key {
    key(within(id.tag(), "LABEL", &id.suffix()), "LABEL")
}

/// The guard of a label's name: spellings that read alike are one name, in the organization or in one project of it.
pub fn label_name(tag: Tag, project: Option<ProjectId>, name: &str) -> Key {
    let scope = project.map(ProjectId::suffix).unwrap_or_default();
    let hash = hash(&[scope.as_bytes(), fold(name).as_bytes()]);
    key(tenant(tag), format!("LABELNAME#{}", base32().encode(&hash)))
}

/// A saved view.
pub fn view(id: ViewId) -> Key {
    key(within(id.tag(), "VIEW", &id.suffix()), "VIEW")
}

/// An invitation.
pub fn invitation(id: InvitationId) -> Key {
    key(within(id.tag(), "INVITE", &id.suffix()), "INVITE")
}

/// A join code.
pub fn join_code(id: JoinCodeId) -> Key {
    key(within(id.tag(), "CODE", &id.suffix()), "CODE")
}

/// An e-mail domain by which people join.
pub fn domain(id: DomainId) -> Key {
    key(tenant(id.tag()), format!("DOMAIN#{}", id.suffix()))
}

/// A person's request to join.
pub fn join_request(tag: Tag, user: UserId) -> Key {
    key(tenant(tag), format!("ASK#{}", person_part(user)))
}

fn user_partition(user: UserId) -> String {
    format!("U#{}", person_part(user))
}

/// A person's account.
pub fn account(user: UserId) -> Key {
    key(user_partition(user), "ACCOUNT")
}

/// What others see of a person.
pub fn profile(user: UserId) -> Key {
    key(user_partition(user), "PROFILE")
}

/// A session.
pub fn session(user: UserId, session: SessionId) -> Key {
    key(user_partition(user), format!("S#{session}"))
}

/// A one-time token; one per person and purpose.
pub fn one_time(user: UserId, purpose: Purpose) -> Key {
    key(user_partition(user), format!("ONETIME#{}", purpose.as_str()))
}

/// A password hash.
pub fn credential(user: UserId) -> Key {
    key(format!("C#{}", person_part(user)), "CREDENTIAL")
}

fn guard(kind: &str, text: &str) -> Key {
    key(format!("G#{kind}#{}", hashed(text)), "GUARD")
}

/// The guard of an account's e-mail address.
pub fn email_guard(email: &Email) -> Key {
    guard("email", email.as_str())
}

/// The guard of a username.
pub fn username_guard(username: &Username) -> Key {
    guard("username", username.as_str())
}

/// The guard of an organization's slug.
pub fn slug_guard(slug: &Slug) -> Key {
    guard("slug", slug.as_str())
}

/// The guard of an organization's name: spellings that read alike are one name.
pub fn organization_name_guard(name: &str) -> Key {
    guard("orgname", &fold(name))
}

/// The guard of an organization's e-mail address.
pub fn organization_email_guard(email: &Email) -> Key {
    guard("orgemail", email.as_str())
}

/// What is kept of a join code: its SHA-256, in base64url.
pub fn join_code_digest(code: &Code) -> String {
    data_encoding::BASE64URL_NOPAD.encode(digest(&SHA256, code.as_str().as_bytes()).as_ref())
}

/// The guard of a join code, by its digest.
pub fn join_code_guard(digest: &str) -> Key {
    key(format!("G#joincode#{digest}"), "GUARD")
}

/// The guard of a verified e-mail domain.
pub fn domain_guard(domain: &DomainName) -> Key {
    guard("domain", domain.as_str())
}

/// The partition of the invitations that wait for an address.
pub fn waiting_partition(email: &Email) -> String {
    format!("G#invited#{}", hashed(email.as_str()))
}

/// An invitation that waits for an address.
pub fn waiting(email: &Email, id: InvitationId) -> Key {
    key(waiting_partition(email), format!("{}#{}", id.tag(), id.suffix()))
}

/// The invitation that a waiting entry names.
pub fn waiting_invitation(sk: &str) -> Option<InvitationId> {
    let (tag, suffix) = sk.split_once('#')?;
    InvitationId::from_suffix(tag.parse().ok()?, suffix).ok()
}

/// The published keys.
pub fn published_keys() -> Key {
    key("SYS#KEYS".to_owned(), "KEYS")
}

/// A counter of one kind of thing, for one subject, in one window of time.
pub fn rate(kind: &str, subject: &str, window: i64) -> Key {
    key(format!("RL#{kind}#{}", hashed(subject)), window.to_string())
}

/// The claim on one mail to one recipient.
pub fn mail_claim(event: &str, recipient: &str) -> Key {
    key(format!("MAIL#{}", base32().encode(&hash(&[event.as_bytes(), recipient.as_bytes()]))), "CLAIM")
}

fn moment(at: Timestamp, suffix: &str) -> String {
    format!("{:015}#{suffix}", at.as_millisecond())
}

/// The container of an organization's people.
pub fn members_of(tag: Tag) -> String {
    format!("T#{tag}#MEMBERS")
}

/// A card among the people of its organization.
pub fn member_entry(tag: Tag, user: UserId, joined: Timestamp) -> IndexKey {
    (members_of(tag), moment(joined, &person_part(user)))
}

/// The container of an organization's projects.
pub fn projects_of(tag: Tag) -> String {
    format!("T#{tag}#PROJECTS")
}

/// A project among those of its organization.
pub fn project_entry(id: ProjectId, created: Timestamp) -> IndexKey {
    (projects_of(id.tag()), moment(created, &id.suffix()))
}

/// The container of an organization's teams.
pub fn teams_of(tag: Tag) -> String {
    format!("T#{tag}#TEAMS")
}

/// A team among those of its organization.
pub fn team_entry(id: TeamId, created: Timestamp) -> IndexKey {
    (teams_of(id.tag()), moment(created, &id.suffix()))
}

/// The container of an organization's invitations.
pub fn invitations_of(tag: Tag) -> String {
    format!("T#{tag}#INVITES")
}

/// An invitation among those of its organization.
pub fn invitation_entry(id: InvitationId, created: Timestamp) -> IndexKey {
    (invitations_of(id.tag()), moment(created, &id.suffix()))
}

/// The container of an organization's labels, those of its projects among them.
pub fn labels_of(tag: Tag) -> String {
    format!("T#{tag}#LABELS")
}

/// A label among those of its organization.
pub fn label_entry(id: LabelId, created: Timestamp) -> IndexKey {
    (labels_of(id.tag()), moment(created, &id.suffix()))
}

/// The container of an organization's join codes.
pub fn join_codes_of(tag: Tag) -> String {
    format!("T#{tag}#CODES")
}

/// A join code among those of its organization.
pub fn join_code_entry(id: JoinCodeId, created: Timestamp) -> IndexKey {
    (join_codes_of(id.tag()), moment(created, &id.suffix()))
}

/// The container of an organization's e-mail domains.
pub fn domains_of(tag: Tag) -> String {
    format!("T#{tag}#DOMAINS")
}

/// An e-mail domain among those of its organization.
pub fn domain_entry(id: DomainId, created: Timestamp) -> IndexKey {
    (domains_of(id.tag()), moment(created, &id.suffix()))
}

/// The container of the requests to join an organization.
pub fn join_requests_of(tag: Tag) -> String {
    format!("T#{tag}#ASKS")
}

/// A request among those to join the organization.
pub fn join_request_entry(tag: Tag, user: UserId, asked: Timestamp) -> IndexKey {
    (join_requests_of(tag), moment(asked, &person_part(user)))
}

/// The container of an organization's saved views.
pub fn views_of(tag: Tag) -> String {
    format!("T#{tag}#VIEWS")
}

/// A view among those of its organization.
pub fn view_entry(id: ViewId, created: Timestamp) -> IndexKey {
    (views_of(id.tag()), moment(created, &id.suffix()))
}

/// The container of what is deleted in an organization.
pub fn trash_of(tag: Tag) -> String {
    format!("T#{tag}#TRASH")
}

/// A deleted task among the trash.
pub fn task_in_trash(id: TaskId, deleted: Timestamp) -> IndexKey {
    (trash_of(id.tag()), moment(deleted, &id.suffix()))
}

/// A deleted project among the trash.
pub fn project_in_trash(id: ProjectId, deleted: Timestamp) -> IndexKey {
    (trash_of(id.tag()), moment(deleted, &id.suffix()))
}

/// The container of a project's tasks.
pub fn tasks_of(project: ProjectId) -> String {
    format!("{}#TASKS", project_partition(project))
}

/// The container of a project's boards.
pub fn boards_of(project: ProjectId) -> String {
    format!("{}#BOARDS", project_partition(project))
}

/// A board among those of its project.
pub fn board_entry(id: BoardId, project: ProjectId, created: Timestamp) -> IndexKey {
    (boards_of(project), moment(created, &id.suffix()))
}

/// A task's number as it sorts.
pub fn number(number: u64) -> String {
    format!("{number:010}")
}

/// A project's tasks of one status.
pub fn column(project: ProjectId, status: &StatusKey) -> String {
    format!("{}#S#{}", project_partition(project), status)
}

/// A task's place in its column.
pub fn place_in_column(rank: &str, id: TaskId) -> String {
    format!("{rank}#{}", id.suffix())
}

/// A project's tasks by urgency.
pub fn urgency(project: ProjectId) -> String {
    format!("{}#URGENCY", project_partition(project))
}

/// A due date as it sorts.
pub fn due(due: Option<Due>) -> String {
    due.map_or_else(|| NO_DUE.to_owned(), Due::sort_key)
}

/// What the urgencies of one priority begin with.
pub fn priority_prefix(priority: Priority) -> String {
    format!("{}#", priority as u8)
}

/// A task's place by urgency.
pub fn place_by_urgency(priority: Priority, due_date: Option<Due>, task_number: u64) -> String {
    format!("{}{}#{}", priority_prefix(priority), due(due_date), number(task_number))
}

/// A person's tasks in a tenant.
pub fn person(tag: Tag, user: UserId) -> String {
    format!("T#{tag}#PERSON#{}", person_part(user))
}

/// A task's place among those of its person.
pub fn place_by_person(closed: bool, due_date: Option<Due>, id: TaskId) -> String {
    format!("{}#{}#{}", u8::from(closed), due(due_date), id.suffix())
}

/// A new organization's id, and every id that a creation derives from its idempotency key.
pub mod derived {
    use super::{
        BoardId, DomainId, DomainName, InvitationId, JoinCodeId, LabelId, OrgId, ProjectId, Tag, TaskId, TeamId,
        ViewId, digest, hash,
    };
    use aws_lc_rs::digest::SHA256;
    use domain::id::ENTROPY_BYTES;

    fn bytes(seed: &[u8; 16], purpose: &str) -> [u8; 16] {
        let mut input = seed.to_vec();
        input.extend_from_slice(purpose.as_bytes());
        let mut out = [0; 16];
        out.copy_from_slice(&digest(&SHA256, &input).as_ref()[..16]);
        out
    }

    fn entropy(seed: &[u8; 16], purpose: &str) -> [u8; ENTROPY_BYTES] {
        let mut out = [0; ENTROPY_BYTES];
        out.copy_from_slice(&bytes(seed, purpose)[..ENTROPY_BYTES]);
        out
    }

    /// The task that an operation makes.
    pub fn task(tag: Tag, operation: &[u8; 16]) -> TaskId {
        TaskId::new(tag, entropy(operation, "task"))
    }

    /// The project that an operation makes.
    pub fn project(tag: Tag, operation: &[u8; 16]) -> ProjectId {
        ProjectId::new(tag, entropy(operation, "project"))
    }

    /// The board that an operation makes.
    pub fn board(tag: Tag, operation: &[u8; 16]) -> BoardId {
        BoardId::new(tag, entropy(operation, "board"))
    }

    /// The team that an operation makes.
    pub fn team(tag: Tag, operation: &[u8; 16]) -> TeamId {
        TeamId::new(tag, entropy(operation, "team"))
    }

    /// The label that an operation makes.
    pub fn label(tag: Tag, operation: &[u8; 16]) -> LabelId {
        LabelId::new(tag, entropy(operation, "label"))
    }

    /// The view that an operation makes.
    pub fn view(tag: Tag, operation: &[u8; 16]) -> ViewId {
        ViewId::new(tag, entropy(operation, "view"))
    }

    /// The invitation that an operation makes.
    pub fn invitation(tag: Tag, operation: &[u8; 16]) -> InvitationId {
        InvitationId::new(tag, entropy(operation, "invitation"))
    }

    /// The join code that an operation makes.
    pub fn join_code(tag: Tag, operation: &[u8; 16]) -> JoinCodeId {
        JoinCodeId::new(tag, entropy(operation, "join code"))
    }

    /// The id of an e-mail domain: the same whenever the organization names it, so that it has it once.
    pub fn domain(tag: Tag, domain: &DomainName) -> DomainId {
        DomainId::new(tag, entropy(&hash(&[domain.as_str().as_bytes()]), "domain"))
    }

    /// The organization that an operation makes, with its tenant.
    pub fn organization(operation: &[u8; 16]) -> OrgId {
        let tag = bytes(operation, "tenant");
        OrgId::new(Tag::from_bytes([tag[0], tag[1], tag[2], tag[3], tag[4]]), entropy(operation, "organization"))
    }
}

#[cfg(test)]
mod tests {
    use domain::workflow::Category;

    use super::*;

    const TAG: Tag = Tag::from_bytes([9, 8, 7, 6, 5]);

    #[test]
    fn every_tenant_key_begins_with_its_tenant() {
        let task_id = TaskId::new(TAG, [3; 11]);
        let project_id = ProjectId::new(TAG, [4; 11]);
        let user = UserId::new(1, [5; 10]);
        let prefix = format!("T#{TAG}");
        let keys = [
            organization(TAG).pk,
            card(TAG, user).pk,
            task(task_id).pk,
            project(project_id).pk,
            members_of(TAG),
            projects_of(TAG),
            teams_of(TAG),
            team(TeamId::new(TAG, [7; 11])).pk,
            trash_of(TAG),
            join_code(JoinCodeId::new(TAG, [9; 11])).pk,
            domain(derived::domain(TAG, &"acme.example".parse().unwrap())).pk,
            join_request(TAG, user).pk,
            join_codes_of(TAG),
            domains_of(TAG),
            join_requests_of(TAG),
            tasks_of(project_id),
            boards_of(project_id),
            board(BoardId::new(TAG, [8; 11])).pk,
            alias(TAG, &"WEB".parse().unwrap(), 12).pk,
            column(project_id, &Category::Todo.into()),
            urgency(project_id),
            person(TAG, user),
            label(LabelId::new(TAG, [9; 11])).pk,
            label_name(TAG, Some(project_id), "Bug").pk,
            labels_of(TAG),
        ];
        assert!(keys.iter().all(|key| key.starts_with(&prefix)));
    }

    #[test]
    fn a_waiting_entry_names_its_invitation() {
        let id = InvitationId::new(TAG, [6; 11]);
        let email = "ann@example.com".parse().unwrap();
        assert_eq!(waiting_invitation(&waiting(&email, id).sk), Some(id));
        assert_eq!(waiting_invitation("nonsense"), None);
    }

    #[test]
    fn urgency_sorts_by_priority_then_due_date_with_none_last() {
        let place = |priority, due: Option<&str>| place_by_urgency(priority, due.map(|d| d.parse().unwrap()), 1);
        let places = [
            place(Priority::Low, Some("2026-01-01")),
            place(Priority::Low, Some("2026-01-02T00:00:00Z")),
            place(Priority::Low, None),
            place(Priority::High, Some("2025-01-01")),
        ];
        assert!(places.is_sorted());
    }
}
