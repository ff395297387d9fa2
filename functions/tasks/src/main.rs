//! The Lambda `tasks`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::run(tasks::service(runtime::env::Env::from_process())?).await
}
