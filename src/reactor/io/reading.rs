//! Reading: the sockets that have input, and which of them the loop reads from. A paused connection is not read from,
//! because its handler wants no input; a parked connection is not read from, because memory is scarce.

use super::Io;
use crate::reactor::{
    Handler, Token,
    socket::{Got, Queued, Socket},
};

impl<H: Handler> Io<H> {
    /// Notes an event that the kernel reports of a socket. A paused or parked socket that has failed is closed at once. A
    /// paused socket whose peer has ended its direction is remembered, since no read will find the end. Returns true if
    /// input waits at a paused socket.
    pub(in crate::reactor) fn edge(
        &mut self,
        at: Token,
        readable: bool,
        ending: bool,
        failed: bool,
    ) -> bool {
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

    /// Reads once from a socket into `buffer`, unless the connection is paused, parked or queued for the next turn. A
    /// connection for whose input memory is too scarce is parked. The peer's end needs no memory.
    pub(in crate::reactor) fn read(&mut self, at: Token, buffer: &mut [u8]) -> Got {
        let Some(slot) = self.slots.get_mut(at.index as usize) else {
            return Got::Nothing;
        };
        let socket = &mut slot.socket;
        let is_other = socket.generation != at.generation;
        if is_other || socket.paused || socket.queued == Queued::Unread || !socket.unread {
            return Got::Nothing;
        }
        let is_parked = socket.queued == Queued::Parked;
        let may_read = !is_parked && self.memory.may_grow(H::held(&slot.state));
        if !may_read && !slot.socket.is_at_end() {
            if !is_parked {
                self.park(at);
            }
            return Got::Nothing;
        }
        let got = match &mut self.receive {
            None => slot.socket.read(buffer),
            Some(receive) => slot.socket.read_by(receive, buffer),
        };
        tell_read(&slot.socket, &got);
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

    /// Parks a connection. The list of parked connections is freed of closed connections before it is twice as long as it
    /// need be.
    fn park(&mut self, at: Token) {
        self.slots[at.index as usize].socket.queued = Queued::Parked;
        self.parked.push(at);
        log::trace!(connection = at.generation; "connection {at}: is not read from, since memory is scarce");
        if self.parked.len() > 2 * self.slots.len() {
            let slots = &self.slots;
            self.parked.retain(|at| {
                let slot = slots.get(at.index as usize);
                slot.is_some_and(|slot| slot.socket.generation == at.generation)
            });
        }
    }

    /// Queues a socket that may have more input for the next turn.
    pub(in crate::reactor) fn read_on(&mut self, at: Token) {
        if self.slot(at).is_some() {
            self.settle(at);
        }
    }

    /// Takes the queue of connections to read from in this turn, parked connections included when memory has eased.
    pub(in crate::reactor) fn take_unread(&mut self) -> Vec<Token> {
        if !self.parked.is_empty() && self.memory.has_eased() {
            self.memory.look_again();
            self.unread.append(&mut self.parked);
        }
        std::mem::take(&mut self.unread)
    }

    /// True if this turn has left reading to the next turn, which then must not sleep.
    pub(in crate::reactor) fn has_unread(&self) -> bool {
        let may_unpark = !self.parked.is_empty() && self.memory.has_eased();
        may_unpark || !self.unread.is_empty() || !self.endings.is_empty()
    }

    /// Takes note that a connection has left the queue, so that it can be queued again.
    pub(in crate::reactor) fn unqueue(&mut self, at: Token) {
        if let Some(slot) = self.slot(at) {
            slot.socket.queued = Queued::No;
        }
    }
}

/// Tells the result of a read.
fn tell_read(socket: &Socket, got: &Got) {
    let connection = socket.generation;
    match got {
        Got::Bytes(n) if socket.unread => {
            log::trace!(connection; "connection {connection}: read {n} bytes, and more may be left");
        }
        Got::Bytes(n) => {
            log::trace!(connection; "connection {connection}: read {n} bytes, all there were")
        }
        Got::Nothing => {
            log::trace!(connection; "connection {connection}: would block, nothing to read")
        }
        Got::Ended => {
            log::trace!(connection; "connection {connection}: read 0 bytes, the peer's end")
        }
    }
}
