//! A URL as it is written by the user: with a user and a password, and with `{n}` for the number of a subscriber. Pure.

use std::borrow::Cow;
use ureq::http::Uri;

/// The mark that stands for the number of a subscriber.
const NUMBER: &str = "{n}";

/// The parts of a URL.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// The host, without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: u16,
    /// The value of `Host`.
    pub(super) authority: String,
    /// Path and query.
    pub(super) path: String,
    /// User and password, with a colon in between, decoded.
    pub(super) user: Option<String>,
    pub(super) is_tls: bool,
}

/// The port of a URL that names none.
pub(super) fn port_of(scheme: &str) -> Option<u16> {
    match scheme.to_ascii_lowercase().as_str() {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// `text` with the number of a subscriber in place of `{n}`.
pub(super) fn numbered(text: &str, number: u32) -> Cow<'_, str> {
    match text.contains(NUMBER) {
        true => text.replace(NUMBER, &number.to_string()).into(),
        false => text.into(),
    }
}

/// `url` for a human reader, without the password in it.
pub(crate) fn shown(url: &str) -> Cow<'_, str> {
    match split(url) {
        (before, Some(_), rest) => format!("{before}***@{rest}").into(),
        _ => url.into(),
    }
}

/// A URL in three parts: the scheme with its slashes; user and password, if there are any; the rest.
fn split(url: &str) -> (&str, Option<&str>, &str) {
    let begin = url.find("//").map_or(0, |at| at + 2);
    let (scheme, rest) = url.split_at(begin);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => (scheme, Some(&rest[..at]), &rest[at + 1..]),
        None => (scheme, None, rest),
    }
}

impl Url {
    /// Reads a URL. An error says what is wrong with it, and does not show its password.
    pub(super) fn read(url: &str) -> Result<Self, String> {
        let wrong = |what: &str| {
            let url = shown(url);
            format!("{url} {what}; use one like http://127.0.0.1:4000/subscribe")
        };
        let (begin, user, rest) = split(url);
        let uri: Uri = format!("{begin}{rest}")
            .parse()
            .map_err(|_| wrong("is not a URL"))?;
        let scheme = uri.scheme_str().unwrap_or_default();
        let port =
            port_of(scheme).ok_or_else(|| wrong("does not begin with http:// or https://"))?;
        let authority = uri.authority().ok_or_else(|| wrong("has no host"))?;
        if authority.as_str().contains(NUMBER) {
            return Err(wrong("has {n} in its host, which is resolved once for all"));
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let given = authority.as_str().strip_prefix(authority.host());
        let given = given.unwrap_or_default().trim_start_matches(':');
        let port = match given.parse() {
            _ if given.is_empty() => port,
            Ok(given @ 1..) => given,
            _ => return Err(wrong("has no port from 1 to 65535")),
        };
        Ok(Self {
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port,
            authority: authority.as_str().to_owned(),
            path: path.to_owned(),
            user: user.map(credentials),
            is_tls: scheme == "https",
        })
    }
}

/// User and password of a URL, decoded (RFC 3986, section 2.1). A user without a password has an empty password.
fn credentials(text: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    match decoded.contains(':') {
        true => decoded.into_owned(),
        false => format!("{decoded}:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_host_a_port_and_perhaps_a_user() {
        let read = |url| Url::read(url).unwrap();
        let url = read("https://a%40b:c%3Ad@example.org/e?f={n}#g");
        assert_eq!(
            (&*url.host, url.port, url.is_tls),
            ("example.org", 443, true)
        );
        assert_eq!((&*url.authority, &*url.path), ("example.org", "/e?f={n}"));
        assert_eq!(url.user.as_deref(), Some("a@b:c:d"));
        let url = read("HTTP://user{n}@[::1]:4000");
        assert_eq!((&*url.host, url.port, &*url.path), ("::1", 4000, "/"));
        assert_eq!(url.user.as_deref(), Some("user{n}:"));
        assert_eq!(read("http://a/b@c").user, None);
        assert_eq!(read("https://a:/").port, 443);
    }

    #[test]
    fn a_url_that_cannot_be_tested_is_refused_with_advice_and_without_its_password() {
        for (url, word) in [
            ("", "http://"),
            ("nowhere", "http://"),
            ("ftp://a:secret@b/", "begin with http:// or https://"),
            ("http://a:secret@b c/", "not a URL"),
            ("http://{n}.example.org/", "not a URL"),
            ("https://", "not a URL"),
            ("http://a:secret@b:65536/", "no port from 1 to 65535"),
            ("http://b:0/", "no port from 1 to 65535"),
        ] {
            let told = Url::read(url).unwrap_err();
            assert!(told.contains(word), "{url}: {told}");
            assert!(!told.contains("secret"), "{url}: {told}");
        }
    }

    #[test]
    fn a_url_is_shown_without_user_and_password() {
        for (url, text) in [
            ("https://a:b@c/d@e", "https://***@c/d@e"),
            ("http://a@b:c@d", "http://***@d"),
            ("http://a/b@c", "http://a/b@c"),
        ] {
            assert_eq!(shown(url), text);
        }
    }

    #[test]
    fn each_subscriber_has_its_number_in_place_of_the_mark() {
        assert_eq!(numbered("/a/{n}?b={n}", 12), "/a/12?b=12");
        assert_eq!(numbered("/a", 12), "/a");
    }
}
