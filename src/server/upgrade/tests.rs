//! Hand-overs without a process.

use super::starting::Ready;
use crate::{
    event::Id,
    handover::Frame,
    journal::{Appended, Failure, Full, Journal, Kept, Memory, Reporter},
    reactor::{Courier, Pace},
    server::{Handle, Router, Server, Settings},
};
use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant},
};

/// A journal whose file is away between two calls. A job ends at this moment, and publishes an event.
struct Leaving {
    handle: Handle,
    has_file: bool,
    /// True for each event that was appended, false for each that was refused.
    appended: Sender<bool>,
}

impl Journal for Leaving {
    fn open(&mut self, _: usize) -> Result<Kept, Failure> {
        self.has_file = true;
        Ok(Memory::default().kept())
    }

    fn start(&mut self, _: Reporter) {}

    fn let_go(&mut self) -> bool {
        self.has_file = false;
        self.handle.run(|cx| cx.publish("news", "headline", "late"));
        true
    }

    fn append(&mut self, token: u64, _: &str, _: &str) -> Result<Appended, Full> {
        self.appended.send(self.has_file).unwrap();
        match self.has_file {
            true => Ok(Appended::Now(Id::at(token))),
            false => Err(Full),
        }
    }
}

/// A server whose journal is [`Leaving`], and the receiver of its appends.
fn server() -> (Server<()>, Receiver<bool>) {
    let server = Server::new((), Router::new(), &Settings::default()).unwrap();
    let (appended, told) = channel();
    let journal = Leaving {
        handle: server.handle(),
        has_file: false,
        appended,
    };
    (server.keep_in("news", journal).unwrap(), told)
}

#[test]
fn a_job_that_ends_while_the_journals_files_are_away_publishes_once_they_are_back() {
    let (mut server, told) = server();
    let mut reactor = server.take_loop().unwrap();
    // The other end is closed: the new process has ended.
    let (near, _) = UnixStream::pair().unwrap();
    server.hand_over(&mut reactor, Ready::without_process(Courier::new(near)));
    server.handle().stop();
    server.run_loop(reactor).unwrap();
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [true]);
}

/// A new process, played by a thread. It takes over, or ends once it has got connections.
fn heir(takes_over: bool) -> Ready {
    let (near, far) = UnixStream::pair().unwrap();
    thread::spawn(move || {
        let mut courier = Courier::new(far);
        while let Ok((frame, _)) = courier.receive(None) {
            let answer = match frame {
                Frame::State(_) => continue,
                Frame::Connections(all) if takes_over => Frame::Had(all.len() as u32),
                Frame::End(count) => Frame::Taken(count),
                _ => return,
            };
            let until = Instant::now() + Duration::from_secs(10);
            courier.send(&answer, &[], until).unwrap();
        }
    });
    Ready::without_process(Courier::new(near))
}

#[test]
fn a_connection_is_served_by_this_process_if_the_new_one_ends_with_it() {
    let mut server = Server::new((), Router::new(), &Settings::default()).unwrap();
    let mut reactor = server.take_loop().unwrap();
    let (_, mut client) = reactor.pair().unwrap();
    server.hand_over(&mut reactor, heir(false));
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    for _ in 0..3 {
        reactor.step(&mut server, false).unwrap();
    }
    let mut begin = [0; 12];
    assert_eq!(
        (
            client.read(&mut begin).ok(),
            &*String::from_utf8_lossy(&begin)
        ),
        (Some(12), "HTTP/1.1 404"),
        "a new process got the connection and ended: nothing is final until it has said that it has everything, so that \
         this process takes each connection back, and hears of its input again"
    );
}

#[test]
fn a_process_that_has_handed_over_is_held_no_more() {
    let mut server = Server::new((), Router::new(), &Settings::default()).unwrap();
    let mut reactor = server.take_loop().unwrap();
    let _client = reactor.pair().unwrap();
    reactor.io().set_pace(Pace::Paused);
    server.hand_over(&mut reactor, heir(true));
    assert!(server.has_handed_over());
    assert_eq!(
        reactor.io().pace(),
        Pace::Free,
        "the operator's listener is the new process's: no request would let this process end"
    );
}
