//! The router: the action for each path and method (RFC 9110, sections 9 and 15.5).

use super::{
    context::{Action, Context, Reply},
    parts::owner::RouteName,
};
use crate::http::{Method, Problem, Request, Response};
use std::{fmt, net::IpAddr};

/// The function that completes every answer, of actions and of the server alike: for fields that all answers carry.
type Complete<A> = fn(&A, &Request<'_>, Response) -> Response;

/// The function that lets a request in or refuses it, before its path and method are looked at.
type Admit<A> = fn(&mut Context<'_, A>, &Request<'_>) -> Result<(), Problem>;

/// The function that names the address for which a peer's connections count. `None` if they are not counted.
type Count<A> = fn(&A, IpAddr) -> Option<IpAddr>;

struct Route<A: 'static> {
    path: &'static str,
    /// The beginning of the path before its first part in braces, in which most paths differ already.
    prefix: &'static str,
    /// The method that the route answers. GET also answers HEAD.
    method: Method,
    action: Action<A>,
    /// True if the route also answers connections beyond the limit.
    vital: bool,
}

/// A router: paths and methods, each with the action that answers it.
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
/// A path that no route has is answered 404, a method that no route of the path has is answered 405, and `OPTIONS` is
/// answered with the path's methods. A method that the IANA registry does not have is answered 501 (RFC 9110, sections
/// 9 and 15). An exact path and a path with `{name}` may both match: the route that was added first answers.
pub struct Router<A: 'static> {
    routes: Vec<Route<A>>,
    fallback: Action<A>,
    pub(super) admit: Admit<A>,
    pub(super) count: Count<A>,
    complete: Complete<A>,
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
    /// Makes a router without routes, which answers 404 to every path.
    #[must_use]
    pub fn new() -> Self {
        let fallback: Action<A> = |_, _| not_found().into();
        Self {
            routes: Vec::new(),
            fallback,
            admit: |_, _| Ok(()),
            count: |_, peer| Some(peer),
            complete: |_, _, response| response,
        }
    }

    /// Answers GET, and HEAD (with the same head and no body), on `path`, which begins with `/`.
    ///
    /// A part in braces, as in `/stocks/{symbol}`, stands for any part between two slashes that is not empty;
    /// [`Context::parameter`](super::Context::parameter) returns that part. Braces within a part have no meaning. The
    /// path is compared after percent-decoding and without the query. The case of letters and a final slash matter.
    #[must_use]
    pub fn get(self, path: &'static str, action: Action<A>) -> Self {
        self.route(path, Method::Get, action)
    }

    /// Answers POST on `path`, which may have parts in braces as with [`get`](Self::get). The action is called when the
    /// body is whole; a body of more than [`MAX_BODY`](crate::http::MAX_BODY) bytes is answered 413.
    #[must_use]
    pub fn post(self, path: &'static str, action: Action<A>) -> Self {
        self.route(path, Method::Post, action)
    }

    /// Answers GET and HEAD as [`get`](Self::get) does, also on connections beyond
    /// [`Settings::connections`](super::Settings::connections), which get 503 on other routes: for monitors.
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

    /// Answers every path that no route has, with any method of the IANA registry but CONNECT: for
    /// [`Files`](super::Files), as a rule. Without this call such a path is answered 404.
    #[must_use]
    pub fn otherwise(mut self, action: Action<A>) -> Self {
        self.fallback = action;
        self
    }

    /// Has `admit` let requests in or refuse them, before their path and method are looked at.
    #[must_use]
    pub(crate) fn admitting(mut self, admit: Admit<A>) -> Self {
        self.admit = admit;
        self
    }

    /// Has `count` name the address for which a new connection of a peer counts
    /// ([`Settings::per_address`](super::Settings)), or `None`, if the peer is a proxy.
    #[must_use]
    pub(crate) fn counting(mut self, count: Count<A>) -> Self {
        self.count = count;
        self
    }

    /// Has `complete` add fields to every answer to a request, refusals, 404 and the heads of streams included.
    #[must_use]
    pub fn finally(mut self, complete: Complete<A>) -> Self {
        self.complete = complete;
        self
    }

    /// Completes an answer to a request.
    pub(super) fn complete(&self, app: &A, request: &Request<'_>, response: Response) -> Response {
        (self.complete)(app, request, response)
    }

    /// The action for a request, with its route's name; or the answer, if no action is for the request.
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
            (None, Method::Connect) if request.path.is_empty() => {
                Err(allow(request.method, &[Method::Get, Method::Post]))
            }
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

    #[inline]
    fn matches(&self, path: &str) -> bool {
        // Most paths differ in their length already, which costs less than to look at their letters.
        if self.prefix.len() == self.path.len() {
            return path == self.path;
        }
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

/// The answer to a method that a path does not have, with the methods that the path has: 204 to OPTIONS, 405 else.
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

/// The answer 404 to a path that has no resource (RFC 9110, section 15.5.5).
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
    fn a_part_in_braces_stands_for_any_part_that_is_not_empty() {
        assert!(matches("/stocks/{symbol}", "/stocks/ACME"));
        assert!(matches("/a/{b}/c", "/a/x/c") && matches("/a", "/a"));
        for path in ["/stocks", "/stocks/", "/stocks/a/b", "/stock/a", "stocks/a"] {
            assert!(!matches("/stocks/{symbol}", path), "{path}");
        }
    }
}
