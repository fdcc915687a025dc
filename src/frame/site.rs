//! The site that a request is for, by its `Host`, or by the fields of a trusted proxy, which may have rewritten `Host`.

use super::PictureFrame;
use crate::{
    http::{Method, Request, is_authority},
    server::Context,
};

/// The fields by which a proxy tells the host and the scheme that its client asked for.
const FORWARDED_HOST: &str = "x-forwarded-host";
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The host and the scheme that the client asked for, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Site<'a> {
    /// Host, with or without a port. Every request of HTTP/1.1 has one.
    pub(super) host: Option<&'a str>,
    /// `http` or `https`. None without a trusted proxy, since a proxy that is not trusted may have changed it.
    pub(super) scheme: Option<&'static str>,
}

impl<'a> Site<'a> {
    /// The site of a request that came directly from its client.
    pub(super) fn direct(request: &Request<'a>) -> Self {
        let host = match request.method {
            // The target of a CONNECT names another server.
            Method::Connect => request
                .header("host")
                .and_then(|host| str::from_utf8(host).ok()),
            _ => request.host(),
        };
        Self { host, scheme: None }
    }

    /// The site of a request that came through a trusted proxy. The last element of each field counts, since only that
    /// can be the proxy's own; the client may have written any elements before it.
    pub(super) fn forwarded(request: &Request<'a>) -> Self {
        let direct = Self::direct(request);
        Self {
            host: last(request, FORWARDED_HOST)
                .filter(|host| is_authority(host))
                .or(direct.host),
            scheme: last(request, FORWARDED_PROTO).and_then(scheme),
        }
    }

    /// True if an origin, as browsers write it, is this site's.
    pub(super) fn has_origin(&self, origin: &[u8]) -> bool {
        let (Some((scheme, authority)), Some(host)) = (split(origin), self.host) else {
            return false;
        };
        let default = if scheme.eq_ignore_ascii_case("https") {
            443
        } else {
            80
        };
        let (name, port) = name_and_port(authority);
        let (own_name, own_port) = name_and_port(host);
        self.scheme
            .is_none_or(|own| own.eq_ignore_ascii_case(scheme))
            && name.eq_ignore_ascii_case(own_name)
            && port.unwrap_or(default) == own_port.unwrap_or(default)
    }
}

/// The site that this request is for.
pub(super) fn site<'a>(cx: &mut Context<'_, PictureFrame>, request: &Request<'a>) -> Site<'a> {
    // The peer's address costs a system call, so it is looked up only where a proxy may be trusted.
    if cx.app.proxies.is_none() {
        return Site::direct(request);
    }
    match cx.other_end() {
        Some(peer) if cx.app.proxies.trusts_peer(peer) => Site::forwarded(request),
        _ => Site::direct(request),
    }
}

/// The last element of a field over all its lines.
fn last<'a>(request: &Request<'a>, name: &str) -> Option<&'a str> {
    let elements = request
        .headers(name)
        .flat_map(|line| line.split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii);
    let last = elements.filter(|element| !element.is_empty()).last()?;
    str::from_utf8(last).ok()
}

/// The scheme that a text names in any case, if pages have it.
fn scheme(text: &str) -> Option<&'static str> {
    let mut known = ["http", "https"].into_iter();
    known.find(|known| known.eq_ignore_ascii_case(text))
}

fn split(origin: &[u8]) -> Option<(&str, &str)> {
    str::from_utf8(origin).ok()?.split_once("://")
}

/// Host and port of an authority. An empty port means the default port (RFC 9110, section 4.2.3).
pub(super) fn name_and_port(authority: &str) -> (&str, Option<u16>) {
    match authority.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port.parse().ok()),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Input, Step};

    fn with<R>(fields: &str, f: impl FnOnce(&Request<'_>) -> R) -> R {
        let mut input = Input::new();
        input.push(format!("POST /publish HTTP/1.0\r\n{fields}\r\n").as_bytes());
        assert_eq!(input.step(), Step::Ready);
        f(&input.request())
    }

    #[test]
    fn the_default_port_may_be_named_or_empty_or_absent() {
        let is = |origin: &str, host: &str| {
            let site = Site {
                host: Some(host),
                scheme: None,
            };
            site.has_origin(origin.as_bytes())
        };
        for (origin, host) in [
            ("https://a", "a:443"),
            ("https://a", "A:"),
            ("http://a:80", "a"),
            ("http://a", "a:080"),
            ("http://[::1]:4000", "[::1]:4000"),
            ("http://[::1]", "[::1]:80"),
        ] {
            assert!(is(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("http://a", "a:443"),
            ("https://a", "a:80"),
            ("http://a", "b"),
            ("http://[::1]:4000", "[::1]"),
            ("a", "a"),
            ("null", "null"),
        ] {
            assert!(!is(origin, host), "{origin} {host}");
        }
        assert!(!Site::default().has_origin(b"http://a"));
    }

    #[test]
    fn the_last_word_of_a_proxy_is_the_site() {
        for (fields, host, scheme) in [
            ("", None, None),
            ("Host: a\r\n", Some("a"), None),
            ("Host: a\r\nX-Forwarded-Host: b:81\r\n", Some("b:81"), None),
            ("X-Forwarded-Host: evil, b ,\r\n", Some("b"), None),
            (
                "X-Forwarded-Host: evil\r\nX-Forwarded-Host: b\r\n",
                Some("b"),
                None,
            ),
            ("Host: a\r\nX-Forwarded-Host: b, c d\r\n", Some("a"), None),
            ("Host: a\r\nX-Forwarded-Host: \r\n", Some("a"), None),
            ("X-Forwarded-Proto: http,HTTPS\r\n", None, Some("https")),
            ("X-Forwarded-Proto: https, wss\r\n", None, None),
        ] {
            let site = with(fields, |request| {
                (
                    Site::forwarded(request).host.map(str::to_owned),
                    Site::forwarded(request).scheme.map(str::to_owned),
                )
            });
            assert_eq!(
                (site.0.as_deref(), site.1.as_deref()),
                (host, scheme),
                "{fields}"
            );
        }
        let fields = "Host: a\r\nX-Forwarded-Host: b\r\nX-Forwarded-Proto: https\r\n";
        with(fields, |request| {
            let site = Site::direct(request);
            assert_eq!((site.host, site.scheme), (Some("a"), None));
        });
    }

    #[test]
    fn a_known_scheme_is_a_part_of_the_origin() {
        let site = |scheme| Site {
            host: Some("a"),
            scheme: Some(scheme),
        };
        assert!(site("https").has_origin(b"https://a") && site("http").has_origin(b"HTTP://a:80"));
        assert!(!site("https").has_origin(b"http://a") && !site("http").has_origin(b"https://a"));
    }
}
