//! The phases of a server. The server serves, waits for jobs under way, ends streams evenly over the drain, and leaves.

use super::{
    alarm::{Alarm, END_MORE, GIVE_UP, GIVE_UP_JOBS},
    channels::SLICE,
};
use crate::timer_wheel::Tick;
use std::time::Duration;

/// The time between two steps of ending streams, which is short enough to be even.
const STEP: Duration = Duration::from_millis(20);
/// The time that clients have to read the last answers.
const LEAVE: Duration = Duration::from_secs(2);

/// The present phase of a server.
pub struct ServerPhase {
    now: Now,
    finish: Duration,
    drain: Duration,
}

/// The phase, with its state.
enum Now {
    Serving,
    /// The server waits for the jobs under way.
    Finishing,
    /// The server ends streams.
    Ending(Ending),
    /// Every stream was told to end, and clients read the last answers.
    Leaving,
}

/// The progress of ending streams.
struct Ending {
    began: Tick,
    /// The number of streams that were ended.
    ended: usize,
    /// The number of streams at the beginning.
    of: usize,
    /// The slot at which the search for streams goes on.
    hand: usize,
    /// The number of slots visited since the last rest.
    visited: usize,
}

/// The next step of a shutdown, for the caller to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShutdownStep {
    /// The server waits until a job or a connection ends, or an alarm fires.
    Wait,
    /// The server gives up the jobs that are under way.
    GiveUpJobs,
    /// The server begins to end streams.
    EndStreams,
    /// The server ends more streams.
    EndMore,
    /// The loop ends, because no connection is left.
    Stop,
    /// The server cuts off the connections that are left, and the loop ends.
    CutOff,
}

impl ServerPhase {
    /// Makes the phase of a server that serves. At shutdown the server waits for jobs for `finish`, and ends streams
    /// over `drain`.
    pub fn new(finish: Duration, drain: Duration) -> Self {
        Self {
            now: Now::Serving,
            finish,
            drain,
        }
    }

    /// True once the server was told to stop.
    pub fn is_draining(&self) -> bool {
        !matches!(self.now, Now::Serving)
    }

    /// True once the server ends streams: it then closes idle connections and answers polls.
    pub fn is_ending(&self) -> bool {
        matches!(self.now, Now::Ending(_) | Now::Leaving)
    }

    /// The part of the drain that is left, which is all of it while the server waits for jobs. `None` while the server
    /// serves.
    pub fn drain_left(&self, now: Tick) -> Option<Duration> {
        match &self.now {
            Now::Serving => None,
            Now::Finishing => Some(self.drain),
            Now::Ending(ending) => Some(self.drain.saturating_sub(ending.began.elapsed(now))),
            Now::Leaving => Some(Duration::ZERO),
        }
    }

    /// Begins the shutdown. Returns the alarm, to be set, at which jobs are given up; `None` if the shutdown has begun.
    pub fn stop(&mut self, now: Tick) -> Option<Alarm> {
        if self.is_draining() {
            return None;
        }
        self.now = Now::Finishing;
        Some(Alarm {
            id: GIVE_UP_JOBS,
            at: now.after(self.finish),
        })
    }

    /// The next step, if `jobs` and `connections` are left.
    pub fn next(&self, jobs: usize, connections: usize) -> ShutdownStep {
        match self.now {
            Now::Serving => ShutdownStep::Wait,
            Now::Finishing if jobs > 0 && connections > 0 => ShutdownStep::Wait,
            Now::Finishing => ShutdownStep::EndStreams,
            Now::Ending(_) | Now::Leaving if connections == 0 => ShutdownStep::Stop,
            Now::Ending(_) | Now::Leaving => ShutdownStep::Wait,
        }
    }

    /// The step that an alarm asks for. An alarm of an earlier phase asks for none.
    pub fn fire(&self, id: u32) -> ShutdownStep {
        match (id, &self.now) {
            (GIVE_UP_JOBS, Now::Finishing) => ShutdownStep::GiveUpJobs,
            (END_MORE, Now::Ending(_)) => ShutdownStep::EndMore,
            (GIVE_UP, Now::Leaving) => ShutdownStep::CutOff,
            _ => ShutdownStep::Wait,
        }
    }

