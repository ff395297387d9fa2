//! The Lambda `reports`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::run(reports::service(runtime::env::Env::from_process())?).await
}
