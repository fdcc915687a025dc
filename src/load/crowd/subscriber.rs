//! The subscribers on the reactor: how a subscriber connects, asks, reads and comes back, or misbehaves as it is told to.

use super::{
    Crowd, Role, close,
    course::Phase,
    flush, is_lost,
    member::{Manner, Stage, StreamEnd},
    wait,
};
use crate::{
    load::{
        report::which::Kind,
        wire::{pipe::Pipe, response::Fault},
    },
    reactor::{Ended, Io, NEVER, Token},
};
use std::time::Duration;

/// The receive buffer of a subscriber that does not read, in bytes: little, so that the server soon notices.
const NARROW: usize = 4096;
/// The bytes that a slow subscriber reads in a second.
const SIP: usize = 16;
const BETWEEN_SIPS: Duration = Duration::from_secs(1);

/// The outcome of a slow subscriber's read.
enum Sip {
    /// So many bytes were there.
    Took(usize),
    /// The stream has ended, or is broken.
    Over,
}

/// The way in which a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// The connection broke, and the subscriber comes back.
    Broken,
    /// The server ended the stream properly, and the subscriber comes back.
    Ended,
    /// The subscriber does not come back.
    ForGood,
}

impl Over {
    fn of(end: StreamEnd) -> Self {
        match end {
            StreamEnd::Ended => Self::Ended,
            _ => Self::Broken,
        }
    }
}

impl Crowd {
    /// Begins a subscriber's connection.
    pub(super) fn connect(&mut self, io: &mut Io<Self>, number: u32) {
        let now = self.now();
        let member = &self.members[number as usize];
        if member.stage != Stage::Away || self.course.phase == Phase::Leave || self.limit.is_some()
        {
            return;
        }
        self.members[number as usize].way.begin();
        if self.set_out(io, number) {
            self.members[number as usize].connect(number, now, &mut self.books);
        }
    }

    /// Begins a connection on a subscriber's way: to the next address of the server if it is known at once that an address
    /// cannot be reached. Returns whether a connection is begun.
    pub(super) fn set_out(&mut self, io: &mut Io<Self>, number: u32) -> bool {
        loop {
            match self.dial_next(io, number) {
                Ok(()) => return true,
                Err(_) if self.limit.is_none() && self.tries_next(number) => {}
                Err(why) => {
                    self.over(io, number, &why, Over::Broken);
                    return false;
                }
            }
        }
    }

    fn dial_next(&mut self, io: &mut Io<Self>, number: u32) -> Result<(), String> {
        let member = &self.members[number as usize];
        let narrow = member.manner.is_deaf().then_some(NARROW);
        let target = member.way.target(number, &self.plan.targets);
        let pipe = Pipe::new(target, &self.plan.trust).map_err(|fault| fault.to_string())?;
        let to = target.address_after(number, member.way.failed);
        let to = to.unwrap_or_else(|| target.address(number));
        let dialled = self.dial(io, number, to, narrow);
        let at = dialled.map_err(|error| format!("connecting: {error}"))?;
        self.members[number as usize].dial(at, pipe);
        io.with(at, |slot| slot.state = Role::Subscriber(number));
        wait(io, at, self.plan.options.timeout);
        Ok(())
    }

    /// Turns to the next address of a subscriber's server. Returns whether there is any.
    fn tries_next(&mut self, number: u32) -> bool {
        let member = &mut self.members[number as usize];
        member.way.failed += 1;
        let target = member.way.target(number, &self.plan.targets);
        target.address_after(number, member.way.failed).is_some()
    }

    /// Goes on to the next address of the server, if a subscriber is connecting and there is any. Returns whether that is so.
    fn goes_on(&mut self, io: &mut Io<Self>, number: u32) -> bool {
        let is_connecting = self.members[number as usize].stage == Stage::Connecting;
        if !is_connecting || !self.tries_next(number) {
            return false;
        }
        self.hang_up_stream(io, number);
        self.set_out(io, number);
        true
    }

    /// Sends a subscriber's request, once its connection is there, or the rest of it.
    pub(super) fn ask(&mut self, io: &mut Io<Self>, at: Token, number: u32) {
        let now = self.now();
        let member = &mut self.members[number as usize];
        if member.stage == Stage::Connecting {
            if !member.way.is_redirected() {
                let since = Duration::from_micros(member.since);
                self.books.connected(now.saturating_sub(since));
            }
            member.stage = Stage::Asked;
            let request = member.request(number, &self.plan.targets, &self.plan.additions);
            member.way.pipe.write(&request);
            if let Some(local) = io.with(at, |slot| slot.socket.local()).flatten() {
                self.books.ledger.comes_from(number, local);
            }
        }
        flush(io, at, &mut member.way.pipe);
        if member.stage == Stage::Asked && member.manner.is_deaf() && member.way.pipe.is_through() {
            self.goes_deaf(io, at, number);
        }
    }

