//! The publisher on the reactor: publishes at a fixed rate, however fast the server is. Each publish has a connection of
//! its own, and its latency counts from when it was due.

use super::{Crowd, Role, clock, close, flush, is_lost, post::Onward, wait};
use crate::{
    load::{
        plan::{MOST_PUBLISHES, dues},
        wire::{pipe::Pipe, publication::Edition},
    },
    reactor::{Dial, Ended, Io, NEVER, Token},
};
use std::{io, net::SocketAddr, time::Duration};

const ADVICE: &str = "picture-frame does not limit it when started with --publish-rate 0";

/// The longest time from when a publish was due until this program turns to it that is not worth telling.
const PUNCTUAL: Duration = Duration::from_millis(20);
/// The part of the time between two publishes by which a publish may be late besides, as a divisor.
const PART: u32 = 10;

impl Crowd {
    /// Begins to publish, if anything is to be published.
    pub(super) fn begin_to_publish(&mut self, io: &Io<Self>) {
        let (now, options) = (self.now(), &self.plan.options);
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        let every = options.every;
        let count = match options.stages.is_empty() {
            true => dues(every, options.hold),
            false => MOST_PUBLISHES,
        };
        match clock::tick(io.mailbox(), self.began, now, every, count) {
            Ok(()) => publisher.start(count),
            Err(error) => self.books.error(format!("publishing: {error}")),
        }
    }

    /// A publish is due. On a busy machine the message may come late, even after the time to hold the crowd is over.
    pub(super) fn due(&mut self, io: &mut Io<Self>, at: Duration) {
        let now = self.now();
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        if !publisher.comes_due() {
            return;
        }
        while let Some(mut line) = publisher.forget_stale(now) {
            close(io, &mut line.at);
        }
        let number = self.books.broadcasts.begin(at, self.course.held);
        if publisher.is_full() {
            self.books.totals.not_sent += 1;
            return;
        }
        let late = now.saturating_sub(at);
        if late > PUNCTUAL && late > self.plan.options.every / PART {
            self.books.totals.sent_late += 1;
            self.books.broadcasts.sent_late(number);
        }
        let marker = &self.books.broadcasts.keyword(number);
        let request = publisher.request(Edition { marker, number });
        let key = publisher.assign(number, request);
        self.publish(io, key);
    }

    /// Gives up what is not published yet.
    pub(super) fn stop_publishing(&mut self) {
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        let (to_come, unanswered) = publisher.give_up();
        let left = to_come + unanswered.len() as u64;
        if left > 0 {
            self.books.totals.unpublished += to_come;
            for number in unanswered {
                self.books.unpublished(number);
            }
            self.books
                .errors("publishing: not answered by the end", left);
        }
    }

    /// Sends a publish on its connection, which is dialled if there is none.
    fn publish(&mut self, io: &mut Io<Self>, key: u32) {
        let publisher = self.publisher.as_mut();
        match publisher.and_then(|publisher| publisher.line(key)) {
            Some(line) if line.at.is_none() => self.publisher_dials(io, key),
            _ => self.publisher_writes(io, key),
        }
    }

    /// Dials to the next address of the server.
    fn publisher_dials(&mut self, io: &mut Io<Self>, key: u32) {
        let publisher = self.publisher.as_mut();
        let Some((target, line)) = publisher.and_then(|publisher| publisher.at(key)) else {
            return;
        };
        let to = target.address_after(0, line.failed);
        let to = to.unwrap_or_else(|| target.address(0));
        let mut bind = self.plan.options.bind.iter();
        let from = bind.find(|from| from.is_ipv4() == to.is_ipv4());
        let dial = Dial {
            to,
            from: from.map(|from| SocketAddr::new(*from, 0)),
            receive_buffer: None,
        };
        line.pipe = match Pipe::new(target, &self.plan.trust) {
            Ok(pipe) => pipe,
            Err(fault) => return self.unpublished(io, key, &fault.to_string()),
        };
        match io.connect(&dial) {
            Ok(at) => {
                line.at = Some(at);
                io.with(at, |slot| slot.state = Role::Publisher(key));
                wait(io, at, self.plan.options.timeout);
            }
            Err(_) if line.tries_next(target) => self.publisher_dials(io, key),
            Err(error) => {
                self.finds_limit(io, &error, to);
                self.unsent(io, key, &error);
            }
        }
    }

    /// A publish has no connection. The fault is not the server's where this machine has come to a limit.
    fn unsent(&mut self, io: &mut Io<Self>, key: u32, error: &io::Error) {
        if self.limit.is_none() {
            return self.unpublished(io, key, &error.to_string());
        }
        self.hang_up(io, key);
        self.books.totals.not_sent += 1;
    }

    /// Goes on to the next address of the server, if a connection is not there yet and there is any. Returns whether that
    /// is so.
    pub(super) fn publisher_goes_on(&mut self, io: &mut Io<Self>, key: u32) -> bool {
        let publisher = self.publisher.as_mut();
        let Some((target, line)) = publisher.and_then(|publisher| publisher.at(key)) else {
            return false;
        };
        let goes_on = line.tries_next(target);
        if goes_on {
            close(io, &mut line.at);
            self.publisher_dials(io, key);
        }
        goes_on
    }

