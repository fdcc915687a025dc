//! Flickr's endpoint, and a question as a URL. Pure: text in, text out.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::{fmt, net::IpAddr};
use ureq::http::Uri;

/// Flickr's own REST endpoint.
pub(crate) const DEFAULT_URL: &str = "https://api.flickr.com/services/rest/";

/// Flickr's own origin, which serves no pictures.
const DEFAULT_ORIGIN: &str = "https://api.flickr.com";

/// Everything outside RFC 3986's unreserved set.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Photos per question: a choice to draw from, and the most that Flickr's terms allow on one page.
const PER_PAGE: &str = "30";

/// The reasons why a Flickr source cannot be set up. Its text never quotes an input, which could hold the key by
/// mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupError {
    /// The key is empty, or has characters that no key has.
    Key,
    /// The URL cannot be asked, for this reason.
    Url(&'static str),
    /// This variable of the environment names no usable proxy.
    Proxy(&'static str),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => f.write_str(
                "FLICKR_API_KEY is empty, or holds characters that no key has; copy the key from \
                 https://www.flickr.com/services/apps/ again",
            ),
            Self::Url(wrong) => write!(f, "--flickr-url {wrong}; use one like {DEFAULT_URL}"),
            Self::Proxy(variable) => write!(
                f,
                "{variable} in the environment is no proxy's URL; use one like \
                 http://proxy.example:3128 or socks5://127.0.0.1:1080, or unset it"
            ),
        }
    }
}

impl std::error::Error for SetupError {}

/// A REST endpoint.
pub(super) struct Endpoint {
    origin: String,
    host: String,
    port: u16,
    path: String,
}

impl Endpoint {
    /// Parses an `http` or `https` URL of a host, an optional port and a path. Any other part is an error, since it
    /// would be dropped.
    pub(super) fn parse(url: &str) -> Result<Self, SetupError> {
        if !url.is_ascii() || url.contains(['?', '#', '@']) {
            return Err(SetupError::Url(
                "must be plain: ASCII, no credentials, no query, no fragment",
            ));
        }
        let uri: Uri = url.parse().map_err(|_| SetupError::Url("is not a URL"))?;
        let scheme = uri
            .scheme_str()
            .filter(|scheme| matches!(*scheme, "http" | "https"));
        let scheme = scheme.ok_or(SetupError::Url("must begin with https:// or http://"))?;
        let default = if scheme == "https" { 443 } else { 80 };
        let (host, port) =
            place(&uri, default).ok_or(SetupError::Url("has no usable host and port"))?;
        let shown = if port == default {
            String::new()
        } else {
            format!(":{port}")
        };
        Ok(Self {
            origin: format!("{scheme}://{host}{shown}"),
            host,
            port,
            path: uri.path().to_owned(),
        })
    }

