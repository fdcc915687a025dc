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
    /// `CONNECT`. Its path is empty if its target is an authority, as it should be (RFC 9112, section 3.2.3).
    Connect,
    /// A method of the IANA registry that has no meaning here.
    Other,
    /// A method of no registry.
    Unknown,
}

impl Method {
    /// Reads a method. Methods are case-sensitive.
    pub(super) fn read(name: &[u8]) -> Result<Self, Problem> {
        Ok(match name {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"POST" => Self::Post,
            b"OPTIONS" => Self::Options,
            b"CONNECT" => Self::Connect,
            _ if REGISTERED.split(' ').any(|known| known.as_bytes() == name) => Self::Other,
            _ if is_token(name) => Self::Unknown,
            _ => return Err(Problem::malformed("The method is no token.")),
        })
    }
}

/// The rest of the IANA registry of methods.
const REGISTERED: &str = "PUT DELETE PATCH TRACE QUERY ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY \
    LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE ORDERPATCH PRI \
    PROPFIND PROPPATCH REBIND REPORT SEARCH UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE \
    UPDATEREDIRECTREF VERSION-CONTROL";
