//! The publisher on the reactor: publishes at a fixed rate, however fast the server is, on a connection of its own. A
//! publish that is due while an answer is out waits for its turn, and its latency counts from when it was due.

use super::{Crowd, Message, Role, close, is_lost, wait};
use crate::{
    load::plan::dues,
    reactor::{Dial, Ended, Io, Mailbox, NEVER},
};
use std::{
    io,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

/// A server may close a kept connection between two publishes that are further apart, so that it is not kept.
const KEEP: Duration = Duration::from_secs(4);

const ADVICE: &str = "picture-frame does not limit it when started with --publish-rate 0";

/// Posts when each of `count` publishes is due: the first at `start` after `began`, the others `every` apart. On a
/// thread of its own, for the loop's time has ticks of 10 ms.
fn tick(
    mailbox: Mailbox<Message>,
    began: Instant,
    start: Duration,
    every: Duration,
    count: u32,
) -> io::Result<()> {
    let tick = move || {
        for due in (0..count).map(|number| start + every * number) {
            thread::sleep((began + due).saturating_duration_since(Instant::now()));
            mailbox.post(Message::Due(due));
        }
    };
    thread::Builder::new()
        .name("clock".to_owned())
        .spawn(tick)
        .map(drop)
}

impl Crowd {
    /// Begins to publish, if anything is to be published.
    pub(super) fn begin_to_publish(&mut self, io: &Io<Self>) {
        let (now, options) = (self.now(), &self.plan.options);
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        let (every, count) = (options.every, dues(options.every, options.hold));
        match tick(io.mailbox(), self.began, now, every, count) {
            Ok(()) => publisher.start(count),
            Err(error) => self.books.error(format!("publishing: {error}")),
        }
    }

    /// A publish is due. On a busy machine the message may come late, even after the time to hold the crowd is over.
    pub(super) fn due(&mut self, io: &mut Io<Self>, at: Duration) {
        if let Some(publisher) = &mut self.publisher
            && publisher.is_awaiting()
        {
            publisher.comes_due(self.books.broadcasts.begin(at, self.course.held));
            self.publish(io);
        }
    }

    /// Gives up what is not published yet.
    pub(super) fn stop_publishing(&mut self) {
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        let left = publisher.give_up();
        if left > 0 {
            self.books.totals.unpublished += left;
            self.books
                .errors("publishing: not answered by the end", left);
        }
    }

    /// Publishes the broadcast that waits longest, if no other is under way.
    pub(super) fn publish(&mut self, io: &mut Io<Self>) {
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        if !publisher.turns() {
            return;
        }
        if publisher.at.is_some() {
            return self.publisher_writes(io);
        }
        let bind = self.plan.options.bind.first();
        let dial = Dial {
            to: publisher.target.address(0),
            from: bind.map(|from| SocketAddr::new(*from, 0)),
            receive_buffer: None,
        };
        match io.connect(&dial) {
            Ok(at) => {
                publisher.at = Some(at);
                io.with(at, |slot| slot.state = Role::Publisher);
                wait(io, at, self.plan.options.timeout);
            }
            Err(error) => self.publisher_ends(io, &error.to_string()),
        }
    }

    /// Sends what is to be published, unless it is sent.
    pub(super) fn publisher_writes(&mut self, io: &mut Io<Self>) {
        let (now, is_kept) = (self.now(), self.plan.options.every < KEEP);
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        let (Some(number), Some(at), false) = (publisher.asked, publisher.at, publisher.is_sent)
        else {
            return;
        };
        publisher.is_sent = true;
        self.books.broadcasts.sent(number, now);
        let request = publisher.request(&self.books.broadcasts.keyword(number), is_kept);
        match io.with(at, |slot| slot.socket.write(request.as_bytes())) {
            Some(sent) if sent == request.len() => wait(io, at, self.plan.options.timeout),
            _ => self.publisher_ends(io, "the request was not taken"),
        }
    }

    /// Reads what has arrived of an answer.
    pub(super) fn publisher_hears(&mut self, io: &mut Io<Self>, bytes: &[u8]) {
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        match publisher.read(bytes) {
            Ok(false) => {}
            Ok(true) => {
                match publisher.at {
                    Some(at) if publisher.answer.is_kept => wait(io, at, NEVER),
                    _ => close(io, &mut publisher.at),
                }
                self.answered();
            }
            Err(fault) => self.publisher_ends(io, &fault.to_string()),
        }
    }

    /// The connection is over, and why. The publish that was asked on it failed, unless its answer was to end so.
    pub(super) fn publisher_ends(&mut self, io: &mut Io<Self>, why: &str) {
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        close(io, &mut publisher.at);
        if publisher.answer.status != 0 && publisher.answer.end().is_ok() {
            self.answered();
        } else if let (_, Some(_)) = publisher.take_answer() {
            self.books.totals.unpublished += 1;
            self.books.error(format!("publishing: {why}"));
        }
    }

    /// The reactor has closed a connection of the publisher.
    pub(super) fn publisher_fails(&mut self, io: &mut Io<Self>, ended: Ended) {
        let at = self.publisher.as_ref().and_then(|publisher| publisher.at);
        if is_lost(io, at) {
            self.publisher_ends(io, &ended.to_string());
        }
    }

    /// The answer is whole.
    fn answered(&mut self) {
        let now = self.now();
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        let (status, Some(number)) = publisher.take_answer() else {
            return;
        };
        if (200..300).contains(&status) {
            self.books.totals.published += 1;
            return self.books.broadcasts.answered(number, now);
        }
        self.books.totals.unpublished += 1;
        self.books.error(match status {
            429 => format!("publishing answered with 429: too often for the server ({ADVICE})"),
            status => format!("publishing answered with {status}"),
        });
    }
}
