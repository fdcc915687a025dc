//! Clients besides the visitors, on a thread of their own: pollers, that check as visitors do, and the fetchers of some
//! visitors' pages.

use super::{
    Plan,
    asker::{Asker, Got, Way},
    crowd::{Tally, Witness},
    place::Place,
};
use crate::support::{
    PATIENCE,
    client::Response,
    setups::{Id, id},
};
use fastrand::Rng;
use mio::{Events, Poll, Token};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    net::SocketAddr,
    sync::{
        atomic::Ordering::Relaxed,
        mpsc::{Receiver, TryRecvError},
    },
    time::Instant,
};

/// The number of pictures that are shown in turn. The gallery keeps so many, and a client may have as many drawn at once.
const PICTURES: u64 = 16;

/// A report of the crowd.
pub enum Told {
    /// The page with this number shows the picture of this event.
    Shown(usize, Id),
    /// Pollers are to see this picture, and stay.
    Gather(Id),
    /// The server is about to end.
    End,
}

enum Role {
    Poller {
        place: Place,
        is_absent: bool,
    },
    Page {
        shown: Option<Id>,
        asked: Option<Id>,
    },
}

struct Other {
    asker: Asker,
    role: Role,
    /// The moment of its next action.
    next: Option<Instant>,
}

pub struct Others<'a> {
    address: SocketAddr,
    plan: Plan,
    told: Receiver<Told>,
    tally: &'a Tally,
    poll: Poll,
    all: Vec<Other>,
    agenda: BinaryHeap<Reverse<(Instant, usize)>>,
    witness: Witness,
    /// The answer with each picture, by the picture's number and whether it was asked for as gzip.
    pictures: HashMap<(u64, bool), Vec<u8>>,
    last: Option<Id>,
    is_ending: bool,
    random: Rng,
}

impl<'a> Others<'a> {
    pub fn new(address: SocketAddr, plan: Plan, told: Receiver<Told>, tally: &'a Tally) -> Self {
        let poller = |number| Role::Poller {
            place: Place::default(),
            is_absent: number % 4 == 3,
        };
        let page = |_| Role::Page {
            shown: None,
            asked: None,
        };
        let roles = (0..plan.pollers()).map(poller);
        let roles = roles.chain((0..plan.pages()).map(page));
        let all = roles.map(|role| Other {
            asker: Asker::default(),
            role,
            next: None,
        });
        let mut others = Self {
            address,
            plan,
            told,
            tally,
            poll: Poll::new().unwrap(),
            all: all.collect(),
            agenda: BinaryHeap::new(),
            witness: Witness::default(),
            pictures: HashMap::new(),
            last: None,
            is_ending: false,
            random: Rng::new(),
        };
        for number in 0..plan.pollers() {
            others.rest(number, 30);
        }
        others
    }

    /// Runs until the crowd has gone and every question is answered. Returns the pictures that the pollers saw.
    pub fn run(mut self) -> Witness {
        let mut events = Events::with_capacity(1024);
        let mut gone = None;
        while gone.is_none() || self.all.iter().any(|other| other.asker.is_waiting()) {
            if self.hear() {
                let since = *gone.get_or_insert_with(Instant::now);
                assert!(since.elapsed() < PATIENCE, "questions without an answer");
            }
            let now = Instant::now();
            let next = self.agenda.peek().map_or(now + self.plan.beat, |it| it.0.0);
            let wait = next.saturating_duration_since(now).min(self.plan.beat);
            self.poll.poll(&mut events, Some(wait)).unwrap();
            for event in &events {
                self.read(event.token().0);
            }
            self.act();
            self.count();
        }
        self.witness
    }

    /// Takes the reports of the crowd. Returns whether the crowd is gone.
    fn hear(&mut self) -> bool {
        loop {
            match self.told.try_recv() {
                Ok(Told::Shown(page, id)) => self.show(page, id),
                Ok(Told::Gather(last)) => self.gather(last),
                Ok(Told::End) => {
                    self.is_ending = true;
                    self.tally.silent.store(true, Relaxed);
                }
                Err(TryRecvError::Empty) => return false,
                Err(TryRecvError::Disconnected) => {
                    self.is_ending = true;
                    return true;
                }
            }
        }
    }

    fn show(&mut self, page: usize, id: Id) {
        let number = self.plan.pollers() + page;
        let Role::Page { shown, .. } = &mut self.all[number].role else {
            panic!("a page has its number");
        };
        // The newest picture wins, and the wait goes on.
        if shown.replace(id).is_none() && !self.all[number].asker.is_waiting() {
            let wait = self.plan.fetch.mul_f64(self.random.f64());
            self.at(number, Instant::now() + wait);
        }
    }

    fn gather(&mut self, last: Id) {
        self.last = Some(last);
        for number in 0..self.plan.pollers() {
            self.all[number].next = None;
            if !self.all[number].asker.is_waiting() {
                self.ask(number);
            }
        }
    }

    fn at(&mut self, number: usize, at: Instant) {
        self.all[number].next = Some(at);
        self.agenda.push(Reverse((at, number)));
    }

