//! Conditional requests: the client's conditions on the current representation (RFC 9110, section 13).

use super::{Problem, Request, Response};

/// The preconditions of a GET or HEAD request, for a representation that has an entity tag and no date. They are copied
/// from the request, so that a job can evaluate them.
///
/// `If-Modified-Since` and `If-Unmodified-Since` are ignored where there is no date (RFC 9110, sections 13.1.3 and
/// 13.1.4).
#[derive(Clone, Debug, Default)]
pub(crate) struct Preconditions {
    if_match: Option<Vec<u8>>,
    if_none_match: Option<Vec<u8>>,
}

/// The outcome of the preconditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The representation is sent.
    Serve,
    /// The client has this representation: 304.
    NotModified,
    /// The client wants another representation than the current one: 412.
    Failed,
}

impl Preconditions {
    /// The preconditions of `request`.
    pub(crate) fn of(request: &Request<'_>) -> Self {
        Self {
            if_match: joined(request, "if-match"),
            if_none_match: joined(request, "if-none-match"),
        }
    }

    /// Evaluates the preconditions, in the order of RFC 9110, section 13.2.2, for a representation with this entity
    /// tag, given with its quotes.
    pub(crate) fn verdict(&self, tag: &str) -> Verdict {
        let differs = |list: &Vec<u8>| !lists(list, |known| is_same(known, tag.as_bytes()));
        let is_known =
            |list: &Vec<u8>| lists(list, |known| opaque(known) == opaque(tag.as_bytes()));
        if self.if_match.as_ref().is_some_and(differs) {
            Verdict::Failed
        } else if self.if_none_match.as_ref().is_some_and(is_known) {
            Verdict::NotModified
        } else {
            Verdict::Serve
        }
    }

    /// The answer with the representation whose entity tag is `tag`. A 200 is `head` with the fields and body that
    /// `content` adds; a 304 is `head` alone; the third answer is a 412.
    pub(crate) fn answer(
        &self,
        tag: &str,
        head: Response,
        content: impl FnOnce(Response) -> Response,
    ) -> Response {
        let mut head = head.header("ETag", tag);
        match self.verdict(tag) {
            Verdict::Serve => content(head),
            Verdict::NotModified => {
                head.status = 304;
                head
            }
            Verdict::Failed => {
                Problem::new(412, "The current version is none that If-Match names.").into()
            }
        }
    }
}

/// The lines of a field as one list (RFC 9110, section 5.3).
fn joined(request: &Request<'_>, name: &str) -> Option<Vec<u8>> {
    request
        .headers(name)
        .map(<[u8]>::to_vec)
        .reduce(|list, line| [list, line].join(&b','))
}

/// True if a list is `*`, or has an entity tag that `is_it` accepts. A comma within quotes belongs to a tag.
fn lists(list: &[u8], is_it: impl Fn(&[u8]) -> bool) -> bool {
    let mut is_quoted = false;
    list.split(move |byte| {
        is_quoted ^= *byte == b'"';
        *byte == b',' && !is_quoted
    })
    .map(<[u8]>::trim_ascii)
    .any(|tag| tag == b"*" || is_it(tag))
}

/// The strong comparison (RFC 9110, section 8.8.3.2): a weak tag equals no tag.
fn is_same(known: &[u8], tag: &[u8]) -> bool {
    known == tag && known == opaque(known)
}

/// A tag without the mark of a weak tag, for the weak comparison.
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Input, Step};

    fn verdict(fields: &str, tag: &str) -> Verdict {
        let mut input = Input::new();
        input.push(format!("GET / HTTP/1.1\r\nHost: h\r\n{fields}\r\n").as_bytes());
        assert_eq!(input.step(), Step::Ready);
        Preconditions::of(&input.request()).verdict(tag)
    }

    #[track_caller]
    fn assert_verdicts(name: &str, tag: &str, expected: Verdict, values: &[&str]) {
        for value in values {
            // A list may be cut into several lines of one field.
            let lines: String = value
                .split('|')
                .map(|line| format!("{name}: {line}\r\n"))
                .collect();
            assert_eq!(verdict(&lines, tag), expected, "{name}: {value}");
        }
    }

    #[test]
    fn a_known_tag_is_found_in_a_list_of_any_number_of_lines_strong_or_weak() {
        let known = [
            "\"a\"",
            "W/\"a\"",
            "*",
            " * ",
            "\"b\", \"a\"",
            "\"b\"|\"a\"",
            "\"a\"|\"b\"",
            "|,|W/\"a\"",
            "\"b,\", \"a\"",
            "\"b\",,\t\"a\"",
        ];
        assert_verdicts("If-None-Match", "\"a\"", Verdict::NotModified, &known);
        assert_verdicts("if-none-match", "W/\"a\"", Verdict::NotModified, &known);
        let unknown = [
            "",
            "\"b\"",
            "a",
            "\"A\"",
            "w/\"a\"",
            "\"x,\"a\",x\"",
            "\"**\"",
        ];
        assert_verdicts("If-None-Match", "\"a\"", Verdict::Serve, &unknown);
    }

    #[test]
    fn a_tag_that_is_wanted_is_compared_strongly() {
        let wanted = ["\"a\"", "*", "\"b\", \"a\"", "\"b\"|\"a\"", "W/\"a\"|\"a\""];
        assert_verdicts("If-Match", "\"a\"", Verdict::Serve, &wanted);
        let others = ["", "\"b\"", "W/\"a\"", "a", "\"b\"|\"c\""];
        assert_verdicts("If-Match", "\"a\"", Verdict::Failed, &others);
        assert_verdicts(
            "If-Match",
            "W/\"a\"",
            Verdict::Failed,
            &["W/\"a\"", "\"a\""],
        );
        assert_verdicts("If-Match", "W/\"a\"", Verdict::Serve, &["*"]);
    }

    #[test]
    fn what_is_wanted_is_looked_at_before_what_is_known() {
        for (wanted, known, expected) in [
            ("\"a\"", "\"a\"", Verdict::NotModified),
            ("\"a\"", "\"b\"", Verdict::Serve),
            ("\"b\"", "\"a\"", Verdict::Failed),
            ("\"b\"", "\"b\"", Verdict::Failed),
        ] {
            let fields = format!("If-None-Match: {known}\r\nIf-Match: {wanted}\r\n");
            assert_eq!(verdict(&fields, "\"a\""), expected, "{fields}");
        }
        let dates = "If-Modified-Since: Sat, 21 Nov 2037 10:00:00 GMT\r\n\
                     If-Unmodified-Since: Sat, 21 Nov 1970 10:00:00 GMT\r\n";
        assert_eq!(verdict(dates, "\"a\""), Verdict::Serve);
    }
}
