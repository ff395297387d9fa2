//! The Lambda `boards`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::run(boards::service(runtime::env::Env::from_process())?).await
}
