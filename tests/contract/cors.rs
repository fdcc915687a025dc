//! `--cors-origin`: an origin that is allowed is named in every answer, and every other origin is refused.

use crate::support::{
    client::{Client, Response, Stream, ask, form, publish},
    flickr::FlickrStub,
    server::{Server, program},
    setups::{assert_problem, over_flickr, retry_after, settle},
};

const FRIEND: &str = "https://friend.example";
const ALLOWED: [&str; 2] = ["--cors-origin", FRIEND];
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// A request from a page of `origin`, with further fields, each ended by CR LF.
fn from(origin: &str, line: &str, fields: &str, body: &str) -> String {
    format!(
        "{line} HTTP/1.1\r\nHost: a\r\nOrigin: {origin}\r\nSec-Fetch-Site: cross-site\r\n\
         {fields}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[track_caller]
fn assert_let_in(response: &Response, origin: &str) {
    let told = response.header("Access-Control-Allow-Origin");
    assert_eq!(told, Some(origin), "{}", response.head);
}

#[track_caller]
fn assert_says_nothing(response: &Response) {
    let head = response.head.to_lowercase();
    assert!(!head.contains("access-control"), "{head}");
}

/// True if a list field has this element.
fn lists(response: &Response, name: &str, element: &str) -> bool {
    let list = response.header(name).unwrap_or_default();
    list.split(',')
        .any(|other| other.trim().eq_ignore_ascii_case(element))
}

#[test]
fn an_allowed_origin_may_subscribe_and_publish_and_read_the_answers() {
    let server = Server::start(&ALLOWED);
    let fields = format!("Origin: {FRIEND}\r\nSec-Fetch-Site: cross-site\r\n");
    let mut stream = Stream::open_with(server.address, "/subscribe", &fields);
    assert_let_in(&stream.head, FRIEND);
    assert!(lists(&stream.head, "Vary", "Origin"));
    let request = from(FRIEND, "POST /publish", FORM, "keyword=sushi");
    let response = ask(server.address, request);
    assert_eq!(response.status, 200);
    assert_let_in(&response, FRIEND);
    assert!(lists(&response, "Vary", "Origin"));
    assert_eq!(stream.picture()["keyword"], "sushi");
}

#[test]
fn an_allowed_origin_may_poll_however_long_the_answer_takes() {
    let server = Server::start(&ALLOWED);
    let mut held = Client::connect(server.address);
    let vain = held.ask(from(FRIEND, "GET /poll?wait=0.05", "", ""));
    held.send(from(FRIEND, "GET /poll", "", ""));
    settle(&server);
    assert_eq!(publish(server.address, "sushi").status, 200);
    let mut client = Client::connect(server.address);
    for (status, response) in [
        (204, vain),
        (200, held.response()),
        (200, client.ask(from(FRIEND, "GET /poll", "", ""))),
        (400, client.ask(from(FRIEND, "GET /poll?wait=x", "", ""))),
        (405, client.ask(from(FRIEND, "POST /poll", "", ""))),
        (204, client.ask(from(FRIEND, "OPTIONS /poll", "", ""))),
    ] {
        assert_eq!(response.status, status);
        assert_let_in(&response, FRIEND);
        assert!(lists(&response, "Vary", "Origin"));
    }
}

#[test]
fn another_origin_may_not() {
    let server = Server::start(&ALLOWED);
    for origin in [
        "https://friend.example.org",
        "https://friend.example:8443",
        "http://friend.example",
        "https://a.friend.example",
        "null",
        "*",
    ] {
        let response = ask(
            server.address,
            from(origin, "POST /publish", FORM, "keyword=sushi"),
        );
        assert_problem(&response, 403);
        assert_says_nothing(&response);
        assert!(lists(&response, "Vary", "Origin"), "for caches");
        let response = ask(server.address, from(origin, "OPTIONS /publish", "", ""));
        assert_says_nothing(&response);
        let fields = format!("Origin: {origin}\r\n");
        assert_says_nothing(&Stream::open_with(server.address, "/subscribe", &fields).head);
    }
    let mut stream = Stream::open(server.address);
    publish(server.address, "good");
    assert_eq!(stream.picture()["keyword"], "good");
}

#[test]
fn without_the_option_no_origin_is_allowed_and_no_field_is_sent() {
    let server = Server::start(&[]);
    let requests = [
        (403, from(FRIEND, "POST /publish", FORM, "keyword=sushi")),
        (204, from(FRIEND, "OPTIONS /publish", "", "")),
        (204, from(FRIEND, "OPTIONS /subscribe", "", "")),
        (200, form("keyword=sushi")),
    ];
    for (status, request) in requests {
        let response = ask(server.address, &request);
        assert_eq!(response.status, status, "{request}");
        assert_says_nothing(&response);
    }
}

#[test]
fn a_preflight_is_told_what_a_page_may_send() {
    let server = Server::start(&ALLOWED);
    let mut client = Client::connect(server.address);
    for (line, method, fields) in [
        ("OPTIONS /publish", "POST", "content-type"),
        ("OPTIONS /subscribe", "GET", "last-event-id,cache-control"),
        ("OPTIONS /healthz", "GET", "cache-control"),
    ] {
        let asked = format!(
            "Access-Control-Request-Method: {method}\r\nAccess-Control-Request-Headers: {fields}\r\n"
        );
        let response = client.ask(from(FRIEND, line, &asked, ""));
        assert_eq!((response.status, response.text()), (204, ""));
        assert!(lists(&response, "Allow", method));
        assert_let_in(&response, FRIEND);
        assert!(lists(&response, "Access-Control-Allow-Methods", method));
        for field in fields.split(',') {
            assert!(lists(&response, "Access-Control-Allow-Headers", field));
        }
        assert!(response.header("Access-Control-Max-Age").is_some());
    }
}

#[test]
fn errors_can_be_read_too_from_every_part_of_the_server() {
    let server = Server::start(&ALLOWED);
    let long = format!("keyword={}", "a".repeat(9000));
    let json = "Content-Type: application/json\r\n";
    for (status, line, fields, body) in [
        (400, "POST /publish", FORM, "keyword="),
        (400, "POST /publish", json, "{"),
        (405, "GET /publish", "", ""),
        (405, "POST /subscribe", FORM, "keyword=a"),
        (413, "POST /publish", FORM, &long),
        (415, "POST /publish", "", "keyword=a"),
        (501, "BREW /publish", "", ""),
    ] {
        let response = ask(server.address, from(FRIEND, line, fields, body));
        assert_problem(&response, status);
        assert_let_in(&response, FRIEND);
    }
    let chunked = format!(
        "POST /publish HTTP/1.1\r\nHost: a\r\nOrigin: {FRIEND}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    for (status, chunk) in [(400, "x\r\n"), (413, "ffff\r\n")] {
        let response = ask(server.address, format!("{chunked}{chunk}"));
        assert_problem(&response, status);
        assert_let_in(&response, FRIEND);
    }
}

#[test]
fn a_publish_that_does_not_arrive_in_time_can_be_told_so() {
    let server = Server::start(&[&ALLOWED[..], &["--request-timeout", "0.2"]].concat());
    let whole = from(FRIEND, "POST /publish", FORM, "keyword=sushi");
    let response = ask(server.address, &whole[..whole.len() - 1]);
    assert_problem(&response, 408);
    assert_let_in(&response, FRIEND);
}

#[test]
fn errors_of_the_source_can_be_read_too_and_when_to_come_back() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &ALLOWED);
    for (status, keyword) in [
        (404, "mode:empty"),
        (502, "mode:html"),
        (429, "mode:http429ra"),
    ] {
        let body = format!("keyword={keyword}");
        let response = ask(server.address, from(FRIEND, "POST /publish", FORM, &body));
        assert_problem(&response, status);
        assert_let_in(&response, FRIEND);
        if status == 429 {
            retry_after(&response);
            let exposed = "Access-Control-Expose-Headers";
            assert!(lists(&response, exposed, "Retry-After"));
        }
    }
}

