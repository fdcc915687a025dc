//! The subscribers on the reactor: connecting, asking, reading, coming back, and misbehaving where that is asked for.

mod closing;
mod dialing;
mod fetcher;
mod member;
pub(super) mod phases;
pub(super) mod publisher;
mod watch;

use super::{
    judge::{books::Books, pictures::Pictures},
    plan::Plan,
    report::Bytes,
    screen::Display,
};
use crate::reactor::{Ended, Handler, Io, NEVER, Token, quit};
use fetcher::Fetcher;
use member::{Manner, Member, Stage, Why};
use phases::{Course, Phase};
use publisher::Publisher;
use signal_hook::consts::{SIGQUIT, SIGUSR1, SIGUSR2};
use std::time::{Duration, Instant};

/// What the kernel takes for those that do not read: little, so that the server soon notices.
const NARROW: usize = 4096;
/// How much one that is slow reads in a second.
const SIP: usize = 16;
const BETWEEN_SIPS: Duration = Duration::from_secs(1);

/// Who a connection belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Who {
    #[default]
    Nobody,
    /// The subscriber with this number.
    Member(u32),
    Publisher,
    /// The fetcher of the subscriber with this number.
    Fetcher(u32),
}

const _: () = assert!(size_of::<Who>() == 8);

/// What other threads say.
pub(super) enum Message {
    /// The loop turns.
    Begin,
    /// A publish is due, at this moment.
    Due(Duration),
    /// What memory is in use.
    Memory(Bytes),
}

/// All subscribers, the publisher, and the course of the run.
pub(super) struct Crowd {
    plan: Plan,
    members: Vec<Member>,
    /// One for each subscriber that behaves, if pictures are fetched.
    fetchers: Vec<Fetcher>,
    books: Books,
    publisher: Option<Publisher>,
    course: Course,
    /// A terminal that shows how it goes, if there is one.
    display: Option<Display>,
    began: Instant,
    /// Connections of subscribers and fetchers that were begun.
    dials: u32,
}

impl Crowd {
    pub(super) fn new(plan: Plan, before: Bytes, display: Option<Display>) -> Self {
        let manners = [
            (Manner::Good, plan.options.subscribers),
            (Manner::Stalled, plan.options.stalled),
            (Manner::Slow, plan.options.slow),
            (Manner::HalfOpen, plan.options.half_open),
        ];
        let members = manners
            .iter()
            .flat_map(|(manner, count)| (0..*count).map(|_| Member::new(*manner)));
        let mut books = Books::new(&format!("{:06x}", fastrand::u32(..1 << 24)));
        let fetchers = if plan.options.fetch_picture {
            books.pictures = Some(Pictures::new(plan.target.clone()));
            plan.options.subscribers
        } else {
            0
        };
        Self {
            members: members.collect(),
            fetchers: (0..fetchers).map(|_| Fetcher::default()).collect(),
            books,
            publisher: plan.publish.clone().map(Publisher::new),
            course: Course::new(before),
            display,
            began: Instant::now(),
            dials: 0,
            plan,
        }
    }

    /// The time since the run's beginning, to the microsecond: the loop's own is in ticks.
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Has a subscriber connect.
    fn connect(&mut self, io: &mut Io<Self>, number: u32) {
        let now = self.now();
        let member = &self.members[number as usize];
        if member.stage != Stage::Away || self.course.phase == Phase::Leave {
            return;
        }
        let narrow = member.manner.is_deaf().then_some(NARROW);
        match self.dial(io, number, narrow) {
            Ok(at) => {
                self.members[number as usize].connect(at, now, &mut self.books);
                let deadline = io.now().after(self.plan.options.timeout);
                io.with(at, |slot| {
                    slot.state = Who::Member(number);
                    slot.socket.set_deadline(deadline);
                });
            }
            Err(error) => self.over(io, number, &format!("connecting: {error}"), false),
        }
    }

