//! Nobody gains by many permitted steps what none of those who made them could have given.
//!
//! The rules stand here a second time, told in other words than in `domain::access`: as what a person can do in a project,
//! and "nobody gives what they do not hold".

use std::collections::BTreeSet;

use domain::access::{Action, Circumstances, OrgRole, ProjectRole, Standing};
use proptest::prelude::*;
use reqwest::Method;
use serde_json::json;
use tests::{Person, Team, World};

/// What can be done in a project, as far as it matters who gives it to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Power {
    See,
    Work,
    Moderate,
    Run,
    Shelve,
    Destroy,
}
use Power::{Destroy, Moderate, Run, See, Shelve, Work};

const ALL: [Power; 6] = [See, Work, Moderate, Run, Shelve, Destroy];

/// An action of the table for each power.
fn action(power: Power) -> Action {
    match power {
        See => Action::ProjectRead,
        Work => Action::TaskCreate,
        Moderate => Action::CommentDelete,
        Run => Action::ProjectMembersManage,
        Shelve => Action::ProjectArchive,
        Destroy => Action::ProjectDelete,
    }
}

/// A person, as far as a project is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Member {
    org: OrgRole,
    project: Option<ProjectRole>,
}

/// What a person can do in the project: the second statement of the rules.
fn powers(member: Member, private: bool) -> BTreeSet<Power> {
    let by_office: &[Power] = match member.org {
        OrgRole::Owner | OrgRole::Admin => &ALL,
        _ if private => &[],
        OrgRole::Manager => &[See, Work, Moderate, Run, Shelve],
        OrgRole::Member => &[See, Work],
        OrgRole::Viewer => &[See],
        OrgRole::Guest => &[],
    };
    let by_place: &[Power] = match member.project {
        Some(ProjectRole::Owner) => &ALL,
        Some(ProjectRole::Manager) => &[See, Work, Moderate, Run],
        Some(ProjectRole::Member) => &[See, Work],
        Some(ProjectRole::Viewer) => &[See],
        None => &[],
    };
    let both = by_office.iter().chain(by_place).copied();
    both.filter(|power| member.org != OrgRole::Viewer || *power == See)
        .collect()
}

/// What one step does to the project or to one of its people.
#[derive(Debug, Clone, Copy)]
enum Step {
    Give(usize, ProjectRole),
    Take(usize),
    Open,
    Close,
    Promote(usize, OrgRole),
}

#[derive(Debug, Clone)]
struct Scene {
    private: bool,
    people: Vec<Member>,
}

impl Scene {
    /// What the table of rights says of a step.
    fn may(&self, actor: usize, step: Step) -> bool {
        let who = self.people[actor];
        let standing = Standing {
            org: who.org,
            team: None,
            project: who.project,
        };
        let around = Circumstances {
            private: self.private,
            ..Circumstances::default()
        };
        let manages = standing.granted(Action::ProjectMembersManage, around);
        let gives = |role| standing.may_give_in_project(role, around);
        match step {
            Step::Give(whom, role) => {
                manages && gives(role) && self.people[whom].project.is_none_or(gives)
            }
            Step::Take(whom) if whom == actor => who.project.is_some(),
            Step::Take(whom) => manages && self.people[whom].project.is_some_and(gives),
            Step::Open => {
                self.private
                    && standing.granted(Action::ProjectUpdate, around)
                    && standing.may_open(around)
            }
            Step::Close => standing.granted(Action::ProjectUpdate, around),
            Step::Promote(whom, role) => {
                let changes = standing.granted(Action::MembersChangeRole, around);
                changes && standing.may_give(role) && standing.may_give(self.people[whom].org)
            }
        }
    }

    fn after(&self, step: Step) -> Self {
        let mut next = self.clone();
        match step {
            Step::Give(whom, role) => next.people[whom].project = Some(role),
            Step::Take(whom) => next.people[whom].project = None,
            Step::Open => next.private = false,
            Step::Close => next.private = true,
            Step::Promote(whom, role) => next.people[whom].org = role,
        }
        next
    }

    fn powers(&self, of: usize) -> BTreeSet<Power> {
        powers(self.people[of], self.private)
    }
}

fn org_role() -> impl Strategy<Value = OrgRole> {
    prop::sample::select(OrgRole::ALL)
}

fn project_role() -> impl Strategy<Value = ProjectRole> {
    prop::sample::select(ProjectRole::ALL)
}

const PEOPLE: usize = 4;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..PEOPLE, project_role()).prop_map(|(whom, role)| Step::Give(whom, role)),
        2 => (0..PEOPLE).prop_map(Step::Take),
        1 => Just(Step::Open),
        1 => Just(Step::Close),
        1 => (0..PEOPLE, org_role()).prop_map(|(whom, role)| Step::Promote(whom, role)),
    ]
}

