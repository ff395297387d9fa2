//! Where a card stands among others: text that sorts, with room between any two.
//!
//! A rank is a fraction in base 62, written with the digits of ASCII order. Its first seven digits are the number of
//! the task that it was made for, so a new card stands behind all that were made before it. What follows is the place
//! between them. A few random digits at the end keep two people who put cards into the same gap at once from making
//! the same rank; equal ranks are ordered by id all the same.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE: u8 = 62;
/// Digits of the number in front.
const WHOLE: usize = 7;
/// Digits that a step to either end of a column counts in: 62³ steps before ranks grow.
const STEPS: usize = WHOLE + 3;
/// How many random bytes a rank takes.
pub const TAIL: usize = 2;

/// The longest rank that is made between two others: beyond it the cards around it make room ([`Neighbourhood::spread`]).
pub const LONGEST: usize = 64;
/// What a rank is after room was made, if the cards around it allow that.
const SHORT: usize = 24;

/// Where a new task stands: behind all that were made before it.
pub fn first(number: u64) -> String {
    let mut digits = vec![0; WHOLE];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = (rest % u64::from(BASE)) as u8;
        rest /= u64::from(BASE);
    }
    // No rank ends in the lowest digit, or nothing would fit in front of it.
    digits.push(BASE / 2);
    write(&digits)
}

/// Why there is no rank between two others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRank {
    /// They are not in order, or no ranks.
    OutOfOrder,
    /// It would be longer than [`LONGEST`], or the two are the same.
    NoRoom,
}

/// A rank between two others, or behind or in front of one.
pub fn between(low: Option<&str>, high: Option<&str>, tail: [u8; TAIL]) -> Result<String, NoRank> {
    let (low, high) = (bound(low)?, bound(high)?);
    let mut digits = inside(low.as_deref(), high.as_deref())?;
    digits.extend([tail[0] % BASE, tail[1] % (BASE - 1) + 1]);
    let fits = low.is_none_or(|low| low < digits) && high.is_none_or(|high| digits < high);
    match (fits, digits.len() <= LONGEST) {
        (true, true) => Ok(write(&digits)),
        (true, false) => Err(NoRank::NoRoom),
        (false, _) => Err(NoRank::OutOfOrder),
    }
}

fn bound(rank: Option<&str>) -> Result<Option<Vec<u8>>, NoRank> {
    rank.map(|rank| read(rank).ok_or(NoRank::OutOfOrder))
        .transpose()
}

/// The digits of a rank between two others.
fn inside(low: Option<&[u8]>, high: Option<&[u8]>) -> Result<Vec<u8>, NoRank> {
    Ok(match (low, high) {
        (None, None) => vec![BASE / 2],
        (Some(low), None) => stepped(low, true).unwrap_or_else(|| middle(low, None)),
        (None, Some(high)) => stepped(high, false).unwrap_or_else(|| middle(&[], Some(high))),
        (Some(low), Some(high)) if low < high => middle(low, Some(high)),
        (Some(low), Some(high)) if low == high => return Err(NoRank::NoRoom),
        (Some(_), Some(_)) => return Err(NoRank::OutOfOrder),
    })
}

/// Cards that stand beside one another, around a gap that has become too narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Neighbourhood {
    /// The rank in front of them; none where the column begins.
    pub low: Option<String>,
    /// Their ranks, in order.
    pub ranks: Vec<String>,
    /// The rank behind them; none where the column ends.
    pub high: Option<String>,
    /// How many of them stand in front of the gap.
    pub gap: usize,
}

/// New ranks for some cards of a [`Neighbourhood`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// The first of them.
    pub from: usize,
    /// Their ranks.
    pub ranks: Vec<String>,
}

