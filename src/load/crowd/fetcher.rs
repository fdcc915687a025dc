//! The fetchers on the reactor: with `--fetch-picture` each subscriber has a fetcher, which does as an open page does.
//! Some time after an event it asks for the picture that the event names, over a connection of its own that it keeps.

use super::{Crowd, Role, close, is_lost, wait};
use crate::{
    load::wire::response::Fault,
    reactor::{Ended, Io, NEVER},
};
use std::{mem, time::Duration};

/// The longest time from an event to the request for its picture: a server may hope that pages do not ask all at once.
pub(super) const WAIT: Duration = Duration::from_secs(2);

impl Crowd {
    /// Has a subscriber's fetcher fetch the picture that the subscriber was told of last, after a while.
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

    /// The wait of a fetcher's next picture is over.
    pub(super) fn picture_is_due(&mut self, io: &mut Io<Self>, number: u32) {
        let now = self.now();
        self.fetchers[number as usize].comes_due(now);
        self.fetch(io, number);
    }

    /// Begins to fetch the next picture, if it is due and no other is under way.
    fn fetch(&mut self, io: &mut Io<Self>, number: u32) {
        if !self.fetchers[number as usize].turns() {
            return;
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
                io.with(at, |slot| slot.state = Role::Fetcher(number));
                wait(io, at, self.plan.options.timeout);
                if let Some(pictures) = &mut self.books.pictures {
                    pictures.fetches.connections += 1;
                }
            }
            Err(error) => self.fetch_fails(io, number, &format!("connecting: {error}")),
        }
    }

    /// Asks for the picture once the connection is there, unless that is done.
    pub(super) fn fetcher_writes(&mut self, io: &mut Io<Self>, number: u32) {
        let fetcher = &mut self.fetchers[number as usize];
        let (Some(at), Some(fetch)) = (fetcher.at, &mut fetcher.fetch) else {
            return;
        };
        if mem::replace(&mut fetch.is_sent, true) {
            return;
        }
        // As a browser does, since a server may have the picture ready in that form.
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nAccept: image/*\r\nAccept-Encoding: gzip\r\n\r\n",
            fetch.path, self.plan.target.host
        );
        wait(io, at, self.plan.options.timeout);
        match io.with(at, |slot| slot.socket.write(request.as_bytes())) {
            // The socket is full, and `writable` will come, or it has failed, and `closed` will.
            None | Some(0) => fetch.is_sent = false,
            Some(sent) if sent < request.len() => {
                self.fetch_fails(io, number, "the request was not taken");
            }
            Some(_) => {}
        }
    }

    /// Reads what has arrived of a picture.
    pub(super) fn fetcher_hears(&mut self, io: &mut Io<Self>, number: u32, bytes: &[u8]) {
        self.books.totals.bytes += bytes.len() as u64;
        let read = match &mut self.fetchers[number as usize].fetch {
            Some(fetch) => fetch.read(bytes),
            None => Err(Fault::Malformed("more than was announced")),
        };
        match read {
            Ok(false) => {}
            Ok(true) => self.fetched(io, number),
            Err(fault) => self.fetch_fails(io, number, &fault.to_string()),
        }
    }

    /// The server has closed a fetcher's connection, or the reactor has, for the reason in `ended`.
    pub(super) fn fetcher_ends(&mut self, io: &mut Io<Self>, number: u32, ended: Option<Ended>) {
        let fetcher = &mut self.fetchers[number as usize];
        close(io, &mut fetcher.at);
        let Some(fetch) = &mut fetcher.fetch else {
            return;
        };
        match (fetch.answer.end(), ended) {
            (Ok(()), None) => self.fetched(io, number),
            // The server closed the connection while the request was on its way: ask again (RFC 9112, section 9.3.1).
            (Err(Fault::Cut(_)), _) if fetcher.is_used && !fetch.is_begun => {
                fetch.is_sent = false;
                self.fetcher_connects(io, number);
            }
            (Err(fault), None) => self.fetch_fails(io, number, &fault.to_string()),
            (_, Some(ended)) => self.fetch_fails(io, number, &ended.to_string()),
        }
    }

    /// The reactor has closed a connection of a fetcher.
    pub(super) fn fetcher_fails(&mut self, io: &mut Io<Self>, number: u32, ended: Ended) {
        if is_lost(io, self.fetchers[number as usize].at) {
            self.fetcher_ends(io, number, Some(ended));
        }
    }

    /// The answer is whole.
    fn fetched(&mut self, io: &mut Io<Self>, number: u32) {
        let now = self.now();
        let fetcher = &mut self.fetchers[number as usize];
        let (Some(fetch), Some(pictures)) = (fetcher.fetch.take(), &mut self.books.pictures) else {
            return;
        };
        let answer = fetch.answer;
        fetcher.is_used = true;
        pictures.fetches.bytes += answer.bytes;
        match fetcher.at {
            Some(at) if answer.is_kept => wait(io, at, NEVER),
            _ => close(io, &mut fetcher.at),
        }
        if !pictures.answered(answer.status, now.saturating_sub(fetch.due)) {
            self.books
                .error(format!("fetching answered with {}", answer.status));
        }
        self.fetch(io, number);
    }

    /// A picture is not answered, or not readably, and why.
    pub(super) fn fetch_fails(&mut self, io: &mut Io<Self>, number: u32, why: &str) {
        let fetcher = &mut self.fetchers[number as usize];
        fetcher.fetch = None;
        close(io, &mut fetcher.at);
        self.unfetched(why, 1);
        self.fetch(io, number);
    }

    /// Gives up the pictures that are due and not there.
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
