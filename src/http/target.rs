//! Request targets and authorities (RFC 9112, section 3.2; RFC 3986): parsed into a decoded path, or refused.

use super::{Method, Problem};
use percent_encoding::percent_decode_str;
use std::{borrow::Cow, net::Ipv6Addr};

/// A request target, in its parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RequestTarget<'a> {
    /// Host and port, for a target in absolute or authority form.
    pub(super) authority: Option<&'a str>,
    /// The decoded path. `*` for a target in asterisk form, empty for a target in authority form.
    pub(super) path: Cow<'a, str>,
    pub(super) query: Option<&'a str>,
}

impl<'a> RequestTarget<'a> {
    /// Checks the target and decodes its path.
    pub(super) fn parse(method: Method, text: &'a str) -> Result<Self, Problem> {
        if text.bytes().any(|b| !b.is_ascii_graphic() || b == b'#') {
            return Err(Problem::malformed(
                "The request target has a character that has to be escaped.",
            ));
        }
        let Some(target) = Self::split(method, text) else {
            return Err(Problem::malformed(
                "The request target is neither a path nor an http or https URI.",
            ));
        };
        let has_host = target.authority.is_none_or(is_authority);
        // CONNECT with a path asks for no tunnel: the router answers 405, or 404 if it has no such path.
        let asks_for_tunnel = method == Method::Connect && !text.starts_with('/');
        if asks_for_tunnel && !(has_host && has_port(text)) {
            return Err(Problem::malformed("CONNECT takes a host and a port."));
        }
        if !has_host {
            return Err(Problem::malformed("The request target has no valid host."));
        }
        let mut escapes = target.query.into_iter().flat_map(escapes);
        if !escapes.all(|escape| escape.is_some()) {
            return Err(Problem::malformed("The query has an invalid escape."));
        }
        let path = match target.path {
            Cow::Borrowed(path) => decode(path)?,
            path => path,
        };
        Ok(Self { path, ..target })
    }

    /// Cuts a target that was parsed before into its parts, without a check. `decoded` is its path, if that had to be
    /// decoded.
    pub(super) fn again(method: Method, text: &'a str, decoded: Option<&'a str>) -> Option<Self> {
        let target = Self::split(method, text)?;
        let path = decoded.map_or(target.path, Cow::Borrowed);
        Some(Self { path, ..target })
    }

    fn split(method: Method, text: &'a str) -> Option<Self> {
        let (authority, rest) = match method {
            Method::Connect if !text.starts_with('/') => {
                return Some(Self::of(Some(text), "", None));
            }
            _ if text.starts_with('/') => (None, text),
            Method::Options if text == "*" => (None, text),
            _ => {
                let rest = strip_scheme(text)?;
                let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
                (Some(authority), rest)
            }
        };
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        // The path of a URI without one is the root, or the whole server.
        let path = match (path, query, method) {
            ("", None, Method::Options) => "*",
            ("", ..) => "/",
            _ => path,
        };
        Some(Self::of(authority, path, query))
    }

    fn of(authority: Option<&'a str>, path: &'a str, query: Option<&'a str>) -> Self {
        Self {
            authority,
            path: Cow::Borrowed(path),
            query,
        }
    }
}

fn has_port(authority: &str) -> bool {
    authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && !port.contains(']'))
}

fn strip_scheme(text: &str) -> Option<&str> {
    ["http://", "https://"].iter().find_map(|scheme| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    })
}

/// Decodes a path once, and then resolves its dot segments: `%2e` counts as a dot and `%2F` as a slash, so that no
/// segment of the result means "one up".
fn decode(path: &str) -> Result<Cow<'_, str>, Problem> {
    if !path.contains('%') && !has_dots(path) {
        return Ok(Cow::Borrowed(path));
    }
    for escape in escapes(path) {
        match escape {
            None => return Err(Problem::malformed("The path has an invalid escape.")),
            Some(byte) if byte.is_ascii_control() => {
                return Err(Problem::malformed("The path has a control character."));
            }
            Some(_) => {}
        }
    }
    let Ok(decoded) = percent_decode_str(path).decode_utf8() else {
        return Err(Problem::malformed("The path is not UTF-8."));
    };
    Ok(if has_dots(&decoded) {
        Cow::Owned(resolve(&decoded))
    } else {
        decoded
    })
}

/// True if a segment of the path begins with a dot.
fn has_dots(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.windows(2).any(|pair| matches!(pair, b"/."))
}

/// The bytes that the escapes stand for. None for an invalid escape.
fn escapes(text: &str) -> impl Iterator<Item = Option<u8>> {
    text.split('%').skip(1).map(|rest| {
        let digits = rest.as_bytes().get(..2)?;
        digits.iter().try_fold(0, |byte, &digit| {
            let digit = char::from(digit).to_digit(16)?;
            Some(byte << 4 | u8::try_from(digit).expect("a hexadecimal digit is below 16"))
        })
    })
}

/// Removes `.` and `..` segments (RFC 3986, section 5.2.4). `..` at the root stays at the root.
fn resolve(path: &str) -> String {
    let mut resolved = String::with_capacity(path.len());
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        if !matches!(segment, "." | "..") {
            resolved.push('/');
            resolved.push_str(segment);
            continue;
        }
        if segment == ".." {
            resolved.truncate(resolved.rfind('/').unwrap_or(0));
        }
        if segments.peek().is_none() {
            resolved.push('/');
        }
    }
    resolved
}

/// True for a host with or without a port: a registered name, an IPv4 address or an IPv6 address in brackets (RFC 3986,
/// section 3.2). User information is refused: it has no place in an http URI (RFC 9110, section 4.2.4).
pub(crate) fn is_authority(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split_once(']').is_some_and(|(address, port)| {
            address.parse::<Ipv6Addr>().is_ok()
                && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
        });
    }
    match text.split_once(':') {
        Some((name, port)) => is_name(name) && is_port(port),
        None => is_name(text),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(&b))
        && (!name.contains('%') || escapes(name).all(|escape| escape.is_some()))
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit())
        && (port.is_empty() || port.parse::<u16>().is_ok())
}
