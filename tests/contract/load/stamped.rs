//! A server of events beside which an independent client reads the kernel's stamps: before the crowd is told, and after.

use crate::support::PATIENCE;
use nix::{
    cmsg_space,
    sys::{
        socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt::ReceiveTimestampns},
        time::TimeSpec,
    },
};
use std::{
    io::{BufRead, BufReader, IoSliceMut, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::fd::AsRawFd,
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
const NOT_FOUND: &[u8] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
const DONE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// A connection over loopback, whose arrivals the kernel stamps.
struct Witness {
    near: TcpStream,
    far: TcpStream,
}

impl Witness {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        setsockopt(&near, ReceiveTimestampns, &true).unwrap();
        let far = listener.accept().unwrap().0;
        let witness = Self { near, far };
        // The kernel begins to stamp a moment after it was asked for the first time.
        while witness.look().is_none() {}
        witness
    }

    /// When a byte that is sent arrives, in the time since 1970.
    fn arrival(&self) -> Duration {
        self.look().expect("the kernel stamps")
    }

    fn look(&self) -> Option<Duration> {
        (&self.far).write_all(b"x").unwrap();
        let (mut byte, mut room) = ([0], cmsg_space!(TimeSpec));
        let mut slices = [IoSliceMut::new(&mut byte)];
        let near = self.near.as_raw_fd();
        let read = recvmsg::<()>(near, &mut slices, Some(&mut room), MsgFlags::empty()).unwrap();
        let mut stamps = read.cmsgs().unwrap().filter_map(|control| match control {
            ControlMessageOwned::ScmTimestampns(stamp) => Some(Duration::from(stamp)),
            _ => None,
        });
        stamps.next()
    }
}

/// The server.
pub struct Stamped {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    streams: Mutex<Vec<TcpStream>>,
    /// The process that reads. It is stopped when the server tells an event.
    reader: Mutex<Option<u32>>,
    /// For each broadcast the arrivals at the witness before the crowd was told, and after.
    around: Mutex<Vec<(Duration, Duration)>>,
}

impl Stamped {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let shares = Arc::clone(&shared);
        thread::spawn(move || {
            let witness = Arc::new(Witness::new());
            for stream in listener.incoming().map_while(Result::ok) {
                let (shared, witness) = (Arc::clone(&shares), Arc::clone(&witness));
                thread::spawn(move || shared.serve(stream, &witness));
            }
        });
        Self { address, shared }
    }

    /// From here on the process `reader` is stopped when the server tells an event.
    pub fn stop(&self, reader: u32) {
        *self.shared.reader.lock().unwrap() = Some(reader);
    }

    /// For each broadcast the arrivals at the witness before the crowd was told, and after, in seconds since 1970.
    pub fn around(&self) -> Vec<(f64, f64)> {
        let around = self.shared.around.lock().unwrap();
        let seconds =
            |(from, until): &(Duration, Duration)| (from.as_secs_f64(), until.as_secs_f64());
        around.iter().map(seconds).collect()
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream, witness: &Witness) {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        while let Some((first, body)) = request(&mut lines) {
            let answer = match first.split_whitespace().nth(1) {
                Some("/publish") => {
                    self.broadcast(&body, witness);
                    DONE
                }
                Some("/subscribe") => {
                    let mut streams = self.streams.lock().unwrap();
                    streams.push(stream.try_clone().unwrap());
                    HEAD
                }
                _ => NOT_FOUND,
            };
            if stream.write_all(answer).is_err() {
                return;
            }
        }
    }

    /// Tells the crowd of an event while it cannot read.
    fn broadcast(&self, body: &str, witness: &Witness) {
        let event = format!("data: {body}\n\n");
        let reader = self.reader.lock().unwrap().expect("the reader is known");
        let stopped = Stopped::stop(reader);
        let before = witness.arrival();
        for mut stream in &*self.streams.lock().unwrap() {
            stream.write_all(event.as_bytes()).unwrap();
        }
        let after = witness.arrival();
        drop(stopped);
        self.around.lock().unwrap().push((before, after));
    }
}

/// Reads a request. Returns its first line and its body.
fn request(lines: &mut BufReader<TcpStream>) -> Option<(String, String)> {
    let (mut first, mut length) = (String::new(), 0);
    lines
        .read_line(&mut first)
        .ok()
        .filter(|count| *count > 0)?;
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).ok()?;
        match line.trim_end().to_lowercase().split_once(": ") {
            Some(("content-length", number)) => length = number.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body).ok()?;
    Some((first, String::from_utf8(body).ok()?))
}

/// A process that is stopped until this is dropped.
struct Stopped(u32);

impl Stopped {
    fn stop(process: u32) -> Self {
        let stopped = Self(process);
        stopped.signal("STOP");
        stopped
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.0);
        let status = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.signal("CONT");
    }
}
