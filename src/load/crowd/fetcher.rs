//! The fetchers on the reactor: with `--fetch-picture` each subscriber has a fetcher, which does as an open page does.
//! Some time after an event it asks for the picture that the event names, over a connection of its own that it keeps.

use super::{Crowd, Role, close, flush, is_lost, wait};
use crate::{
    load::wire::{pipe::Pipe, request::Ask, response::Fault, target::Target},
    reactor::{Ended, Io, NEVER, Token},
};
use std::{mem, rc::Rc, time::Duration};

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
        let fetcher = &mut self.fetchers[number as usize];
        (fetcher.is_used, fetcher.failed) = (false, 0);
        if let Some(pictures) = &mut self.books.pictures {
            pictures.fetches.connections += 1;
        }
        self.fetcher_dials(io, number);
    }

    /// Dials to the next address of the server.
    fn fetcher_dials(&mut self, io: &mut Io<Self>, number: u32) {
        let (target, fetcher) = (self.stream_of(number), &self.fetchers[number as usize]);
        let to = target.address_after(number, fetcher.failed);
        let to = to.unwrap_or_else(|| target.address(number));
        let pipe = match Pipe::new(target, &self.plan.trust) {
            Ok(pipe) => pipe,
            Err(fault) => return self.fetch_fails(io, number, &fault.to_string()),
        };
        let dialled = self.dial(io, number, to, None);
        let fetcher = &mut self.fetchers[number as usize];
        match dialled {
            Ok(at) => {
                (fetcher.at, fetcher.pipe) = (Some(at), pipe);
                io.with(at, |slot| slot.state = Role::Fetcher(number));
                wait(io, at, self.plan.options.timeout);
            }
            Err(error) => self.fetch_fails(io, number, &format!("connecting: {error}")),
        }
    }

    /// The resource whose pictures the subscriber with this number fetches.
    fn stream_of(&self, number: u32) -> &Target {
        let targets = &self.plan.targets;
        &targets[number as usize % targets.len()]
    }

    /// Goes on to the next address of the server, if a fetcher is connecting and there is any. Returns whether that is so.
    pub(super) fn fetcher_goes_on(&mut self, io: &mut Io<Self>, number: u32) -> bool {
        let fetcher = &mut self.fetchers[number as usize];
        let is_connecting = fetcher.fetch.as_ref().is_some_and(|fetch| !fetch.is_sent);
        fetcher.failed += u8::from(is_connecting);
        let failed = fetcher.failed;
        if !is_connecting
            || self
                .stream_of(number)
                .address_after(number, failed)
                .is_none()
        {
            return false;
        }
        close(io, &mut self.fetchers[number as usize].at);
        self.fetcher_dials(io, number);
        true
    }

    /// Asks for the picture once the connection is there, or sends the rest of the request.
    pub(super) fn fetcher_writes(&mut self, io: &mut Io<Self>, number: u32) {
        let Some(at) = self.fetchers[number as usize].at else {
            return;
        };
        if let Some(request) = self.picture_request(number) {
            self.fetchers[number as usize].pipe.write(&request);
            wait(io, at, self.plan.options.timeout);
        }
        flush(io, at, &mut self.fetchers[number as usize].pipe);
    }

    /// The request for the picture that a fetcher is to fetch, unless it is sent.
    fn picture_request(&mut self, number: u32) -> Option<Vec<u8>> {
        // As a browser does, since a server may have the picture ready in that form.
        const OWN: [(&str, &[u8]); 2] = [("Accept", b"image/*"), ("Accept-Encoding", b"gzip")];
        let fetch = self.fetchers[number as usize].fetch.as_mut()?;
        if mem::replace(&mut fetch.is_sent, true) {
            return None;
        }
        let path = Rc::clone(&fetch.path);
        let ask = Ask {
            target: self.stream_of(number),
            path: &path,
            number,
            is_abroad: false,
        };
        Some(self.plan.additions.request(ask, &OWN))
    }

    /// Reads what has arrived of a picture.
    pub(super) fn fetcher_hears(
        &mut self,
        io: &mut Io<Self>,
        at: Token,
        number: u32,
        bytes: &[u8],
    ) {
        self.books.totals.bytes += bytes.len() as u64;
        let fetcher = &mut self.fetchers[number as usize];
        let read = fetcher.read(bytes);
        flush(io, at, &mut fetcher.pipe);
        match read {
            Ok(false) => {}
            Ok(true) => self.fetched(io, number),
            Err(fault) => self.fetch_fails(io, number, &fault.to_string()),
        }
    }

    /// The server has closed a fetcher's connection, or the reactor has, for the reason in `ended`.
    pub(super) fn fetcher_ends(&mut self, io: &mut Io<Self>, number: u32, ended: Option<Ended>) {
        if ended.is_some() && self.fetcher_goes_on(io, number) {
            return;
        }
        let fetcher = &mut self.fetchers[number as usize];
        close(io, &mut fetcher.at);
        let end = fetcher.end();
        let (Some(end), Some(fetch)) = (end, &mut fetcher.fetch) else {
            return;
        };
        match (end, ended) {
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
