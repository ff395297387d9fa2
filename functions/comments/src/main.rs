//! The Lambda `comments`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::run(comments::service(runtime::env::Env::from_process())?).await
}
