//! A hand-over that fails, without a process.

use super::starting::Ready;
use crate::{
    event::Id,
    journal::{Appended, Failure, Full, Journal, Kept, Memory, Reporter},
    reactor::Courier,
    server::{Handle, Router, Server, Settings},
};
use std::{
    os::unix::net::UnixStream,
    sync::mpsc::{Receiver, Sender, channel},
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
