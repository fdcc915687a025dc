//! The owner of every socket, and the functions that callbacks may call: reach a connection by its token, set an alarm,
//! ask for the time.

mod deadlines;
mod reading;

use super::{
    Dial, Handler, Mailbox, Token,
    budget::{Budget, Holding, Memory, OPERATION},
    clock::Clock,
    hold::Hold,
    meter::Meter,
    socket::{End, Ended, Queued, Slot, Socket},
    token::SLOTS,
    view::View,
};
use crate::timer_wheel::{Tick, TimerWheel};
use mio::{Interest, Registry, net::TcpStream};
use slab::Slab;
use std::{
    collections::HashMap,
    fmt, io,
    num::NonZeroU32,
    time::{Duration, Instant},
};

/// A function that reads from a socket into a buffer without waiting, as read(2) does.
pub(crate) type Receive = Box<dyn FnMut(&TcpStream, &mut [u8]) -> io::Result<usize> + Send>;

/// The alarm that ends the time for which the listeners stand back.
pub(super) const RETRY: u32 = u32::MAX;

/// An entry of the wheel: 8 bytes, since a token's generation is never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Socket(Token),
    Alarm(u32),
}

const _: () = assert!(size_of::<Due>() <= 8);

#[cfg(feature = "frame")]
impl Due {
    pub(super) fn is_socket(self) -> bool {
        matches!(self, Self::Socket(_))
    }
}

/// The connections and the time, as the handler's callbacks see them.
pub struct Io<H: Handler> {
    pub(super) slots: Slab<Slot<H::State>>,
    /// One more than the highest index in use.
    top: usize,
    wheel: TimerWheel<Due>,
    /// For each alarm its tick, and the tick at which the wheel's entry for it comes up.
    alarms: HashMap<u32, (Tick, Tick)>,
    pub(super) registry: Registry,
    mailbox: Mailbox<H::Message>,
    clock: Clock,
    pub(super) meter: Meter,
    pub(super) view: View,
    pub(super) hold: Hold,
    budget: Budget,
    memory: Memory,
    accepted: u32,
    /// The function that reads from sockets, if it is not read(2).
    receive: Option<Receive>,
    /// The connections of the listeners that are apart, in the order in which they came.
    apart: Vec<Token>,
    /// The queue of connections that may have more input than the turn allowed them to read.
    pub(super) unread: Vec<Token>,
    /// Connections that are not read from until memory has eased.
    parked: Vec<Token>,
    /// Paused connections whose peer has ended its direction.
    pub(super) endings: Vec<Token>,
    /// The states of closed connections, until the end of the turn.
    pub(super) dead: Vec<(Token, H::State, Ended)>,
    pub(super) listening: bool,
    pub(super) running: bool,
}

impl<H: Handler> fmt::Debug for Io<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Io")
            .field("connections", &self.connections())
            .field("now", &self.now())
            .finish_non_exhaustive()
    }
}

impl<H: Handler> Io<H> {
    pub(super) fn new(registry: Registry, mailbox: Mailbox<H::Message>) -> Self {
        Self {
            slots: Slab::new(),
            top: 0,
            wheel: TimerWheel::new(Tick::default()),
            alarms: HashMap::new(),
            registry,
            mailbox,
            clock: Clock::new(Instant::now()),
            meter: Meter::new(),
            view: View::default(),
            hold: Hold::default(),
            budget: Budget::default(),
            memory: Memory::default(),
            accepted: 0,
            receive: None,
            apart: Vec::new(),
            unread: Vec::new(),
            parked: Vec::new(),
            endings: Vec::new(),
            dead: Vec::new(),
            listening: true,
            running: true,
        }
    }

    /// Calls `f` with the connection that `at` names, and then does what the connection needs after the change. Returns
    /// nothing if that connection is gone. There is no other way to change a connection.
    pub fn with<R>(&mut self, at: Token, f: impl FnOnce(&mut Slot<H::State>) -> R) -> Option<R> {
        let slot = self.slot(at)?;
        let before = Holding::of::<H>(&slot.state);
        let result = f(slot);
        let after = Holding::of::<H>(&slot.state);
        self.memory.change(before, after);
        self.settle(at);
        Some(result)
    }

