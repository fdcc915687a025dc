//! Which action answers which path and method (RFC 9110, sections 9 and 15.5).

use super::{
    context::{Action, Context, Reply},
    parts::owner::RouteName,
};
use crate::http::{Method, Problem, Request, Response};
use std::{fmt, net::IpAddr};

/// The last word on every answer, whoever made it: for fields that all of them carry.
type Finish<A> = fn(&A, &Request<'_>, Response) -> Response;

/// The first word on every request, whatever its path and method.
type Admit<A> = fn(&mut Context<'_, A>, &Request<'_>) -> Result<(), Problem>;

/// The address that a peer's connections count for, if they are counted.
type Count<A> = fn(&A, IpAddr) -> Option<IpAddr>;

struct Route<A: 'static> {
    path: &'static str,
    /// What comes before its first part in braces, where most paths differ already.
    prefix: &'static str,
    /// GET also answers HEAD.
    method: Method,
    action: Action<A>,
    /// Answered however many connections there are.
    vital: bool,
}

/// Paths, methods and their actions.
///
/// ```
/// use picture_frame::{
///     http::{Request, Response},
///     server::{Context, Reply, Router, Server, Settings},
/// };
///
/// # fn main() {
/// # let address = start(|| {
/// let router = Router::new()
///     .get("/", |_, _| Response::html("<!DOCTYPE html><title>Hello</title>").into())
///     .get("/people/{name}", person)
///     .post("/people", |_, _| Response::new(204).into())
///     .finally(|_, _, response| response.header("X-Content-Type-Options", "nosniff"));
///
/// # Server::new((), router, &Settings::default())
/// # });
/// # assert_eq!(ask(address, "GET /people/Ada", 9), "Ada\n");
/// # assert!(ask(address, "GET /people", 9).contains("405"));
/// # }
/// fn person(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
///     Response::text(200, cx.parameter(request, "name").to_owned() + "\n").into()
/// }
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
/// ```
///
/// A path that no route has is 404, a method that its path has not is 405, and `OPTIONS` is answered with the methods
/// there are; a method that nobody knows is 501 (RFC 9110, sections 9 and 15). An exact path and one with `{name}` may
/// both match: the one that was added first answers.
pub struct Router<A: 'static> {
    routes: Vec<Route<A>>,
    fallback: Action<A>,
    pub(super) admit: Admit<A>,
    pub(super) count: Count<A>,
    finish: Finish<A>,
}

impl<A> fmt::Debug for Router<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routes = self.routes.iter();
        let routes = routes.map(|route| (route.method, route.path));
        f.debug_list().entries(routes).finish()
    }
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
            admit: |_, _| Ok(()),
            count: |_, peer| Some(peer),
            finish: |_, _, response| response,
        }
    }

    /// Answers GET, and HEAD (with the same head and no body), on `path`, which begins with `/`. A part in braces, as
    /// in `/stocks/{symbol}`, stands for any one part that is not empty, for
    /// [`Context::parameter`](super::Context::parameter) to tell; it stands between slashes and not within a word. The
    /// path is compared after percent-decoding, the query is no part of it, and letters' case and a final slash matter.
    #[must_use]
    pub fn get(self, path: &'static str, action: Action<A>) -> Self {
        self.route(path, Method::Get, action)
    }

    /// Answers POST on `path`, which may have parts in braces as with [`get`](Self::get). The body, at most
    /// [`MAX_BODY`](crate::http::MAX_BODY), is there when the action is called.
    #[must_use]
    pub fn post(self, path: &'static str, action: Action<A>) -> Self {
        self.route(path, Method::Post, action)
    }

    /// As [`get`](Self::get), and answered also to connections beyond
    /// [`Settings::connections`](super::Settings::connections), which get 503 otherwise: for what watches over the
    /// server.
    ///
    /// ```
    /// use picture_frame::{http::Response, server::Router};
    ///
    /// let router: Router<()> = Router::new().vital("/healthz", |_, _| Response::text(200, "ok").into());
    /// ```
    #[must_use]
    pub fn vital(self, path: &'static str, action: Action<A>) -> Self {
        let mut router = self.get(path, action);
        if let Some(route) = router.routes.last_mut() {
            route.vital = true;
        }
        router
    }

    pub(super) fn is_vital(&self, request: &Request<'_>) -> bool {
        let mut vital = self.routes.iter().filter(|route| route.vital);
        vital.any(|route| route.matches(&request.path) && answers(route.method, request.method))
    }

    fn route(mut self, path: &'static str, method: Method, action: Action<A>) -> Self {
        self.routes.push(Route {
            path,
            prefix: path.split('{').next().unwrap_or_default(),
            method,
            action,
            vital: false,
        });
        self
    }

    /// Answers all paths that nothing else does, whatever the method; without it they are 404. For
    /// [`Files`](super::Files), as a rule.
    #[must_use]
    pub fn otherwise(mut self, action: Action<A>) -> Self {
        self.fallback = action;
        self
    }

    /// Has `admit` refuse requests before anything else looks at their path and method.
    #[must_use]
    pub(crate) fn admitting(mut self, admit: Admit<A>) -> Self {
        self.admit = admit;
        self
    }

    /// Has `count` say for which address a new connection of a peer counts ([`Settings::per_address`](super::Settings)):
    /// for none, if the peer is a proxy.
    #[must_use]
    pub(crate) fn counting(mut self, count: Count<A>) -> Self {
        self.count = count;
        self
    }

    /// Has `finish` add to every answer to a request, whoever made it: refusals, 404 and streams' heads included.
    #[must_use]
    pub fn finally(mut self, finish: Finish<A>) -> Self {
        self.finish = finish;
        self
    }

    pub(super) fn finish(&self, app: &A, request: &Request<'_>, response: Response) -> Response {
        (self.finish)(app, request, response)
    }

    /// The action for a request, or the answer if there is none.
    pub(super) fn find(&self, request: &Request<'_>) -> Result<(Action<A>, RouteName), Response> {
        let methods = || {
            self.routes
                .iter()
                .filter(|route| route.matches(&request.path))
        };
        let action = methods().find(|route| answers(route.method, request.method));
        match (action, request.method) {
            (_, Method::Unknown) => Err(unknown_method()),
            (Some(route), _) => Ok((route.action, route.name())),
            (None, Method::Connect) => Err(allow(request.method, &[Method::Get, Method::Post])),
            (None, Method::Options) if request.path == "*" => {
                Err(allow(request.method, &[Method::Get, Method::Post]))
            }
            (None, _) if methods().next().is_none() => Ok((self.fallback, RouteName::default())),
            (None, method) => {
                let known: Vec<Method> = methods().map(|route| route.method).collect();
                Err(allow(method, &known))
            }
        }
    }
}

impl<A> Route<A> {
    fn name(&self) -> RouteName {
        RouteName {
            method: match self.method {
                Method::Post => "POST",
                _ => "GET",
            },
            path: self.path,
        }
    }

    fn matches(&self, path: &str) -> bool {
        path.starts_with(self.prefix) && matches(self.path, path)
    }
}

fn matches(pattern: &str, path: &str) -> bool {
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

/// The 404 answer to a path that leads nowhere (RFC 9110, section 15.5.5).
///
/// ```
/// assert_eq!(picture_frame::server::not_found().status, 404);
/// ```
#[must_use]
pub fn not_found() -> Problem {
    Problem::new(404, "There is nothing at this path.")
}

fn unknown_method() -> Response {
    Problem::new(501, "This server does not know the method.").into()
}

impl<A> From<Result<Response, Problem>> for Reply<A> {
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