    /// Begins to end `of` streams.
    pub fn end_streams(&mut self, of: usize, now: Tick) {
        self.now = Now::Ending(Ending {
            began: now,
            ended: 0,
            of,
            hand: 0,
            visited: 0,
        });
    }

    /// The next slot to visit, of a slab whose slots lie below `top`, so that the stream in it can be ended. `None` if
    /// no stream is due to end by `now`, if all slots were visited, or if a slice of slots was visited since the last
    /// [rest](ServerPhase::rest).
    pub fn next_slot(&mut self, top: usize, now: Tick) -> Option<usize> {
        let drain = self.drain;
        let Now::Ending(ending) = &mut self.now else {
            return None;
        };
        let is_due = ending.ended < ending.due(drain, now);
        if !is_due || ending.hand >= top || ending.visited >= SLICE {
            return None;
        }
        (ending.hand, ending.visited) = (ending.hand + 1, ending.visited + 1);
        Some(ending.hand - 1)
    }

    /// Counts a stream that was ended.
    pub fn ended(&mut self) {
        if let Now::Ending(ending) = &mut self.now {
            ending.ended += 1;
        }
    }

    /// Rests when no slot is to be visited for the moment. Returns the alarm, to be set, at which more streams are
    /// ended. If all slots were visited and the drain is over, the server [leaves](ServerPhase::is_leaving), and
    /// connections are cut off at the alarm.
    pub fn rest(&mut self, top: usize, now: Tick) -> Option<Alarm> {
        let Now::Ending(ending) = &mut self.now else {
            return None;
        };
        if ending.hand >= top && ending.began.elapsed(now) >= self.drain {
            self.now = Now::Leaving;
            return Some(Alarm {
                id: GIVE_UP,
                at: now.after(LEAVE),
            });
        }
        let is_cut_short = std::mem::take(&mut ending.visited) == SLICE;
        let wait = if is_cut_short { Duration::ZERO } else { STEP };
        Some(Alarm {
            id: END_MORE,
            at: now.after(wait),
        })
    }

    /// True once every stream was told to end.
    pub fn is_leaving(&self) -> bool {
        matches!(self.now, Now::Leaving)
    }
}