#[test]
fn several_origins_may_be_let_in_by_option_and_by_environment() {
    let other = "http://localhost:8080";
    let mut command = program();
    command.env("PICTURE_FRAME_CORS_ORIGIN", format!("{FRIEND},{other}"));
    for server in [
        Server::start(&["--cors-origin", FRIEND, "--cors-origin", other]),
        Server::spawn(command),
    ] {
        for origin in [FRIEND, other] {
            let request = from(origin, "POST /publish", FORM, "keyword=sushi");
            let response = ask(server.address, request);
            assert_eq!(response.status, 200);
            assert_let_in(&response, origin);
        }
    }
}

#[test]
fn a_star_lets_every_site_in() {
    let server = Server::start(&["--cors-origin", "*"]);
    for origin in [FRIEND, "null", "http://localhost:1"] {
        let request = from(origin, "POST /publish", FORM, "keyword=sushi");
        let response = ask(server.address, request);
        assert_eq!(response.status, 200);
        assert_let_in(&response, "*");
        let fields = format!("Origin: {origin}\r\n");
        let stream = Stream::open_with(server.address, "/subscribe", &fields);
        assert_let_in(&stream.head, "*");
    }
}

#[test]
fn credentials_may_come_from_an_origin_that_is_named_and_from_no_other() {
    let credentials = "Access-Control-Allow-Credentials";
    let named = Server::start(&ALLOWED);
    let both = Server::start(&["--cors-origin", "*", "--cors-origin", FRIEND]);
    for server in [&named, &both] {
        for line in [
            "OPTIONS /publish",
            "OPTIONS /subscribe",
            "GET /poll?wait=0",
            "GET /publish",
        ] {
            let response = ask(server.address, from(FRIEND, line, "", ""));
            assert_let_in(&response, FRIEND);
            assert_eq!(response.header(credentials), Some("true"), "{line}");
            assert!(lists(&response, "Vary", "Origin"), "{line}");
        }
        let fields = format!("Origin: {FRIEND}\r\nCookie: a=b\r\n");
        let stream = Stream::open_with(server.address, "/subscribe", &fields);
        assert_eq!(stream.head.header(credentials), Some("true"));
    }
    let all = Server::start(&["--cors-origin", "*"]);
    for server in [&both, &all] {
        let other = from("https://other.example", "OPTIONS /publish", "", "");
        let response = ask(server.address, other);
        assert_let_in(&response, "*");
        assert_eq!(response.header(credentials), None);
    }
    let response = ask(all.address, from(FRIEND, "OPTIONS /publish", "", ""));
    assert_eq!(response.header(credentials), None);
}

#[test]
fn the_rest_of_the_server_says_nothing_of_other_sites() {
    let server = Server::start(&ALLOWED);
    for line in ["GET /", "GET /healthz", "GET /nowhere"] {
        assert_says_nothing(&ask(server.address, from(FRIEND, line, "", "")));
    }
}
