//! The application's timers: the calls that are due when an alarm comes.

use super::{
    Server,
    context::Sockets,
    parts::{
        owner::{Owner, TimerKey},
        timers::Fired,
    },
};
use crate::reactor::Io;

impl<A: 'static> Server<A> {
    /// Calls the application's timer that an alarm was set for.
    pub(super) fn fire(&mut self, io: &mut Io<Self>, id: u32) {
        let Some(fired) = self.parts.timers.fire(id, io.now()) else {
            return;
        };
        let Fired {
            key,
            purpose,
            mut call,
            next,
        } = fired;
        if let Some(alarm) = next {
            io.set_alarm(alarm);
        }
        let mut cx = self.context(io, purpose);
        if cx.guard("a timer of ", &mut call).is_err() {
            // Half a body would look whole; a channel goes on without this timer.
            cx.cut_off();
            cx.parts.end_timers(cx.sockets, vec![key]);
        }
        if !self.parts.timers.put_back(key, call) {
            self.disown(io, purpose.owner, key);
        }
    }

    /// Has the owner of a timer forget the timer, which has ended.
    fn disown(&mut self, io: &mut Io<Self>, owner: Owner, timer: TimerKey) {
        match owner {
            Owner::Request(..) | Owner::Gone => {}
            Owner::Channel(channel) => self.parts.channels.disown(channel, timer),
            Owner::Stream(at, _) => {
                io.with(at, |slot| slot.state.body().map(|body| body.disown(timer)));
            }
        }
    }
}
