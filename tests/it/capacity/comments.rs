//! Comments on the scale.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Person, Request};

use super::scale::{Bound, Scale, at_most, exactly};

fn get(person: &Person, path: &str) -> Request {
    person.request(Method::GET, path)
}

/// What people usually say.
const SAID: &str = "I have put the second draft on the drive: the quote is in, the logo is not yet. What do you think?";

/// Weighs what is done with comments.
pub async fn weigh(scale: &mut Scale<'_>) {
    let world = scale.world;
    let kim = world.person("kim-c").await;
    let org = world.team(&kim, "kims-c").await;
    let lou = world.member(&org, "lou-c", "member").await;
    let (open, closed) = (org.project("TALK").await, org.private_project("HUSH").await);
    let (task, secret) = (
        org.task(&open, "Discuss").await,
        org.task(&closed, "Whisper").await,
    );
    let (place, hidden) = (
        format!("/tasks/{task}/comments"),
        format!("/tasks/{secret}/comments"),
    );
    // What an instance reads once in its life belongs to no call.
    kim.get(&place).await.expect(200);
    let post = |place: &str, body: Value| kim.request(Method::POST, place).json(body);
    let root = scale
        .weigh(
            "comment",
            exactly(2, 4.0, 2.0),
            201,
            post(&place, json!({ "body": SAID })),
        )
        .await
        .id();
    let body = json!({ "body": SAID });
    scale
        .weigh(
            "comment, restricted project",
            exactly(3, 5.0, 2.0),
            201,
            post(&hidden, body),
        )
        .await;
    let body = json!({ "body": SAID, "parent_id": root });
    scale
        .weigh(
            "comment, an answer",
            exactly(2, 5.0, 2.0),
            201,
            post(&place, body),
        )
        .await;
    let keyed = || post(&place, json!({ "body": SAID })).header("idempotency-key", "one");
    scale
        .weigh("comment, with a key", exactly(3, 6.0, 3.0), 201, keyed())
        .await;
    scale
        .weigh("comment, replayed", exactly(1, 6.0, 0.0), 201, keyed())
        .await;
    // The guard of the name, and while the comment is written, the card and the project that tell who sees it.
    let body = json!({ "body": format!("{SAID} @lou-c") });
    let named = scale
        .weigh(
            "comment, one name mentioned",
            exactly(2, 6.0, 2.0),
            201,
            post(&place, body),
        )
        .await
        .id();
    let body = json!({ "body": format!("{SAID} @nobody-at-all") });
    scale
        .weigh(
            "comment, a name that is nobody's",
            exactly(2, 4.0 + 1.0, 2.0),
            201,
            post(&place, body),
        )
        .await;
    one(scale, &kim, &place, &root, &named).await;
    let list = at_most(2, 4.0 + 3.0 + 1.0);
    scale
        .weigh("list comments", list, 200, get(&kim, &place))
        .await;
    scale
        .weigh(
            "list comments of a thread",
            at_most(2, 4.0 + 3.0),
            200,
            get(&kim, &format!("{place}?thread={root}")),
        )
        .await;
    let counts = |path: String| get(&lou, &format!("{path}include=counts"));
    scale
        .weigh(
            "get by id, include=counts",
            exactly(2, 4.5, 0.0),
            200,
            counts(format!("/tasks/{task}?")),
        )
        .await;
    let listed = counts(format!("/tasks?project={open}&"));
    scale
        .weigh(
            "list 1, include=counts",
            at_most(2, 4.0 + 0.5 + 0.5),
            200,
            listed,
        )
        .await;
    scale
        .weigh(
            "delete a comment",
            exactly(2, 5.0, 2.0),
            204,
            kim.request(Method::DELETE, &format!("{place}/{named}")),
        )
        .await;
    let edited = kim.request(Method::DELETE, &format!("{place}/{root}"));
    let both = (Bound::Is(3.0), Bound::Any, Bound::Any);
    scale
        .weigh("delete a comment that was edited once", both, 204, edited)
        .await;
}

/// One comment.
async fn one(scale: &mut Scale<'_>, kim: &Person, place: &str, root: &str, named: &str) {
    let at = |id: &str| format!("{place}/{id}");
    scale
        .weigh(
            "get a comment",
            exactly(1, 5.0, 0.0),
            200,
            get(kim, &at(root)),
        )
        .await;
    scale
        .weigh(
            "get a comment that mentions one",
            exactly(2, 6.0, 0.0),
            200,
            get(kim, &at(named)),
        )
        .await;
    let edit = kim
        .request(Method::PATCH, &at(root))
        .json(json!({ "body": "Something else." }));
    // Two items in one transaction cost twice as much, the index does not.
    scale
        .weigh("edit a comment", exactly(2, 5.0, 5.0), 200, edit)
        .await;
    scale
        .weigh(
            "get a comment's history",
            at_most(1, 6.0),
            200,
            get(kim, &format!("{}/history", at(root))),
        )
        .await;
    let reaction = |method| kim.request(method, &format!("{}/reactions/👍", at(root)));
    scale
        .weigh(
            "react to a comment",
            exactly(2, 5.0, 2.0),
            204,
            reaction(Method::PUT),
        )
        .await;
    scale
        .weigh(
            "react again",
            exactly(1, 5.0, 0.0),
            204,
            reaction(Method::PUT),
        )
        .await;
    scale
        .weigh(
            "take a reaction back",
            exactly(2, 5.0, 2.0),
            204,
            reaction(Method::DELETE),
        )
        .await;
}
