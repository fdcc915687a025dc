//! Publishes that are refused before the source is asked, and of which no subscriber is told.

use super::{FORM, JSON, post, request};
use crate::support::{
    client::{Stream, ask, publish},
    flickr::FlickrStub,
    server::Server,
    setups::{assert_problem, over_flickr},
};

/// Checks that these requests are refused with `status`. A valid publish afterwards is the first that a subscriber
/// sees, and the only one that reaches the source.
fn all_refused(status: u16, requests: &[Vec<u8>]) {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &[]);
    let mut stream = Stream::open(server.address);
    for request in requests {
        let response = ask(server.address, request);
        let told = String::from_utf8_lossy(&request[..request.len().min(300)]);
        assert_eq!(response.status, status, "{told}: {}", response.text());
        assert_problem(&response, status);
    }
    assert_eq!(publish(server.address, "good").status, 200);
    assert_eq!(stream.picture()["keyword"], "good");
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn a_form_without_one_good_keyword_is_400() {
    let long = format!("keyword={}", "a".repeat(101));
    let long_in_letters = format!("keyword={}", "%F0%9F%8D%A3".repeat(101));
    let bodies: Vec<&[u8]> = vec![
        b"",
        b"a=b",
        b"keyword",
        b"keyword=",
        b"keyword=+%20%09",
        b"Keyword=a",
        b"keyword=a&keyword=b",
        b"keyword=a&keyword=a",
        b"keyword=a&keyword=",
        long.as_bytes(),
        long_in_letters.as_bytes(),
        b"keyword=a%00b",
        b"keyword=a%0Ab",
        b"keyword=a%1Fb",
        b"keyword=a%7Fb",
        b"keyword=a%C2%80b",
        b"keyword=a%C2%9Fb",
        b"keyword=%FF",
        b"keyword=%C3",
        b"keyword=\xFF",
        b"keyword=%ED%A0%80",
        b"keyword=%",
        b"keyword=%4",
        b"keyword=%zz",
        b"%zz=a&keyword=a",
        b"{\"keyword\":\"a\"}",
    ];
    let requests: Vec<_> = bodies.iter().map(|body| request(FORM, body)).collect();
    all_refused(400, &requests);
}

#[test]
fn json_without_one_good_keyword_is_400() {
    let long = format!("{{\"keyword\":\"{}\"}}", "🍣".repeat(101));
    let deep = "[".repeat(4000);
    let bodies: Vec<&[u8]> = vec![
        b"",
        b"{}",
        b"[]",
        b"null",
        b"[\"a\"]",
        b"\"a\"",
        b"{\"keyword\":1}",
        b"{\"keyword\":null}",
        b"{\"keyword\":[\"a\"]}",
        b"{\"keyword\":\"\"}",
        b"{\"keyword\":\" \\t\"}",
        b"{\"Keyword\":\"a\"}",
        b"{\"keyword\":\"a\",\"keyword\":\"b\"}",
        long.as_bytes(),
        b"{\"keyword\":\"a\\u0000b\"}",
        b"{\"keyword\":\"a\\nb\"}",
        b"{\"keyword\":\"a\nb\"}",
        b"{\"keyword\":\"a\\u007fb\"}",
        b"{\"keyword\":\"a\\u0085b\"}",
        b"{\"keyword\":\"\\ud83c\"}",
        b"{\"keyword\":\"\xFF\"}",
        b"{\"x\":\"\xFF\",\"keyword\":\"a\"}",
        b"{\"keyword\":\"a\"",
        b"{\"keyword\":\"a\"}x",
        b"{keyword:\"a\"}",
        b"keyword=a",
        deep.as_bytes(),
    ];
    let requests: Vec<_> = bodies.iter().map(|body| request(JSON, body)).collect();
    all_refused(400, &requests);
}

#[test]
fn a_browsers_publish_for_another_site_is_403() {
    let other = [
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "Sec-Fetch-Site: whatever\r\n",
        "Sec-Fetch-Site: cross-site\r\nOrigin: http://a\r\n",
        "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n",
        "Origin: http://b\r\n",
        "Origin: http://a:81\r\n",
        "Origin: http://a.b\r\n",
        "Origin: null\r\n",
        "Origin: a\r\n",
        "Origin: http://a\r\nOrigin: http://b\r\n",
    ];
    let send = |fields: &&str| request(&format!("{FORM}{fields}"), "keyword=sushi");
    let requests: Vec<_> = other.iter().map(send).collect();
    all_refused(403, &requests);
}

