//! Origins of other sites that may use the frame. Browsers tell which origin a request comes from (Fetch, "CORS
//! protocol").

use super::site::Site;
use crate::http::{Method, Problem, Request, Response};
use std::str::FromStr;

/// An origin that may use the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Every origin.
    Any,
    /// This origin, as browsers write it: `https://example.org`.
    One(String),
}

/// The error for a text that is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAnOrigin;

impl std::error::Error for NotAnOrigin {}

impl std::fmt::Display for NotAnOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an origin is a scheme, a host and perhaps a port, as https://example.org, or * for all")
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let text = text.trim();
        if text == "*" {
            return Ok(Self::Any);
        }
        let text = text.strip_suffix('/').unwrap_or(text).to_ascii_lowercase();
        let (scheme, host) = text.split_once("://").ok_or(NotAnOrigin)?;
        let valid = |b: u8| b.is_ascii_graphic() && !b"/?#@\\,*".contains(&b);
        let known = matches!(scheme, "http" | "https");
        if !known || host.is_empty() || !host.bytes().all(valid) {
            return Err(NotAnOrigin);
        }
        Ok(Self::One(text))
    }
}

/// The origins that may use the frame, beside its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    origins: Vec<Origin>,
}

impl Access {
    /// Allows these origins, beside the frame's own.
    #[must_use]
    pub(crate) fn new(origins: Vec<Origin>) -> Self {
        Self { origins }
    }

    /// Refuses a request that another site's page makes a browser send, since its user knows nothing of it.
    pub(super) fn check(&self, request: &Request<'_>, site: Site<'_>) -> Result<(), Problem> {
        if is_from_here(request, site) || self.allowed(request).is_some() {
            return Ok(());
        }
        Err(Problem::new(
            403,
            "Publishing from other sites is not allowed here (see --cors-origin).",
        ))
    }

    /// The value of `Access-Control-Allow-Origin` for the request's origin, if that is allowed. An origin that the
    /// operator named gets its own name even where every origin is allowed, since only then may it send its users'
    /// credentials.
    fn allowed(&self, request: &Request<'_>) -> Option<&str> {
        let origin = request.header("origin")?;
        let named = self
            .named()
            .find(|text| text.as_bytes().eq_ignore_ascii_case(origin));
        named.or_else(|| self.origins.contains(&Origin::Any).then_some("*"))
    }

    fn named(&self) -> impl Iterator<Item = &str> {
        self.origins.iter().filter_map(|origin| match origin {
            Origin::Any => None,
            Origin::One(text) => Some(text.as_str()),
        })
    }

    /// Adds the fields without which a browser hides the answer from a script of another site.
    pub(super) fn finish(&self, request: &Request<'_>, mut response: Response) -> Response {
        if self.named().next().is_some() {
            response = response.header("Vary", "Origin");
        }
        let Some(origin) = self.allowed(request) else {
            return response;
        };
        response = response
            .header("Access-Control-Allow-Origin", origin)
            .header("Access-Control-Expose-Headers", "Retry-After");
        // With `*` a site must not read an answer to a user who is logged in at a proxy in front (Fetch, "CORS protocol
        // and credentials").
        if origin != "*" {
            response = response.header("Access-Control-Allow-Credentials", "true");
        }
        if request.method != Method::Options {
            return response;
        }
        response
            .header("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS")
            .header(
                "Access-Control-Allow-Headers",
                "Content-Type, Last-Event-ID, Cache-Control",
            )
            .header("Access-Control-Max-Age", "86400")
    }
}

/// True for a request that the page of its own site sent, or that no page sent.
fn is_from_here(request: &Request<'_>, site: Site<'_>) -> bool {
    let mut sites = request.headers("sec-fetch-site").peekable();
    if sites.peek().is_some() {
        return sites.all(|site| matches!(site, b"same-origin" | b"none"));
    }
    let mut origins = request.headers("origin");
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => site.has_origin(origin),
        (Some(_), Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Input, Step};

    fn check(allowed: &[&str], fields: &str) -> Result<(), u16> {
        let access = Access::new(
            allowed
                .iter()
                .map(|origin| origin.parse().unwrap())
                .collect(),
        );
        let mut input = Input::new();
        input.push(
            format!("POST /publish HTTP/1.1\r\nHost: frame.example:4000\r\n{fields}\r\n")
                .as_bytes(),
        );
        assert!(matches!(input.step(), Step::Ready));
        access
            .check(&input.request(), Site::direct(&input.request()))
            .map_err(|problem| problem.status)
    }

    #[test]
    fn the_frames_own_page_and_programs_may_publish() {
        for fields in [
            "",
            "Sec-Fetch-Site: same-origin\r\n",
            "Sec-Fetch-Site: none\r\n",
            "Sec-Fetch-Site: same-origin\r\nOrigin: https://elsewhere.example\r\n",
            "Origin: http://frame.example:4000\r\n",
            "Origin: https://FRAME.example:4000\r\n",
        ] {
            assert_eq!(check(&[], fields), Ok(()), "{fields}");
        }
    }

    #[test]
    fn other_sites_may_not_publish_unless_they_are_allowed() {
        for fields in [
            "Sec-Fetch-Site: cross-site\r\n",
            "Sec-Fetch-Site: same-site\r\n",
            "Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n",
            "Sec-Fetch-Site: cross-site\r\nOrigin: http://frame.example:4000\r\n",
            "Origin: http://frame.example\r\n",
            "Origin: null\r\n",
            "Origin: https://elsewhere.example\r\n",
            "Origin: http://frame.example:4000\r\nOrigin: http://frame.example:4000\r\n",
        ] {
            assert_eq!(check(&[], fields), Err(403), "{fields}");
        }
        let fields = "Sec-Fetch-Site: cross-site\r\nOrigin: https://Friend.example\r\n";
        assert_eq!(check(&["https://friend.example"], fields), Ok(()));
        assert_eq!(check(&["*"], fields), Ok(()));
        assert_eq!(check(&["https://friend.example:444"], fields), Err(403));
    }

    #[test]
    fn a_text_that_is_no_origin_is_refused() {
        for text in [
            "",
            "a",
            "https://",
            "https://a/b",
            "ftp://a",
            "https://a b",
            "https://u@a",
            "null",
            "https://*.a",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(NotAnOrigin), "{text}");
        }
        assert_eq!("HTTPS://A/".parse(), Ok(Origin::One("https://a".into())));
        assert_eq!(" https://a ".parse(), Ok(Origin::One("https://a".into())));
    }
}
