//! The wire: strict readers of an event stream and of a response, the requests for streams, and the addresses of a server.

pub(super) mod exchange;
pub(super) mod pipe;
pub(super) mod publication;
pub(super) mod request;
pub(crate) mod response;
pub(crate) mod sse;
pub(super) mod target;
pub(super) mod tls;
pub(super) mod url;
