//! The request target (RFC 9112, section 3.2): its form, its path decoded once, its query left as it is.

use super::{Method, Problem, refuse};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// What a request is for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// Percent-decoded, dot segments resolved; begins with a slash, or is `*`, or empty for a tunnel.
    pub(super) path: Cow<'a, str>,
    /// Behind the question mark, as it came.
    pub(super) query: Option<&'a str>,
    /// The host and port of a target in absolute form, which outrank the `Host` field.
    pub(super) authority: Option<&'a str>,
}

impl<'a> Target<'a> {
    pub(super) fn parse(target: &'a str, method: Method) -> Result<Self, Problem> {
        if !target.bytes().all(|b| b.is_ascii_graphic() && b != b'#') {
            return refuse(
                400,
                "a request target holds visible ASCII characters only, and no fragment",
            );
        }
        if !has_valid_escapes(target) {
            return refuse(
                400,
                "a percent sign in a request target is followed by two hexadecimal digits",
            );
        }
        match target {
            "*" if method == Method::Options => Ok(Self::bare("*", None)),
            _ if method == Method::Connect => Ok(Self::bare("", Some(target))),
            _ if target.starts_with('/') => Self::origin(target),
            _ => Self::absolute(target),
        }
    }

    fn bare(path: &'static str, authority: Option<&'a str>) -> Self {
        Self {
            path: Cow::Borrowed(path),
            query: None,
            authority,
        }
    }

    fn origin(target: &'a str) -> Result<Self, Problem> {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        Ok(Self {
            path: decode(path)?,
            query,
            authority: None,
        })
    }

    fn absolute(target: &'a str) -> Result<Self, Problem> {
        let scheme = ["http://", "https://"].into_iter().find(|scheme| {
            target
                .get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
        let Some(scheme) = scheme else {
            return refuse(400, "a request target is a path, or an http or https URL");
        };
        let rest = &target[scheme.len()..];
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if !is_authority(authority) {
            return refuse(400, "the host in the request target is not valid");
        }
        let origin = if path.is_empty() {
            Self::origin("/")?
        } else {
            Self::rooted(path)?
        };
        Ok(Self {
            authority: Some(authority),
            ..origin
        })
    }

    /// A URL without a path has the root's (RFC 9110, section 4.2.3).
    fn rooted(path: &'a str) -> Result<Self, Problem> {
        match path.strip_prefix('?') {
            Some(query) => Ok(Self {
                query: Some(query),
                ..Self::origin("/")?
            }),
            None => Self::origin(path),
        }
    }
}

fn has_valid_escapes(target: &str) -> bool {
    let digits = |escape: &str| escape.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    target.split('%').skip(1).all(digits)
}

/// Decodes a path once and resolves its dot segments, those that were encoded as well, so that nothing that uses it
/// as a file's name can leave the root.
fn decode(path: &str) -> Result<Cow<'_, str>, Problem> {
    let Ok(path) = percent_decode_str(path).decode_utf8() else {
        return refuse(400, "the path is not UTF-8 once it is decoded");
    };
    if path.chars().any(char::is_control) {
        return refuse(400, "the path holds a control character");
    }
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Ok(Cow::Owned(without_dots(&path)));
    }
    Ok(path)
}

/// RFC 3986, section 5.2.4.
fn without_dots(path: &str) -> String {
    let mut kept = Vec::new();
    let mut directory = false;
    for segment in path.split('/').skip(1) {
        directory = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            name => kept.push(name),
        }
    }
    let end = if directory && !kept.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", kept.join("/"))
}

/// Whether the text is a host, with or without a port (RFC 3986, section 3.2, without user information; a host of an
/// http URL is not empty, RFC 9110, section 4.2.1).
pub(super) fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rfind(':').filter(|at| !text[*at..].contains(']')) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    let valid_port = port.bytes().all(|b| b.is_ascii_digit())
        && (port.is_empty() || port.parse::<u16>().is_ok());
    let literal = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let valid_host = match literal {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(is_name_byte) && has_valid_escapes(host),
    };
    valid_host && valid_port
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(target: &str) -> Result<String, u16> {
        Target::parse(target, Method::Get)
            .map(|t| t.path.into_owned())
            .map_err(|problem| problem.status)
    }

    #[test]
    fn a_path_is_decoded_once() {
        for (target, decoded) in [
            ("/", "/"),
            ("/a%20b", "/a b"),
            ("/%2561", "/%61"),
            ("/caf%C3%A9?x=%zz0"[..11].as_ref(), "/café"),
            ("//double//", "//double//"),
            ("http://host", "/"),
            ("HTTP://host:80/a?b", "/a"),
            ("http://host?b", "/"),
        ] {
            assert_eq!(path(target).as_deref(), Ok(decoded), "{target}");
        }
    }

    #[test]
    fn dot_segments_never_leave_the_root() {
        for (target, resolved) in [
            ("/a/./b", "/a/b"),
            ("/a/../b", "/b"),
            ("/../../etc/passwd", "/etc/passwd"),
            ("/a/%2e%2e/%2E./b", "/b"),
            ("/..%2f..%2fetc", "/etc"),
            ("/a/..", "/"),
            ("/a/b/..", "/a/"),
            ("/a/...", "/a/..."),
        ] {
            assert_eq!(path(target).as_deref(), Ok(resolved), "{target}");
        }
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for target in [
            "",
            "*",
            "a",
            "/%",
            "/%4",
            "/%zz",
            "/?%g0",
            "/a#b",
            "/\u{7f}",
            "/é",
            "/%00",
            "/%0a",
            "/%ff",
            "ftp://host/",
            "http://",
            "http:///a",
            "http://a b/",
            "http://u@host/",
            "http://host:x/",
        ] {
            assert_eq!(path(target), Err(400), "{target:?}");
        }
    }

    #[test]
    fn a_query_is_left_as_it_came_and_a_host_in_the_target_is_kept() {
        let target = Target::parse("http://host:80?a=%20", Method::Get).unwrap();
        assert_eq!(
            (target.query, target.authority),
            (Some("a=%20"), Some("host:80"))
        );
        assert_eq!(Target::parse("/a?", Method::Get).unwrap().query, Some(""));
        assert_eq!(Target::parse("*", Method::Options).unwrap().path, "*");
    }

    #[test]
    fn authorities() {
        for text in [
            "a",
            "a.b:80",
            "127.0.0.1",
            "[::1]",
            "[::1]:4000",
            "a:",
            "xn--a",
            "a_b",
        ] {
            assert!(is_authority(text), "{text}");
        }
        for text in [
            "", ":80", "a:b", "a:65536", "a b", "[::1", "::1", "[x]", "a/b", "u@a", "a,b:c", "a\"",
            "%zz",
        ] {
            assert!(!is_authority(text), "{text}");
        }
    }
}
