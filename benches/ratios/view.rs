//! The view of the loop: the processor time of a request with a viewer, beside the time without a viewer.

use crate::{Scale, asker::REQUEST, exchange::Client, process::Process, table::Row};
use std::{
    io::{Read, Write, copy, sink},
    net::Shutdown,
    os::unix::net::UnixStream,
    path::Path,
    thread::{JoinHandle, spawn},
};

/// Connections that ask at the same time.
const ASKERS: usize = 32;
/// Requests of a round, which take about a second: ten looks.
const REQUESTS: usize = 100_000;
/// Subscribers, so that a look shows as many connections as it may.
const CROWD: usize = 100;

/// The rows of this part in the table.
pub fn measure(scale: Scale) -> Vec<Row> {
    let path = std::env::temp_dir().join(format!("view-{}.sock", std::process::id()));
    let admin = format!("PICTURE_FRAME_ADMIN=unix:{}", path.display());
    let wrapper = ["taskset", "-c", "0", "env", &admin].map(str::to_owned);
    let (server, address) = Process::wrapped_server(&wrapper);
    let mut crowd = Process::crowd(address, CROWD, "/subscribe");
    Client::new(address).publish();
    crowd.line();
    let length = Client::new(address).exchange(REQUEST).len();
    let mut asker = Process::asker(address, ASKERS, length);
    let requests = REQUESTS.min(scale.most * scale.rounds);
    let (mut seen, mut unseen) = (f64::MAX, f64::MAX);
    for _ in 0..scale.rounds {
        unseen = unseen.min(round(&server, &mut asker, requests));
        let viewer = Viewer::new(&path);
        seen = seen.min(round(&server, &mut asker, requests));
        viewer.leave();
    }
    vec![Row::new("request with a viewer of the loop", "µs", seen, unseen).within(1.02)]
}

fn round(server: &Process, asker: &mut Process, requests: usize) -> f64 {
    let before = server.cpu();
    asker.tell(requests);
    asker.line();
    (server.cpu() - before).as_secs_f64() * 1e6 / requests as f64
}

/// A viewer that reads every look.
struct Viewer {
    stream: UnixStream,
    reader: JoinHandle<()>,
}

impl Viewer {
    /// Connects, and waits for the first byte.
    fn new(path: &Path) -> Self {
        let mut stream = UnixStream::connect(path).expect("the server accepts");
        let request = b"GET /loop/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
        stream.write_all(request).expect("the server reads");
        stream.read_exact(&mut [0]).expect("the server answers");
        let mut read = stream.try_clone().expect("dup(2)");
        let reader = spawn(move || drop(copy(&mut read, &mut sink())));
        Self { stream, reader }
    }

    fn leave(self) {
        self.stream.shutdown(Shutdown::Both).expect("shutdown(2)");
        self.reader.join().expect("the reader does not panic");
    }
}
