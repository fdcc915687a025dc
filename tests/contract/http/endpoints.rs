//! The rules of the section "Endpoints" for all paths: methods, `HEAD`, `OPTIONS`, errors; and `/healthz` and the
//! gallery.

use super::{get, json, publish, with};
use crate::support::{
    client::{Client, Response, Stream, ask},
    server::Server,
    setups::assert_problem,
};

/// Paths that take `GET`.
const READ: [&str; 6] = [
    "/",
    "/frame.js",
    "/healthz",
    "/metrics",
    "/poll",
    "/subscribe",
];
const WRITTEN: [&str; 1] = ["/publish"];

fn allowed(response: &Response) -> Vec<&str> {
    let mut methods: Vec<&str> = response
        .header("allow")
        .expect("Allow")
        .split(", ")
        .collect();
    methods.sort_unstable();
    methods
}

/// The head without the date.
fn undated(response: &Response) -> String {
    let lines = response
        .head
        .lines()
        .filter(|line| !line.starts_with("Date: "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn head_answers_wherever_get_does_at_once_and_without_a_body() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let picture = client.ask(publish("Content-Length: 20", &json(20)));
    let picture = picture.json()["url"].as_str().unwrap().to_owned();
    for target in [
        "/",
        "/style.css",
        "/healthz",
        "/poll",
        &picture,
        "/none",
        "/gallery/none",
    ] {
        let whole = client.ask(get(target));
        client.send(with("HEAD", target, ""));
        assert_eq!(undated(&client.head()), undated(&whole), "{target}");
    }
    client.send(with("HEAD", "/subscribe", ""));
    let head = client.head();
    assert_eq!(undated(&head), undated(&Stream::open(server.address).head));
    assert_eq!(
        client.ask(get("/healthz")).text(),
        "ok",
        "nothing came between"
    );
}

#[test]
fn a_known_method_that_a_path_does_not_take_is_405_with_allow() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let registered = [
        "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "QUERY", "PRI", "SEARCH",
    ];
    for target in READ.into_iter().chain(["/gallery/none"]) {
        for method in registered.into_iter().chain(["POST"]) {
            let response = client.ask(with(method, target, ""));
            assert_problem(&response, 405);
            assert_eq!(
                allowed(&response),
                ["GET", "HEAD", "OPTIONS"],
                "{method} {target}"
            );
        }
    }
    for target in WRITTEN {
        for method in registered.into_iter().chain(["GET"]) {
            let response = client.ask(with(method, target, ""));
            assert_problem(&response, 405);
            assert_eq!(allowed(&response), ["OPTIONS", "POST"], "{method} {target}");
        }
        client.send(with("HEAD", target, ""));
        assert_eq!(client.head().status, 405);
    }
}

#[test]
fn an_unknown_method_is_501_on_any_path() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for target in READ
        .into_iter()
        .chain(WRITTEN)
        .chain(["/none", "/gallery/none"])
    {
        for method in ["BREW", "get", "Post", "GETT", "X", "!#$%&'*+-.^_`|~"] {
            assert_problem(&client.ask(with(method, target, "")), 501);
        }
    }
}

#[test]
fn options_on_a_known_path_is_204_with_allow() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for (target, expected) in READ
        .map(|target| (target, &["GET", "HEAD", "OPTIONS"][..]))
        .into_iter()
        .chain(WRITTEN.map(|target| (target, &["OPTIONS", "POST"][..])))
    {
        let response = client.ask(with("OPTIONS", target, ""));
        assert_eq!(response.status, 204, "{target}");
        assert_eq!(allowed(&response), expected, "{target}");
        assert_eq!(response.header("content-length"), None, "{target}");
        assert_eq!(response.header("transfer-encoding"), None, "{target}");
    }
}

#[test]
fn an_unknown_path_is_404_whatever_the_method() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for target in [
        "/none",
        "/index",
        "/Healthz",
        "/subscribe/",
        "/publish/x",
        "/public/frame.js",
    ] {
        for method in ["GET", "POST", "OPTIONS", "DELETE"] {
            assert_problem(&client.ask(with(method, target, "")), 404);
        }
    }
}

#[test]
fn every_error_is_a_problem_that_names_its_title() {
    let server = Server::start(&[]);
    for (request, status, title) in [
        (get("/none"), 404, "Not Found"),
        (get("/publish"), 405, "Method Not Allowed"),
        (with("BREW", "/", ""), 501, "Not Implemented"),
        (get("/%"), 400, "Bad Request"),
        (with("POST", "/publish", ""), 415, "Unsupported Media Type"),
        (
            publish("Content-Length: 9999", ""),
            413,
            "Content Too Large",
        ),
        (with("GET", "/", "Expect: x\r\n"), 417, "Expectation Failed"),
    ] {
        let response = ask(server.address, request);
        assert_problem(&response, status);
        assert_eq!(response.json()["title"], title);
        assert_eq!(response.json()["type"], "about:blank");
        assert!(
            response
                .head
                .starts_with(&format!("HTTP/1.1 {status} {title}\n"))
        );
    }
}

#[test]
fn healthz_says_ok() {
    let server = Server::start(&[]);
    let response = ask(server.address, get("/healthz"));
    assert_eq!((response.status, response.text()), (200, "ok"));
    assert_eq!(
        response.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(response.header("cache-control"), Some("no-store"));
}

#[test]
fn healthz_is_503_while_shutting_down() {
    let server = Server::start(&["--drain", "20"]);
    let mut streams = [(); 3].map(|()| Stream::open(server.address));
    server.signal("TERM");
    server.wait_for_log("stopping");
    while streams[0].block().is_some() {}
    let response = ask(server.address, get("/healthz"));
    assert_problem(&response, 503);
    assert_eq!(response.header("connection"), Some("close"));
}

#[test]
fn a_picture_of_the_gallery_is_svg_and_cacheable_for_ever() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let published = client.ask(publish("Content-Length: 20", &json(20))).json();
    let url = published["url"].as_str().unwrap();
    assert!(url.starts_with("/gallery/"), "{url}");
    let picture = client.ask(get(url));
    assert_eq!(picture.status, 200);
    assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
    assert_eq!(picture.header("x-content-type-options"), Some("nosniff"));
    assert!(picture.text().starts_with("<svg") && picture.text().trim_end().ends_with("</svg>"));
    let kept = picture.header("cache-control").unwrap();
    assert_eq!(kept, "public, max-age=31536000, immutable");
    assert_eq!(
        client.ask(get(url)).body,
        picture.body,
        "the URL names the content"
    );
    let other = Server::start(&[]);
    assert_eq!(
        ask(other.address, get(url)).body,
        picture.body,
        "on every server"
    );
}

#[test]
fn a_name_of_no_picture_in_the_gallery_is_404() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for name in [
        "",
        "x.svg",
        "-.svg",
        "waves-0.svg",
        "waves-000000000000000g.svg",
        "waves-0000000000000000",
        "none-0000000000000000.svg",
        "waves-0000000000000000.svg/",
        "waves-00000000000000000.svg",
    ] {
        assert_problem(&client.ask(get(&format!("/gallery/{name}"))), 404);
    }
}
