//! HTTP over the reactor: requests become actions' calls, their replies become bytes, and a channel's events reach
//! its subscribers. Knows no application.
//!
//! Nothing moves a connection on but `Server::drive`: bytes that came, room to write, a job's result and a deadline
//! all end there, and it sets the deadline from what the connection then waits for.

mod connection;
mod context;
mod files;
mod hub;
mod router;
mod shutdown;
mod sweep;

pub use context::{Action, Context, Done, Reply, Ticket, busy, framing};
pub use files::Files;
pub use hub::Timeouts;
pub use router::{Router, allow, not_found};

use crate::{
    channel::{Cursor, Framing},
    http::{Problem, Response, chunk},
    pool::Pool,
    reactor::{Handler, Io, NEVER, Slot, Token},
    timer_wheel::Tick,
};
use connection::{Connection, Incoming, Next, Waits};
use hub::Hub;
use std::time::Duration;

/// Requests of one connection that are answered in a row: the others wait meanwhile, and a picture of the gallery
/// takes some 0.2 ms to draw.
const REQUESTS_PER_TURN: usize = 16;
/// What the kernel may buffer for a subscriber: one that stalls must not cost 4 MB. The kernel doubles the number for
/// its own needs, and lets the last segment grow past it by up to half of the peer's window.
const STREAM_BUFFER: usize = 8 * 1024;
/// How long a peer may take to read its last answer.
const LINGER: Duration = Duration::from_secs(1);

// Debug builds of mio keep more with a socket.
#[cfg(not(debug_assertions))]
const _: () = assert!(size_of::<Slot<Connection>>() == 40);

/// The handler: an application, its routes, and what its connections share.
pub struct Server<A: 'static> {
    app: A,
    router: Router<A>,
    hub: Hub<A>,
}

impl<A: 'static> Server<A> {
    /// A server of `app` by way of `router`. Deferred jobs run on `pool`; `history` events are held for replay.
    pub fn new(app: A, router: Router<A>, pool: Pool, history: usize, timeouts: Timeouts) -> Self {
        Self {
            app,
            router,
            hub: Hub::new(history, pool, timeouts),
        }
    }

    /// Moves a connection on as far as it goes for now. One that has had its share of this turn goes on in the next.
    fn drive(&mut self, io: &mut Io<Self>, at: Token) {
        if self.hub.unfinished.contains(&at) {
            return;
        }
        for _ in 0..REQUESTS_PER_TURN {
            let (hub, now) = (&self.hub, io.now());
            let todo = io.with(at, |slot| {
                let write = |bytes: &[u8]| slot.socket.write(bytes);
                let next = slot.state.step(&hub.channel, now, write);
                settle(slot, next, &hub.timeouts, now)
            });
            let Some(Some(todo)) = todo else { return };
            self.answer(io, at, todo);
        }
        // It waits for nothing but its next turn: the deadline that it has is of something that has come since.
        let never = io.now().after(NEVER);
        io.with(at, |slot| slot.socket.set_deadline(never));
        self.hub.unfinished.insert(at);
    }

    /// Finds what answers a request, and has it do so.
    fn answer(&mut self, io: &mut Io<Self>, at: Token, todo: Todo) {
        let incoming = match todo {
            Todo::Answer(incoming) => incoming,
            Todo::Refuse(incoming, problem) => return self.refuse(io, at, incoming, problem),
        };
        let request = incoming.input.request();
        let reply = match self.router.find(&request) {
            Ok(action) => self.context(io, at).guard(|cx| action(cx, &request)),
            Err(response) => response.into(),
        };
        self.reply(io, at, incoming, reply);
    }

    fn context<'a>(&'a mut self, io: &'a mut Io<Self>, at: Token) -> Context<'a, A> {
        Context {
            app: &mut self.app,
            hub: &mut self.hub,
            io,
            at,
        }
    }

    /// Answers what is no request, and closes: where the next one would begin cannot be known.
    fn refuse(&mut self, io: &mut Io<Self>, at: Token, incoming: Box<Incoming>, problem: Problem) {
        let mut response = Response::from(problem);
        if let Some(request) = incoming.input.beginning() {
            response = self.router.finish(&self.app, &request, response);
        }
        let mut bytes = Vec::new();
        response.encode(&mut bytes, &incoming.input.wire(self.hub.date()));
        let now = io.now();
        io.with(at, |slot| slot.state.answer(incoming, bytes, true, now));
    }

    /// Puts an action's reply on its way. A connection that is gone loses only its answer.
    fn reply(&mut self, io: &mut Io<Self>, at: Token, incoming: Box<Incoming>, reply: Reply) {
        let (response, stream) = match reply {
            Reply::Now(response) => (response, None),
            Reply::Subscribe(response, beginning, cursor) => {
                (response.streaming(), Some((beginning, cursor)))
            }
            Reply::Later(_) => {
                io.with(at, |slot| slot.state.defer(incoming));
                return;
            }
        };
        let request = incoming.input.request();
        let response = self.router.finish(&self.app, &request, response);
        let stays = !self.hub.is_draining();
        let mut wire = incoming.input.wire(self.hub.date());
        wire.keep_alive &= stays;
        let mut bytes = Vec::new();
        response.encode(&mut bytes, &wire);
        match stream.filter(|_| !wire.head) {
            Some((beginning, cursor)) => {
                match cursor.framing() {
                    Framing::Chunked => chunk(&mut bytes, beginning.as_bytes()),
                    Framing::Plain => bytes.extend_from_slice(beginning.as_bytes()),
                }
                self.subscribe(io, at, &incoming, bytes, cursor);
            }
            None => {
                let (last, now) = (!response.keep_alive(&wire), io.now());
                io.with(at, |slot| slot.state.answer(incoming, bytes, last, now));
            }
        }
    }

    /// Gives a connection that waits for it its reply. One that has left, or waits no more, needs none.
    fn resolve(&mut self, io: &mut Io<Self>, at: Token, reply: Reply) {
        if let Some(Some(incoming)) = io.with(at, |slot| slot.state.recall()) {
            self.reply(io, at, incoming, reply);
            self.drive(io, at);
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
            slot.socket.limit_send_buffer(STREAM_BUFFER);
            slot.state.subscribe(incoming, bytes, cursor, now)
        });
        self.hub.subscribers += usize::from(subscribed == Some(true));
    }
}

