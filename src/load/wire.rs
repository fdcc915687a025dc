//! What goes over the wire, and where to: the strict readers of a stream and of a response, and the server's addresses.

pub(super) mod response;
pub(super) mod sse;
pub(super) mod target;
