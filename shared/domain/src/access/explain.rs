//! Why somebody may do something or may not: the decision of the table, told column by column.

use serde::{Deserialize, Serialize};

use super::{
    Action, Area, Assignee, Circumstances, Column, Grant, No, OrgRole, Own, ProjectRole, Setting,
    Standing, TeamRole, Weight, Yes,
};

words!(
    /// What actions are about.
    Kind {
        /// An organization.
        Organization = "organization",
        /// A team.
        Team = "team",
        /// A project.
        Project = "project",
        /// A board.
        Board = "board",
        /// A task.
        Task = "task",
    }
);

impl Kind {
    /// The right without which one may not know that a thing of this kind is there.
    pub fn sight(self) -> Action {
        match self {
            Self::Organization => Action::OrgRead,
            Self::Team => Action::TeamRead,
            Self::Project | Self::Board => Action::ProjectRead,
            Self::Task => Action::TaskRead,
        }
    }
}

/// Something that counts for a decision, and whether it speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// What: a role, a circumstance, a cap.
    pub source: String,
    /// Whether it grants the action; for what only ever refuses, whether it does not.
    pub grants: bool,
    /// Why, as a sentence without a full stop.
    pub reason: String,
}

impl Ground {
    /// A ground.
    pub fn new(source: impl Into<String>, grants: bool, reason: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            grants,
            reason: reason.into(),
        }
    }
}

/// Why a decision is as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explanation {
    /// The source that decided.
    pub rule: String,
    /// All that counts, in the order in which it does.
    pub trace: Vec<Ground>,
    /// What would grant the action, each by itself; empty if it is granted, or if no role would do.
    pub missing: Vec<String>,
}

impl Explanation {
    /// The explanation with one more ground, which overrules all others.
    pub fn overruled(self, source: &str, reason: &str, missing: &str) -> Self {
        let trace = self
            .trace
            .into_iter()
            .chain([Ground::new(source, false, reason)])
            .collect();
        Self {
            rule: source.to_owned(),
            trace,
            missing: vec![missing.to_owned()],
        }
    }
}

impl Action {
    /// Whether it is something that can be done to a thing of this kind.
    pub fn fits(self, kind: Kind) -> bool {
        match kind {
            Kind::Organization => {
                let in_org = self.area() == Area::Organization || self == Self::LabelManage;
                in_org && !self.is_about_a_view()
            }
            Kind::Team => self.area() == Area::Team,
            Kind::Board => matches!(
                self,
                Self::ProjectRead | Self::BoardUpdate | Self::BoardDelete
            ),
            Kind::Task => {
                let on_task = [
                    Self::TaskRead,
                    Self::TaskUpdate,
                    Self::TaskAssign,
                    Self::TaskTransition,
                    Self::TaskDelete,
                    Self::TaskRestore,
                    Self::ActivityRead,
                    Self::CommentCreate,
                    Self::AttachmentUpload,
                    Self::AttachmentDownload,
                ];
                on_task.contains(&self)
            }
            Kind::Project => match self {
                // These depend on who made the thing, or has it.
                Self::TaskUpdate
                | Self::TaskAssign
                | Self::TaskTransition
                | Self::TaskDelete
                | Self::TaskRestore
                | Self::AttachmentUpload => false,
                _ if self.is_about_a_part() => false,
                Self::MembersInvite | Self::PermissionExplain => true,
                _ => self.area() == Area::Project,
            },
        }
    }

    /// Saved views are their owners', and no matter of roles.
    fn is_about_a_view(self) -> bool {
        matches!(self, Self::ViewRead | Self::ViewUpdate | Self::ViewDelete)
    }

    /// What may be done to a comment or a file depends on who made it, which the task does not tell.
    fn is_about_a_part(self) -> bool {
        matches!(
            self,
            Self::CommentUpdate | Self::CommentDelete | Self::AttachmentDelete
        )
    }

    /// What the setting is called that lets them do it.
    fn setting(self) -> &'static str {
        match self {
            Self::TeamCreate => "setting members_can_create_teams",
            action if action.comments() => "setting viewers_can_comment",
            _ => "setting members_can_create_projects",
        }
    }

    /// The condition of a grant, and how it reads when it is not fulfilled.
    fn condition(self, grant: Grant) -> Option<Condition> {
        let on = |source, met, unmet| Some(Condition { source, met, unmet });
        let restores = matches!(self, Self::TaskRestore | Self::ProjectRestore);
        match grant {
            Own if restores => on(
                "own",
                "they deleted it themselves",
                "somebody else deleted it",
            ),
            Own => on("own", "they made it themselves", "somebody else made it"),
            Assignee => on(
                "own",
                "it is assigned to them",
                "it is not assigned to them",
            ),
            Setting if self.comments() => on(
                self.setting(),
                "who only reads may",
                "who only reads may not",
            ),
            Setting => on(self.setting(), "members may", "members may not"),
            Yes | No => None,
        }
    }
}

/// On what a grant depends.
struct Condition {
    source: &'static str,
    met: &'static str,
    unmet: &'static str,
}

