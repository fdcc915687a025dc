//! The door through which the application reaches the server, its own state, and whoever it runs for.

pub(super) mod defer;
mod stream;
mod subscribe;
pub(super) mod until;

use super::{
    Refused, Server,
    hub::Hub,
    timers::Owner,
    warnings::{RouteName, TOO_LONG},
};
use crate::{channel::Cursor, http::Request, pool::Panicked, reactor::Io};
use std::{
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

/// What an action, a timer and a continuation work with: the application, the channels, and the connection or channel
/// that they run for.
///
/// `A` is the application's state. Continuations and timers get a context of their own, so that nothing has to be
/// locked or shared. The examples below use the same imports, `http::Problem` and `std::time::Duration`.
///
/// ```
/// use picture_frame::{http::{Request, Response}, server::{Context, Reply}};
///
/// struct App {
///     visits: u64,
/// }
///
/// fn visit(cx: &mut Context<'_, App>, _: &Request<'_>) -> Reply<App> {
///     cx.app.visits += 1;
///     Response::text(200, format!("visit {}\n", cx.app.visits)).into()
/// }
/// # use picture_frame::server::{Router, Server, Settings};
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
/// # fn main() {
/// # let address = start(|| Server::new(App { visits: 0 }, Router::new().get("/", visit), &Settings::default()));
/// # assert_eq!(ask(address, "GET /", 9), "visit 1\n");
/// # assert_eq!(ask(address, "GET /", 9), "visit 2\n");
/// # }
/// ```
pub struct Context<'a, A: 'static> {
    /// The application's state.
    pub app: &'a mut A,
    pub(super) hub: &'a mut Hub<A>,
    pub(super) io: &'a mut Io<Server<A>>,
    pub(super) owner: Owner,
    /// The route that the code runs for, or the one that opened the channel.
    pub(super) route: RouteName,
    /// Where in a channel the request was held, if it was.
    pub(super) held: Option<Cursor>,
}

impl<A: 'static> std::fmt::Debug for Context<'_, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

impl<A: 'static> Context<'_, A> {
    /// Runs the application's code, which is `part` of a route or channel. Code that panics costs only the client or
    /// channel that it runs for, and code that holds the loop is named in the log.
    pub(super) fn guard<R>(
        &mut self,
        part: &str,
        f: impl FnOnce(&mut Self) -> R,
    ) -> Result<R, Panicked> {
        let began = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| f(self))).map_err(|_| Panicked);
        let took = began.elapsed();
        if took >= TOO_LONG {
            self.held_the_loop(part, took);
        }
        result
    }

    pub(super) fn on_behalf_of(&mut self, owner: Owner, route: RouteName) -> Context<'_, A> {
        Context {
            app: self.app,
            hub: self.hub,
            io: self.io,
            owner,
            route,
            held: None,
        }
    }

    /// The address that the request came from, which is a proxy's where there is one in front. `None` if the client is
    /// gone already, and in a channel's timers.
    #[must_use]
    pub fn peer(&mut self) -> Option<IpAddr> {
        let (Owner::Request(at, _) | Owner::Stream(at, _)) = self.owner else {
            return None;
        };
        let peer = self.io.with(at, |slot| slot.socket.peer())??;
        Some(peer.ip())
    }

    /// True if connections are counted by client address.
    #[must_use]
    pub(crate) fn counts_addresses(&self) -> bool {
        self.hub.addresses.are_counted()
    }

    /// Counts the connection for a client that the peer is a proxy of, as long as the connection lasts or until another
    /// client uses it. False if the client has as many connections as it may have
    /// ([`Settings::per_address`](super::Settings)).
    pub(crate) fn counts_for(&mut self, client: IpAddr) -> bool {
        let Owner::Request(at, _) = self.owner else {
            return true;
        };
        let addresses = &mut self.hub.addresses;
        let counts = addresses.enter(at, client);
        if !counts {
            self.refused(Refused::Connections);
        }
        counts
    }

    /// Whether the server is shutting down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.hub.is_draining()
    }

    /// The part of the path that stands where the route has `{name}`, percent-decoded; empty if it has none of that
    /// name, and never empty otherwise. To be asked in the action, which has the request.
    ///
    /// ```
    /// # use picture_frame::{http::{Problem, Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// # use std::time::Duration;
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
    /// fn greet(cx: &mut Context<'_, ()>, request: &Request<'_>) -> Reply {
    ///     let name = cx.parameter(request, "name");
    ///     Response::text(200, format!("Hello, {name}!\n")).into()
    /// }
    /// # fn main() {
    /// # let address = start(|| Server::new((), Router::new().get("/people/{name}/greeting", greet), &Settings::default()));
    /// # assert_eq!(ask(address, "GET /people/Ada%20L./greeting", 9), "Hello, Ada L.!\n");
    /// # }
    /// ```
    #[must_use]
    pub fn parameter<'r>(&self, request: &'r Request<'_>, name: &str) -> &'r str {
        let parts = self.route.path.split('/').zip(request.path.split('/'));
        let is_named = |part: &str| {
            part.strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'))
                == Some(name)
        };
        parts
            .filter(|(pattern, _)| is_named(pattern))
            .map(|(_, part)| part)
            .next()
            .unwrap_or_default()
    }
}
