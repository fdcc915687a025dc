//! The calls that callbacks may make: reach a connection by its token, set an alarm, read the time. Holds every socket.

use super::{
    Dial, Handler, Mailbox, Token,
    budget::{Budget, Holding, Memory, OPERATION},
    meter::Meter,
    socket::{End, Ended, Got, Queued, Slot, Socket},
    token::SLOTS,
};
use crate::timer_wheel::{NEVER, Tick, TimerWheel};
use mio::{Interest, Registry, net::TcpStream};
use slab::Slab;
use std::{
    collections::HashMap,
    fmt, io,
    num::NonZeroU32,
    time::{Duration, Instant},
};

/// An entry of the wheel: 8 bytes, since a token's generation is never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Socket(Token),
    Alarm(u32),
}

const _: () = assert!(size_of::<Due>() <= 8);

/// A wait or a turn that lasts so much longer than it should was a pause of the whole process.
pub(super) const PAUSE: Duration = Duration::from_millis(250);

/// The connections and the time, as the handler's callbacks see them.
pub struct Io<H: Handler> {
    slots: Slab<Slot<H::State>>,
    /// One more than the highest index in use.
    top: usize,
    wheel: TimerWheel<Due>,
    /// For each, when it is to ring, and when the wheel's entry for it comes up.
    alarms: HashMap<u32, (Tick, Tick)>,
    registry: Registry,
    mailbox: Mailbox<H::Message>,
    began: Instant,
    now: Tick,
    /// When the tick `now` began.
    now_began: Instant,
    /// When the wait of this turn was over.
    woke: Instant,
    /// When the last turn was over.
    ended: Instant,
    /// When the process last went on after a pause.
    resumed: Tick,
    meter: Meter,
    budget: Budget,
    memory: Memory,
    accepted: u32,
    /// Connections that may have more to read than their turn allowed.
    pub(super) unread: Vec<Token>,
    /// Connections that are not read from until the others hold less.
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
            .field("now", &self.now)
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
            began: Instant::now(),
            now: Tick::default(),
            now_began: Instant::now(),
            woke: Instant::now(),
            ended: Instant::now(),
            resumed: Tick::default(),
            meter: Meter::new(),
            budget: Budget::default(),
            memory: Memory::default(),
            accepted: 0,
            unread: Vec::new(),
            parked: Vec::new(),
            endings: Vec::new(),
            dead: Vec::new(),
            listening: true,
            running: true,
        }
    }

    /// The one door to a connection: whatever `f` does to it is acted on when it returns. Nothing, if the connection
    /// that `at` names is gone.
    pub fn with<R>(&mut self, at: Token, f: impl FnOnce(&mut Slot<H::State>) -> R) -> Option<R> {
        let slot = self.slot(at)?;
        let before = Holding::of::<H>(&slot.state);
        let result = f(slot);
        let after = Holding::of::<H>(&slot.state);
        self.memory.change(before, after);
        self.settle(at);
        Some(result)
    }

    /// Does what a connection is owed after it was touched.
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
        }
        if socket.paused && socket.end == End::Near {
            socket.end = End::Told;
            self.endings.push(at);
        }
    }

    fn remove(&mut self, at: Token, ended: Ended) {
        log::debug!("connection {at}: {ended}");
        let slot = self.slots.remove(at.index as usize);
        let held = Holding::of::<H>(&slot.state);
        self.memory.change(held, Holding::default());
        self.dead.push((at, slot.state, ended));
        while self.top > 0 && !self.slots.contains(self.top - 1) {
            self.top -= 1;
        }
    }

    /// The connection in the slot `index`, if there is one. With [`Io::top`], a way to visit all of them.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<Token> {
        let socket = &self.slots.get(index)?.socket;
        Some(Token {
            index: index as u32,
            generation: socket.generation,
        })
    }

    /// The connection that the poller's `token` names, if it is still open.
    pub(super) fn named(&self, token: mio::Token) -> Option<Token> {
        let at = self.at(Token::slot_of(token))?;
        (mio::Token::from(at) == token).then_some(at)
    }

    /// One more than the highest slot in use: all connections have slots below this.
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

    /// How many connections there are.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.slots.len()
    }

    /// The time, in ticks of 10 ms since the loop was made, taken once per turn.
    #[must_use]
    pub fn now(&self) -> Tick {
        self.now
    }

    /// Calls the handler's `alarm` with `id` after `wait`, once, never early. An alarm set again under the same id
    /// replaces it. `u32::MAX` is the loop's own.
    pub fn alarm(&mut self, id: u32, wait: Duration) {
        self.alarm_at(id, self.now.after(wait));
    }

    /// As [`Io::alarm`], but at a tick.
    pub(crate) fn alarm_at(&mut self, id: u32, at: Tick) {
        let entry = self.alarms.get(&id).map(|(_, armed)| *armed);
        // An entry that comes up no later will do: alarms that are put off again and again must not pile up.
        let armed = entry
            .filter(|armed| armed.is_due(at))
            .unwrap_or_else(|| self.wheel.set(at, Due::Alarm(id)));
        self.alarms.insert(id, (at, armed));
    }

    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        self.wheel.len()
    }

    /// Calls the handler's `alarm` with `id` no more.
    pub fn cancel_alarm(&mut self, id: u32) {
        self.alarms.remove(&id);
    }

    /// A way for other threads to reach the handler.
    #[must_use]
    pub fn mailbox(&self) -> Mailbox<H::Message> {
        self.mailbox.clone()
    }

    /// Accepts no more connections; those there are go on.
    pub fn stop_listening(&mut self) {
        self.listening = false;
    }

    /// Ends the loop after this turn, closing all connections.
    pub fn stop(&mut self) {
        self.running = false;
    }

    /// Takes the time, once per turn, after a wait that was to last no longer than `patience`. A wait that was interrupted
    /// may have been a pause from its beginning: the signal that ends a stop interrupts it (signal(7)).
    pub(super) fn take_time(&mut self, patience: Option<Duration>, is_interrupted: bool) {
        let (turn, slept_from) = (self.ended.saturating_duration_since(self.woke), self.ended);
        self.woke = Instant::now();
        let elapsed = self.woke - self.began;
        self.now = Tick::at(elapsed);
        self.now_began = self.began + Tick::begin(elapsed);
        let slept = self.woke - slept_from;
        let lost = match patience {
            _ if is_interrupted => slept,
            Some(patience) => slept.saturating_sub(patience),
            None => Duration::ZERO,
        };
        if turn.max(lost) > PAUSE {
            self.resumed = self.now;
        }
        self.budget = Budget::default();
    }

    pub(super) fn end_turn(&mut self) {
        self.ended = Instant::now();
        self.meter.turns.count(self.ended - self.woke);
    }

    /// When the process last went on after a pause (SIGSTOP, cgroup freezer, a virtual machine's pause): until then no
    /// peer could show that it still reads. The loop's beginning, if there was no pause.
    #[must_use]
    pub fn resumed(&self) -> Tick {
        self.resumed
    }

    /// Begins another kind of work in this turn, which has its share of the turn's budget.
    pub(crate) fn begin_share(&mut self) {
        self.budget.begin_share();
    }

    /// True while the turn may go on with the present kind of work. Otherwise the caller must remember the rest of its
    /// work, and the next turn must not sleep.
    #[must_use]
    pub(crate) fn has_budget(&self) -> bool {
        self.budget.is_left()
    }

    /// Counts work that is no write: an answer, an accepted connection.
    pub(crate) fn spend(&mut self) {
        self.budget.spend(OPERATION);
    }

    pub(super) fn bound_memory(&mut self, most: usize) {
        self.memory.most = most;
    }

    /// True if the connections together hold more than they may.
    pub(crate) fn is_over_memory(&self) -> bool {
        self.memory.is_over()
    }

    /// True if the connection holds as much as the average of those that hold anything, or more.
    pub(crate) fn holds_much(&mut self, at: Token) -> bool {
        let holding = self.slot(at).map(|slot| Holding::of::<H>(&slot.state));
        holding.is_some_and(|holding| self.memory.is_much(holding))
    }

    /// How long the loop may sleep: until the next tick with something to do begins.
    pub(super) fn patience(&self) -> Option<Duration> {
        let ticks = self.wheel.next()?.until(self.now);
        Some((self.now_began + Tick::LENGTH * ticks).saturating_duration_since(Instant::now()))
    }

    /// Makes a connection as `dial` says, in the background: the handler hears of it by `writable` once it is there,
    /// or else by `closed`. Its deadline is to be set by the caller.
    ///
    /// # Errors
    ///
    /// The errors that are known at once: no descriptor, no port, no listener at the address (connect(2)).
    pub(crate) fn connect(&mut self, dial: &Dial) -> io::Result<Token> {
        self.open(dial.dial()?)
    }

    /// Gives a new socket a slot, and registers it once, for all edges there will be.
    pub(super) fn open(&mut self, mut stream: TcpStream) -> io::Result<Token> {
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
            socket: Socket::new(stream, generation, self.now),
            state: H::State::default(),
        });
        self.top = self.top.max(at.index as usize + 1);
        Ok(at)
    }

    /// Notes what the kernel says of a socket. A socket that failed while it is not read from is closed at once; a paused
    /// socket whose peer has ended its direction is remembered, since it will not be read from. True if input waits at a
    /// paused socket.
    pub(super) fn edge(&mut self, at: Token, readable: bool, ending: bool, failed: bool) -> bool {
        let Some(slot) = self.slot(at) else {
            return false;
        };
        let held = H::held(&slot.state);
        let socket = &mut slot.socket;
        socket.unread |= readable || ending || failed;
        if ending || failed {
            socket.foresee_end();
        }
        let (is_paused, is_parked) = (socket.paused, socket.queued == Queued::Parked);
        if failed && (is_paused || is_parked || !self.memory.may_grow(held)) {
            self.fail(at);
        } else if is_paused && ending {
            self.settle(at);
        }
        is_paused && readable && !failed
    }

    /// Closes a connection whose socket has failed.
    fn fail(&mut self, at: Token) {
        self.slots[at.index as usize].socket.take_failure();
        self.settle(at);
    }

    /// Reads what there is to read of a socket, if its handler wants it, its turn is not still to come, and there is
    /// memory for it. The peer's end needs none.
    pub(super) fn read(&mut self, at: Token, buffer: &mut [u8]) -> Got {
        let Some(slot) = self.slots.get_mut(at.index as usize) else {
            return Got::Drained;
        };
        let socket = &mut slot.socket;
        let is_other = socket.generation != at.generation;
        if is_other || socket.paused || socket.queued == Queued::Unread || !socket.unread {
            return Got::Drained;
        }
        let is_parked = socket.queued == Queued::Parked;
        let may_read = !is_parked && self.memory.may_grow(H::held(&slot.state));
        if !may_read && !slot.socket.is_at_end() {
            if !is_parked {
                self.park(at);
            }
            return Got::Drained;
        }
        let got = slot.socket.read(buffer);
        match got {
            Got::Bytes(n) => {
                self.meter.received += n as u64;
                self.budget.spend(n);
            }
            _ if slot.socket.is_over() => self.settle(at),
            _ => {}
        }
        got
    }

    /// Has a socket wait until there is memory for its input. Of those that wait, the closed are forgotten in time.
    fn park(&mut self, at: Token) {
        self.slots[at.index as usize].socket.queued = Queued::Parked;
        self.parked.push(at);
        if self.parked.len() > 2 * self.slots.len() {
            let slots = &self.slots;
            self.parked.retain(|at| {
                let slot = slots.get(at.index as usize);
                slot.is_some_and(|slot| slot.socket.generation == at.generation)
            });
        }
    }

    /// Has a socket that may hold more read on in the next turn.
    pub(super) fn read_on(&mut self, at: Token) {
        if self.slot(at).is_some() {
            self.settle(at);
        }
    }

    /// The connections to read on in this turn.
    pub(super) fn take_unread(&mut self) -> Vec<Token> {
        if !self.parked.is_empty() && self.memory.has_eased() {
            self.memory.look_again();
            self.unread.append(&mut self.parked);
        }
        std::mem::take(&mut self.unread)
    }

    /// True if this turn has left something to the next one, which then must not sleep.
    pub(super) fn has_unread(&self) -> bool {
        let may_unpark = !self.parked.is_empty() && self.memory.has_eased();
        may_unpark || !self.unread.is_empty() || !self.endings.is_empty()
    }

    /// The turn of a connection to be read on has come; a further one may be noted.
    pub(super) fn unqueue(&mut self, at: Token) {
        if let Some(slot) = self.slot(at) {
            slot.socket.queued = Queued::No;
        }
    }

    /// The next entry of the wheel that has come up, with its tick.
    pub(super) fn pop(&mut self) -> Option<(Tick, Due)> {
        self.wheel.pop(self.now)
    }

    /// True if the deadline or the alarm of an entry has come. An entry may come up too early, or be overtaken by another.
    pub(super) fn has_come(&mut self, tick: Tick, due: Due) -> bool {
        match due {
            Due::Socket(at) => self.is_ripe(at, tick),
            Due::Alarm(id) => self.rings(id, tick),
        }
    }

    fn is_ripe(&mut self, at: Token, tick: Tick) -> bool {
        let now = self.now;
        let Some(slot) = self.slot(at).filter(|slot| slot.socket.armed == tick) else {
            return false;
        };
        slot.socket.armed = now.after(NEVER);
        let ripe = slot.socket.deadline.is_due(now);
        if !ripe {
            self.settle(at);
        }
        ripe
    }

    fn rings(&mut self, id: u32, tick: Tick) -> bool {
        let Some(&(at, _)) = self.alarms.get(&id).filter(|(_, armed)| *armed == tick) else {
            return false;
        };
        self.alarms.remove(&id);
        if !at.is_due(self.now) {
            self.alarm_at(id, at);
            return false;
        }
        true
    }

    fn slot(&mut self, at: Token) -> Option<&mut Slot<H::State>> {
        let slot = self.slots.get_mut(at.index as usize)?;
        (slot.socket.generation == at.generation).then_some(slot)
    }
}
