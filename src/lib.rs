//! A shared picture frame for the web, and a small example of a non-blocking server.
//!
//! One thread owns every socket. It sleeps until one of them is ready, does what can be done without waiting, and
//! sleeps again. Whatever has to wait (a look-up at Flickr) is done by another thread, which posts the result back.
//! Anyone on the page enters a keyword; the server looks a picture up and sends it to every open page by Server-Sent
//! Events.
//!
//! # The floors, from the bottom
//!
//! Each imports only from those below it, which a test asserts. Read the files in this order.
//!
//! | floor | modules | promise |
//! | --- | --- | --- |
//! | 0 | [`timer_wheel`], [`event`], [`channel`], [`http`] | no sockets, no clock, no threads: values in, values out |
//! | 1 | [`pool`], [`reactor`] | the operating system: threads that may block, and one that never does |
//! | 2 | [`server`] | HTTP over the reactor: connections, replies that come later, broadcast |
//! | 3 | [`source`], [`frame`] | the application: where pictures come from, and what is done with them |
//! | 4 | [`config`], [`logging`], [`serve`] | the program |
//!
//! # A turn of the loop
//!
//! ```text
//!        ┌────────────────────────────── Reactor::turn ───────────────────────────────┐
//!        │                                                                            │
//!   wait for readiness, a message, or the next deadline          (epoll_wait)         │
//!        │                                                                            │
//!   serve the ready:   read → received → drive → parse → action → reply → write       │
//!   deliver messages:  a pool thread's result → reply, publish                        │
//!   read on those that were cut short                            (bounded)            │
//!   expire deadlines:  time-outs, heartbeats                     (bounded)            │
//!   accept those who wait                                        (bounded)            │
//!   sweep:             what was published → the next 512 slots   (bounded)            │
//!   bury the closed                                                                   │
//!        └────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! # Words
//!
//! | EventMachine, Thin | here | system call |
//! | --- | --- | --- |
//! | `EM.run` | [`Reactor::run`](reactor::Reactor::run) | epoll_wait(2) |
//! | `receive_data`, `unbind` | [`Handler::received`](reactor::Handler::received), [`Handler::closed`](reactor::Handler::closed) | recv(2), close(2) |
//! | `EM.defer(operation, callback)` | [`Context::defer`](server::Context::defer) | futex(2), write(2) to an eventfd(2) |
//! | `EM.add_timer` | [`Io::alarm`](reactor::Io::alarm), [`TimerWheel`](timer_wheel::TimerWheel) | the time-out of epoll_wait(2) |
//! | `EM::Channel` | [`Channel`](channel::Channel), [`Cursor`](channel::Cursor) | send(2) |
//! | `HttpRouter` | [`Router`](server::Router) | |

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod timer_wheel;

pub mod event;

pub mod channel;

pub mod http;

pub mod pool;

pub mod reactor;

pub mod server;

pub mod source;

pub mod frame;

pub mod config;

pub mod logging;

pub mod serve;
