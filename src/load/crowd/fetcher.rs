//! Fetchers: with `--fetch-picture` each subscriber has one, which does as an open page does. Some time after an event it
//! asks for the picture that the event names, over a connection of its own that it keeps.

use super::{Crowd, Who};
use crate::load::{
    report::Fetches,
    wire::response::{Fault, Part, Reader},
};
use crate::reactor::{Ended, Io, NEVER, Token};
use std::{mem, rc::Rc, time::Duration};

/// The longest time from an event to the request for its picture: a server may hope that pages do not ask all at once.
pub(super) const WAIT: Duration = Duration::from_secs(2);

/// A subscriber's fetcher. Its connection waits for an answer, or for the next picture.
#[derive(Debug, Default)]
pub(super) struct Fetcher {
    at: Option<Token>,
    /// An answer came on this connection, so that the server may close it in between (RFC 9112, section 9.3).
    is_used: bool,
    next: Next,
    asked: Option<Asked>,
}

/// The picture to be fetched next.
#[derive(Debug, Default)]
enum Next {
    #[default]
    None,
    /// A picture whose time has not come.
    Waits(Rc<str>),
    /// A picture to be fetched since this moment of the run, as soon as the one before is there.
    Due(Rc<str>, Duration),
}

/// A picture that is being fetched.
#[derive(Debug)]
struct Asked {
    path: Rc<str>,
    due: Duration,
    is_sent: bool,
    /// Some of the answer has come.
    is_begun: bool,
    status: u16,
    is_kept: bool,
    bytes: u64,
    reader: Reader,
}

impl Asked {
    fn new(path: Rc<str>, due: Duration) -> Self {
        Self {
            path,
            due,
            is_sent: false,
            is_begun: false,
            status: 0,
            is_kept: false,
            bytes: 0,
            reader: Reader::default(),
        }
    }

    /// Takes some of the answer. Whether it is whole.
    fn read(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        let mut whole = false;
        self.is_begun = true;
        self.reader.read(bytes, &mut |part| match part {
            Part::Head(head) => (self.status, self.is_kept) = (head.status, head.is_kept),
            Part::Body(bytes) => self.bytes += bytes.len() as u64,
            Part::End => whole = true,
        })?;
        Ok(whole)
    }
}

impl Fetcher {
    /// Whether there is nothing to be fetched.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.next, Next::None) && self.asked.is_none()
    }

    /// Whether a picture should be there and is not.
    fn is_late(&self) -> bool {
        matches!(self.next, Next::Due(..)) || self.asked.is_some()
    }

    /// Takes a newer picture. Whether it is the only one, so that its wait begins.
    fn wants(&mut self, path: Rc<str>, fetches: &mut Fetches) -> bool {
        match &mut self.next {
            Next::None => {
                self.next = Next::Waits(path);
                return true;
            }
            Next::Waits(older) | Next::Due(older, _) => *older = path,
        }
        fetches.overtaken += 1;
        false
    }
}

impl Crowd {
    /// Has a subscriber fetch the picture that it was told of last, after a while.
    pub(super) fn wants_picture(&mut self, io: &mut Io<Self>, number: u32) {
        let Some(pictures) = &mut self.books.pictures else {
            return;
        };
        if let Some(path) = pictures.news()
            && self.fetchers[number as usize].wants(path, &mut pictures.fetches)
        {
            let alarm = self.members.len() as u32 + number;
            io.alarm(alarm, WAIT.mul_f64(fastrand::f64()));
        }
    }

    /// The wait of a subscriber's fetcher is over.
    pub(super) fn picture_is_due(&mut self, io: &mut Io<Self>, number: u32) {
        let now = self.now();
        let fetcher = &mut self.fetchers[number as usize];
        if let Next::Waits(path) = mem::take(&mut fetcher.next) {
            fetcher.next = Next::Due(path, now);
        }
        self.fetch(io, number);
    }

    /// Begins to fetch the next picture, if it is due and no other is under way.
    fn fetch(&mut self, io: &mut Io<Self>, number: u32) {
        let fetcher = &mut self.fetchers[number as usize];
        if fetcher.asked.is_some() {
            return;
        }
        match mem::take(&mut fetcher.next) {
            Next::Due(path, due) => fetcher.asked = Some(Asked::new(path, due)),
            next => return fetcher.next = next,
        }
        if let Some(pictures) = &mut self.books.pictures {
            pictures.fetches.asked += 1;
        }
        match self.fetchers[number as usize].at {
            Some(_) => self.fetcher_writes(io, number),
            None => self.fetcher_connects(io, number),
        }
    }

    fn fetcher_connects(&mut self, io: &mut Io<Self>, number: u32) {
        let dialled = self.dial(io, number, None);
        let fetcher = &mut self.fetchers[number as usize];
        fetcher.is_used = false;
        match dialled {
            Ok(at) => {
                fetcher.at = Some(at);
                let deadline = io.now().after(self.plan.options.timeout);
                io.with(at, |slot| {
                    slot.state = Who::Fetcher(number);
                    slot.socket.set_deadline(deadline);
                });
                if let Some(pictures) = &mut self.books.pictures {
                    pictures.fetches.connections += 1;
                }
            }
            Err(error) => self.fetch_fails(io, number, &format!("connecting: {error}")),
        }
    }

