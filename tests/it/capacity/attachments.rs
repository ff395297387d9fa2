//! Files on the scale: what they cost the table. What they cost the object store is the same for everybody.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on must stop, and say where"
)]

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, File, Person, Request, World};

use super::scale::{Scale, at_most, exactly};

fn get(person: &Person, path: &str) -> Request {
    person.request(Method::GET, path)
}

/// Puts a file where an announcement's answer says. The scale's clock stands still, so the address is too old by the
/// machine's.
async fn put(world: &World, begun: &Answer, file: &File) {
    let url = begun.data()["upload"]["url"].as_str().unwrap();
    let key = url
        .split('?')
        .next()
        .unwrap()
        .rsplit_once("uploads/")
        .unwrap()
        .1;
    world
        .cloud
        .put_object(&format!("uploads/{key}"), &file.kind, file.bytes.clone())
        .await
        .unwrap();
}

/// The smallest square PNG.
fn picture() -> File {
    let bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x08\x08\x06\0\0\0\0\0\0\0\0\0\0\0IEND\xaeB`\x82";
    File::new("avatar", "image/png", bytes.as_slice())
}

/// Weighs what is done with files and pictures.
pub async fn weigh(scale: &mut Scale<'_>) {
    let world = scale.world;
    let kim = world.person("kim-f").await;
    let org = world.team(&kim, "kims-f").await;
    let lou = world.member(&org, "lou-f", "member").await;
    let task = org.task(&org.project("FILES").await, "Collect").await;
    let place = format!("/tasks/{task}/attachments");
    // What an instance reads once in its life belongs to no call.
    kim.get(&place).await.expect(200);
    let file = File::text("minutes.txt", 100);
    let post = |path: &str, body: Value| kim.request(Method::POST, path).json(body);
    let begun = scale
        .weigh(
            "announce a file",
            exactly(2, 7.0, 6.0),
            201,
            post(&place, file.announcement()),
        )
        .await;
    let at = format!("{place}/{}", begun.id());
    let keyed = || post(&place, file.announcement()).header("idempotency-key", "one");
    scale
        .weigh(
            "announce a file, with a key",
            exactly(3, 9.0, 7.0),
            201,
            keyed(),
        )
        .await;
    scale
        .weigh(
            "announce a file, replayed",
            exactly(1, 9.0, 0.0),
            201,
            keyed(),
        )
        .await;
    put(world, &begun, &file).await;
    let complete = |at: &str| post(&format!("{at}/complete"), json!({}));
    // The file and the count of bytes in one transaction, which costs twice as much; and the list.
    scale
        .weigh("complete a file", exactly(2, 6.0, 9.0), 200, complete(&at))
        .await;
    scale
        .weigh(
            "complete a file again",
            exactly(1, 6.0, 0.0),
            200,
            complete(&at),
        )
        .await;
    let version = post(&format!("{at}/versions"), file.announcement());
    let begun = scale
        .weigh("announce a version", exactly(2, 8.0, 7.0), 201, version)
        .await;
    put(world, &begun, &file).await;
    scale
        .weigh(
            "complete a version",
            exactly(2, 6.0, 9.0),
            200,
            complete(&at),
        )
        .await;
    scale
        .weigh("list files", at_most(2, 4.0 + 0.5), 200, get(&kim, &place))
        .await;
    // The first link of a minute is a signal.
    scale
        .weigh(
            "get a file, with a link",
            exactly(2, 5.0, 1.0),
            200,
            get(&lou, &at),
        )
        .await;
    scale
        .weigh(
            "get a file again in the same minute",
            exactly(1, 5.0, 0.0),
            200,
            get(&lou, &at),
        )
        .await;
    scale
        .weigh(
            "delete a file",
            exactly(2, 5.0, 5.0),
            204,
            kim.request(Method::DELETE, &at),
        )
        .await;
    pictures(scale, &kim, &lou).await;
}

async fn pictures(scale: &mut Scale<'_>, kim: &Person, lou: &Person) {
    let (world, file, mine) = (scale.world, picture(), "/users/me/avatar");
    let body =
        json!({ "size": file.bytes.len(), "content_type": file.kind, "sha256": file.sha256() });
    let announce = kim.request(Method::POST, mine).json(body);
    let begun = scale
        .weigh("announce a picture", exactly(2, 3.0, 1.0), 201, announce)
        .await;
    put(world, &begun, &file).await;
    let complete = kim.request(Method::POST, &format!("{mine}/complete"));
    scale
        .weigh("complete a picture", exactly(2, 3.0, 1.0), 200, complete)
        .await;
    scale
        .weigh(
            "get one's picture",
            exactly(1, 3.0, 0.0),
            200,
            get(kim, mine),
        )
        .await;
    let theirs = get(lou, &format!("/users/{}/avatar", kim.id));
    scale
        .weigh("get another's picture", at_most(2, 8.0), 200, theirs)
        .await;
    scale
        .weigh(
            "delete a picture",
            exactly(2, 3.0, 1.0),
            204,
            kim.request(Method::DELETE, mine),
        )
        .await;
}
