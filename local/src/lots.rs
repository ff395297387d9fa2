//! Lots: random numbers that are the same for the same seed, so that a test that failed fails again.

/// Draws numbers (xorshift64*, Vigna 2016).
#[derive(Clone, Debug)]
pub(crate) struct Lots(u64);

impl Lots {
    /// The lots of a seed.
    pub fn new(seed: u64) -> Self {
        // A state of zero would stay zero, and seeds that differ little should not draw alike.
        let mut lots = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        lots.next();
        lots
    }

    /// A number below `bound`.
    pub fn draw(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_lots_again_and_every_one_of_them() {
        let draw = |seed| {
            let mut lots = Lots::new(seed);
            (0..100).map(|_| lots.draw(10)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert!((0..10).all(|wanted| draw(0).contains(&wanted)));
    }
}
