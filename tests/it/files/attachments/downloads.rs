//! Links: for whom they are made, and what they say.

use jiff::SignedDuration;
use tests::File;

use super::{Stage, fetch};

#[tokio::test]
async fn a_name_is_harmless_wherever_it_comes_out() {
    let stage = Stage::new().await;
    for (given, name, ascii) in [
        ("../../etc/passwd", "passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini", "boot.ini"),
        ("/srv/files/a.txt", "a.txt", "a.txt"),
        (".htaccess", "htaccess", "htaccess"),
        (
            "a\r\nSet-Cookie: x=1.txt",
            "aSet-Cookie_ x=1.txt",
            "aSet-Cookie_ x_1.txt",
        ),
        ("quote\"d.txt", "quote_d.txt", "quote_d.txt"),
        ("in\u{202e}txt.exe", "intxt.exe", "intxt.exe"),
        ("nul\u{0}l.txt", "null.txt", "null.txt"),
        ("%2e%2e%2fa.txt", "_2e_2e_2fa.txt", "_2e_2e_2fa.txt"),
        ("con.txt", "_con.txt", "_con.txt"),
        (
            "Übersicht – 日本.txt",
            "Übersicht – 日本.txt",
            "_bersicht _ __.txt",
        ),
    ] {
        let id = stage
            .bob
            .attach(&stage.task, &File::new(given, "text/plain", "hello"))
            .await;
        let shown = stage.ann.get(&stage.at(&id)).await.expect(200);
        assert_eq!(shown.text_of("filename"), name, "{given:?}");
        let url = shown.data()["download"]["url"].as_str().unwrap();
        let key = url
            .split('?')
            .next()
            .unwrap()
            .rsplit_once("/files/")
            .unwrap()
            .1;
        assert!(
            key.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'/'),
            "{key}"
        );
        let got = fetch(&stage.ann, &shown.data()["download"]).await;
        let disposition = got.header("content-disposition");
        assert!(
            disposition.starts_with(&format!(
                "attachment; filename=\"{ascii}\"; filename*=UTF-8''"
            )),
            "{disposition}"
        );
        assert!(got.headers.get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn a_link_gives_one_object_and_says_what_it_says() {
    let stage = Stage::new().await;
    let id = stage
        .bob
        .attach(
            &stage.task,
            &File::new("page.html", "text/html", "<html></html>"),
        )
        .await;
    let other = stage
        .bob
        .attach(&stage.task, &File::text("other.txt", 10))
        .await;
    let link = |answer: tests::Answer| {
        answer.data()["download"]["url"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let own = link(stage.ann.get(&stage.at(&id)).await.expect(200));
    let others = link(stage.ann.get(&stage.at(&other)).await.expect(200));
    let [key, other_key] = [&own, &others].map(|url| url.split('?').next().unwrap().to_owned());
    for changed in [
        own.replace("attachment", "inline"),
        own.replace("octet-stream", "xhtml%2Bxml"),
        own.replace(&key, &other_key),
        own.replace("X-Amz-Expires=60", "X-Amz-Expires=604800"),
        key.clone(),
        format!("{}/", key.rsplit_once("/files/").unwrap().0),
    ] {
        assert_ne!(changed, own);
        let answer = stage
            .ann
            .store(reqwest::Method::GET, &changed, &[], None)
            .await;
        assert_eq!(answer.status, 403, "{changed}: {}", answer.text());
    }
    assert_eq!(
        stage
            .ann
            .store(reqwest::Method::GET, &own, &[], None)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn who_may_no_longer_see_the_task_gets_no_more_links() {
    let stage = Stage::new().await;
    let id = stage
        .bob
        .attach(&stage.task, &File::text("a.txt", 10))
        .await;
    stage.bob.get(&stage.at(&id)).await.expect(200);
    let path = format!("/organizations/{}/members/{}", stage.team.id, stage.bob.id);
    stage.ann.delete(&path).await.expect(204);
    stage
        .bob
        .get(&stage.at(&id))
        .await
        .refused(404, "not_found");
    stage
        .ann
        .delete(&format!("/tasks/{}", stage.task))
        .await
        .expect(200);
    stage
        .ann
        .get(&stage.at(&id))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn an_answer_with_a_link_is_kept_by_nobody() {
    let stage = Stage::new().await;
    let id = stage
        .bob
        .attach(&stage.task, &File::text("a.txt", 10))
        .await;
    let shown = stage.ann.get(&stage.at(&id)).await.expect(200);
    assert_eq!(shown.header("cache-control"), "private, no-store");
    stage.world.clock.advance(SignedDuration::from_secs(2));
    let later = stage.ann.get(&stage.at(&id)).await.expect(200);
    assert_ne!(
        shown.data()["download"]["url"],
        later.data()["download"]["url"]
    );
}
