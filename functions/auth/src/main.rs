//! The Lambda `auth`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::run(auth::service(runtime::env::Env::from_process())?).await
}
