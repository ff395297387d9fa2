//! The function's binary.

use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .init();
    let work = fanout::worker(runtime::env::Env::from_process())?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| work(event.payload))).await
}