impl Neighbourhood {
    /// New ranks for as few of the cards as it takes to make the gap wide again; for all of them if that takes more.
    ///
    /// # Errors
    /// There is no room between the outer two either.
    pub fn spread(&self) -> Result<Spread, NoRank> {
        let mut widest = None;
        let mut size = 1;
        while size <= self.ranks.len() {
            for (from, to) in self.windows(size) {
                // Where the neighbours of the stretch have the same rank, only a wider one helps.
                let Ok(spread) = self.replace(from, to) else {
                    continue;
                };
                let length = self.gap_after(&spread)?;
                if length <= SHORT {
                    return Ok(spread);
                }
                let longest = spread.ranks.iter().map(String::len).max();
                if length.max(longest.unwrap_or_default()) <= LONGEST {
                    widest = Some(spread);
                }
            }
            size = match 2 * size {
                double if size < self.ranks.len() => double.min(self.ranks.len()),
                double => double,
            };
        }
        widest.ok_or(NoRank::NoRoom)
    }

    /// The stretches of so many cards that touch the gap: behind it, in front of it, around it.
    fn windows(&self, size: usize) -> impl Iterator<Item = (usize, usize)> {
        let (gap, count) = (self.gap.min(self.ranks.len()), self.ranks.len());
        let from = [
            Some(gap),
            gap.checked_sub(size),
            Some(gap.saturating_sub(size / 2).min(count.saturating_sub(size))),
        ];
        from.into_iter()
            .flatten()
            .map(move |from| (from, from + size))
            .filter(move |(_, to)| *to <= count && size > 0)
    }

    /// Spreads the cards of a stretch over the room between their neighbours.
    // In one piece: the room between the neighbours gives the ranks, and says whether one of them may be longer.
    fn replace(&self, from: usize, to: usize) -> Result<Spread, NoRank> {
        let before = self.before(from);
        let after = self.ranks.get(to).or(self.high.as_ref());
        let mut ranks = vec![vec![]; to - from];
        fill(
            bound(before)?.as_deref(),
            bound(after.map(String::as_str))?.as_deref(),
            &mut ranks,
        )?;
        // One digit more behind the gap leaves room in front of it, if the next card allows that.
        let behind = self.gap.checked_sub(from).filter(|at| *at < ranks.len());
        if let Some(at) = behind {
            let longer = [ranks[at].as_slice(), &[BASE / 2]].concat();
            let after = bound(after.map(String::as_str))?;
            if ranks
                .get(at + 1)
                .or(after.as_ref())
                .is_none_or(|next| longer < *next)
            {
                ranks[at] = longer;
            }
        }
        Ok(Spread {
            from,
            ranks: ranks.iter().map(|digits| write(digits)).collect(),
        })
    }

    /// The rank in front of a card.
    fn before(&self, at: usize) -> Option<&str> {
        at.checked_sub(1).map_or(self.low.as_deref(), |at| {
            self.ranks.get(at).map(String::as_str)
        })
    }

    /// How long a rank in the gap is once these ranks are given.
    fn gap_after(&self, spread: &Spread) -> Result<usize, NoRank> {
        let mut ranks = self.ranks.clone();
        for (rank, new) in ranks.iter_mut().skip(spread.from).zip(&spread.ranks) {
            rank.clone_from(new);
        }
        let row = Self {
            ranks,
            ..self.clone()
        };
        let after = row.ranks.get(row.gap).or(row.high.as_ref());
        let (low, high) = (
            bound(row.before(row.gap))?,
            bound(after.map(String::as_str))?,
        );
        Ok(inside(low.as_deref(), high.as_deref())?.len() + TAIL)
    }
}

/// Fills places between two ranks, the middle one first, so that all are as short as can be.
fn fill(low: Option<&[u8]>, high: Option<&[u8]>, places: &mut [Vec<u8>]) -> Result<(), NoRank> {
    if places.is_empty() {
        return Ok(());
    }
    let (front, rest) = places.split_at_mut(places.len() / 2);
    let Some((middle, back)) = rest.split_first_mut() else {
        return Ok(());
    };
    *middle = inside(low, high)?;
    // No rank ends in the lowest digit, as a step can.
    if middle.last() == Some(&0) {
        middle.push(BASE / 2);
    }
    fill(low, Some(middle), front)?;
    fill(Some(middle), high, back)
}

