//! The end of a server: jobs under way finish, streams end evenly over the drain, then the server stops listening.

use super::{
    Server,
    connection::Connection,
    context::Sockets as _,
    parts::{counters::Disconnected, limits::busy, phase::ShutdownStep},
    watch::Sign,
};
use crate::reactor::{Io, Token};
use std::time::Duration;

impl<A: 'static> Server<A> {
    /// Begins the shutdown, for this cause. Does nothing if the shutdown has begun.
    pub(super) fn shut_down(&mut self, io: &mut Io<Self>, cause: &str) {
        let Some(alarm) = self.parts.phase.stop(io.now()) else {
            return;
        };
        self.give_up_upgrade();
        let (jobs, subscribers) = (self.parts.outstanding(), self.parts.channels.subscribers());
        log::info!(
            "{cause}: stopping, with {subscribers} subscribers and {jobs} look-ups under way"
        );
        if let Some(watch) = &mut self.watch {
            watch.tell(Sign::Stopping { subscribers });
        }
        io.set_alarm(alarm);
        self.advance_shutdown(io);
    }

    /// Goes on with the shutdown after an alarm.
    pub(super) fn shutdown_alarm(&mut self, io: &mut Io<Self>, id: u32) {
        let step = self.parts.phase.fire(id);
        self.take(io, step);
    }

    /// Goes on with the shutdown if the jobs or connections that it waits for are over.
    pub(super) fn advance_shutdown(&mut self, io: &mut Io<Self>) {
        let jobs = self.parts.outstanding() + usize::from(self.has_predecessor);
        let connections = match self.has_handed_over() {
            // The subscribers of the new process wait for the events of all jobs.
            true => io.connections().max(jobs),
            false => io.connections(),
        };
        let step = self.parts.phase.next(jobs, connections);
        self.take(io, step);
    }

    fn take(&mut self, io: &mut Io<Self>, step: ShutdownStep) {
        match step {
            ShutdownStep::Wait => {}
            ShutdownStep::GiveUpJobs => {
                self.give_up_jobs(io);
                self.begin_ending(io);
            }
            ShutdownStep::EndStreams => self.begin_ending(io),
            ShutdownStep::EndMore => self.end_more(io),
            ShutdownStep::Stop => {
                io.stop_listening();
                self.is_over = true;
                io.stop();
            }
            ShutdownStep::CutOff => {
                log::info!("cutting off {} connections", io.connections());
                self.is_over = true;
                io.stop();
            }
        }
    }

    /// Answers 503 to every connection that waits for a job. The job may still end: a late result is still published.
    fn give_up_jobs(&mut self, io: &mut Io<Self>) {
        log::warn!("{} look-ups did not end in time", self.parts.outstanding());
        let all: Vec<Token> = (0..io.top()).filter_map(|index| io.at(index)).collect();
        for at in all {
            self.resolve(io, at, busy("The server is shutting down.").into());
        }
    }

    fn begin_ending(&mut self, io: &mut Io<Self>) {
        let streams = self.parts.channels.subscribers();
        self.parts.phase.end_streams(streams, io.now());
        self.timeouts.idle = Duration::ZERO;
        self.parts.channels.visit_all();
        self.end_more(io);
        self.advance_shutdown(io);
    }

    /// Closes a connection that waits for a request, and releases a held poll, once streams are being ended.
    pub(super) fn dismiss(&mut self, io: &mut Io<Self>, at: Token) {
        if self.parts.phase.is_ending() {
            io.with(at, |slot| {
                match slot.state {
                    Connection::Idle => slot.socket.close(),
                    Connection::Polling(_) => self.parts.ends(slot, Disconnected::Drained),
                    _ => {}
                }
                slot.state.release();
            });
        }
    }

    /// Ends the streams that are due. The streams end evenly over the drain.
    fn end_more(&mut self, io: &mut Io<Self>) {
        while let Some(slot) = self.parts.phase.next_slot(io.top(), io.now()) {
            if io.at(slot).is_some_and(|at| self.conclude(io, at)) {
                self.parts.phase.ended();
            }
        }
        if let Some(alarm) = self.parts.phase.rest(io.top(), io.now()) {
            io.set_alarm(alarm);
        }
        if self.parts.phase.is_leaving() {
            self.parts.channels.visit_all();
            io.stop_listening();
            self.advance_shutdown(io);
        }
    }

    /// Ends a connection's stream, and drives the connection. Returns true if the connection was a subscriber.
    fn conclude(&mut self, io: &mut Io<Self>, at: Token) -> bool {
        let (now, parts) = (io.now(), &mut self.parts);
        let (mut channel, mut timers) = (None, Vec::new());
        io.with(at, |slot| {
            if let Some(body) = slot.state.body() {
                timers = body.finish(now);
            }
            if slot.state.is_subscriber() {
                channel = slot.state.channel();
                parts.ends(slot, Disconnected::Drained);
            }
            slot.state.conclude(parts.channels.read(channel), now)
        });
        parts.end_timers(io, timers);
        if let Some(channel) = channel {
            parts.unsubscribe(io, channel);
        }
        self.drive(io, at);
        channel.is_some()
    }
}
