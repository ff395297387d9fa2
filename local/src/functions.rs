//! Which crate serves which function, called in process with the JSON that Lambda would send.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Service};
use lambda_runtime::{Context, LambdaEvent};
use runtime::env::{Clock, Entropy, Env, MissingVariable};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Notify;

use crate::{ACCOUNT, REGION};

/// What a call comes to: the function's answer, or how it failed.
pub(crate) type Outcome = Result<Value, String>;
type Running = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A function, ready to be called.
#[derive(Clone)]
pub struct Handler(Arc<dyn Fn(Value, Context) -> Running + Send + Sync>);

/// Finds the function of a crate's name and gives it its environment; `None` if there is no such function.
pub type Registry = fn(&str, Env) -> Option<Result<Handler, MissingVariable>>;

/// The functions of this workspace: the one list of them.
macro_rules! functions {
    (groups: $($group:ident::service)*; workers: $($worker:ident::worker)*) => {
        pub(crate) fn registry(name: &str, env: Env) -> Option<Result<Handler, MissingVariable>> {
            $(if name == stringify!($group) {
                return Some($group::service(env).map(Handler::http));
            })*
            $(if name == stringify!($worker) {
                return Some($worker::worker(env).map(Handler::worker));
            })*
            None
        }

        /// The functions behind the HTTP API, each with its part of the OpenAPI document, in the document's order.
        pub fn operations() -> Vec<(&'static str, utoipa::openapi::OpenApi)> {
            vec![$((stringify!($group), $group::operations())),*]
        }

        /// The functions behind queues, the stream, the clock and live connections.
        pub const WORKERS: &[&str] = &[$(stringify!($worker)),*];
    };
}
functions! {
    groups:
        auth::service
        users::service
        orgs::service
        teams::service
        projects::service
        boards::service
        tasks::service
        views::service
        comments::service
        attachments::service
        notifications::service
        reports::service
        admin::service
        system::service;
    workers:
        live::worker
        fanout::worker
        feed::worker
        broadcast::worker
        devices::worker
        scheduler::worker
        mailer::worker
}

impl Handler {
    /// A function behind the HTTP API.
    pub fn http(app: Router) -> Self {
        Self(Arc::new(move |event, context| {
            let app = app.clone();
            Box::pin(async move {
                // From text, because the event's type is told apart by its raw JSON.
                let request: LambdaRequest =
                    serde_json::from_str(&event.to_string()).map_err(|why| why.to_string())?;
                // The adapter is not `Send`, so it must be gone before the await; what it returns is.
                let answer = Adapter::from(app).call(LambdaEvent::new(request, context));
                let answer = answer.await.map_err(|why| why.to_string())?;
                serde_json::to_value(answer).map_err(|why| why.to_string())
            })
        }))
    }

    /// A function behind a queue, a stream or a schedule.
    pub fn worker<E, R, F, W>(work: W) -> Self
    where
        E: DeserializeOwned + Send + 'static,
        R: Serialize,
        F: Future<Output = Result<R, lambda_runtime::Error>> + Send,
        W: Fn(E) -> F + Clone + Send + Sync + 'static,
    {
        Self(Arc::new(move |event, _| {
            let work = work.clone();
            Box::pin(async move {
                let event: E = serde_json::from_value(event).map_err(|why| why.to_string())?;
                let answer = work(event).await.map_err(|why| why.to_string())?;
                serde_json::to_value(answer).map_err(|why| why.to_string())
            })
        }))
    }
}

/// A function with its settings.
struct Loaded {
    id: String,
    handler: Handler,
    timeout: Duration,
    env: Env,
}

/// The functions of a cloud, by the names of their crates; clones share them.
#[derive(Clone, Default)]
pub(crate) struct Functions(Arc<BTreeMap<String, Loaded>>);

/// A function to be loaded.
pub(crate) struct Declared {
    pub name: String,
    pub id: String,
    pub handler: Handler,
    pub timeout: Duration,
    pub env: Env,
}

impl Functions {
    pub fn new(declared: Vec<Declared>) -> Self {
        let load = |Declared {
                        name,
                        id,
                        handler,
                        timeout,
                        env,
                    }| {
            (
                name,
                Loaded {
                    id,
                    handler,
                    timeout,
                    env,
                },
            )
        };
        Self(Arc::new(declared.into_iter().map(load).collect()))
    }

    /// The environment of a function.
    pub fn env(&self, name: &str) -> Option<Env> {
        self.0.get(name).map(|function| function.env.clone())
    }

    /// Calls a function. A panic, an error and a time-out are failures, and end nothing but this call.
    pub async fn invoke(&self, name: &str, event: Value) -> Outcome {
        let function = self
            .0
            .get(name)
            .ok_or_else(|| format!("there is no function {name}"))?;
        let killer = Arc::new(Notify::new());
        let running = tokio::spawn(KILLER.scope(
            killer.clone(),
            (function.handler.0)(event, context(function)),
        ));
        let abort = running.abort_handle();
        let running = async {
            tokio::select! {
                ended = running => ended.map_err(|panic| format!("the function ended by {panic}")),
                () = killer.notified() => Err("the function was killed".to_owned()),
            }
        };
        match tokio::time::timeout(function.timeout, running).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(why)) => {
                abort.abort();
                Err(why)
            }
            Err(_) => {
                abort.abort();
                Err(format!(
                    "Task timed out after {:.2} seconds",
                    function.timeout.as_secs_f64()
                ))
            }
        }
    }
}

tokio::task_local! {
    /// Rung when the call under way is to end at once, wherever it is.
    static KILLER: Arc<Notify>;
}

/// Ends the call of a function in which this is run, as if its machine were gone: nothing of it runs any more.
pub(crate) async fn kill() {
    // Outside a call there is nobody to kill.
    if KILLER.try_with(|killer| killer.notify_one()).is_ok() {
        std::future::pending::<()>().await;
    }
}

fn context(function: &Loaded) -> Context {
    let mut context = Context::default();
    context.request_id = uuid::Uuid::from_bytes(Entropy::system().bytes()).to_string();
    context.deadline =
        Clock::system().now().as_millisecond() as u64 + function.timeout.as_millis() as u64;
    context.invoked_function_arn =
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", function.id);
    context
}
