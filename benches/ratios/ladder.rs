//! The programs of the ladder: the bytes that an idle client takes, and the turns and system calls of an echo. Each figure
//! stands beside the figure that the program's page tells, in the place of a floor.
//!
//! The programs are examples, which `cargo build --release --examples` builds.

use crate::{
    Scale,
    exchange::Client,
    process::{Process, example},
    table::Row,
};
use std::{fs, net::SocketAddr, path::Path, thread::sleep, time::Duration};

const STEPS: std::ops::RangeInclusive<usize> = 1..=10;
/// Echoes whose system calls are counted.
const ECHOES: usize = 200;
const ECHO: &[u8] = b"ping\n";
/// The last step is a chat, and its echo is a line that one member reads.
const CHAT: usize = 10;
const LINE: &[u8] = b"POST /chat/Joe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nHello";
const JOIN: &[u8] = b"GET /chat/Ann HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// The time between two echoes, and between two looks whether strace(1) has ended, and the number of looks.
const QUIET: Duration = Duration::from_millis(5);
const LOOKS: usize = 1000;

/// The rows of this part in the table.
pub fn measure(scale: Scale) -> Vec<Row> {
    STEPS.flat_map(|step| measure_step(step, scale)).collect()
}

fn measure_step(step: usize, scale: Scale) -> Vec<Row> {
    let name = format!("step_{step}");
    if !example(&name).exists() {
        eprintln!("{name} is not built: try `cargo build --release --examples`");
        return Vec::new();
    }
    let [bytes, turns, calls] = told(step);
    let row = |what: &str, unit, ours, told| match told {
        0.0 => Row::alone(format!("{name}: {what}"), unit, ours).at_most(0.1),
        told => Row::new(format!("{name}: {what}"), unit, ours, told).within(1.2),
    };
    let count = crowd(step).min(scale.most);
    let mut rows = vec![row("an idle client", "bytes", slope(&name, count), bytes)];
    let has_strace = Path::new("/usr/bin/strace").exists();
    match has_strace.then(|| calls_of_an_echo(step, &name)).flatten() {
        Some([of_turns, of_calls]) => {
            rows.push(row("an echo", "turns", of_turns, turns));
            rows.push(row("an echo", "system calls", of_calls, calls));
        }
        None => eprintln!("{name}: no system call is counted without strace(1)"),
    }
    rows
}

/// The most clients that a step holds: the first step's wait in the backlog, and the second step has a thread for each.
fn crowd(step: usize) -> usize {
    match step {
        1 => 100,
        2 => 2000,
        9 => 900,
        _ => 10_000,
    }
}

/// The figures that the step's page tells: bytes, turns and system calls.
fn told(step: usize) -> [f64; 3] {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(root.join(format!("src/demos/ladder/step_{step}.rs")));
    let source = source
        .expect("the source is in the checkout")
        .replace("\n//!", "");
    let (_, cost) = source
        .split_once("The cost: ")
        .expect("the page tells the cost");
    [" bytes for an idle client", " turn", " system calls"].map(|unit| {
        let (before, _) = cost.split_once(unit).expect("the cost has each figure");
        let number = before
            .split(' ')
            .next_back()
            .expect("a word before the unit");
        number.parse().expect("a number")
    })
}

/// The bytes of memory that each further idle client takes.
fn slope(name: &str, count: usize) -> f64 {
    let (server, address) = Process::example(name, &[]);
    let few = count / 10;
    let gather = |count| {
        let mut crowd = Process::crowd(address, count, "");
        crowd.line();
        server.cpu();
        crowd
    };
    let _few = gather(few);
    let before = server.resident();
    let _many = gather(count - few);
    (server.resident() - before) / (count - few) as f64
}

/// The turns and the system calls of an echo, as strace(1) counts them. None if it may not trace.
fn calls_of_an_echo(step: usize, name: &str) -> Option<[f64; 2]> {
    let file = std::env::temp_dir().join(format!("ladder-{}", std::process::id()));
    // The tracer is no parent, and ends with the program (`-D`).
    let tracer = ["strace", "-D", "-f", "-q", "-o", file.to_str()?].map(str::to_owned);
    let (server, address) = Process::example(name, &tracer);
    let member = member(step, address);
    let mut client = Client::new(address);
    for _ in 0..ECHOES {
        echo(step, &mut client);
        // The next echo comes when the server sleeps, and not while it looks whether there is more.
        sleep(QUIET);
    }
    drop((server, member));
    let calls = whole(&file)?;
    let _ = fs::remove_file(file);
    // The calls before the last accept4(2) belong to the start.
    let (_, calls) = calls.rsplit_once("accept4(")?;
    let counted = |name: &str| {
        let is_call = |line: &&str| line.contains(name) && !line.contains("resumed>");
        calls.lines().filter(is_call).count() as f64 / ECHOES as f64
    };
    Some([counted("epoll_wait("), counted("(")])
}

/// The calls that strace(1) has written, once the process has ended. None if they do not come.
fn whole(file: &Path) -> Option<String> {
    (0..LOOKS).find_map(|_| {
        sleep(QUIET);
        let calls = fs::read_to_string(file).ok()?;
        calls.contains("+++ killed").then_some(calls)
    })
}

/// The member of the chat.
fn member(step: usize, address: SocketAddr) -> Option<Client> {
    (step == CHAT).then(|| {
        let mut member = Client::new(address);
        member.send(JOIN);
        member
    })
}

fn echo(step: usize, client: &mut Client) {
    match step {
        CHAT => drop(client.exchange(LINE)),
        _ => client.echo(ECHO),
    }
}
