//! Faults between a function and AWS, for tests.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::lots::Lots;

/// What happens to a call.
#[derive(Clone, Debug)]
pub(super) enum Action {
    LoseAnswer,
    FailBefore,
    Answer(u16, Value),
    LeaveKeys,
    RefuseEntries,
    Garble,
    CutPage,
    Delay(Duration),
    KillBefore,
    KillAfter,
}

type Predicate = Arc<dyn Fn(&Value) -> bool + Send + Sync>;

/// A fault: what happens to which calls, how often.
///
/// ```
/// use local::Fault;
/// let fault = Fault::lose_answer("UpdateItem").after(1).times(2).when(|body| body["TableName"] == "Table");
/// ```
#[derive(Clone)]
pub struct Fault {
    operation: String,
    action: Action,
    function: Option<String>,
    after: usize,
    times: usize,
    when: Option<Predicate>,
    odds: Option<(u64, Lots)>,
    seen: usize,
    hits: Hits,
}

/// Every operation.
const ANY: &str = "*";

impl Fault {
    /// The call takes effect, but the SDK sees a broken connection; it will repeat the call.
    pub fn lose_answer(operation: &str) -> Self {
        Self::new(operation, Action::LoseAnswer)
    }

    /// The call never reaches AWS.
    pub fn fail_before(operation: &str) -> Self {
        Self::new(operation, Action::FailBefore)
    }

    /// The call has no effect and is answered with an error of the type `kind`, such as `ThrottlingException`.
    pub fn error(operation: &str, kind: &str, status: u16) -> Self {
        Self::new(
            operation,
            Action::Answer(
                status,
                json!({ "__type": kind, "message": "a fault of the local cloud" }),
            ),
        )
    }

    /// A transaction is cancelled for these reasons, one for each of its acts, such as `TransactionConflict` or `None`.
    pub fn cancel(reasons: &[&str]) -> Self {
        let reasons: Vec<Value> = reasons
            .iter()
            .map(|reason| json!({ "Code": reason }))
            .collect();
        let kind = "TransactionCanceledException";
        let body = json!({ "__type": kind, "message": "a fault of the local cloud", "CancellationReasons": reasons });
        Self::new("TransactWriteItems", Action::Answer(400, body))
    }

    /// A `BatchGetItem` reads none of its keys and gives all of them back as unprocessed.
    pub fn leave_keys() -> Self {
        Self::new("BatchGetItem", Action::LeaveKeys)
    }

    /// A `SendMessageBatch` takes none of its messages and says so, message by message.
    pub fn refuse_entries() -> Self {
        Self::new("SendMessageBatch", Action::RefuseEntries)
    }

    /// The call takes effect, and only half of its answer arrives.
    pub fn garble(operation: &str) -> Self {
        Self::new(operation, Action::Garble)
    }

    /// A `Query` answers with its first row only, and where to go on; the last page has no row.
    pub fn cut_page() -> Self {
        Self::new("Query", Action::CutPage)
    }

    /// The call is held back for `time` before it is sent.
    pub fn delay(operation: &str, time: Duration) -> Self {
        Self::new(operation, Action::Delay(time))
    }

    /// The function that calls ends before the call is sent, and nothing of it runs any more. Of whatever operation.
    pub fn kill_before() -> Self {
        Self::new(ANY, Action::KillBefore)
    }

    /// The function that calls ends once the call has taken effect, before it learns of that. Of whatever operation.
    pub fn kill_after() -> Self {
        Self::new(ANY, Action::KillAfter)
    }

    fn new(operation: &str, action: Action) -> Self {
        let (operation, hits) = (operation.to_owned(), Hits::default());
        Self {
            operation,
            action,
            function: None,
            after: 0,
            times: 1,
            when: None,
            odds: None,
            seen: 0,
            hits,
        }
    }

    /// Strikes one in so many calls, at random; the same seed draws the same lots.
    pub fn one_in(mut self, calls: u64, seed: u64) -> Self {
        self.odds = Some((calls, Lots::new(seed)));
        self.times(usize::MAX)
    }

    /// Leaves the first `calls` matching calls alone.
    pub fn after(mut self, calls: usize) -> Self {
        self.after = calls;
        self
    }

    /// Strikes `times` times instead of once; `usize::MAX` is always.
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Only calls of this function.
    pub fn in_function(mut self, name: &str) -> Self {
        self.function = Some(name.to_owned());
        self
    }

    /// Only calls whose JSON body is such.
    pub fn when(mut self, predicate: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Self {
        self.when = Some(Arc::new(predicate));
        self
    }

    fn strikes(&mut self, function: &str, operation: &str, body: &Value) -> bool {
        let wanted = (self.operation == operation || self.operation == ANY)
            && self
                .function
                .as_deref()
                .is_none_or(|wanted| wanted == function)
            && self.when.as_ref().is_none_or(|when| when(body))
            && self
                .odds
                .as_mut()
                .is_none_or(|(calls, lots)| lots.draw(*calls) == 0);
        if !wanted {
            return false;
        }
        self.seen += 1;
        self.seen > self.after && self.seen - self.after <= self.times
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({} {:?})", self.operation, self.action)
    }
}

/// How often a fault has struck; keep it to assert that the fault was met at all.
#[derive(Clone, Debug, Default)]
pub struct Hits(Arc<AtomicUsize>);

impl Hits {
    /// The number of calls struck so far.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// The faults of a cloud; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    /// Adds a fault. If several match a call, the first added strikes.
    pub fn add(&self, fault: Fault) -> Hits {
        let hits = fault.hits.clone();
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fault);
        hits
    }

    /// Ends all faults.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// What is to happen to this call, if anything.
    pub(super) fn next(&self, function: &str, operation: &str, body: &Value) -> Option<Action> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = faults
            .iter_mut()
            .find_map(|fault| fault.strikes(function, operation, body).then_some(fault))?;
        fault.hits.0.fetch_add(1, Ordering::Relaxed);
        Some(fault.action.clone())
    }
}
