//! What people do with it, from beginning to end.
//!
//! Every journey is made three times: in a plain world; in one whose indexes lag, as they may on AWS; and in one in
//! which nothing is ever swept away, since TTL is housekeeping and no rule.
#![expect(
    clippy::unwrap_used,
    reason = "a journey that cannot go on must stop, and say where"
)]

mod accounts;
mod boards;
mod joining;
mod labels;
mod lists;
mod projects;
mod teams;
mod work;
mod workflows;

use std::time::Duration;

use tests::{Answer, Person};

/// Makes a journey in each kind of world.
macro_rules! journey {
    ($(#[$doc:meta])* async fn $name:ident($world:ident: World) $body:block) => {
        mod $name {
            use super::*;

            async fn journey($world: World) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn in_a_plain_world() {
                journey(World::new().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn while_indexes_lag() {
                let lag = std::time::Duration::from_millis(120);
                journey(World::with(|options| options.index_lag = lag).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn while_nothing_is_swept() {
                journey(World::with(|options| options.sweep_ttl = false).await).await;
            }
        }
    };
}
pub(crate) use journey;

/// Asks for a list until it is as it should be: lists may lag behind a write by a moment.
#[track_caller]
pub(crate) fn until<'a>(
    person: &'a Person,
    path: &'a str,
    right: impl Fn(&Answer) -> bool + Send + 'a,
) -> impl Future<Output = Answer> + Send + 'a {
    let place = std::panic::Location::caller();
    async move {
        for _ in 0..400 {
            let answer = person.get(path).await.expect(200);
            if right(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!(
            "{place}: {path} never became right: {}",
            person.get(path).await.text
        );
    }
}

/// The members of a list's rows.
pub(crate) fn column(answer: &Answer, member: &str) -> Vec<String> {
    answer
        .rows()
        .iter()
        .map(|row| row[member].as_str().unwrap_or_default().to_owned())
        .collect()
}
