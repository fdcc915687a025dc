//! The request and its client, as far as the server knows them.

use super::Context;
use crate::{
    http::Request,
    reactor::Peer,
    server::parts::{counters::Refused, owner::Owner},
};
use std::net::IpAddr;

impl<A: 'static> Context<'_, A> {
    /// The address of the connection's peer, which is a proxy if a proxy stands in front of the server. `None` for a peer
    /// on a unix socket, if the connection is gone, and in a channel's timers.
    #[must_use]
    pub fn peer(&mut self) -> Option<IpAddr> {
        match self.other_end()? {
            Peer::Address(peer) => Some(peer.ip()),
            Peer::Unix => None,
        }
    }

    /// The connection's peer. `None` if the connection is gone, and in a channel's timers.
    pub(crate) fn other_end(&mut self) -> Option<Peer> {
        let (Owner::Request(at, _) | Owner::Stream(at, _)) = self.purpose.owner else {
            return None;
        };
        self.sockets.with(at, |slot| slot.socket.peer())?
    }

    /// True if connections are counted by client address.
    #[must_use]
    pub(crate) fn counts_addresses(&self) -> bool {
        self.parts.addresses.are_counted()
    }

    /// Counts the connection, whose peer is a proxy, for the client behind the proxy, until the connection is closed or
    /// another client uses it. False if the client has as many connections as are allowed
    /// ([`Settings::per_address`](super::Settings)).
    pub(crate) fn counts_for(&mut self, client: IpAddr) -> bool {
        let Owner::Request(at, _) = self.purpose.owner else {
            return true;
        };
        let addresses = &mut self.parts.addresses;
        let counts = addresses.enter(at, client);
        if !counts {
            self.refused(Refused::Connections);
        }
        counts
    }

    /// True while the server is shutting down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.parts.phase.is_draining()
    }

    /// The part of the path that stands where the route has `{name}`, percent-decoded. It is empty if the route has no
    /// such part, and never empty otherwise.
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
        let parts = self
            .purpose
            .route
            .path
            .split('/')
            .zip(request.path.split('/'));
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
