//! The contents of looks, against servers whose state is known.

use super::{get, look, look_until, start, view};
use crate::support::{
    client::{Client, Stream, publish},
    setups::{narrow, publish_on, settle},
};
use serde_json::{Value, json};

/// The connections that a look shows at most.
const ROWS: usize = 100;

fn rows(look: &Value) -> &[Value] {
    look["rows"].as_array().unwrap()
}

fn number(value: &Value) -> i64 {
    value
        .as_i64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

/// The name and the state of each connection of a look.
fn told(look: &Value) -> Vec<Value> {
    let names = ["slot", "generation", "state", "is_view", "is_operators"];
    let told = |row: &Value| names.iter().map(|name| row[name].clone()).collect();
    rows(look).iter().map(told).collect()
}

#[test]
fn a_look_shows_each_connection_with_its_slot_its_generation_and_its_state() {
    let (server, admin) = start(&["--heartbeat", "15", "--request-timeout", "10"]);
    let mut first = Client::connect(server.address);
    first.ask(get("/healthz"));
    drop(first);
    let _streams: Vec<Stream> = (0..3).map(|_| Stream::open(server.address)).collect();
    let mut half = Client::connect(server.address);
    half.send("GET /subscribe HTTP/1.1\r\nHo");
    settle(&server);
    let mut viewer = view(admin);
    let look = look_until(&mut viewer, |look| {
        rows(look).iter().any(|row| row["state"] == "reading")
    });
    let expected = [
        json!([0, 2, "subscribed", false, false]),
        json!([1, 3, "subscribed", false, false]),
        json!([2, 4, "subscribed", false, false]),
        json!([3, 5, "reading", false, false]),
        json!([4, 7, "writing", true, true]),
    ];
    assert_eq!(
        told(&look),
        expected,
        "the first slot is used again, by the second generation"
    );
    assert_eq!(look["connections"], 5);
    for (row, most) in rows(&look).iter().zip([15_020, 15_020, 15_020, 10_020]) {
        let deadline = number(&row["deadline"]);
        assert!((1..=most).contains(&deadline), "{row}");
        assert!(number(&row["armed"]) <= deadline, "{row}");
        assert_eq!(row["unread"], 0, "{row}");
    }
    assert_wheel(&look);
}

/// Checks that the wheel has the entry of each connection that is shown.
fn assert_wheel(look: &Value) {
    let buckets: Vec<[i64; 3]> = serde_json::from_value(look["wheel"]["buckets"].clone()).unwrap();
    assert!(buckets.is_sorted(), "{buckets:?}");
    let sum: i64 = buckets
        .iter()
        .map(|[_, sockets, alarms]| sockets + alarms)
        .sum();
    assert_eq!(look["wheel"]["entries"], sum);
    assert_eq!(look["wheel"]["span"], 20_480);
    for row in rows(look).iter().filter(|row| !row["armed"].is_null()) {
        let armed = number(&row["armed"]);
        let is_there = |[until, sockets, _]: &[i64; 3]| *until == armed && *sockets > 0;
        assert!(buckets.iter().any(is_there), "{row} in {buckets:?}");
    }
}

#[test]
fn a_look_shows_the_ring_and_the_place_of_each_cursor() {
    let (server, admin) = start(&["--history", "4"]);
    let mut live = Stream::open(server.address);
    for number in 0..6 {
        publish(server.address, &format!("word{number}"));
    }
    for _ in 0..6 {
        live.picture();
    }
    let mut viewer = view(admin);
    let look = look_until(&mut viewer, |look| look["rows"][0]["cursor"]["behind"] == 0);
    let ring = &look["rings"][0];
    for (name, value) in [
        ("name", json!("pictures")),
        ("capacity", json!(4)),
        ("oldest", json!(2)),
        ("held", json!(4)),
        ("subscribers", json!(1)),
        ("number", json!(0)),
    ] {
        assert_eq!(ring[name], value, "{name}");
    }
    let lengths = ring["lengths"].as_array().unwrap();
    assert_eq!(lengths.len(), 4);
    assert!(
        lengths.iter().all(|length| number(length) > 50),
        "{lengths:?}"
    );
    let cursor = json!({"ring": 0, "next": 6, "sent": 0, "behind": 0, "is_blocked": false});
    assert_eq!(look["rows"][0]["cursor"], cursor);
}

#[test]
fn a_look_shows_the_bytes_that_the_kernel_holds() {
    let (server, admin) = start(&["--broadcast-rate", "0", "--history", "256"]);
    let mut stuck = narrow(server.address);
    stuck.send(get("/subscribe"));
    stuck.head();
    let mut held = Client::connect(server.address);
    held.send(get("/poll?wait=60"));
    settle(&server);
    let mut viewer = view(admin);
    look_until(&mut viewer, |look| look["rows"][1]["state"] == "polling");
    let next = get("/healthz");
    held.send(&next);
    let look = look_until(&mut viewer, |look| look["rows"][1]["unread"] == next.len());
    assert_eq!(look["rows"][1]["is_paused"], true);
    drop(held);
    let mut publisher = Client::connect(server.address);
    for number in 0..250 {
        publish_on(&mut publisher, &format!("word{number}"));
    }
    let look = look_until(&mut viewer, |look| {
        look["rows"][0]["cursor"]["is_blocked"] == true
    });
    let row = &look["rows"][0];
    assert!(number(&row["cursor"]["behind"]) > 0, "{row}");
    if cfg!(target_os = "linux") {
        assert!(number(&row["unacknowledged"]) > 1000, "{row}");
    }
}

#[test]
fn a_look_shows_the_first_hundred_connections_however_many_there_are() {
    let (server, admin) = start(&[]);
    let _crowd: Vec<Stream> = (0..300).map(|_| Stream::open(server.address)).collect();
    let mut viewer = view(admin);
    let look = look(&mut viewer);
    assert_eq!(look["connections"], 301);
    let slots: Vec<i64> = rows(&look).iter().map(|row| number(&row["slot"])).collect();
    assert_eq!(slots, (0..ROWS as i64).collect::<Vec<_>>());
    assert!(
        look.to_string().len() < 32 * 1024,
        "{} bytes",
        look.to_string().len()
    );
    assert_eq!(look["rings"][0]["subscribers"], 300);
}

#[test]
fn a_look_shows_the_steps_of_the_turns_since_the_last_look() {
    let (server, admin) = start(&[]);
    let mut viewer = view(admin);
    look(&mut viewer);
    publish(server.address, "sushi");
    let (mut turns, mut delivered) = (Vec::new(), 0);
    while delivered == 0 {
        let look = look_until(&mut viewer, |look| look["turns"] != json!([]));
        let steps: Vec<String> = serde_json::from_value(look["steps"].clone()).unwrap();
        let all: Vec<(u64, usize, Vec<u64>)> =
            serde_json::from_value(look["turns"].clone()).unwrap();
        let at = steps.iter().position(|step| step == "deliver").unwrap();
        assert_eq!((steps[0].as_str(), steps.len()), ("wait", 9));
        assert_eq!(
            look["turn"],
            all.last().unwrap().0,
            "the last turn is shown"
        );
        delivered = all.iter().filter(|(_, _, took)| took[at] > 20_000).count();
        turns.extend(all);
    }
    assert!(
        turns
            .iter()
            .all(|(_, _, took)| took.len() == 9 && took[0] > 0)
    );
    let numbers: Vec<u64> = turns.iter().map(|(number, ..)| *number).collect();
    let follows = numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
    assert!(follows, "no turn is left out: {numbers:?}");
    let lengths: Vec<(Option<f64>, u64)> =
        serde_json::from_value(look(&mut viewer)["lengths"].clone()).unwrap();
    let (last, counts) = lengths.split_last().unwrap();
    assert_eq!(last.0, None, "the last bucket has no bound");
    assert!(counts.iter().map(|(_, count)| count).sum::<u64>() > 0);
}