    /// Stops reading for a subscriber that does not read, as its request is out.
    fn goes_deaf(&mut self, io: &mut Io<Self>, at: Token, number: u32) {
        io.with(at, |slot| slot.socket.pause());
        self.holds(io, number);
        match self.members[number as usize].manner {
            Manner::Slow => wait(io, at, BETWEEN_SIPS),
            _ => wait(io, at, NEVER),
        }
    }

    /// Reads what has arrived for a subscriber.
    pub(super) fn hear(&mut self, io: &mut Io<Self>, at: Token, number: u32, bytes: &[u8]) {
        if self.course.phase == Phase::Leave {
            // Everything is judged.
            return;
        }
        let now = self.arrived(self.members[number as usize].since);
        self.books.totals.bytes += bytes.len() as u64;
        let member = &mut self.members[number as usize];
        if member.manner != Manner::Good {
            return self.misbehaves(io, at, number, bytes);
        }
        self.books.traffic.received += bytes.len() as u64;
        let before = member.stage;
        let read = member.read(number, bytes, now, &mut self.books);
        flush(io, at, &mut member.way.pipe);
        if member.stage != before {
            self.holds(io, number);
        }
        self.wants_picture(io, number);
        match read {
            Ok(()) if self.members[number as usize].way.pipe.is_ended() => {
                self.stream_ends(io, number);
            }
            Ok(()) => {}
            Err(StreamEnd::Redirected) => self.redirect(io, number),
            Err(end @ (StreamEnd::Status(_) | StreamEnd::OtherType)) => {
                self.gives_up(io, number, &end.to_string());
            }
            Err(end) => self.over(io, number, &end.to_string(), Over::of(end)),
        }
    }

    /// The moment at which the input that was read last arrived, on a connection or stream that began at `since`. Without
    /// the kernel's stamp it is the moment of reading.
    fn arrived(&mut self, since: u64) -> Duration {
        let now = self.now();
        let Some(arrived) = self.arrivals.latest(Duration::from_micros(since), now) else {
            return now;
        };
        self.books.read_late.record(now - arrived);
        arrived
    }

    /// A subscriber will not come back, and why.
    pub(super) fn gives_up(&mut self, io: &mut Io<Self>, number: u32, why: &str) {
        let now = self.now();
        self.books.totals.given_up += 1;
        self.books.ledger.finds(Kind::GivenUp, number, now);
        self.over(io, number, why, Over::ForGood);
    }

    /// Takes what has arrived for a subscriber that misbehaves: it vanishes with the first of the answer, or goes deaf once
    /// its request is out.
    fn misbehaves(&mut self, io: &mut Io<Self>, at: Token, number: u32, bytes: &[u8]) {
        let pipe = &mut self.members[number as usize].way.pipe;
        let mut is_answered = false;
        let read = pipe.read(bytes, &mut |_| {
            is_answered = true;
            Ok::<_, Fault>(())
        });
        match read {
            Err(fault) => self.over(io, number, &fault.to_string(), Over::Broken),
            Ok(()) if is_answered => self.vanish(io, at, number),
            Ok(()) => self.ask(io, at, number),
        }
    }

    fn vanish(&mut self, io: &mut Io<Self>, at: Token, number: u32) {
        if self.members[number as usize].manner != Manner::HalfOpen {
            return;
        }
        let vanished = io.with(at, |slot| {
            slot.socket.pause();
            slot.socket.vanish()
        });
        match vanished {
            Some(Err(error)) => {
                self.over(io, number, &format!("vanishing: {error}"), Over::ForGood)
            }
            Some(Ok(())) | None => self.holds(io, number),
        }
    }

    /// A subscriber holds its stream; a subscriber that misbehaves, its connection.
    fn holds(&mut self, io: &mut Io<Self>, number: u32) {
        let now = self.now();
        let member = &mut self.members[number as usize];
        member.stage = Stage::Holding;
        if let Some(at) = member.at.filter(|_| member.manner != Manner::Slow) {
            wait(io, at, NEVER);
        }
        self.course.holds(member, now);
    }

    /// The server has closed a subscriber's connection.
    pub(super) fn stream_ends(&mut self, io: &mut Io<Self>, number: u32) {
        let end = self.members[number as usize].end();
        self.over(io, number, &end.to_string(), Over::of(end));
    }

