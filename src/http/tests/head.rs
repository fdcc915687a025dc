//! Request lines, fields and limits.

use super::{super::*, outcomes, read, refusal, refused, with};

#[test]
fn requests_are_read_in_order() {
    read(&[
        ("", ""),
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "Get /"),
        ("GET / HTTP/1.1\r\nHost: h\r\n", "more"),
        ("HEAD /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n", "Head /a?b=c"),
        (
            "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\nGET",
            "Get /a | Get /b | more",
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.0\r\n\r\n",
            "Post / <hi> | Get /b close",
        ),
    ]);
}

#[test]
fn a_few_empty_lines_before_a_request_are_forgiven() {
    let get = "GET / HTTP/1.0\r\n\r\n";
    read(&[
        ("\r\n", ""),
        ("\r", "more"),
        (&format!("\r\n\r\n{get}"), "Get / close"),
        (
            &format!("{}{get}\r\n{get}", "\r\n".repeat(8)),
            "Get / close | Get / close",
        ),
    ]);
    refused(&[
        (&format!("{}{get}", "\r\n".repeat(9)), 400, "empty lines"),
        (&format!("\n{get}"), 400, "no HTTP request"),
        (&format!("\rX{get}"), 400, "no HTTP request"),
    ]);
}

#[test]
fn the_handshake_of_tls_is_refused_at_its_first_byte() {
    assert_eq!(refusal(b"\x16\x03\x01").status, 400);
}

#[test]
fn methods_are_told_apart_with_their_case() {
    for (name, method) in [
        ("GET", Method::Get),
        ("POST", Method::Post),
        ("OPTIONS", Method::Options),
        ("DELETE", Method::Other),
        ("VERSION-CONTROL", Method::Other),
        ("get", Method::Unknown),
        ("BREW", Method::Unknown),
        ("M-SEARCH", Method::Unknown),
    ] {
        let mut input = Input::new();
        input.push(format!("{name} / HTTP/1.0\r\n\r\n").as_bytes());
        assert_eq!(input.step(), Step::Ready);
        assert_eq!(input.request().method, method, "{name}");
    }
}

#[test]
fn a_request_line_is_three_words_and_two_spaces() {
    let host = "\r\nHost: h\r\n\r\n";
    for (line, status, words) in [
        ("GET /", 400, "request line"),
        ("GET  / HTTP/1.1", 400, "request line"),
        ("GET /  HTTP/1.1", 400, "request line"),
        ("GET / HTTP/1.1 ", 400, "request line"),
        ("GET\t/ HTTP/1.1", 400, "request line"),
        ("GET / a HTTP/1.1", 400, "request line"),
        ("G(T / HTTP/1.1", 400, "method"),
        ("G\u{e9}T / HTTP/1.1", 400, "method"),
        ("GET / http/1.1", 400, "version"),
        ("GET / HTTP/1", 400, "version"),
        ("GET / HTTP/1.10", 400, "version"),
        ("GET / HTTP/1.1\r", 400, "version"),
        ("GET / HTTP/1.x", 400, "version"),
        ("GET / HTTP/0.9", 505, "HTTP/1.1"),
        ("GET / HTTP/2.0", 505, "HTTP/1.1"),
        ("PRI * HTTP/2.0", 505, "HTTP/1.1"),
    ] {
        refused(&[(&format!("{line}{host}"), status, words)]);
    }
    read(&[(&format!("GET / HTTP/1.9{host}"), "Get /")]);
}

#[test]
fn a_bare_lf_ends_no_line_and_is_refused_before_the_head_is_whole() {
    refused(&[
        ("GET / HTTP/1.1\n", 400, "bare LF"),
        ("GET / HTTP/1.1\r\nHost: h\n", 400, "bare LF"),
        ("GET / HTTP/1.1\r\nHost: h\r\n\n", 400, "bare LF"),
    ]);
}

#[test]
fn a_malformed_field_is_refused_with_a_reason() {
    for (line, words) in [
        ("A : b", "white space between"),
        ("A\t: b", "white space between"),
        (" A: b", "begins with white space"),
        ("\tb", "begins with white space"),
        ("A b", "no colon"),
        (": b", "no token"),
        ("A(: b", "no token"),
        ("A b: c", "no token"),
        ("A\0: b", "no token"),
        ("\u{e9}: b", "no token"),
        ("A: b\rc", "bare CR"),
        ("A: b\r", "bare CR"),
        ("A\r: b", "no token"),
        ("\rA: b", "no token"),
        ("A: b\0c", "control character"),
        ("A: \x01", "control character"),
        ("A: b\x7f", "control character"),
        ("A: b\x0bc", "control character"),
    ] {
        refused(&[(&with(&format!("{line}\r\n")), 400, words)]);
        refused(&[(&with(&format!("X: y\r\n{line}\r\nZ: z\r\n")), 400, words)]);
    }
}

