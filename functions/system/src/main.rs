//! The Lambda `system`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::run(system::service(runtime::env::Env::from_process())?).await
}
