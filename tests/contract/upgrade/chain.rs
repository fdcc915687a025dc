//! A long line of versions: descriptors, memory and counters.

use super::Upgradable;
use crate::support::{
    client::{Client, Stream, publish},
    metrics::Metrics,
    process::{descriptors, eventually, resident},
};
use std::{collections::BTreeMap, fs};

/// The number of versions.
const VERSIONS: usize = 50;

#[test]
fn fifty_versions_leave_descriptors_and_memory_where_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let frame = Upgradable::start(&["--history-file", path.to_str().unwrap()]);
    let address = frame.server.address;
    let mut streams: Vec<Stream> = (0..50).map(|_| Stream::open(address)).collect();
    let mut idle = Client::connect(address);
    let (mut open, mut held) = (None, Vec::new());
    let mut counters = BTreeMap::new();
    // The test's own starter may have left some open.
    let inherited = inheritable(frame.pid());
    for version in 1..=VERSIONS {
        frame.upgrade();
        assert_eq!(publish(address, &version.to_string()).status, 200);
        for stream in &mut streams {
            assert_eq!(stream.picture()["keyword"], version.to_string());
        }
        counters = grown(&counters, &Metrics::scrape_by(&mut idle));
        let pid = frame.pid();
        let first = *open.get_or_insert_with(|| descriptors(pid));
        eventually("as many descriptors", || descriptors(pid) == first);
        held.push(resident(pid));
        assert_eq!(inheritable(pid), inherited, "for programs that it starts");
    }
    // Each version is a new process: the first one has as much as the last one.
    let (first, last) = (held[1], held[VERSIONS - 1]);
    assert!(last < first + first / 4, "{first} and then {last} bytes");
}

/// The counters of a report, none of which is smaller than it was `before`.
fn grown(before: &BTreeMap<String, f64>, report: &Metrics) -> BTreeMap<String, f64> {
    let is_counter = |name: &&str| {
        ["_total", "_count", "_sum", "_bucket"].iter().any(|end| {
            name.split('{')
                .next()
                .is_some_and(|plain| plain.ends_with(end))
        })
    };
    let now: BTreeMap<String, f64> = report
        .names()
        .filter(is_counter)
        .map(|name| {
            let plain = name.strip_prefix("picture_frame_").unwrap_or(name);
            (name.to_owned(), report.get(plain))
        })
        .collect();
    assert!(now.len() > 20, "{now:?}");
    for (name, value) in before {
        assert!(
            now[name] >= *value,
            "{name} was {value}, and is {}",
            now[name]
        );
    }
    now
}

/// The descriptors of a process that a program which it starts would have, beside the standard streams.
fn inheritable(pid: u32) -> Vec<u32> {
    let all = fs::read_dir(format!("/proc/{pid}/fdinfo")).unwrap();
    let is_inheritable = |number: &u32| {
        let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{number}")).unwrap_or_default();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
        let flags = flags.map_or(0o2000000, |flags| {
            u64::from_str_radix(flags.trim(), 8).unwrap()
        });
        // open(2), `O_CLOEXEC`
        flags & 0o2000000 == 0
    };
    let numbers = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    numbers
        .filter(|number| *number > 2 && is_inheritable(number))
        .collect()
}
