//! Who may do what: one table of roles and actions, and the few conditions around it.

use serde::{Deserialize, Serialize};

use crate::error::Error;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant),*
        }

        impl $name {
            /// Every value, in declared order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word that the API uses.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::text::Fault;

            /// Reads the word in any case, with spaces or hyphens for underscores.
            fn from_str(text: &str) -> Result<Self, $crate::text::Fault> {
                let word = text.trim().to_ascii_lowercase().replace([' ', '-'], "_");
                match word.as_str() {
                    $($word => Ok(Self::$variant),)*
                    _ => Err($crate::text::Fault::new("invalid", concat!("must be one of: ", $($word, " "),*).trim_end())),
                }
            }
        }
    };
}
pub(crate) use words;

words!(
    /// A member's role in an organization. Declared from the highest to the lowest.
    OrgRole {
        /// Everything, and there is always at least one.
        Owner = "owner",
        /// Everything but ownership and deletion.
        Admin = "admin",
        /// Runs projects.
        Manager = "manager",
        /// Works in projects.
        Member = "member",
        /// Reads; never writes work items, whatever other role they have.
        Viewer = "viewer",
        /// Sees only the projects in which they have a role.
        Guest = "guest",
    }
);

words!(
    /// A person's role in one project. Declared from the highest to the lowest.
    ProjectRole {
        /// Everything in the project.
        Owner = "owner",
        /// Runs the project.
        Manager = "manager",
        /// Works in the project.
        Member = "member",
        /// Reads.
        Viewer = "viewer",
    }
);

words!(
    /// A person's role in a team, which counts in the projects that the team is attached to. Declared from the highest
    /// to the lowest.
    TeamRole {
        /// Runs the team and its work.
        Admin = "admin",
        /// Works.
        Member = "member",
        /// Reads.
        Viewer = "viewer",
    }
);

/// What a column of the table says of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grant {
    /// Yes.
    Yes,
    /// Only for what is the caller's own: they made it (or, for restoring, deleted it).
    Own,
    /// Only where the caller is the assignee.
    Assignee,
    /// Only if a setting lets them: the organization's for its members, or the project's for those who only read.
    Setting,
    /// No.
    No,
}
use Grant::{Assignee, No, Own, Setting, Yes};

/// What an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    /// The organization itself.
    Organization,
    /// A team.
    Team,
    /// A project, or what is in one: it also needs `project.read` there.
    Project,
}

/// What an action does to what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only looks.
    Reads,
    /// It makes or changes something.
    Changes,
    /// It deletes, or may do so: whoever repeats it finds that it is done.
    Deletes,
    /// It brings back what was deleted.
    Restores,
}

/// What the columns of the table say of one action.
struct Row {
    /// Owner, admin, manager, member, viewer, guest.
    org: [Grant; 6],
    /// Admin, member, viewer: of the team, or of a team that is attached to the project.
    team: [Grant; 3],
    /// Owner, manager, member, viewer.
    project: [Grant; 4],
}

