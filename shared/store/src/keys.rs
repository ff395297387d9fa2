//! Every key of the table. No key is built anywhere else.
//!
//! | pk | sk | item |
//! |---|---|---|
//! | `T#<tag>` | `ORG` | organization |
//! | `T#<tag>` | `STEWARDS` | how many owners and admins the organization has |
//! | `T#<tag>` | `HEADCOUNT` | how many people it has beyond its first |
//! | `T#<tag>` | `M#<user>` | card: membership and every role in the organization |
//! | `T#<tag>` | `KEY#<PROJ>` | guard of a project key; tells the project |
//! | `T#<tag>` | `DONE#<operation>` | a request with many operations that was done as a whole |
//! | `T#<tag>#SIGNAL` | `<kind>#<user>#<project>#<minute>` | a refusal, a private read or a download, at most one a minute |
//! | `T#<tag>` | `INVITED#<hash>` | guard: one pending invitation per address; tells the invitation |
//! | `T#<tag>#PROJECT#<id>` | `PROJECT`, `COUNTER`, `M#<user>`, `TEXT#<version>` | project, its task numbers, its people, its long text |
//! | `T#<tag>` | `ALIAS#<PROJ>#<n>` | guard of the key that a task had in another project; tells the task |
//! | `T#<tag>#BOARD#<id>` | `BOARD` | board with its lists |
//! | `T#<tag>` | `TEAMNAME#<hash>` | guard of a team's name; tells the team |
//! | `T#<tag>#TEAM#<id>` | `TEAM`, `M#<user>`, `TEXT#<version>` | team, its people, its long text |
//! | `T#<tag>#TASK#<id>` | `TASK` | task |
//! | | `COMMENT#<comment>` | comment on it |
//! | | `COMMENT#<comment>#<number, eight digits>` | a text that the comment had before an edit |
//! | | `TEXT#<version>`, `TEXT#<comment>#<version>` | its long text, by the version that brought it; a comment's |
//! | | `COUNTS` | how many comments and files it has; kept by the feed |
//! | | `WATCH#<user>` | a person's word about it: that they watch, or do not want to be told |
//! | `T#<tag>#INBOX#<user>` | `<happened at>#<hash>` | a notification |
//! | `T#<tag>#TASK#<id>` | `ATTACHMENT#<attachment>` | file on a task, with its versions and uploads |
//! | `T#<tag>` | `STORAGE` | how many bytes the organization's files take |
//! | `T#<tag>` | `ANNOUNCED#<stretch>`, `ANNOUNCED#<stretch>#<user>` | how many bytes were announced in two hours and have not come, by all and by a person |
//! | `T#<tag>#FEED` | `HEAD`, `E#<number, 14 digits>`, `SEEN#<event>`, `TOPIC#<topic>` | the feed: its end, its entries, guards of what it has, the last event of each topic |
//! | `T#<tag>#VIEW#<id>` | `VIEW` | saved view |
//! | `T#<tag>#INVITE#<id>` | `INVITE` | invitation |
//! | `T#<tag>#CODE#<id>` | `CODE` | join code |
//! | `T#<tag>` | `DOMAIN#<id>` | e-mail domain by which people join |
//! | `T#<tag>` | `ASK#<user>` | a person's request to join |
//! | `T#<tag>` | `LABELNAME#<hash>` | guard of a label's name in the organization or in a project |
//! | `T#<tag>#LABEL#<id>` | `LABEL` | label |
//! | `U#<user>` | `ACCOUNT`, `PROFILE`, `S#<session>`, `ONETIME#<purpose>` | a person |
//! | `U#<user>#HELD` | `<tag>#<invitation>` | an invitation whose letter waits until the person's address is verified |
//! | `U#<user>#AVATAR` | `AVATAR` | a person's picture; all that `attachments` may write of theirs |
//! | `U#<user>#NOTIFY` | `NOTIFY` | of what a person wants to be told, and by which ways; `notifications` writes it |
//! | `D#<user>` | `DEVICES` | a person's browsers and phones; all that the worker `devices` may write of theirs |
//! | `U#<user>#SIGNAL` | `<kind>#<hash>#<minute>` | a failed attempt to sign in, at most one a minute and name |
//! | `U#<user>#TICKETS` | `<hash>` | the right to open one live connection |
//! | `U#<user>#LIVE` | `<connection>` | a live connection of the person |
//! | `T#<tag>#LIVE#<kind>#<id>` | `<connection>`, `<connection>#<board>` | a live connection that listens to it |
//! | `W#<connection>` | `CONNECTION` | a live connection, and what it listens to |
//! | `C#<user>` | `CREDENTIAL` | password hash; only `auth` may read it |
//! | `G#email#<hash>`, `G#username#<hash>`, `G#slug#<hash>`, `G#orgname#<hash>`, `G#orgemail#<hash>` | `GUARD` | what is one account's or organization's alone |
//! | `G#joincode#<hash>` | `GUARD` | a join code; tells which |
//! | `G#domain#<hash>` | `GUARD` | a verified e-mail domain; tells whose |
//! | `G#invited#<hash>` | `<tag>#<invitation>` | invitations that wait for an address |
//! | `SYS#ALL#<0-15>` | `T#<tag>`, `U#<user>` | the registry: every organization and account there is; tells its id |
//! | `SYS#JOBS` | `<job>` | how far a job of the scheduler has come |
//! | `SYS#KEYS` | `KEYS` | public keys and cursor key; only `auth` may write it |
//! | `SYS#VAPID` | `KEY` | the private key by which push services know us; `auth` writes it, only `devices` reads it |
//! | `RL#<kind>#<whose>` | `<window>` | rate-limit counters |
//! | `MAIL#<hash>` | `CLAIM` | a mail that is being or was sent |
//! | `PUSH#<hash>` | `CLAIM` | a message to a device that is being or was sent |
//!
//! | index | pk | sk |
//! |---|---|---|
//! | `by_parent` | `T#<tag>#PROJECTS`, `#TEAMS`, `#LABELS`, `#MEMBERS`, `#INVITES`, `#VIEWS`, `#CODES`, `#DOMAINS`, `#ASKS` | `<created_at>#<id>` |
//! | | `T#<tag>#TRASH`, `#GONE` | `<deleted_at>#<id>`, of what can be brought back and of what cannot (labels that were merged too) |
//! | | `T#<tag>#PROJECT#<id>#TASKS` | `<number, ten digits>` |
//! | | `T#<tag>#PROJECT#<id>#BOARDS` | `<created_at>#<id>` |
//! | | `T#<tag>#TASK#<id>#ATTACHMENTS` | `<created_at>#<id>` |
//! | | `T#<tag>#TASK#<id>#COMMENTS` | `<root's created_at>#<root>`, for a reply `#<created_at>#<id>` behind it |
//! | | `T#<tag>#UNREAD#<user>` | `<happened at>#<hash>`, of notifications that are not read |
//! | | `T#<tag>#TASK#<id>#FEED`, `T#<tag>#AUDIT` | `<number in the feed, 14 digits>` |
//! | `by_rank` | `T#<tag>#PROJECT#<id>#FEED` | `<number in the feed, 14 digits>` |
//! | | `T#<tag>#PROJECT#<id>#S#<status>` | `<rank>#<id>` |
//! | `by_urgency` | `T#<tag>#PROJECT#<id>#URGENCY` | `<priority 0-3>#<due, or 9>#<number>` |
//! | `by_person` | `T#<tag>#ACTOR#<user>` | `<number in the feed, 14 digits>` |
//! | | `T#<tag>#PERSON#<user>` | `<0 open, 1 closed>#<due, or 9>#<id>#<project>` |
//!
//! Ids are written without their tenant (17 characters), users as 26, hashes as 16 bytes. Text of users never
//! enters a key, except project keys and identities of statuses, whose alphabets have no separator.

