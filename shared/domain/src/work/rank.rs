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

/// The longest rank that is still made; beyond it something else is wrong.
pub const LONGEST: usize = 200;

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

/// A rank between two others, or behind or in front of one. None if they are not in order or no ranks.
pub fn between(low: Option<&str>, high: Option<&str>, tail: [u8; TAIL]) -> Option<String> {
    let bound = |rank: Option<&str>| rank.map_or(Some(None), |rank| read(rank).map(Some));
    let (low, high) = (bound(low)?, bound(high)?);
    let mut digits = match (&low, &high) {
        (None, None) => vec![BASE / 2],
        (Some(low), None) => stepped(low, true).unwrap_or_else(|| middle(low, None)),
        (None, Some(high)) => stepped(high, false).unwrap_or_else(|| middle(&[], Some(high))),
        (Some(low), Some(high)) if low < high => middle(low, Some(high)),
        (Some(_), Some(_)) => return None,
    };
    digits.extend([tail[0] % BASE, tail[1] % (BASE - 1) + 1]);
    let fits = low.is_none_or(|low| low < digits) && high.is_none_or(|high| digits < high);
    (fits && digits.len() <= LONGEST).then(|| write(&digits))
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
        digits.push(below);
        if above > below {
            // From here on only the lower bound counts.
            high = None;
        }
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
            (Some(&*a), Some(&*a)),
            (Some(""), None),
            (Some("a#b"), None),
            (Some("a0"), None),
        ] {
            assert_eq!(between(low, high, [1, 1]), None, "{low:?} {high:?}");
        }
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
}
