//! The crowd: all subscribers of a run on one reactor, with their fetchers and the publisher.

mod clock;
mod closing;
pub(super) mod course;
mod dialing;
mod fetch;
mod fetcher;
mod growing;
mod handler;
mod measures;
mod member;
mod phases;
pub(super) mod post;
mod publisher;
mod redirects;
mod subscriber;
mod watch;
mod way;

use super::{
    arrival::Arrivals,
    judge::{books::Books, broadcasts::overheard::Overheard, markers::Markers, pictures::Pictures},
    plan::Plan,
    probe::{Look, Probe, Tally},
    screen::Display,
    wire::{pipe::Pipe, target::Target},
};
use crate::reactor::{Io, Receive, Token};
use course::Course;
use fetch::Fetcher;
use member::{Manner, Member};
use post::Publisher;
use redirects::Servers;
use std::{
    sync::{Arc, atomic::AtomicU32, mpsc::Sender},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// The part that a connection plays in the crowd.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    /// None: the connection is not known yet, or not any more.
    #[default]
    None,
    /// The stream of the subscriber with this number.
    Subscriber(u32),
    /// The connection of the publisher with this key.
    Publisher(u32),
    /// The fetcher of the subscriber with this number.
    Fetcher(u32),
}

const _: () = assert!(size_of::<Role>() <= 8);

/// A message to the loop from another thread.
pub(super) enum Message {
    /// The loop turns: the run can begin.
    Begin,
    /// A publish is due at this moment of the run.
    Due(Duration),
    /// The probe has looked.
    Looked(Look),
    /// The server of this origin, to which a redirect leads, is resolved.
    Resolved(String, Result<Target, String>),
}

/// All subscribers, the publisher, and the course of the run.
pub(super) struct Crowd {
    plan: Plan,
    /// The name of the run, and of this process in it.
    run: String,
    process: String,
    members: Vec<Member>,
    /// A fetcher for each subscriber that behaves; empty unless pictures are fetched.
    fetchers: Vec<Fetcher>,
    books: Books,
    publisher: Option<Publisher>,
    course: Course,
    /// The display of the run's standing; absent without a terminal.
    display: Option<Display>,
    began: Instant,
    arrivals: Arrivals,
    /// The counts for the probe, and the way to ask it for a look.
    tally: Arc<Tally>,
    probe: Option<Sender<()>>,
    /// The number of the server's process, if it is known.
    server: Option<Arc<AtomicU32>>,
    /// The upgrades of the server that go on, if any do, until this is dropped.
    upgrades: Option<Sender<()>>,
    /// Connections that subscribers and fetchers have begun.
    dials: u32,
    /// The servers that redirects led to.
    servers: Servers,
    /// The limit of this machine that the run came up against.
    limit: Option<String>,
}

impl Crowd {
    pub(super) fn new(plan: Plan, probe: &Probe, display: Option<Display>) -> Self {
        let manners = [
            (Manner::Good, plan.options.subscribers),
            (Manner::Stalled, plan.options.stalled),
            (Manner::Slow, plan.options.slow),
            (Manner::HalfOpen, plan.options.half_open),
        ];
        let members = manners
            .iter()
            .flat_map(|(manner, count)| (0..*count).map(|_| Member::new(*manner)));
        let process = format!("{:06x}", fastrand::u32(..1 << 24));
        let run = plan.options.run.clone().unwrap_or_else(|| process.clone());
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let markers = Markers::new(&run, &process, since.unwrap_or_default());
        let mut books = Books::new(markers, plan.options.subscribers, plan.options.timeout);
        books.gap_event = plan.gap_event.clone().map(String::into_bytes);
        let publishing = &plan.options.publishing;
        if publishing.listen_only {
            let overheard = Overheard::new(publishing.sent_at.clone());
            books.broadcasts.overheard = Some(Box::new(overheard));
        }
        let fetchers = if plan.options.fetch_picture {
            books.pictures = Some(Pictures::new(plan.targets[0].clone()));
            plan.options.subscribers
        } else {
            0
        };
        let began = Instant::now();
        Self {
            members: members.collect(),
            fetchers: (0..fetchers).map(|_| Fetcher::default()).collect(),
            books,
            run,
            process,
            publisher: plan.publish.clone().map(Publisher::new),
            course: Course::new(probe.look()),
            display,
            began,
            arrivals: Arrivals::new(began),
            tally: probe.tally(),
            probe: None,
            server: probe.process(),
            upgrades: None,
            dials: 0,
            servers: Servers::default(),
            limit: None,
            plan,
        }
    }

    /// The function by which the reactor is to read.
    pub(super) fn receive(&self) -> Receive {
        self.arrivals.receive()
    }

    /// From here on `probe` can be asked for a look.
    pub(super) fn ask_by(&mut self, probe: Sender<()>) {
        self.probe = Some(probe);
    }

    /// The time since the run's beginning, to the microsecond: the loop's own time has ticks of 10 ms.
    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}

/// Sets the deadline of a connection to `wait` from now.
fn wait(io: &mut Io<Crowd>, at: Token, wait: Duration) {
    let deadline = io.now().after(wait);
    io.with(at, |slot| slot.socket.set_deadline(deadline));
}

/// Closes a connection by a reset, unless it is closed: its port is free at once.
fn close(io: &mut Io<Crowd>, at: &mut Option<Token>) {
    if let Some(at) = at.take() {
        io.with(at, |slot| slot.socket.reset());
    }
}

/// Closes all connections.
fn drop_all(io: &mut Io<Crowd>) {
    for index in 0..io.top() {
        let mut at = io.at(index);
        close(io, &mut at);
    }
}

/// Sends what waits in the pipe of a connection, as far as the socket takes it.
fn flush(io: &mut Io<Crowd>, at: Token, pipe: &mut Pipe) {
    io.with(at, |slot| pipe.flush(|bytes| slot.socket.write(bytes)));
}

/// Whether the reactor has lost a connection that the crowd still counts on. The crowd forgets the token of each
/// connection that it closes itself.
fn is_lost(io: &mut Io<Crowd>, at: Option<Token>) -> bool {
    at.is_some_and(|at| io.with(at, |_| ()).is_none())
}