/// The table of rights. A row has an action, its word, what it is about, what becomes of that, and who may: `Y` yes, `O`
/// only what is their own, `A` only as the assignee, `S` if a setting lets them, `-` no. The roles in a
/// team are those in that team, or in one that is attached to the project.
macro_rules! rights {
    ($($(#[$doc:meta])* $action:ident $word:literal $area:ident $effect:ident
       $o1:tt $o2:tt $o3:tt $o4:tt $o5:tt $o6:tt $t1:tt $t2:tt $t3:tt $p1:tt $p2:tt $p3:tt $p4:tt,)*) => {
        words!(
            /// What can be done. The words are the permissions that errors name.
            Action {
                $($(#[$doc])* $action = $word),*
            }
        );

        impl Action {
            fn row(self) -> Row {
                match self {
                    $(Self::$action => Row {
                        org: [grant!($o1), grant!($o2), grant!($o3), grant!($o4), grant!($o5), grant!($o6)],
                        team: [grant!($t1), grant!($t2), grant!($t3)],
                        project: [grant!($p1), grant!($p2), grant!($p3), grant!($p4)],
                    },)*
                }
            }

            fn area(self) -> Area {
                match self {
                    $(Self::$action => Area::$area,)*
                }
            }

            /// What it does.
            pub fn effect(self) -> Effect {
                match self {
                    $(Self::$action => Effect::$effect,)*
                }
            }
        }
    };
}

macro_rules! grant {
    (Y) => {
        Grant::Yes
    };
    (O) => {
        Grant::Own
    };
    (A) => {
        Grant::Assignee
    };
    (S) => {
        Grant::Setting
    };
    (-) => {
        Grant::No
    };
}

rights! {
    //                                                                        of the organization
    //                                                                        owner, admin, manager, member, viewer, guest
    //                                                                        |            of the team
    //                                                                        |            admin, member, viewer
    //                                                                        |            |      of the project
    //                                                                        |            |      owner, manager, member, viewer
    /// See the organization.
    OrgRead              "org.read"                 Organization Reads     Y Y Y Y Y Y  - - -  - - - -,
    /// Change its name, slug, settings.
    OrgUpdate            "org.update"               Organization Changes   Y Y - - - -  - - -  - - - -,
    /// Delete it.
    OrgDelete            "org.delete"               Organization Deletes   Y - - - - -  - - -  - - - -,
    /// Bring it back.
    OrgRestore           "org.restore"              Organization Restores  Y - - - - -  - - -  - - - -,
    /// See its people.
    MembersList          "org.members.list"         Organization Reads     Y Y Y Y Y Y  - - -  - - - -,
    /// Invite people.
    MembersInvite        "org.members.invite"       Organization Changes   Y Y Y - - -  - - -  Y Y - -,
    /// Change people's roles.
    MembersChangeRole    "org.members.change_role"  Organization Changes   Y Y - - - -  - - -  - - - -,
    /// Remove people.
    MembersRemove        "org.members.remove"       Organization Deletes   Y Y - - - -  - - -  - - - -,
    /// Say by what codes and domains people may join, and whether those who ask may.
    SecurityPolicy       "security.policy"          Organization Changes   Y Y - - - -  - - -  - - - -,
    /// Be told what somebody else may do, and why.
    PermissionExplain    "permission.explain"       Organization Reads     Y Y - - - -  - - -  Y Y - -,
    /// See saved views.
    ViewRead             "view.read"                Organization Reads     Y Y Y Y Y Y  - - -  - - - -,
    /// Change a saved view.
    ViewUpdate           "view.update"              Organization Changes   O O O O O O  - - -  - - - -,
    /// Delete a saved view.
    ViewDelete           "view.delete"              Organization Deletes   O O O O O O  - - -  - - - -,
    /// Make a team.
    TeamCreate           "team.create"              Organization Changes   Y Y Y S - -  - - -  - - - -,
    /// See a team and its people.
    TeamRead             "team.read"                Team         Reads     Y Y Y Y Y -  Y Y Y  - - - -,
    /// Change a team.
    TeamUpdate           "team.update"              Team         Changes   Y Y - - - -  Y - -  - - - -,
    /// Delete a team.
    TeamDelete           "team.delete"              Team         Deletes   Y Y - - - -  O - -  - - - -,
    /// Add, change and remove a team's people.
    TeamMembersManage    "team.members.manage"      Team         Changes   Y Y - - - -  Y - -  - - - -,
    /// Make a project.
    ProjectCreate        "project.create"           Organization Changes   Y Y Y S - -  - - -  - - - -,
    /// See a project.
    ProjectRead          "project.read"             Project      Reads     Y Y Y Y Y -  Y Y Y  Y Y Y Y,
    /// Change a project.
    ProjectUpdate        "project.update"           Project      Changes   Y Y Y - - -  - - -  Y Y - -,
    /// Move a project along its life cycle.
    ProjectStatusChange  "project.status.change"    Project      Changes   Y Y Y - - -  - - -  Y Y - -,
    /// Archive or unarchive a project.
    ProjectArchive       "project.archive"          Project      Changes   Y Y Y - - -  - - -  Y - - -,
    /// Delete a project.
    ProjectDelete        "project.delete"           Project      Deletes   Y Y - - - -  - - -  Y - - -,
    /// Bring a project back.
    ProjectRestore       "project.restore"          Project      Restores  Y Y - - - -  - - -  Y - - -,
    /// Add, change and remove a project's people.
    ProjectMembersManage "project.members.manage"   Project      Changes   Y Y Y - - -  - - -  Y Y - -,
    /// Replace the workflow of a project.
    WorkflowManage       "workflow.manage"          Project      Changes   Y Y Y - - -  - - -  Y Y - -,
    /// Make, change, merge and delete labels.
    LabelManage          "label.manage"             Project      Deletes   Y Y Y Y - -  - - -  Y Y Y -,
    /// Make and change boards and their lists.
    BoardUpdate          "board.update"             Project      Changes   Y Y Y Y - -  Y Y -  Y Y Y -,
    /// Delete a board.
    BoardDelete          "board.delete"             Project      Deletes   Y Y Y - - -  Y - -  Y Y - -,
    /// See a task.
    TaskRead             "task.read"                Project      Reads     Y Y Y Y Y -  Y Y Y  Y Y Y Y,
    /// Make a task.
    TaskCreate           "task.create"              Project      Changes   Y Y Y Y - -  Y Y -  Y Y Y -,
    /// Change a task.
    TaskUpdate           "task.update"              Project      Changes   Y Y Y Y - A  Y Y -  Y Y Y -,
    /// Give a task to somebody.
    TaskAssign           "task.assign"              Project      Changes   Y Y Y Y - -  Y Y -  Y Y Y -,
    /// Move a task along its workflow.
    TaskTransition       "task.transition"          Project      Changes   Y Y Y Y - A  Y Y -  Y Y Y -,
    /// Delete a task.
    TaskDelete           "task.delete"              Project      Deletes   Y Y Y O - -  Y O -  Y Y O -,
    /// Bring a task back.
    TaskRestore          "task.restore"             Project      Restores  Y Y Y O - -  Y O -  Y Y O -,
    /// See what has happened to a task, in a project, in the organization.
    ActivityRead         "activity.read"            Project      Reads     Y Y Y Y Y -  Y Y Y  Y Y Y Y,
    /// Comment on a task, and react to comments.
    CommentCreate        "comment.create"           Project      Changes   Y Y Y Y S S  Y Y -  Y Y Y S,
    /// Change a comment.
    CommentUpdate        "comment.update"           Project      Changes   O O O O O O  O O -  O O O -,
    /// Delete a comment.
    CommentDelete        "comment.delete"           Project      Deletes   Y Y Y O - -  O - -  Y Y O -,
    /// Put a file on a task.
    AttachmentUpload     "attachment.upload"        Project      Changes   Y Y Y Y - A  Y Y -  Y Y Y -,
    /// Get a task's files.
    AttachmentDownload   "attachment.download"      Project      Reads     Y Y Y Y Y -  Y Y Y  Y Y Y Y,
    /// Delete a task's file.
    AttachmentDelete     "attachment.delete"        Project      Deletes   Y Y Y O - -  O - -  Y Y O -,
    /// See the organization's audit trail, and check it.
    AuditRead            "audit.read"               Organization Reads     Y Y - - - -  - - -  - - - -,
}

impl Action {
    /// Whether it is about a project or what is in one, so that it also needs `project.read` there.
    pub fn in_project(self) -> bool {
        self.area() == Area::Project
    }

    /// Whether it changes work items or projects, which an organization's viewer never does.
    fn writes_work(self) -> bool {
        self == Self::ProjectCreate || self.in_project() && self.effect() != Effect::Reads
    }

    /// Whether it is what a project may let those do who only read: to comment, and to edit what they have said.
    pub fn comments(self) -> bool {
        matches!(self, Self::CommentCreate | Self::CommentUpdate)
    }

    /// Whether it only looks at a project or what is in one.
    pub fn reads(self) -> bool {
        self.in_project() && self.effect() == Effect::Reads
    }

    /// What one must be allowed to see to be told "you may not" rather than "there is no such thing".
    fn seen_by(self) -> Self {
        match self.area() {
            Area::Organization => Self::OrgRead,
            Area::Team => Self::TeamRead,
            Area::Project => Self::ProjectRead,
        }
    }

    /// What one must be allowed to be shown once more what one has done. What only those are shown who may do it needs
    /// the same again: codes, domains and requests of people, invitations, and addresses for uploads.
    pub fn shown_by(self) -> Self {
        match self {
            Self::SecurityPolicy | Self::MembersInvite | Self::AttachmentUpload => self,
            other => other.seen_by(),
        }
    }

    /// Whether an archived project still allows it.
    pub fn works_in_archive(self) -> bool {
        self.reads()
            || matches!(
                self,
                Self::ProjectArchive | Self::ProjectDelete | Self::ProjectRestore
            )
    }
}

/// The roles of a caller that count for one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Their role in the organization.
    pub org: OrgRole,
    /// Their role in the team, or the highest in the teams that are attached to the project.
    pub team: Option<TeamRole>,
    /// Their role in the project, if the thing is one or in one.
    pub project: Option<ProjectRole>,
}

/// What else the decision depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Circumstances {
    /// The project is private: below admin, the organization's columns grant nothing.
    pub private: bool,
    /// The caller made it; for restoring, they deleted it.
    pub own: bool,
    /// The caller is the assignee.
    pub assignee: bool,
    /// The setting that decides about the action is on: the organization lets its members, or the project lets those
    /// comment who only read.
    pub members_may: bool,
}

impl Circumstances {
    /// Whether they fulfil the condition of a grant.
    fn hold(self, grant: Grant) -> bool {
        match grant {
            Yes => true,
            Own => self.own,
            Assignee => self.assignee,
            Setting => self.members_may,
            No => false,
        }
    }
}

/// A column of the table: a role that somebody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Organization(OrgRole),
    Team(TeamRole),
    Project(ProjectRole),
}

