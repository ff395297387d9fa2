//! The Lambda `attachments`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::run(attachments::service(runtime::env::Env::from_process())?).await
}