/// One step to the end or to the beginning of a column, in digits that all columns count their steps in. None if there
/// is no step left.
fn stepped(from: &[u8], up: bool) -> Option<Vec<u8>> {
    let mut digits = from.to_vec();
    digits.resize(STEPS, 0);
    for at in (0..STEPS).rev() {
        match (up, digits[at]) {
            (true, digit) if digit + 1 < BASE => {
                digits[at] += 1;
                return Some(digits);
            }
            (true, _) => digits[at] = 0,
            (false, digit) if digit > 0 => {
                digits[at] -= 1;
                return Some(digits);
            }
            (false, _) => digits[at] = BASE - 1,
        }
    }
    None
}

/// The shortest fraction near the middle of two, such that any digits may follow it.
fn middle(low: &[u8], high: Option<&[u8]>) -> Vec<u8> {
    let mut digits = vec![];
    let mut high = high;
    for at in 0.. {
        let below = low.get(at).copied().unwrap_or(0);
        let above = match high {
            Some(high) => high.get(at).copied().unwrap_or(0),
            None => BASE,
        };
        // A digit strictly between the two leaves room for every tail.
        if above > below + 1 {
            digits.push(below + (above - below) / 2);
            return digits;
        }
        if above > below {
            // Under the upper bound, if that goes on, or above the lower one: whichever is shorter.
            let rest = high.and_then(|high| high.get(at + 1..)).unwrap_or_default();
            if rest.iter().any(|digit| *digit > 0) && rest.len() + at < low.len() {
                digits.push(above);
                digits.extend(middle(&[], Some(rest)));
                return digits;
            }
            // From here on only the lower bound counts.
            high = None;
        }
        digits.push(below);
    }
    digits
}

fn read(rank: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = rank
        .bytes()
        .map(|byte| {
            DIGITS
                .iter()
                .position(|digit| *digit == byte)
                .map(|at| at as u8)
        })
        .collect();
    digits.filter(|digits| digits.last().is_some_and(|last| *last > 0))
}

