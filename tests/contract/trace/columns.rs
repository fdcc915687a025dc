//! The loop's lines beside the system calls of the same publish, as the reactor's documentation shows them.

use super::reader::{Entry, Trace};
use crate::support::{
    client::{Client, Stream, form},
    process::eventually,
    programs::{find, skip},
    server::Server,
};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

const SHOWN: &str = include_str!("../../../src/reactor/a_publish.md");
/// The system calls on descriptors that the loop and the pool make.
const CALLS: &str = "trace=accept4,epoll_ctl,epoll_wait,recvfrom,sendto,writev,write,close";
/// Publishes, of which one at least takes the documented way: on a busy machine a thread of the pool may be done before
/// the loop sleeps.
const TRIES: usize = 12;
/// The end of a call that a thread of the pool makes.
const OF_THE_POOL: &str = ", by a thread of the pool";
/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;
/// The width of the left column.
const WIDTH: usize = 66;

/// A debugger that writes the system calls of each thread to a file. Ends when it is dropped.
struct Strace(Child);

impl Strace {
    /// None, with a line, where no debugger is permitted.
    fn attach(server: &Server, files: &Path) -> Option<Self> {
        let number = server.pid().to_string();
        let child = Command::new(find(&["strace"], "strace")?)
            .args(["-ff", "-ttt", "-s", "12", "-e", CALLS, "-e", "signal=none"])
            .args(["-o", files.to_str()?, "-p", &number])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut strace, mut said) = (Self(child), String::new());
        let pipe = strace.0.stderr.take().unwrap();
        BufReader::new(pipe).read_line(&mut said).unwrap();
        if !said.contains("attached") {
            skip(&format!("no debugger is permitted here: {said}"));
            return None;
        }
        Some(strace)
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        // At SIGTERM the debugger lets the threads go, and writes its last lines.
        let number = self.0.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &number]).status();
        let _ = self.0.wait();
    }
}

#[test]
fn the_columns_on_the_reactors_page_are_a_real_publish() {
    let folder = tempfile::tempdir().unwrap();
    let [file, calls] = ["trace.json", "calls"].map(|name| folder.path().join(name));
    let mut server = super::traced(&file);
    let mut stream = Stream::open(server.address);
    let Some(strace) = Strace::attach(&server, &calls) else {
        return;
    };
    for number in 0..TRIES as i64 {
        let mut client = Client::connect(server.address);
        settle(&file, number + 2);
        client.send(form("keyword=sushi"));
        assert_eq!(client.response().status, 200);
        stream.picture();
        drop(client);
        settle(&file, number + 2);
    }
    drop(strace);
    server.signal("TERM");
    server.wait();
    let calls = all_calls(&calls, server.pid());
    let trace = Trace::read(&file);
    let runs = (2..TRIES as i64 + 2).map(|of| columns(&trace, &calls, of));
    let runs: Vec<String> = runs.collect();
    let count = runs.iter().filter(|run| shape(run) == shape(SHOWN)).count();
    println!("{count} of {TRIES} publishes are as shown");
    if count == 0 {
        let (new, run) = (
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("a_publish.md"),
            &runs[TRIES - 1],
        );
        fs::write(&new, run).unwrap();
        panic!(
            "the loop does not do what src/reactor/a_publish.md shows; if {new:?} is right, copy it there:\n{run}"
        );
    }
}

/// The system calls of the loop, and those by which the pool's threads wake it.
fn all_calls(files: &Path, of_loop: u32) -> Vec<(i64, String)> {
    let others = read_calls(files, |thread| thread != of_loop);
    let wakes = others.filter(|(_, call)| call.contains(r"\1\0\0\0"));
    let wakes = wakes.map(|(at, call)| (at, call + OF_THE_POOL));
    let own = read_calls(files, |thread| thread == of_loop);
    own.chain(wakes).collect()
}

/// Waits until the loop sleeps after it has seen the connection of this number, which may be closed.
fn settle(file: &Path, connection: i64) {
    eventually("the loop sleeps", || {
        let trace = Trace::read(file);
        let entries = trace.entries();
        let is_seen = entries.iter().any(|entry| entry.track == connection);
        is_seen
            && entries
                .last()
                .is_some_and(|entry| entry.name.contains("may sleep"))
    });
}

/// The system calls of the chosen threads, with their times since midnight.
fn read_calls(
    files: &Path,
    is_chosen: impl Fn(u32) -> bool,
) -> impl Iterator<Item = (i64, String)> {
    let entries = fs::read_dir(files.parent().unwrap()).unwrap();
    let mut calls = Vec::new();
    for entry in entries.map(|entry| entry.unwrap().path()) {
        let thread = entry.extension().and_then(|end| end.to_str()?.parse().ok());
        if thread.is_some_and(&is_chosen) {
            calls.extend(fs::read_to_string(entry).unwrap().lines().filter_map(call));
        }
    }
    calls.into_iter()
}

/// A line of strace, shortened to the arguments that matter here.
fn call(line: &str) -> Option<(i64, String)> {
    let (at, call) = line.split_once(' ')?;
    let (seconds, micros) = at.split_once('.')?;
    let at = (seconds.parse::<i64>().ok()? * 1_000_000 + micros.parse::<i64>().ok()?) * 1_000;
    let call = call.split_whitespace().collect::<Vec<_>>().join(" ");
    let call = without(&without(&call, "0x", ", [128]"), ", \"", "\\r\\nid");
    Some((
        at % DAY,
        PLAIN.iter().fold(named(&call), |call, (long, short)| {
            call.replace(long, short)
        }),
    ))
}

