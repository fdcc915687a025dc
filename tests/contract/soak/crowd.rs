//! Thousands of visitors on one thread: when each comes, goes and reads, and all the pictures that they saw.

use super::{
    Plan,
    others::Told,
    visitor::{Outcome, State, Temper, Visitor, leave},
};
use crate::support::setups::Id;
use fastrand::Rng;
use mio::{Events, Interest, Poll, Token};
use socket2::SockRef;
use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap},
    fmt, mem,
    net::SocketAddr,
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
        mpsc::{Receiver, Sender, TryRecvError},
    },
    time::Instant,
};

/// An order to the crowd.
pub enum Order {
    /// All visitors come, and stay after they have seen this picture.
    Gather(Id),
    /// The streams are about to end: no visitor comes back.
    End,
}

/// The pictures that clients saw, and the steps between them, each once.
#[derive(Default)]
pub struct Witness {
    pub pictures: usize,
    /// Steps from a picture, or from the id that a stream began with, to the picture that came next.
    pub steps: HashMap<Id, Id>,
    /// Steps of clients that were told in between that they had missed a picture.
    pub gaps: BTreeSet<(Id, Id)>,
}

impl Witness {
    pub fn step(&mut self, place: Id, seen: Id) {
        let known = *self.steps.entry(place).or_insert(seen);
        assert_eq!(known, seen, "two saw different pictures after {place:?}");
    }

    pub fn gap(&mut self, place: Id, seen: Id) {
        self.gaps.insert((place, seen));
    }

    /// Adds the pictures that other clients saw.
    pub fn join(&mut self, other: Self) {
        self.pictures += other.pictures;
        self.gaps.extend(other.gaps);
        for (place, seen) in other.steps {
            self.step(place, seen);
        }
    }
}

/// Counts that other threads look at meanwhile.
#[derive(Default)]
pub struct Tally {
    present: AtomicUsize,
    came: AtomicUsize,
    stalled: AtomicUsize,
    dropped: AtomicUsize,
    pictures: AtomicUsize,
    gaps: AtomicUsize,
    /// Visitors and pollers that have seen the last picture.
    pub gathered: AtomicUsize,
    pub pollers: AtomicUsize,
    /// Polls that were answered, and pictures that were fetched.
    pub polled: AtomicUsize,
    pub fetched: AtomicUsize,
    /// No visitor comes back any more.
    pub ending: AtomicBool,
    /// No poll and no picture is asked for any more.
    pub silent: AtomicBool,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [
            present,
            came,
            stalled,
            dropped,
            pictures,
            gaps,
            polled,
            fetched,
        ] = [
            &self.present,
            &self.came,
            &self.stalled,
            &self.dropped,
            &self.pictures,
            &self.gaps,
            &self.polled,
            &self.fetched,
        ]
        .map(|count| count.load(Relaxed));
        write!(
            f,
            "{present} present, {came} came, {stalled} stalled, {dropped} were dropped, {pictures} pictures seen, {gaps} gaps told, \
             {polled} polls answered, {fetched} pictures fetched"
        )
    }
}

pub struct Crowd<'a> {
    address: SocketAddr,
    plan: Plan,
    orders: Receiver<Order>,
    /// The thread that fetches pictures is told which picture a page shows.
    pages: Sender<Told>,
    tally: &'a Tally,
    poll: Poll,
    visitors: Vec<Visitor>,
    /// The visitors by the moments of their next actions.
    agenda: BinaryHeap<Reverse<(Instant, usize)>>,
    witness: Witness,
    last: Option<Id>,
    random: Rng,
}

impl<'a> Crowd<'a> {
    pub fn new(
        address: SocketAddr,
        plan: Plan,
        orders: Receiver<Order>,
        pages: Sender<Told>,
        tally: &'a Tally,
    ) -> Self {
        let seed = fastrand::u64(..);
        eprintln!("seed {seed}");
        let mut random = Rng::with_seed(seed.wrapping_add(1));
        let now = Instant::now();
        let arrival = |number| Reverse((now + plan.time(1).mul_f64(30.0 * random.f64()), number));
        Self {
            address,
            plan,
            orders,
            pages,
            tally,
            poll: Poll::new().unwrap(),
            visitors: (0..plan.crowd).map(Visitor::new).collect(),
            agenda: (0..plan.crowd).map(arrival).collect(),
            witness: Witness::default(),
            last: None,
            random: Rng::with_seed(seed),
        }
    }

