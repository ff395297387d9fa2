//! Faults in the way of every kind of write.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use local::{Call, Fault};

use super::cases::GROUPS;
use super::stage::{Case, Outcome, Stage};

/// Plays every case, each group on a stage of its own.
pub async fn every_case(play: impl AsyncFn(&Stage, &Case)) {
    let group = async |cases: &[Case]| {
        let stage = Stage::new().await;
        for case in cases {
            play(&stage, case).await;
        }
    };
    join_all(GROUPS.map(group)).await;
}

/// Plays every case on a stage of its own, where it may be played often.
pub async fn every_case_apart(play: impl AsyncFn(&Stage, &Case)) {
    let group = async |cases: &[Case]| {
        for case in cases {
            play(&Stage::new().await, case).await;
        }
    };
    join_all(GROUPS.map(group)).await;
}

/// Each call with its operation and the number of calls of the same operation before it.
pub fn places(calls: &[Call]) -> Vec<(&str, usize)> {
    let before = |at: usize| {
        calls[..at]
            .iter()
            .filter(|call| call.operation == calls[at].operation)
            .count()
    };
    calls
        .iter()
        .enumerate()
        .map(|(at, call)| (call.operation.as_str(), before(at)))
        .collect()
}

fn writes(operation: &str) -> bool {
    !matches!(operation, "BatchGetItem" | "Query")
}

/// Plays a case without a fault.
pub async fn smoothly(stage: &Stage, case: &Case) -> Outcome {
    let smooth = stage.play(case, vec![]).await;
    assert_eq!(
        smooth.answer.status, case.status,
        "{}: {}",
        case.name, smooth.answer.text
    );
    assert!(!smooth.effect.is_empty(), "{} writes nothing", case.name);
    smooth
}

/// Plays a case with faults, each of which must strike once, and which must not be noticed.
async fn survives(stage: &Stage, case: &Case, smooth: &Outcome, faults: Vec<Fault>) {
    let named = format!("{}: {faults:?}", case.name);
    let once = vec![1; faults.len()];
    let outcome = stage.play(case, faults).await;
    assert_eq!(outcome.hits, once, "{named}");
    assert_eq!(
        outcome.answer.status, case.status,
        "{named}: {}",
        outcome.answer.text
    );
    assert_eq!(outcome.effect, smooth.effect, "{named}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_makes_no_false_error_and_no_second_effect() {
    every_case(async |stage, case| {
        let smooth = smoothly(stage, case).await;
        for (operation, at) in places(&smooth.calls)
            .into_iter()
            .filter(|(operation, _)| writes(operation))
        {
            survives(
                stage,
                case,
                &smooth,
                vec![Fault::lose_answer(operation).after(at)],
            )
            .await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_never_arrives_and_a_throttle_are_waited_out() {
    every_case(async |stage, case| {
        let smooth = smoothly(stage, case).await;
        let operations: BTreeSet<&str> = smooth
            .calls
            .iter()
            .map(|call| call.operation.as_str())
            .collect();
        let throttled =
            |operation| Fault::error(operation, "ProvisionedThroughputExceededException", 400);
        let faults = operations
            .into_iter()
            .flat_map(|operation| [Fault::fail_before(operation), throttled(operation)]);
        survives(stage, case, &smooth, faults.collect()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_throttle_is_told_and_leaves_nothing_behind() {
    every_case(async |stage, case| {
        let smooth = smoothly(stage, case).await;
        for (operation, at) in places(&smooth.calls)
            .into_iter()
            .filter(|(operation, _)| writes(operation))
        {
            let fault = Fault::error(operation, "ThrottlingException", 400)
                .after(at)
                .times(usize::MAX);
            let outcome = stage.play(case, vec![fault]).await;
            let named = format!("{} at {operation} {at}", case.name);
            let answer = outcome.answer.refused(503, "unavailable");
            assert!(
                answer
                    .header("retry-after")
                    .parse::<u32>()
                    .is_ok_and(|seconds| seconds > 0),
                "{named}"
            );
            assert_eq!(outcome.effect, Vec::<String>::new(), "{named}");
            // Three attempts of one call, or of up to three that go together, which are given up with the first.
            assert!(
                (3..=9).contains(&outcome.hits[0]),
                "{named}: {:?}",
                outcome.hits
            );
        }
    })
    .await;
}