    /// Asks, once it is connected.
    fn ask(&mut self, io: &mut Io<Self>, at: Token, number: u32) {
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
        let (sip, never) = (io.now().after(BETWEEN_SIPS), io.now().after(NEVER));
        let manner = member.manner;
        let sent = io.with(at, |slot| {
            match manner {
                Manner::Stalled => slot.socket.set_deadline(never),
                Manner::Slow => slot.socket.set_deadline(sip),
                Manner::Good | Manner::HalfOpen => {}
            }
            if manner.is_deaf() {
                slot.socket.pause();
            }
            slot.socket.write(&request)
        });
        if sent.is_some_and(|sent| sent < request.len()) {
            self.over(io, number, "the request was not taken", false);
        } else if manner.is_deaf() {
            self.holds(io, number);
        }
    }

    fn hear(&mut self, io: &mut Io<Self>, at: Token, number: u32, bytes: &[u8]) {
        let now = self.now();
        self.books.totals.bytes += bytes.len() as u64;
        let member = &mut self.members[number as usize];
        if member.manner == Manner::HalfOpen {
            return self.vanish(io, at, number);
        }
        let before = member.stage;
        let read = member.read(bytes, now, &mut self.books);
        if member.stage != before {
            self.holds(io, number);
        }
        self.wants_picture(io, number);
        match read {
            Ok(()) => {}
            Err(why @ (Why::Status(_) | Why::OtherType)) => {
                self.books.totals.given_up += 1;
                self.over(io, number, &why.to_string(), true);
            }
            Err(why) => self.over(io, number, &why.to_string(), false),
        }
    }

    fn vanish(&mut self, io: &mut Io<Self>, at: Token, number: u32) {
        let vanished = io.with(at, |slot| {
            slot.socket.pause();
            slot.socket.vanish()
        });
        match vanished {
            Some(Err(error)) => self.over(io, number, &format!("vanishing: {error}"), true),
            _ => self.holds(io, number),
        }
    }

    /// It holds a stream, or what it wanted.
    fn holds(&mut self, io: &mut Io<Self>, number: u32) {
        let member = &mut self.members[number as usize];
        member.stage = Stage::Holding;
        if let Some(at) = member.at.filter(|_| member.manner != Manner::Slow) {
            let never = io.now().after(NEVER);
            io.with(at, |slot| slot.socket.set_deadline(never));
        }
        self.course.holds(member, self.began.elapsed());
    }

