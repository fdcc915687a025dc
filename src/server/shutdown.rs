//! How a server stops: what is under way finishes, streams end evenly over the drain, then it stops listening.

use super::{
    Server, busy,
    connection::{Connection, Disconnected},
    sweep::SLICE,
};
use crate::{
    reactor::{Io, Token},
    timer_wheel::Tick,
};
use std::time::Duration;

/// Where the server is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Serving,
    /// Jobs under way are waited for.
    Finishing,
    /// Streams are being ended: how many of how many there were, and where the hand stands in the slab.
    Ending {
        began: Tick,
        ended: usize,
        of: usize,
        hand: usize,
    },
    /// Everyone has been told; what was last said is being taken.
    Leaving,
}

/// How often more streams are ended: often enough to be even.
const STEP: Duration = Duration::from_millis(20);
/// How long the last answers may take to be read.
const LEAVE: Duration = Duration::from_secs(2);

const GIVE_UP_JOBS: u32 = 0;
const END_MORE: u32 = 1;
const GIVE_UP: u32 = 2;

impl<A: 'static> Server<A> {
    /// Begins to stop.
    pub(super) fn shut_down(&mut self, io: &mut Io<Self>, signal: i32) {
        if self.hub.phase != Phase::Serving {
            return;
        }
        let (jobs, subscribers) = (self.hub.jobs, self.hub.subscribers);
        log::info!(
            "signal {signal}: stopping, with {subscribers} subscribers and {jobs} look-ups under way"
        );
        self.hub.phase = Phase::Finishing;
        io.alarm(GIVE_UP_JOBS, self.hub.timeouts.finish);
        self.advance_shutdown(io);
    }

    pub(super) fn shutdown_alarm(&mut self, io: &mut Io<Self>, id: u32) {
        match (id, self.hub.phase) {
            (GIVE_UP_JOBS, Phase::Finishing) => {
                self.give_up_jobs(io);
                self.begin_ending(io);
            }
            (END_MORE, Phase::Ending { .. }) => self.end_more(io),
            (GIVE_UP, Phase::Leaving) => {
                log::info!("cutting off {} connections", io.connections());
                io.stop();
            }
            _ => {}
        }
    }

    /// Goes on if what was waited for has come about.
    pub(super) fn advance_shutdown(&mut self, io: &mut Io<Self>) {
        match self.hub.phase {
            Phase::Serving => {}
            Phase::Finishing if self.hub.jobs > 0 && io.connections() > 0 => {}
            Phase::Finishing => self.begin_ending(io),
            Phase::Ending { .. } | Phase::Leaving if io.connections() == 0 => {
                io.stop_listening();
                io.stop();
            }
            Phase::Ending { .. } | Phase::Leaving => {}
        }
    }

    /// Answers those who wait for jobs, which may still end, and be heard of by those who are there then.
    fn give_up_jobs(&mut self, io: &mut Io<Self>) {
        log::warn!("{} look-ups did not end in time", self.hub.jobs);
        let all: Vec<Token> = (0..io.top()).filter_map(|index| io.at(index)).collect();
        for at in all {
            self.resolve(io, at, busy("The server is shutting down.").into());
        }
    }

    fn begin_ending(&mut self, io: &mut Io<Self>) {
        let (began, of) = (io.now(), self.hub.subscribers);
        self.hub.phase = Phase::Ending {
            began,
            ended: 0,
            of,
            hand: 0,
        };
        self.hub.timeouts.idle = Duration::ZERO;
        self.hub.sweep.begin();
        self.end_more(io);
        self.advance_shutdown(io);
    }

    /// Closes a connection that waits for a request, and has one that waits for an event be answered, once there is
    /// nothing else to wait for.
    pub(super) fn dismiss(&mut self, io: &mut Io<Self>, at: Token) {
        if matches!(self.hub.phase, Phase::Ending { .. } | Phase::Leaving) {
            io.with(at, |slot| {
                match slot.state {
                    Connection::Idle => slot.socket.close(),
                    Connection::Polling(_) => self.hub.cut(slot, Disconnected::Drained),
                    _ => {}
                }
                slot.state.release();
            });
        }
    }

    /// Ends as many streams as the time that has passed asks for, the first of them at once.
    fn end_more(&mut self, io: &mut Io<Self>) {
        let Phase::Ending {
            began,
            mut ended,
            of,
            mut hand,
        } = self.hub.phase
        else {
            return;
        };
        let (passed, drain) = (began.elapsed(io.now()), self.hub.timeouts.drain);
        let due = if passed >= drain {
            io.top()
        } else {
            share(of, passed, drain)
        };
        let mut visited = 0;
        while ended < due && hand < io.top() && visited < SLICE {
            ended += usize::from(io.at(hand).is_some_and(|at| self.conclude(io, at)));
            (hand, visited) = (hand + 1, visited + 1);
        }
        self.hub.phase = Phase::Ending {
            began,
            ended,
            of,
            hand,
        };
        if hand >= io.top() && passed >= drain {
            return self.leave(io);
        }
        io.alarm(
            END_MORE,
            if visited == SLICE {
                Duration::ZERO
            } else {
                STEP
            },
        );
    }

    fn conclude(&mut self, io: &mut Io<Self>, at: Token) -> bool {
        let now = io.now();
        let (mut channel, mut timers) = (None, Vec::new());
        let ended = io.with(at, |slot| {
            channel = slot.state.channel();
            timers = slot
                .state
                .body()
                .map(|body| body.finish(now))
                .unwrap_or_default();
            if slot.state.is_subscriber() {
                self.hub.cut(slot, Disconnected::Drained);
            }
            slot.state.conclude(self.hub.channels.read(channel), now)
        });
        for timer in timers {
            self.hub.timers.cancel(io, timer);
        }
        if ended == Some(true) {
            self.unsubscribe(io, channel);
        }
        self.drive(io, at);
        ended == Some(true)
    }

    fn leave(&mut self, io: &mut Io<Self>) {
        self.hub.phase = Phase::Leaving;
        self.hub.sweep.begin();
        io.stop_listening();
        io.alarm(GIVE_UP, LEAVE);
        self.advance_shutdown(io);
    }
}

/// How many of `of` are due after `passed` of `whole`, the first at once.
fn share(of: usize, passed: Duration, whole: Duration) -> usize {
    let part = passed.as_secs_f64() / whole.as_secs_f64();
    ((of as f64 * part) as usize + 1).min(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_ended_evenly_and_the_first_at_once() {
        let drain = Duration::from_secs(4);
        let due = |passed| share(100, Duration::from_secs(passed), drain);
        assert_eq!([due(0), due(1), due(2), due(4)], [1, 26, 51, 100]);
        assert_eq!(share(0, Duration::ZERO, drain), 0);
    }
}