#[test]
fn the_frames_own_page_and_programs_may_publish() {
    let server = Server::start(&[]);
    for fields in [
        "",
        "Sec-Fetch-Site: same-origin\r\n",
        "Sec-Fetch-Site: none\r\n",
        "Sec-Fetch-Site: same-origin\r\nOrigin: https://elsewhere.example\r\n",
        "Origin: http://a\r\n",
        "Origin: https://a\r\n",
        "Origin: http://A:80\r\n",
    ] {
        let fields = format!("{FORM}{fields}");
        let response = post(server.address, &fields, "keyword=sushi");
        assert_eq!(response.status, 200, "{fields}");
    }
}

#[test]
fn behind_a_trusted_proxy_the_page_is_of_the_host_and_scheme_that_it_tells() {
    let trusting = Server::start(&["--trusted-proxy", "127.0.0.1"]);
    let server = Server::start(&[]);
    for (forwarded, origin, status) in [
        (
            "X-Forwarded-Host: f.example:81\r\n",
            "http://f.example:81",
            200,
        ),
        ("X-Forwarded-Host: f.example\r\n", "http://f.example", 200),
        (
            "X-Forwarded-Host: b, f.example\r\n",
            "https://f.example:443",
            200,
        ),
        (
            "X-Forwarded-Host: b\r\nX-Forwarded-Host: f.example:\r\n",
            "http://f.example",
            200,
        ),
        (
            "X-Forwarded-Host: f.example\r\nX-Forwarded-Proto: https\r\n",
            "https://f.example",
            200,
        ),
        (
            "X-Forwarded-Host: f.example\r\nX-Forwarded-Proto: https\r\n",
            "http://f.example",
            403,
        ),
        (
            "X-Forwarded-Host: f.example, b\r\n",
            "http://f.example",
            403,
        ),
        ("X-Forwarded-Host: f.example\r\n", "http://a", 403),
        (
            "X-Forwarded-Host: f.example\r\n",
            "http://f.example:81",
            403,
        ),
        ("X-Forwarded-Proto: http\r\n", "http://a", 200),
    ] {
        let fields = format!("{FORM}{forwarded}Origin: {origin}\r\n");
        let response = post(trusting.address, &fields, "keyword=sushi");
        assert_eq!(response.status, status, "{fields}");
        let believed = if origin == "http://a" { 200 } else { 403 };
        let response = post(server.address, &fields, "keyword=sushi");
        assert_eq!(response.status, believed, "from any peer: {fields}");
    }
}

#[test]
fn a_body_over_8_kib_is_413_and_one_of_8_kib_is_not() {
    let padded = |length: usize| format!("keyword=a&x={}", "y".repeat(length - 12));
    let chunked = |body: &str| {
        let head = "POST /publish HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n";
        format!("{head}{FORM}\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).into_bytes()
    };
    all_refused(
        413,
        &[
            request(FORM, padded(8193)),
            chunked(&padded(8193)),
            request(JSON, "x".repeat(100_000)),
            request("", padded(8193)),
        ],
    );
    let server = Server::start(&[]);
    for request in [request(FORM, padded(8192)), chunked(&padded(8192))] {
        assert_eq!(ask(server.address, request).status, 200);
    }
}

#[test]
fn another_content_type_none_or_an_encoding_is_415() {
    let types = [
        "",
        "Content-Type:\r\n",
        "Content-Type: text/plain\r\n",
        "Content-Type: text/plain;charset=UTF-8\r\n",
        "Content-Type: multipart/form-data; boundary=x\r\n",
        "Content-Type: application/jsonp\r\n",
        "Content-Type: application/ld+json\r\n",
        "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Encoding: identity\r\n",
    ];
    let requests: Vec<_> = types
        .iter()
        .map(|fields| request(fields, "keyword=a"))
        .collect();
    all_refused(415, &requests);
}

#[test]
fn a_blocked_word_finds_no_picture_and_the_source_is_not_asked() {
    let words = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(words.path(), "Straße\nred light\n").unwrap();
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &["--block", words.path().to_str().unwrap()]);
    let mut stream = Stream::open(server.address);
    for keyword in ["strasse", "die STRASSE!", "Red-Light district"] {
        let response = publish(server.address, keyword);
        assert_problem(&response, 404);
        let detail = format!("There is no picture of “{keyword}”.");
        assert_eq!(response.json()["detail"], detail);
    }
    assert_eq!(publish(server.address, "light red").status, 200);
    assert_eq!(stream.picture()["keyword"], "light red");
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn a_file_of_blocked_words_that_is_not_there_is_a_usage_error() {
    let mut command = crate::support::server::program();
    let output = command
        .args(["--check", "--block", "/nowhere/words"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("--block") && told.contains("cannot be read"),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
}
