//! The Lambda `admin`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::run(admin::service(runtime::env::Env::from_process())?).await
}
