//! The kinds of things whose changes are events: those of the core, and those that capabilities above it add. Whoever follows
//! the table's stream, and whoever looks for what it has lost, reads by these.

use store::feed::stream::StreamKinds;

/// All of them. A capability adds its own with `.and::<Thing>()`.
pub fn all() -> StreamKinds {
    StreamKinds::core()
}

#[cfg(test)]
mod tests {
    use domain::feed::event::Source;

    #[test]
    fn every_kind_of_event_is_read_by_somebody() {
        assert_eq!(super::all().sources().collect::<Vec<_>>(), Source::ALL);
    }
}
