mod journaled;

use super::{
    super::owner::{Owner, Purpose, RouteName},
    *,
};

use crate::channel::Framing;

const PURPOSE: Purpose = Purpose {
    owner: Owner::Gone,
    route: RouteName {
        method: "GET",
        path: "/",
    },
};

/// The longest wait for a journal's answer.
const PATIENCE: Duration = Duration::from_secs(1);

fn channels(history: usize) -> Channels<u32> {
    Channels::new(history, |audience| format!(": {audience}\n\n"), 3, PATIENCE)
}

fn keep(channels: &mut Channels<u32>, name: &str) {
    let kept = channels.keep(name, Box::new(Memory::default()));
    assert_eq!(kept, Ok(()));
}

fn timer(index: u32) -> TimerKey {
    TimerKey { index, serial: 1 }
}

fn event(data: &str) -> NewEvent<'_> {
    NewEvent {
        name: "",
        data,
        has_id: true,
    }
}

/// Runs the sweep over a slab of `top` slots. Returns the number of slots that it visited.
fn sweep(channels: &mut Channels<u32>, top: usize) -> usize {
    channels.begin_slice();
    std::iter::from_fn(|| channels.next_slot(top)).count()
}

#[test]
fn a_channel_closes_with_its_last_subscriber_and_its_timers_end_with_it() {
    let mut channels = channels(4);
    let key = channels
        .open("news", Memory::default())
        .expect("it was not open");
    assert_eq!(channels.open("news", Memory::default()), None);
    assert!(channels.own(key, timer(1)) && channels.own(key, timer(2)));
    channels.disown(key, timer(1));
    channels.join(key.number);
    channels.join(key.number);
    assert_eq!(channels.end_turn(), []);
    assert_eq!(channels.leave(key.number), []);
    assert_eq!((channels.audience("news"), channels.subscribers()), (1, 1));
    assert_eq!(channels.leave(key.number), [timer(2)]);
    assert_eq!((channels.len(), channels.audience("news")), (0, 0));
    assert!(!channels.own(key, timer(3)), "the channel has closed");
}

#[test]
fn a_channel_without_a_subscriber_closes_at_the_end_of_its_turn_unless_it_is_kept() {
    let mut channels = channels(4);
    keep(&mut channels, "kept");
    keep(&mut channels, "kept");
    let key = channels
        .open("news", Memory::default())
        .expect("it was not open");
    assert!(channels.own(key, timer(1)));
    assert!(channels.kept("kept").is_some() && channels.kept("news").is_none());
    assert!(channels.named("news").is_some());
    assert_eq!((channels.len(), channels.end_turn()), (2, vec![timer(1)]));
    assert_eq!((channels.len(), channels.end_turn()), (1, vec![]));
    assert!(channels.has_known("news") && !channels.has_known("other"));
}

#[test]
fn the_key_of_a_channel_that_has_closed_does_not_name_a_later_channel_of_its_number() {
    let mut channels = channels(4);
    let first = channels
        .open("first", Memory::default())
        .expect("it was not open");
    channels.end_turn();
    let second = channels
        .open("second", Memory::default())
        .expect("it was not open");
    assert_eq!(first.number, second.number);
    assert_eq!(channels.name(first), None);
    assert_eq!(channels.name(second), Some("second"));
    assert!(!channels.own(first, timer(1)) && channels.own(second, timer(2)));
    channels.disown(first, timer(2));
    assert_eq!(channels.end_turn(), [timer(2)]);
}

#[test]
fn the_limit_of_subscribers_counts_the_subscribers_of_all_channels() {
    let mut channels = channels(4);
    keep(&mut channels, "one");
    keep(&mut channels, "two");
    for (number, is_full) in [(0, false), (1, false), (1, true)] {
        channels.join(number);
        assert_eq!(channels.is_full(), is_full);
    }
    assert_eq!((channels.audience("one"), channels.audience("two")), (1, 2));
    assert_eq!(channels.leave(1), []);
    assert!(!channels.is_full());
}

#[test]
fn the_heartbeat_tells_the_number_of_subscribers() {
    let mut channels = channels(4);
    keep(&mut channels, "one");
    let told = |channels: &mut Channels<u32>, number| {
        let frame = channels.heartbeat(number);
        String::from_utf8_lossy(frame.bytes(crate::channel::Framing::Plain)).into_owned()
    };
    assert_eq!(told(&mut channels, Some(0)), ": 0\n\n");
    channels.join(0);
    for number in [Some(0), Some(0)] {
        assert_eq!(told(&mut channels, number), ": 1\n\n");
    }
    for number in [None, Some(9)] {
        assert_eq!(told(&mut channels, number), ": 0\n\n");
    }
}

#[test]
fn an_event_waits_until_the_sweep_has_offered_half_a_ring_to_every_subscriber() {
    let mut channels = channels(4);
    keep(&mut channels, "news");
    assert_eq!(channels.publish("other", event("x")), Published::Nowhere);
    let Published::Now(first) = channels.publish("news", event("1")) else {
        panic!("the first event does not wait");
    };
    let Published::Now(second) = channels.publish("news", event("2")) else {
        panic!("half of a ring of four may be ahead");
    };
    assert!(first < second && channels.is_sweeping());
    for then in [3, 4, 5] {
        let Published::WaitsForSweep(place) = channels.publish("news", event("late")) else {
            panic!("the ring is half a ring ahead");
        };
        channels.wait(place, event("late"), PURPOSE, then);
    }
    let published = |channels: &mut Channels<u32>| {
        let next = std::iter::from_fn(|| channels.publish_next());
        next.map(|late| (late.then, matches!(late.outcome, Outcome::Published(_))))
            .collect::<Vec<_>>()
    };
    assert_eq!((published(&mut channels), channels.waiting()), (vec![], 3));
    for (then, visited) in [(vec![(3, true), (4, true)], 7), (vec![(5, true)], 7)] {
        assert_eq!(sweep(&mut channels, 7), visited);
        assert_eq!(published(&mut channels), then);
    }
    assert_eq!(
        (sweep(&mut channels, 7), channels.is_sweeping()),
        (7, false)
    );
}

#[test]
fn an_event_that_waited_for_a_channel_that_has_closed_is_published_nowhere() {
    let mut channels = channels(2);
    let key = channels
        .open("news", Memory::default())
        .expect("it was not open");
    assert!(matches!(
        channels.publish("news", event("1")),
        Published::Now(_)
    ));
    let Published::WaitsForSweep(place) = channels.publish("news", event("2")) else {
        panic!("the ring is half a ring ahead");
    };
    assert_eq!(place.channel, key);
    channels.wait(place, event("2"), PURPOSE, 2);
    channels.end_turn();
    channels.open("other", Memory::default());
    sweep(&mut channels, 1);
    let late = channels
        .publish_next()
        .expect("the event has waited longest");
    assert_eq!((late.then, late.outcome), (2, Outcome::Closed));
}

#[test]
fn an_event_without_an_id_leaves_the_last_id_as_it_is() {
    let mut channels = channels(8);
    keep(&mut channels, "news");
    let told = NewEvent {
        has_id: false,
        ..event("x")
    };
    let Published::Now(first) = channels.publish("news", event("1")) else {
        panic!("the event does not wait");
    };
    assert_eq!(channels.publish("news", told), Published::Now(first));
    channels.visit_all();
    assert_eq!(sweep(&mut channels, 2), 2);
}
