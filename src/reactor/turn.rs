//! A turn of the loop: a wait, and the steps that serve what the wait reports, each within a bound of its own.

use super::{
    EVENTS_PER_TURN, Handler, Io, MAILBOX, Reactor, SIGNALS, Signals, Token,
    edge::Edge,
    io::{Due, RETRY},
    socket::Got,
    story::{self, Step},
    token::listener_number,
};
use std::{fmt, time::Duration};

/// Reads from one connection per turn, 64 KiB in all, so that other connections do not wait for a fast sender.
pub(super) const READS_PER_TURN: usize = 4;
/// Deadlines per turn. Many deadlines fall together after a broadcast, and 512 heartbeats take some 2 ms.
pub(super) const EXPIRIES_PER_TURN: usize = 512;
/// Messages from other threads per turn.
pub(super) const MESSAGES_PER_TURN: usize = 256;

impl<H: Handler> fmt::Debug for Reactor<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor")
            .field("io", &self.io)
            .finish_non_exhaustive()
    }
}

impl<H: Handler> Reactor<H> {
    pub(super) fn turn(&mut self, handler: &mut H) -> std::io::Result<()> {
        let reported = self.wait(handler)?;
        self.more = false;
        let unread = self.io.take_unread();
        self.serve(handler);
        self.story.ended(Step::Serve);
        self.tell_ends(handler);
        self.story.ended(Step::TellEnds);
        self.deliver(handler);
        self.story.ended(Step::Deliver);
        self.read_on(handler, &unread);
        self.story.ended(Step::ReadOn);
        self.expire(handler);
        self.story.ended(Step::Expire);
        self.accept(handler);
        self.story.ended(Step::Accept);
        self.more |= handler.turn(&mut self.io);
        self.story.ended(Step::Turn);
        self.bury(handler);
        self.story.ended(Step::Bury);
        self.io.end_turn();
        let took = self.story.end_turn();
        self.io.view.note(self.story.turn(), reported, took);
        Ok(())
    }

    /// Sleeps until the kernel reports something or the next deadline, and takes the time. A turn that follows on unfinished
    /// work does not sleep. Returns the number of events that the turn serves.
    fn wait(&mut self, handler: &mut H) -> std::io::Result<usize> {
        let mut patience = self.patience();
        let is_shown = self.io.view.wants_steps();
        self.story.begin_turn(patience, is_shown);
        let (is_interrupted, was_suspended) = loop {
            let (has_looked, left) = self.look(handler);
            if has_looked {
                patience = self.patience();
            }
            let most = shorter(patience, left);
            let (is_interrupted, was_suspended) = self.sleep(most)?;
            // A sleep that was cut short for a look alone goes on.
            let is_cut_short = most != patience && self.events.is_empty();
            if !is_cut_short || is_interrupted || was_suspended {
                break (is_interrupted, was_suspended);
            }
            self.io.wait_anew();
            patience = self.patience();
        };
        self.hold(handler)?;
        self.note_wait(is_interrupted || was_suspended);
        let reported = self.events.iter().count() + self.io.hold.kept();
        self.story.woke(reported, is_interrupted);
        Ok(reported)
    }

    /// The time that the loop may sleep. None without a bound.
    fn patience(&self) -> Option<Duration> {
        if self.more || self.io.has_unread() || self.io.hold.is_paused() {
            Some(Duration::ZERO)
        } else {
            self.io.patience()
        }
    }

    /// Sleeps for `most` at most. Returns whether a signal has interrupted the sleep, and whether the process was suspended.
    fn sleep(&mut self, most: Option<Duration>) -> std::io::Result<(bool, bool)> {
        let is_interrupted = self.poll(most)?;
        Ok((is_interrupted, self.io.take_time(most, is_interrupted)))
    }

    /// Waits for events, for `most` at most. Returns true if a signal has interrupted the wait.
    pub(super) fn poll(&mut self, most: Option<Duration>) -> std::io::Result<bool> {
        match self.poll.poll(&mut self.events, most) {
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => Ok(true),
            waited => waited.map(|()| false),
        }
    }

    /// Notes whether the loop knows of all input that had arrived. An interrupted wait reports nothing, a wait may end just
    /// before a suspension, and a full wait may leave sockets out. The kernel reports ready sockets one after another
    /// (epoll(7)), so that after a few full waits it has reported every connection.
    pub(super) fn note_wait(&mut self, is_outdated: bool) {
        let is_full = self.events.iter().count() == EVENTS_PER_TURN;
        self.full = if is_full { self.full + 1 } else { 0 };
        let reported = self.full * EVENTS_PER_TURN;
        self.is_up_to_date = !is_outdated && (!is_full || reported > self.io.connections());
    }