    /// Asks for the picture, once it is connected and unless it has asked.
    pub(super) fn fetcher_writes(&mut self, io: &mut Io<Self>, number: u32) {
        let fetcher = &mut self.fetchers[number as usize];
        let (Some(at), Some(asked)) = (fetcher.at, &mut fetcher.asked) else {
            return;
        };
        if mem::replace(&mut asked.is_sent, true) {
            return;
        }
        let deadline = io.now().after(self.plan.options.timeout);
        // As a browser does, since a server may have the picture ready in that form.
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nAccept: image/*\r\nAccept-Encoding: gzip\r\n\r\n",
            asked.path, self.plan.target.host
        );
        let sent = io.with(at, |slot| {
            slot.socket.set_deadline(deadline);
            slot.socket.write(request.as_bytes())
        });
        match sent {
            // The socket is full, and `writable` will come, or it has failed, and `closed` will.
            None | Some(0) => asked.is_sent = false,
            Some(sent) if sent < request.len() => {
                self.fetch_fails(io, number, "the request was not taken");
            }
            Some(_) => {}
        }
    }

    pub(super) fn fetcher_hears(&mut self, io: &mut Io<Self>, number: u32, bytes: &[u8]) {
        self.books.totals.bytes += bytes.len() as u64;
        let read = match &mut self.fetchers[number as usize].asked {
            Some(asked) => asked.read(bytes),
            None => Err(Fault::Malformed("more than was announced")),
        };
        match read {
            Ok(false) => {}
            Ok(true) => self.fetched(io, number),
            Err(fault) => self.fetch_fails(io, number, &fault.to_string()),
        }
    }

    /// The server has closed the connection, or the connection is gone.
    pub(super) fn fetcher_ends(&mut self, io: &mut Io<Self>, number: u32, ended: Option<Ended>) {
        self.fetcher_closes(io, number);
        let fetcher = &mut self.fetchers[number as usize];
        let Some(asked) = &mut fetcher.asked else {
            return;
        };
        match (asked.reader.end(), ended) {
            (Ok(()), None) => self.fetched(io, number),
            // The server closed it while the request was on its way: ask again (RFC 9112, section 9.3.1).
            (Err(Fault::Cut(_)), _) if fetcher.is_used && !asked.is_begun => {
                asked.is_sent = false;
                self.fetcher_connects(io, number);
            }
            (Err(fault), None) => self.fetch_fails(io, number, &fault.to_string()),
            (_, Some(ended)) => self.fetch_fails(io, number, &ended.to_string()),
        }
    }

    /// The connection is gone, and not by what was done here: then it is still known by its token.
    pub(super) fn fetcher_is_gone(&mut self, io: &mut Io<Self>, number: u32, ended: Ended) {
        let at = self.fetchers[number as usize].at;
        if at.is_some_and(|at| io.with(at, |_| ()).is_none()) {
            self.fetcher_ends(io, number, Some(ended));
        }
    }

    fn fetcher_closes(&mut self, io: &mut Io<Self>, number: u32) {
        if let Some(at) = self.fetchers[number as usize].at.take() {
            io.with(at, |slot| slot.socket.close());
        }
    }

    /// The answer is whole.
    fn fetched(&mut self, io: &mut Io<Self>, number: u32) {
        let now = self.now();
        let fetcher = &mut self.fetchers[number as usize];
        let (Some(asked), Some(pictures)) = (fetcher.asked.take(), &mut self.books.pictures) else {
            return;
        };
        fetcher.is_used = true;
        pictures.fetches.bytes += asked.bytes;
        if !pictures.answered(asked.status, now.saturating_sub(asked.due)) {
            self.books
                .error(format!("fetching answered with {}", asked.status));
        }
        let never = io.now().after(NEVER);
        match (asked.is_kept, fetcher.at) {
            (true, Some(at)) => drop(io.with(at, |slot| slot.socket.set_deadline(never))),
            _ => self.fetcher_closes(io, number),
        }
        self.fetch(io, number);
    }

    /// No answer, or none that can be read, and why.
    pub(super) fn fetch_fails(&mut self, io: &mut Io<Self>, number: u32, why: &str) {
        self.fetchers[number as usize].asked = None;
        self.fetcher_closes(io, number);
        self.unfetched(why, 1);
        self.fetch(io, number);
    }

    /// Gives up the pictures that should be there by now.
    pub(super) fn stop_fetching(&mut self) {
        let late = self.fetchers.iter().filter(|fetcher| fetcher.is_late());
        match late.count() {
            0 => {}
            late => self.unfetched("not answered by the end", late as u64),
        }
    }

    fn unfetched(&mut self, why: &str, times: u64) {
        self.books.errors(format!("fetching: {why}"), times);
        if let Some(pictures) = &mut self.books.pictures {
            pictures.fetches.failed += times;
        }
    }
}
