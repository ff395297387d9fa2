//! Every token that was mailed, and every event that must end it; and what must not.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, PASSWORD, Person, Team, World};

const OTHER: &str = "seven purple kites over Lima";

/// A token in somebody's mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Verify,
    Reset,
    Change,
    WayBack,
    Invitation,
}

/// What happens before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    PasswordChanged,
    PasswordReset,
    SignedOutEverywhere,
    AddressChanged,
    Expired,
    Used,
    Replaced,
    /// Of an invitation: taken back, its maker removed or demoted, the organization deleted.
    Revoked,
    MakerRemoved,
    MakerDemoted,
    OrganizationDeleted,
}

use End::{
    AddressChanged, Expired, MakerDemoted, MakerRemoved, OrganizationDeleted, PasswordChanged,
    PasswordReset, Replaced, Revoked, SignedOutEverywhere, Used,
};

const ENDS: [End; 11] = [
    PasswordChanged,
    PasswordReset,
    SignedOutEverywhere,
    AddressChanged,
    Expired,
    Used,
    Replaced,
    Revoked,
    MakerRemoved,
    MakerDemoted,
    OrganizationDeleted,
];

impl Kind {
    /// Whether this must end it; none if it has nothing to do with it.
    fn ends_with(self, end: End) -> Option<bool> {
        let about_account = matches!(
            end,
            PasswordChanged | PasswordReset | SignedOutEverywhere | AddressChanged
        );
        let about_invitation = matches!(
            end,
            Revoked | MakerRemoved | MakerDemoted | OrganizationDeleted
        );
        match self {
            Self::Verify | Self::Reset | Self::Change => (!about_invitation).then_some(true),
            // It outlives what a thief would do, and is good once, for a week.
            Self::WayBack if about_account => Some(false),
            Self::WayBack => matches!(end, Expired | Used).then_some(true),
            // It is bound to the address, not to the account: what ends trust in its maker or takes it back ends it.
            Self::Invitation if about_invitation => Some(true),
            Self::Invitation if matches!(end, PasswordChanged | SignedOutEverywhere) => Some(false),
            Self::Invitation => matches!(end, Expired | Used | Replaced).then_some(true),
        }
    }
}

struct Scene {
    world: World,
    person: Person,
    name: String,
    owner: Person,
    team: Team,
    maker: Person,
}

impl Scene {
    async fn new() -> Self {
        // Days pass here, and nobody signs in anew.
        let token = ("ACCESS_TOKEN_SECONDS".to_owned(), "100000000".to_owned());
        let world = World::with(|options| options.variables.extend([token])).await;
        let owner = world.person("owner").await;
        let team = world.team(&owner, "acme").await;
        let maker = world.member(&team, "maker", "admin").await;
        let person = world.unverified("person").await;
        Self {
            world,
            person,
            name: "person".to_owned(),
            owner,
            team,
            maker,
        }
    }

    fn place(&self, rest: &str) -> String {
        format!("/organizations/{}{rest}", self.team.id)
    }

    /// Asks for a token of a kind; the person is as the kind needs them.
    async fn ask(&self, kind: Kind) -> String {
        let (world, person) = (&self.world, &self.person);
        match kind {
            Kind::Verify => world.mailed_token(&person.email, "Confirm").await,
            Kind::Reset => {
                let body = json!({ "email": person.email });
                world
                    .nobody()
                    .post("/auth/password/forgot", body)
                    .await
                    .expect(202);
                world.mailed_token(&person.email, "new password").await
            }
            Kind::Change => {
                let email = format!("{}@example.org", self.name);
                let body = json!({ "email": email, "password": PASSWORD });
                person.post("/auth/email/change", body).await.expect(202);
                world.mailed_token(&email, "new address").await
            }
            Kind::WayBack => {
                world.make_verified(person).await;
                self.move_to(&format!("{}@example.org", self.name)).await;
                world.mailed_token(&person.email, "changed").await
            }
            Kind::Invitation => {
                world.make_verified(person).await;
                let wish = json!([{ "email": person.email, "role": "member" }]);
                self.maker
                    .post(&self.place("/invitations"), wish)
                    .await
                    .expect(201);
                world.mailed_token(&person.email, "Invitation").await
            }
        }
    }

    async fn move_to(&self, email: &str) {
        let body = json!({ "email": email, "password": PASSWORD });
        self.person
            .post("/auth/email/change", body)
            .await
            .expect(202);
        let token = self.world.mailed_token(email, "new address").await;
        self.person
            .post("/auth/email/verify", json!({ "token": token }))
            .await
            .expect(204);
    }

