//! A shared picture frame for the web, and a small example of a non-blocking server.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod channel;
pub mod config;
pub mod event;
pub mod frame;
pub mod http;
pub mod logging;
pub mod pool;
pub mod reactor;
pub mod serve;
pub mod server;
pub mod source;
pub mod timer_wheel;