    /// Has a client act again in less than so many beats.
    fn rest(&mut self, number: usize, beats: u32) {
        let wait = self
            .plan
            .time(1)
            .mul_f64(f64::from(beats) * self.random.f64());
        self.at(number, Instant::now() + wait);
    }

    fn act(&mut self) {
        let now = Instant::now();
        while let Some(Reverse((at, number))) = self.agenda.peek().copied() {
            if at > now {
                return;
            }
            self.agenda.pop();
            if self.all[number].next != Some(at) || self.is_ending {
                continue;
            }
            self.all[number].next = None;
            if self.all[number].asker.is_waiting() {
                // A poll is held without an answer.
                self.all[number].asker.leave(&mut self.random);
                self.rest(number, 20);
            } else {
                self.ask(number);
            }
        }
    }

    fn ask(&mut self, number: usize) {
        let other = &mut self.all[number];
        let request = match &mut other.role {
            Role::Poller { place, .. } => {
                let after = place
                    .id
                    .map(|(millis, sequence)| format!("after={millis}-{sequence}&"));
                let wait = self.plan.time(self.random.u32(1..30)).as_secs_f64();
                get(
                    &format!("/poll?{}wait={wait}", after.unwrap_or_default()),
                    "",
                )
            }
            Role::Page { shown, asked } => {
                *asked = shown.take();
                let Some(id) = *asked else { return };
                get(
                    &path(id),
                    ["", "Accept-Encoding: gzip\r\n"][usize::from(is_gzip(number))],
                )
            }
        };
        let way = Way {
            address: self.address,
            registry: self.poll.registry(),
            token: Token(number),
        };
        other.asker.ask(request, way);
        let is_poller = matches!(other.role, Role::Poller { .. });
        if is_poller && self.last.is_none() && self.random.u8(..8) == 0 {
            self.rest(number, 20);
        }
    }

    fn read(&mut self, number: usize) {
        let way = Way {
            address: self.address,
            registry: self.poll.registry(),
            token: Token(number),
        };
        match self.all[number].asker.read(way) {
            Got::Nothing => {}
            Got::Answer(response) => self.answered(number, &response),
            Got::Lost => panic!("the server closed a connection with a question open"),
        }
    }

    fn answered(&mut self, number: usize, response: &Response) {
        let other = &mut self.all[number];
        match &mut other.role {
            Role::Poller { place, is_absent } => {
                // A poll that arrives with the signal is answered by a server that ends.
                if !(self.is_ending && response.status == 503) {
                    polled(place, response, &mut self.witness);
                }
                self.tally.polled.fetch_add(1, Relaxed);
                let is_absent = *is_absent && self.random.u8(..8) == 0;
                match (self.is_ending, self.last) {
                    (true, _) => {}
                    (false, None) if is_absent => self.rest(number, 3 * self.plan.history),
                    (false, None) if self.random.u8(..4) == 0 => self.rest(number, 20),
                    (false, _) => self.ask(number),
                }
            }
            Role::Page { shown, asked } => {
                let id = asked.take().expect("it has asked");
                let is_due = shown.is_some();
                self.seen(id, is_gzip(number), response);
                self.tally.fetched.fetch_add(1, Relaxed);
                if is_due && !self.is_ending {
                    let wait = self.plan.fetch.mul_f64(self.random.f64());
                    self.at(number, Instant::now() + wait);
                }
            }
        }
    }

    /// Checks that a picture is whole, and the same each time.
    fn seen(&mut self, id: Id, gzip: bool, response: &Response) {
        assert_eq!(response.status, 200, "{}\n{}", path(id), response.head);
        assert_eq!(response.header("content-type"), Some("image/svg+xml"));
        let body = &response.body;
        let known = self.pictures.entry((which(id), gzip));
        let known = known.or_insert_with(|| body.clone());
        assert!(known == body, "another picture at {}", path(id));
    }

    fn count(&self) {
        if let Some(last) = self.last {
            let there = self.all.iter().filter(
                |other| matches!(&other.role, Role::Poller { place, .. } if place.id == Some(last)),
            );
            self.tally.pollers.store(there.count(), Relaxed);
        }
    }
}

fn get(target: &str, field: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n{field}\r\n")
}

/// The picture of the gallery that is fetched in place of the event's, which is at Flickr.
fn path(id: Id) -> String {
    format!("/gallery/vessels-{:016x}.svg", which(id))
}

fn which((millis, sequence): Id) -> u64 {
    (millis + sequence) % PICTURES
}

fn is_gzip(number: usize) -> bool {
    number.is_multiple_of(2)
}

/// Takes the answer to a poll.
fn polled(place: &mut Place, response: &Response, witness: &mut Witness) {
    if response.status == 204 {
        return;
    }
    assert_eq!(response.status, 200, "{}", response.head);
    let answer = response.json();
    for event in answer["events"].as_array().unwrap() {
        match event["event"].as_str().unwrap() {
            "missed" => place.missed = true,
            "picture" => place.see(id(event["id"].as_str().unwrap()), witness),
            other => panic!("{other} in the answer to a poll"),
        }
    }
    assert_eq!(place.id, answer["last"].as_str().map(id), "{answer}");
}
