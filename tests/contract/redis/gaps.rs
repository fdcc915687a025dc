//! Entries that are missing in the stream, and entries that are none of ours.

use super::{known, missed_and, next_ids, publish_by_turns};
use crate::support::{
    client::{Stream, get},
    redis::{KEY, Redis, node},
    setups::id,
};

/// Options of a server whose stream keeps few entries.
const FEW: [&str; 4] = ["--history", "9", "--broadcast-rate", "0"];

#[test]
fn a_server_that_was_stopped_for_longer_than_the_stream_keeps_tells_its_subscribers() {
    let Some(redis) = Redis::start() else { return };
    let nodes = [(); 2].map(|()| node(&redis.url(), &FEW));
    let mut streams = nodes.each_ref().map(|node| Stream::open(node.address));
    let ids = publish_by_turns(&[&nodes[1]], 2);
    assert_eq!(next_ids(&mut streams[1], 2), known(&ids));
    nodes[1].signal("STOP");
    let newer = publish_by_turns(&[&nodes[0]], 300);
    nodes[1].signal("CONT");
    let mut told = next_ids(&mut streams[1], 1);
    while told.last() != Some(&newer.last().cloned()) {
        told.extend(next_ids(&mut streams[1], 1));
    }
    // An entry may have been on its way already.
    let gap = told.iter().position(Option::is_none).expect("missed");
    assert!(gap <= 1 && told.iter().filter(|id| id.is_none()).count() == 1);
    let behind: Vec<String> = told[gap + 1..].iter().flatten().cloned().collect();
    assert!(
        newer.ends_with(&behind) && behind.len() < 250,
        "{}",
        behind.len()
    );
    assert_eq!(
        next_ids(&mut streams[0], 302),
        known(&[ids.clone(), newer.clone()].concat())
    );
    let mut late = Stream::resume(nodes[1].address, &ids[1]);
    assert_eq!(next_ids(&mut late, 10), missed_and(&newer[291..]));
}

#[test]
fn entries_of_other_programs_that_were_trimmed_are_missed_as_well() {
    let Some(redis) = Redis::start() else { return };
    let server = node(&redis.url(), &FEW);
    let mut stream = Stream::open(server.address);
    let ids = publish_by_turns(&[&server], 1);
    assert_eq!(next_ids(&mut stream, 1), known(&ids));
    server.signal("STOP");
    let add = |number: usize| -> String {
        redis.ask(&format!(
            "XADD {KEY} MAXLEN 5 * p other-{number} n picture d {number}"
        ))
    };
    let added: Vec<String> = (0..20).map(add).collect();
    server.signal("CONT");
    let mut told = next_ids(&mut stream, 1);
    while told.last() != Some(&added.last().cloned()) {
        told.extend(next_ids(&mut stream, 1));
    }
    assert_eq!(told.iter().filter(|id| id.is_none()).count(), 1, "{told:?}");
    assert!(told.ends_with(&known(&added[15..])), "{told:?}");
    let polled = get(server.address, &format!("/poll?after={}", ids[0])).json();
    let names: Vec<&str> = polled["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"missed") && names.len() >= 6, "{polled}");
}

#[test]
fn entries_that_are_none_of_ours_are_passed_over_with_a_line() {
    let Some(redis) = Redis::start() else { return };
    let server = node(&redis.url(), &[]);
    let mut stream = Stream::open(server.address);
    let large = "x".repeat(70_000);
    for fields in [
        "temperature 7",
        "p a-1 n picture",
        "p a-2 n picture d no-JSON",
        "p a-3 n picture d {} further field",
        &format!("p a-4 n picture d \"{large}\""),
        "p a-5 n a\nb d {}",
    ] {
        let _: String = redis.ask(&format!("XADD {KEY} * {fields}"));
    }
    let mut strange = redis::cmd("XADD");
    strange.arg(KEY).arg("*").arg(b"\xff").arg(b"\xff\xfe");
    let _: String = redis.try_ask(&strange).unwrap();
    let ours: String = redis.ask(&format!("XADD {KEY} * p a-6 n picture d {{\"url\":\"/\"}}"));
    let ids = publish_by_turns(&[&server], 1);
    assert!(id(&ids[0]) > id(&ours));
    assert_eq!(
        next_ids(&mut stream, 2),
        known(&[ours.clone(), ids[0].clone()])
    );
    let line = server.wait_for_log("are no pictures");
    assert!(line.contains("WARN"), "{line}");
    let fresh = node(&redis.url(), &[]);
    assert_eq!(
        next_ids(&mut Stream::resume(fresh.address, &ours), 1),
        known(&ids)
    );
}

#[test]
fn a_program_that_keeps_writing_into_the_stream_does_not_fill_the_log() {
    let Some(redis) = Redis::start() else { return };
    let server = node(&redis.url(), &["--broadcast-rate", "0"]);
    for number in 0..9 {
        let _: String = redis.ask(&format!("XADD {KEY} * temperature {number}"));
        publish_by_turns(&[&server], 1);
    }
    let log = server.log();
    let lines = log.lines().filter(|line| line.contains("are no pictures"));
    assert_eq!(lines.count(), 1, "{log}");
}