    /// A subscriber's connection is over, and why.
    fn over(&mut self, io: &mut Io<Self>, number: u32, why: &str, over: Over) {
        let now = self.now();
        let was = self.members[number as usize].stage;
        if was == Stage::Gone || self.course.phase == Phase::Leave {
            return;
        }
        let good = self.members[number as usize].manner == Manner::Good;
        match (good, was) {
            (true, Stage::Holding) => match over {
                Over::Broken => {
                    self.books.totals.dropped += 1;
                    self.books.ledger.finds(Kind::Dropped, number, now);
                }
                Over::Ended => {
                    self.books.totals.ended += 1;
                    self.books.ledger.finds(Kind::Ended, number, now);
                }
                Over::ForGood => {}
            },
            (false, Stage::Holding) => self.books.totals.seen_let_go += 1,
            _ => {}
        }
        if good || was != Stage::Holding {
            self.books.error(why);
            self.course.fails();
        }
        self.drop(io, number);
        let member = &mut self.members[number as usize];
        self.course.tried(member);
        if over == Over::ForGood || !good {
            member.stage = Stage::Gone;
            self.course.is_back(member, now, false);
        } else {
            io.alarm(number, member.retry());
        }
    }

    /// Closes a subscriber's connection, and has the ledger know.
    fn drop(&mut self, io: &mut Io<Self>, number: u32) {
        let now = self.now();
        let member = &mut self.members[number as usize];
        let is_held = member.stage == Stage::Holding;
        if is_held {
            self.course.leaves(member);
        }
        if member.manner == Manner::Good {
            let resumes = member.can_resume();
            self.books.ledger.leaves(number, now, is_held, resumes);
        }
        self.hang_up_stream(io, number);
    }

    /// Closes a subscriber's connection, if it has any.
    pub(super) fn hang_up_stream(&mut self, io: &mut Io<Self>, number: u32) {
        let member = &mut self.members[number as usize];
        member.stage = Stage::Away;
        member.way.pipe = Pipe::default();
        close(io, &mut member.at);
    }

    /// Drops a subscriber's stream, and has the subscriber come back after the time that the server told it.
    pub(super) fn reconnect(&mut self, io: &mut Io<Self>, number: u32) {
        self.drop(io, number);
        self.course.reconnects += 1;
        io.alarm(number, self.members[number as usize].retry());
    }

    /// The reactor has closed a connection of a subscriber.
    pub(super) fn fails(&mut self, io: &mut Io<Self>, number: u32, ended: Ended) {
        let member = &self.members[number as usize];
        if !is_lost(io, member.at) || self.goes_on(io, number) {
            return;
        }
        let member = &self.members[number as usize];
        let why = match (member.stage, ended) {
            (Stage::Connecting, Ended::Left) => "connecting: refused".to_owned(),
            (Stage::Connecting, Ended::Stalled) => {
                "connecting: no answer, or no way there".to_owned()
            }
            (Stage::Connecting, _) => format!("connecting: {ended}"),
            (Stage::Asked, _) => format!("asking: {ended}"),
            _ => format!("stream broken: {ended}"),
        };
        self.over(io, number, &why, Over::Broken);
    }

    fn sip(&mut self, io: &mut Io<Self>, at: Token, number: u32) {
        wait(io, at, BETWEEN_SIPS);
        let sip = io.with(at, |slot| {
            let taken = slot.socket.sip(&mut [0; SIP]);
            taken.map_or(Sip::Over, Sip::Took)
        });
        match sip {
            Some(Sip::Took(bytes)) => self.books.totals.bytes += bytes as u64,
            Some(Sip::Over) => self.over(io, number, "", Over::ForGood),
            None => {}
        }
    }

    /// The further wait for an answer: it may come with the first event that is published since the subscriber asked.
    fn further_wait(&self, number: u32) -> Option<Duration> {
        let (member, timeout) = (&self.members[number as usize], self.plan.options.timeout);
        let may_publish = self.publisher.is_some() && self.course.phase < Phase::Settle;
        let further = match member.published_since(&self.books) {
            None if may_publish || member.awaits_event(&self.books) => Some(timeout),
            None => None,
            Some(sent) => (sent + timeout).checked_sub(self.now()),
        };
        further.filter(|further| !further.is_zero())
    }

    /// The deadline of a subscriber's connection has passed.
    pub(super) fn late(&mut self, io: &mut Io<Self>, at: Token, number: u32) {
        let member = &self.members[number as usize];
        match (member.stage, member.manner) {
            (Stage::Connecting, _) if self.goes_on(io, number) => {}
            (Stage::Connecting, _) => {
                self.over(io, number, "connecting took too long", Over::Broken)
            }
            (Stage::Asked, _) => match self.further_wait(number) {
                Some(further) => wait(io, at, further),
                None => self.over(io, number, "no answer in time", Over::Broken),
            },
            (Stage::Holding, Manner::Slow) => self.sip(io, at, number),
            _ => {}
        }
    }
}
