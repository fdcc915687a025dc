//! The wire: strict readers of an event stream and of a response, and the addresses of a server.

pub(super) mod exchange;
pub(super) mod publication;
pub(super) mod response;
pub(super) mod sse;
pub(super) mod target;
