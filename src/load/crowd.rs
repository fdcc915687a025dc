//! The crowd: all subscribers of a run on one reactor, with their fetchers and the publisher.

pub(super) mod clock;
mod closing;
pub(super) mod course;
mod dialing;
mod fetch;
mod fetcher;
mod handler;
mod member;
mod phases;
pub(super) mod post;
mod publisher;
mod subscriber;
mod watch;

use super::{
    judge::{books::Books, overheard::Overheard, pictures::Pictures},
    options::Options,
    plan::Plan,
    report::MemoryUse,
    screen::Display,
};
use crate::reactor::{Io, Token};
use course::Course;
use fetch::Fetcher;
use member::{Manner, Member};
use post::Publisher;
use std::time::{Duration, Instant};

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
    /// The probe has looked at the memory.
    Memory(MemoryUse),
}

/// All subscribers, the publisher, and the course of the run.
pub(super) struct Crowd {
    plan: Plan,
    members: Vec<Member>,
    /// A fetcher for each subscriber that behaves; empty unless pictures are fetched.
    fetchers: Vec<Fetcher>,
    books: Books,
    publisher: Option<Publisher>,
    course: Course,
    /// The display of the run's standing; absent without a terminal.
    display: Option<Display>,
    began: Instant,
    /// Connections that subscribers and fetchers have begun.
    dials: u32,
}

impl Crowd {
    pub(super) fn new(plan: Plan, before: MemoryUse, display: Option<Display>) -> Self {
        let manners = [
            (Manner::Good, plan.options.subscribers),
            (Manner::Stalled, plan.options.stalled),
            (Manner::Slow, plan.options.slow),
            (Manner::HalfOpen, plan.options.half_open),
        ];
        let members = manners
            .iter()
            .flat_map(|(manner, count)| (0..*count).map(|_| Member::new(*manner)));
        let mut books = books(&plan.options);
        books.gap_event = plan.gap_event.clone().map(String::into_bytes);
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

    /// The time since the run's beginning, to the microsecond: the loop's own time has ticks of 10 ms.
    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}

/// The books of a run, whose name is drawn at random unless there is one.
fn books(options: &Options) -> Books {
    let name = options.together.run.clone();
    let name = name.unwrap_or_else(|| fastrand::u64(..).to_string());
    let mut books = Books::new(&name, options.subscribers, options.timeout);
    let publishing = &options.publishing;
    if publishing.listen_only {
        books.broadcasts.overheard = Some(Overheard::new(publishing.sent_at.clone()));
    }
    books
}

/// Sets the deadline of a connection to `wait` from now.
fn wait(io: &mut Io<Crowd>, at: Token, wait: Duration) {
    let deadline = io.now().after(wait);
    io.with(at, |slot| slot.socket.set_deadline(deadline));
}

/// Closes a connection, unless it is closed.
fn close(io: &mut Io<Crowd>, at: &mut Option<Token>) {
    if let Some(at) = at.take() {
        io.with(at, |slot| slot.socket.close());
    }
}

/// Whether the reactor has lost a connection that the crowd still counts on. The crowd forgets the token of each
/// connection that it closes itself.
fn is_lost(io: &mut Io<Crowd>, at: Option<Token>) -> bool {
    at.is_some_and(|at| io.with(at, |_| ()).is_none())
}
