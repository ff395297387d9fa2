//! Quiet hours, by a clock that the test moves.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};
use tests::Person;

use super::Stage;

impl Stage {
    fn now(&self) -> Timestamp {
        self.world.clock.clock().now()
    }

    /// Lets somebody have their quiet hours from an hour ago until so many minutes from now, in a time zone.
    async fn quieten(&self, who: &Person, zone: &str, minutes: i64) {
        who.patch("/users/me", json!({ "timezone": zone }))
            .await
            .expect(200);
        let now = self.now().to_zoned(TimeZone::get(zone).unwrap());
        let time = |minutes: i64| {
            now.checked_add(minutes.minutes())
                .unwrap()
                .strftime("%H:%M")
                .to_string()
        };
        let hours = json!({ "from": time(-60), "to": time(minutes) });
        self.prefer(who, json!({ "events": {}, "quiet_hours": hours }))
            .await
            .expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_waits_for_the_end_of_quiet_hours_and_the_inbox_does_not() {
    let stage = Stage::new().await;
    let (bob, cay) = (&stage.bob, &stage.cay);
    stage.quieten(bob, "Asia/Kolkata", 120).await;
    stage
        .change(&stage.ann, json!({ "assignee_id": bob.id }))
        .await;
    stage.comment(&stage.ann, "@cay").await;
    assert_eq!(stage.told(bob).await, ["commented", "assigned"]);
    assert_eq!(
        (
            stage.letters(bob).await.len(),
            stage.letters(cay).await.len()
        ),
        (0, 1)
    );
    // A queue waits a quarter of an hour at most, so the job is put back again and again.
    for _ in 0..7 {
        stage.world.clock.advance(SignedDuration::from_mins(15));
        assert!(stage.letters(bob).await.is_empty());
    }
    stage.world.clock.advance(SignedDuration::from_mins(16));
    assert_eq!(stage.letters(bob).await.len(), 1);
    stage.world.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(stage.letters(bob).await.len(), 1);
    // It is not quiet any more.
    stage.assigned(bob, "Another").await;
    assert_eq!(stage.letters(bob).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_that_has_waited_is_sent_only_if_it_is_still_news() {
    let stage = Stage::new().await;
    let (ann, bob) = (&stage.ann, &stage.bob);
    stage.quieten(bob, "UTC", 30).await;
    let mut tasks = vec![];
    for number in 0..5 {
        tasks.push(stage.assigned(bob, &format!("Task {number}")).await);
    }
    let page = stage.page(bob, "").await;
    let id = |place: usize| page.rows()[place]["id"].as_str().unwrap().to_owned();
    // Newest first: read the fifth, put off the fourth; the third is deleted, the second's project hidden.
    bob.patch(
        &format!("/notifications/{}", id(0)),
        json!({ "read": true }),
    )
    .await
    .expect(200);
    let later = stage.now() + SignedDuration::from_hours(9);
    bob.patch(
        &format!("/notifications/{}", id(1)),
        json!({ "snoozed_until": later }),
    )
    .await
    .expect(200);
    ann.delete(&format!("/tasks/{}", tasks[2]))
        .await
        .expect(200);
    let secret = stage.team.private_project("SEC").await;
    ann.post(
        &format!("/tasks/{}/move", tasks[1]),
        json!({ "project_id": secret }),
    )
    .await
    .expect(200);
    stage.world.clock.advance(SignedDuration::from_mins(31));
    let letters = stage.letters(bob).await;
    let subjects: Vec<&str> = letters.iter().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(subjects, ["ann assigned this to you: WEB-2 Task 0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_changes_his_mind_meanwhile_gets_no_letter() {
    let stage = Stage::new().await;
    let bob = &stage.bob;
    stage.quieten(bob, "America/New_York", 30).await;
    stage
        .change(&stage.ann, json!({ "assignee_id": bob.id }))
        .await;
    assert!(stage.letters(bob).await.is_empty());
    stage
        .prefer(
            bob,
            json!({ "events": { "assigned": super::ways("i") }, "quiet_hours": Value::Null }),
        )
        .await
        .expect(200);
    stage.world.clock.advance(SignedDuration::from_mins(31));
    assert!(stage.letters(bob).await.is_empty());
}
