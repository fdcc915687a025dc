//! What callbacks may do: reach a connection by its token, set an alarm, ask the time. Holds every socket.

use super::{
    Dial, Handler, Mailbox, Token,
    meter::Meter,
    socket::{End, Ended, Got, Slot, Socket},
};
use crate::timer_wheel::{Tick, TimerWheel};
use mio::{Interest, Registry, net::TcpStream};
use slab::Slab;
use std::{
    collections::HashMap,
    io,
    num::NonZeroU32,
    time::{Duration, Instant},
};

/// What comes up on the wheel: 8 bytes, since a token's generation is never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Socket(Token),
    Alarm(u32),
}

const _: () = assert!(size_of::<Due>() == 8);

/// Further off than any deadline: a socket that waits for nothing has this one.
pub const NEVER: Duration = Duration::MAX;

/// The connections and the time, as the handler's callbacks see them.
pub struct Io<H: Handler> {
    slots: Slab<Slot<H::State>>,
    /// One more than the highest index in use since the slab was last empty.
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
    meter: Meter,
    accepted: u32,
    /// Connections that may have more to read than their turn allowed.
    pub(super) unread: Vec<Token>,
    /// The states of closed connections, until the end of the turn.
    pub(super) dead: Vec<(H::State, Ended)>,
    pub(super) listening: bool,
    pub(super) running: bool,
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
            meter: Meter::new(),
            accepted: 0,
            unread: Vec::new(),
            dead: Vec::new(),
            listening: true,
            running: true,
        }
    }

    /// The one door to a connection: whatever `f` does to it is acted on when it returns. Nothing, if the connection
    /// that `at` names is gone.
    pub fn with<R>(&mut self, at: Token, f: impl FnOnce(&mut Slot<H::State>) -> R) -> Option<R> {
        let result = f(self.slot(at)?);
        self.settle(at);
        Some(result)
    }

    /// Does what a connection is owed after it was touched.
    fn settle(&mut self, at: Token) {
        let socket = &mut self.slots[at.index as usize].socket;
        self.meter.sent += u64::from(socket.take_sent());
        if let End::Over(ended) = socket.end {
            log::debug!("connection {at}: {ended}");
            let slot = self.slots.remove(at.index as usize);
            self.dead.push((slot.state, ended));
            if self.slots.is_empty() {
                self.top = 0;
            }
            return;
        }
        if !socket.armed.is_due(socket.deadline) {
            socket.armed = self.wheel.set(socket.deadline, Due::Socket(at));
        }
        if socket.unread && !socket.paused && !socket.queued {
            socket.queued = true;
            self.unread.push(at);
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

    /// All connections have slots below this. It grows with them, and begins again when none is left.
    #[must_use]
    pub fn top(&self) -> usize {
        self.top
    }

    /// What is kept with each connection.
    pub(crate) fn states(&self) -> impl Iterator<Item = &H::State> {
        self.slots.iter().map(|(_, slot)| &slot.state)
    }

    /// What the loop counts of itself.
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

    pub(super) fn take_time(&mut self) {
        self.woke = Instant::now();
        let elapsed = self.woke - self.began;
        self.now = Tick::at(elapsed);
        self.now_began = self.began + Tick::begin(elapsed);
    }

    pub(super) fn end_turn(&mut self) {
        self.meter.turns.count(self.woke.elapsed());
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
    /// What is known at once: no descriptor, no port, nobody there (connect(2)).
    pub(crate) fn connect(&mut self, dial: &Dial) -> io::Result<Token> {
        self.open(dial.dial()?)
    }

    /// Gives a new socket a slot, and registers it once, for all edges there will be.
    pub(super) fn open(&mut self, mut stream: TcpStream) -> io::Result<Token> {
        self.accepted = self.accepted.checked_add(1).unwrap_or(1);
        let generation = NonZeroU32::new(self.accepted).expect("counted from one");
        let entry = self.slots.vacant_entry();
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

    /// Notes what the kernel says of a socket. One that failed has nothing to say to a handler that listens no more.
    pub(super) fn edge(&mut self, at: Token, readable: bool, ending: bool, failed: bool) {
        let Some(slot) = self.slot(at) else { return };
        slot.socket.unread |= readable || ending || failed;
        if ending || failed {
            slot.socket.foresee_end();
        }
        if failed && slot.socket.paused {
            slot.socket.take_failure();
            self.settle(at);
        }
    }

    /// Reads what there is to read of a socket, if its handler wants it and its turn is not still to come.
    pub(super) fn read(&mut self, at: Token, buffer: &mut [u8]) -> Got {
        let Some(slot) = self.slot(at) else {
            return Got::Drained;
        };
        if slot.socket.paused || slot.socket.queued || !slot.socket.unread {
            return Got::Drained;
        }
        let got = slot.socket.read(buffer);
        match got {
            Got::Bytes(n) => self.meter.received += n as u64,
            _ if slot.socket.is_over() => self.settle(at),
            _ => {}
        }
        got
    }

    /// Has a socket that may hold more read on in the next turn.
    pub(super) fn read_on(&mut self, at: Token) {
        if self.slot(at).is_some() {
            self.settle(at);
        }
    }

    /// The connections to read on in this turn.
    pub(super) fn take_unread(&mut self) -> Vec<Token> {
        std::mem::take(&mut self.unread)
    }

    /// The turn of a connection to be read on has come; a further one may be noted.
    pub(super) fn unqueue(&mut self, at: Token) {
        if let Some(slot) = self.slot(at) {
            slot.socket.queued = false;
        }
    }

    /// The next entry of the wheel: nothing when none has come up, and nothing within when it has come up too early
    /// or was overtaken.
    pub(super) fn due(&mut self) -> Option<Option<Due>> {
        let (tick, due) = self.wheel.pop(self.now)?;
        let ripe = match due {
            Due::Socket(at) => self.is_ripe(at, tick),
            Due::Alarm(id) => self.rings(id, tick),
        };
        Some(ripe.then_some(due))
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
