//! Trying again after losing a race.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use domain::Error;

/// Runs a read-decide-write again if somebody else has changed the same thing in between. Each run reads anew, so
/// changes of different fields merge, and a caller who named a version learns that it is not the present one.
pub async fn contended<T, F: Future<Output = Result<T, Error>>>(
    mut work: impl FnMut() -> F,
) -> Result<T, Error> {
    // Boxed: here the many steps of a use case end as one future, small for whoever awaits it.
    let work = || Box::pin(work());
    let pause = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(5))
        .with_max_delay(Duration::from_millis(250))
        .with_max_times(16)
        // So that those who met once do not meet again at the same moment.
        .with_jitter();
    work.retry(pause)
        .when(|error| *error == Error::Conflict)
        .await
}