    async fn invitation(&self) -> String {
        let rows = self
            .owner
            .get(&self.place("/invitations"))
            .await
            .expect(200);
        rows.rows()
            .iter()
            .find(|row| row["email"] == self.person.email.as_str())
            .unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn happen(&mut self, end: End, kind: Kind, token: &str) {
        match end {
            PasswordChanged => {
                let body = json!({ "current": PASSWORD, "new": OTHER });
                let changed = self
                    .person
                    .post("/auth/password/change", body)
                    .await
                    .expect(200);
                self.person = self.person.with_tokens(&changed);
            }
            PasswordReset => {
                let email = self.person.get("/users/me").await.expect(200).data()["email"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                self.world.clock.advance(SignedDuration::from_mins(61));
                let body = json!({ "email": email });
                self.world
                    .nobody()
                    .post("/auth/password/forgot", body)
                    .await
                    .expect(202);
                let token = self.world.mailed_token(&email, "new password").await;
                let body = json!({ "token": token, "password": OTHER });
                self.world
                    .nobody()
                    .post("/auth/password/reset", body)
                    .await
                    .expect(200);
            }
            SignedOutEverywhere => drop(
                self.person
                    .post("/auth/logout", json!({ "all": true }))
                    .await
                    .expect(204),
            ),
            AddressChanged => self.move_to(&format!("{}@example.net", self.name)).await,
            Expired => self
                .world
                .clock
                .advance(SignedDuration::from_hours(24 * 7 + 1)),
            Used => drop(self.redeem(kind, token).await),
            Replaced => {
                self.world.clock.advance(SignedDuration::from_mins(61));
                match kind {
                    Kind::Verify => {
                        let body = json!({ "resend": true });
                        self.person
                            .post("/auth/email/verify", body)
                            .await
                            .expect(202);
                        self.world.cloud.settle().await;
                    }
                    Kind::Invitation => {
                        let wish = json!([{ "email": self.person.email, "role": "viewer" }]);
                        self.owner
                            .post(&self.place("/invitations"), wish)
                            .await
                            .expect(201);
                        self.world.cloud.settle().await;
                    }
                    _ => drop(self.ask(kind).await),
                }
            }
            Revoked => {
                let id = self.invitation().await;
                self.owner
                    .delete(&self.place(&format!("/invitations/{id}")))
                    .await
                    .expect(200);
            }
            MakerRemoved => {
                drop(
                    self.owner
                        .delete(&self.place(&format!("/members/{}", self.maker.id)))
                        .await
                        .expect(204),
                );
            }
            MakerDemoted => {
                let place = self.place(&format!("/members/{}", self.maker.id));
                self.owner
                    .patch(&place, json!({ "role": "viewer" }))
                    .await
                    .expect(200);
            }
            OrganizationDeleted => {
                self.owner.prove().await;
                let request = self.owner.request(Method::DELETE, &self.place(""));
                request
                    .json(json!({ "confirm_slug": "acme" }))
                    .send()
                    .await
                    .expect(200);
            }
        }
    }

    async fn redeem(&self, kind: Kind, token: &str) -> Answer {
        let nobody = self.world.nobody();
        match kind {
            Kind::Verify => {
                nobody
                    .post("/auth/email/verify", json!({ "token": token }))
                    .await
            }
            Kind::Reset => {
                let body = json!({ "token": token, "password": "another fine password 77" });
                nobody.post("/auth/password/reset", body).await
            }
            Kind::Change => {
                let mut last = None;
                for password in [PASSWORD, OTHER] {
                    let body = json!({ "token": token, "password": password });
                    let answer = nobody.post("/auth/email/verify", body).await;
                    if answer.status != 403 {
                        return answer;
                    }
                    last = Some(answer);
                }
                last.unwrap()
            }
            Kind::WayBack => {
                nobody
                    .post("/auth/email/revert", json!({ "token": token }))
                    .await
            }
            Kind::Invitation => {
                self.person
                    .post(&format!("/invitations/{token}/accept"), json!({}))
                    .await
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_01_every_mailed_token_ends_with_what_must_end_it_and_with_nothing_else() {
    let (mut ended, mut lasted) = (0, 0);
    for kind in [
        Kind::Verify,
        Kind::Reset,
        Kind::Change,
        Kind::WayBack,
        Kind::Invitation,
    ] {
        for end in ENDS {
            let Some(must_end) = kind.ends_with(end) else {
                continue;
            };
            let mut scene = Scene::new().await;
            let token = scene.ask(kind).await;
            scene.happen(end, kind, &token).await;
            if kind == Kind::Invitation && end == SignedOutEverywhere {
                let login = json!({ "email": scene.person.email, "password": PASSWORD });
                let login = scene
                    .world
                    .nobody()
                    .post("/auth/login", login)
                    .await
                    .expect(200);
                scene.person = scene.person.with_tokens(&login);
            }
            let answer = scene.redeem(kind, &token).await;
            let good = (200..300).contains(&answer.status);
            assert_eq!(
                good, !must_end,
                "{kind:?} after {end:?}: {} {}",
                answer.status, answer.text
            );
            if must_end {
                let status = answer.status;
                assert!(
                    [404, 409, 410].contains(&status),
                    "{kind:?} after {end:?}: {status} {}",
                    answer.text
                );
            }
            *(if must_end { &mut ended } else { &mut lasted }) += 1;
        }
    }
    assert_eq!((ended, lasted), (30, 6));
}
