//! The operations of a group, out of what stands beside its handlers.

use axum::routing::MethodFilter;
use utoipa::openapi::HttpMethod;

/// The operations of a group: what its handlers work with, the tags that it brings, and the handlers. Makes
///
/// * `router()`, which takes the method and path of each from its `#[utoipa::path]`;
/// * `operations()`, the group's part of the OpenAPI document. It is made when it is asked for, which no Lambda does.
#[macro_export]
macro_rules! operations {
    ($state:ty; tags($($tags:tt)*); $($module:ident::$handler:ident),+ $(,)?) => {
        $crate::paste! {
            fn router() -> axum::Router<$state> {
                axum::Router::new()$(.route(
                    &<$module::[<__path_ $handler>] as utoipa::Path>::path(),
                    axum::routing::on(
                        $crate::openapi::methods(<$module::[<__path_ $handler>] as utoipa::Path>::methods()),
                        $module::$handler,
                    ),
                ))+
            }

            /// The group's part of the OpenAPI document.
            pub fn operations() -> utoipa::openapi::OpenApi {
                #[derive(utoipa::OpenApi)]
                #[openapi(paths($($module::$handler),+), tags($($tags)*))]
                struct Group;
                $crate::openapi::with_errors(<Group as utoipa::OpenApi>::openapi())
            }
        }
    };
}

/// The methods of an operation, as routers know them.
pub fn methods(methods: Vec<HttpMethod>) -> MethodFilter {
    let known = methods.into_iter().map(|method| match method {
        HttpMethod::Get => MethodFilter::GET,
        HttpMethod::Post => MethodFilter::POST,
        HttpMethod::Put => MethodFilter::PUT,
        HttpMethod::Delete => MethodFilter::DELETE,
        HttpMethod::Options => MethodFilter::OPTIONS,
        HttpMethod::Head => MethodFilter::HEAD,
        HttpMethod::Patch => MethodFilter::PATCH,
        HttpMethod::Trace => MethodFilter::TRACE,
    });
    known.reduce(MethodFilter::or).unwrap_or(MethodFilter::GET)
}
