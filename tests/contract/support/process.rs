//! A running server seen from outside: by the system, and by its own metrics.

use super::{PATIENCE, client::get, pause};
use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

/// Waits until `holds`.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        pause();
    }
}

/// The sum of a metric's values over the lines that begin with `start`, which may go on into the labels.
#[track_caller]
pub fn metric(address: SocketAddr, start: &str) -> u64 {
    let response = get(address, "/metrics");
    assert_eq!(response.status, 200);
    sum(response.text(), start)
}

/// The sum of values in metrics that were read already.
pub fn sum(metrics: &str, start: &str) -> u64 {
    let lines = metrics.lines().filter(|line| line.starts_with(start));
    let values = lines.map(|line| {
        let (_, value) = line.rsplit_once(' ').expect("a value");
        value.parse::<f64>().expect("a number") as u64
    });
    values.sum()
}

/// Connections that the server holds in `state`, or in any state if that is empty, the scraping connection included.
#[track_caller]
pub fn connections(address: SocketAddr, state: &str) -> u64 {
    metric(
        address,
        &format!("picture_frame_connections{{state=\"{state}"),
    )
}

/// Descriptors that a process has open.
pub fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// Resident memory in bytes (proc(5), `VmRSS`).
pub fn resident(pid: u32) -> u64 {
    memory(pid, "VmRSS:")
}

/// The peak of resident memory in bytes (proc(5), `VmHWM`).
pub fn peak(pid: u32) -> u64 {
    memory(pid, "VmHWM:")
}

fn memory(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line.unwrap().trim().trim_end_matches(" kB");
    kibibytes.parse::<u64>().unwrap() * 1024
}

/// The processor time that a process has used (proc(5), `stat`, fields 14 and 15), in steps of 10 ms.
pub fn processor_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks = fields[11..13]
        .iter()
        .map(|field| field.parse::<u64>().unwrap());
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

/// The bytes that the kernel holds to be sent on each connection of this port, by ss(8): the larger of `t` and `w`.
/// Empty where ss does not tell.
pub fn kernel_memory(ss: &Path, from: u16) -> Vec<u64> {
    let filter = format!("sport = :{from}");
    let told = Command::new(ss).args(["-tmnH", &filter]).output().unwrap();
    let text = String::from_utf8(told.stdout).unwrap();
    let held = text.split("skmem:(").skip(1).map(|rest| {
        let fields = rest.split_once(')').map_or("", |(fields, _)| fields);
        let numbers = fields
            .split(',')
            .filter(|field| field.starts_with(['t', 'w']));
        let numbers = numbers.filter_map(|field| field[1..].parse::<u64>().ok());
        numbers.max().unwrap_or_default()
    });
    held.collect()
}

/// Sends a signal to a process that runs. The signal is a name without SIG, or a number.
#[track_caller]
pub fn signal(process: u32, signal: &str) {
    let kill = format!("kill -{signal} {process}");
    let status = Command::new("sh").args(["-c", &kill]).status();
    assert!(status.unwrap().success(), "{kill}");
}
