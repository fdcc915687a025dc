//! The reactor's events, as the server handles them. A connection's event ends in `Server::drive`, unless it ends the
//! connection or only sets a deadline.

use super::{
    Server,
    answer::make_room,
    connection::Connection,
    context::{Context, Message, News, Reply, Sockets, failed},
    files, handle,
    parts::{
        alarm::{FILES, FIRST_TIMER, JOURNAL, LOOK, SUBSCRIBERS_LEFT, UPGRADE, WATCH},
        counters::Disconnected,
        overflow::{APART, PATIENCE},
        owner::{Owner, Purpose},
    },
    settle,
};
use crate::reactor::{Ended, Handler, Io, Peer, Token, quit};
use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM, SIGUSR2};
use std::{io::IoSlice, sync::Arc, time::Duration};

/// The respite of a connection whose deadline comes while the connection waits for its turn, which is not the peer's
/// fault.
const PUT_OFF: Duration = Duration::from_secs(1);
/// The slots that are looked at per turn for connections that hold much: some 0.3 ms, for which all other connections
/// wait.
const LOOKS: usize = 4096;

impl<A: 'static> Handler for Server<A> {
    type State = Connection;
    type Message = Message<A>;

    fn opened(&mut self, io: &mut Io<Self>, at: Token) {
        if io.apart().contains(&at) {
            self.make_room_apart(io);
            let deadline = io.now().after(self.timeouts.request);
            io.with(at, |slot| slot.socket.set_deadline(deadline));
            return;
        }
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
        let over = io.with(at, |slot| {
            if slot.socket.has_input() {
                // The input before the end is read when this connection's turn comes. A held poll ends for it.
                slot.state.release();
                return false;
            }
            let over = slot.state.end();
            if over {
                self.parts.cut(slot, Disconnected::Left);
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
        // The reactor reports room at each edge, also at an edge of input.
        if io.state(at).is_some_and(Connection::waits_for_room) {
            self.drive(io, at);
        }
    }

    fn expired(&mut self, io: &mut Io<Self>, at: Token) {
        if (self.overflow.has(at) && self.turn_away(io, at)) || self.has_moved(io, at) {
            return;
        }
        let (parts, now) = (&mut self.parts, io.now());
        let put_off = if parts.turns.has(at) {
            now.after(PUT_OFF)
        } else {
            io.resumed().after(self.timeouts.write)
        };
        let asked = io.with(at, |slot| {
            // While the process was stopped, the peer could take no byte.
            let is_early = slot.state.waits_for_room() && !put_off.is_due(now);
            if is_early || parts.turns.has(at) {
                slot.socket.set_deadline(put_off);
                return None;
            }
            if slot.state.is_subscriber() && !slot.state.waits_for_room() {
                // The socket may have been full before, and has no bound of the kernel since.
                slot.socket.set_patience(self.timeouts.write);
            }
            let write = |slices: &[IoSlice<'_>]| slot.socket.write_vectored(slices);
            let heartbeat = parts.channels.heartbeat(slot.state.channel());
            let next = slot.state.expire(heartbeat, now, write);
            settle(slot, next, parts, &self.timeouts, now)
        });
        if let Some(asked) = asked.flatten() {
            self.answer(io, at, asked);
            self.drive(io, at);
        }
    }

    fn alarm(&mut self, io: &mut Io<Self>, id: u32) {
        match id {
            FIRST_TIMER.. => self.fire(io, id),
            JOURNAL => self.give_up_publishes(io),
            WATCH => self.give_sign(io),
            // The turn looks at the upgrade.
            UPGRADE => {}
            FILES => self.look_for_files(io),
            LOOK => {
                if let Some(alarm) = self.parts.limits.look(io.now()) {
                    io.set_alarm(alarm);
                }
            }
            _ => self.shutdown_alarm(io, id),
        }
    }

    fn message(&mut self, io: &mut Io<Self>, message: Message<A>) {
        let Some(message) = self.postpone(message) else {
            return;
        };
        match message.0 {
            News::Done(purpose, finish) => {
                self.parts.jobs.end();
                self.finish(io, purpose, finish);
            }
            News::Journal(channel, report) => self.report(io, channel, report),
            News::Run(call) => {
                let mut cx = self.context(io, handle::PURPOSE);
                // The panic hook has told of a panic, and the loop goes on.
                let _ = cx.guard("the call of ", call);
            }
            News::Upgrade(progress) => self.progress(io, progress),
            News::Stop => self.shut_down(io, "asked by a handle"),
        }
    }

    fn signal(&mut self, io: &mut Io<Self>, signal: i32) {
        match signal {
            SIGTERM | SIGINT if self.has_handed_over() => self.pass_on(),
            SIGTERM | SIGINT => self.shut_down(io, &format!("signal {signal}")),
            SIGQUIT => quit(),
            SIGUSR2 => self.ask_for_upgrade(io, &format!("signal {signal}")),
            _ => log::info!("signal {signal}: nothing to do"),
        }
    }

    fn turn(&mut self, io: &mut Io<Self>) -> bool {
        self.sweep(io);
        self.publish_waiting(io);
        self.reply_to_shared(io);
        self.tell_who_left(io);
        self.close_unread(io);
        self.go_on(io);
        self.look_at_upgrade(io);
        let is_short = self.free_memory(io);
        is_short || self.parts.has_more()
    }

    #[cfg(feature = "frame")]
    fn turn_apart(&mut self, io: &mut Io<Self>) -> bool {
        let apart = io.apart().to_vec();
        for at in &apart {
            if self.parts.turns.take(*at) {
                self.drive(io, *at);
            }
        }
        apart.iter().any(|at| self.parts.turns.has(*at))
    }

    #[cfg(feature = "frame")]
    fn look(&mut self, io: &mut Io<Self>) -> bool {
        self.tell_viewers(io);
        self.parts.has_more()
    }

    fn closed(&mut self, io: &mut Io<Self>, at: Token, state: Connection, ended: Ended) {
        self.parts.addresses.leave(at);
        if self.parts.leavers.leave(at) {
            // This turn's work is done, and the next turn must not sleep.
            io.alarm_at(SUBSCRIBERS_LEFT, io.now());
        }
        self.parts.closed(&state, ended);
        if let Some(cursor) = state.cursor() {
            self.parts.unsubscribe(io, cursor.channel());
        }
        self.parts.end_timers(io, state.into_timers());
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
    /// Counts a new connection for its client's address, which the router names. Returns false if the address has as
    /// many connections as it may have.
    pub(super) fn count_address(&mut self, io: &mut Io<Self>, at: Token) -> bool {
        if !self.parts.addresses.are_counted() {
            return true;
        }
        let client = match io.with(at, |slot| slot.socket.peer()).flatten() {
            Some(Peer::Address(peer)) => (self.router.count)(&self.app, peer.ip()),
            // A proxy connects on a unix socket: its clients are counted by what it says.
            Some(Peer::Unix) | None => None,
        };
        client.is_none_or(|client| self.parts.addresses.enter(at, client))
    }

    /// Closes the first connection of the operator's listeners, after a 503 if it waits for a request, once there are
    /// more connections than places.
    fn make_room_apart(&mut self, io: &mut Io<Self>) {
        if io.apart().len() > APART {
            let first = io.apart()[0];
            self.turn_away(io, first);
            io.with(first, |slot| slot.socket.close());
        }
    }

    /// Lets a new connection in, beyond the limit in a place that is kept back. Returns the time for which the
    /// connection may be silent.
    fn admit(&mut self, io: &mut Io<Self>, at: Token) -> Duration {
        let connections = io.connections() - io.apart().len();
        let is_open = |at: &Token| io.with(*at, |_| ()).is_some();
        if !self.overflow.is_full(connections, is_open) {
            return self.timeouts.request;
        }
        self.keep_apart(io, at);
        PATIENCE.min(self.timeouts.request)
    }

    /// Gives a new connection one of the places that are kept back. If all places are taken, the connection that came
    /// first is answered 503 and closed.
    fn keep_apart(&mut self, io: &mut Io<Self>, at: Token) {
        let is_open = |at: &Token| io.with(*at, |_| ()).is_some();
        if let Some(first) = self.overflow.keep_apart(at, is_open) {
            self.turn_away(io, first);
            io.with(first, |slot| slot.socket.close());
        }
    }

    /// Answers 503 to a new connection whose client has as many connections as it may have. The connection gets a place
    /// that is kept back: in any other place, a client that connects again and again would take the places of all
    /// others.
    fn refuse_address(&mut self, io: &mut Io<Self>, at: Token) {
        self.keep_apart(io, at);
        self.turn_away(io, at);
    }

    /// Visits the next slots of a broadcast: each subscriber is offered the events that it has not had.
    fn sweep(&mut self, io: &mut Io<Self>) {
        io.begin_share();
        self.parts.channels.begin_slice();
        while io.has_budget()
            && let Some(index) = self.parts.channels.next_slot(io.top())
        {
            if let Some(at) = io.at(index) {
                self.dismiss(io, at);
                self.drive(io, at);
            }
        }
    }

    /// Publishes the events that waited for the sweep, and makes the calls that waited with them.
    fn publish_waiting(&mut self, io: &mut Io<Self>) {
        io.begin_share();
        while io.has_budget() && self.parts.channels.may_publish_next() {
            io.spend();
            if let Some(late) = self.parts.channels.publish_next() {
                self.finish(io, late.purpose, |cx| (late.then)(cx, late.outcome));
            }
        }
    }

    /// Replies to requests that shared a job which has ended.
    fn reply_to_shared(&mut self, io: &mut Io<Self>) {
        io.begin_share();
        while io.has_budget() {
            let Some(owed) = self.parts.jobs.next_owed() else {
                return;
            };
            io.spend();
            let reply = |cx: &mut Context<'_, A>| Some((owed.done)(cx, &*owed.result));
            self.finish(io, owed.purpose, reply);
        }
    }

    /// Runs the continuation of a job or an event, and sends its reply to the connection that the job or event was
    /// begun for, if the connection still waits.
    pub(super) fn finish(
        &mut self,
        io: &mut Io<Self>,
        purpose: Purpose,
        then: impl FnOnce(&mut Context<'_, A>) -> Option<Reply<A>>,
    ) {
        let sockets: &mut dyn Sockets<A> = io;
        let owner = sockets.still(purpose.owner);
        let mut cx = self.context(io, Purpose { owner, ..purpose });
        let reply = cx.guard("a job's end of ", then);
        let reply = reply.unwrap_or_else(|_| Some(failed()));
        if let (Owner::Request(at, _), Some(reply)) = (owner, reply) {
            self.resolve(io, at, reply);
        }
        self.advance_shutdown(io);
    }

    /// Tries a write once more for a connection that waits for room. True if the socket took bytes, or the connection is
    /// gone. The kernel reports room only once a third of its buffer is free, but takes bytes before.
    fn has_moved(&mut self, io: &mut Io<Self>, at: Token) -> bool {
        let waits = io.state(at).is_some_and(Connection::waits_for_room);
        if !waits || self.parts.turns.has(at) {
            return false;
        }
        self.drive(io, at);
        let now = io.now();
        io.with(at, |slot| !slot.socket.deadline().is_due(now)) != Some(false)
    }

    /// Makes the calls for subscribers that have left.
    fn tell_who_left(&mut self, io: &mut Io<Self>) {
        io.begin_share();
        while io.has_budget() {
            let Some((purpose, left)) = self.parts.leavers.next() else {
                return;
            };
            io.spend();
            self.say_left(io, purpose, left);
        }
    }

    /// Closes the channels that were opened in this turn and have no subscriber.
    fn close_unread(&mut self, io: &mut Io<Self>) {
        let timers = self.parts.channels.end_turn();
        self.parts.end_timers(io, timers);
    }

    /// Drives the connections that wait for their turn, in the order in which they were put off.
    fn go_on(&mut self, io: &mut Io<Self>) {
        io.begin_share();
        while io.has_budget() {
            let Some(at) = self.parts.turns.next() else {
                return;
            };
            self.drive(io, at);
        }
    }

    /// Closes connections that hold as much as the average or more: once all connections together hold more than they
    /// may, until they hold three quarters of that at most. Looks at 4,096 slots per call, and returns true if more have
    /// to be looked at.
    fn free_memory(&mut self, io: &mut Io<Self>) -> bool {
        for _ in 0..LOOKS {
            if !io.is_over_memory() {
                return false;
            }
            let slot = self.hand.next(io.top());
            if let Some(at) = io.at(slot).filter(|at| io.holds_much(*at)) {
                self.let_go(io, at);
            }
        }
        io.is_over_memory()
    }
}
