//! A shared picture frame for the web, and the small non-blocking server under it, to be read and to be built on.
//!
//! One thread owns every socket. The thread sleeps until a socket is ready, does the work that needs no waiting, and
//! sleeps again. Work that has to wait (a look-up at Flickr) is done by another thread, which posts the result back.
//! This is the shape of Ruby's EventMachine and Thin, in Rust without `unsafe`. With comments and without tests the
//! core that serves has some 24,200 lines, the application 7,400, its gallery 8,700 and the load test 16,300.
//!
//! # Write your own
//!
//! A server is a state, a [`Router`](server::Router) and some [`Settings`](server::Settings). An *action* is a function
//! from a [`Context`](server::Context) and a [`Request`](http::Request) to a [`Reply`](server::Reply). The server below
//! is a wall: every post is shown to every client that looks, by Server-Sent Events. `Cargo.toml` needs nothing but
//! `picture-frame = { path = "…", default-features = false }`: without the feature `frame`, which is the program, the
//! library has 28 crates under it. With a logger, such as `env_logger::init()` at the beginning of `main`,
//! `RUST_LOG=debug` shows connections; the demos do so.
//!
//! ```
//! use picture_frame::{
//!     http::{Request, Response},
//!     server::{Context, Reply, Router, Server, Settings},
//! };
//! use std::error::Error;
//!
//! /// The application's state, which every action may read and change: there is only one thread.
//! struct Wall {
//!     posts: u64,
//! }
//!
//! fn main() -> Result<(), Box<dyn Error>> {
//!     let address = "127.0.0.1:4000";
//! #   let address = "127.0.0.1:0";
//!     let router = Router::new().post("/posts", post).get("/wall", wall);
//!     let settings = Settings::default();
//!     let server = Server::new(Wall { posts: 0 }, router, &settings)?.keep("wall").stop_on_signals()?;
//!     server.run(address.parse()?, |address| {
//!         println!("listening on http://{address}");
//! #       std::thread::spawn(move || {
//! #           let posted = std::panic::catch_unwind(|| {
//! #               assert_eq!(ask(address, "POST /posts hello", 9), "post 1\n");
//! #               assert!(ask(address, "GET /wall", 5).ends_with("event: post\ndata: hello\n\n"));
//! #           });
//! #           std::process::exit(i32::from(posted.is_err()));
//! #       });
//!     })?;
//!     Ok(())
//! }
//!
//! /// `POST /posts`
//! fn post(cx: &mut Context<'_, Wall>, request: &Request<'_>) -> Reply<Wall> {
//!     cx.app.posts += 1;
//!     cx.publish("wall", "post", &String::from_utf8_lossy(request.body));
//!     Response::text(200, format!("post {}\n", cx.app.posts)).into()
//! }
//!
//! /// `GET /wall`
//! fn wall(cx: &mut Context<'_, Wall>, request: &Request<'_>) -> Reply<Wall> {
//!     cx.subscribe(request, "wall", None)
//! }
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/client.rs"));
//! ```
//!
//! ```text
//! $ curl -N localhost:4000/wall &
//! retry: 2713
//! id: 1795255720754-0
//!
//! $ curl -d hello localhost:4000/posts
//! post 1
//! id: 1795255721561-0
//! event: post
//! data: hello
//!
//! ```
//!
//! In a page, `new EventSource("/wall").addEventListener("post", event => …)` reads the wall. An `EventSource` comes
//! back by itself when its connection is lost, and gets the events that it missed.
//!
//! The kinds of answers:
//!
//! | an answer that is | is made by |
//! | --- | --- |
//! | ready | a [`Response`](http::Response), or a [`Problem`](http::Problem), and `.into()` |
//! | slow to find | [`Context::defer`](server::Context::defer), or [`share`](server::Context::share) where many clients ask the same |
//! | this client's own stream | [`Reply::stream`](server::Reply::stream), with [`every`](server::Context::every), [`write`](server::Context::write), [`finish`](server::Context::finish) |
//! | one stream for all | [`subscribe`](server::Context::subscribe) to a channel that is [kept](server::Server::keep), or [opened](server::Context::open) with the timer that feeds it; [`replay`](server::Context::replay) begins with more events, and [`left`](server::Reply::left) is called when a subscriber has left |
//! | the events of a channel, for clients that cannot read streams | [`poll`](server::Context::poll): long polling |
//! | a file | [`Files`](server::Files) |
//!
//! The demos under `src/demos` are a page long each: `ping` (a body that comes bit by bit), `signups` (two kinds of
//! events), `ticker` (a channel per stock, and a job that is slow). `cargo run --example ping` runs a demo.
//!
//! You get HTTP/1.1 with keep-alive, pipelining and time-outs, streams that resume, clients that cannot slow each other
//! down, a panicking action that costs its client a 500 and no other client anything, a line in the log for a call that
//! does nothing where it is made and for code that holds the loop, and a shutdown that ends streams well. You do not
//! get TLS, HTTP/2 or compression at run time (put a proxy in front), nor request bodies over 8 KiB, nor timers that
//! belong to no stream or channel, nor a second core: a long computation keeps every client waiting, unless it is
//! [deferred](server::Context::defer).
//!
//! # In 30 minutes: the loop
//!
//! 1. The picture below, "A turn of the loop", and the [lines of one publish](reactor#the-loop-tells-its-story) beside its
//!    system calls.
//! 2. `reactor/token.rs`: a connection's name. Then `reactor/mailbox.rs`: how another thread wakes the loop.
//! 3. `reactor/socket.rs`: `read` and `write`, and what "would block" means for each.
//! 4. `reactor/turn.rs`: `Reactor::turn`, and each step below it.
//! 5. `reactor/io.rs`: `Io::with`, the only way to a connection, and `settle`, by which the change takes effect.
//! 6. [`timer_wheel`], because `settle` asks for it: an entry that comes up too early costs less than one that is moved.
//! 7. The states of a connection on the page of [`server`]: how a connection ends, by a half-close and a lingering close.
//!
//! Then take a guard out, and see: `tests/exercises/run 12 --see`.
//!
//! Ten programs under `src/demos/ladder` lead there, each of at most 60 lines of code, from a server that blocks to a
//! chat. Steps 3, 5 and 7 fail on purpose. A test replays the transcript at the top of each: `cargo run --example step_3`.
//!
//! # Four questions
//!
//! **Readiness or completion?** epoll_wait(2) reports readiness: a call made now will not wait, and the program makes the
//! call with a buffer of its own. io_uring(7) and Windows report completion: the kernel has filled a buffer that was
//! handed over before. With readiness one buffer of 16 KiB serves all connections, and an idle connection needs none.
//!
//! **Level or edge?** A level-triggered poller reports a socket at each wait as long as it is ready; an edge-triggered
//! poller reports a change once. mio gives edges on every system. The loop therefore reads until the socket would block,
//! or remembers the connection for the next turn, and never registers a socket anew. A write needs no edge before it: it is
//! made at once, and an edge tells of room again after a write that found none.
//!
//! **Why does a server without descriptors spin?** accept4(2) fails with `EMFILE`, and the connection stays in the backlog,
//! so that a level-triggered listener is ready at once again. An edge-triggered listener is not reported again until the
//! next client comes, not even when a descriptor becomes free. The [listeners](reactor::Listener) therefore stand back
//! until a connection is closed or 100 ms have passed.
//!
//! **Who waits?** Backpressure stands in four places:
//!
//! | too fast is | waits | by |
//! | --- | --- | --- |
//! | a client that pipelines requests | the client | its socket is paused while an answer is on its way, and the kernel's buffer fills |
//! | a subscriber that does not read | no client: the subscriber misses events | its cursor stays, and the ring moves on ([`Missed`](channel::Missed)); then its stream is closed, and it comes back |
//! | a publisher | its answer | events wait for the sweep, so that no reader misses a burst |
//! | a crowd that asks for look-ups | no client: the answer is 503 | the pool's queue is bounded |
//!
//! nginx does several things that this server does not. It runs a process for each core, which accept from one port: here
//! one process owns the ring, and needs no lock. It has TLS and HTTP/2, and here TLS and HTTP/2 would be most of the code:
//! put nginx in front. It recycles a connection's memory by pools of its own: here an idle connection holds no buffer.
//!
//! # The floors, from the bottom
//!
//! A floor imports only from the floors below, and no files import each other in a circle: tests assert both. Read the files
//! in this order. The files without a link are not part of the public library; `cargo doc --no-deps --lib
//! --document-private-items` makes a page about `frame` as well.
//!
//! | floor | file | subject |
//! | --- | --- | --- |
//! | 0: no sockets, no clock, no threads; values in, values out | `histogram` | counts of durations, for next to nothing |
//! | | [`timer_wheel`] | deadlines that are cheap to move and free to forget |
//! | | [`event`] | ids from which a client can resume |
//! | | [`channel`] | a ring and many cursors: broadcast, replay and slow readers alike |
//! | | [`http`] | a parser without sockets, strict against request smuggling |
//! | | `handover` | the frames by which a process gives its connections to the process of a new version |
//! | 1: the operating system; threads that may block, and a thread that never does | [`pool`] | a bounded pool for jobs that block |
//! | | [`journal`] | the order of a channel's events, their ids, and where they are kept |
//! | | [`reactor`] | readiness, edges, partial reads and writes, generations, fairness, waking the loop |
//! | 2: HTTP over the reactor; knows no application | [`server`] | a connection's life, replies that come later, broadcast in slices |
//! | 3: the application | `source`, `frame` | pictures from Flickr or drawn by code, and their way to the subscribers |
//! | | `source/gallery` | some 8,700 lines of pictures drawn by code; the loop does not depend on it: skip this |
//! | 4: the program | `config`, `logging`, `serve`, `main` | options, log, exit status |
//! | | `load` | the reactor as a client: a crowd that checks what a server promises |
//! | | `tour` | a server and its clients that show the loop at work, step by step |
//!
//! # A turn of the loop
//!
//! ```text
//!      ┌───▶ wait        for readiness, a message or the next deadline, and take the time, once   (epoll_wait)
//!      │     serve       the ready: read → received → drive → parse → action → reply → write
//!      │     tell ends   of peers that will send no more while their sockets are paused
//!      │     deliver     messages: a pool thread's result → reply, publish
//!      │     read on     from connections that were cut short in the last turn
//!      │     expire      deadlines: time-outs, timers, heartbeats, if all input that had arrived was read
//!      │     accept      connections
//!      │     turn        of the server: sweep the next 256 slots, then events, replies and connections that wait
//!      └──── bury        the closed
//! ```
//!
//! The picture is the body of `Reactor::turn` in `reactor/turn.rs`, line by line. Each step has a bound of its own and
//! a share of the turn's budget of bytes. The next turn goes on with what a bound cut short, and does not sleep before.
//!
//! # Glossary
//!
//! | word | meaning |
//! | --- | --- |
//! | turn | a round of the loop: a wait and the work that the wait reports |
//! | readiness | the state of a socket that can be read from or written to without waiting |
//! | edge | a change of readiness, which the kernel reports once |
//! | token | the name of a connection: its slot and its generation |
//! | slot | the place of a connection in the reactor's slab |
//! | generation | the number that tells a connection from earlier connections in the same slot |
//! | budget | the bytes that a turn may read and write, shared by the kinds of work |
//! | pause | to read no input from a connection, because its handler wants none |
//! | park | to read no input from a connection, because memory is scarce |
//! | backpressure | to make a sender wait instead of storing its bytes |
//! | half-close | the end of one direction of a connection, while the other goes on |
//! | linger | to read and drop input after the last answer, so that a reset does not destroy the answer |
//! | backlog | the connections that wait in the kernel to be accepted |
//! | deadline | the time at which waiting ends: a time-out, a timer or a heartbeat is due |
//! | alarm | a deadline that belongs to no connection: the handler's, or that of the listeners |
//! | tick | the unit of time of deadlines, 10 ms |
//! | wheel | the circle of buckets, a bucket per tick, that finds the next deadline |
//! | mailbox | the queue by which other threads reach the loop |
//! | job | work for a thread of the pool, which may block |
//! | action | a function of the application that answers a request |
//! | channel | a sequence of events that any number of subscribers read |
//! | journal | the giver of ids: an event is appended to its channel's journal before it goes into the ring |
//! | ring | the memory of a channel's latest events |
//! | cursor | the place of a subscriber in a channel's ring |
//! | sweep | the walk over all slots that offers new events to subscribers |
//! | drain | to end streams evenly over some seconds at shutdown |
//! | hand-over | the way of listeners and connections from a process to the process of a new version |
//! | carry | to write a state down as a value that another process can go on with |
//!
//! # Words
//!
//! | EventMachine, Thin | tokio | here | system call |
//! | --- | --- | --- | --- |
//! | `EM.run` | `Runtime::block_on` | [`Server::run`](server::Server::run), on [`Reactor::run`](reactor::Reactor::run) | epoll_wait(2) |
//! | `EM.start_server`, `EM.start_unix_domain_server` | `TcpListener::bind`, `accept` | [`Server::run`](server::Server::run), [`Server::run_on`](server::Server::run_on), [`bind`](reactor::bind), [`Listener::bind`](reactor::Listener::bind) | socket(2), bind(2), listen(2), accept4(2) |
//! | `post_init`, `receive_data` | `spawn`: a task with a stack of states, here a slot and an enum | [`Handler::opened`](reactor::Handler::opened), [`Handler::received`](reactor::Handler::received) | accept4(2), recv(2) |
//! | `unbind` | a read of 0 bytes; `Drop` | [`Handler::ended`](reactor::Handler::ended), [`Handler::closed`](reactor::Handler::closed) | recv(2) that returns 0, close(2) |
//! | `send_data` | `AsyncWrite`: `write_all` waits, `write` here does not | [`Socket::write`](reactor::Socket::write), [`Context::write`](server::Context::write) | send(2) |
//! | `close_connection_after_writing` | `shutdown` | [`Socket::finish`](reactor::Socket::finish) | shutdown(2) |
//! | `comm_inactivity_timeout` | `timeout`; `select!` of a read and a sleep, here one deadline and readiness | [`Socket::set_deadline`](reactor::Socket::set_deadline), [`Timeouts`](server::Timeouts) | the time-out of epoll_wait(2) |
//! | `EM.add_periodic_timer` | `interval` | [`Context::every`](server::Context::every) (within [`Context::open`](server::Context::open): one for all), on a [`TimerWheel`](timer_wheel::TimerWheel) | the time-out of epoll_wait(2) |
//! | `EM.add_timer` | `sleep`, on a wheel as well | [`Context::after`](server::Context::after), [`Io::alarm`](reactor::Io::alarm) | the time-out of epoll_wait(2) |
//! | `EM.defer(operation, callback)` | `spawn_blocking` | [`Context::defer`](server::Context::defer), on a [`Pool`](pool::Pool) | futex(2) |
//! | `EM.schedule` | `Waker::wake`, `mpsc::Sender` | [`Handle::run`](server::Handle::run), on [`Mailbox::post`](reactor::Mailbox::post) | write(2) to an eventfd(2) |
//! | `EM::Channel#subscribe`, `#push` | `broadcast`; `Lagged` is [`Missed`](channel::Missed) | [`Context::subscribe`](server::Context::subscribe), [`Context::publish`](server::Context::publish), on a [`Channel`](channel::Channel) | send(2) |
//! | a `Deferrable` body: `succeed`, `fail` | `Body` of a stream | [`Context::finish`](server::Context::finish), [`Context::fail`](server::Context::fail) | send(2), close(2) |
//! | `env["async.callback"]`, status −1 | an `async fn` | [`Context::defer`](server::Context::defer) | |
//! | `HttpRouter` | axum's `Router` | [`Router`](server::Router) | |
//! | `EM.stop` | `CancellationToken` | [`Handle::stop`](server::Handle::stop), [`Server::stop_on_signals`](server::Server::stop_on_signals) | sigaction(2), write(2) to a socketpair(2) |

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(missing_debug_implementations)]
// The program uses parts of the library that are not public: without the program these parts have no user.
#![cfg_attr(not(feature = "frame"), allow(dead_code, unused_imports))]

mod histogram;

pub mod timer_wheel;

pub mod event;

pub mod channel;

pub mod http;

#[cfg(feature = "frame")]
mod handover;

pub mod journal;

pub mod pool;

pub mod reactor;

pub mod server;

#[cfg(feature = "frame")]
pub mod source;

#[cfg(feature = "frame")]
mod frame;

#[cfg(feature = "frame")]
#[doc(hidden)]
pub mod config;

#[cfg(feature = "frame")]
#[doc(hidden)]
pub mod load;

#[cfg(feature = "frame")]
#[doc(hidden)]
pub mod logging;

#[cfg(feature = "frame")]
#[doc(hidden)]
pub mod serve;

#[cfg(feature = "frame")]
#[doc(hidden)]
pub mod tour;

#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
