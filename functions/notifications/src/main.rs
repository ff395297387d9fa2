//! The Lambda `notifications`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::run(notifications::service(runtime::env::Env::from_process())?).await
}
