//! What the reactor tells the server. Everything ends in `Server::drive`.

use super::{
    Context, Done, Reply, Server,
    connection::{Connection, Disconnected, State},
    files,
    limits::LOOK,
    reply::failed,
    settle,
    sweep::SLICE,
    timers::{FIRST_ALARM, Owner, Rung},
    warnings::RouteName,
};
use crate::reactor::{Ended, Handler, Io, Slot, Token, quit};
use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM, SIGUSR2};
use std::{io::IoSlice, sync::Arc, time::Duration};

impl<A: 'static> Handler for Server<A> {
    type State = Connection;
    type Message = Done<A>;

    fn opened(&mut self, io: &mut Io<Self>, at: Token) {
        if !self.count_address(io, at) {
            self.refuse_address(io, at);
            return;
        }
        let wait = self.admit(io, at);
        let deadline = io.now().after(wait);
        io.with(at, |slot| slot.socket.set_deadline(deadline));
    }

    fn received(&mut self, io: &mut Io<Self>, at: Token, bytes: &[u8]) {
        let now = io.now();
        io.with(at, |slot| slot.state.receive(bytes, now));
        self.drive(io, at);
    }

    fn ended(&mut self, io: &mut Io<Self>, at: Token) {
        let hub = &mut self.hub;
        let over = io.with(at, |slot| {
            if slot.socket.has_input() {
                // Input before the end is read when this connection's turn comes. A poll makes room for it.
                slot.state.release();
                return false;
            }
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

    fn input_waits(&mut self, io: &mut Io<Self>, at: Token) {
        if io.with(at, make_room) == Some(true) {
            self.drive(io, at);
        }
    }

    fn writable(&mut self, io: &mut Io<Self>, at: Token) {
        // Each edge tells of room, also one that tells of input.
        if io.state(at).is_some_and(Connection::waits_for_room) {
            self.drive(io, at);
        }
    }

    fn expired(&mut self, io: &mut Io<Self>, at: Token) {
        if self.hub.overflow.has(at) && self.turn_away(io, at) {
            return;
        }
        let (hub, now) = (&mut self.hub, io.now());
        let put_off = if hub.unfinished.has(at) {
            now.after(PUT_OFF)
        } else {
            io.resumed().after(hub.timeouts.write)
        };
        let todo = io.with(at, |slot| {
            // The peer had no chance to take a byte while the process was stopped.
            let is_early = slot.state.waits_for_room() && !put_off.is_due(now);
            if is_early || hub.unfinished.has(at) {
                slot.socket.set_deadline(put_off);
                return None;
            }
            let write = |slices: &[IoSlice<'_>]| slot.socket.write_vectored(slices);
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
        let Some(Rung {
            key,
            owner,
            route,
            mut call,
        }) = self.hub.timers.ring(io, id)
        else {
            return;
        };
        let mut cx = self.context(io, owner, route);
        if cx.guard("a timer of ", &mut call).is_err() {
            // Half a body would look whole; a channel goes on without this timer.
            cx.cut_off();
            self.hub.timers.cancel(io, key);
        }
        if !self.hub.timers.rang(key, call) {
            match owner {
                Owner::Request(..) | Owner::Nobody => {}
                Owner::Channel(channel) => self.hub.channels.disown(channel, key),
                Owner::Stream(at, _) => {
                    io.with(at, |slot| slot.state.body().map(|body| body.disown(key)));
                }
            }
        }
    }

    fn message(&mut self, io: &mut Io<Self>, done: Done<A>) {
        self.finish(io, done.owner, done.route, done.finish);
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
        self.sweep(io);
        self.publish_waiting(io);
        self.reply_to_joiners(io);
        self.tidy(io);
        self.go_on(io);
        let is_short = self.free_memory(io);
        is_short || self.hub.has_more()
    }

    fn closed(&mut self, io: &mut Io<Self>, at: Token, state: Connection, ended: Ended) {
        self.hub.addresses.leave(at);
        self.hub.closed(&state, ended);
        if state.is_subscriber() {
            self.unsubscribe(io, state.channel());
        }
        for timer in state.into_timers() {
            self.hub.timers.cancel(io, timer);
        }
        self.advance_shutdown(io);
    }

    fn held(state: &Connection) -> usize {
        state.held()
    }

    fn shared(state: &Connection) -> Option<&Arc<[u8]>> {
        // Large files have a bound of their own.
        state.shared().filter(|bytes| bytes.len() <= files::SMALL)
    }
}

impl<A: 'static> Server<A> {
    /// Visits the next slots of a broadcast.
    fn sweep(&mut self, io: &mut Io<Self>) {
        io.begin_share();
        for _ in 0..SLICE {
            if !io.has_budget() {
                break;
            }
            let Some(index) = self.hub.sweep.next(io.top()) else {
                break;
            };
            if let Some(at) = io.at(index) {
                self.dismiss(io, at);
                self.drive(io, at);
            }
        }
        if !self.hub.sweep.is_under_way() {
            self.hub.publishing.all_offered();
        }
    }

    /// Publishes the events that waited for the sweep.
    fn publish_waiting(&mut self, io: &mut Io<Self>) {
        io.begin_share();
        while io.has_budget() {
            let Some(waiting) = self.hub.publishing.next() else {
                return;
            };
            io.spend();
            let open = self.hub.channels.keyed(waiting.channel);
            let id = open.map(|open| waiting.event.push(&mut open.channel));
            self.hub.sweep.begin();
            let then = waiting.then;
            self.finish(io, waiting.owner, waiting.route, |cx| then(cx, id));
        }
    }

    /// Gives the replies that are owed to connections which share a job's result.
    fn reply_to_joiners(&mut self, io: &mut Io<Self>) {
        io.begin_share();
        while io.has_budget() {
            let Some(owed) = self.hub.owed.pop_front() else {
                return;
            };
            io.spend();
            let reply = owed.reply;
            self.finish(io, owed.owner, owed.route, |cx| Some(reply(cx)));
        }
    }

    /// Runs the continuation of something that is over, and gives its reply to the connection that it was begun for,
    /// if that still waits.
    fn finish(
        &mut self,
        io: &mut Io<Self>,
        owner: Owner,
        route: RouteName,
        then: impl FnOnce(&mut Context<'_, A>) -> Option<Reply<A>>,
    ) {
        self.hub.jobs -= 1;
        let owner = still(io, owner);
        let mut cx = self.context(io, owner, route);
        let reply = cx.guard("a job's end of ", then);
        let reply = reply.unwrap_or_else(|_| Some(failed()));
        if let (Owner::Request(at, _), Some(reply)) = (owner, reply) {
            self.resolve(io, at, reply);
        }
        self.advance_shutdown(io);
    }

    /// Goes on with the connections that were put off, in the order in which they were.
    fn go_on(&mut self, io: &mut Io<Self>) {
        io.begin_share();
        while io.has_budget() {
            let Some(at) = self.hub.unfinished.next() else {
                return;
            };
            self.drive(io, at);
        }
    }
}

/// Has a held poll be answered if much input waits behind it: the peer's end would not be heard. Whether it is.
pub(super) fn make_room(slot: &mut Slot<Connection>) -> bool {
    let is_crowded = slot.state.state() == State::Polling && slot.socket.has_much_input();
    if is_crowded {
        slot.state.release();
    }
    is_crowded
}

/// How long the deadline of a connection is put off that waits for its turn: that is not the peer's fault.
const PUT_OFF: Duration = Duration::from_secs(1);

/// The owner of a job that is done, as it is by now: a connection may be answering its request by a stream, or be
/// answering another request.
pub(super) fn still<A: 'static>(io: &mut Io<Server<A>>, owner: Owner) -> Owner {
    let (Owner::Request(at, number) | Owner::Stream(at, number)) = owner else {
        return owner;
    };
    let state = io.with(at, |slot| (slot.state.request(), slot.state.streams()));
    match state {
        Some((Some(present), streams)) if present == number => match streams {
            true => Owner::Stream(at, number),
            false => Owner::Request(at, number),
        },
        _ => Owner::Nobody,
    }
}
