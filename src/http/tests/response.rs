//! Responses, byte by byte.

use super::super::{response::reason, *};

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

fn wire() -> Wire<'static> {
    Wire {
        minor: 1,
        head: false,
        keep_alive: true,
        date: DATE,
    }
}

/// The response as text, without the version and the date, which are the same in every response.
fn encoded(response: impl Into<Response>, wire: Wire<'_>) -> String {
    let (mut out, body) = response.into().encode(&wire);
    out.extend_from_slice(&body);
    let text = String::from_utf8(out).unwrap();
    let rest = text.strip_prefix("HTTP/1.1 ").unwrap();
    rest.replacen(&format!("Date: {DATE}\r\n"), "", 1)
}

#[test]
fn a_response_is_a_status_line_fields_and_a_body() {
    assert_eq!(
        encoded(
            Response::text(200, "ok").header("Cache-Control", "no-store"),
            wire()
        ),
        "200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n\r\nok"
    );
    assert_eq!(
        encoded(Response::json(200, &[1, 2]), wire()),
        "200 OK\r\nContent-Length: 5\r\nContent-Type: application/json\r\n\r\n[1,2]"
    );
    assert_eq!(
        encoded(Response::new(404).body(b"x"), wire()),
        "404 Not Found\r\nContent-Length: 1\r\n\r\nx"
    );
}

#[test]
fn a_date_is_in_every_response() {
    let (head, _) = Response::new(204).encode(&wire());
    assert_eq!(
        head,
        format!("HTTP/1.1 204 No Content\r\nDate: {DATE}\r\n\r\n").as_bytes()
    );
}

#[test]
fn head_gets_the_head_that_get_would() {
    let head = Wire {
        head: true,
        ..wire()
    };
    assert_eq!(
        encoded(Response::new(200).body(b"abc"), head),
        "200 OK\r\nContent-Length: 3\r\n\r\n"
    );
    assert_eq!(
        encoded(Response::new(200).streaming(), head),
        "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
}

#[test]
fn what_ends_with_its_head_has_no_length() {
    for (status, reason) in [(204, "No Content"), (304, "Not Modified")] {
        let response = Response::new(status).header("ETag", "\"a\"").body(b"lost");
        assert_eq!(
            encoded(response, wire()),
            format!("{status} {reason}\r\nETag: \"a\"\r\n\r\n")
        );
    }
}

#[test]
fn the_connection_field_says_what_the_version_does_not() {
    for (minor, keep_alive, expected) in [
        (1, true, "200 OK\r\nContent-Length: 0\r\n\r\n"),
        (
            1,
            false,
            "200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ),
        (
            0,
            true,
            "200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n",
        ),
        (
            0,
            false,
            "200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ),
    ] {
        let wire = Wire {
            minor,
            keep_alive,
            ..wire()
        };
        assert_eq!(encoded(Response::new(200), wire), expected);
    }
}

#[test]
fn a_stream_is_chunked_or_ended_by_the_close() {
    let stream = Response::new(200).streaming();
    let old = Wire { minor: 0, ..wire() };
    assert!(stream.is_streaming() && stream.keep_alive(&wire()) && !stream.keep_alive(&old));
    assert_eq!(
        encoded(stream.clone(), wire()),
        "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    assert_eq!(encoded(stream, old), "200 OK\r\nConnection: close\r\n\r\n");

    let mut out = Vec::new();
    chunk(&mut out, b"");
    chunk(&mut out, &[b'a'; 26]);
    out.extend_from_slice(LAST_CHUNK);
    assert_eq!(out, b"1a\r\naaaaaaaaaaaaaaaaaaaaaaaaaa\r\n0\r\n\r\n");
}

#[test]
fn a_problem_is_told_in_json() {
    let problem = Problem::new(429, "Wait \"a\" while.").header("Retry-After", "7");
    assert_eq!(
        problem.to_string(),
        "429 Too Many Requests: Wait \"a\" while."
    );
    let body = r#"{"type":"about:blank","title":"Too Many Requests","status":429,"detail":"Wait \"a\" while."}"#;
    assert_eq!(
        encoded(problem, wire()),
        format!(
            "429 Too Many Requests\r\nContent-Length: {}\r\nContent-Type: application/problem+json\r\n\
             Retry-After: 7\r\n\r\n{body}",
            body.len()
        )
    );
}

#[test]
fn every_status_that_is_raised_here_has_the_reason_of_the_specification() {
    for (status, phrase) in [
        (400, "Bad Request"),
        (413, "Content Too Large"),
        (414, "URI Too Long"),
        (417, "Expectation Failed"),
        (431, "Request Header Fields Too Large"),
        (501, "Not Implemented"),
        (505, "HTTP Version Not Supported"),
    ] {
        assert_eq!(reason(status), phrase);
    }
}

#[test]
fn an_input_knows_what_the_answer_depends_on() {
    let mut input = Input::new();
    input.push(b"HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n");
    let waiting = Wire {
        head: true,
        keep_alive: false,
        ..wire()
    };
    assert_eq!(input.wire(DATE), waiting);
    input.push(b"\r\n");
    assert_eq!(input.step(), Step::Ready);
    assert_eq!(
        input.wire(DATE),
        Wire {
            minor: 0,
            head: true,
            ..wire()
        }
    );
}
