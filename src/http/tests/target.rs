//! The four forms of a target, and paths that lead out of the root.

use super::{super::*, read, refused};

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n")
}

#[test]
fn paths_are_decoded_once_and_stay_below_the_root() {
    for (target, expected) in [
        ("/", "/"),
        ("//", "//"),
        ("/a//b/", "/a//b/"),
        ("/a%20b", "/a b"),
        ("/%e5%af%bf%E5%8F%B8", "/寿司"),
        ("/%2525", "/%25"),
        ("/%252e%252e/a", "/%2e%2e/a"),
        ("/a%3fb%23c", "/a?b#c"),
        ("/.", "/"),
        ("/..", "/"),
        ("/a/.", "/a/"),
        ("/a/..", "/"),
        ("/a/b/..", "/a/"),
        ("/a/./b/../c", "/a/c"),
        ("/../../etc/passwd", "/etc/passwd"),
        ("/%2e%2E/a", "/a"),
        ("/a/.%2e/b", "/b"),
        ("/a%2F..%2f..%2Fb", "/b"),
        ("/..%2fa", "/a"),
        ("/a//../b", "/a/b"),
        ("/.a/..b/c..", "/.a/..b/c.."),
        ("/...", "/..."),
        ("/a?../%2e", "/a?../%2e"),
        ("/a?b?c/%00", "/a?b?c/%00"),
        ("/a?", "/a?"),
        ("/|{}\"<>\\^`", "/|{}\"<>\\^`"),
    ] {
        read(&[(&get(target), &format!("Get {expected}"))]);
    }
}

#[test]
fn a_malformed_target_is_refused() {
    for (target, words) in [
        ("/%", "escape"),
        ("/%4", "escape"),
        ("/%zz", "escape"),
        ("/%+1", "escape"),
        ("/%%20", "escape"),
        ("/?%", "query has an invalid escape"),
        ("/?a=%u1234", "query has an invalid escape"),
        ("/%00", "control"),
        ("/%0d%0A", "control"),
        ("/%7f", "control"),
        ("/%ff", "UTF-8"),
        ("/%c0%af", "UTF-8"),
        ("/%ed%a0%80", "UTF-8"),
        ("/a#b", "escaped"),
        ("/?a#b", "escaped"),
        ("/\u{e9}", "escaped"),
        ("/\t", "escaped"),
        ("/\0", "escaped"),
        ("/a\rb", "escaped"),
        ("a", "neither"),
        ("?a", "neither"),
        ("*", "neither"),
        ("h:80", "neither"),
        ("ftp://h/", "neither"),
        ("http:/a", "neither"),
        ("http://", "no valid host"),
        ("http:///a", "no valid host"),
        ("http://u@h/", "no valid host"),
        ("http://h:x/", "no valid host"),
    ] {
        refused(&[(&get(target), 400, words)]);
    }
    refused(&[("GET /\u{e9} HTTP/1.0\r\n\r\n", 400, "escaped")]);
}

#[test]
fn a_target_in_absolute_form_names_the_host() {
    for (target, path, host) in [
        ("http://a.example/b?c", "Get /b?c", "a.example"),
        ("HTTPS://a.example:443", "Get /", "a.example:443"),
        ("http://[::1]:80?q", "Get /?q", "[::1]:80"),
        ("http://a/../b", "Get /b", "a"),
        ("/b", "Get /b", "h"),
    ] {
        read(&[(&get(target), path)]);
        let mut input = Input::new();
        input.push(get(target).as_bytes());
        assert_eq!(input.step(), Step::Ready);
        assert_eq!(input.request().host(), Some(host));
    }
}

#[test]
fn only_options_asks_about_everything_and_only_connect_names_an_authority() {
    let host = "HTTP/1.1\r\nHost: h\r\n\r\n";
    read(&[
        (&format!("OPTIONS * {host}"), "Options *"),
        (&format!("OPTIONS http://h {host}"), "Options *"),
        (&format!("OPTIONS http://h/ {host}"), "Options /"),
        (&format!("OPTIONS /a {host}"), "Options /a"),
        (&format!("CONNECT h:80 {host}"), "Connect "),
        (&format!("CONNECT [::1]:80 {host}"), "Connect "),
        (&format!("CONNECT /a {host}"), "Connect /a"),
    ]);
    refused(&[
        (&format!("POST * {host}"), 400, "neither"),
        (&format!("OPTIONS ** {host}"), 400, "neither"),
        (&format!("CONNECT h {host}"), 400, "CONNECT"),
        (&format!("CONNECT h: {host}"), 400, "CONNECT"),
        (&format!("CONNECT [::1] {host}"), 400, "CONNECT"),
        (&format!("CONNECT http://h:80 {host}"), 400, "CONNECT"),
    ]);
}

#[test]
fn a_path_is_decoded_once_however_often_the_request_is_looked_at() {
    let mut input = Input::new();
    input.push(b"GET http://h/caf%C3%A9?a=%41 HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(input.step(), Step::Ready);
    for _ in 0..2 {
        let request = input.request();
        assert!(matches!(
            request.path,
            std::borrow::Cow::Borrowed("/caf\u{e9}")
        ));
        assert_eq!((request.query, request.host()), (Some("a=%41"), Some("h")));
    }
}
