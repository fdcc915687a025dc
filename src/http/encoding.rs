//! Content codings that a client accepts (RFC 9110, section 12.5.3).

use super::Request;

/// A content coding other than `identity` (RFC 9110, section 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
}

impl Coding {
    /// The coding's name in `Content-Encoding`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The end of the name of a file in this coding.
    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }

    /// The entity tag of a representation in this coding, by the tag of the plain one, both with quotes. Each coding has
    /// a tag of its own, since its bytes differ (RFC 9110, section 8.8.3.3).
    pub(crate) fn tag(self, plain: &str) -> String {
        format!("\"{}{}\"", plain.trim_matches('"'), self.suffix())
    }
}

impl Request<'_> {
    /// The coding in `there_are` to which the client gives the highest weight, and the first of equals. `None` if it
    /// accepts none of them, or prefers `identity`.
    ///
    /// An `Accept-Encoding` names codings with their weights, and `*` stands for all other codings. A coding that it
    /// does not name is not accepted, except `identity`. Without the field a client may accept any coding, but most
    /// such clients can decode none. A client that refuses `identity` and every coding that there is gets `identity`,
    /// as section 12.5.3 allows.
    pub(crate) fn coding(&self, there_are: impl IntoIterator<Item = Coding>) -> Option<Coding> {
        let accepted = Accepted::of(self);
        let mut best = (None, accepted.identity.unwrap_or(0));
        for coding in there_are {
            let weight = accepted.weight(coding);
            let is_better = match best.0 {
                None => weight > 0 && weight >= best.1,
                Some(_) => weight > best.1,
            };
            if is_better {
                best = (Some(coding), weight);
            }
        }
        best.0
    }
}

/// The weights in an `Accept-Encoding`, in thousandths.
#[derive(Default)]
struct Accepted {
    brotli: Option<u16>,
    gzip: Option<u16>,
    identity: Option<u16>,
    /// The weight of `*`.
    others: Option<u16>,
}

impl Accepted {
    fn of(request: &Request<'_>) -> Self {
        let mut accepted = Self::default();
        let lines = request.headers("accept-encoding");
        for element in lines.flat_map(|line| line.split(|byte| *byte == b',')) {
            let (coding, weight) = weighted(element);
            let is = |name: &[u8]| coding.eq_ignore_ascii_case(name);
            let known = if is(b"br") {
                &mut accepted.brotli
            } else if is(b"gzip") || is(b"x-gzip") {
                &mut accepted.gzip
            } else if is(b"identity") {
                &mut accepted.identity
            } else if is(b"*") {
                &mut accepted.others
            } else {
                continue;
            };
            *known = (*known).max(Some(weight));
        }
        accepted
    }

    fn weight(&self, coding: Coding) -> u16 {
        let own = match coding {
            Coding::Brotli => self.brotli,
            Coding::Gzip => self.gzip,
        };
        own.or(self.others).unwrap_or(0)
    }
}

/// The highest weight, in thousandths.
const FULL: u16 = 1000;

/// An element's coding, with its weight in thousandths. A weight that cannot be read is 0, since every client accepts
/// `identity`.
fn weighted(element: &[u8]) -> (&[u8], u16) {
    match element.iter().position(|byte| *byte == b';') {
        None => (element.trim_ascii(), FULL),
        Some(at) => {
            let weight = str::from_utf8(&element[at + 1..]).ok();
            let weight = weight.and_then(thousandths).unwrap_or(0);
            (element[..at].trim_ascii(), weight)
        }
    }
}

/// Parses a weight (RFC 9110, section 12.4.2): `q=`, 0 or 1, and up to three decimals.
fn thousandths(weight: &str) -> Option<u16> {
    let value = weight.trim().strip_prefix(['q', 'Q'])?.strip_prefix('=')?;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let is_number = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let decimals = format!("{decimals:0<3}").parse().ok()?;
    match (whole, decimals) {
        _ if !is_number => None,
        ("0", thousandths) => Some(thousandths),
        ("1", 0) => Some(FULL),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Coding::{self, Brotli, Gzip};
    use crate::http::{Input, Step};

    fn coding(fields: &[&str], there_are: &[Coding]) -> Option<Coding> {
        let mut input = Input::new();
        input.push(b"GET / HTTP/1.1\r\nHost: a\r\n");
        for field in fields {
            input.push(format!("Accept-Encoding: {field}\r\n").as_bytes());
        }
        input.push(b"\r\n");
        assert!(matches!(input.step(), Step::Ready));
        input.request().coding(there_are.iter().copied())
    }

    #[test]
    fn a_client_takes_gzip_that_says_so_by_name_or_by_an_asterisk() {
        for fields in [
            &["gzip"][..],
            &["gzip, deflate, br, zstd"],
            &["br;q=1.0, gzip;q=0.8, *;q=0.1"],
            &["GZip"],
            &["x-gzip"],
            &["*"],
            &["gzip;q=0.001"],
            &["gzip ; Q=0.5"],
            &["identity;q=0.5, gzip;q=0.5"],
            &["identity;q=0, gzip;q=0.1"],
            &["br", "gzip"],
            &[",, gzip,"],
        ] {
            assert_eq!(coding(fields, &[Gzip]), Some(Gzip), "{fields:?}");
            assert_eq!(coding(fields, &[]), None, "{fields:?}");
        }
    }

    #[test]
    fn a_client_that_does_not_name_it_gives_it_no_weight_or_likes_none_better_does_not() {
        for fields in [
            &[][..],
            &[""],
            &["deflate, br"],
            &["identity"],
            &["gzip;q=0"],
            &["gzip;q=0.000"],
            &["*;q=0"],
            &["gzip;q=0, *"],
            &["identity, gzip;q=0.5"],
            &["gzip;q=0.5", "identity;q=0.6"],
            &["gzip;q=1.5"],
            &["gzip;q=0.1234"],
            &["gzip;q="],
            &["gzip;level=9"],
            &["gzip;q=-1"],
            &["gzipped"],
        ] {
            assert_eq!(coding(fields, &[Gzip]), None, "{fields:?}");
        }
    }

    #[test]
    fn of_several_codings_the_one_with_the_highest_weight_is_sent_and_the_first_of_equals() {
        for (field, expected) in [
            ("gzip, deflate, br, zstd", Some(Brotli)),
            ("gzip, deflate", Some(Gzip)),
            ("BR", Some(Brotli)),
            ("*", Some(Brotli)),
            ("br;q=0, *", Some(Gzip)),
            ("br;q=0.5, gzip", Some(Gzip)),
            ("br;q=0.5, *;q=0.6", Some(Gzip)),
            ("gzip;q=0.5, br;q=0.6, identity;q=0.7", None),
            ("gzip;q=0.7, br;q=0.6, identity;q=0.7", Some(Gzip)),
            ("identity;q=0, br;q=0.001", Some(Brotli)),
            ("identity;q=0", None),
            ("identity;q=0, *", Some(Brotli)),
            ("*;q=0", None),
            ("*;q=0, br;q=0.1", Some(Brotli)),
            ("x-br, brotli, x-gzip;q=0.2", Some(Gzip)),
        ] {
            let there_are = [Brotli, Gzip];
            assert_eq!(coding(&[field], &there_are), expected, "{field}");
        }
    }

    #[test]
    fn each_coding_has_a_tag_of_its_own() {
        let tags = [Brotli, Gzip].map(|coding| coding.tag("\"5f\""));
        assert_eq!(tags, ["\"5f.br\"", "\"5f.gz\""]);
    }
}
