//! The keyword in the body of a publish: `keyword=sushi`, or `{"keyword":"sushi"}`.

use super::visible::{is_seen, visible};
use crate::http::{Problem, Request};
use percent_encoding::percent_decode;
use serde::Deserialize;

/// The longest keyword, in Unicode scalar values.
const MAX_LENGTH: usize = 100;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// The keyword in the body of `request`, checked, and without the white space around it and characters that are not
/// seen.
pub(crate) fn keyword(request: &Request<'_>) -> Result<String, Problem> {
    if request.headers("content-encoding").next().is_some() {
        return Err(unsupported(
            "The body must come without a Content-Encoding.",
        ));
    }
    let media = request.header("content-type").unwrap_or_default();
    let media = media
        .split(|b| *b == b';')
        .next()
        .unwrap_or_default()
        .trim_ascii();
    let keyword = if media.eq_ignore_ascii_case(FORM.as_bytes()) {
        in_form(request.body)?
    } else if media.eq_ignore_ascii_case(JSON.as_bytes()) {
        in_json(request.body)?
    } else {
        return Err(unsupported(
            "The body is a form (application/x-www-form-urlencoded) or application/json.",
        ));
    };
    checked(visible(&keyword).trim())
}

fn checked(keyword: &str) -> Result<String, Problem> {
    if keyword.is_empty() {
        return bad("The keyword is empty.");
    }
    if keyword.chars().count() > MAX_LENGTH {
        return bad("The keyword is longer than 100 characters.");
    }
    if keyword.chars().any(char::is_control) {
        return bad("The keyword holds a control character.");
    }
    if !is_seen(keyword) {
        return bad("Nothing of the keyword can be seen.");
    }
    Ok(keyword.to_owned())
}

fn in_form(body: &[u8]) -> Result<String, Problem> {
    let mut found = None;
    for field in body.split(|b| *b == b'&') {
        let mut parts = field.splitn(2, |b| *b == b'=');
        let (name, value) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let (name, value) = (decode(name)?, decode(value)?);
        if name == "keyword" && found.replace(value).is_some() {
            return bad("The form has more than one keyword.");
        }
    }
    found.ok_or_else(|| Problem::new(400, "The form has no keyword: send keyword=…."))
}

/// Decodes a name or a value of a form. Stricter than a browser's own decoder, which accepts any bytes.
fn decode(text: &[u8]) -> Result<String, Problem> {
    let escapes = text.split(|b| *b == b'%').skip(1);
    for escape in escapes {
        if escape.len() < 2 || !escape[..2].iter().all(u8::is_ascii_hexdigit) {
            return bad("A percent sign in the form is followed by two hexadecimal digits.");
        }
    }
    let spaced: Vec<u8> = text
        .iter()
        .map(|b| if *b == b'+' { b' ' } else { *b })
        .collect();
    let decoded = percent_decode(&spaced)
        .decode_utf8()
        .map(|text| text.into_owned());
    decoded.map_err(|_| Problem::new(400, "The form is not UTF-8."))
}

#[derive(Deserialize)]
struct Order {
    keyword: String,
}

fn in_json(body: &[u8]) -> Result<String, Problem> {
    let Ok(text) = std::str::from_utf8(body) else {
        return bad("The JSON is not UTF-8.");
    };
    // serde's derived decoder also accepts a list of the fields in place of an object.
    if !text.trim_start().starts_with('{') {
        return bad("The JSON is an object: {\"keyword\":\"…\"}.");
    }
    let order = serde_json::from_str::<Order>(text);
    order
        .map(|order| order.keyword)
        .map_err(|error| Problem::new(400, format!("The JSON cannot be used: {error}.")))
}

fn bad<T>(detail: &'static str) -> Result<T, Problem> {
    Err(Problem::new(400, detail))
}

