//! A shared picture frame for the web, and a small example of a non-blocking server.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod http;
pub mod source;
