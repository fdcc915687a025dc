//! HTTP/1.1 and 1.0, the server's side: bytes in, requests out; responses in, bytes out. No sockets and no clock.
//!
//! Strict where RFC 9112 lets a server choose: whatever two parsers could read in two ways is refused, since that is
//! how requests are smuggled past a proxy.

mod body;
mod input;
mod request;
mod response;
mod target;

pub use input::{CONTINUE, Input, Step};
pub use request::{Method, Request};
pub use response::{LAST_CHUNK, Problem, Response, Wire, reason};

/// The longest request line, in bytes without its line end. RFC 9112, section 3, recommends at least 8,000.
pub const MAX_REQUEST_LINE: usize = 8 * 1024;
/// All header lines together, in bytes, line ends included; as much as Node and Tomcat allow in all, or more.
pub const MAX_HEADERS: usize = 16 * 1024;
/// The most header lines.
pub const MAX_FIELDS: usize = 64;
/// The largest request body, in bytes, after decoding: a keyword needs a few hundred.
pub const MAX_BODY: usize = 8 * 1024;

/// A refusal with its status.
fn refuse<T>(status: u16, detail: &'static str) -> Result<T, Problem> {
    Err(Problem::new(status, detail))
}
