//! What calls cost: round trips and units, measured through the API, computed from the items, and written down in
//! `tests/capacity.txt`.
//!
//! `UPDATE=1 cargo test -p tests capacity` writes the table anew.

mod activity;
mod attachments;
mod bill;
mod comments;
mod devices;
mod feed;
mod joining;
mod live;
mod many;
mod people;
mod scale;
mod teams;
mod told;
mod work;

use tests::World;

use crate::table::{self, Key};
use scale::{Scale, StillClock};

/// The committed table.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/capacity.txt");

#[tokio::test]
async fn every_call_costs_what_the_table_says_and_no_more_than_it_may() {
    let now = StillClock::new();
    let world = World::with(|options| options.clock = Some(now.clock())).await;
    let mut scale = Scale::new(&world, now).await;
    work::weigh(&mut scale).await;
    people::weigh(&mut scale).await;
    joining::weigh(&mut scale).await;
    many::weigh(&mut scale).await;
    teams::weigh(&mut scale).await;
    activity::weigh(&mut scale).await;
    told::weigh(&mut scale).await;
    comments::weigh(&mut scale).await;
    attachments::weigh(&mut scale).await;
    devices::weigh(&mut scale).await;
    live::weigh(&mut scale).await;
    feed::weigh(&mut scale).await;
    for (key, item) in &table::snapshot(&world.cloud).await {
        assert!(
            table::size(item) < bound(key),
            "{key:?} has {} bytes",
            table::size(item)
        );
    }
    let measured = scale.table();
    println!("{measured}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(TABLE, &measured).unwrap();
    }
    let committed = std::fs::read_to_string(TABLE).unwrap_or_default();
    assert_eq!(measured, committed, "UPDATE=1 writes the table anew");
    scale.judge();
}

/// A task is written in units of a kilobyte, anything else is read in units of four.
fn bound(key: &Key) -> usize {
    if key.1 == "TASK" { 1024 } else { 4096 }
}