    /// Counts the bytes that a socket took, closes a connection that is over, and brings the wheel and the queues up to
    /// date with its socket.
    fn settle(&mut self, at: Token) {
        let socket = &mut self.slots[at.index as usize].socket;
        let sent = socket.take_sent() as usize;
        self.meter.sent += sent as u64;
        if sent > 0 {
            self.budget.spend(OPERATION + sent);
        }
        if let End::Over(ended) = socket.end {
            return self.remove(at, ended);
        }
        if !socket.armed.is_due(socket.deadline) {
            socket.armed = self.wheel.set(socket.deadline, Due::Socket(at));
        }
        if socket.unread && !socket.paused && socket.queued == Queued::No {
            socket.queued = Queued::Unread;
            self.unread.push(at);
            log::trace!(connection = at.generation; "connection {at}: more input may be left, for the next turn");
        }
        if socket.paused && socket.end == End::Near {
            socket.end = End::Told;
            self.endings.push(at);
        }
    }

    fn remove(&mut self, at: Token, ended: Ended) {
        log::debug!(connection = at.generation; "connection {at}: {ended}");
        let slot = self.slots.remove(at.index as usize);
        let held = Holding::of::<H>(&slot.state);
        self.memory.change(held, Holding::default());
        self.dead.push((at, slot.state, ended));
        if !self.apart.is_empty() {
            self.apart.retain(|other| *other != at);
        }
        while self.top > 0 && !self.slots.contains(self.top - 1) {
            self.top -= 1;
        }
    }

    /// The connection in the slot `index`; none in an empty slot. A caller visits all connections by the indices below
    /// [`Io::top`].
    #[must_use]
    pub fn at(&self, index: usize) -> Option<Token> {
        let socket = &self.slots.get(index)?.socket;
        Some(Token {
            index: index as u32,
            generation: socket.generation,
        })
    }

    /// The connection that the poller's `token` names. None if that connection is gone.
    pub(super) fn named(&self, token: mio::Token) -> Option<Token> {
        let at = self.at(Token::slot_of(token))?;
        (mio::Token::from(at) == token).then_some(at)
    }

    /// One more than the highest slot in use.
    #[must_use]
    pub fn top(&self) -> usize {
        self.top
    }

    /// The state of the connection that `at` names. None if that connection is gone.
    pub(crate) fn state(&self, at: Token) -> Option<&H::State> {
        let slot = self.slots.get(at.index as usize)?;
        (slot.socket.generation == at.generation).then_some(&slot.state)
    }

    /// The state of each connection.
    pub(crate) fn states(&self) -> impl Iterator<Item = &H::State> {
        self.slots.iter().map(|(_, slot)| &slot.state)
    }

