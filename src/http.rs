//! HTTP/1.1 and 1.0 for a server: bytes in, requests out; responses in, bytes out (RFC 9110, RFC 9112).
//!
//! This module knows no sockets and no clock: [`Input`] is given the bytes that arrived, and [`Wire`] carries the date.
//! An ambiguous message is refused and never guessed at, since the next parser on the way may guess otherwise (RFC
//! 9112, section 11.2).

mod body;
mod conditional;
mod encoding;
mod fields;
mod input;
mod method;
mod problem;
mod request;
mod response;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use conditional::{Preconditions, Verdict};
pub(crate) use encoding::Coding;
pub use input::{Input, Step};
pub use method::Method;
pub use problem::Problem;
pub use request::Request;
pub(crate) use response::chunk;
pub use response::{Bytes, Response, Wire};
pub(crate) use target::is_authority;

/// Bound on a request line, in bytes without its line end; a longer line is answered 414. Apache and nginx have the
/// same.
pub const MAX_REQUEST_LINE: usize = 8 * 1024;

/// Bound on a header section, in bytes with its line ends; a longer section is answered 431.
pub const MAX_HEADERS: usize = 16 * 1024;

/// Bound on the fields of a header section or of trailers; a section with more is answered 431.
pub const MAX_FIELDS: usize = 64;

/// Bound on the chunk extensions and trailers of one body together, in bytes; a body with more is answered 400. They
/// have no meaning here, and are skipped.
pub const MAX_CHUNK_EXTRAS: usize = 16 * 1024;

/// Bound on a request body, decoded, in bytes: 8 KiB; a longer body is answered 413 (RFC 9110, section 15.5.14).
pub const MAX_BODY: usize = 8 * 1024;

/// The interim answer to [`Step::Continue`] (RFC 9110, section 15.2.1).
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// The end of a body in chunks, without trailers.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
