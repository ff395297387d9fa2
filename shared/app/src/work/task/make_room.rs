//! Room for a card where the ranks around it have become long.

use domain::Error;
use domain::id::TaskId;
use domain::work::rank::Neighbourhood;
use domain::work::task::Task;
use futures_util::future::try_join_all;
use paging::{Merged, merge, ranges};
use store::Scope;
use store::keys::{self, Key};
use store::range::Range;
use store::record::Stored;
use store::table::key_of;
use store::transaction::Transaction;

use crate::App;

/// How many cards on either side of the gap are given other ranks at most: all in one transaction.
const SIDE: usize = 40;

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
    moving: TaskId,
) -> Result<(), Error> {
    let (front, back) = tokio::try_join!(
        beside(app, scope, card, false),
        beside(app, scope, card, true)
    )?;
    // Whoever stands furthest away is only a bound, unless the column ends there.
    let bounds = Bounds {
        low: front.rows.len() > SIDE,
        high: back.rows.len() > SIDE,
    };
    let mut cards = fetch_cards(app, scope, card, &[front, back]).await?;
    // The card that is moved away takes no part: its version is the one that its mover has seen.
    cards.retain(|there| there.value.id != moving);
    let around = bounds.around(&cards, card, in_front);
    let spread = around
        .and_then(|around| around.spread().ok())
        .ok_or(Error::Conflict)?;
    let first = usize::from(bounds.low) + spread.from;
    save_ranks(app, scope, &cards[first..], spread.ranks).await
}

/// Whether the first and the last of the cards that were found are only bounds of those that make room.
struct Bounds {
    low: bool,
    high: bool,
}

impl Bounds {
    /// The cards with the gap in front of one of them, or behind it; none if that is not among them any more.
    fn around(&self, cards: &[Stored<Task>], card: &Task, in_front: bool) -> Option<Neighbourhood> {
        let rank = |there: &Stored<Task>| there.value.rank.clone();
        let end = cards.len().checked_sub(usize::from(self.high))?;
        let inner = cards.get(usize::from(self.low)..end)?;
        let at = inner.iter().position(|there| there.value.id == card.id)?;
        Some(Neighbourhood {
            low: cards.first().filter(|_| self.low).map(rank),
            ranks: inner.iter().map(rank).collect(),
            high: cards.last().filter(|_| self.high).map(rank),
            gap: if in_front { at } else { at + 1 },
        })
    }
}

/// Gives cards these ranks, in one transaction.
async fn save_ranks(
    app: &App,
    scope: &Scope,
    cards: &[Stored<Task>],
    ranks: Vec<String>,
) -> Result<(), Error> {
    // It is no answer to the caller's request, so no repetition of that finds it.
    let operation = scope.operation().part("make room").unkeyed();
    let mut transaction = Transaction::new();
    for (before, rank) in cards.iter().zip(ranks) {
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
// In one piece: which cards are read, which of them still stand there, and in what order.
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
    let stands_there = |there: &Task| {
        let status = workflow.present(&there.status).id();
        there.deleted_at.is_none() && there.project == card.project && status == column
    };
    let mut cards: Vec<Stored<Task>> = found.into_values().collect();
    cards.retain(|there| stands_there(&there.value));
    cards.sort_by_key(|there| keys::place_in_column(&there.value.rank, there.value.id));
    Ok(cards)
}