    /// Runs until all streams have ended, or no more orders can come.
    pub fn run(mut self) -> Witness {
        let mut events = Events::with_capacity(1024);
        loop {
            match self.orders.try_recv() {
                Ok(Order::Gather(last)) => self.gather(last),
                Ok(Order::End) => {
                    self.tally.ending.store(true, Relaxed);
                    self.pages.send(Told::End).unwrap();
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return self.witness,
            }
            let next = self.agenda.peek().map(|Reverse((at, _))| *at);
            let wait = next.map_or(self.plan.beat, |at| {
                at.saturating_duration_since(Instant::now())
            });
            self.poll
                .poll(&mut events, Some(wait.min(self.plan.beat)))
                .unwrap();
            for event in &events {
                self.read(event.token().0);
            }
            self.act();
            self.count();
            if self.ending() && self.tally.present.load(Relaxed) == 0 {
                return self.witness;
            }
        }
    }

    fn count(&self) {
        self.tally.pictures.store(self.witness.pictures, Relaxed);
        self.tally.gaps.store(self.witness.gaps.len(), Relaxed);
        let away = |visitor: &&Visitor| matches!(visitor.state, State::Away);
        let away = self.visitors.iter().filter(away).count();
        self.tally
            .present
            .store(self.visitors.len() - away, Relaxed);
        if let Some(last) = self.last {
            let there = self
                .visitors
                .iter()
                .filter(|each| each.place.id == Some(last));
            self.tally.gathered.store(there.count(), Relaxed);
        }
    }

    /// Has every visitor come, or read, as its next action.
    fn gather(&mut self, last: Id) {
        self.last = Some(last);
        self.pages.send(Told::Gather(last)).unwrap();
        self.agenda.clear();
        for number in 0..self.visitors.len() {
            match self.visitors[number].state {
                State::Away => self.come(number),
                State::Stalled(_) => self.read_on(number),
                State::Reading(_) => {}
            }
            self.decide(number);
        }
    }

    /// Has visitors act whose moments have come.
    fn act(&mut self) {
        let now = Instant::now();
        while let Some(Reverse((at, number))) = self.agenda.peek().copied() {
            if at > now {
                return;
            }
            self.agenda.pop();
            match (&self.visitors[number].state, self.visitors[number].temper) {
                (State::Away, _) => self.come(number),
                (State::Reading(_), _) if self.last.is_some() => {}
                (State::Reading(_), Temper::Stalling) => self.stall(number),
                (State::Reading(_), _) => self.go(number),
                (State::Stalled(_), _) => self.read_on(number),
            }
            self.decide(number);
        }
    }

    /// Notes when a visitor acts again. After they have gathered, visitors stay.
    fn decide(&mut self, number: usize) {
        let visitor = &self.visitors[number];
        let patience = visitor.patience(&self.plan, &mut self.random);
        if let Some(patience) = patience.filter(|_| self.last.is_none()) {
            self.agenda
                .push(Reverse((Instant::now() + patience, number)));
        } else if matches!(visitor.state, State::Away) && !self.ending() {
            self.agenda
                .push(Reverse((Instant::now() + self.plan.beat, number)));
        }
    }

    fn come(&mut self, number: usize) {
        let visitor = &mut self.visitors[number];
        self.tally.came.fetch_add(1, Relaxed);
        if let Some(mut connection) = visitor.ask(self.address, &mut self.random) {
            let registry = self.poll.registry();
            registry
                .register(&mut connection.socket, Token(number), Interest::READABLE)
                .unwrap();
            visitor.state = State::Reading(connection);
        }
    }

    fn go(&mut self, number: usize) {
        let state = mem::replace(&mut self.visitors[number].state, State::Away);
        if let State::Reading(connection) | State::Stalled(connection) = state {
            leave(SockRef::from(&connection.socket), &mut self.random);
        }
    }

    fn stall(&mut self, number: usize) {
        self.tally.stalled.fetch_add(1, Relaxed);
        let visitor = &mut self.visitors[number];
        if let State::Reading(connection) = mem::replace(&mut visitor.state, State::Away) {
            visitor.state = State::Stalled(connection);
        }
    }

    fn read_on(&mut self, number: usize) {
        let visitor = &mut self.visitors[number];
        if let State::Stalled(connection) = mem::replace(&mut visitor.state, State::Away) {
            visitor.state = State::Reading(connection);
        }
        self.read(number);
    }

    fn read(&mut self, number: usize) {
        let visitor = &mut self.visitors[number];
        let before = visitor.place.id;
        let outcome = visitor.read(&mut self.witness);
        if let Some(id) = visitor.place.id.filter(|id| before != Some(*id))
            && let Some(page) = self.plan.page(number)
        {
            self.pages.send(Told::Shown(page, id)).unwrap();
        }
        if outcome == Outcome::More {
            return;
        }
        visitor.state = State::Away;
        let temper = visitor.temper;
        if self.ending() {
            assert_eq!(outcome, Outcome::Whole);
            return;
        }
        self.tally.dropped.fetch_add(1, Relaxed);
        assert_eq!(temper, Temper::Stalling, "the server ended a stream");
        if self.last.is_some() {
            self.decide(number);
        }
    }

    fn ending(&self) -> bool {
        self.tally.ending.load(Relaxed)
    }
}
