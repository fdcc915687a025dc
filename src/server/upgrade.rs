//! The upgrade: a process of a new version takes over live, with the listeners, the channels and every connection.
//!
//! ```text
//!   old process                                    new process
//!   SIGUSR2
//!   run the new version with --check          ───▶ reads options and files, ends
//!   start it                                  ───▶ reads options and files
//!   offer: the listeners                      ───▶
//!                                             ◀─── hello
//!   wait for jobs under way, 2 s at most
//!   let the files of journals go
//!   state: channels, counters                 ───▶ opens the files of journals
//!   connections, 253 at a time                ───▶ registers them
//!                                             ◀─── had
//!   end                                       ───▶
//!                                             ◀─── taken
//!   yours                                     ───▶ serves
//! ```
//!
//! Up to `yours` nothing is final: whatever fails before, the old process kills the new one, and goes on. The old
//! process serves nobody between `state` and the end, for which it has 5 s. If it dies in the meantime, the new process
//! serves if it has said `taken`, and else ends too.
//!
//! A connection whose answer a job is preparing stays until the job ends (`late.rs`). Its event is then published, and
//! its answer sent, by the new process. A body that the application streams ends as at a shutdown.
//!
//! | file | subject |
//! | --- | --- |
//! | `starting.rs` | a thread starts the new process, and waits for its hello |
//! | `giving.rs` | the old process hands over, or goes on |
//! | `files.rs` | the files of journals come back to a process that goes on |
//! | `progress.rs` | the steps that other threads report |
//! | `late.rs` | the old process after that: jobs that end late |
//! | `heir.rs` | the new process |
//! | `counts.rs` | the counters go along |

mod counts;
mod files;
mod giving;
mod heir;
mod late;
mod progress;
mod starting;
#[cfg(test)]
mod tests;

pub(super) use files::Returning;
pub(crate) use heir::Heir;
pub(super) use progress::Progress;
pub(crate) use starting::Successor;

use super::{
    Failure, Server,
    context::{Context, Message, News, Sockets as _},
    parts::alarm::{Alarm, UPGRADE},
};
use crate::{
    reactor::{Io, Pace, Reactor},
    timer_wheel::Tick,
};
use late::Estate;
use starting::{Ready, Starting};
use std::{process, time::Duration};

/// The longest wait for jobs under way.
const JOBS: Duration = Duration::from_secs(2);
/// The variable of the environment by which a new process knows that it is to take over.
pub(crate) const VARIABLE: &str = "PICTURE_FRAME_UPGRADE";

/// The progress of an upgrade.
#[derive(Default)]
pub(super) enum Upgrade {
    /// No upgrade is under way.
    #[default]
    None,
    /// An upgrade was asked for. It begins between two turns of the loop.
    Asked,
    /// A thread starts the new process, until this value is dropped.
    Starting { _thread: Starting },
    /// The new process is ready. The old one waits for its jobs until the tick.
    Ready(Box<Ready>, Tick),
    /// The old process hands over between two turns of the loop.
    Due(Box<Ready>),
    /// The new process serves.
    Over(Estate),
}

impl<A: 'static> Context<'_, A> {
    /// Has the new version take over, as SIGUSR2 does.
    pub(crate) fn upgrade(&mut self) {
        // A paused loop delivers no message.
        self.sockets.set_pace(Pace::Free);
        let mailbox = self.sockets.mailbox();
        mailbox.post(Message(News::Upgrade(Progress::Asked)));
    }
}

/// The way of an application's state into the new process.
pub(super) struct Carrying<A> {
    carry: fn(&A) -> Vec<u8>,
    continue_from: fn(&mut A, &[u8]),
}

