//! Room for a card where the ranks around it have become long.

use domain::Error;
use domain::work::rank::Row;
use domain::work::task::Task;
use futures_util::future::try_join_all;
use paging::{Merged, merge, ranges};
use store::Scope;
use store::keys::{self, Key};
use store::range::Range;
use store::record::{Operation, Stored};
use store::table::key_of;
use store::transaction::Transaction;

use crate::App;

/// How many cards on either side of the gap are given other ranks at most: all in one transaction.
const SIDE: usize = 20;

/// Gives some of the cards around a gap other ranks, in the same order. The gap is in front of a card of a column, or
/// behind it.
///
/// The positions of those cards change, which clients sort by, so they are told of it like of any move. The index may
/// not know yet of a card that came into the column this very moment: such a card keeps its rank, and stands somewhere
/// in the same stretch.
pub(super) async fn make_room(
    app: &App,
    scope: &Scope,
    card: &Task,
    in_front: bool,
) -> Result<(), Error> {
    let (front, back) = tokio::try_join!(
        beside(app, scope, card, false),
        beside(app, scope, card, true)
    )?;
    // Whoever stands furthest away is only a bound, unless the column ends there.
    let (bound_low, bound_high) = (front.rows.len() > SIDE, back.rows.len() > SIDE);
    let mut cards = fetch_cards(app, scope, card, &[front, back]).await?;
    let of_card = |there: &Stored<Task>| there.value.id == card.id;
    if !cards.iter().any(of_card) {
        return Err(Error::Conflict);
    }
    let low = bound_low.then(|| cards.remove(0));
    let high = bound_high.then(|| cards.pop()).flatten();
    let at = cards.iter().position(of_card).ok_or(Error::Conflict)?;
    let rank = |there: Stored<Task>| there.value.rank;
    let row = Row {
        low: low.map(rank),
        ranks: cards.iter().map(|there| there.value.rank.clone()).collect(),
        high: high.map(rank),
        gap: if in_front { at } else { at + 1 },
    };
    let spread = row.spread().map_err(|_| Error::Conflict)?;
    // It is no answer to the caller's request, so no repetition of that finds it.
    let operation = Operation {
        keyed: false,
        ..scope.operation().part("make room")
    };
    let mut transaction = Transaction::new();
    for (before, rank) in cards.iter().skip(spread.from).zip(spread.ranks) {
        let next = Task {
            rank,
            updated_at: scope.at(),
            updated_by: scope.user(),
            ..before.value.clone()
        };
        transaction.save(before, next, &operation)?;
    }
    app.store.commit(scope, transaction).await
}

/// The rows of the cards in front of a card of a column, or behind it, the nearest first.
async fn beside(app: &App, scope: &Scope, card: &Task, behind: bool) -> Result<Merged, Error> {
    let workflow = scope.workflow();
    let lanes: Vec<Range> = workflow
        .stored_as(workflow.present(&card.status))
        .iter()
        .map(|stored| keys::column(card.project, stored))
        .collect();
    let place = keys::place_in_column(&card.rank, card.id);
    let ranges = ranges(&lanes, behind, Some(&place), SIDE + 1);
    let found = try_join_all(ranges.iter().map(|range| app.store.rows(scope, range))).await?;
    merge(&lanes, found, behind, SIDE + 1)
}

/// The cards that the rows tell of, as far as they are still in the column, and the card itself, in their order.
async fn fetch_cards(
    app: &App,
    scope: &Scope,
    card: &Task,
    rows: &[Merged],
) -> Result<Vec<Stored<Task>>, Error> {
    let rows = rows.iter().flat_map(|merged| &merged.rows);
    let mut wanted: Vec<Key> = rows.filter_map(|row| key_of(&row.value)).collect();
    wanted.push(keys::task(card.id));
    let found = app.store.fetch::<Task>(scope, &wanted).await?;
    let workflow = scope.workflow();
    let column = workflow.present(&card.status).id();
    let mut cards: Vec<Stored<Task>> = found
        .into_values()
        .filter(|there| {
            let there = &there.value;
            there.deleted_at.is_none()
                && there.project == card.project
                && workflow.present(&there.status).id() == column
        })
        .collect();
    let place = |there: &Stored<Task>| keys::place_in_column(&there.value.rank, there.value.id);
    cards.sort_by_key(place);
    Ok(cards)
}
