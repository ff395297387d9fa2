//! The methods that each path answers over the wire are those that are documented.

use std::collections::BTreeSet;

use reqwest::Method;
use tests::World;

use super::example;
use crate::api::{self, DOCUMENT, OPERATIONS};

const METHODS: [Method; 5] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];

#[tokio::test]
async fn a_path_answers_the_documented_methods_and_no_other() {
    let world = World::new().await;
    let nobody = world.nobody();
    let operations = &*OPERATIONS;
    for (path, documented) in api::methods() {
        let concrete = operations
            .iter()
            .find(|operation| operation.path == path)
            .unwrap()
            .concrete();
        let mut allowed = documented.clone();
        if documented.contains("GET") {
            allowed.insert("HEAD".to_owned());
        }
        let others = METHODS
            .into_iter()
            .filter(|method| !documented.contains(method.as_str()));
        for method in others.chain([Method::OPTIONS]) {
            let answer = nobody.raw(method.clone(), &concrete).send().await;
            assert_eq!(
                (answer.status, answer.code()),
                (405, "method_not_allowed"),
                "{method} {path} is not documented and yet answered: {}",
                answer.text
            );
            let names = answer
                .header("allow")
                .split(',')
                .map(|name| name.trim().to_owned());
            assert_eq!(
                names.collect::<BTreeSet<_>>(),
                allowed,
                "{path}: left is what the router has (`Allow`), right what #[utoipa::path] documents"
            );
        }
    }
}

#[tokio::test]
async fn every_documented_operation_exists_and_refuses_nobody_or_everybody() {
    let world = World::new().await;
    let document = DOCUMENT.clone();
    for operation in OPERATIONS.iter() {
        let method: Method = operation.method.clone();
        let query = operation
            .query()
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>();
        let path = if query.is_empty() {
            operation.concrete()
        } else {
            format!("{}?{}", operation.concrete(), query.join("&"))
        };
        let mut request = world.nobody().raw(method.clone(), &path);
        if let Some(schema) = operation.schema() {
            request = request.json(example::of(&document, schema));
        }
        let answer = request.send().await;
        let status = answer.status;
        let told = format!("{} ({}): {}", answer.request, operation.id, answer.text);
        match operation.public {
            true => assert!(
                status != 401 || operation.group == "auth",
                "public, and yet asks for a token: {told}"
            ),
            false => assert_eq!(
                (status, answer.code()),
                (401, "unauthenticated"),
                "not public, and yet: {told}"
            ),
        }
        assert!(status != 405 && status < 500, "{told}");
        assert!(
            operation.spec["responses"]
                .get(status.to_string())
                .is_some(),
            "answers a status that it does not document: {told}"
        );
        if method == Method::GET {
            let head = world.nobody().raw(Method::HEAD, &path).send().await;
            assert_eq!(
                (head.status, head.text.as_str()),
                (status, ""),
                "HEAD is GET without a body: {told}"
            );
        }
    }
}
