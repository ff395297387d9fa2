//! The `users` function: see the library.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::run(users::service(runtime::env::Env::from_process())?).await
}