#[test]
fn fields_are_found_in_any_case_and_without_the_space_around_them() {
    let mut input = Input::new();
    input.push(b"GET / HTTP/1.1\r\nHOST:h\r\nx-a: \t1 2\t \r\nX-A:\r\nx-A: \xe9\r\n\r\n");
    assert_eq!(input.step(), Step::Ready);
    let request = input.request();
    assert_eq!(request.header("X-a"), Some(&b"1 2"[..]));
    assert_eq!(
        request.headers("x-a").collect::<Vec<_>>(),
        [&b"1 2"[..], b"", b"\xe9"]
    );
    assert_eq!(request.header("x"), None);
    assert_eq!(request.header("x-a: \t1 2\t \r\nX-A"), None);
    assert_eq!(request.host(), Some("h"));
}

#[test]
fn a_host_is_needed_once_and_valid() {
    for host in [
        "h",
        "a.example:80",
        "h:",
        "h:65535",
        "127.0.0.1:4000",
        "[::1]",
        "[::1]:4000",
        "a_b",
        "%41",
    ] {
        read(&[(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"), "Get /")]);
    }
    for host in [
        "",
        "h:65536",
        "h:+1",
        "h:a",
        ":80",
        "a b",
        "a,b:c",
        "u@h",
        "h/",
        "http://h",
        "h?",
        "h#",
        "[::1",
        "::1",
        "[::1]x",
        "[::1%25eth0]",
        "[]",
        "%4",
        "%zz",
        "h\u{e9}",
        "a\"b",
        "<h>",
        "a\\b",
    ] {
        for version in ["1.0", "1.1"] {
            let head = format!("GET / HTTP/{version}\r\nHost: {host}\r\n\r\n");
            refused(&[(&head, 400, "Host is not")]);
        }
    }
    refused(&[
        ("GET / HTTP/1.1\r\n\r\n", 400, "no Host"),
        ("GET http://h/ HTTP/1.1\r\n\r\n", 400, "no Host"),
        (
            "GET / HTTP/1.1\r\nHost: h\r\nhost: h\r\n\r\n",
            400,
            "more than one Host",
        ),
        (
            "GET / HTTP/1.0\r\nHost: h\r\nHost: i\r\n\r\n",
            400,
            "more than one Host",
        ),
    ]);
    read(&[("GET / HTTP/1.0\r\n\r\n", "Get / close")]);
}

#[test]
fn a_connection_is_kept_as_version_and_options_say() {
    for (version, options, expected) in [
        ("1.1", "Connection: x, Close", "Get / close"),
        ("1.1", "Connection: keep-alive", "Get /"),
        ("1.1", "Connection: closed", "Get /"),
        (
            "1.1",
            "Connection: keep-alive\r\nConnection: ,close",
            "Get / close",
        ),
        ("1.1", "Connection: Upgrade\r\nUpgrade: h2c", "Get /"),
        ("1.0", "Connection: Keep-Alive", "Get /"),
        ("1.0", "Connection: keep-alive, close", "Get / close"),
        ("1.0", "Connection: x", "Get / close"),
        ("1.2", "Connection: x", "Get /"),
    ] {
        let head = format!("GET / HTTP/{version}\r\nHost: h\r\n{options}\r\n\r\n");
        read(&[(&head, expected)]);
    }
}

#[test]
fn limits_hold_exactly() {
    let line = |length: usize| format!("GET /{} HTTP/1.1", "a".repeat(length - 14));
    let host = "\r\nHost: h\r\n\r\n";
    assert!(outcomes([(line(MAX_REQUEST_LINE) + host).as_bytes()])[0].starts_with("Get /a"));
    refused(&[(&(line(MAX_REQUEST_LINE + 1) + host), 414, "request line")]);

    let fields = |length: usize| with(&format!("A: {}\r\n", "b".repeat(length - 14)));
    read(&[(&fields(MAX_HEADERS), "Post /")]);
    refused(&[(&fields(MAX_HEADERS + 1), 431, "16 KiB")]);

    read(&[(&with(&"A: b\r\n".repeat(MAX_FIELDS - 1)), "Post /")]);
    refused(&[(&with(&"A: b\r\n".repeat(MAX_FIELDS)), 431, "64 fields")]);
}

#[test]
fn what_is_too_long_is_refused_while_it_is_incomplete() {
    let line = "GET /".to_string() + &"a".repeat(MAX_REQUEST_LINE);
    let fields = "GET / HTTP/1.1\r\nA: ".to_string() + &"b".repeat(MAX_HEADERS);
    let many = "GET / HTTP/1.1\r\n".to_string() + &"A: b\r\n".repeat(MAX_FIELDS + 1);
    refused(&[
        (&line, 414, "request line"),
        (&fields, 431, "16 KiB"),
        (&many, 431, "64 fields"),
    ]);
}

#[test]
fn nothing_is_read_after_a_refusal() {
    let mut input = Input::new();
    input.push(b"HEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.0\r\n\r\n");
    assert!(matches!(input.step(), Step::Bad(_)));
    input.push(b"GET / HTTP/1.0\r\n\r\n");
    assert_eq!((input.step(), input.len()), (Step::More, 0));
    let wire = input.wire("");
    assert!(wire.head && !wire.keep_alive);
}

#[test]
fn asking_twice_is_harmless_and_forgetting_needs_a_request() {
    let mut input = Input::new();
    input.push(b"GET /a HTTP/1.0\r\n\r\nGET /b");
    assert_eq!((input.step(), input.step()), (Step::Ready, Step::Ready));
    input.next();
    input.next();
    assert_eq!((input.step(), input.len()), (Step::More, 6));
}
