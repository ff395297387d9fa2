//! The Lambda `projects`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::run(projects::service(runtime::env::Env::from_process())?).await
}