    /// Its connection is over, and why. It comes back, unless it is not to.
    fn over(&mut self, io: &mut Io<Self>, number: u32, why: &str, for_good: bool) {
        let was = self.members[number as usize].stage;
        if matches!(was, Stage::Gone) || self.course.phase == Phase::Leave {
            return;
        }
        let good = self.members[number as usize].manner == Manner::Good;
        match (good, was) {
            (true, Stage::Holding) if !for_good => self.books.totals.dropped += 1,
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
        if for_good || !good {
            member.stage = Stage::Gone;
            self.course.is_back(member, self.began.elapsed());
        } else {
            io.alarm(number, member.retry());
        }
    }

    /// Closes its connection.
    fn drop(&mut self, io: &mut Io<Self>, number: u32) {
        let member = &mut self.members[number as usize];
        if member.stage == Stage::Holding {
            self.course.leaves(member);
        }
        member.stage = Stage::Away;
        if let Some(at) = member.at.take() {
            io.with(at, |slot| slot.socket.close());
        }
    }

    /// Drops it, to come back when it was told to.
    fn reconnect(&mut self, io: &mut Io<Self>, number: u32) {
        self.drop(io, number);
        self.course.reconnects += 1;
        io.alarm(number, self.members[number as usize].retry());
    }

    /// Its connection is gone, and not by what was done here: then it is still known by its token.
    fn fails(&mut self, io: &mut Io<Self>, number: u32, ended: Ended) {
        let member = &self.members[number as usize];
        if member.at.is_none_or(|at| io.with(at, |_| ()).is_some()) {
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
        self.over(io, number, &why, false);
    }

    fn sip(&mut self, io: &mut Io<Self>, at: Token, number: u32) {
        let next = io.now().after(BETWEEN_SIPS);
        let sipped = io.with(at, |slot| {
            slot.socket.set_deadline(next);
            slot.socket.sip(&mut [0; SIP])
        });
        match sipped {
            Some(Some(bytes)) => self.books.totals.bytes += bytes as u64,
            Some(None) => self.over(io, number, "", true),
            None => {}
        }
    }

    fn late(&mut self, io: &mut Io<Self>, at: Token, number: u32) {
        let member = &self.members[number as usize];
        match (member.stage, member.manner) {
            (Stage::Connecting, _) => self.over(io, number, "connecting took too long", false),
            (Stage::Asked, _) => self.over(io, number, "no answer in time", false),
            (Stage::Holding, Manner::Slow) => self.sip(io, at, number),
            _ => {}
        }
    }
}

fn who(io: &mut Io<Crowd>, at: Token) -> Who {
    io.with(at, |slot| slot.state).unwrap_or_default()
}

impl Handler for Crowd {
    type State = Who;
    type Message = Message;

    fn opened(&mut self, _: &mut Io<Self>, _: Token) {}

    fn received(&mut self, io: &mut Io<Self>, at: Token, bytes: &[u8]) {
        match who(io, at) {
            Who::Member(number) => self.hear(io, at, number, bytes),
            Who::Publisher => self.publisher_hears(io, bytes),
            Who::Fetcher(number) => self.fetcher_hears(io, number, bytes),
            Who::Nobody => {}
        }
    }

    fn ended(&mut self, io: &mut Io<Self>, at: Token) {
        match who(io, at) {
            Who::Member(number) => {
                let why = self.members[number as usize].end();
                self.over(io, number, &why.to_string(), false);
            }
            Who::Publisher => self.publisher_ends(io, "the connection was closed"),
            Who::Fetcher(number) => self.fetcher_ends(io, number, None),
            Who::Nobody => {}
        }
    }

    fn writable(&mut self, io: &mut Io<Self>, at: Token) {
        match who(io, at) {
            Who::Member(number) => self.ask(io, at, number),
            Who::Publisher => self.publisher_writes(io),
            Who::Fetcher(number) => self.fetcher_writes(io, number),
            Who::Nobody => {}
        }
    }

    fn expired(&mut self, io: &mut Io<Self>, at: Token) {
        match who(io, at) {
            Who::Member(number) => self.late(io, at, number),
            Who::Publisher => self.publisher_ends(io, "no answer in time"),
            Who::Fetcher(number) => self.fetch_fails(io, number, "no answer in time"),
            Who::Nobody => {}
        }
    }

    fn alarm(&mut self, io: &mut Io<Self>, id: u32) {
        let members = self.members.len() as u32;
        match id.checked_sub(members) {
            None => self.connect(io, id),
            Some(number) if (number as usize) < self.fetchers.len() => {
                self.picture_is_due(io, number);
            }
            Some(_) => self.rings(io, id),
        }
    }

    fn message(&mut self, io: &mut Io<Self>, message: Message) {
        match message {
            Message::Begin => self.begin(io),
            Message::Due(at) => self.due(io, at),
            Message::Memory(bytes) => self.weighed(io, bytes),
        }
    }

    fn signal(&mut self, io: &mut Io<Self>, signal: i32) {
        match signal {
            SIGQUIT => quit(),
            SIGUSR1 | SIGUSR2 => log::info!("signal {signal}: nothing to do"),
            _ => self.interrupt(io),
        }
    }

    fn turn(&mut self, io: &mut Io<Self>) -> bool {
        self.go_on(io);
        false
    }

    fn closed(&mut self, io: &mut Io<Self>, _: Token, who: Who, ended: Ended) {
        match who {
            Who::Member(number) => self.fails(io, number, ended),
            Who::Publisher => self.publisher_fails(io, ended),
            Who::Fetcher(number) => self.fetcher_is_gone(io, number, ended),
            Who::Nobody => {}
        }
    }
}
