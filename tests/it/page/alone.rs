//! One person and one page.

use serde_json::json;
use tests::{PASSWORD, Point};

use super::stage::{DESKTOP, PHONE, Stage, card, card_in, content, drag, list};

#[tokio::test]
async fn a_move_that_is_refused_is_taken_back_and_explained() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    stage.member("vera", "Vera Moss", "viewer").await;
    let id = stage.card("Write the copy", json!({})).await;
    let vera = stage.signed_in("vera", DESKTOP).await;
    vera.shows(".only:not([hidden])").await;
    drag(&vera, &id, "done").await;
    vera.shows(".toast.error").await;
    vera.shows(&card_in("todo", &id)).await;
    let told = vera
        .evaluate("document.querySelector('.toast.error span').textContent")
        .await;
    assert!(told.as_str().unwrap().len() > 10, "{told}");
    // The browser itself notes every refusal.
    content(&[&vera], &["status of 403"]);
}

#[tokio::test]
async fn a_card_is_carried_by_the_keyboard() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let (first, second) = (
        stage.card("Write the copy", json!({})).await,
        stage.card("Draw the logo", json!({})).await,
    );
    let ann = stage.signed_in("ann", DESKTOP).await;
    ann.evaluate(&format!(
        "document.querySelector(\"{} .card-open\").focus()",
        card(&first)
    ))
    .await;
    ann.press("ArrowDown", 0).await;
    ann.until(&format!(
        "document.activeElement.parentNode.dataset.id === {}",
        json!(second)
    ))
    .await;
    ann.press("ArrowRight", 8).await;
    ann.shows(&card_in("in_progress", &second)).await;
    ann.until(&format!(
        "!document.querySelector(\"{}\").classList.contains('moving')",
        card(&second)
    ))
    .await;
    ann.until("document.getElementById('spoken').textContent.includes('In Progress, 1 of 1')")
        .await;
    let task = stage
        .team
        .owner
        .get(&format!("/tasks/{second}"))
        .await
        .expect(200);
    assert_eq!(task.text_of("status"), "in_progress");
    ann.press("Enter", 0).await;
    ann.until("document.querySelector('.sheet .activity li') !== null")
        .await;
    ann.press("Escape", 0).await;
    ann.until("document.querySelector('.sheet') === null").await;
    ann.until(&format!(
        "document.activeElement.parentNode.dataset.id === {}",
        json!(second)
    ))
    .await;
    content(&[&ann], &[]);
}

#[tokio::test]
async fn on_a_phone_a_finger_carries_a_card_and_nothing_overflows() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let (first, second) = (
        stage.card("Write the copy", json!({})).await,
        stage.card("Draw the logo", json!({})).await,
    );
    let ann = stage.signed_in("ann", PHONE).await;
    let (from, to) = (
        ann.middle(&card(&first)).await,
        ann.middle(&card(&second)).await,
    );
    ann.drag_by_finger(
        from,
        Point {
            y: to.y + 30.0,
            ..to
        },
        ".card.ghost",
    )
    .await;
    ann.shows(&format!("{} + {}", card(&second), card(&first)))
        .await;
    ann.until(&format!(
        "!document.querySelector(\"{}\").classList.contains('moving')",
        card(&first)
    ))
    .await;
    assert_eq!(
        ann.evaluate("document.documentElement.scrollWidth <= innerWidth")
            .await,
        true
    );
    ann.until("document.querySelector('.card.ghost') === null")
        .await;
    ann.click(&format!("{} .card-open", card(&first))).await;
    ann.shows(".sheet .activity li").await;
    assert_eq!(
        ann.evaluate(
            "document.querySelector('.sheet').getBoundingClientRect().width === innerWidth"
        )
        .await,
        true
    );
    assert_eq!(
        ann.evaluate("document.querySelector('.sheet-body').scrollWidth <= innerWidth")
            .await,
        true
    );
    content(&[&ann], &[]);
}

#[tokio::test]
async fn a_newcomer_makes_an_account_a_project_and_a_card() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let page = stage.browser.page(DESKTOP.0, DESKTOP.1).await;
    page.go(&format!("{}/app", stage.world.cloud.url())).await;
    page.click(".door .link").await;
    for (name, text) in [
        ("full_name", "Nina Park"),
        ("email", "nina@example.com"),
        ("username", "ann"),
    ] {
        page.write(&format!("input[name={name}]"), text).await;
    }
    page.write("input[name=password]", PASSWORD).await;
    page.click(".door .primary").await;
    // The name is taken: it is said where it stands.
    page.until("document.querySelector('.door .fault:not(:empty)') !== null")
        .await;
    page.evaluate("document.querySelector('input[name=username]').value = ''")
        .await;
    page.write("input[name=username]", "nina").await;
    page.click(".door .primary").await;
    page.click(".empty .primary").await;
    page.write(".box input[name=name]", "Kitchen garden").await;
    page.until("document.querySelector('.box input[name=key]').value === 'KG'")
        .await;
    page.click(".box .primary").await;
    page.shows(&list("todo")).await;
    page.click(&format!("{} .add", list("todo"))).await;
    page.write(
        &format!("{} .composer textarea", list("todo")),
        "Sow the beans",
    )
    .await;
    page.press("Enter", 0).await;
    page.until("document.querySelector('.card .key')?.textContent === 'KG-1'")
        .await;
    // The session outlives a reload, and ends when it is ended.
    page.return_to(&format!("{}/app", stage.world.cloud.url()))
        .await;
    page.until("document.querySelector('.card .key')?.textContent === 'KG-1'")
        .await;
    page.click(".face").await;
    page.click(".menu button.entry").await;
    page.shows(".door input[name=name]").await;
    assert_eq!(page.evaluate("sessionStorage.length").await, 0);
    content(&[&page], &["status of 409", "status of 422"]);
}

#[tokio::test]
async fn an_access_token_that_has_ended_is_exchanged_unnoticed() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let ann = stage.signed_in("ann", DESKTOP).await;
    let refresh = "JSON.parse(sessionStorage.getItem('elevanalog.session')).refresh";
    let before = ann.evaluate(refresh).await;
    stage
        .world
        .clock
        .advance(jiff::SignedDuration::from_hours(25));
    ann.click(&format!("{} .add", list("todo"))).await;
    ann.write(
        &format!("{} .composer textarea", list("todo")),
        "A day later",
    )
    .await;
    ann.press("Enter", 0).await;
    ann.until("document.querySelector('.card-title')?.textContent === 'A day later'")
        .await;
    assert_ne!(ann.evaluate(refresh).await, before);
    content(&[&ann], &["status of 401"]);
}