    /// Calls the handler for each event of the wait. An event for a connection that was closed earlier in the turn has a
    /// token that names no open connection.
    fn serve(&mut self, handler: &mut H) {
        let Self {
            events,
            scratch,
            listeners,
            signals,
            io,
            ..
        } = self;
        for (token, edge) in io.hold.take_edges() {
            if let Some(at) = io.named(token) {
                serve_edge(io, scratch, handler, at, edge);
            }
        }
        for event in &*events {
            match event.token() {
                MAILBOX => log::trace!("the mailbox: readable, messages were posted"),
                SIGNALS => hear(signals, io, handler),
                token => match (io.named(token), listener_number(token)) {
                    (Some(at), _) => serve_edge(io, scratch, handler, at, Edge::of(event)),
                    (None, Some(number)) => listeners.ready(number),
                    (None, None) => story::tell_stale(token),
                },
            }
        }
    }

    /// Reads on from the connections that the last turn cut short. The steps before have not read from these connections, so
    /// that each connection is read from once per turn.
    fn read_on(&mut self, handler: &mut H, unread: &[Token]) {
        self.io.begin_share();
        for &at in unread {
            if self.io.has_budget() {
                self.io.unqueue(at);
                read(&mut self.io, &mut self.scratch, handler, at);
            } else {
                self.io.unread.push(at);
            }
        }
    }

    /// Calls the handler for each paused connection whose peer has ended its direction.
    fn tell_ends(&mut self, handler: &mut H) {
        for at in std::mem::take(&mut self.io.endings) {
            handler.ended(&mut self.io, at);
        }
    }

    /// Accepts connections, or closes the listeners after [`Io::stop_listening`].
    fn accept(&mut self, handler: &mut H) {
        if !self.io.listening {
            return self.listeners.close(self.poll.registry());
        }
        self.more |= self.listeners.accept(&mut self.io, handler);
    }

    /// Calls the handler for messages from other threads.
    pub(super) fn deliver(&mut self, handler: &mut H) {
        self.io.begin_share();
        for _ in 0..MESSAGES_PER_TURN {
            if !self.io.has_budget() {
                break;
            }
            let Ok(message) = self.inbox.try_recv() else {
                return;
            };
            log::trace!("the mailbox: a message");
            handler.message(&mut self.io, message);
        }
        self.more = true;
    }

    /// Calls the handler for deadlines and alarms that have come, once all input that had arrived was read: after a suspension
    /// of the process, input and deadlines come together, and the input shows that a peer kept its deadline.
    pub(super) fn expire(&mut self, handler: &mut H) {
        self.io.begin_share();
        for _ in 0..EXPIRIES_PER_TURN {
            if !self.is_up_to_date || !self.io.has_budget() {
                return;
            }
            let Some((tick, due)) = self.io.pop() else {
                return;
            };
            if !self.io.has_come(tick, due) {
                continue;
            }
            match due {
                Due::Socket(at) => handler.expired(&mut self.io, at),
                Due::Alarm(RETRY) => self.listeners.retry(),
                Due::Alarm(id) => handler.alarm(&mut self.io, id),
            }
        }
    }

    /// Gives the handler the states of closed connections, and the listeners their free descriptors.
    pub(super) fn bury(&mut self, handler: &mut H) {
        while let Some((at, state, ended)) = self.io.dead.pop() {
            handler.closed(&mut self.io, at, state, ended);
            self.more |= self.listeners.freed();
        }
    }
}

/// The shorter of two times, of which None has no bound.
pub(super) fn shorter(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    one.into_iter().chain(other).min()
}

/// Calls the handler for an edge of a connection's socket.
pub(super) fn serve_edge<H: Handler>(
    io: &mut Io<H>,
    scratch: &mut [u8],
    handler: &mut H,
    at: Token,
    edge: Edge,
) {
    story::tell_edges(at, edge);
    if io.edge(at, edge.is_readable, edge.is_end, edge.is_failure) {
        handler.input_waits(io, at);
    }
    read(io, scratch, handler, at);
    if edge.is_writable {
        handler.writable(io, at);
    }
}

/// Reads from a connection until its input is empty or the bound of a turn is reached.
pub(super) fn read<H: Handler>(io: &mut Io<H>, scratch: &mut [u8], handler: &mut H, at: Token) {
    for _ in 0..READS_PER_TURN {
        match io.read(at, scratch) {
            Got::Bytes(n) => handler.received(io, at, &scratch[..n]),
            Got::Ended => return handler.ended(io, at),
            Got::Nothing => return,
        }
    }
    io.read_on(at);
}

/// Calls the handler for signals that the process got.
pub(super) fn hear<H: Handler>(signals: &mut Signals, io: &mut Io<H>, handler: &mut H) {
    for signal in signals.pending() {
        handler.signal(io, signal);
    }
}
