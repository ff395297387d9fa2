//! The Lambda `views`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::run(views::service(runtime::env::Env::from_process())?).await
}
