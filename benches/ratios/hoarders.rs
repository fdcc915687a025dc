//! Hoarders: clients that ask for pictures and do not read them. Measured is the memory that they make the server hold,
//! the memory that stays when they are gone, and whether a server with little memory outlives them.

use crate::{
    Scale,
    exchange::{Client, field},
    process::Process,
    table::Row,
};
use std::{net::SocketAddr, path::Path};

const CONNECTIONS: usize = 18_000;
/// The memory that a server must manage with, in bytes.
const LITTLE: u64 = 128 << 20;
/// The budget of all connections together, and the memory that a server may have besides.
const RESIDENT: f64 = (64 << 20) as f64 / 1e6 + 20.0;

/// The rows of this part in the table.
pub fn measure(scale: Scale) -> Vec<Row> {
    let count = CONNECTIONS.min(scale.most);
    let what = |what: &str| format!("{count} that ask and do not read: {what}");
    let (server, address) = Process::server();
    let before = server.resident();
    let crowd = hoard(&server, address, count);
    let during = server.resident();
    drop(crowd);
    server.cpu();
    let after = server.resident();
    let megabytes = |bytes: f64| bytes / 1e6;
    drop(server);
    let (how, wrapper) = little();
    vec![
        Row::alone(what("resident"), "MB", megabytes(during)).at_most(RESIDENT),
        Row::alone(what("resident before"), "MB", megabytes(before)),
        Row::alone(what("resident after"), "MB", megabytes(after)),
        Row::alone(
            what(&format!("deaths with {how}")),
            "servers",
            outlives(&wrapper, count),
        )
        .at_most(0.0),
    ]
}

/// Connects so many hoarders, until the server takes no more from them and rests.
fn hoard(server: &Process, address: SocketAddr, count: usize) -> Process {
    let published = Client::new(address).publish();
    let path = field(&published, "url").expect("a picture has a URL");
    let (to, count) = (address.to_string(), count.to_string());
    let mut crowd = Process::client(&["hoarders", &to, &count, path]);
    crowd.line();
    server.cpu();
    crowd
}

/// The number of servers that do not outlive such a crowd with little memory: 0 or 1.
fn outlives(wrapper: &[String], count: usize) -> f64 {
    let (mut server, address) = Process::wrapped_server(wrapper);
    let published = Client::new(address).publish();
    let path = field(&published, "url").expect("a picture has a URL");
    let (to, count) = (address.to_string(), count.to_string());
    let mut crowd = Process::client(&["hoarders", &to, &count, path]);
    crowd.line();
    let outlives = server.comes_to_rest();
    if outlives {
        Client::new(address).health();
    }
    f64::from(u8::from(!outlives))
}

/// The way to give a server little memory, in words and as a command: by systemd where it runs, else by a limit on the
/// memory that a process may allocate (setrlimit(2), `RLIMIT_DATA`), which counts untouched memory as well.
fn little() -> (&'static str, Vec<String>) {
    let (how, command) = match Path::new("/run/systemd/system").exists() {
        true => (
            "MemoryMax=128M",
            format!("systemd-run --quiet --scope -p MemoryMax={LITTLE} -p MemorySwapMax=0"),
        ),
        false => ("RLIMIT_DATA of 128 MiB", format!("prlimit --data={LITTLE}")),
    };
    (how, command.split(' ').map(str::to_owned).collect())
}