fn write(digits: &[u8]) -> String {
    digits
        .iter()
        .map(|digit| char::from(DIGITS[usize::from(*digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn new_tasks_stand_behind_older_ones() {
        let ranks: Vec<String> = [1, 2, 61, 62, 63, 3843, 3844, 1_000_000, 3_000_000_000]
            .map(first)
            .to_vec();
        assert!(ranks.is_sorted());
        assert!(ranks.iter().all(|rank| rank.len() == 8));
    }

    #[test]
    fn what_is_no_rank_or_out_of_order_makes_none() {
        let (a, b) = (first(1), first(2));
        for (low, high) in [
            (Some(&*b), Some(&*a)),
            (Some(""), None),
            (Some("a#b"), None),
            (Some("a0"), None),
        ] {
            let refused = between(low, high, [1, 1]);
            assert_eq!(refused, Err(NoRank::OutOfOrder), "{low:?} {high:?}");
        }
        assert_eq!(between(Some(&a), Some(&a), [1, 1]), Err(NoRank::NoRoom));
    }

    #[test]
    fn a_thousand_steps_to_either_end_leave_ranks_short() {
        for up in [true, false] {
            let mut rank = first(7);
            for n in 0..1000_u32 {
                let next = match up {
                    true => between(Some(&rank), None, [n as u8, 3]),
                    false => between(None, Some(&rank), [n as u8, 3]),
                };
                let next = next.unwrap();
                assert_eq!(rank < next, up);
                assert!(next.len() <= 12, "{next}");
                rank = next;
            }
            // A card that is made later stands behind them all the same.
            assert!(rank < first(8));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_put_between_two_stands_between_them(places in prop::collection::vec((any::<u16>(), any::<[u8; 2]>()), 1..400)) {
            let mut ranks: Vec<String> = (1..=5).map(first).collect();
            for (place, tail) in places {
                let at = usize::from(place) % (ranks.len() + 1);
                let low = at.checked_sub(1).map(|at| ranks[at].clone());
                let rank = between(low.as_deref(), ranks.get(at).map(String::as_str), tail).unwrap();
                ranks.insert(at, rank);
                prop_assert!(ranks.windows(2).all(|pair| pair[0] < pair[1]), "{ranks:?}");
            }
        }

        #[test]
        fn putting_into_the_same_gap_again_and_again_grows_slowly(tails in prop::collection::vec(any::<[u8; 2]>(), 100), up in any::<bool>()) {
            let (mut low, mut high) = (first(1), first(2));
            for tail in tails {
                let rank = between(Some(&low), Some(&high), tail).unwrap();
                prop_assert!(low < rank && rank < high);
                if up { low = rank } else { high = rank }
            }
            prop_assert!(low.len().max(high.len()) < 60);
        }
    }

    /// A column in which room is made as the use case makes it: among so many cards on either side of the gap.
    struct Column {
        ranks: Vec<String>,
        rewritten: usize,
    }

    impl Column {
        const SIDE: usize = 40;

        fn put(&mut self, at: usize, tail: [u8; TAIL]) {
            let low = at.checked_sub(1).map(|at| self.ranks[at].clone());
            match between(low.as_deref(), self.ranks.get(at).map(String::as_str), tail) {
                Ok(rank) => self.ranks.insert(at, rank),
                Err(NoRank::OutOfOrder) => panic!("{:?}", self.ranks),
                Err(NoRank::NoRoom) => {
                    self.make_room(at);
                    self.put(at, tail);
                }
            }
            assert!(self.ranks[at].len() <= LONGEST);
        }

        fn make_room(&mut self, at: usize) {
            let from = at.saturating_sub(Self::SIDE);
            let to = (at + Self::SIDE).min(self.ranks.len());
            let row = Neighbourhood {
                low: from.checked_sub(1).map(|at| self.ranks[at].clone()),
                ranks: self.ranks[from..to].to_vec(),
                high: self.ranks.get(to).cloned(),
                gap: at - from,
            };
            let spread = row
                .spread()
                .unwrap_or_else(|why| panic!("{why:?} after {} cards: {row:?}", self.ranks.len()));
            self.rewritten += spread.ranks.len();
            for (place, rank) in (from + spread.from..).zip(spread.ranks) {
                self.ranks[place] = rank;
            }
            assert!(self.ranks.is_sorted() && self.ranks.windows(2).all(|two| two[0] != two[1]));
        }
    }

    /// Thirty times as many as fit into one gap.
    const DROPS: usize = 10_000;

    #[test]
    fn cards_are_put_into_the_same_gap_for_ever() {
        type Way = fn(usize, &Column) -> usize;
        let ways: [(&str, Way, usize, usize); 4] = [
            ("behind the first", |_, _| 1, DROPS, DROPS / 4),
            (
                "in front of the last",
                |_, column| column.ranks.len() - 1,
                DROPS,
                DROPS / 4,
            ),
            (
                "between the last two",
                |n, column| (1 + n / 2).min(column.ranks.len()),
                // Each between the two before: ten times as many as fit without room being made.
                3_000,
                12_000,
            ),
            ("at the beginning", |_, _| 0, DROPS, DROPS / 4),
        ];
        for (way, place, drops, most) in ways {
            let ranks = (1..=3).map(first).collect();
            let mut column = Column {
                ranks,
                rewritten: 0,
            };
            for n in 0..drops {
                let at = place(n, &column);
                column.put(at, [(n * 7) as u8, (n / 3) as u8]);
            }
            let rewritten = column.rewritten;
            assert!(rewritten <= most, "{way}: {rewritten} cards were rewritten");
        }
    }

    #[test]
    fn room_is_made_by_as_few_cards_as_it_takes() {
        let (a, b) = (first(1), first(2));
        let mut low = a.clone();
        while let Ok(rank) = between(Some(&low), Some(&b), [61, 60]) {
            low = rank;
        }
        let row = Neighbourhood {
            low: Some(a),
            ranks: vec![low, b, first(3)],
            high: None,
            gap: 1,
        };
        let spread = row.spread().unwrap();
        assert_eq!((spread.from, spread.ranks.len()), (1, 1));
        assert_eq!(Neighbourhood::default().spread(), Err(NoRank::NoRoom));
        // Two that came to the same place at once.
        let row = Neighbourhood {
            low: None,
            ranks: vec![first(1), first(1), first(2)],
            high: Some(first(3)),
            gap: 1,
        };
        let spread = row.spread().unwrap();
        assert_eq!((spread.from, spread.ranks.len()), (1, 1));
        assert!(spread.ranks[0] > first(1) && spread.ranks[0] < first(2));
    }
}
