//! The contract, section by section, against the real program over loopback: bytes in, bytes out.

mod support;

mod flickr_source;
mod floors;
mod http;
mod limits;
mod page;
mod program;
mod publish;
mod shutdown;
mod subscribe;
