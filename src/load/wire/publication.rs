//! The form in which a server takes what is published: method, fields and body, with places for the marker and for the
//! number of the broadcast. Pure.

use std::fmt::Write;

/// The place of the marker in a template.
pub(crate) const MARKER: &str = "{marker}";
/// The place of the number of the broadcast, counted from 0.
const NUMBER: &str = "{n}";

/// The form of a publish.
#[derive(Clone, Debug)]
pub(crate) struct Publication {
    pub(crate) method: String,
    /// The fields of the head: names and values.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// A publish of one broadcast.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edition<'a> {
    pub(crate) marker: &'a str,
    pub(crate) number: u32,
}

impl Publication {
    /// The request that publishes an edition, at this host and path.
    pub(crate) fn request(&self, host: &str, path: &str, edition: Edition<'_>) -> Vec<u8> {
        let body = fill_bytes(&self.body, edition);
        let mut head = self.head(host, path, edition);
        if !body.is_empty() || ["POST", "PUT", "PATCH"].contains(&&*self.method) {
            // A request that may have a body says so, even if the body is empty (RFC 9110, section 8.6).
            write!(head, "Content-Length: {}\r\n", body.len()).expect("a string takes all");
        }
        [head.as_bytes(), b"\r\n", &body].concat()
    }

    /// The beginning of a request, up to the empty line. A field of the publication replaces `Host`.
    fn head(&self, host: &str, path: &str, edition: Edition<'_>) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, fill(path, edition));
        if !self.has("host") {
            write!(head, "Host: {host}\r\n").expect("a string takes all");
        }
        for (name, value) in &self.fields {
            write!(head, "{name}: {}\r\n", fill(value, edition)).expect("a string takes all");
        }
        head
    }

    /// Whether there is a field with this name, in small letters.
    pub(crate) fn has(&self, name: &str) -> bool {
        let mut names = self.fields.iter().map(|(name, _)| name);
        names.any(|other| other.eq_ignore_ascii_case(name))
    }

    /// Whether a publish at this path has the marker in it.
    pub(crate) fn has_marker(&self, path: &str) -> bool {
        let in_field = |(_, value): &(String, String)| value.contains(MARKER);
        let mut places = memchr::memmem::find_iter(&self.body, MARKER);
        path.contains(MARKER) || self.fields.iter().any(in_field) || places.next().is_some()
    }

    /// The publication as a request without a body, which a redirection can make of it (RFC 9110, section 15.4).
    pub(crate) fn as_get(&self) -> Self {
        let is_about_body = |name: &str| name.to_ascii_lowercase().starts_with("content-");
        let fields = self.fields.iter().filter(|(name, _)| !is_about_body(name));
        Self {
            method: "GET".to_owned(),
            fields: fields.cloned().collect(),
            body: Vec::new(),
        }
    }
}

fn fill(template: &str, edition: Edition<'_>) -> String {
    // A marker has no braces, so that the order does not matter.
    let text = template.replace(MARKER, edition.marker);
    text.replace(NUMBER, &edition.number.to_string())
}

/// As [`fill`], of a body that need not be text.
fn fill_bytes(template: &[u8], edition: Edition<'_>) -> Vec<u8> {
    let number = edition.number.to_string();
    let mut filled = Vec::with_capacity(template.len() + edition.marker.len());
    let mut rest = template;
    while let Some(at) = memchr::memchr(b'{', rest) {
        filled.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let places = [(MARKER, edition.marker), (NUMBER, &number)];
        let found = places
            .iter()
            .find(|(place, _)| rest.starts_with(place.as_bytes()));
        let (place, value) = found.copied().unwrap_or(("{", "{"));
        filled.extend_from_slice(value.as_bytes());
        rest = &rest[place.len()..];
    }
    filled.extend_from_slice(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publication(method: &str, fields: &[(&str, &str)], body: &str) -> Publication {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Publication {
            method: method.to_owned(),
            fields: fields.iter().map(own).collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[track_caller]
    fn is(publication: &Publication, path: &str, expected: &str) {
        let edition = Edition {
            marker: "m",
            number: 7,
        };
        let request = publication.request("a:80", path, edition);
        assert_eq!(String::from_utf8(request).unwrap(), expected);
    }

    #[test]
    fn a_request_has_the_marker_and_the_number_in_each_of_its_places() {
        is(
            &publication(
                "POST",
                &[("Title", "{n}-{marker}")],
                "{\"a\":{n},{marker}{}{",
            ),
            "/p?m={marker}&n={n}",
            "POST /p?m=m&n=7 HTTP/1.1\r\nHost: a:80\r\nTitle: 7-m\r\nContent-Length: 11\r\n\r\n{\"a\":7,m{}{",
        );
        is(
            &publication("PUT", &[("host", "b")], ""),
            "/",
            "PUT / HTTP/1.1\r\nhost: b\r\nContent-Length: 0\r\n\r\n",
        );
        is(
            &publication("GET", &[], ""),
            "/",
            "GET / HTTP/1.1\r\nHost: a:80\r\n\r\n",
        );
    }

    #[test]
    fn a_body_need_not_be_text() {
        let mut publication = publication("POST", &[], "");
        publication.body = b"\xff{marker}\0".to_vec();
        let edition = Edition {
            marker: "m",
            number: 7,
        };
        assert!(
            publication
                .request("a", "/", edition)
                .ends_with(b"\r\n\r\n\xffm\0")
        );
    }

    #[test]
    fn a_publication_without_a_marker_is_known() {
        assert!(publication("POST", &[], "a{marker}").has_marker("/"));
        assert!(publication("POST", &[("a", "{marker}")], "").has_marker("/"));
        assert!(publication("POST", &[], "").has_marker("/{marker}"));
        assert!(!publication("POST", &[("a", "{n}")], "{n}").has_marker("/{n}"));
    }

    #[test]
    fn a_redirection_may_take_the_body_away_with_the_fields_about_it() {
        let fields = [("Content-Type", "a/b"), ("Authorization", "c")];
        is(
            &publication("POST", &fields, "{marker}").as_get(),
            "/",
            "GET / HTTP/1.1\r\nHost: a:80\r\nAuthorization: c\r\n\r\n",
        );
    }
}
