//! Two people on two pages.

use serde_json::json;

use super::stage::{DESKTOP, Stage, card, card_in, content, drag, list};

#[tokio::test]
async fn a_card_that_one_drags_moves_on_the_page_of_the_other() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    stage.member("bob", "Bob Stone", "member").await;
    let (first, second) = (
        stage.card("Write the copy", json!({})).await,
        stage.card("Draw the logo", json!({})).await,
    );
    let (ann, bob) = (
        stage.signed_in("ann", DESKTOP).await,
        stage.signed_in("bob", DESKTOP).await,
    );
    for page in [&ann, &bob] {
        page.evaluate("window.here = true").await;
        page.shows(&card_in("todo", &second)).await;
    }
    // The mark of who it was goes by itself, so it is caught as it comes.
    let watch = "window.touched = []; new MutationObserver((all) => all.forEach(({ addedNodes, target }) =>
        [...addedNodes].some((one) => one.classList?.contains('touch')) && window.touched.push(target.dataset.id)
    )).observe(document.body, { childList: true, subtree: true })";
    bob.evaluate(watch).await;
    drag(&ann, &first, "in_progress").await;
    ann.shows(&card_in("in_progress", &first)).await;
    bob.shows(&card_in("in_progress", &first)).await;
    // They see who it was, and the numbers follow.
    bob.until(&format!("window.touched.includes('{first}')"))
        .await;
    bob.until(&format!(
        "document.querySelector({}).innerText === '1'",
        json!(format!("{} .count", list("todo")))
    ))
    .await;
    // The other way, and within a list.
    drag(&bob, &second, "in_progress").await;
    ann.shows(&format!("{} + .card", card(&second))).await;
    let task = stage
        .team
        .owner
        .get(&format!("/tasks/{second}"))
        .await
        .expect(200);
    assert_eq!(task.text_of("status"), "in_progress");
    for page in [&ann, &bob] {
        assert_eq!(
            page.evaluate("window.here").await,
            true,
            "no page was loaded again"
        );
    }
    content(&[&ann, &bob], &[]);
}

#[tokio::test]
async fn what_one_writes_the_other_reads_at_once() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    stage.member("bob", "Bob Stone", "member").await;
    let id = stage.card("Write the copy", json!({})).await;
    let (ann, bob) = (
        stage.signed_in("ann", DESKTOP).await,
        stage.signed_in("bob", DESKTOP).await,
    );
    for page in [&ann, &bob] {
        page.click(&format!("{} .card-open", card(&id))).await;
        page.shows(".sheet .activity li").await;
    }
    ann.write(
        ".sheet .say textarea",
        "Is **chapter 2** done, @bob? <img src=x onerror=alert(1)>",
    )
    .await;
    ann.click(".sheet .say .primary").await;
    for page in [&ann, &bob] {
        page.until("document.querySelector('.said strong')?.textContent === 'chapter 2'")
            .await;
        page.until("document.querySelector('.said .mention')?.textContent === '@bob'")
            .await;
        assert_eq!(
            page.evaluate("document.querySelectorAll('.said img').length")
                .await,
            0
        );
    }
    bob.until("document.querySelector('.comments b')?.textContent === 'Ann Lee'")
        .await;
    // An answer joins the thread, and other changes of the card arrive as well.
    bob.click(".comments .link").await;
    bob.write(".comments .say textarea", "Nearly.").await;
    bob.click(".comments .say .primary").await;
    ann.until(
        "document.querySelector('.comments .answer .said')?.textContent.trim() === 'Nearly.'",
    )
    .await;
    bob.evaluate("document.querySelector('.sheet select[name=priority]').value = 'urgent'")
        .await;
    bob.evaluate(
        "document.querySelector('.sheet select[name=priority]').dispatchEvent(new Event('change'))",
    )
    .await;
    ann.until("document.querySelector('.sheet select[name=priority]').value === 'urgent'")
        .await;
    ann.until("document.querySelector('.activity').innerText.includes('made it urgent')")
        .await;
    content(&[&ann, &bob], &[]);
}

