//! Routes in the template, in the code and in the document are one.

use std::collections::BTreeSet;

use super::sources;
use super::template::{Template, choose, takes};
use crate::api::{self, OPERATIONS};

/// What may be spelled with `/api` or with nothing in front of it too, as the first clients did. Closed: AWS lets an API have
/// 300 routes, and each of these takes six.
pub const SHORT: [&str; 29] = [
    "activity",
    "asyncapi.json",
    "audit-logs",
    "auth",
    "boards",
    "dashboard",
    "devices",
    "docs",
    "health",
    "invitations",
    "labels",
    "notification-preferences",
    "notifications",
    "openapi.json",
    "organizations",
    "permissions",
    "projects",
    "realtime",
    "tasks",
    "tasks/{task_id}/activity",
    "tasks/{task_id}/attachments",
    "tasks/{task_id}/comments",
    "tasks/{task_id}/watchers",
    "teams",
    "trash",
    "trash/project",
    "users",
    "users/{user_id}/avatar",
    "views",
];

/// Paths that a crate routes without documenting them: old names of documented ones (see `aliases`).
const UNDOCUMENTED: [&str; 3] = ["/users/register", "/users/token", "/users/token/refresh"];

#[test]
fn every_operation_is_reached_through_a_route_of_the_function_that_documents_it() {
    let routes = Template::read().routes();
    for operation in OPERATIONS.iter() {
        let (method, path) = (&operation.method, operation.concrete());
        let (route, function) = choose(&routes, &path);
        assert_eq!(
            function, operation.group,
            "{method} {path} takes the route {route} to {function}, but {} documents it ({}): \
             give its prefix a place among the Routes of functions/{}/template.yaml",
            operation.group, operation.id, operation.group
        );
        assert_ne!(
            route, "$default",
            "{method} {path} ({}) has no route in template.yaml",
            operation.id
        );
    }
}

#[test]
fn every_route_leads_to_an_operation_of_its_function_and_stands_with_its_pair() {
    let routes = Template::read().routes();
    let operations = &*OPERATIONS;
    assert_eq!(
        routes["$default"], "system",
        "unknown paths are answered by system"
    );
    for (route, function) in routes.iter().filter(|(route, _)| *route != "$default") {
        let prefix = route.strip_suffix("/{proxy+}").unwrap_or(route);
        for pair in [prefix.to_owned(), format!("{prefix}/{{proxy+}}")] {
            assert_eq!(
                routes.get(&pair),
                Some(function),
                "{route}: template.yaml lacks its pair {pair}"
            );
        }
        let leads = operations.iter().any(|operation| {
            let (path, prefix) = (operation.concrete(), api::canonical(prefix).to_owned());
            let begins = [prefix.clone(), format!("{prefix}/{{proxy+}}")]
                .iter()
                .any(|route| takes(route, api::canonical(&path)));
            begins && operation.group == function
        });
        let undocumented = UNDOCUMENTED.contains(&api::canonical(prefix)) && function == "auth";
        assert!(
            leads || undocumented,
            "template.yaml has the route {route}, but {function} documents nothing below {prefix}"
        );
    }
}

#[test]
fn the_short_forms_of_before_stay_and_no_others_come() {
    let routes = Template::read().routes();
    let prefixes = routes
        .keys()
        .filter_map(|route| route.strip_prefix("/api/v1/")?.strip_suffix("/{proxy+}"));
    let mut short = BTreeSet::new();
    for prefix in prefixes {
        let function = routes.get(&format!("/api/v1/{prefix}"));
        let forms = [format!("/api/{prefix}"), format!("/{prefix}")];
        match forms
            .iter()
            .filter(|form| routes.get(*form) == function)
            .count()
        {
            0 => {}
            2 => drop(short.insert(prefix)),
            _ => panic!("{prefix} has one short form and not the other"),
        }
    }
    assert_eq!(
        short,
        SHORT.into(),
        "new groups have their two routes below /api/v1 and nothing else"
    );
}

#[test]
fn what_is_routed_without_its_operation_is_another_name_of_one() {
    let groups: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.group).collect();
    let bare: BTreeSet<String> = groups.into_iter().flat_map(routed).collect();
    assert_eq!(
        bare,
        UNDOCUMENTED.map(str::to_owned).into(),
        "operations are routed by `operations!`"
    );
}

/// The first argument of every `.route(` in a crate.
fn routed(group: &str) -> BTreeSet<String> {
    let text: String = sources(&format!("functions/{group}/src"))
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let after = text.split(".route(").skip(1);
    after
        .map(|call| {
            call.split('"')
                .nth(1)
                .expect("the path of a route is written out")
                .to_owned()
        })
        .collect()
}