    /// The loop's counts of itself.
    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The number of connections.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.slots.len()
    }

    /// The connections of the listeners that are [apart](super::Listener::apart), in the order in which they came. There
    /// are only a few at a time.
    pub(crate) fn apart(&self) -> &[Token] {
        &self.apart
    }

    /// The time, in ticks of 10 ms since the loop was made, taken once per turn.
    #[must_use]
    pub fn now(&self) -> Tick {
        self.clock.now()
    }

    /// Has the handler's `alarm` called with `id` after `wait`, once, never early. A later alarm under the same id replaces
    /// this alarm. The loop uses the id `u32::MAX` itself.
    pub fn alarm(&mut self, id: u32, wait: Duration) {
        self.alarm_at(id, self.now().after(wait));
    }

    /// As [`Io::alarm`], but at a tick.
    pub(crate) fn alarm_at(&mut self, id: u32, at: Tick) {
        let entry = self.alarms.get(&id).map(|(_, armed)| *armed);
        // The entry is used again if it comes up no later: an alarm that is moved again and again must not fill the wheel.
        let armed = entry
            .filter(|armed| armed.is_due(at))
            .unwrap_or_else(|| self.wheel.set(at, Due::Alarm(id)));
        self.alarms.insert(id, (at, armed));
    }

    #[cfg(feature = "frame")]
    pub(super) fn wheel(&self) -> &TimerWheel<Due> {
        &self.wheel
    }

    /// Has the next turn find `time` more passed.
    #[cfg(test)]
    pub(super) fn pass(&mut self, time: Duration) {
        self.clock.pass(time);
    }

    /// The number of the wheel's entries.
    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        self.wheel.len()
    }

    /// Forgets the alarm `id`.
    pub fn cancel_alarm(&mut self, id: u32) {
        self.alarms.remove(&id);
    }

    /// The mailbox by which other threads reach the handler.
    #[must_use]
    pub fn mailbox(&self) -> Mailbox<H::Message> {
        self.mailbox.clone()
    }

    /// Closes the listeners at the end of this turn. Open connections go on.
    pub fn stop_listening(&mut self) {
        self.listening = false;
    }

    /// Ends the loop after this turn, and closes all connections.
    pub fn stop(&mut self) {
        self.running = false;
    }

    /// Takes the time of a turn, after a wait that was to last no longer than `patience`. Returns true if the process was
    /// suspended since the last turn.
    pub(super) fn take_time(&mut self, patience: Option<Duration>, is_interrupted: bool) -> bool {
        self.renew_budget();
        self.clock.wake(Instant::now(), patience, is_interrupted)
    }

    pub(super) fn renew_budget(&mut self) {
        self.budget = Budget::default();
    }

    /// Leaves the time since the end of the wait out of the loop's time.
    #[cfg(feature = "frame")]
    pub(super) fn stand_still(&mut self) {
        self.clock.stand_still(Instant::now());
        self.renew_budget();
    }

    /// Begins the wait for the next turn anew, after a look.
    pub(super) fn wait_anew(&mut self) {
        self.clock.end_turn(Instant::now());
    }

    pub(super) fn end_turn(&mut self) {
        let took = self.clock.end_turn(Instant::now());
        self.meter.turns.count(took);
    }

    /// The tick at which the process last went on after a suspension (SIGSTOP, cgroup freezer, a suspended virtual machine);
    /// the loop's beginning if there was none. No peer could show before that it still reads.
    #[must_use]
    pub fn resumed(&self) -> Tick {
        self.clock.resumed()
    }

    /// Begins another kind of work, which has a share of the turn's budget.
    pub(crate) fn begin_share(&mut self) {
        self.budget.begin_share();
    }

    /// True while the turn may go on with the present kind of work. Otherwise the caller must remember the rest of its
    /// work, and the next turn must not sleep.
    #[must_use]
    pub(crate) fn has_budget(&self) -> bool {
        self.budget.is_left()
    }

    /// Counts an operation besides its bytes: an answer, an accepted connection.
    pub(crate) fn spend(&mut self) {
        self.budget.spend(OPERATION);
    }

    pub(super) fn receive_by(&mut self, receive: Receive) {
        self.receive = Some(receive);
    }

    pub(super) fn bound_memory(&mut self, most: usize) {
        self.memory.most = most;
    }

    /// True if the connections together hold more than they may.
    pub(crate) fn is_over_memory(&self) -> bool {
        self.memory.is_over()
    }

    /// True if the connection holds at least the average of the connections that hold anything.
    pub(crate) fn holds_much(&mut self, at: Token) -> bool {
        let holding = self.slot(at).map(|slot| Holding::of::<H>(&slot.state));
        holding.is_some_and(|holding| self.memory.is_much(holding))
    }

    /// The time that the loop may sleep: until the tick of the wheel's next entry begins.
    pub(super) fn patience(&self) -> Option<Duration> {
        Some(self.clock.until(self.wheel.next()?, Instant::now()))
    }

    /// Begins to make a connection as `dial` says. The loop calls the handler's `writable` when the connection is made, or
    /// else `closed`. The caller sets the connection's deadline.
    ///
    /// # Errors
    ///
    /// When the failure is known at once: no descriptor, no port, no listener at the address (connect(2)).
    pub(crate) fn connect(&mut self, dial: &Dial) -> io::Result<Token> {
        self.open(dial.dial()?, false)
    }

    /// Gives a new socket a slot, and registers the socket once, for all its edges.
    pub(super) fn open(&mut self, mut stream: TcpStream, is_apart: bool) -> io::Result<Token> {
        self.accepted = self.accepted.checked_add(1).unwrap_or(1);
        let generation = NonZeroU32::new(self.accepted).expect("counted from one");
        let entry = self.slots.vacant_entry();
        if entry.key() >= SLOTS {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let at = Token {
            index: entry.key() as u32,
            generation,
        };
        self.registry.register(
            &mut stream,
            at.into(),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        entry.insert(Slot {
            socket: Socket::new(stream, generation, self.clock.now()),
            state: H::State::default(),
        });
        log::trace!(connection = at.generation; "connection {at}: gets slot {}", at.index);
        self.top = self.top.max(at.index as usize + 1);
        if is_apart {
            self.apart.push(at);
        }
        Ok(at)
    }

    fn slot(&mut self, at: Token) -> Option<&mut Slot<H::State>> {
        let slot = self.slots.get_mut(at.index as usize)?;
        (slot.socket.generation == at.generation).then_some(slot)
    }
}