/// What one column says.
#[derive(Debug, Clone, Copy)]
struct Weight {
    column: Column,
    grant: Grant,
    /// The project is private, so the column does not count.
    hidden: bool,
    /// The condition of the grant is fulfilled.
    holds: bool,
}

/// What all columns say of one action for one person: that a decision is made of, and an explanation too.
struct Weighing {
    /// A viewer of the organization never writes.
    capped: bool,
    columns: [Option<Weight>; 3],
}

impl Weighing {
    fn granted(&self) -> bool {
        !self.capped
            && self
                .columns
                .iter()
                .flatten()
                .any(|weight| !weight.hidden && weight.holds)
    }
}

impl Standing {
    /// Whether the action is granted. 404 is the answer where the caller may not know that the thing is there.
    pub fn may(self, action: Action, circumstances: Circumstances) -> Result<(), Error> {
        if !self.granted(action.seen_by(), circumstances) {
            return Err(Error::NotFound);
        }
        if self.granted(action, circumstances) {
            Ok(())
        } else {
            Err(Error::Forbidden {
                permission: action.as_str(),
            })
        }
    }

    /// Whether any column grants the action, after the caps.
    pub fn granted(self, action: Action, circumstances: Circumstances) -> bool {
        // A guest who is the assignee acts only in a project that they see.
        self.weigh(action, circumstances).granted()
            && (action == action.seen_by() || self.granted(action.seen_by(), circumstances))
    }

