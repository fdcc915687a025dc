//! The loop's lines at level trace while no logger wants them: the part of a request's processor time that they take.

use crate::{Scale, asker::REQUEST, exchange::Client, process::Process, table::Row};
use log::LevelFilter;
use std::{fs, hint::black_box, time::Instant};

/// Requests whose lines are counted.
const REQUESTS: usize = 100;
const LINES: u32 = 10_000_000;

/// The rows of this part in the table.
pub fn measure(scale: Scale) -> Vec<Row> {
    let lines = lines_of_a_request();
    let line = (0..scale.rounds).map(|_| untold()).fold(f64::MAX, f64::min);
    let request = request(scale);
    let part = lines * line / (request * 1e3) * 100.0;
    vec![
        Row::alone("lines of the story, of a request", "lines", lines),
        Row::alone("a line that is not told", "ns", line),
        Row::alone("all of them, of a request's processor time", "%", part).at_most(1.0),
    ]
}

/// The lines that the loop has for a request on a kept connection, each step of a turn included.
fn lines_of_a_request() -> f64 {
    let file = std::env::temp_dir().join(format!("story-{}.json", std::process::id()));
    let wrapper = [
        "env".to_owned(),
        format!("PICTURE_FRAME_TRACE={}", file.display()),
    ];
    let (server, address) = Process::wrapped_server(&wrapper);
    let mut client = Client::new(address);
    (0..REQUESTS).for_each(|_| drop(client.exchange(REQUEST)));
    drop(server);
    let trace = fs::read_to_string(&file).expect("the server wrote a trace");
    let _ = fs::remove_file(file);
    // A step of a turn looks whether the turn is told, as a line does, and has an entry of its own.
    trace.lines().count() as f64 / REQUESTS as f64
}

/// The time of a line that no logger wants, in nanoseconds.
fn untold() -> f64 {
    // The compiler must not know that there is no logger.
    log::set_max_level(black_box(LevelFilter::Off));
    let begun = Instant::now();
    for number in 0..LINES {
        log::trace!(connection = black_box(number); "connection {number}: read {number} bytes");
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(LINES)
}

/// The processor time of a request, in microseconds.
fn request(scale: Scale) -> f64 {
    let (server, address) = Process::server();
    let mut client = Client::new(address);
    let requests = (scale.most * scale.rounds).min(REQUESTS * REQUESTS);
    let before = server.cpu();
    (0..requests).for_each(|_| drop(client.exchange(REQUEST)));
    (server.cpu() - before).as_secs_f64() * 1e6 / requests as f64
}