#[tokio::test]
async fn cards_that_others_make_and_delete_come_and_go() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let ann = stage.signed_in("ann", DESKTOP).await;
    stage.member("bob", "Bob Stone", "member").await;
    let bob = stage.signed_in("bob", DESKTOP).await;
    ann.click(&format!("{} .add", list("todo"))).await;
    ann.write(
        &format!("{} .composer textarea", list("todo")),
        "Buy <b>paper</b>",
    )
    .await;
    ann.press("Enter", 0).await;
    bob.until("document.querySelector('.card-title')?.textContent === 'Buy <b>paper</b>'")
        .await;
    bob.until("document.querySelector('.tile.open strong').textContent === '1'")
        .await;
    let id = bob
        .evaluate("document.querySelector('.card').dataset.id")
        .await
        .as_str()
        .unwrap()
        .to_owned();
    stage
        .team
        .owner
        .patch(
            &format!("/tasks/{id}"),
            json!({ "title": "Buy more paper" }),
        )
        .await
        .expect(200);
    bob.until("document.querySelector('.card-title')?.textContent === 'Buy more paper'")
        .await;
    stage
        .team
        .owner
        .delete(&format!("/tasks/{id}"))
        .await
        .expect(200);
    for page in [&ann, &bob] {
        page.until("document.querySelector('.card') === null").await;
        page.until("document.querySelector('.tile.open strong').textContent === '0'")
            .await;
    }
    content(&[&ann, &bob], &[]);
}

#[tokio::test]
async fn what_was_missed_while_the_connection_was_down_is_shown_when_it_is_back() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let id = stage.card("Write the copy", json!({})).await;
    let other = stage.card("Draw the logo", json!({})).await;
    let ann = stage.signed_in("ann", DESKTOP).await;
    ann.shows(&card_in("todo", &other)).await;
    ann.online(false).await;
    ann.shows(".state.offline").await;
    let owner = &stage.team.owner;
    owner
        .post(&format!("/tasks/{id}/transition"), json!({ "to": "done" }))
        .await
        .expect(200);
    owner.delete(&format!("/tasks/{other}")).await.expect(200);
    let new = stage.card("Print it", json!({})).await;
    stage.world.cloud.settle().await;
    ann.online(true).await;
    ann.shows(".state.live").await;
    ann.shows(&card_in("done", &id)).await;
    ann.shows(&card_in("todo", &new)).await;
    ann.until(&format!(
        "document.querySelector({}) === null",
        json!(card(&other))
    ))
    .await;
    content(&[&ann], &["ERR_INTERNET_DISCONNECTED", "WebSocket"]);
}

#[tokio::test]
async fn a_connection_that_the_server_ends_comes_back_by_itself() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let id = stage.card("Write the copy", json!({})).await;
    let ann = stage.signed_in("ann", DESKTOP).await;
    ann.evaluate(
        "window.states = []; new MutationObserver(() => states.push(document.querySelector('.state').className))
            .observe(document.querySelector('.state'), { attributes: true })",
    )
    .await;
    // Longer than the platform lets a connection last.
    stage
        .world
        .clock
        .advance(jiff::SignedDuration::from_mins(121));
    ann.until("window.states.includes('state waiting') && window.states.at(-1) === 'state live'")
        .await;
    let owner = &stage.team.owner;
    owner
        .post(&format!("/tasks/{id}/transition"), json!({ "to": "done" }))
        .await
        .expect(200);
    ann.shows(&card_in("done", &id)).await;
    content(&[&ann], &[]);
}

#[tokio::test]
async fn who_is_shown_out_sees_nothing_any_more() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let bob = stage.member("bob", "Bob Stone", "member").await;
    let id = stage.card("Write the copy", json!({})).await;
    let page = stage.signed_in("bob", DESKTOP).await;
    page.shows(&card_in("todo", &id)).await;
    stage
        .team
        .owner
        .delete(&format!(
            "/organizations/{}/members/{}",
            stage.team.id, bob.id
        ))
        .await
        .expect(204);
    page.shows(".empty").await;
    assert_eq!(
        page.evaluate("document.querySelectorAll('.card').length")
            .await,
        0
    );
    // And whose session is ended elsewhere stands at the door.
    bob.post("/auth/logout", json!({ "all": true }))
        .await
        .expect(204);
    page.shows(".door input[name=name]").await;
    assert_eq!(page.evaluate("sessionStorage.length").await, 0);
    // A connection that is being made at that moment is refused.
    content(
        &[&page],
        &[
            "status of 404",
            "status of 401",
            "HTTP Authentication failed",
        ],
    );
}
