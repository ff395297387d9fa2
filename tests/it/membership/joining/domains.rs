//! E-mail domains.

use futures_util::future::join;
use reqwest::Method;
use serde_json::json;

use super::{acme, domain, of, verified};

#[tokio::test]
async fn a_domain_is_verified_by_what_stands_in_its_dns() {
    let (world, team) = acme().await;
    let (id, name, value) = domain(&team, "Acme.Example").await;
    assert_eq!(name, "_elevanalog.acme.example");
    let verify = of(&team, &format!("domains/{id}/verify"));
    let refused = team
        .owner
        .post(&verify, json!(null))
        .await
        .refused(409, "domain_unverified");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        [&name, &value]
            .into_iter()
            .all(|part| detail.contains(part)),
        "{detail}"
    );
    assert_eq!(world.dns.asked().len(), 2);
    world.dns.publish(&name, "elevanalog-verification=another");
    world.dns.publish("acme.example", "v=spf1 -all");
    team.owner
        .post(&verify, json!(null))
        .await
        .refused(409, "domain_unverified");
    world.dns.be_silent(true);
    team.owner
        .post(&verify, json!(null))
        .await
        .refused(409, "domain_unverified");
    world.dns.be_silent(false);
    world.dns.publish(&name, &value);
    let done = team.owner.post(&verify, json!(null)).await.expect(200);
    assert!(done.data()["verified_at"].is_string());
    // Once is enough.
    let asked = world.dns.asked().len();
    assert_eq!(
        team.owner
            .post(&verify, json!(null))
            .await
            .expect(200)
            .data(),
        done.data()
    );
    assert_eq!(world.dns.asked().len(), asked);
    let rows = team.owner.get(&of(&team, "domains")).await.expect(200);
    assert_eq!((rows.rows().len(), &rows.rows()[0]), (1, done.data()));
    // At the domain itself it does as well.
    let (id, _, value) = domain(&team, "acme.test").await;
    world.dns.publish("acme.test", &value);
    team.owner
        .post(&of(&team, &format!("domains/{id}/verify")), json!(null))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_domain_is_one_organizations_at_a_time() {
    let (world, acme) = acme().await;
    let globex = world.team(&world.person("hank").await, "globex").await;
    let ours = domain(&acme, "shared.example").await;
    let theirs = domain(&globex, "shared.example").await;
    acme.owner
        .post(
            &of(&acme, "domains"),
            json!({ "domain": "shared.example", "role": "guest" }),
        )
        .await
        .refused(409, "domain_taken");
    for (_, name, value) in [&ours, &theirs] {
        world.dns.publish(name, value);
    }
    let verify = |team: &tests::Team, id: &str| {
        let (owner, path) = (
            team.owner.clone(),
            of(team, &format!("domains/{id}/verify")),
        );
        async move { owner.post(&path, json!(null)).await }
    };
    let (one, other) = join(verify(&acme, &ours.0), verify(&globex, &theirs.0)).await;
    let mut results = [
        (one.status, one.code().to_owned()),
        (other.status, other.code().to_owned()),
    ];
    results.sort();
    assert_eq!(
        results,
        [(200, String::new()), (409, "domain_taken".to_owned())]
    );
    let (winner, won, loser, lost) = if one.status == 200 {
        (&acme, &ours, &globex, &theirs)
    } else {
        (&globex, &theirs, &acme, &ours)
    };
    let path = of(winner, &format!("domains/{}", won.0));
    let remove = || {
        winner
            .owner
            .request(Method::DELETE, &path)
            .header("idempotency-key", "away")
            .send()
    };
    remove().await.expect(200);
    remove().await.expect(200);
    winner.owner.delete(&path).await.refused(404, "not_found");
    winner
        .owner
        .post(&format!("{path}/verify"), json!(null))
        .await
        .refused(404, "not_found");
    verify(loser, &lost.0).await.expect(200);
    // Named again it is to be verified again, by another value.
    let again = domain(winner, "shared.example").await;
    assert!(again.0 == won.0 && again.2 != won.2);
    assert_eq!(verify(winner, &again.0).await.code(), "domain_unverified");
}

#[tokio::test]
async fn public_mail_services_and_nonsense_are_refused() {
    let (_world, team) = acme().await;
    for (name, code) in [
        ("gmail.com", "public"),
        ("GoogleMail.com", "public"),
        ("acme", "invalid"),
        ("a b.example", "invalid"),
        ("_dmarc.acme.example", "invalid"),
        ("192.0.2.1", "invalid"),
        ("", "invalid"),
    ] {
        let body = json!({ "domain": name, "role": "member" });
        let refused = team
            .owner
            .post(&of(&team, "domains"), body)
            .await
            .refused(422, "validation_failed");
        assert_eq!(
            (refused.fields(), &refused.body["errors"][0]["code"]),
            (vec!["/domain"], &json!(code)),
            "{name}"
        );
    }
    let body = json!({ "domain": "acme.example", "role": "owner" });
    assert_eq!(
        team.owner
            .post(&of(&team, "domains"), body)
            .await
            .refused(422, "validation_failed")
            .fields(),
        ["/role"]
    );
}

#[tokio::test]
async fn only_verified_addresses_of_verified_domains_open_the_door() {
    let (world, team) = acme().await;
    let (id, name, value) = domain(&team, "acme.example").await;
    let bob = verified(&world, "bob@acme.example").await;
    let join = json!({ "organization": "acme" });
    // Nobody learns whether there is such an organization.
    let unverified = bob
        .post("/organizations/join", join.clone())
        .await
        .refused(404, "not_found");
    let nothing = bob
        .post("/organizations/join", json!({ "organization": "nothing" }))
        .await;
    assert_eq!(unverified.comparable(), nothing.comparable());
    world.dns.publish(&name, &value);
    team.owner
        .post(&of(&team, &format!("domains/{id}/verify")), json!(null))
        .await
        .expect(200);
    let body = json!({ "email": "cleo@acme.example", "password": tests::PASSWORD });
    let cleo = world.signed_in(
        &world
            .nobody()
            .post("/auth/register", body)
            .await
            .expect(201),
    );
    cleo.post("/organizations/join", join.clone())
        .await
        .refused(403, "email_unverified");
    for email in [
        "dan@sub.acme.example",
        "dan@example.com",
        "dan@notacme.example",
    ] {
        let stranger = verified(&world, email).await;
        stranger
            .post("/organizations/join", join.clone())
            .await
            .refused(404, "not_found");
    }
    // Not into another organization with an address of this one either.
    let other = world.team(&team.owner, "other").await;
    bob.post("/organizations/join", json!({ "organization": other.id }))
        .await
        .refused(404, "not_found");
    bob.post(
        "/organizations/join",
        json!({ "organization": team.owner.home }),
    )
    .await
    .refused(404, "not_found");
    let joined = bob
        .post("/organizations/join", json!({ "organization": team.id }))
        .await
        .expect(201);
    assert_eq!(joined.text_of("role"), "member");
    bob.post("/organizations/join", join.clone())
        .await
        .refused(409, "already_member");
    team.owner
        .delete(&of(&team, &format!("domains/{id}")))
        .await
        .expect(200);
    world.verify(&cleo).await;
    cleo.post("/organizations/join", join)
        .await
        .refused(404, "not_found");
    bob.get("/organizations/acme").await.expect(200);
}
