//! The page with what a page has in life: looked at by people when `SCREENSHOTS` names a directory, and by the test for
//! what does not fit.

use serde_json::{Value, json};
use tests::{Page, Person};

use super::stage::{DESKTOP, PHONE, Stage, content};

/// Title, status, priority, days until it is due, whose it is, labels.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    Option<i64>,
    Option<usize>,
    &'static [usize],
);

const CARDS: [Row; 12] = [
    (
        "Write the press release",
        "todo",
        "high",
        Some(3),
        Some(0),
        &[2],
    ),
    (
        "Redirect the old addresses to the new ones",
        "todo",
        "medium",
        None,
        None,
        &[],
    ),
    (
        "Photographs of the workshop",
        "todo",
        "low",
        Some(12),
        Some(2),
        &[0],
    ),
    (
        "Cookie notice overlaps the menu on small screens",
        "todo",
        "urgent",
        Some(-2),
        Some(1),
        &[0, 1],
    ),
    (
        "Imprint and privacy notice",
        "todo",
        "medium",
        Some(20),
        None,
        &[2],
    ),
    (
        "New navigation",
        "in_progress",
        "high",
        Some(1),
        Some(1),
        &[0],
    ),
    (
        "Search finds nothing with umlauts",
        "in_progress",
        "medium",
        Some(0),
        Some(0),
        &[1],
    ),
    (
        "Move the shop to its own domain, with its certificates",
        "in_progress",
        "medium",
        None,
        Some(1),
        &[],
    ),
    (
        "Choose the typeface",
        "done",
        "medium",
        Some(-9),
        Some(0),
        &[0],
    ),
    ("Inventory of all pages", "done", "low", None, Some(1), &[]),
    (
        "Sketches of the front page",
        "done",
        "medium",
        Some(-4),
        Some(2),
        &[0],
    ),
    (
        "Agree on the budget",
        "done",
        "high",
        Some(-20),
        Some(0),
        &[],
    ),
];

/// Fills the board; answers the id of the card that is told more of.
async fn fill(stage: &Stage) -> String {
    let ann = stage.team.owner.clone();
    let bob = stage.member("bob", "Bob Stone", "member").await;
    let vera = stage.member("vera", "Vera Moss", "member").await;
    let mut labels = vec![];
    for (name, color) in [
        ("Design", "#8250df"),
        ("Bug", "#d1242f"),
        ("Copy", "#0969da"),
    ] {
        let body = json!({ "organization_id": stage.team.id, "name": name, "color": color });
        labels.push(ann.post("/labels", body).await.expect(201).id());
    }
    let people: [&Person; 3] = [&ann, &bob, &vera];
    let today = runtime::env::Clock::system()
        .now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let mut told = String::new();
    for (title, status, priority, due, whose, marks) in CARDS {
        let due = due.map(|days| (today + jiff::Span::new().days(days)).to_string());
        let marks: Vec<&String> = marks.iter().map(|mark| &labels[*mark]).collect();
        let assignee = whose.map(|one| people[one].id.clone());
        let mut members = json!({ "status": status, "priority": priority, "labels": marks });
        for (name, value) in [("due_date", due), ("assignee_id", assignee)] {
            members[name] = value.map_or(Value::Null, Value::from);
        }
        let id = stage.card(title, members).await;
        if title == "New navigation" {
            told = id;
        }
    }
    tell(&told, &ann, &bob).await;
    told
}

/// What is said about a card.
async fn tell(id: &str, ann: &Person, bob: &Person) {
    let about =
        "Two levels at most. The second one opens below the first, and works with the keyboard.";
    ann.patch(&format!("/tasks/{id}"), json!({ "description": about }))
        .await
        .expect(200);
    let comments = format!("/tasks/{id}/comments");
    let first = "The second level is **ready**. @ann, could you look at it with a phone?";
    let first = bob
        .post(&comments, json!({ "body": first }))
        .await
        .expect(201)
        .id();
    let answer = "Looks good. The `focus` ring is missing on the last entry, though:\n\n> works with the keyboard";
    ann.post(&comments, json!({ "body": answer, "parent_id": first }))
        .await
        .expect(201);
    bob.post(&comments, json!({ "body": "Fixed." }))
        .await
        .expect(201);
}

/// Fails if anything is wider than the page.
async fn fits(page: &Page) {
    let wide = "[...document.querySelectorAll('body *')].filter((one) => one.scrollWidth > one.clientWidth + 1
        && !['auto', 'scroll', 'hidden'].includes(getComputedStyle(one).overflowX)
        && getComputedStyle(one).display !== 'inline' && one.clientWidth > 0).map((one) => one.outerHTML.slice(0, 200))";
    let wide = page.evaluate(wide).await;
    assert_eq!(wide, json!([]), "these do not hold what is in them");
    assert_eq!(
        page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            .await,
        true
    );
}

#[tokio::test]
async fn everything_fits_in_every_light_and_width() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let told = fill(&stage).await;
    stage.world.cloud.settle().await;
    let (desk, phone) = (
        stage.signed_in("ann", DESKTOP).await,
        stage.signed_in("bob", PHONE).await,
    );
    for (page, name) in [(&desk, "desktop"), (&phone, "phone")] {
        page.until("document.querySelectorAll('.card').length === 12")
            .await;
        page.until("document.querySelector('.tile.overdue strong').textContent === '1'")
            .await;
        for scheme in ["light", "dark"] {
            page.colours(scheme).await;
            page.picture(&format!("board-{name}-{scheme}")).await;
        }
        fits(page).await;
        page.evaluate(&format!(
            "document.querySelector(\".card[data-id='{told}'] .card-open\").click()"
        ))
        .await;
        page.until("document.querySelectorAll('.comments .said').length === 3")
            .await;
        page.shows(".sheet .activity li").await;
        for scheme in ["light", "dark"] {
            page.colours(scheme).await;
            page.picture(&format!("card-{name}-{scheme}")).await;
        }
        fits(page).await;
        page.evaluate("sessionStorage.clear()").await;
        page.return_to(&format!("{}/app", stage.world.cloud.url()))
            .await;
        page.shows(".door input[name=name]").await;
        page.colours("light").await;
        page.picture(&format!("door-{name}-light")).await;
        fits(page).await;
    }
    content(&[&desk, &phone], &[]);
}
