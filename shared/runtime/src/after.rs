//! What is to be done once a request is decided, and before its answer goes out: on Lambda nothing runs after that.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;
type List = Arc<Mutex<Vec<Work>>>;

tokio::task_local! {
    static LIST: List;
}

/// What a request has put off. Whoever runs requests awaits it before the answer goes out.
#[must_use]
pub struct Rest(List);

impl Rest {
    /// Does it.
    pub async fn done(self) {
        let work = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for work in work {
            work.await;
        }
    }
}

/// Runs a request; gives what it has put off beside its outcome.
pub async fn with<T>(request: impl Future<Output = T>) -> (T, Rest) {
    let list = List::default();
    let outcome = LIST.scope(list.clone(), request).await;
    (outcome, Rest(list))
}

/// Puts something off until the running request is decided. False outside a request, where nobody would do it.
#[must_use]
pub fn put_off(work: impl Future<Output = ()> + Send + 'static) -> bool {
    let push = |list: &List| {
        list.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Box::pin(work))
    };
    LIST.try_with(push).is_ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn what_is_put_off_is_done_after_the_request_and_once() {
        let done = Arc::new(AtomicU32::new(0));
        let add = |done: &Arc<AtomicU32>| {
            let done = done.clone();
            async move {
                done.fetch_add(1, Ordering::Relaxed);
            }
        };
        let request = async {
            assert!(put_off(add(&done)) && put_off(add(&done)));
            done.load(Ordering::Relaxed)
        };
        let (during, rest) = with(request).await;
        rest.done().await;
        assert_eq!((during, done.load(Ordering::Relaxed)), (0, 2));
        assert!(!put_off(add(&done)), "nobody would do it");
    }
}
