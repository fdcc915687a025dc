//! Publishes at a fixed rate, whatever the server does: what is due while an answer is still out waits for its turn,
//! and its latency counts from when it was due. On a connection of its own.

use super::{Crowd, Message, Who};
use crate::load::wire::{
    response::{Part, Reader},
    target::Target,
};
use crate::reactor::{Dial, Ended, Io, Mailbox, NEVER, Token};
use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

/// A server may close a kept connection between two publishes that are further apart, so that it is not kept.
const KEEP: Duration = Duration::from_secs(4);

const ADVICE: &str = "picture-frame does not limit it when started with --publish-rate 0";

/// The connection that publishes, and what is to be published.
pub(super) struct Publisher {
    target: Target,
    at: Option<Token>,
    reader: Reader,
    status: u16,
    is_kept: bool,
    /// The broadcast whose answer is out.
    asked: Option<u32>,
    is_sent: bool,
    waiting: VecDeque<u32>,
    /// Publishes that are to be due yet.
    to_come: u32,
}

impl Publisher {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            at: None,
            reader: Reader::default(),
            status: 0,
            is_kept: true,
            asked: None,
            is_sent: false,
            waiting: VecDeque::new(),
            to_come: 0,
        }
    }

    /// Whether everything was published and answered.
    pub(super) fn is_done(&self) -> bool {
        self.left() == 0
    }

    /// Nothing more is to be due.
    pub(super) fn stop(&mut self) {
        self.to_come = 0;
    }

    /// How many were or are to be due, and have no answer.
    fn left(&self) -> u64 {
        u64::from(self.to_come) + self.waiting.len() as u64 + u64::from(self.asked.is_some())
    }

    fn request(&self, keyword: &str, is_kept: bool) -> String {
        let (host, path) = (&self.target.host, &self.target.path);
        let body = format!("keyword={keyword}");
        let close = if is_kept { "" } else { "Connection: close\r\n" };
        format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{close}Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Takes some of the answer. Whether it is all there.
    fn read(&mut self, bytes: &[u8]) -> Result<bool, String> {
        let mut whole = false;
        let result = self.reader.read(bytes, &mut |part| match part {
            Part::Head(head) => (self.status, self.is_kept) = (head.status, head.is_kept),
            Part::Body(_) => {}
            Part::End => whole = true,
        });
        result.map(|()| whole).map_err(|fault| fault.to_string())
    }
}

/// How many publishes are due in `hold`, the first at once and then one each `every`; as many as can be counted.
pub(crate) fn dues(every: Duration, hold: Duration) -> u32 {
    u32::try_from(hold.as_nanos().div_ceil(every.as_nanos())).unwrap_or(u32::MAX)
}

/// Says when each of `count` publishes is due: at `start` after `began`, and every `every` from then on. On a thread of
/// its own, for the loop's time has a tick of 10 ms.
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
            Ok(()) => publisher.to_come = count,
            Err(error) => self.books.error(format!("publishing: {error}")),
        }
    }

    /// A publish is due. It may be told late, on a busy machine after the crowd was held for as long as it was to be.
    pub(super) fn due(&mut self, io: &mut Io<Self>, at: Duration) {
        let Some(publisher) = self
            .publisher
            .as_mut()
            .filter(|publisher| publisher.to_come > 0)
        else {
            return;
        };
        publisher.to_come -= 1;
        let number = self.books.broadcasts.begin(at, self.course.held);
        publisher.waiting.push_back(number);
        self.publish(io);
    }

    /// Gives up what is not published by now.
    pub(super) fn stop_publishing(&mut self) {
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        let left = publisher.left();
        publisher.stop();
        publisher.waiting.clear();
        publisher.asked = None;
        if left > 0 {
            self.books.totals.unpublished += left;
            self.books
                .errors("publishing: not answered by the end", left);
        }
    }

    /// Publishes the next that waits, if nothing else is under way.
    pub(super) fn publish(&mut self, io: &mut Io<Self>) {
        let Some(publisher) = self
            .publisher
            .as_mut()
            .filter(|publisher| publisher.asked.is_none())
        else {
            return;
        };
        let Some(number) = publisher.waiting.pop_front() else {
            return;
        };
        publisher.asked = Some(number);
        publisher.is_sent = false;
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
                io.with(at, |slot| slot.state = Who::Publisher);
                self.publisher_waits(io, self.plan.options.timeout);
            }
            Err(error) => self.publisher_ends(io, &error.to_string()),
        }
    }

    fn publisher_waits(&mut self, io: &mut Io<Self>, wait: Duration) {
        let deadline = io.now().after(wait);
        if let Some(at) = self.publisher.as_ref().and_then(|publisher| publisher.at) {
            io.with(at, |slot| slot.socket.set_deadline(deadline));
        }
    }

    /// Sends what is to be published, unless it is sent.
    pub(super) fn publisher_writes(&mut self, io: &mut Io<Self>) {
        let is_kept = self.plan.options.every < KEEP;
        let Some(publisher) = self
            .publisher
            .as_mut()
            .filter(|publisher| !publisher.is_sent)
        else {
            return;
        };
        let (Some(number), Some(at)) = (publisher.asked, publisher.at) else {
            return;
        };
        publisher.is_sent = true;
        let request = publisher.request(&self.books.broadcasts.keyword(number), is_kept);
        match io.with(at, |slot| slot.socket.write(request.as_bytes())) {
            Some(sent) if sent == request.len() => {
                self.publisher_waits(io, self.plan.options.timeout)
            }
            _ => self.publisher_ends(io, "the request was not taken"),
        }
    }

    pub(super) fn publisher_hears(&mut self, io: &mut Io<Self>, bytes: &[u8]) {
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        match publisher.read(bytes) {
            Ok(false) => {}
            Ok(true) if publisher.is_kept => {
                publisher.reader = Reader::default();
                self.answered();
                self.publisher_waits(io, NEVER);
            }
            Ok(true) => {
                self.answered();
                self.publisher_closes(io);
            }
            Err(fault) => self.publisher_ends(io, &fault),
        }
    }

    /// The connection is over, and why. What was asked on it failed, unless its answer was to end so.
    pub(super) fn publisher_ends(&mut self, io: &mut Io<Self>, why: &str) {
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        if publisher.status != 0 && publisher.reader.end().is_ok() {
            self.answered();
        } else if publisher.asked.take().is_some() {
            self.books.totals.unpublished += 1;
            self.books.error(format!("publishing: {why}"));
        }
        self.publisher_closes(io);
    }

    /// The connection is gone, and not by what was done here: then it is still known by its token.
    pub(super) fn publisher_fails(&mut self, io: &mut Io<Self>, ended: Ended) {
        let at = self.publisher.as_ref().and_then(|publisher| publisher.at);
        if at.is_some_and(|at| io.with(at, |_| ()).is_none()) {
            self.publisher_ends(io, &ended.to_string());
        }
    }

    fn publisher_closes(&mut self, io: &mut Io<Self>) {
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        publisher.reader = Reader::default();
        publisher.status = 0;
        if let Some(at) = publisher.at.take() {
            io.with(at, |slot| slot.socket.close());
        }
    }

    fn answered(&mut self) {
        let now = self.now();
        let Some(publisher) = &mut self.publisher else {
            return;
        };
        let status = std::mem::take(&mut publisher.status);
        let Some(number) = publisher.asked.take() else {
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
