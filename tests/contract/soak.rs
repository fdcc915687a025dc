//! The server left alone for long: with a crowd that comes, goes, stalls and comes back, of which some fetch pictures,
//! with pollers, and with a source that is broken half of the time. Nothing grows, nothing breaks, and no client misses a
//! picture.
//!
//! The long one, with a line a minute: `SOAK_MINUTES=30 cargo test --release --test contract soak -- --ignored --nocapture`
//! (and `SOAK_SUBSCRIBERS`, 5000 unless told).

mod asker;
mod crowd;
mod decoder;
mod others;
mod place;
mod publishers;
mod visitor;

use crate::support::{
    PATIENCE,
    client::{Stream, get},
    flickr::FlickrStub,
    process::{descriptors, processor_time, resident},
    server::Server,
    setups::{Id, await_audience, over_flickr},
};
use crowd::{Crowd, Order, Tally, Witness};
use others::Others;
use publishers::Publishers;
use std::{
    collections::BTreeSet,
    env,
    sync::{atomic::Ordering::Relaxed, mpsc},
    thread,
    time::{Duration, Instant},
};

/// The plan of a soak. All its times are beats: at each beat a publish is due.
#[derive(Clone, Copy)]
pub struct Plan {
    pub beat: Duration,
    pub beats: u32,
    pub crowd: usize,
    /// The longest time from an event to the request for its picture.
    pub fetch: Duration,
    pub history: u32,
    /// The growth of the server's memory that is allowed after a third of the beats.
    pub growth: u64,
}

/// Beats after which the ring is full, and the pictures of 128 keywords are kept.
const SETTLED: u32 = 512;
/// The growth of memory that is allowed before that: these pictures, and answers of a mebibyte that threads read.
const UNSETTLED: u64 = 16 << 20;
/// The number of visitors of which one fetches pictures.
const FETCHES: usize = 4;
/// Beats between two looks at the server.
const LOOK: u32 = 60;
/// Descriptors for publishers and for look-ups, of which some are kept open.
const PUBLISHING: usize = 16;

impl Plan {
    pub fn time(&self, beats: u32) -> Duration {
        self.beat * beats
    }

    /// Pollers beside the crowd.
    pub fn pollers(&self) -> usize {
        self.crowd / 20
    }

    /// Visitors whose pages fetch pictures.
    pub fn pages(&self) -> usize {
        self.crowd.div_ceil(FETCHES)
    }

    /// The number of a visitor's page, if it fetches pictures.
    pub fn page(&self, number: usize) -> Option<usize> {
        number.is_multiple_of(FETCHES).then_some(number / FETCHES)
    }

    fn connections(&self) -> usize {
        self.crowd + self.pollers() + self.pages()
    }

    fn options(&self) -> Vec<String> {
        let seconds = |beats| self.time(beats).as_secs_f64().to_string();
        let timeout = self.time(2).max(Duration::from_millis(500));
        let options = [
            ("--history", self.history.to_string()),
            ("--heartbeat", seconds(15)),
            ("--write-timeout", seconds(30)),
            ("--lookup-timeout", timeout.as_secs_f64().to_string()),
            ("--drain", seconds(5)),
            ("--source-quota", "0".to_owned()),
            ("--publish-rate", "0".to_owned()),
        ];
        let pairs = options.map(|(name, value)| [name.to_owned(), value]);
        pairs.into_iter().flatten().collect()
    }
}

/// The memory and descriptors of the server at a moment.
struct Look {
    resident: u64,
    descriptors: usize,
    processor: Duration,
}

impl Look {
    fn at(server: &Server) -> Self {
        Self {
            resident: resident(server.pid()),
            descriptors: descriptors(server.pid()),
            processor: processor_time(server.pid()),
        }
    }

    fn tell(&self, since: Instant, tally: &Tally) {
        eprintln!(
            "{:5.0} s  {:6.1} MB  {:5} descriptors  {:6.1} s of processor  {tally}",
            since.elapsed().as_secs_f64(),
            self.resident as f64 / 1e6,
            self.descriptors,
            self.processor.as_secs_f64(),
        );
    }
}

#[test]
fn a_crowd_that_comes_goes_and_stalls_misses_nothing_over_a_half_broken_source() {
    soak(Plan {
        beat: Duration::from_millis(40),
        beats: 180,
        crowd: 200,
        fetch: Duration::from_secs(1),
        history: 32,
        growth: UNSETTLED,
    });
}

