//! The server above a scripted connection: it answers at once, later, bit by bit, or with events.

use super::{
    Above, HISTORY, Halt, Life, Scripted,
    expected::{self, Arrival, Expected},
    pair::take,
};
use crate::{
    channel::{Cursor, Framing},
    event::Id,
    http::{Problem, Request, Response, chunk},
    server::connection::{Disconnected, Incoming},
};
use std::time::Duration;

/// How long a poll is held.
const POLL: Duration = Duration::from_secs(1);
const DATE: &str = "Sat, 21 Nov 2026 10:00:00 GMT";

impl Above for Scripted {
    fn serve(life: &mut Life, incoming: Box<Incoming>) {
        life.serve(incoming);
    }

    fn refuse(life: &mut Life, incoming: Box<Incoming>, problem: Problem) {
        let arrival = Arrival::Whole(problem.status, None);
        life.answer(incoming, Response::from(problem), arrival);
    }
}

impl Life {
    fn serve(&mut self, mut incoming: Box<Incoming>) {
        let held = incoming.held.take();
        let request = incoming.input.request();
        match &*request.path {
            "/events" => {
                let (cursor, from) = self.place(&request);
                let arrival = Arrival::Events { from, ended: None };
                self.stream(incoming, Response::events(), Some(cursor), arrival);
            }
            "/stream" => {
                let arrival = Arrival::Body {
                    written: Vec::new(),
                    whole: false,
                };
                self.stream(incoming, Response::new(200), None, arrival);
            }
            "/poll" => {
                let text = format!("{:?} {:?}", request.method, request.body);
                let cursor = self.place(&request).0;
                let holds = !self.channel.has_more(&cursor) && !self.server.draining;
                if held.is_some() {
                    assert_eq!(
                        self.server.held.take(),
                        Some(text),
                        "it comes back as it was"
                    );
                } else if holds {
                    self.server.held = Some(text);
                    let until = self.now.after(POLL);
                    return self.connection.hold(incoming, cursor, until);
                }
                self.connection.defer(incoming);
                self.resolve();
            }
            path => {
                let is_later = path == "/later";
                self.connection.defer(incoming);
                if !is_later {
                    self.resolve();
                }
            }
        }
    }

    /// The place where a subscriber begins, and the number of the event before.
    fn place(&self, request: &Request<'_>) -> (Cursor, u64) {
        let framing = framing(request);
        let seen = request.header("last-event-id").unwrap_or_default();
        let seen = str::from_utf8(seen).unwrap_or_default();
        let (Ok(id), Some((number, _))) = (seen.parse::<Id>(), seen.split_once('-')) else {
            return (
                self.channel.latest(framing),
                self.server.published.saturating_sub(1),
            );
        };
        let number = number.parse().expect("it is an id");
        match self.channel.after(id, framing) {
            (cursor, None) => (cursor, number),
            (cursor, Some(_)) => (cursor, self.server.published.saturating_sub(HISTORY as u64)),
        }
    }

    fn stream(
        &mut self,
        incoming: Box<Incoming>,
        response: Response,
        cursor: Option<Cursor>,
        arrival: Arrival,
    ) {
        let response = response.streaming();
        let framing = framing(&incoming.input.request());
        let mut wire = incoming.input.wire(DATE);
        if wire.head {
            return self.answer(incoming, response, Arrival::Whole(200, None));
        }
        wire.keep_alive &= !self.server.draining;
        let last = !response.keep_alive(&wire);
        self.expect(Expected {
            close: last,
            last: last || cursor.is_some(),
            head: false,
            arrival,
        });
        let (mut bytes, _) = response.encode(&wire);
        let now = self.now;
        match cursor {
            Some(cursor) => {
                match framing {
                    Framing::Chunked => chunk(&mut bytes, expected::RETRY.as_bytes()),
                    Framing::Plain => bytes.extend_from_slice(expected::RETRY.as_bytes()),
                }
                self.connection.subscribe(&incoming, bytes, cursor, now);
            }
            None => {
                self.connection.stream(incoming, bytes, framing, last, now);
            }
        }
    }

    fn answer(&mut self, incoming: Box<Incoming>, response: Response, arrival: Arrival) {
        let mut wire = incoming.input.wire(DATE);
        wire.keep_alive &= !self.server.draining;
        let last = !response.keep_alive(&wire);
        self.expect(Expected {
            close: last,
            last,
            head: wire.head,
            arrival,
        });
        let encoded = response.encode(&wire);
        self.connection.answer(incoming, encoded, last, self.now);
    }

    fn expect(&mut self, answer: Expected) {
        assert!(
            self.server.answers.last().is_none_or(|answer| !answer.last),
            "nothing follows the last"
        );
        self.server.answers.push(answer);
    }

    pub(super) fn resolve(&mut self) {
        if let Some(incoming) = self.connection.recall() {
            let request = incoming.input.request();
            let body = String::from_utf8_lossy(request.body);
            let text = format!("{} {} {body}", self.server.answers.len(), request.path);
            let arrival = Arrival::Whole(200, Some(text.clone()));
            self.answer(incoming, Response::text(200, text), arrival);
        }
    }

    /// Goes on with a streamed body, or ends it.
    pub(super) fn write(&mut self, length: usize) {
        let data = vec![b'y'; length];
        let is_open = self.is_open();
        let Some(body) = self.connection.body().filter(|_| is_open) else {
            return;
        };
        let keeps_up = match length {
            0 => body.finish(self.now).is_empty(),
            _ => {
                let (room, taken) = (&mut self.room, &mut self.taken);
                body.write(&data, self.now, |slices| take(room, taken, slices))
            }
        };
        self.server.data -= length;
        if let Some(Arrival::Body { written, whole }) = self.under_way() {
            written.extend(data);
            *whole = length == 0;
        }
        if !keeps_up {
            self.halt = Halt::Closed(Some(Disconnected::Slow));
        }
    }

    /// The answer that is being given.
    pub(super) fn under_way(&mut self) -> Option<&mut Arrival> {
        self.server
            .answers
            .last_mut()
            .map(|answer| &mut answer.arrival)
    }
}

fn framing(request: &Request<'_>) -> Framing {
    match request.minor {
        0 => Framing::Plain,
        _ => Framing::Chunked,
    }
}