impl Weight {
    /// The role as a source; of a team with its name.
    fn source(&self, team: Option<&str>) -> String {
        match self.column {
            Column::Organization(role) => format!("organization role {}", role.as_str()),
            Column::Team(role) => match team {
                Some(team) => format!("team role {} in {team}", role.as_str()),
                None => format!("team role {}", role.as_str()),
            },
            Column::Project(role) => format!("project role {}", role.as_str()),
        }
    }

    fn grounds(&self, action: Action, team: Option<&str>, trace: &mut Vec<Ground>) {
        let (source, name) = (self.source(team), action.as_str());
        let role = match (self.hidden, self.grant) {
            (true, _) => Ground::new(
                source,
                false,
                "the project is private, so this role counts for nothing in it",
            ),
            (_, Yes) => Ground::new(source, true, format!("the role has {name}")),
            (_, No) => Ground::new(source, false, format!("the role does not have {name}")),
            (_, _) => Ground::new(
                source,
                self.holds,
                format!("the role has {name} on a condition"),
            ),
        };
        trace.push(role);
        if let Some(Condition { source, met, unmet }) =
            action.condition(self.grant).filter(|_| !self.hidden)
        {
            trace.push(Ground::new(
                source,
                self.holds,
                if self.holds { met } else { unmet },
            ));
        }
    }
}

impl Standing {
    /// Explains what [`Standing::may`] decides. `team` names the team whose role counts.
    pub fn explain(
        self,
        action: Action,
        circumstances: Circumstances,
        team: Option<&str>,
    ) -> Explanation {
        let weighing = self.weigh(action, circumstances);
        let mut trace = vec![];
        for weight in weighing.columns.iter().flatten() {
            weight.grounds(action, team, &mut trace);
        }
        let seen = self.granted(action.seen_by(), circumstances);
        if action.in_project() && circumstances.private {
            trace.push(Ground::new(
                "private project",
                seen,
                if seen { PRIVATE_SEEN } else { PRIVATE_HIDDEN },
            ));
        }
        if weighing.capped {
            trace.push(Ground::new(
                "viewer cap",
                false,
                "a viewer of the organization never changes work",
            ));
        }
        if weighing.granted() && !seen {
            let reason = format!(
                "whoever does not have {} there can do nothing",
                action.seen_by().as_str()
            );
            trace.push(Ground::new("visibility", false, reason));
        }
        let granted = self.granted(action, circumstances);
        let missing = if granted {
            vec![]
        } else {
            self.missing(action, circumstances)
        };
        Explanation {
            rule: rule(&trace, granted),
            trace,
            missing,
        }
    }

    /// What would grant the action if nothing else changed.
    fn missing(self, action: Action, circumstances: Circumstances) -> Vec<String> {
        let mut missing = self.missing_roles(action, circumstances);
        missing.extend(self.missing_circumstances(action, circumstances));
        missing
    }

    /// The lowest role of each kind that would grant the action.
    fn missing_roles(self, action: Action, circumstances: Circumstances) -> Vec<String> {
        let mut missing = vec![];
        let grants = |standing: Self| standing.granted(action, circumstances);
        let org = lowest(OrgRole::ALL, |org| grants(Self { org, ..self }));
        missing.extend(
            org.map(|role| at_least("organization", role.as_str(), OrgRole::Owner.as_str())),
        );
        if action.area() == Area::Team || action.in_project() {
            let team = lowest(TeamRole::ALL, |role| {
                grants(Self {
                    team: Some(role),
                    ..self
                })
            });
            missing
                .extend(team.map(|role| at_least("team", role.as_str(), TeamRole::Admin.as_str())));
        }
        let project = lowest(ProjectRole::ALL, |role| {
            grants(Self {
                project: Some(role),
                ..self
            })
        });
        missing.extend(
            project.map(|role| at_least("project", role.as_str(), ProjectRole::Owner.as_str())),
        );
        missing
    }

    /// The circumstances each of which would grant the action.
    fn missing_circumstances(self, action: Action, circumstances: Circumstances) -> Vec<String> {
        let others = [
            (
                Circumstances {
                    own: true,
                    ..circumstances
                },
                "own",
            ),
            (
                Circumstances {
                    assignee: true,
                    ..circumstances
                },
                "assignee",
            ),
            (
                Circumstances {
                    members_may: true,
                    ..circumstances
                },
                action.setting(),
            ),
            (
                Circumstances {
                    private: false,
                    ..circumstances
                },
                "visibility organization",
            ),
        ];
        others
            .into_iter()
            .filter(|(other, _)| self.granted(action, *other))
            .map(|(_, word)| word.to_owned())
            .collect()
    }
}

/// The lowest role that grants something while all above it do; `roles` begin with the highest.
fn lowest<R: Copy>(roles: &[R], grants: impl Fn(R) -> bool) -> Option<R> {
    roles
        .iter()
        .copied()
        .take_while(|role| grants(*role))
        .last()
}

