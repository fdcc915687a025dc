//! What the reactor tells the server. Everything ends in `Server::drive`.

use super::{
    Done, Server,
    connection::Connection,
    limits::LOOK,
    metrics::Disconnected,
    reply::panicked,
    settle,
    timers::{FIRST_ALARM, Owner},
};
use crate::reactor::{Ended, Handler, Io, Token, quit};
use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM, SIGUSR2};

impl<A: 'static> Handler for Server<A> {
    type State = Connection;
    type Message = Done<A>;

    fn opened(&mut self, io: &mut Io<Self>, at: Token) {
        let wait = self.admit(io, at);
        let deadline = io.now().after(wait);
        io.with(at, |slot| slot.socket.set_deadline(deadline));
    }

    fn received(&mut self, io: &mut Io<Self>, at: Token, bytes: &[u8]) {
        let now = io.now();
        io.with(at, |slot| {
            slot.state.receive(bytes, now);
            // Here as well as when it waits: as long as there is a next request to answer, it never does.
            if slot.state.is_full() {
                slot.socket.pause();
            }
        });
        self.drive(io, at);
    }

    fn ended(&mut self, io: &mut Io<Self>, at: Token) {
        let hub = &mut self.hub;
        let over = io.with(at, |slot| {
            let over = slot.state.end();
            if over {
                hub.cut(slot, Disconnected::Left);
                slot.socket.close();
            }
            over
        });
        if over == Some(false) {
            self.drive(io, at);
        }
    }

    fn writable(&mut self, io: &mut Io<Self>, at: Token) {
        self.drive(io, at);
    }

    fn expired(&mut self, io: &mut Io<Self>, at: Token) {
        if self.hub.overflow.has(at) && self.turn_away(io, at) {
            return;
        }
        let (hub, now) = (&mut self.hub, io.now());
        let todo = io.with(at, |slot| {
            let write = |bytes: &[u8]| slot.socket.write(bytes);
            let heartbeat = hub.channels.heartbeat(slot.state.channel());
            let next = slot.state.expire(heartbeat, now, write);
            settle(slot, next, hub, now)
        });
        if let Some(Some(todo)) = todo {
            self.answer(io, at, todo);
            self.drive(io, at);
        }
    }

    fn alarm(&mut self, io: &mut Io<Self>, id: u32) {
        if id == LOOK {
            return self.hub.look_at_limits(io);
        }
        if id < FIRST_ALARM {
            return self.shutdown_alarm(io, id);
        }
        let Some((key, owner, mut call)) = self.hub.timers.ring(io, id) else {
            return;
        };
        let mut cx = self.context(io, owner, "");
        let panicked = cx.guard(&mut call).is_err();
        if panicked {
            // Half a body would look whole; a channel goes on without this timer.
            cx.fail();
            self.hub.timers.cancel(io, key);
        }
        if !self.hub.timers.rang(key, call) {
            match owner {
                Owner::Nobody => {}
                Owner::Channel(channel) => self.hub.channels.disown(channel, key),
                Owner::Connection(at, _) => {
                    io.with(at, |slot| slot.state.body().map(|body| body.disown(key)));
                }
            }
        }
    }

    fn message(&mut self, io: &mut Io<Self>, done: Done<A>) {
        self.hub.jobs -= 1;
        let owner = still(io, done.owner);
        let mut cx = self.context(io, owner, "");
        let reply = cx.guard(done.finish).unwrap_or_else(|_| Some(panicked()));
        if let (Owner::Connection(at, _), Some(reply)) = (owner, reply) {
            self.hub.replies.push((at, reply));
        }
        for (at, reply) in std::mem::take(&mut self.hub.replies) {
            self.resolve(io, at, reply);
        }
        self.advance_shutdown(io);
    }

    fn signal(&mut self, io: &mut Io<Self>, signal: i32) {
        match signal {
            SIGTERM | SIGINT => self.shut_down(io, signal),
            SIGQUIT => quit(),
            SIGUSR2 => log::warn!(
                "signal {signal}: this version cannot hand over to a new one; restart it instead"
            ),
            _ => log::info!("signal {signal}: nothing to do"),
        }
    }

    fn turn(&mut self, io: &mut Io<Self>) -> bool {
        for index in self.hub.sweep.slice(io.top()) {
            if let Some(at) = io.at(index) {
                self.dismiss(io, at);
                self.drive(io, at);
            }
        }
        if !self.hub.sweep.is_under_way() {
            self.hub.unoffered = 0;
        }
        self.tidy(io);
        self.hub.unfinished.renew();
        while let Some(at) = self.hub.unfinished.next() {
            self.drive(io, at);
        }
        self.hub.sweep.is_under_way() || !self.hub.unfinished.is_empty()
    }

    fn closed(&mut self, io: &mut Io<Self>, state: Connection, ended: Ended) {
        self.hub.closed(&state, ended);
        if state.is_subscriber() {
            self.unsubscribe(io, state.channel());
        }
        for timer in state.into_timers() {
            self.hub.timers.cancel(io, timer);
        }
        self.advance_shutdown(io);
    }
}

/// Whom a job that is done was begun for, if that is not over: a connection may be answering another request by now.
fn still<A: 'static>(io: &mut Io<Server<A>>, owner: Owner) -> Owner {
    match owner {
        Owner::Connection(at, request)
            if io.with(at, |slot| slot.state.request()) != Some(Some(request)) =>
        {
            Owner::Nobody
        }
        owner => owner,
    }
}
