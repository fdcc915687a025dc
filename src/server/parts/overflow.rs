//! Connections beyond the limit, of all or of one address. They are let in to be told so, for in the backlog they would
//! only wait, and because whoever watches over the server must be answered even then.
//!
//! Places are kept back for them, and each is good for one answer: of a [vital](crate::server::Router::vital) route, or 503.
//! Whoever comes when all are taken gets the place of the one that came first, which is told 503 at once. So nobody can
//! hold the places by silence: a request is answered unless more than these places are taken anew while it is on its
//! way. One that was sent at once always is, since the reactor fills the last place in a turn of its own, after it has
//! read from the others.

use crate::server::{Refused, Server, busy};
use crate::{
    http::Problem,
    reactor::{Io, Token},
};
use std::{collections::VecDeque, time::Duration};

/// The places that are kept back.
const PLACES: usize = 16;
/// Descriptors for the places, and for the connection that is to get one.
pub(crate) const KEPT_BACK: usize = PLACES + 1;
/// How long a connection beyond the limit may be silent before it is told.
const PATIENCE: Duration = Duration::from_secs(1);

/// Those who have a place, and some who have left it. In the order in which they came.
#[derive(Default)]
pub(crate) struct Overflow(VecDeque<Token>);

impl Overflow {
    /// Whether this connection is beyond the limit.
    pub(crate) fn has(&self, at: Token) -> bool {
        self.0.contains(&at)
    }
}

impl<A: 'static> Server<A> {
    /// Counts a new connection for its client, as the router says. False if the client has as many as it may have.
    pub(crate) fn count_address(&mut self, io: &mut Io<Self>, at: Token) -> bool {
        if !self.hub.addresses.are_counted() {
            return true;
        }
        let peer = io.with(at, |slot| slot.socket.peer()).flatten();
        let client = peer.and_then(|peer| (self.router.count)(&self.app, peer.ip()));
        client.is_none_or(|client| self.hub.addresses.enter(at, client))
    }

    /// Lets a new connection in, and says how long it may be silent.
    pub(crate) fn admit(&mut self, io: &mut Io<Self>, at: Token) -> Duration {
        let places = &mut self.hub.overflow.0;
        places.retain(|at| io.with(*at, |_| ()).is_some());
        if io.connections() - places.len() <= self.connections {
            return self.hub.timeouts.request;
        }
        self.keep_apart(io, at);
        PATIENCE.min(self.hub.timeouts.request)
    }

    /// Gives a new connection one of the places that are kept back. With all of them taken, the connection that came
    /// first is told so and closed.
    fn keep_apart(&mut self, io: &mut Io<Self>, at: Token) {
        let places = &mut self.hub.overflow.0;
        places.retain(|at| io.with(*at, |_| ()).is_some());
        let first = (places.len() >= PLACES).then(|| places.pop_front());
        places.push_back(at);
        if let Some(first) = first.flatten() {
            self.turn_away(io, first);
            io.with(first, |slot| slot.socket.close());
        }
    }

    /// Tells a new connection that its client has as many as it may have. It is given time to read that in a place that
    /// is kept back: in any other, a client that comes again and again would take the places of all others.
    pub(crate) fn refuse_address(&mut self, io: &mut Io<Self>, at: Token) {
        self.keep_apart(io, at);
        self.turn_away(io, at);
    }

    /// Tells a connection whose request has not come that there is no room. Whether it was so.
    pub(crate) fn turn_away(&mut self, io: &mut Io<Self>, at: Token) -> bool {
        let Some(Some(incoming)) = io.with(at, |slot| slot.state.give_up()) else {
            return false;
        };
        let problem = self.no_room(io);
        self.refuse(io, at, incoming, problem);
        self.drive(io, at);
        true
    }

    /// The answer to a connection beyond the limit.
    pub(crate) fn no_room(&mut self, io: &mut Io<Self>) -> Problem {
        self.hub.refused(io, Refused::Connections);
        busy("There are as many connections as there may be.")
    }
}
