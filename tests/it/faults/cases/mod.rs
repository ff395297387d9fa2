//! Every kind of request that writes.

mod accounts;
mod files;
mod joining;
mod organizations;
mod work;

use super::stage::Case;

/// A case: what it does, which function does it, its status, and the request, made of the stage.
macro_rules! cases {
    ($(($name:literal, $function:literal, $status:literal, |$stage:ident| $body:block)),* $(,)?) => {
        &[$(Case {
            name: $name,
            function: $function,
            status: $status,
            prepare: |$stage| Box::pin(async move { $body }),
        }),*]
    };
}
use cases;

/// All of them, in groups that fit on one stage each.
pub const GROUPS: [&[Case]; 5] = [
    work::CASES,
    organizations::CASES,
    accounts::CASES,
    joining::CASES,
    files::CASES,
];
