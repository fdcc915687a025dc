//! Content codings that a client accepts (RFC 9110, section 12.5.3).

use super::Request;

impl Request<'_> {
    /// True if the client accepts the gzip coding, and prefers it to `identity` or likes both equally.
    ///
    /// An `Accept-Encoding` names codings with their weights, and `*` stands for all other codings. A coding that it
    /// does not name is not accepted, except `identity`. Without the field a client may accept any coding, but most
    /// such clients can decode none.
    pub(crate) fn takes_gzip(&self) -> bool {
        let (mut gzip, mut identity, mut any) = (None, None, None);
        let lines = self.headers("accept-encoding");
        for element in lines.flat_map(|line| line.split(|byte| *byte == b',')) {
            let (coding, weight) = weighted(element);
            let is = |name: &[u8]| coding.eq_ignore_ascii_case(name);
            if is(b"gzip") || is(b"x-gzip") {
                gzip = gzip.max(Some(weight));
            } else if is(b"identity") {
                identity = identity.max(Some(weight));
            } else if is(b"*") {
                any = any.max(Some(weight));
            }
        }
        let gzip = gzip.or(any).unwrap_or(0);
        gzip > 0 && gzip >= identity.unwrap_or(0)
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
    use crate::http::{Input, Step};

    fn takes_gzip(fields: &[&str]) -> bool {
        let mut input = Input::new();
        input.push(b"GET / HTTP/1.1\r\nHost: a\r\n");
        for field in fields {
            input.push(format!("Accept-Encoding: {field}\r\n").as_bytes());
        }
        input.push(b"\r\n");
        assert!(matches!(input.step(), Step::Ready));
        input.request().takes_gzip()
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
            assert!(takes_gzip(fields), "{fields:?}");
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
            assert!(!takes_gzip(fields), "{fields:?}");
        }
    }
}