#[test]
#[ignore = "takes SOAK_MINUTES, half an hour unless told"]
fn left_alone_for_half_an_hour() {
    let told = |name, otherwise| {
        let value = env::var(name).ok();
        value.map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let beats = (told("SOAK_MINUTES", 30.0) * 60.0) as u32;
    soak(Plan {
        beat: Duration::from_secs(1),
        beats,
        crowd: told("SOAK_SUBSCRIBERS", 5000.0) as usize,
        fetch: Duration::from_secs(2),
        history: 256,
        growth: if beats / 3 >= SETTLED {
            2 << 20
        } else {
            UNSETTLED
        },
    });
}

fn soak(plan: Plan) {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    assert!(
        files as usize > plan.connections() + 200,
        "{files} open files"
    );
    let stub = FlickrStub::start();
    let options = plan.options();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut server = over_flickr(&stub, &options);
    let tally = Tally::default();
    live(&server, &stub, plan, &tally);
    assert_eq!(server.wait().code(), Some(0));
    for asked in [&tally.polled, &tally.fetched] {
        assert!(asked.load(Relaxed) > 0, "{tally}");
    }
    let log = server.log();
    assert!(
        !log.contains("panicked") && !log.contains(" ERROR "),
        "{log}"
    );
    eprintln!("{tally}, {} lines of log", log.lines().count());
}

/// Runs the crowd from its first visitor until its last stream has ended, and compares what all clients saw.
fn live(server: &Server, stub: &FlickrStub, plan: Plan, tally: &Tally) {
    let before = Look::at(server);
    let (orders, inbox) = mpsc::channel();
    let (pages, shown) = mpsc::channel();
    let publishers = Publishers::new(server.address, plan);
    thread::scope(|scope| {
        // Both end when this function does, also by a panic.
        let (orders, publishers) = (orders, Stop(&publishers));
        let crowd = Crowd::new(server.address, plan, inbox, pages, tally);
        let crowd = scope.spawn(|| crowd.run());
        let others = Others::new(server.address, plan, shown, tally);
        let others = scope.spawn(|| others.run());
        let posting = scope.spawn(|| publishers.0.run());
        let failed = || crowd.is_finished() || others.is_finished();
        let steady = watch(server, stub, plan, tally, failed);
        publishers.0.stop();
        let published = posting.join().unwrap();
        let last = *published.last().expect("a picture");
        orders.send(Order::Gather(last)).unwrap();
        wait(plan, tally, || {
            let there = tally.gathered.load(Relaxed) + tally.pollers.load(Relaxed);
            failed() || there == plan.crowd + plan.pollers()
        });
        if !failed() {
            all_is_well(server, plan, &before, &steady);
            orders.send(Order::End).unwrap();
            wait(plan, tally, || {
                tally.ending.load(Relaxed) && tally.silent.load(Relaxed)
            });
            server.signal("TERM");
        }
        let mut witness = crowd.join().unwrap();
        witness.join(others.join().unwrap());
        compare(&witness, &published);
    });
    eprintln!("{publishers}");
}

/// Stops the publishers when it is dropped.
struct Stop<'a>(&'a Publishers);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn wait(plan: Plan, tally: &Tally, ready: impl Fn() -> bool) {
    let begun = Instant::now();
    while !ready() {
        assert!(begun.elapsed() < PATIENCE, "{tally}");
        thread::sleep(plan.beat);
    }
}

/// Looks at the server now and then, for as long as the plan says. Returns the look after a third of that time.
fn watch(
    server: &Server,
    stub: &FlickrStub,
    plan: Plan,
    tally: &Tally,
    failed: impl Fn() -> bool,
) -> Look {
    let begun = Instant::now();
    let mut steady = None;
    for beat in 1..=plan.beats {
        thread::sleep((begun + plan.time(beat)).saturating_duration_since(Instant::now()));
        if failed() {
            break;
        }
        if beat % LOOK == 0 {
            Look::at(server).tell(begun, tally);
            stub.release();
        }
        if beat == plan.beats.div_ceil(3) {
            steady = Some(Look::at(server));
        }
    }
    steady.unwrap_or_else(|| Look::at(server))
}

/// Checks the server with all the crowd connected: it has a descriptor for each client and no more, and its memory has not
/// grown.
fn all_is_well(server: &Server, plan: Plan, before: &Look, steady: &Look) {
    let mut witness = Stream::open(server.address);
    await_audience(&mut witness, plan.crowd + 1);
    let end = Look::at(server);
    assert!(
        end.descriptors <= before.descriptors + plan.connections() + 1 + PUBLISHING,
        "{} descriptors, {} at the beginning",
        end.descriptors,
        before.descriptors
    );
    assert!(
        end.resident <= steady.resident + plan.growth,
        "{} bytes, {} after a third",
        end.resident,
        steady.resident
    );
    let metrics = get(server.address, "/metrics");
    let lines = metrics.text().lines();
    lines
        .filter(|line| line.contains("_disconnects_total{"))
        .for_each(|line| eprintln!("{line}"));
}

/// Checks that each client that saw a picture saw next the picture that was published next, or had missed some and was
/// told so; and that each picture was seen by a client, from the first visitor on.
fn compare(witness: &Witness, published: &[Id]) {
    let after = |place: &Id| published.partition_point(|id| id <= place);
    for (place, seen) in &witness.steps {
        assert_eq!(published.get(after(place)), Some(seen), "after {place:?}");
    }
    for (place, seen) in &witness.gaps {
        assert!(
            published.get(after(place)) < Some(seen),
            "nothing was missed after {place:?}"
        );
    }
    let first = witness.steps.keys().min().expect("a visitor");
    let seen: BTreeSet<Id> = witness.steps.values().copied().collect();
    assert!(
        published[after(first)..].iter().eq(&seen),
        "a picture that no client saw"
    );
}