const PRIVATE_SEEN: &str = "admins see private projects, and so does who has a role in them";
const PRIVATE_HIDDEN: &str = "only admins and those with a role in a private project see it";

fn at_least(of: &str, role: &str, highest: &str) -> String {
    if role == highest {
        format!("{of} role {role}")
    } else {
        format!("{of} role {role} or above")
    }
}

/// The ground that decided: the first that grants, or the last that refuses.
fn rule(trace: &[Ground], granted: bool) -> String {
    let decisive = match granted {
        true => trace.iter().find(|ground| ground.grants),
        false => trace.iter().rev().find(|ground| !ground.grants),
    };
    decisive
        .map(|ground| ground.source.clone())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn optional<T: Copy>(all: &[T]) -> Vec<Option<T>> {
        std::iter::once(None)
            .chain(all.iter().copied().map(Some))
            .collect()
    }

    /// Everybody in every circumstance, for every action.
    fn everything(check: impl Fn(Standing, Action, Circumstances)) {
        for org in OrgRole::ALL {
            for team in optional(TeamRole::ALL) {
                for project in optional(ProjectRole::ALL) {
                    for bits in 0..16 {
                        let around = Circumstances {
                            private: bits & 1 != 0,
                            own: bits & 2 != 0,
                            assignee: bits & 4 != 0,
                            members_may: bits & 8 != 0,
                        };
                        for action in Action::ALL {
                            check(
                                Standing {
                                    org: *org,
                                    team,
                                    project,
                                },
                                *action,
                                around,
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn an_explanation_says_what_is_decided_for_everybody_in_every_circumstance() {
        everything(|who, action, around| {
            let granted = who.may(action, around).is_ok();
            let told = who.explain(action, around, None);
            let case = format!("{who:?} {action:?} {around:?}: {told:?}");
            let ground = told.trace.iter().find(|ground| ground.source == told.rule);
            assert!(ground.is_some(), "no ground is the rule: {case}");
            let decisive = told
                .trace
                .iter()
                .any(|ground| ground.source == told.rule && ground.grants == granted);
            assert!(decisive, "the rule says the contrary: {case}");
            assert!(
                !granted || told.missing.is_empty(),
                "nothing can be missing: {case}"
            );
            // Refused because of what they see, or of what they may: told apart as in the answer.
            let seen = who.granted(action.seen_by(), around);
            assert_eq!(
                who.may(action, around) == Err(Error::NotFound),
                !seen,
                "{case}"
            );
        });
    }

    #[test]
    fn whatever_is_said_to_be_missing_grants_it() {
        everything(|who, action, around| {
            for missing in who.explain(action, around, None).missing {
                let words: Vec<&str> = missing.split(' ').collect();
                let granted = match words[..] {
                    ["organization", "role", role, ..] => Standing {
                        org: role.parse().unwrap(),
                        ..who
                    }
                    .granted(action, around),
                    ["team", "role", role, ..] => Standing {
                        team: Some(role.parse().unwrap()),
                        ..who
                    }
                    .granted(action, around),
                    ["project", "role", role, ..] => Standing {
                        project: Some(role.parse().unwrap()),
                        ..who
                    }
                    .granted(action, around),
                    ["own"] => who.granted(
                        action,
                        Circumstances {
                            own: true,
                            ..around
                        },
                    ),
                    ["assignee"] => who.granted(
                        action,
                        Circumstances {
                            assignee: true,
                            ..around
                        },
                    ),
                    ["setting", _] => who.granted(
                        action,
                        Circumstances {
                            members_may: true,
                            ..around
                        },
                    ),
                    ["visibility", _] => who.granted(
                        action,
                        Circumstances {
                            private: false,
                            ..around
                        },
                    ),
                    _ => false,
                };
                assert!(
                    granted,
                    "{missing} does not help {who:?} to {action:?} {around:?}"
                );
            }
        });
    }

    #[test]
    fn an_owner_lacks_nothing_and_a_member_is_told_what_he_lacks() {
        let member = Standing {
            org: OrgRole::Member,
            team: None,
            project: None,
        };
        let told = member.explain(Action::ProjectArchive, Circumstances::default(), None);
        assert_eq!(told.rule, "organization role member");
        assert_eq!(
            told.missing,
            ["organization role manager or above", "project role owner"]
        );
        let told = member.explain(Action::TaskDelete, Circumstances::default(), None);
        assert_eq!(told.rule, "own");
        assert!(
            told.missing.contains(&"own".to_owned())
                && told.missing.contains(&"team role admin".to_owned())
        );
        let owner = Standing {
            org: OrgRole::Owner,
            ..member
        };
        assert_eq!(
            owner
                .explain(Action::TaskDelete, Circumstances::default(), None)
                .rule,
            "organization role owner"
        );
    }

    #[test]
    fn every_action_is_about_something() {
        for action in Action::ALL {
            let fits = Kind::ALL.iter().any(|kind| action.fits(*kind));
            assert!(
                fits != (action.is_about_a_view() || action.is_about_a_part()),
                "{action:?}"
            );
        }
    }
}
