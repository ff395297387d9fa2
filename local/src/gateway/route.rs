//! Which route a request takes: the most specific one, and `$default` if there is none.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::template::Route;

/// The routes, the most specific first.
#[derive(Default)]
pub(super) struct Routes(Vec<Prepared>);

struct Prepared {
    route: Route,
    /// `None` for `$default`, which every path fits.
    segments: Option<Vec<Segment>>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Greedy(String),
    Variable(String),
    Literal(String),
}

/// A route with what its variables stand for.
pub(super) struct Found<'r> {
    pub route: &'r Route,
    pub parameters: BTreeMap<String, String>,
}

impl Routes {
    pub fn new(routes: &[Route]) -> Self {
        let prepare = |route: &Route| Prepared {
            route: route.clone(),
            segments: segments(&route.path),
        };
        let mut prepared: Vec<Prepared> = routes.iter().map(prepare).collect();
        // A literal segment goes before a variable, a variable before the rest of the path, a method before any method.
        prepared.sort_by_cached_key(|one| {
            Reverse((
                one.segments.as_ref().map(|all| ranks(all)),
                one.route.method.is_some(),
            ))
        });
        Self(prepared)
    }

    pub fn find(&self, method: &str, path: &str) -> Option<Found<'_>> {
        self.0.iter().find_map(|one| {
            let fits = one
                .route
                .method
                .as_deref()
                .is_none_or(|wanted| wanted == method);
            let parameters = match &one.segments {
                Some(segments) => parameters(segments, path)?,
                None => BTreeMap::new(),
            };
            fits.then_some(Found {
                route: &one.route,
                parameters,
            })
        })
    }
}

impl Found<'_> {
    /// The route's key, as events carry it.
    pub fn key(&self) -> String {
        match self.route.path.as_str() {
            "$default" => "$default".to_owned(),
            path => format!("{} {path}", self.route.method.as_deref().unwrap_or("ANY")),
        }
    }
}

fn ranks(segments: &[Segment]) -> Vec<u8> {
    let rank = |segment: &Segment| match segment {
        Segment::Literal(_) => 2,
        Segment::Variable(_) => 1,
        Segment::Greedy(_) => 0,
    };
    segments.iter().map(rank).collect()
}

fn segments(path: &str) -> Option<Vec<Segment>> {
    let segment = |text: &str| match text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
    {
        Some(name) => match name.strip_suffix('+') {
            Some(name) => Segment::Greedy(name.to_owned()),
            None => Segment::Variable(name.to_owned()),
        },
        None => Segment::Literal(text.to_owned()),
    };
    path.strip_prefix('/')
        .map(|path| path.split('/').map(segment).collect())
}

/// What the variables stand for, if the path fits.
fn parameters(segments: &[Segment], path: &str) -> Option<BTreeMap<String, String>> {
    let mut rest = path.strip_prefix('/');
    let mut parameters = BTreeMap::new();
    for segment in segments {
        let whole = rest?;
        let (first, after) = match whole.split_once('/') {
            Some((first, after)) => (first, Some(after)),
            None => (whole, None),
        };
        rest = after;
        match segment {
            Segment::Literal(text) if text == first => {}
            Segment::Literal(_) => return None,
            Segment::Variable(_) if first.is_empty() => return None,
            Segment::Variable(name) => drop(parameters.insert(name.clone(), first.to_owned())),
            Segment::Greedy(name) => {
                parameters.insert(name.clone(), whole.to_owned());
                rest = None;
            }
        }
    }
    rest.is_none().then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_route_wins() {
        let routes = [
            (None, "$default", "system"),
            (None, "/api/users/{proxy+}", "users"),
            (None, "/api/users", "users"),
            (None, "/api/users/register", "auth"),
            (None, "/api/users/{id}/avatar", "files"),
            (Some("GET"), "/api/users/register", "page"),
        ];
        let route = |(method, path, function): (Option<&str>, &str, &str)| Route {
            method: method.map(str::to_owned),
            path: path.to_owned(),
            function: function.to_owned(),
        };
        let routes = Routes::new(&routes.map(route));
        let find = |method: &str, path: &str| {
            let found = routes.find(method, path).unwrap();
            (
                found.route.function.clone(),
                found.key(),
                found.parameters.get("proxy").cloned(),
            )
        };
        let of = |function: &str, key: &str, proxy: Option<&str>| {
            (
                function.to_owned(),
                key.to_owned(),
                proxy.map(str::to_owned),
            )
        };
        assert_eq!(
            find("POST", "/api/users/register"),
            of("auth", "ANY /api/users/register", None)
        );
        assert_eq!(
            find("GET", "/api/users/register"),
            of("page", "GET /api/users/register", None)
        );
        assert_eq!(
            find("GET", "/api/users/7"),
            of("users", "ANY /api/users/{proxy+}", Some("7"))
        );
        assert_eq!(
            find("GET", "/api/users/7/8"),
            of("users", "ANY /api/users/{proxy+}", Some("7/8"))
        );
        assert_eq!(
            find("GET", "/api/users/7/avatar"),
            of("files", "ANY /api/users/{id}/avatar", None)
        );
        assert_eq!(
            find("GET", "/api/users/"),
            of("users", "ANY /api/users/{proxy+}", Some(""))
        );
        assert_eq!(
            find("GET", "/api/users"),
            of("users", "ANY /api/users", None)
        );
        assert_eq!(find("GET", "/"), of("system", "$default", None));
        assert!(Routes::new(&[]).find("GET", "/").is_none());
    }
}