impl<A: 'static> Server<A> {
    /// Has SIGUSR2 start `successor`, a process of a new version, which takes over. `carry` makes the bytes of the
    /// application's state, and `continue_from` reads them in the new process.
    #[must_use]
    pub(crate) fn succeeded_by(
        mut self,
        successor: Successor,
        carry: fn(&A) -> Vec<u8>,
        continue_from: fn(&mut A, &[u8]),
    ) -> Self {
        self.successor = Some(successor);
        self.carrying = Some(Carrying {
            carry,
            continue_from,
        });
        self
    }

    /// Runs the loop to the end of the server, with an upgrade between two turns.
    pub(super) fn run_loop(&mut self, mut reactor: Reactor<Self>) -> Result<(), Failure> {
        loop {
            reactor.go_on(self)?;
            match std::mem::take(&mut self.upgrade) {
                Upgrade::Asked => self.start_successor(&reactor),
                Upgrade::Due(ready) => self.hand_over(&mut reactor, *ready),
                other => self.upgrade = other,
            }
            if self.is_over {
                if self.has_handed_over() {
                    // The loop stood still during the hand-over. A signal that came meanwhile is for the new process.
                    reactor.hear(self);
                }
                return Ok(());
            }
        }
    }

    /// Begins an upgrade for this cause, unless the server cannot be upgraded at present.
    pub(super) fn ask_for_upgrade(&mut self, io: &mut Io<Self>, cause: &str) {
        let refusal = if self.has_handed_over() {
            Some("the new version serves already")
        } else if self.parts.phase.is_draining() {
            Some("the server is stopping")
        } else if !matches!(self.upgrade, Upgrade::None) {
            Some("another upgrade is under way")
        } else if process::id() == 1 {
            Some("this is process 1, with which its container ends; start a new container instead")
        } else if self.successor.is_none() {
            Some("this server has no new version to start")
        } else {
            None
        };
        if let Some(why) = refusal {
            return log::warn!("{cause}: no upgrade, for {why}");
        }
        log::info!("{cause}: starting the new version");
        self.upgrade = Upgrade::Asked;
        io.stop();
    }

    /// Starts the new process on another thread.
    fn start_successor(&mut self, reactor: &Reactor<Self>) {
        let Some(successor) = &self.successor else {
            return;
        };
        let mailbox = self.mailbox.clone();
        let tell = move |result| {
            let progress = match result {
                Ok(ready) => Progress::Ready(Box::new(ready)),
                Err(why) => Progress::Failed(why),
            };
            mailbox.post(Message(News::Upgrade(progress)));
        };
        match successor.start(reactor, tell) {
            Ok(thread) => self.upgrade = Upgrade::Starting { _thread: thread },
            Err(error) => tell_failure(&format!("the system refused: {error}")),
        }
    }

    /// Acts on a step of an upgrade.
    pub(super) fn progress(&mut self, io: &mut Io<Self>, progress: Progress) {
        match progress {
            Progress::Asked => self.ask_for_upgrade(io, "asked by the operator"),
            // The server stops meanwhile: the new process ends with the value.
            Progress::Ready(_) | Progress::Failed(_) if self.parts.phase.is_draining() => {}
            Progress::Ready(ready) => {
                let at = io.now().after(JOBS);
                io.set_alarm(Alarm { id: UPGRADE, at });
                self.upgrade = Upgrade::Ready(ready, at);
            }
            Progress::Failed(why) => {
                self.upgrade = Upgrade::None;
                tell_failure(&why);
            }
            Progress::Late(connection, socket, late) => {
                self.adopt_late(io, connection, socket, &late);
            }
            Progress::Alone => {
                self.has_predecessor = false;
                self.advance_shutdown(io);
            }
        }
    }

    /// Has the loop stop for the hand-over, once the new process is ready and no job is under way.
    pub(super) fn look_at_upgrade(&mut self, io: &mut Io<Self>) {
        self.upgrade = match std::mem::take(&mut self.upgrade) {
            Upgrade::Ready(ready, until)
                if self.parts.outstanding() == 0 || until.is_due(io.now()) =>
            {
                io.stop();
                Upgrade::Due(ready)
            }
            other => other,
        };
    }

    /// The message, unless it is kept for later: while the journals have no files, a job that ends publishes nothing.
    pub(super) fn postpone(&mut self, message: Message<A>) -> Option<Message<A>> {
        match (&mut self.postponed, &message.0) {
            (None, _) | (_, News::Journal(..) | News::Stop) => Some(message),
            (Some(postponed), _) => {
                postponed.push(message);
                None
            }
        }
    }

    /// Gives an upgrade up that is under way, because the server stops. The new process is killed.
    pub(super) fn give_up_upgrade(&mut self) {
        if !self.has_handed_over() {
            self.upgrade = Upgrade::None;
        }
    }

    /// True once the new process serves.
    pub(super) fn has_handed_over(&self) -> bool {
        matches!(self.upgrade, Upgrade::Over(_))
    }
}

fn tell_failure(why: &str) {
    log::error!("the upgrade failed, and this version goes on: {why}");
}
