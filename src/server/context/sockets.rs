//! The connections and the loop, behind a trait: the application's code knows no loop.

use super::Message;
#[cfg(feature = "frame")]
use crate::reactor::Pace;
use crate::{
    reactor::{Mailbox, Meter, Slot, Token},
    server::{
        connection::Connection,
        parts::{alarm::Alarm, owner::Owner},
    },
    timer_wheel::Tick,
};

/// The connections and the loop, as the application's code reaches them.
pub(in crate::server) trait Sockets<A: 'static> {
    /// The time of this turn.
    fn now(&self) -> Tick;

    /// Calls `f` once with the connection, if the connection is still there.
    fn visit(&mut self, at: Token, f: &mut dyn FnMut(&mut Slot<Connection>));

    /// The number of connections.
    fn connections(&self) -> usize;

    /// The states of all connections.
    fn states(&self) -> Box<dyn Iterator<Item = &Connection> + '_>;

    /// Sets an alarm. It replaces an alarm of the same id.
    fn set_alarm(&mut self, alarm: Alarm);

    /// Cancels an alarm.
    fn cancel_alarm(&mut self, id: u32);

    /// The mailbox by which other threads reach the loop.
    fn mailbox(&self) -> Mailbox<Message<A>>;

    /// The meter in which the loop counts its own work.
    fn meter(&self) -> &Meter;

    /// Opens the view of the loop, unless it is open.
    #[cfg(feature = "frame")]
    fn open_view(&mut self);

    /// Sets the pace of the loop.
    #[cfg(feature = "frame")]
    fn set_pace(&mut self, pace: Pace);

    /// Has a paused loop take one turn. Returns false if the loop is not paused.
    #[cfg(feature = "frame")]
    fn ask_for_turn(&mut self) -> bool;
}

impl<A: 'static> dyn Sockets<A> + '_ {
    /// Calls `f` with a connection, and returns its result; `None` if the connection is gone.
    pub(in crate::server) fn with<R>(
        &mut self,
        at: Token,
        f: impl FnOnce(&mut Slot<Connection>) -> R,
    ) -> Option<R> {
        let (mut f, mut result) = (Some(f), None);
        self.visit(at, &mut |slot| result = f.take().map(|f| f(slot)));
        result
    }

    /// The present owner of a job that is done. The owner's request may have become a stream meanwhile, or be over.
    pub(in crate::server) fn still(&mut self, owner: Owner) -> Owner {
        let (Owner::Request(at, number) | Owner::Stream(at, number)) = owner else {
            return owner;
        };
        let state = self.with(at, |slot| (slot.state.request(), slot.state.streams()));
        match state {
            Some((Some(present), streams)) if present == number => match streams {
                true => Owner::Stream(at, number),
                false => Owner::Request(at, number),
            },
            _ => Owner::Gone,
        }
    }
}