fn unsupported(detail: &'static str) -> Problem {
    Problem::new(415, detail).header(
        "Accept",
        "application/x-www-form-urlencoded, application/json",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Input, Step};

    fn ask(media: &str, body: &[u8]) -> Result<String, u16> {
        let head = format!(
            "POST /publish HTTP/1.1\r\nHost: a\r\n{media}Content-Length: {}\r\n\r\n",
            body.len()
        );
        let mut input = Input::new();
        input.push(head.as_bytes());
        input.push(body);
        assert!(matches!(input.step(), Step::Ready));
        keyword(&input.request()).map_err(|problem| problem.status)
    }

    fn form(body: &str) -> Result<String, u16> {
        ask(
            "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n",
            body.as_bytes(),
        )
    }

    fn json(body: &str) -> Result<String, u16> {
        ask("content-type:Application/JSON\r\n", body.as_bytes())
    }

    #[test]
    fn a_keyword_comes_in_a_form_or_as_json() {
        for (body, keyword) in [
            ("keyword=sushi", "sushi"),
            ("keyword=raw+fish&x=%zy"[..16].as_ref(), "raw fish"),
            ("a=b&keyword=caf%C3%A9", "café"),
            ("keyword=café", "café"),
            ("keyword=+%20a=b%20", "a=b"),
            ("%6beyword=a%2Bb", "a+b"),
        ] {
            assert_eq!(form(body).as_deref(), Ok(keyword), "{body}");
        }
        assert_eq!(
            json(" {\"keyword\":\" \\u5bff\\u53f8 \",\"x\":[1]}").as_deref(),
            Ok("寿司")
        );
    }

    #[test]
    fn a_body_without_exactly_one_keyword_is_refused() {
        for body in [
            "",
            "keyword",
            "keyword=",
            "keyword=+",
            "Keyword=a",
            "keyword=a&keyword=b",
            "keyword=a&keyword=",
            "keyword=%",
            "keyword=%4",
            "keyword=%zz",
            "keyword=%ff",
            "keyword=a%00b",
            "keyword=a%C2%85b",
            "keyword=a%7Fb",
        ] {
            assert_eq!(form(body), Err(400), "{body}");
        }
        for body in [
            "",
            "{}",
            "[\"a\"]",
            "\"a\"",
            "{\"keyword\":1}",
            "{\"keyword\":null}",
            "{\"keyword\":\"\"}",
            "{\"keyword\":\"a\",\"keyword\":\"b\"}",
            "{\"keyword\":\"a\"",
            "{\"keyword\":\"a\"}x",
            "{\"keyword\":\"\\ud800\"}",
            "{\"keyword\":\"a\\u0000b\"}",
        ] {
            assert_eq!(json(body), Err(400), "{body}");
        }
        assert_eq!(
            ask(
                "Content-Type: application/json\r\n",
                b"{\"x\":\"\xff\",\"keyword\":\"a\"}"
            ),
            Err(400)
        );
    }

    #[test]
    fn a_hundred_characters_are_allowed_whatever_their_bytes() {
        assert!(form(&format!("keyword=+{}+", "寿".repeat(100))).is_ok());
        assert_eq!(form(&format!("keyword={}", "a".repeat(101))), Err(400));
    }

    #[test]
    fn a_keyword_keeps_its_visible_characters() {
        for (body, keyword) in [
            ("keyword=%E2%80%AEsushi%E2%80%AC", "sushi"),
            ("keyword=%E2%80%8B+a+%E2%81%A0", "a"),
            ("keyword=%F0%9F%91%A8%E2%80%8D%F0%9F%91%A7", "👨\u{200d}👧"),
        ] {
            assert_eq!(form(body).as_deref(), Ok(keyword), "{body}");
        }
        let hidden = "\u{2060}".repeat(200);
        assert_eq!(
            form(&format!("keyword={}{hidden}", "a".repeat(100))),
            Ok("a".repeat(100))
        );
        assert_eq!(
            form(&format!("keyword={}{hidden}", "a".repeat(101))),
            Err(400)
        );
        for keyword in [
            "\u{202e}",
            "\u{200b}",
            "\u{3164}",
            "\u{e0041}",
            "\u{2800}",
            "\u{200d} \u{feff}",
        ] {
            assert_eq!(form(&format!("keyword={keyword}")), Err(400), "{keyword:?}");
            assert_eq!(
                json(&format!("{{\"keyword\":\"{keyword}\"}}")),
                Err(400),
                "{keyword:?}"
            );
        }
    }

    #[test]
    fn other_media_and_encodings_are_refused() {
        for fields in [
            "",
            "Content-Type: text/plain\r\n",
            "Content-Type: multipart/form-data; boundary=x\r\n",
            "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
        ] {
            assert_eq!(ask(fields, b"keyword=a"), Err(415), "{fields}");
        }
    }
}
