//! The Lambda `teams`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::run(teams::service(runtime::env::Env::from_process())?).await
}