/// The text with a sign for the part between two others, such as an address or the length of a chunk.
fn without(text: &str, from: &str, to: &str) -> String {
    let shortened = text.split_once(from).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(to)?;
        Some(format!("{before}{from}…{to}{after}"))
    });
    shortened.unwrap_or_else(|| text.to_owned())
}

/// Parts of strace's lines that are left out or written shorter.
const PLAIN: [(&str, &str); 16] = [
    (", 0, NULL, NULL)", ")"),
    (", MSG_NOSIGNAL, NULL, 0)", ")"),
    (" (Resource temporarily unavailable)", ""),
    ("EPOLL_CTL_ADD", "ADD"),
    ("EPOLLRDHUP", "RDHUP"),
    ("EPOLLIN", "IN"),
    ("EPOLLOUT", "OUT"),
    ("EPOLLET", "ET"),
    ("{events=", ""),
    ("{sa_family=AF_INET, sin_port=htons(", "port "),
    ("), sin_addr=inet_addr(\"127.0.0.1\")}, [128 => 16]", ""),
    (", SOCK_CLOEXEC|SOCK_NONBLOCK", ""),
    ("0x…, [128]", "…"),
    ("{iov_base=", ""),
    (", iov_len=", " "),
    ("},", ","),
];

/// The call with the poller's token as the loop reads it, for `data={u32=1, u64=4294967297}}`.
fn named(call: &str) -> String {
    let Some((before, rest)) = call.split_once("data={") else {
        return call.to_owned();
    };
    let (token, after) = rest.split_once("}}").unwrap();
    let token: u64 = token.split_once("u64=").unwrap().1.parse().unwrap();
    let name = match u64::MAX - token {
        0 => "the mailbox".to_owned(),
        2 => "the listener".to_owned(),
        _ => format!(
            "generation {}, slot {}",
            token >> 32,
            token & u64::from(u32::MAX)
        ),
    };
    format!("{before}{name}{after}")
}

/// The rows of one publish: from the turn that accepts the publisher's connection to the turn that delivers the event.
fn columns(trace: &Trace, calls: &[(i64, String)], publisher: i64) -> String {
    let entries = trace.entries();
    let accepted = entries
        .iter()
        .position(|entry| entry.track == publisher && entry.kind == "X")
        .unwrap();
    let is_turn = |name: &str, what: &str| name.starts_with("turn ") && name.contains(what);
    let begin = (0..accepted)
        .rev()
        .find(|at| is_turn(&entries[*at].name, ": may"))
        .unwrap();
    let delivered = (begin..)
        .find(|at| entries[*at].name.contains("is delivered"))
        .unwrap();
    let end = (delivered..)
        .find(|at| is_turn(&entries[*at].name, ": may"))
        .unwrap();
    let (from, to) = (entries[begin].at, entries[end].at);
    let lines = entries[begin..end].iter().filter_map(line);
    let lines = lines.map(|(at, line)| (at, String::new(), line));
    let woke = |at: i64| {
        let woke = |entry: &&Entry| entry.at > at && is_turn(&entry.name, ": woke");
        entries.iter().find(woke).map(|entry| entry.at - 1)
    };
    // A write to the mailbox belongs to the wait that it ends, which may begin a little later.
    let time = |(at, call): &(i64, String)| match call.ends_with(OF_THE_POOL) {
        true => woke(*at),
        false => Some(*at),
    };
    let calls = calls
        .iter()
        .filter_map(|call| Some((time(call)?, call.1.clone(), String::new())));
    let calls = calls.filter(|(at, ..)| (from..to).contains(at));
    let mut all: Vec<(i64, String, String)> = lines.chain(calls).collect();
    all.sort_by_key(|(at, ..)| *at);
    let mut rows: Vec<(String, String)> = Vec::new();
    for (_, call, line) in all {
        match rows.last_mut() {
            // A line tells the result of the call before it.
            Some((_, empty)) if call.is_empty() && empty.is_empty() => *empty = line,
            _ => rows.push((call, line)),
        }
    }
    let rows = rows
        .iter()
        .map(|(call, line)| format!("{call:<WIDTH$} {line}"));
    let rows: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
    format!("```text\n{}\n```\n", rows.join("\n"))
}

/// The line of the log that an entry of the trace has, and its time.
fn line(entry: &Entry) -> Option<(i64, String)> {
    let Entry { name, track, .. } = entry;
    match &*entry.kind {
        "i" => Some((entry.at, name.clone())),
        "X" if *track > 0 => Some((entry.at, format!("connection {track}: {name}"))),
        "X" if name.starts_with("turn ") => {
            let length = entry.length / 1000;
            Some((entry.at + entry.length, format!("{name}: took {length} µs")))
        }
        _ => None,
    }
}

/// The text without its numbers, their units of time, and the number of spaces.
fn shape(text: &str) -> String {
    let words = text.split_whitespace();
    let words = words.filter(|word| !["µs", "ms", "s"].contains(word));
    let words: Vec<&str> = words.collect();
    let is_part = |letter: char| letter.is_ascii_digit() || letter == '.';
    words.join(" ").split(is_part).collect()
}
