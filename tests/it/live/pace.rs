//! How long a change takes to reach a client. It is printed and not judged: how fast a machine is says nothing of the
//! code.
//!
//! `cargo test -p tests --test it live::pace -- --ignored --nocapture`

use std::time::{Duration, Instant};

use serde_json::json;

use super::Stage;

#[tokio::test]
#[ignore = "a measurement"]
async fn how_long_a_change_takes_to_reach_a_client() {
    let stage = Stage::new().await;
    let mut live = stage.world.live(&stage.bob).await;
    live.subscribe(&[&format!("project:{}", stage.project)])
        .await;
    let (mut all, mut from_answer) = (vec![], vec![]);
    for n in 0..200 {
        let begun = Instant::now();
        stage
            .ann
            .patch(
                &format!("/tasks/{}", stage.task),
                json!({ "title": format!("Title {n}") }),
            )
            .await
            .expect(200);
        let answered = Instant::now();
        live.of_type("event").await;
        all.push(begun.elapsed());
        from_answer.push(answered.elapsed());
    }
    for (what, times) in [
        ("from the request", &mut all),
        ("from its answer", &mut from_answer),
    ] {
        times.sort();
        let at = |share: usize| -> Duration { times[times.len() * share / 100] };
        println!(
            "change to message, {what}: median {:?}, 95 % {:?}, most {:?}",
            at(50),
            at(95),
            times[times.len() - 1]
        );
    }
}
