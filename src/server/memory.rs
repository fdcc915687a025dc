//! The memory that all connections hold together: requests that are not whole, answers that are not taken. A body that
//! several answers share counts once.
//!
//! The reactor adds it up, and from three quarters of the bound on reads nothing from the connections that hold most.
//! Beyond the bound these are closed here, until what is held is below three quarters again.

use super::{Server, busy, connection::Disconnected};
use crate::reactor::{Io, Token};

/// Slots looked at per turn: some 0.3 ms, for which every other connection waits.
const SLICE: usize = 4096;
/// How the log calls the limit.
const NAME: &str = "the limit of bytes held for connections";

/// Where the search for connections that hold much goes on.
#[derive(Default)]
pub(super) struct Hand(usize);

impl<A: 'static> Server<A> {
    /// Closes connections that hold as much as the average or more, if all together hold more than they may. True if
    /// they still do.
    pub(super) fn free_memory(&mut self, io: &mut Io<Self>) -> bool {
        for _ in 0..SLICE {
            if !io.is_over_memory() {
                return false;
            }
            let hand = &mut self.hub.hand.0;
            *hand = if *hand < io.top() { *hand + 1 } else { 0 };
            if let Some(at) = io.at(*hand).filter(|at| io.holds_much(*at)) {
                self.let_go(io, at);
            }
        }
        io.is_over_memory()
    }

    /// Closes a connection: with 503 if no answer to its request is on the way.
    fn let_go(&mut self, io: &mut Io<Self>, at: Token) {
        self.hub.is_hit(io, NAME);
        let asks = io.with(at, |slot| {
            slot.state.release();
            slot.state.recall().or_else(|| slot.state.give_up())
        });
        match asks.flatten() {
            Some(incoming) => {
                let problem = busy("The server holds as much for its clients as it may.");
                self.refuse(io, at, incoming, problem);
                self.drive(io, at);
            }
            None => {
                let hub = &mut self.hub;
                io.with(at, |slot| {
                    hub.cut(slot, Disconnected::Slow);
                    slot.socket.close();
                });
            }
        }
    }
}
