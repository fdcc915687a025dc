//! Which action answers which path and method (RFC 9110, sections 9 and 15.5).

use super::{Action, Reply};
use crate::http::{Method, Problem, Request, Response};

/// The last word on every answer, whoever made it: for fields that all of them carry.
type Finish<A> = fn(&A, &Request<'_>, Response) -> Response;

struct Route<A: 'static> {
    path: &'static str,
    /// GET also answers HEAD.
    method: Method,
    action: Action<A>,
}

/// Paths, methods and their actions.
pub struct Router<A: 'static> {
    routes: Vec<Route<A>>,
    fallback: Action<A>,
    finish: Finish<A>,
}

impl<A> Default for Router<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A> Router<A> {
    /// No paths: everything is 404.
    #[must_use]
    pub fn new() -> Self {
        let fallback: Action<A> = |_, _| not_found().into();
        Self {
            routes: Vec::new(),
            fallback,
            finish: |_, _, response| response,
        }
    }

    /// Answers GET, and HEAD, on `path`, in which a part in braces, as in `/stocks/{symbol}`, stands for any, for
    /// [`Context::parameter`](super::Context::parameter) to tell.
    #[must_use]
    pub fn get(self, path: &'static str, action: Action<A>) -> Self {
        self.route(path, Method::Get, action)
    }

    /// Answers POST on `path`.
    #[must_use]
    pub fn post(self, path: &'static str, action: Action<A>) -> Self {
        self.route(path, Method::Post, action)
    }

    fn route(mut self, path: &'static str, method: Method, action: Action<A>) -> Self {
        self.routes.push(Route {
            path,
            method,
            action,
        });
        self
    }

    /// Answers all paths that nothing else does, whatever the method.
    #[must_use]
    pub fn otherwise(mut self, action: Action<A>) -> Self {
        self.fallback = action;
        self
    }

    /// Has `finish` add to every answer to a request.
    #[must_use]
    pub fn finally(mut self, finish: Finish<A>) -> Self {
        self.finish = finish;
        self
    }

    pub(super) fn finish(&self, app: &A, request: &Request<'_>, response: Response) -> Response {
        (self.finish)(app, request, response)
    }

    /// The action for a request, or the answer if there is none.
    pub(super) fn find(
        &self,
        request: &Request<'_>,
    ) -> Result<(Action<A>, &'static str), Response> {
        let methods = || {
            self.routes
                .iter()
                .filter(|r| matches(r.path, &request.path))
        };
        let action = methods().find(|route| answers(route.method, request.method));
        match (action, request.method) {
            (_, Method::Unknown) => Err(unknown_method()),
            (Some(route), _) => Ok((route.action, route.path)),
            (None, Method::Connect) => Err(allow(request.method, &[Method::Get, Method::Post])),
            (None, Method::Options) if request.path == "*" => {
                Err(allow(request.method, &[Method::Get, Method::Post]))
            }
            (None, _) if methods().next().is_none() => Ok((self.fallback, "")),
            (None, method) => {
                let known: Vec<Method> = methods().map(|route| route.method).collect();
                Err(allow(method, &known))
            }
        }
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    if !pattern.contains('{') {
        return pattern == path;
    }
    let (mut parts, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (parts.next(), path.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if pattern == part => {}
            (Some(pattern), Some(part)) if pattern.starts_with('{') && !part.is_empty() => {}
            _ => return false,
        }
    }
}

fn answers(route: Method, asked: Method) -> bool {
    route == asked || (route == Method::Get && asked == Method::Head)
}

/// The answer to a method that a known path does not have: what it has, as 204 to OPTIONS, else as 405.
#[must_use]
pub(crate) fn allow(asked: Method, methods: &[Method]) -> Response {
    let mut names: Vec<&str> = Vec::new();
    for method in methods {
        names.extend_from_slice(match method {
            Method::Get => &["GET", "HEAD"],
            Method::Post => &["POST"],
            _ => &[],
        });
    }
    names.push("OPTIONS");
    let allowed = names.join(", ");
    match asked {
        Method::Options => Response::new(204).header("Allow", allowed),
        _ => Problem::new(405, format!("This path answers {allowed}."))
            .header("Allow", allowed)
            .into(),
    }
}

/// The answer to a path that leads nowhere.
#[must_use]
pub fn not_found() -> Problem {
    Problem::new(404, "There is nothing at this path.")
}

fn unknown_method() -> Response {
    Problem::new(501, "This server does not know the method.").into()
}

impl From<Result<Response, Problem>> for Reply {
    fn from(result: Result<Response, Problem>) -> Self {
        match result {
            Ok(response) => response.into(),
            Err(problem) => problem.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_in_braces_stands_for_any_but_none() {
        assert!(matches("/stocks/{symbol}", "/stocks/ACME"));
        assert!(matches("/a/{b}/c", "/a/x/c") && matches("/a", "/a"));
        for path in ["/stocks", "/stocks/", "/stocks/a/b", "/stock/a", "stocks/a"] {
            assert!(!matches("/stocks/{symbol}", path), "{path}");
        }
    }
}
