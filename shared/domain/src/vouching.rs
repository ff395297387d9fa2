//! Who stands for what lets people in. A join code or an invitation is judged, when it is used, by the present rights of
//! the person who made it: whoever has lost the right to let people in lets nobody in by what they left behind.

use crate::access::{Action, Circumstances, ProjectRole, Standing};
use crate::account::{Account, AccountStatus};
use crate::membership::invitation::Invitation;
use crate::membership::joining::{JoinCode, Voucher};
use crate::membership::organization::Card;
use crate::membership::team::Team;
use crate::work::project::Project;

impl Voucher {
    /// The person's card, if they have belonged to the organization ever since, and the account was theirs by then.
    fn card<'a>(self, card: Option<&'a Card>, account: Option<&Account>) -> Option<&'a Card> {
        let account = account.filter(|account| account.status == AccountStatus::Active)?;
        let own = account
            .vouches_since
            .is_none_or(|since| since <= self.since);
        card.filter(|card| own && card.is_live() && card.created_at <= self.since)
    }
}

impl JoinCode {
    /// Who stands for it: whoever made it, or has taken it over.
    pub fn voucher(&self) -> Voucher {
        self.kept_by.unwrap_or(Voucher {
            user: self.created_by,
            since: self.created_at,
        })
    }

    /// Whether that person may still let people in by it.
    pub fn is_vouched_for(&self, card: Option<&Card>, account: Option<&Account>) -> bool {
        let Some(card) = self.voucher().card(card, account) else {
            return false;
        };
        let standing = card.standing();
        standing.granted(Action::SecurityPolicy, Circumstances::default())
            && standing.may_give(self.role.into())
    }
}

impl Invitation {
    /// Who stands for it: whoever sent it last.
    pub fn voucher(&self) -> Voucher {
        Voucher {
            user: self.updated_by,
            since: self.updated_at,
        }
    }

    /// Whether that person could still send it: into the organization, into its project and into its team, as they are
    /// now. A place in a project or team that is gone is no place, and needs nobody to vouch for it.
    pub fn is_vouched_for(
        &self,
        card: Option<&Card>,
        account: Option<&Account>,
        project: Option<&Project>,
        team: Option<&Team>,
    ) -> bool {
        let Some(card) = self.voucher().card(card, account) else {
            return false;
        };
        let project = project.filter(|project| project.deleted_at.is_none());
        let team = team.filter(|team| team.deleted_at.is_none());
        let standing = match self.project {
            Some(id) => card.standing_in(id, project.map_or(&[][..], |project| &project.teams)),
            None => card.standing(),
        };
        let into_project = project
            .zip(self.project_role)
            .is_none_or(|(project, role)| may_add_to_project(standing, project, role));
        let into_team = team.is_none_or(|team| may_add_to_team(card, team));
        let invites = standing.granted(Action::MembersInvite, Circumstances::default());
        invites && standing.may_invite(self.role) && into_project && into_team
    }
}

fn may_add_to_project(standing: Standing, project: &Project, role: ProjectRole) -> bool {
    let around = Circumstances {
        private: project.is_private(),
        ..Circumstances::default()
    };
    standing.granted(Action::ProjectMembersManage, around)
        && standing.may_give_in_project(role, around)
}

fn may_add_to_team(card: &Card, team: &Team) -> bool {
    let standing = Standing {
        team: card.team_role(team.id),
        ..card.standing()
    };
    standing.granted(Action::TeamMembersManage, Circumstances::default())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::access::OrgRole;
    use crate::account::Profile;
    use crate::id::{JoinCodeId, OrgId, Tag, UserId};

    const ORG: fn() -> OrgId = || OrgId::new(Tag::from_bytes([1; 5]), [1; 11]);
    const USER: fn() -> UserId = || UserId::new(1, [1; 10]);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn card(role: OrgRole, joined: i64) -> Card {
        let profile = Profile {
            user: USER(),
            username: "ann".parse().unwrap(),
            full_name: None,
            bio: None,
            timezone: None,
            locale: None,
            preferences: None,
            created_at: at(0),
            updated_at: at(0),
        };
        Card::new(ORG(), &profile, role, at(joined))
    }

    fn account(vouches_since: Option<i64>) -> Account {
        Account {
            user: USER(),
            status: AccountStatus::Active,
            email: "ann@example.com".parse().unwrap(),
            email_verified: true,
            username: "ann".parse().unwrap(),
            epoch: 0,
            orgs: vec![ORG()],
            default_org: ORG(),
            sessions: vec![],
            known: vec![],
            former: vec![],
            vouches_since: vouches_since.map(at),
            created_at: at(0),
            updated_at: at(0),
        }
    }

    fn code(made: i64) -> JoinCode {
        JoinCode {
            id: JoinCodeId::new(Tag::from_bytes([1; 5]), [2; 11]),
            org: ORG(),
            digest: String::new(),
            prefix: String::new(),
            role: crate::membership::joining::JoinRole::Member,
            approval: false,
            max_uses: None,
            uses: 0,
            used_at: None,
            expires_at: None,
            kept_by: None,
            created_at: at(made),
            created_by: USER(),
            updated_at: at(made),
            updated_by: USER(),
            deleted_at: None,
        }
    }

    #[test]
    fn a_code_is_good_as_long_as_its_maker_may_make_it() {
        let good = |card: &Card, account: &Account, code: &JoinCode| {
            code.is_vouched_for(Some(card), Some(account))
        };
        let (admin, own) = (card(OrgRole::Admin, 1), account(None));
        assert!(good(&admin, &own, &code(5)));
        assert!(!good(&card(OrgRole::Manager, 1), &own, &code(5)), "demoted");
        assert!(
            !good(&admin.removed(USER(), at(9), &[]), &own, &code(5)),
            "removed"
        );
        assert!(
            !good(&card(OrgRole::Admin, 7), &own, &code(5)),
            "removed, and back again"
        );
        assert!(
            !good(&admin, &account(Some(6)), &code(5)),
            "somebody else's at the time"
        );
        assert!(good(&admin, &account(Some(5)), &code(5)));
        let suspended = Account {
            status: AccountStatus::Suspended,
            ..account(None)
        };
        assert!(!good(&admin, &suspended, &code(5)));
        assert!(
            !code(5).is_vouched_for(None, Some(&own))
                && !code(5).is_vouched_for(Some(&admin), None)
        );
        let kept = JoinCode {
            kept_by: Some(Voucher {
                user: USER(),
                since: at(8),
            }),
            ..code(5)
        };
        assert!(good(&card(OrgRole::Admin, 7), &own, &kept), "taken over");
    }
}