    pub(super) fn is_secure(&self) -> bool {
        self.origin.starts_with("https:")
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// True if the endpoint is on this machine, so that a request never leaves it.
    pub(super) fn is_loopback(&self) -> bool {
        let address = self.host.trim_matches(['[', ']']).parse::<IpAddr>();
        let is_name = self.host == "localhost" || self.host.ends_with(".localhost");
        address.map_or(is_name, |address| address.to_canonical().is_loopback())
    }

    pub(super) fn image_origin(&self) -> Option<&str> {
        Some(self.origin.as_str()).filter(|origin| *origin != DEFAULT_ORIGIN)
    }

    /// The URL that asks for photos of `text`. It holds the key, so it must not be logged.
    pub(super) fn question(&self, key: &str, text: &str) -> String {
        let parameters = [
            ("method", "flickr.photos.search"),
            ("api_key", key),
            ("format", "json"),
            ("nojsoncallback", "1"),
            ("text", text),
            ("sort", "relevance"),
            ("safe_search", "1"),
            ("content_types", "0"),
            ("media", "photos"),
            ("per_page", PER_PAGE),
            ("page", "1"),
            (
                "extras",
                "owner_name,license,url_m,url_z,url_c,url_l,path_alias,o_dims",
            ),
        ];
        let pairs = parameters.map(|(name, value)| format!("{name}={}", encoded(value)));
        format!("{}{}?{}", self.origin, self.path, pairs.join("&"))
    }
}

/// The text in a question's percent-encoding.
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Host and port of a URL, in lower case, as browsers write an origin. The origin is part of the page's CSP header, so
/// only characters of host names pass.
fn place(uri: &Uri, default: u16) -> Option<(String, u16)> {
    let host = uri
        .host()
        .filter(|host| !host.is_empty())?
        .to_ascii_lowercase();
    let tame = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    let rest = uri.authority()?.as_str().get(host.len()..)?;
    let port = match rest.strip_prefix(':') {
        None => default,
        Some(digits) => digits.parse::<u16>().ok().filter(|port| *port != 0)?,
    };
    host.bytes().all(tame).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Result<String, SetupError> {
        Endpoint::parse(url).map(|endpoint| endpoint.origin)
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        assert_eq!(origin(DEFAULT_URL).unwrap(), DEFAULT_ORIGIN);
        assert_eq!(
            origin("HTTP://LocalHost:80/rest").unwrap(),
            "http://localhost"
        );
        assert_eq!(
            origin("http://127.0.0.1:4010/services/rest/").unwrap(),
            "http://127.0.0.1:4010"
        );
        assert_eq!(origin("https://[::1]:443").unwrap(), "https://[::1]");
    }

    #[test]
    fn only_another_endpoint_serves_pictures() {
        assert_eq!(Endpoint::parse(DEFAULT_URL).unwrap().image_origin(), None);
        let other = Endpoint::parse("http://127.0.0.1:4010/rest").unwrap();
        assert_eq!(other.image_origin(), Some("http://127.0.0.1:4010"));
    }

    #[test]
    fn loopback_is_this_machine_by_address_or_name() {
        let is_loopback = |url: &str| Endpoint::parse(url).unwrap().is_loopback();
        for url in [
            "http://127.0.0.1/",
            "http://127.9.9.9:80/",
            "http://[::1]/",
            "http://LOCALHOST:1/",
            "http://flickr.localhost/",
            "http://[::ffff:127.0.0.1]/",
        ] {
            assert!(is_loopback(url), "{url}");
        }
        for url in [
            "http://10.0.0.1/",
            "http://localhost.example/",
            "http://notlocalhost/",
            "http://[::2]/",
        ] {
            assert!(!is_loopback(url), "{url}");
        }
    }

    #[test]
    fn a_url_that_cannot_be_asked_says_what_to_use() {
        let wrong = [
            "",
            "/services/rest/",
            "api.flickr.com",
            "ftp://a.example/",
            "file:///etc/passwd",
            "https://",
            "https:///x",
            "https://key@a.example/",
            "https://a.example/?api_key=secret",
            "https://a.example/#secret",
            "https://a.example:0/",
            "https://a.example:99999/",
            "https://a.example:/",
            "https://a.example:x/",
            "https://a b.example/",
            "https://a;b.example/",
            "https://a'b.example/",
            "https://münchen.example/",
            "http://a.example/\n",
        ];
        for url in wrong {
            let message = origin(url).expect_err(url).to_string();
            assert!(
                message.contains("--flickr-url") && message.contains(DEFAULT_URL),
                "{url}: {message}"
            );
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_question_encodes_all_but_the_unreserved_set() {
        let question = Endpoint::parse("http://a.example")
            .unwrap()
            .question("k", "a b&c=ü+-._~\"'*/");
        assert!(
            question.starts_with("http://a.example/?method=flickr.photos.search&api_key=k&"),
            "{question}"
        );
        assert!(
            question.contains("&text=a%20b%26c%3D%C3%BC%2B-._~%22%27%2A%2F&"),
            "{question}"
        );
    }
}
