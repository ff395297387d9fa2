//! Who gets a connection, and who does not.

use jiff::SignedDuration;
use serde_json::json;
use tests::{Knock, World};

use super::everything;

fn refused<T>(knocked: Result<T, u16>) -> u16 {
    knocked.err().expect("the connection is refused")
}

#[tokio::test]
async fn a_ticket_opens_one_connection_and_tells_nothing_in_the_address() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let (url, ticket) = world.ticket(&ann).await;
    assert!(
        url.starts_with("ws://127.0.0.1:") && !url.contains('?'),
        "{url}"
    );
    let mut live = world.knock(&url, &Knock::with(&ticket)).await.unwrap();
    assert_eq!(live.protocol, "elevanalog.v1");
    assert_eq!(live.ask(json!({ "action": "ping" })).await["type"], "pong");
    assert_eq!(
        refused(world.knock(&url, &Knock::with(&ticket)).await),
        401,
        "it was used"
    );
}

#[tokio::test]
async fn of_two_who_show_the_same_ticket_at_once_one_gets_in() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let (url, ticket) = world.ticket(&ann).await;
    let knock = Knock::with(&ticket);
    let knocks = (0..8).map(|_| world.knock(&url, &knock));
    let all = futures_util::future::join_all(knocks).await;
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1);
    assert!(
        all.iter()
            .filter_map(|one| one.as_ref().err())
            .all(|status| *status == 401)
    );
}

#[tokio::test]
async fn without_a_good_ticket_there_is_no_connection() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let (url, ticket) = world.ticket(&ann).await;
    let speak = || vec!["elevanalog.v1".to_owned()];
    let offer = |more: &[&str]| Knock {
        protocols: speak()
            .into_iter()
            .chain(more.iter().map(|text| (*text).to_owned()))
            .collect(),
        origin: None,
    };
    let token = ann.token.clone().unwrap();
    let stranger = format!("{}{}", &ticket[..40], "A".repeat(ticket.len() - 40));
    for (knock, status) in [
        (offer(&[]), 401),
        (offer(&["ticket."]), 401),
        (offer(&["ticket.nonsense"]), 401),
        (offer(&[&format!("ticket.{stranger}")]), 401),
        (offer(&[&format!("ticket.{token}")]), 401),
        (
            offer(&[&format!("ticket.{ticket}"), &format!("ticket.{stranger}")]),
            401,
        ),
        (
            Knock {
                protocols: vec![format!("ticket.{ticket}")],
                origin: None,
            },
            400,
        ),
        (Knock::default(), 400),
    ] {
        assert_eq!(
            refused(world.knock(&url, &knock).await),
            status,
            "{knock:?}"
        );
    }
    // None of that has used it up.
    assert!(world.knock(&url, &Knock::with(&ticket)).await.is_ok());
}

#[tokio::test]
async fn a_ticket_is_good_for_thirty_seconds() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let (url, ticket) = world.ticket(&ann).await;
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(refused(world.knock(&url, &Knock::with(&ticket)).await), 401);
}

#[tokio::test]
async fn a_ticket_of_a_session_that_has_ended_opens_nothing() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let (url, ticket) = world.ticket(&ann).await;
    ann.post("/auth/logout", json!({})).await.expect(204);
    assert_eq!(refused(world.knock(&url, &Knock::with(&ticket)).await), 401);
    ann.post("/realtime/tickets", json!({}))
        .await
        .refused(401, "unauthenticated");
    world
        .nobody()
        .post("/realtime/tickets", json!({}))
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_request_with_a_key_gets_the_same_ticket_again_and_it_still_works_once() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let ask = || async {
        let request = ann
            .request(reqwest::Method::POST, "/realtime/tickets")
            .header("Idempotency-Key", "once");
        request.send().await.expect(201)
    };
    let (first, second) = (ask().await, ask().await);
    assert_eq!(first.data(), second.data());
    assert_eq!(second.header("idempotent-replayed"), "true");
    assert_ne!(first.text_of("ticket"), world.ticket(&ann).await.1);
    let (url, knock) = (first.text_of("url"), Knock::with(&first.text_of("ticket")));
    assert!(world.knock(&url, &knock).await.is_ok());
    assert_eq!(refused(world.knock(&url, &knock).await), 401);
}

#[tokio::test]
async fn pages_connect_from_allowed_origins_only() {
    let origins = |options: &mut local::Options| {
        options
            .variables
            .insert("ALLOW_ORIGINS".to_owned(), "https://app.example".to_owned());
    };
    let world = World::with(origins).await;
    let ann = world.person("ann").await;
    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.evil.example",
        "http://app.example",
    ] {
        let (url, ticket) = world.ticket(&ann).await;
        assert_eq!(
            refused(world.knock(&url, &Knock::with(&ticket).from(origin)).await),
            403,
            "{origin}"
        );
        // The ticket is not lost by it.
        assert!(
            world
                .knock(&url, &Knock::with(&ticket).from("https://app.example"))
                .await
                .is_ok()
        );
    }
}

#[tokio::test]
async fn neither_ticket_nor_its_digest_is_found_by_looking() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let (_, ticket) = world.ticket(&ann).await;
    let table = everything(&world).await;
    assert!(table.contains("#TICKETS"), "it is there");
    assert!(
        !table.contains(&ticket) && !table.contains(&ticket[32..]),
        "and its text is not"
    );
}

#[tokio::test]
async fn sec_low_a_person_has_no_more_than_ten_connections() {
    let world = World::new().await;
    let ann = world.person("ann").await;
    let mut open = vec![];
    for _ in 0..10 {
        open.push(world.live(&ann).await);
    }
    let (url, ticket) = world.ticket(&ann).await;
    assert_eq!(refused(world.knock(&url, &Knock::with(&ticket)).await), 429);
    open.pop().unwrap().close().await;
    world.cloud.settle().await;
    // Refused or not, the ticket was not used: it opens a connection as soon as there is room.
    let mut status = 429;
    for _ in 0..100 {
        match world.knock(&url, &Knock::with(&ticket)).await {
            Ok(_) => return,
            Err(again) => status = again,
        }
        tokio::task::yield_now().await;
    }
    panic!("there is room, and yet {status}");
}
