//! The answer to a request: the action that makes it, and the way of its reply onto the wire.

use super::{
    Server,
    connection::{Connection, Incoming, Next, State},
    context::{Answer, Begin, Held, Reply, failed, framing},
    parts::{
        counters::{Disconnected, Refused},
        limits::busy,
        owner::{Owner, Purpose, RouteName},
    },
};
use crate::{
    channel::{Cursor, Framing},
    http::{Problem, Request, Response, chunk},
    reactor::{Io, Slot, Token},
};
use std::time::SystemTime;

/// The bytes that the kernel may buffer of a stream: a reader that stalls must not cost 4 MB. The kernel doubles the
/// number for its own needs, and lets the last segment grow past it by up to half of the peer's window.
const STREAM_BUFFER: usize = 8 * 1024;
/// The most bytes that a new subscriber is sent before its buffer is made that small: the events that it missed are
/// then one write, which the kernel holds for a reader that stalls.
const FIRST_WRITE: usize = 40 * 1024;
/// The log's name of the limit of bytes.
const BYTES: &str = "the limit of bytes held for connections";

impl<A: 'static> Server<A> {
    /// Answers a connection's request, or its input that is no request.
    pub(super) fn answer(&mut self, io: &mut Io<Self>, at: Token, asked: Next) {
        match asked {
            Next::Request(incoming) => self.call(io, at, incoming),
            Next::Bad(incoming, problem) => {
                // A request that was too slow may have been well-formed.
                if problem.status != 408 {
                    self.parts.counters.refused(Refused::Malformed);
                }
                self.refuse(io, at, incoming, problem);
            }
            Next::Wait(_) | Next::Finish | Next::Close(_) => {}
        }
    }

    /// Calls the action for a request, and puts its reply on its way.
    fn call(&mut self, io: &mut Io<Self>, at: Token, mut incoming: Box<Incoming>) {
        self.requests = self.requests.wrapping_add(1);
        incoming.number = self.requests;
        let (until, catches_up) = (incoming.until, incoming.catches_up);
        let polled = incoming.held.take().map(|cursor| Held {
            cursor,
            until,
            catches_up,
        });
        let (route, reply) = self.dispatch(io, at, polled, &incoming.input.request());
        incoming.route = route;
        self.reply(io, at, incoming, reply);
    }

    /// Makes the reply to a request: by its action, or a refusal if the request is not let in or has no action.
    fn dispatch(
        &mut self,
        io: &mut Io<Self>,
        at: Token,
        polled: Option<Held>,
        request: &Request<'_>,
    ) -> (RouteName, Reply<A>) {
        let (owner, nowhere) = (Owner::Request(at, self.requests), RouteName::default());
        let (admit, route) = (self.router(io, at).admit, nowhere);
        if let Err(problem) = admit(&mut self.context(io, Purpose { owner, route }), request) {
            return (nowhere, problem.into());
        }
        if self.overflow.has(at) && !self.router.is_vital(request) {
            return (nowhere, self.no_room(io).into());
        }
        match self.router(io, at).find(request) {
            Err(response) => (nowhere, response.into()),
            Ok((action, route)) => {
                let mut cx = self.context(io, Purpose { owner, route });
                cx.polled = polled;
                let reply = cx.guard("", |cx| action(cx, request));
                (route, reply.unwrap_or_else(|_| failed()))
            }
        }
    }

    /// Answers input that is no request, by a last answer: the beginning of the next request cannot be known.
    fn refuse(&mut self, io: &mut Io<Self>, at: Token, incoming: Box<Incoming>, problem: Problem) {
        let mut response = Response::from(problem);
        if let Some(request) = incoming.input.beginning() {
            let router = self.router(io, at);
            response = router.complete(&self.app, &request, response);
        }
        let date = self.clock.date(io.now(), SystemTime::now);
        let mut wire = incoming.input.wire(date);
        wire.keep_alive = false;
        let encoded = response.encode(&wire);
        let now = io.now();
        io.with(at, |slot| slot.state.answer(incoming, encoded, true, now));
    }

    /// Replies to a connection's deferred request, and drives the connection. Does nothing if the connection has left
    /// or has no deferred request.
    pub(super) fn resolve(&mut self, io: &mut Io<Self>, at: Token, reply: Reply<A>) {
        if let Some(incoming) = io.with(at, |slot| slot.state.recall()).flatten() {
            self.reply(io, at, incoming, reply);
            if !self.send_late(io, at) {
                self.drive(io, at);
            }
        }
    }

    /// Puts an action's reply on its way. Nothing is sent if the connection is closed.
    fn reply(
        &mut self,
        io: &mut Io<Self>,
        at: Token,
        mut incoming: Box<Incoming>,
        reply: Reply<A>,
    ) {
        match reply.0 {
            Answer::Now(response) => self.put(io, at, incoming, response, Rest::Whole),
            Answer::Stream { head, begin } => self.stream(io, at, incoming, head, begin),
            Answer::Subscribe {
                head,
                beginning,
                cursor,
            } => {
                let rest = Rest::Events(beginning, cursor);
                self.put(io, at, incoming, head.streaming(), rest);
            }
            Answer::Leaves { reply, left } => {
                self.reply_and_watch(io, at, incoming, Reply(*reply), left);
            }
            Answer::Later => {
                io.with(at, |slot| slot.state.defer(incoming));
            }
            Answer::Poll(held) => {
                incoming.catches_up = held.catches_up;
                io.with(at, |slot| {
                    slot.state.hold(incoming, held.cursor, held.until);
                    make_room(slot);
                });
            }
        }
    }

    /// Replies, and has `left` be called when the subscriber has left; at once, if the reply makes no subscriber.
    fn reply_and_watch(
        &mut self,
        io: &mut Io<Self>,
        at: Token,
        incoming: Box<Incoming>,
        reply: Reply<A>,
        left: Begin<A>,
    ) {
        let purpose = Purpose {
            owner: Owner::Gone,
            route: incoming.route,
        };
        self.reply(io, at, incoming, reply);
        if io.with(at, |slot| slot.state.is_subscriber()) == Some(true) {
            self.parts.leavers.add(at, purpose, left);
        } else {
            self.say_left(io, purpose, left);
        }
    }

    /// Makes the call for a subscriber that has left.
    pub(super) fn say_left(&mut self, io: &mut Io<Self>, purpose: Purpose, left: Begin<A>) {
        let mut cx = self.context(io, purpose);
        // The log has the panic, and no client waits for this call.
        let _ = cx.guard("a subscriber's end of ", left);
    }

    /// Answers with a stream, and calls `begin` when the connection streams.
    fn stream(
        &mut self,
        io: &mut Io<Self>,
        at: Token,
        incoming: Box<Incoming>,
        head: Response,
        begin: Begin<A>,
    ) {
        let purpose = Purpose {
            owner: Owner::Stream(at, incoming.number),
            route: incoming.route,
        };
        self.put(io, at, incoming, head.streaming(), Rest::Stream);
        if io.with(at, |slot| slot.state.streams()) != Some(true) {
            return;
        }
        let jobs = self.parts.outstanding();
        let mut cx = self.context(io, purpose);
        if cx.guard("", begin).is_err() {
            return self.take_back(io, at);
        }
        let goes_on = cx.parts.outstanding() > jobs || cx.parts.feeds(purpose);
        let is_idle = |slot: &mut Slot<Connection>| Some(slot.state.body()?.is_idle());
        let is_idle = cx.sockets.with(at, is_idle).flatten();
        if is_idle == Some(true) && !goes_on {
            cx.mistake(
                "the stream will never end, for it has no timer and no job and is not finished: a body that is whole \
                 at once is a Response's",
            );
        }
    }

    /// Answers 500 in place of a stream whose `begin` panicked, if nothing of the stream was offered to the socket.
    fn take_back(&mut self, io: &mut Io<Self>, at: Token) {
        let begun = io.with(at, |slot| slot.state.take_back());
        if let Some((incoming, timers)) = begun.flatten() {
            self.parts.end_timers(io, timers);
            self.reply(io, at, incoming, failed());
        }
    }

    fn put(
        &mut self,
        io: &mut Io<Self>,
        at: Token,
        incoming: Box<Incoming>,
        response: Response,
        rest: Rest,
    ) {
        let request = incoming.input.request();
        let framing = framing(&request);
        let router = self.router(io, at);
        let response = router.complete(&self.app, &request, response);
        let is_leaving = self.parts.phase.is_draining() && !self.has_handed_over();
        let stays = !is_leaving && !self.overflow.has(at);
        let date = self.clock.date(io.now(), SystemTime::now);
        let mut wire = incoming.input.wire(date);
        wire.keep_alive &= stays && !incoming.is_last();
        let last = !response.keep_alive(&wire);
        let is_head = wire.head;
        let (mut head, whole) = response.encode(&wire);
        let now = io.now();
        match rest {
            Rest::Events(beginning, cursor) if !is_head => {
                add(&mut head, framing, &beginning);
                self.subscribe(io, at, &incoming, head, cursor);
            }
            Rest::Stream if !is_head => {
                io.with(at, |slot| {
                    slot.socket.limit_send_buffer(STREAM_BUFFER);
                    slot.state.stream(incoming, head, framing, last, now);
                });
            }
            _ => {
                let encoded = (head, whole);
                io.with(at, |slot| slot.state.answer(incoming, encoded, last, now));
            }
        }
    }

    fn subscribe(
        &mut self,
        io: &mut Io<Self>,
        at: Token,
        incoming: &Incoming,
        bytes: Vec<u8>,
        cursor: Cursor,
    ) {
        let now = io.now();
        let subscribed = io.with(at, |slot| {
            slot.state.subscribe(incoming, bytes, cursor, now)
        });
        if subscribed == Some(true) {
            self.parts.channels.join(cursor.channel());
        }
        self.step(io, at, FIRST_WRITE);
        io.with(at, |slot| slot.socket.limit_send_buffer(STREAM_BUFFER));
    }

    /// Answers 503 to a connection that waits for a request, since there is no room. Returns false if its request has
    /// come.
    pub(super) fn turn_away(&mut self, io: &mut Io<Self>, at: Token) -> bool {
        let Some(incoming) = io.with(at, |slot| slot.state.give_up()).flatten() else {
            return false;
        };
        let problem = self.no_room(io);
        self.refuse(io, at, incoming, problem);
        self.drive(io, at);
        true
    }

    /// The answer to a connection beyond the limit, which counts as a refusal.
    fn no_room(&mut self, io: &mut Io<Self>) -> Problem {
        self.parts.refuse(io, Refused::Connections);
        busy("There are as many connections as there may be.")
    }

    /// Closes a connection that holds much, after a 503 if no answer to its request is on the way.
    pub(super) fn let_go(&mut self, io: &mut Io<Self>, at: Token) {
        self.parts.meet(io, BYTES);
        let asks = io.with(at, |slot| {
            slot.state.release();
            slot.state.recall().or_else(|| slot.state.give_up())
        });
        if let Some(incoming) = asks.flatten() {
            let problem = busy("The server holds as much for its clients as it may.");
            self.refuse(io, at, incoming, problem);
            self.drive(io, at);
        } else {
            io.with(at, |slot| self.parts.cut(slot, Disconnected::Slow));
        }
    }
}

/// Releases a held poll if much input waits behind it, since the peer's end behind that input would not be heard.
/// Returns true if the poll is released.
pub(super) fn make_room(slot: &mut Slot<Connection>) -> bool {
    let is_crowded = slot.state.state() == State::Polling && slot.socket.has_much_input();
    if is_crowded {
        slot.state.release();
    }
    is_crowded
}

/// The part of an answer behind its head.
enum Rest {
    /// The response's own body.
    Whole,
    /// A body that comes into being bit by bit.
    Stream,
    /// The bytes that a subscriber's stream begins with, and the place of the events that follow.
    Events(Vec<u8>, Cursor),
}

fn add(bytes: &mut Vec<u8>, framing: Framing, data: &[u8]) {
    match framing {
        Framing::Chunked => chunk(bytes, data),
        Framing::Plain => bytes.extend_from_slice(data),
    }
}