impl Ending {
    /// The number of streams that should have ended by `now`: the first at once, and all when the drain is over.
    fn due(&self, drain: Duration, now: Tick) -> usize {
        let passed = self.began.elapsed(now);
        if passed >= drain {
            return usize::MAX;
        }
        let part = passed.as_secs_f64() / drain.as_secs_f64();
        ((self.of as f64 * part) as usize + 1).min(self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAIN: Duration = Duration::from_secs(4);
    const FINISH: Duration = Duration::from_secs(10);

    fn at(seconds: u64) -> Tick {
        Tick::default().later(Duration::from_secs(seconds))
    }

    fn ending(of: usize) -> ServerPhase {
        let mut phase = ServerPhase::new(FINISH, DRAIN);
        phase.stop(at(0));
        phase.end_streams(of, at(0));
        phase
    }

    /// Ends the streams that are due, of a slab in which each slot has a stream. Returns their number.
    fn end(phase: &mut ServerPhase, top: usize, now: Tick) -> usize {
        let slots = std::iter::from_fn(|| {
            let slot = phase.next_slot(top, now);
            slot.inspect(|_| phase.ended())
        });
        slots.count()
    }

    #[test]
    fn the_steps_of_a_shutdown_wait_for_jobs_then_for_streams_then_for_connections() {
        let mut phase = ServerPhase::new(FINISH, DRAIN);
        assert_eq!(
            (phase.next(0, 0), phase.drain_left(at(0))),
            (ShutdownStep::Wait, None)
        );
        let alarm = phase.stop(at(1)).expect("the server served");
        assert_eq!((alarm.id, alarm.at), (GIVE_UP_JOBS, at(1).after(FINISH)));
        assert_eq!(phase.stop(at(2)), None);
        assert_eq!(phase.drain_left(at(9)), Some(DRAIN));
        for (jobs, connections, step) in [
            (1, 1, ShutdownStep::Wait),
            (0, 1, ShutdownStep::EndStreams),
            (1, 0, ShutdownStep::EndStreams),
        ] {
            assert_eq!(phase.next(jobs, connections), step);
        }
        assert_eq!(phase.fire(GIVE_UP_JOBS), ShutdownStep::GiveUpJobs);
        assert!(phase.is_draining() && !phase.is_ending());
        phase.end_streams(0, at(9));
        assert_eq!(
            phase.drain_left(at(10)),
            Some(DRAIN - Duration::from_secs(1))
        );
        for (jobs, connections, step) in [(1, 1, ShutdownStep::Wait), (1, 0, ShutdownStep::Stop)] {
            assert_eq!(phase.next(jobs, connections), step);
        }
        let alarm = phase.rest(0, at(13)).expect("the drain is over");
        assert_eq!((alarm.id, alarm.at), (GIVE_UP, at(13).after(LEAVE)));
        assert!(phase.is_leaving() && phase.is_ending());
        assert_eq!(phase.drain_left(at(13)), Some(Duration::ZERO));
        assert_eq!(
            (phase.next(1, 1), phase.next(1, 0)),
            (ShutdownStep::Wait, ShutdownStep::Stop)
        );
        assert_eq!(phase.rest(0, at(14)), None);
    }

    #[test]
    fn an_alarm_of_an_earlier_phase_asks_for_nothing() {
        let mut phase = ServerPhase::new(FINISH, DRAIN);
        let fires =
            |phase: &ServerPhase| [GIVE_UP_JOBS, END_MORE, GIVE_UP].map(|id| phase.fire(id));
        assert_eq!(fires(&phase), [ShutdownStep::Wait; 3]);
        phase.stop(at(0));
        assert_eq!(
            fires(&phase),
            [
                ShutdownStep::GiveUpJobs,
                ShutdownStep::Wait,
                ShutdownStep::Wait
            ]
        );
        phase.end_streams(1, at(0));
        assert_eq!(
            fires(&phase),
            [
                ShutdownStep::Wait,
                ShutdownStep::EndMore,
                ShutdownStep::Wait
            ]
        );
        phase.rest(0, at(4));
        assert_eq!(
            fires(&phase),
            [ShutdownStep::Wait, ShutdownStep::Wait, ShutdownStep::CutOff]
        );
    }

    #[test]
    fn streams_are_ended_evenly_and_the_first_at_once() {
        let mut phase = ending(100);
        for (now, ended) in [(0, 1), (0, 0), (1, 25), (2, 25), (4, 49)] {
            assert_eq!(end(&mut phase, 100, at(now)), ended, "after {now} s");
            assert!(!phase.is_leaving());
            let alarm = phase.rest(101, at(now)).expect("it goes on");
            assert_eq!((alarm.id, alarm.at), (END_MORE, at(now).after(STEP)));
        }
        assert_eq!(end(&mut ending(0), 5, at(0)), 0);
    }

    #[test]
    fn a_slice_of_slots_is_visited_at_a_time_and_the_next_follows_at_once() {
        let mut phase = ending(1000);
        let top = SLICE * 2 + 1;
        for (ended, id) in [(SLICE, END_MORE), (SLICE, END_MORE), (1, GIVE_UP)] {
            assert_eq!(end(&mut phase, top, at(4)), ended);
            let alarm = phase.rest(top, at(4)).expect("it goes on");
            assert_eq!(alarm.id, id);
            assert!(id == GIVE_UP || alarm.at == at(4).after(Duration::ZERO));
        }
    }

    #[test]
    fn slots_without_a_stream_are_passed_over() {
        let mut phase = ending(1);
        let slots: Vec<_> = std::iter::from_fn(|| phase.next_slot(3, at(0))).collect();
        assert_eq!(slots, [0, 1, 2]);
    }
}