    /// Whether they see what is in a private project by right of their office alone, having no role in it.
    pub fn by_office(self, circumstances: Circumstances) -> bool {
        circumstances.private
            && self.org <= OrgRole::Admin
            && self.team.is_none()
            && self.project.is_none()
    }

    /// What each column says of the action.
    fn weigh(self, action: Action, circumstances: Circumstances) -> Weighing {
        let row = action.row();
        let hidden = action.in_project() && circumstances.private && self.org > OrgRole::Admin;
        let weight = |column, grant, hidden| Weight {
            column,
            grant,
            hidden,
            holds: circumstances.hold(grant),
        };
        Weighing {
            capped: self.org == OrgRole::Viewer
                && action.writes_work()
                && !(action.comments() && circumstances.members_may),
            columns: [
                Some(weight(
                    Column::Organization(self.org),
                    row.org[self.org as usize],
                    hidden,
                )),
                self.team
                    .map(|role| weight(Column::Team(role), row.team[role as usize], false)),
                self.project
                    .map(|role| weight(Column::Project(role), row.project[role as usize], false)),
            ],
        }
    }

    /// Whether they may give `role` to somebody, or take it away.
    ///
    /// Owners manage everybody; admins everybody below admin; managers invite members, viewers and guests.
    pub fn may_give(self, role: OrgRole) -> bool {
        match self.org {
            OrgRole::Owner => true,
            OrgRole::Admin => role > OrgRole::Admin,
            OrgRole::Manager => role > OrgRole::Manager,
            OrgRole::Member | OrgRole::Viewer | OrgRole::Guest => false,
        }
    }

    /// Whether they may invite somebody to be `role`: as they may give it, and who runs a project invites guests into
    /// it.
    pub fn may_invite(self, role: OrgRole) -> bool {
        let runs_project = self
            .project
            .is_some_and(|project| project <= ProjectRole::Manager);
        self.may_give(role) || role == OrgRole::Guest && runs_project
    }