pub mod live;

use aws_lc_rs::digest::{SHA256, digest};
use domain::account::Purpose;
use domain::attachment::ObjectId;
use domain::comment::{Comment, Root};
use domain::due::{Due, NO_DUE};
use domain::event::EventId;
use domain::id::{
    AttachmentId, BoardId, CommentId, DeviceId, DomainId, InvitationId, JoinCodeId, LabelId, OrgId, ProjectId,
    SessionId, Tag, TaskId, TeamId, UserId, ViewId, base32,
};
use domain::joining::{CodeText, DomainName};
use domain::live::Topic;
use domain::notification::NotificationId;
use domain::task::Priority;
use domain::text::{Email, Name, ProjectKey, Slug, Username, fold, look};
use domain::workflow::StatusId;
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

/// How many owners and admins an organization has. As long as there is none, its founder is the only one.
pub fn stewards(tag: Tag) -> Key {
    key(tenant(tag), "STEWARDS")
}

/// How many people an organization has beyond its first.
pub fn headcount(tag: Tag) -> Key {
    key(tenant(tag), "HEADCOUNT")
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

/// Where no project stands: looked for in place of the one of a thing that is not there, always the same for it.
pub fn decoy_project(tag: Tag, of: &Key) -> Key {
    project(derived::project(tag, &hash(&[b"decoy", of.pk.as_bytes()])))
}

/// A project's task numbers.
pub fn counter(id: ProjectId) -> Key {
    key(project_partition(id), "COUNTER")
}

/// A person's place in a project.
pub fn project_member(id: ProjectId, user: UserId) -> Key {
    key(project_partition(id), format!("{PROJECT_MEMBERS}{}", person_part(user)))
}

/// The guard of a team's name: spellings that look alike are one name.
pub fn team_name(tag: Tag, name: &Name) -> Key {
    key(tenant(tag), format!("TEAMNAME#{}", hashed(&look(name.as_str()))))
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

/// A comment on a task.
pub fn comment(task_id: TaskId, id: CommentId) -> Key {
    key(task(task_id).pk, format!("COMMENT#{}", id.suffix()))
}

/// What the sort keys of a comment's earlier texts begin with.
pub fn revisions_of(id: CommentId) -> String {
    format!("COMMENT#{}#", id.suffix())
}

/// A text that a comment had before an edit.
pub fn revision(task_id: TaskId, id: CommentId, number: u32) -> Key {
    key(task(task_id).pk, format!("{}{number:08}", revisions_of(id)))
}

/// The long text that a thing got with a version of it: beside the thing, or, for a part of something, under its id. The
/// earlier texts of a comment name those of the comment.
pub fn text(of: &Key, version: u64) -> Key {
    let part = of.sk.split('#').nth(1).map(|id| format!("{id}#")).unwrap_or_default();
    key(of.pk.clone(), format!("TEXT#{part}{version:08}"))
}

/// How many comments and files a task has.
pub fn counts(task_id: TaskId) -> Key {
    key(task(task_id).pk, "COUNTS")
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

/// A file on a task.
pub fn attachment(on: TaskId, id: AttachmentId) -> Key {
    key(task(on).pk, format!("ATTACHMENT#{}", id.suffix()))
}

/// How many bytes the files of an organization take.
pub fn storage(tag: Tag) -> Key {
    key(tenant(tag), "STORAGE")
}

/// How many bytes were announced in an organization in a stretch of time and have not come yet.
pub fn announced(tag: Tag, stretch: i64) -> Key {
    key(tenant(tag), format!("ANNOUNCED#{stretch}"))
}

/// How many of them a person announced.
pub fn announced_by(tag: Tag, stretch: i64, user: UserId) -> Key {
    key(tenant(tag), format!("ANNOUNCED#{stretch}#{}", person_part(user)))
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

/// A person's picture.
pub fn avatar(user: UserId) -> Key {
    key(format!("{}#AVATAR", user_partition(user)), "AVATAR")
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

/// An invitation of a person whose letter is held back.
pub fn held_invitation(user: UserId, id: InvitationId) -> Key {
    key(held_invitations(user), format!("{}#{}", id.tag(), id.suffix()))
}

/// The partition of a person's invitations whose letters are held back.
pub fn held_invitations(user: UserId) -> String {
    format!("{}#HELD", user_partition(user))
}

/// A signal about something of the tenant: of a kind there is one per person, project and minute.
pub fn signal(tag: Tag, kind: &str, user: UserId, project: Option<ProjectId>, minute: i64) -> Key {
    let project = project.map(ProjectId::suffix).unwrap_or_default();
    key(format!("{}#SIGNAL", tenant(tag)), format!("{kind}#{}#{project}#{minute}", person_part(user)))
}

/// A signal about an account: of a kind there is one per name that was given and minute.
pub fn account_signal(user: UserId, kind: &str, mark: &str, minute: i64) -> Key {
    key(format!("{}#SIGNAL", user_partition(user)), format!("{kind}#{mark}#{minute}"))
}

/// A digest of the name under which somebody signs in.
pub fn name_mark(name: &str) -> String {
    hashed(name)
}

/// A person's devices.
pub fn devices(user: UserId) -> Key {
    key(format!("D#{}", person_part(user)), "DEVICES")
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

/// The guard of an organization's name: spellings that look alike are one name.
pub fn organization_name_guard(name: &str) -> Key {
    guard("orgname", &look(name))
}

/// The guard of an organization's e-mail address.
pub fn organization_email_guard(email: &Email) -> Key {
    guard("orgemail", email.as_str())
}

/// What is kept of a join code: its SHA-256, in base64url.
pub fn join_code_digest(code: &CodeText) -> String {
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

/// The private key by which push services know us.
pub fn vapid_key() -> Key {
    key("SYS#VAPID".to_owned(), "KEY")
}

/// A counter of one kind of thing, for one subject, in one window of time.
pub fn rate(kind: &str, subject: &str, window: i64) -> Key {
    key(format!("RL#{kind}#{}", hashed(subject)), window.to_string())
}

/// The claim on one message to one device.
pub fn device_claim(job: &str, device: DeviceId) -> Key {
    key(format!("PUSH#{}", base32().encode(&hash(&[job.as_bytes(), &device.bytes()]))), "CLAIM")
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

/// A person's word about a task.
pub fn watch(task_id: TaskId, user: UserId) -> Key {
    key(task(task_id).pk, format!("{WATCHES}{}", person_part(user)))
}

/// What the sort keys of people's words about a task begin with.
pub const WATCHES: &str = "WATCH#";

/// Of what a person wants to be told.
pub fn preferences(user: UserId) -> Key {
    key(format!("{}#NOTIFY", user_partition(user)), "NOTIFY")
}

/// The partition of what a person is told of in a tenant.
pub fn inbox_of(tag: Tag, user: UserId) -> String {
    within(tag, "INBOX", &person_part(user))
}

/// What tells a notification of an event to a person from all others of the same moment.
pub fn told(event: &EventId, user: UserId) -> [u8; 16] {
    hash(&[b"notification", &event.0, &user.bytes()])
}

/// The place of a notification among those of its person, in the order in which things happened.
pub fn place_in_inbox(id: NotificationId) -> String {
    moment(id.at(), &base32().encode(&id.digest()))
}

/// The place from which on notifications happened at this moment or later.
pub fn inbox_from(at: Timestamp) -> String {
    moment(at, "")
}

/// A notification.
pub fn notification(user: UserId, id: NotificationId) -> Key {
    key(inbox_of(id.tag(), user), place_in_inbox(id))
}

/// A notification among those that its person has not read.
pub fn unread_entry(user: UserId, id: NotificationId) -> IndexKey {
    (unread_of(id.tag(), user), place_in_inbox(id))
}

/// What a person has not read yet of what they were told in a tenant.
pub fn unread_of(tag: Tag, user: UserId) -> String {
    format!("T#{tag}#UNREAD#{}", person_part(user))
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

/// Where things stand that nobody can bring back: deleted for good, or merged into others. Oldest first, for a purge.
pub fn gone_of(tag: Tag) -> String {
    format!("T#{tag}#GONE")
}

/// The place of such a thing, by the suffix of its id.
pub fn gone_entry(tag: Tag, deleted: Timestamp, suffix: &str) -> IndexKey {
    (gone_of(tag), moment(deleted, suffix))
}

/// The container of the files on a task.
pub fn attachments_of(on: TaskId) -> String {
    format!("{}#ATTACHMENTS", task(on).pk)
}

/// A file among those of its task.
pub fn attachment_entry(on: TaskId, id: AttachmentId, created: Timestamp) -> IndexKey {
    (attachments_of(on), moment(created, &id.suffix()))
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

/// The container of a task's comments.
pub fn comments_of(task_id: TaskId) -> String {
    format!("{}#COMMENTS", task(task_id).pk)
}

/// What the places of a thread's comments begin with; that of its first one is no more.
pub fn thread(root: &Root) -> String {
    moment(root.created_at, &root.id.suffix())
}

/// A comment among those of its task: threads in the order in which they began, replies in order behind their root.
pub fn comment_entry(comment: &Comment) -> IndexKey {
    let place = match &comment.root {
        None => thread(&comment.thread()),
        Some(root) => format!("{}#{}", thread(root), moment(comment.created_at, &comment.id.suffix())),
    };
    (comments_of(comment.task), place)
}

/// A task's number as it sorts.
pub fn number(number: u64) -> String {
    format!("{number:010}")
}

/// A project's tasks of one status.
pub fn column(project: ProjectId, status: &StatusId) -> String {
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

/// The stretch of the urgencies of one priority that are due no later than `horizon`, which sorts like a due date.
pub fn urgency_until(priority: Priority, horizon: &str) -> (String, String) {
    let prefix = priority_prefix(priority);
    (prefix.clone(), format!("{prefix}{horizon}\u{7f}"))
}

/// The due date in a place by urgency or by person.
pub fn due_in_place(place: &str) -> Option<Due> {
    place.split('#').nth(1)?.trim_end_matches('~').parse().ok()
}

/// What the places of a person's open tasks begin with.
pub const OPEN_OF_PERSON: &str = "0#";

/// A task's place by urgency.
pub fn place_by_urgency(priority: Priority, due_date: Option<Due>, task_number: u64) -> String {
    format!("{}{}#{}", priority_prefix(priority), due(due_date), number(task_number))
}

/// A person's tasks in a tenant.
pub fn person(tag: Tag, user: UserId) -> String {
    format!("T#{tag}#PERSON#{}", person_part(user))
}

/// A task's place among those of its person. It names the project, because reading the task is decided there.
pub fn place_by_person(closed: bool, due_date: Option<Due>, id: TaskId, project: ProjectId) -> String {
    format!("{}#{}#{}#{}", u8::from(closed), due(due_date), id.suffix(), project.suffix())
}

/// The project in a task's place among those of its person.
pub fn project_in_place(tag: Tag, place: &str) -> Option<ProjectId> {
    ProjectId::from_suffix(tag, place.split('#').nth(3)?).ok()
}

/// The partition of an organization's feed.
pub fn feed(tag: Tag) -> String {
    format!("T#{tag}#FEED")
}

/// The end of a feed.
pub fn feed_head(tag: Tag) -> Key {
    key(feed(tag), "HEAD")
}

/// A number in a feed as it sorts.
pub fn sequence(number: u64) -> String {
    format!("{number:014}")
}

/// What the sort keys of a feed's entries begin with.
pub const FEED_ENTRIES: &str = "E#";

/// An entry of a feed.
pub fn feed_entry(tag: Tag, number: u64) -> Key {
    key(feed(tag), format!("{FEED_ENTRIES}{}", sequence(number)))
}

/// The guard that an event is in a feed once.
pub fn feed_guard(tag: Tag, event: &EventId) -> Key {
    key(feed(tag), format!("SEEN#{}", base32().encode(&event.0)))
}

/// Which event a topic of live connections had last; none of a person's own, which is of no feed.
pub fn feed_topic(topic: Topic) -> Option<Key> {
    Some(key(feed(topic.tag()?), format!("TOPIC#{topic}")))
}

/// A task's events in the feed.
pub fn feed_of_task(id: TaskId) -> String {
    format!("{}#FEED", task(id).pk)
}

/// The events in the feed that auditors look for, but for those of tasks.
pub fn audit_of(tag: Tag) -> String {
    format!("T#{tag}#AUDIT")
}

/// A project's events in the feed.
pub fn feed_of_project(id: ProjectId) -> String {
    format!("{}#FEED", project_partition(id))
}

/// What a person has done, in the feed.
pub fn feed_of_actor(tag: Tag, user: UserId) -> String {
    format!("T#{tag}#ACTOR#{}", person_part(user))
}

/// Whose things stand in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A tenant.
    Tenant(Tag),
    /// A person.
    Person(UserId),
}

/// Whose partition this is, if it is a tenant's or a person's.
pub fn holder(pk: &str) -> Option<Holder> {
    let (kind, rest) = pk.split_once('#')?;
    let id = rest.split('#').next()?;
    match kind {
        "T" => id.parse().ok().map(Holder::Tenant),
        "U" => {
            let bytes = base32().decode(id.as_bytes()).ok()?;
            UserId::from_bytes(bytes.try_into().ok()?).ok().map(Holder::Person)
        }
        _ => None,
    }
}

/// Into how many partitions the registry is divided, so that none takes all that is made.
pub const REGISTRY_PARTITIONS: u8 = 16;

/// The place of an organization or account in the registry of all there are.
pub fn registered(holder: Holder) -> Key {
    let name = match holder {
        Holder::Tenant(tag) => tenant(tag),
        Holder::Person(user) => user_partition(user),
    };
    let partition = hash(&[b"registry", name.as_bytes()])[0] % REGISTRY_PARTITIONS;
    key(registry(partition), name)
}

/// A partition of the registry.
pub fn registry(partition: u8) -> String {
    format!("SYS#ALL#{partition}")
}

/// How far the jobs of the scheduler have come; one for each.
pub fn job(name: &str) -> Key {
    key("SYS#JOBS".to_owned(), name)
}

/// A new organization's id, and every id that a creation derives from its idempotency key.
pub mod derived {
    use super::{
        AttachmentId, BoardId, CommentId, DomainId, DomainName, InvitationId, JoinCodeId, LabelId, ObjectId, OrgId,
        ProjectId, Tag, TaskId, TeamId, ViewId, digest, hash,
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

    /// The comment that an operation makes.
    pub fn comment(tag: Tag, operation: &[u8; 16]) -> CommentId {
        CommentId::new(tag, entropy(operation, "comment"))
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

    /// The file that an operation announces.
    pub fn attachment(tag: Tag, operation: &[u8; 16]) -> AttachmentId {
        AttachmentId::new(tag, entropy(operation, "attachment"))
    }

    /// The place of the bytes that an operation announces.
    pub fn object(operation: &[u8; 16]) -> ObjectId {
        ObjectId::from_bytes(bytes(operation, "object"))
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
            signal(TAG, "access.refused", user, Some(project_id), 1).pk,
            task(task_id).pk,
            project(project_id).pk,
            members_of(TAG),
            projects_of(TAG),
            teams_of(TAG),
            team(TeamId::new(TAG, [7; 11])).pk,
            trash_of(TAG),
            gone_of(TAG),
            join_code(JoinCodeId::new(TAG, [9; 11])).pk,
            domain(derived::domain(TAG, &"acme.example".parse().unwrap())).pk,
            join_request(TAG, user).pk,
            join_codes_of(TAG),
            domains_of(TAG),
            join_requests_of(TAG),
            tasks_of(project_id),
            comment(task_id, CommentId::new(TAG, [6; 11])).pk,
            revision(task_id, CommentId::new(TAG, [6; 11]), 1).pk,
            counts(task_id).pk,
            comments_of(task_id),
            watch(task_id, user).pk,
            inbox_of(TAG, user),
            unread_of(TAG, user),
            boards_of(project_id),
            board(BoardId::new(TAG, [8; 11])).pk,
            attachment(task_id, AttachmentId::new(TAG, [8; 11])).pk,
            attachments_of(task_id),
            storage(TAG).pk,
            alias(TAG, &"WEB".parse().unwrap(), 12).pk,
            column(project_id, &Category::Todo.into()),
            urgency(project_id),
            person(TAG, user),
            label(LabelId::new(TAG, [9; 11])).pk,
            label_name(TAG, Some(project_id), "Bug").pk,
            labels_of(TAG),
            feed(TAG),
            feed_of_task(task_id),
            audit_of(TAG),
            feed_of_project(project_id),
            feed_of_actor(TAG, user),
        ];
        assert!(keys.iter().all(|key| key.starts_with(&prefix)));
    }

    #[test]
    fn a_partition_tells_whose_it_is() {
        let user = UserId::new(1, [5; 10]);
        assert_eq!(holder(&task(TaskId::new(TAG, [3; 11])).pk), Some(Holder::Tenant(TAG)));
        assert_eq!(holder(&organization(TAG).pk), Some(Holder::Tenant(TAG)));
        assert_eq!(holder(&account(user).pk), Some(Holder::Person(user)));
        assert_eq!((holder("SYS#KEYS"), holder("T"), holder("U#x"), holder("")), (None, None, None, None));
    }

    #[test]
    fn a_waiting_entry_names_its_invitation() {
        let id = InvitationId::new(TAG, [6; 11]);
        let email = "ann@example.com".parse().unwrap();
        assert_eq!(waiting_invitation(&waiting(&email, id).sk), Some(id));
        assert_eq!(waiting_invitation("nonsense"), None);
    }

    #[test]
    fn a_place_tells_its_due_date_and_project() {
        let (id, project) = (TaskId::new(TAG, [3; 11]), ProjectId::new(TAG, [4; 11]));
        for due in [None, Some("2026-01-02"), Some("2026-01-02T10:00:00.250Z")] {
            let due = due.map(|due| due.parse::<Due>().unwrap());
            assert_eq!(due_in_place(&place_by_urgency(Priority::Low, due, 7)), due);
            let place = |closed| place_by_person(closed, due, id, project);
            assert_eq!((due_in_place(&place(false)), project_in_place(TAG, &place(false))), (due, Some(project)));
            assert!(place(false).starts_with(OPEN_OF_PERSON) && !place(true).starts_with(OPEN_OF_PERSON));
        }
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