    /// Sends as much of a request as the socket takes, unless all is sent.
    pub(super) fn publisher_writes(&mut self, io: &mut Io<Self>, key: u32) {
        let now = self.now();
        let publisher = self.publisher.as_mut();
        let Some(line) = publisher.and_then(|publisher| publisher.line(key)) else {
            return;
        };
        let Some(at) = line.at else {
            return;
        };
        if let Some(post) = line.post.as_mut().filter(|post| !post.is_asked) {
            post.is_asked = true;
            self.books.broadcasts.sent(post.number, now);
            line.pipe.write(&post.request);
        }
        if !line.pipe.is_through() {
            flush(io, at, &mut line.pipe);
            wait(io, at, self.plan.options.timeout);
        }
    }

    /// Reads what has arrived of an answer.
    pub(super) fn publisher_hears(&mut self, io: &mut Io<Self>, at: Token, key: u32, bytes: &[u8]) {
        let publisher = self.publisher.as_mut();
        let Some(line) = publisher.and_then(|publisher| publisher.line(key)) else {
            return;
        };
        let (read, is_asked) = (line.read(bytes), line.post.is_some());
        flush(io, at, &mut line.pipe);
        match read {
            Ok(false) => {}
            Ok(true) => self.answered(io, key, true),
            Err(fault) if is_asked => self.unpublished(io, key, &fault.to_string()),
            Err(_) => self.hang_up(io, key),
        }
    }

    /// A connection is over, and why. Its publish failed, unless its answer was to end so, or it can be sent again.
    pub(super) fn publisher_ends(&mut self, io: &mut Io<Self>, key: u32, why: &str) {
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        let is_whole = publisher
            .line(key)
            .is_some_and(|line| line.is_whole_at_end());
        let Some(post) = publisher.post(key) else {
            return self.hang_up(io, key);
        };
        let is_seen = self.books.broadcasts.is_seen(post.number);
        if is_whole {
            self.answered(io, key, false);
        } else if !is_seen && publisher.repeats(key) {
            if let Some(line) = publisher.line(key) {
                close(io, &mut line.at);
            }
            self.publish(io, key);
        } else {
            self.unpublished(io, key, why);
        }
    }

    /// The reactor has closed a connection of the publisher.
    pub(super) fn publisher_fails(&mut self, io: &mut Io<Self>, key: u32, ended: Ended) {
        let line = self
            .publisher
            .as_mut()
            .and_then(|publisher| publisher.line(key));
        let at = line.and_then(|line| line.at);
        if is_lost(io, at) && !self.publisher_goes_on(io, key) {
            self.publisher_ends(io, key, &ended.to_string());
        }
    }

    /// A publish has no answer, or none that can be read, and why.
    pub(super) fn unpublished(&mut self, io: &mut Io<Self>, key: u32, why: &str) {
        let publisher = self.publisher.as_mut();
        if let Some(post) = publisher.and_then(|publisher| publisher.post(key)) {
            self.books.unpublished(post.number);
        }
        self.hang_up(io, key);
        self.books.error(format!("publishing: {why}"));
    }

    fn hang_up(&mut self, io: &mut Io<Self>, key: u32) {
        let publisher = self.publisher.as_mut();
        if let Some(mut line) = publisher.and_then(|publisher| publisher.forget(key)) {
            close(io, &mut line.at);
        }
    }

    /// An answer is whole. The connection is kept if it `lasts`, and the server keeps it.
    fn answered(&mut self, io: &mut Io<Self>, key: u32, lasts: bool) {
        let now = self.now();
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        let Some(post) = publisher.post(key) else {
            return;
        };
        let (number, status, is_kept) = (post.number, post.answer.status, post.answer.is_kept);
        let marker = &self.books.broadcasts.keyword(number);
        let onward = publisher.goes_on(key, Edition { marker, number });
        match (onward, publisher.line(key)) {
            (Onward::Redirected, Some(line)) => {
                if !lasts || !is_kept || !line.pipe.is_through() {
                    close(io, &mut line.at);
                }
                return self.publish(io, key);
            }
            (_, Some(line)) if lasts && is_kept && line.pipe.is_through() => {
                if let Some(at) = line.at {
                    wait(io, at, NEVER);
                }
                publisher.keep(key, now);
            }
            _ => self.hang_up(io, key),
        }
        self.told(number, status, now, onward);
    }

    /// The server has answered a publish with this status.
    fn told(&mut self, number: u32, status: u16, now: Duration, onward: Onward) {
        // An answer 303 refers to another resource for the outcome of a request that was served (RFC 9110, section 15.4.4).
        if (200..300).contains(&status) || status == 303 {
            self.books.totals.published += 1;
            return self.books.broadcasts.answered(number, now);
        }
        self.books.unpublished(number);
        self.books.error(match (status, onward) {
            (_, Onward::Nowhere(why)) => format!("publishing {why}"),
            (429, _) => {
                format!("publishing answered with 429: too often for the server ({ADVICE})")
            }
            (status, _) => format!("publishing answered with {status}"),
        });
    }
}