    /// Whether they may give `role` in the project, or take it away: nobody gives more than their own columns hold
    /// there. Owners and admins of the organization and owners of the project give any role; managers of the
    /// organization up to manager, since they cannot delete projects, and in a private project, in which their column
    /// counts for nothing, none; managers of the project up to member.
    pub fn may_give_in_project(self, role: ProjectRole, circumstances: Circumstances) -> bool {
        let by_office = match self.org {
            OrgRole::Owner | OrgRole::Admin => Some(ProjectRole::Owner),
            OrgRole::Manager if !circumstances.private => Some(ProjectRole::Manager),
            _ => None,
        };
        let by_role = match self.project {
            Some(ProjectRole::Owner) => Some(ProjectRole::Owner),
            Some(ProjectRole::Manager) => Some(ProjectRole::Member),
            Some(ProjectRole::Member | ProjectRole::Viewer) | None => None,
        };
        [by_office, by_role]
            .into_iter()
            .flatten()
            .any(|highest| role >= highest)
    }

    /// Whether they may open a private project to the organization. That gives its managers the rights of a manager in
    /// the project, so it takes the right to give those.
    pub fn may_open(self, circumstances: Circumstances) -> bool {
        self.may_give_in_project(ProjectRole::Manager, circumstances)
    }
}

pub mod explain;

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(org: OrgRole, project: Option<ProjectRole>) -> Standing {
        Standing {
            org,
            team: None,
            project,
        }
    }

    #[test]
    fn viewers_never_write_whatever_their_project_role() {
        for action in Action::ALL.iter().filter(|action| action.writes_work()) {
            for project in ProjectRole::ALL {
                let who = standing(OrgRole::Viewer, Some(*project));
                assert!(
                    !who.granted(
                        *action,
                        Circumstances {
                            own: true,
                            ..Default::default()
                        }
                    ),
                    "{action:?}"
                );
            }
        }
    }

    #[test]
    fn a_private_project_is_hidden_from_members_without_a_role_in_it() {
        let private = Circumstances {
            private: true,
            ..Default::default()
        };
        for role in [
            OrgRole::Manager,
            OrgRole::Member,
            OrgRole::Viewer,
            OrgRole::Guest,
        ] {
            assert_eq!(
                standing(role, None).may(Action::TaskRead, private),
                Err(Error::NotFound)
            );
        }
        for role in [OrgRole::Owner, OrgRole::Admin] {
            assert_eq!(standing(role, None).may(Action::TaskRead, private), Ok(()));
        }
        assert_eq!(
            standing(OrgRole::Guest, Some(ProjectRole::Viewer)).may(Action::TaskRead, private),
            Ok(())
        );
    }

    #[test]
    fn whatever_is_granted_in_a_project_is_also_seen() {
        for org in OrgRole::ALL {
            for project in std::iter::once(None).chain(ProjectRole::ALL.iter().copied().map(Some)) {
                for bits in 0..16 {
                    let around = Circumstances {
                        private: bits & 1 != 0,
                        own: bits & 2 != 0,
                        assignee: bits & 4 != 0,
                        members_may: bits & 8 != 0,
                    };
                    for action in Action::ALL.iter().filter(|action| action.in_project()) {
                        let who = standing(*org, project);
                        assert!(
                            !who.granted(*action, around)
                                || who.granted(Action::ProjectRead, around),
                            "{who:?} {action:?} {around:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_guest_works_only_on_tasks_given_to_him_in_projects_that_he_sees() {
        let mine = Circumstances {
            assignee: true,
            ..Default::default()
        };
        let guest = |project| standing(OrgRole::Guest, project);
        assert_eq!(
            guest(None).may(Action::TaskUpdate, mine),
            Err(Error::NotFound)
        );
        assert_eq!(
            guest(Some(ProjectRole::Viewer)).may(Action::TaskUpdate, mine),
            Ok(())
        );
        assert!(
            guest(Some(ProjectRole::Viewer))
                .may(Action::TaskUpdate, Circumstances::default())
                .is_err()
        );
    }

    #[test]
    fn who_runs_a_project_invites_guests_and_nobody_else() {
        let runs = standing(OrgRole::Member, Some(ProjectRole::Manager));
        let invited: Vec<_> = OrgRole::ALL
            .iter()
            .filter(|role| runs.may_invite(**role))
            .collect();
        assert_eq!(invited, [&OrgRole::Guest]);
        assert!(!standing(OrgRole::Member, Some(ProjectRole::Member)).may_invite(OrgRole::Guest));
        assert!(standing(OrgRole::Manager, None).may_invite(OrgRole::Member));
    }

    #[test]
    fn nobody_gives_a_role_above_his_own() {
        for giver in OrgRole::ALL {
            for role in OrgRole::ALL {
                let may = standing(*giver, None).may_give(*role);
                assert!(!may || *giver <= *role, "{giver:?} gives {role:?}");
            }
        }
    }
}
