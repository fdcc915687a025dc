//! The contract, section by section, against the real program over loopback: bytes in, bytes out.

mod support;

mod adversaries;
mod circles;
mod cors;
mod demos;
mod exactly_once;
mod exercises;
mod flickr_source;
mod floors;
mod gallery;
mod history;
mod http;
mod library;
mod limits;
mod load;
mod metrics;
mod not_blocked;
mod page;
mod platforms;
mod poll;
mod program;
mod proxies;
mod publish;
mod redis;
mod sentences;
mod shutdown;
mod soak;
mod subscribe;
mod tour;
mod trace;
mod unplugged;
mod upgrade;
mod view;
