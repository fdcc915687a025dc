//! Request methods.

use super::{Problem, fields::is_token};

/// A request method (RFC 9110, section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `OPTIONS`
    Options,
    /// `CONNECT`: its target is an authority, so its path is empty.
    Connect,
    /// In the IANA registry, but of no use here.
    Other,
    /// In no registry.
    Unknown,
}

/// Reads a method.
///
/// # Errors
///
/// A [`Problem`] with status 400 if `name` is no token (RFC 9110, section 5.6.2).
pub(super) fn method(name: &[u8]) -> Result<Method, Problem> {
    Ok(match name {
        b"GET" => Method::Get,
        b"HEAD" => Method::Head,
        b"POST" => Method::Post,
        b"OPTIONS" => Method::Options,
        b"CONNECT" => Method::Connect,
        _ if REGISTERED.split(' ').any(|known| known.as_bytes() == name) => Method::Other,
        _ if is_token(name) => Method::Unknown,
        _ => return Err(Problem::malformed("The method is no token.")),
    })
}

/// The rest of the IANA registry of methods.
const REGISTERED: &str = "PUT DELETE PATCH TRACE QUERY ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY \
    LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE ORDERPATCH PRI \
    PROPFIND PROPPATCH REBIND REPORT SEARCH UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE \
    UPDATEREDIRECTREF VERSION-CONTROL";