/// What a connection cannot do by itself.
enum Todo {
    Answer(Box<Incoming>),
    Refuse(Box<Incoming>, Problem),
}

/// Does to a connection's socket what its state asks for.
fn settle(slot: &mut Slot<Connection>, next: Next, timeouts: &Timeouts, now: Tick) -> Option<Todo> {
    let waits = match next {
        Next::Request(incoming) => return Some(Todo::Answer(incoming)),
        Next::Bad(incoming, problem) => return Some(Todo::Refuse(incoming, problem)),
        Next::Wait(waits) => waits,
        Next::Finish => {
            slot.socket.finish();
            slot.state.linger(now)
        }
        Next::Close(over) => {
            log::debug!("closing a connection: {over:?}");
            slot.socket.close();
            return None;
        }
    };
    if slot.state.is_full() {
        slot.socket.pause();
    } else {
        slot.socket.resume();
    }
    if let Some(deadline) = deadline(waits, timeouts, now) {
        slot.socket.set_deadline(deadline);
    }
    None
}

/// The one place that says how long a connection may wait for what.
fn deadline(waits: Waits, timeouts: &Timeouts, now: Tick) -> Option<Tick> {
    match waits {
        Waits::Unchanged => None,
        Waits::ForRequest => Some(now.after(timeouts.idle)),
        Waits::ForRest(since) => Some(since.after(timeouts.request)),
        Waits::ForAnswer => Some(now.after(NEVER)),
        Waits::ForRoom(moved) => Some(moved.after(timeouts.write)),
        Waits::ForNews => Some(now.after(timeouts.heartbeat)),
        Waits::ForEnd(since) => Some(since.after(LINGER)),
    }
}

impl<A: 'static> Handler for Server<A> {
    type State = Connection;
    type Message = Done<A>;

    fn opened(&mut self, io: &mut Io<Self>, at: Token) {
        let deadline = io.now().after(self.hub.timeouts.request);
        io.with(at, |slot| slot.socket.set_deadline(deadline));
    }

    fn received(&mut self, io: &mut Io<Self>, at: Token, bytes: &[u8]) {
        let now = io.now();
        io.with(at, |slot| {
            slot.state.receive(bytes, now);
            // Here as well as when it waits: as long as there is a next request to answer, it never does.
            if slot.state.is_full() {
                slot.socket.pause();
            }
        });
        self.drive(io, at);
    }

    fn ended(&mut self, io: &mut Io<Self>, at: Token) {
        let over = io.with(at, |slot| {
            let over = slot.state.end();
            if over {
                slot.socket.close();
            }
            over
        });
        if over == Some(false) {
            self.drive(io, at);
        }
    }

    fn writable(&mut self, io: &mut Io<Self>, at: Token) {
        self.drive(io, at);
    }

    fn expired(&mut self, io: &mut Io<Self>, at: Token) {
        let (timeouts, now) = (self.hub.timeouts, io.now());
        let heartbeat = self.hub.heartbeat();
        let todo = io.with(at, |slot| {
            let write = |bytes: &[u8]| slot.socket.write(bytes);
            let next = slot.state.expire(heartbeat, now, write);
            settle(slot, next, &timeouts, now)
        });
        if let Some(Some(todo)) = todo {
            self.answer(io, at, todo);
            self.drive(io, at);
        }
    }

    fn alarm(&mut self, io: &mut Io<Self>, id: u32) {
        self.shutdown_alarm(io, id);
    }

    fn message(&mut self, io: &mut Io<Self>, done: Done<A>) {
        self.hub.jobs -= 1;
        let reply = self.context(io, done.at).guard(done.finish);
        self.hub.replies.push((done.at, reply));
        for (at, reply) in std::mem::take(&mut self.hub.replies) {
            self.resolve(io, at, reply);
        }
        self.advance_shutdown(io);
    }

    fn signal(&mut self, io: &mut Io<Self>, signal: i32) {
        self.shut_down(io, signal);
    }

    fn turn(&mut self, io: &mut Io<Self>) -> bool {
        for index in self.hub.sweep.slice(io.top()) {
            if let Some(at) = io.at(index) {
                self.dismiss_idle(io, at);
                self.drive(io, at);
            }
        }
        for at in std::mem::take(&mut self.hub.unfinished) {
            self.drive(io, at);
        }
        self.hub.sweep.is_under_way() || !self.hub.unfinished.is_empty()
    }

    fn closed(&mut self, io: &mut Io<Self>, state: Connection) {
        self.hub.subscribers -= usize::from(state.is_subscriber());
        self.advance_shutdown(io);
    }
}
