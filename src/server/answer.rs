//! A request's answer: which action makes it, and how its reply gets onto the wire.

use super::{
    FIRST_WRITE, Refused, Reply, STREAM_BUFFER, Server, Todo,
    connection::{Incoming, StreamBody},
    handler::make_room,
    reply::{Answer, Begin, failed, framing},
    settle,
    timers::Owner,
    warnings::RouteName,
};
use crate::{
    channel::{Cursor, Framing},
    http::{Problem, Request, Response, chunk},
    reactor::{Io, Token},
};

impl<A: 'static> Server<A> {
    /// Finds what answers a request, and has it do so.
    pub(super) fn answer(&mut self, io: &mut Io<Self>, at: Token, todo: Todo) {
        let mut incoming = match todo {
            Todo::Answer(incoming) => incoming,
            Todo::Refuse(incoming, problem) => {
                // One that was too slow may have been well-formed.
                if problem.status != 408 {
                    self.hub.metrics.refused(Refused::Malformed);
                }
                return self.refuse(io, at, incoming, problem);
            }
        };
        self.hub.requests = self.hub.requests.wrapping_add(1);
        incoming.number = self.hub.requests;
        let held = incoming.held.take();
        let (route, reply) = self.dispatch(io, at, held, &incoming.input.request());
        incoming.route = route;
        self.reply(io, at, incoming, reply);
    }

    /// Has the action that a request is for make its reply.
    fn dispatch(
        &mut self,
        io: &mut Io<Self>,
        at: Token,
        held: Option<Cursor>,
        request: &Request<'_>,
    ) -> (RouteName, Reply<A>) {
        let (owner, nowhere) = (Owner::Request(at, self.hub.requests), RouteName::default());
        let admit = self.router.admit;
        if let Err(problem) = admit(&mut self.context(io, owner, nowhere), request) {
            return (nowhere, problem.into());
        }
        if self.hub.overflow.has(at) && !self.router.is_vital(request) {
            return (nowhere, self.no_room(io).into());
        }
        match self.router.find(request) {
            Err(response) => (nowhere, response.into()),
            Ok((action, route)) => {
                let mut cx = self.context(io, owner, route);
                cx.held = held;
                let reply = cx.guard("", |cx| action(cx, request));
                (route, reply.unwrap_or_else(|_| failed()))
            }
        }
    }

    /// Answers what is no request, and closes: where the next one would begin cannot be known.
    pub(super) fn refuse(
        &mut self,
        io: &mut Io<Self>,
        at: Token,
        incoming: Box<Incoming>,
        problem: Problem,
    ) {
        let mut response = Response::from(problem);
        if let Some(request) = incoming.input.beginning() {
            response = self.router.finish(&self.app, &request, response);
        }
        let mut wire = incoming.input.wire(self.hub.date());
        wire.keep_alive = false;
        let encoded = response.encode(&wire);
        let now = io.now();
        io.with(at, |slot| slot.state.answer(incoming, encoded, true, now));
    }

    /// Gives a connection that waits for it its reply. One that has left, or waits no more, needs none.
    pub(super) fn resolve(&mut self, io: &mut Io<Self>, at: Token, reply: Reply<A>) {
        if let Some(Some(incoming)) = io.with(at, |slot| slot.state.recall()) {
            self.reply(io, at, incoming, reply);
            self.drive(io, at);
        }
    }

    /// Puts an action's reply on its way. A connection that is gone loses only its answer.
    fn reply(&mut self, io: &mut Io<Self>, at: Token, incoming: Box<Incoming>, reply: Reply<A>) {
        match reply.0 {
            Answer::Now(response) => self.put(io, at, incoming, response, Body::Whole),
            Answer::Stream { head, begin } => self.stream(io, at, incoming, head, begin),
            Answer::Subscribe {
                head,
                beginning,
                cursor,
            } => {
                let body = Body::Events(beginning, cursor);
                self.put(io, at, incoming, head.streaming(), body);
            }
            Answer::Later => {
                io.with(at, |slot| slot.state.defer(incoming));
            }
            Answer::Hold { cursor, until } => {
                io.with(at, |slot| {
                    slot.state.hold(incoming, cursor, until);
                    make_room(slot);
                });
            }
        }
    }

    /// Answers with a stream, and has it begin once it is there.
    fn stream(
        &mut self,
        io: &mut Io<Self>,
        at: Token,
        incoming: Box<Incoming>,
        head: Response,
        begin: Begin<A>,
    ) {
        let (owner, route) = (Owner::Stream(at, incoming.number), incoming.route);
        self.put(io, at, incoming, head.streaming(), Body::Stream);
        if io.with(at, |slot| slot.state.streams()) != Some(true) {
            return;
        }
        let jobs = self.hub.jobs;
        let mut cx = self.context(io, owner, route);
        if cx.guard("", begin).is_err() {
            return self.take_back(io, at);
        }
        let goes_on = cx.hub.jobs > jobs;
        let is_idle = |body: &mut StreamBody| body.is_idle();
        let idle = cx
            .io
            .with(at, |slot| slot.state.body().is_some_and(is_idle));
        if idle == Some(true) && !goes_on {
            cx.mistake(
                "the stream will never end, for it has no timer and no job and is not finished: a body that is whole \
                 at once is a Response's",
            );
        }
    }

    /// Answers 500 instead of by a stream whose beginning panicked.
    fn take_back(&mut self, io: &mut Io<Self>, at: Token) {
        let begun = io.with(at, |slot| slot.state.take_back());
        if let Some(Some((incoming, timers))) = begun {
            self.end_timers(io, timers);
            self.reply(io, at, incoming, failed());
        }
    }

    fn put(
        &mut self,
        io: &mut Io<Self>,
        at: Token,
        incoming: Box<Incoming>,
        response: Response,
        body: Body,
    ) {
        let request = incoming.input.request();
        let framing = framing(&request);
        let response = self.router.finish(&self.app, &request, response);
        let stays = !self.hub.is_draining() && !self.hub.overflow.has(at);
        let mut wire = incoming.input.wire(self.hub.date());
        wire.keep_alive &= stays && !incoming.is_last();
        let last = !response.keep_alive(&wire);
        let is_head = wire.head;
        let (mut head, whole) = response.encode(&wire);
        let now = io.now();
        match body {
            Body::Events(beginning, cursor) if !is_head => {
                add(&mut head, framing, &beginning);
                self.subscribe(io, at, &incoming, head, cursor);
            }
            Body::Stream if !is_head => {
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
            self.hub.subscribers += 1;
            if let Some(open) = self.hub.channels.get(cursor.channel()) {
                open.subscribers += 1;
            }
        }
        let hub = &mut self.hub;
        io.with(at, |slot| {
            let next = hub.step_within(slot, now, FIRST_WRITE);
            settle(slot, next, hub, now);
            slot.socket.limit_send_buffer(STREAM_BUFFER);
        });
    }
}

/// What comes after a response's head.
enum Body {
    Whole,
    Stream,
    Events(String, Cursor),
}

fn add(bytes: &mut Vec<u8>, framing: Framing, text: &str) {
    match framing {
        Framing::Chunked => chunk(bytes, text.as_bytes()),
        Framing::Plain => bytes.extend_from_slice(text.as_bytes()),
    }
}
