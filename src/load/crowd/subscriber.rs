//! The subscribers on the reactor: how a subscriber connects, asks, reads and comes back, or misbehaves as it is told to.

use super::{
    Crowd, Role, close,
    course::Phase,
    is_lost,
    member::{Manner, Stage, StreamEnd},
    wait,
};
use crate::load::report::which::Kind;
use crate::reactor::{Ended, Io, NEVER, Token};
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
        if member.stage != Stage::Away || self.course.phase == Phase::Leave {
            return;
        }
        let narrow = member.manner.is_deaf().then_some(NARROW);
        match self.dial(io, number, narrow) {
            Ok(at) => {
                self.members[number as usize].connect(number, at, now, &mut self.books);
                io.with(at, |slot| slot.state = Role::Subscriber(number));
                wait(io, at, self.plan.options.timeout);
            }
            Err(error) => self.over(io, number, &format!("connecting: {error}"), Over::Broken),
        }
    }

    /// Sends a subscriber's request, once its connection is there.
    pub(super) fn ask(&mut self, io: &mut Io<Self>, at: Token, number: u32) {
        let now = self.now();
        let member = &mut self.members[number as usize];
        if member.stage != Stage::Connecting {
            return;
        }
        self.books
            .connects
            .record(now.saturating_sub(Duration::from_micros(member.since)));
        member.stage = Stage::Asked;
        let request = member.request(&self.plan.target.host, &self.plan.target.path);
        let manner = member.manner;
        match manner {
            Manner::Stalled => wait(io, at, NEVER),
            Manner::Slow => wait(io, at, BETWEEN_SIPS),
            Manner::Good | Manner::HalfOpen => {}
        }
        let mut local = None;
        let sent = io.with(at, |slot| {
            if manner.is_deaf() {
                slot.socket.pause();
            }
            local = slot.socket.local();
            slot.socket.write(&request)
        });
        if let Some(local) = local {
            self.books.ledger.comes_from(number, local);
        }
        if sent.is_some_and(|sent| sent < request.len()) {
            self.over(io, number, "the request was not taken", Over::Broken);
        } else if manner.is_deaf() {
            self.holds(io, number);
        }
    }

    /// Reads what has arrived for a subscriber.
    pub(super) fn hear(&mut self, io: &mut Io<Self>, at: Token, number: u32, bytes: &[u8]) {
        let now = self.now();
        self.books.totals.bytes += bytes.len() as u64;
        let member = &mut self.members[number as usize];
        if member.manner == Manner::HalfOpen {
            return self.vanish(io, at, number);
        }
        let before = member.stage;
        let read = member.read(number, bytes, now, &mut self.books);
        if member.stage != before {
            self.holds(io, number);
        }
        self.wants_picture(io, number);
        match read {
            Ok(()) => {}
            Err(end @ (StreamEnd::Status(_) | StreamEnd::OtherType)) => {
                self.books.totals.given_up += 1;
                self.over(io, number, &end.to_string(), Over::ForGood);
            }
            Err(end) => self.over(io, number, &end.to_string(), Over::of(end)),
        }
    }

    fn vanish(&mut self, io: &mut Io<Self>, at: Token, number: u32) {
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
            (false, Stage::Holding) => self.books.totals.let_go += 1,
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
        member.stage = Stage::Away;
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
        if !is_lost(io, member.at) {
            return;
        }
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