fn scene() -> impl Strategy<Value = Scene> {
    let member = (org_role(), prop::option::of(project_role()))
        .prop_map(|(org, project)| Member { org, project });
    (any::<bool>(), prop::collection::vec(member, PEOPLE))
        .prop_map(|(private, people)| Scene { private, people })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sec_03_no_sequence_of_permitted_steps_gives_more_than_its_actors_hold(
        scene in scene(),
        steps in prop::collection::vec((0..PEOPLE, step()), 1..12),
    ) {
        let mut now = scene;
        for (actor, step) in steps {
            if !now.may(actor, step) {
                continue;
            }
            let next = now.after(step);
            let holds = now.powers(actor);
            for whom in 0..PEOPLE {
                let gained: Vec<Power> = next.powers(whom).difference(&now.powers(whom)).copied().collect();
                // Who is an owner or admin of the organization gives what those hold, who hold everything.
                prop_assert!(
                    gained.iter().all(|power| holds.contains(power)),
                    "{:?} of {:?} by {:?} (private: {}) gives {:?} to {:?}",
                    step, now.people[whom], now.people[actor], now.private, gained, whom
                );
            }
            if let Step::Take(whom) = step && whom != actor {
                let taken = now.powers(whom);
                let by_place = powers(Member { org: OrgRole::Guest, ..now.people[whom] }, now.private);
                prop_assert!(by_place.iter().all(|power| holds.contains(power)), "{step:?} takes {taken:?}");
            }
            now = next;
        }
    }

    #[test]
    fn sec_03_the_second_statement_of_the_rules_is_the_table(scene in scene()) {
        let around = Circumstances { private: scene.private, ..Circumstances::default() };
        for (place, who) in scene.people.iter().enumerate() {
            let standing = Standing { org: who.org, team: None, project: who.project };
            let table: BTreeSet<Power> =
                ALL.into_iter().filter(|power| standing.granted(action(*power), around)).collect();
            prop_assert_eq!(table, scene.powers(place), "{:?} private: {}", who, scene.private);
        }
    }
}

/// Numbers that look drawn, the same in every run.
struct Lots(u64);

impl Lots {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// Makes a step through the API; whether it was done.
async fn really(people: &[Person], project: &str, actor: usize, step: Step) -> (bool, String) {
    let path = format!("/projects/{project}");
    let place = |whom: usize| format!("{path}/members/{}", people[whom].id);
    let visibility = |word: &str| (Method::PATCH, path.clone(), json!({ "visibility": word }));
    let (method, path, body) = match step {
        Step::Give(whom, role) => (Method::PUT, place(whom), json!({ "role": role.as_str() })),
        Step::Take(whom) => (Method::DELETE, place(whom), json!(null)),
        Step::Open => visibility("organization"),
        Step::Close => visibility("private"),
        Step::Promote(..) => unreachable!("the organization stays as it is"),
    };
    let request = people[actor].request(method, &path);
    let answer = if body.is_null() {
        request.send().await
    } else {
        request.json(body).send().await
    };
    let told = format!("{} {}", answer.status, answer.text);
    assert!(answer.status < 500, "{told}");
    (answer.status < 300, told)
}

const SEEDS: u64 = 300;

/// So many in one organization: a person has a role in no more than a hundred projects, deleted ones among them.
const AT_ONCE: u64 = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_03_the_api_lets_nobody_climb() {
    let (mut done, mut refused) = (0, 0);
    for first in (0..SEEDS).step_by(AT_ONCE as usize) {
        let world = World::new().await;
        let owner = world.person("owner").await;
        let team: Team = world.team(&owner, "acme").await;
        let mut people = vec![owner];
        for role in &ROLES[1..] {
            people.push(world.member(&team, role.as_str(), role.as_str()).await);
        }
        for seed in first..first + AT_ONCE {
            let (yes, no) = climb(&team, &people, seed).await;
            (done, refused) = (done + yes, refused + no);
        }
    }
    assert!(
        done > 300 && refused > 300,
        "{done} done, {refused} refused"
    );
}

const ROLES: [OrgRole; 5] = [
    OrgRole::Owner,
    OrgRole::Manager,
    OrgRole::Member,
    OrgRole::Guest,
    OrgRole::Viewer,
];

/// Eight steps in a new project; how many were done, and how many refused.
async fn climb(team: &Team, people: &[Person], seed: u64) -> (usize, usize) {
    let (mut lots, mut done, mut refused) = (Lots(seed), 0, 0);
    let body = json!({ "organization_id": team.id, "name": "Climb", "key": format!("C{seed}"), "visibility": "private" });
    let project = people[0].post("/projects", body).await.expect(201).id();
    let mut now = Scene {
        private: true,
        people: ROLES
            .iter()
            .map(|org| Member {
                org: *org,
                project: None,
            })
            .collect(),
    };
    now.people[0].project = Some(ProjectRole::Owner);
    for _ in 0..8 {
        let (actor, whom) = (lots.below(people.len()), lots.below(people.len()));
        let role = ProjectRole::ALL[lots.below(ProjectRole::ALL.len())];
        let step = match lots.below(6) {
            0 => Step::Take(whom),
            1 => Step::Open,
            2 => Step::Close,
            _ => Step::Give(whom, role),
        };
        let sees = now.powers(actor).contains(&See);
        let owners = now
            .people
            .iter()
            .filter(|one| one.project == Some(ProjectRole::Owner))
            .count();
        let is_owner = |whom: usize| now.people[whom].project == Some(ProjectRole::Owner);
        let last = match step {
            Step::Give(whom, role) => role != ProjectRole::Owner && is_owner(whom) && owners <= 1,
            Step::Take(whom) => is_owner(whom) && owners <= 1,
            _ => false,
        };
        // To open what is open changes nothing.
        let idle = matches!(step, Step::Open) && !now.private && now.powers(actor).contains(&Run);
        let may = sees && !last && (idle || now.may(actor, step));
        let (was_done, told) = really(people, &project, actor, step).await;
        assert_eq!(
            was_done, may,
            "seed {seed}: {step:?} by {:?} in {now:?}: {told}",
            now.people[actor]
        );
        match was_done {
            true => (now, done) = (now.after(step), done + 1),
            false => refused += 1,
        }
    }
    (done, refused)
}
