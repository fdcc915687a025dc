//! A picture has two representations, plain and in the gzip coding, with an entity tag each.

use super::{get, path, request};
use crate::support::{
    client::{Client, Response, publish},
    server::Server,
    setups::assert_problem,
};
use flate2::read::GzDecoder;
use std::io::Read;

const GZIP: &str = "Accept-Encoding: gzip, deflate, br, zstd\r\n";

fn inflated(response: &Response) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut decoder = GzDecoder::new(&*response.body);
    decoder.read_to_end(&mut plain).unwrap();
    plain
}

#[test]
fn a_client_that_takes_gzip_is_sent_the_same_picture_compressed() {
    let server = Server::start(&[]);
    let published = publish(server.address, "sushi").json();
    let mut client = Client::connect(server.address);
    for path in [published["url"].as_str().unwrap(), &path(1)] {
        let coded = client.ask(request("GET", path, GZIP));
        let plain = client.ask(get(path));
        assert_eq!(coded.header("content-encoding"), Some("gzip"));
        assert_eq!(plain.header("content-encoding"), None);
        assert_eq!(inflated(&coded), plain.body);
        assert!(coded.body.len() * 2 < plain.body.len());
        assert_ne!(coded.tag(), plain.tag());
        for response in [coded, plain] {
            assert_eq!(response.header("vary"), Some("Accept-Encoding"));
            assert_eq!(response.header("content-type"), Some("image/svg+xml"));
            assert_eq!(
                response.header("content-security-policy"),
                Some("default-src 'none'; style-src 'unsafe-inline'")
            );
        }
    }
}

#[test]
fn a_picture_is_compressed_unless_the_client_refuses_gzip_or_prefers_plain() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for (accepted, coding) in [
        ("gzip;q=0", None),
        ("gzip;q=0, *", None),
        ("identity, gzip;q=0.5", None),
        ("br, deflate", None),
        ("", None),
        ("*", Some("gzip")),
        ("x-gzip", Some("gzip")),
        ("br;q=1.0, GZIP;q=0.2", Some("gzip")),
        ("identity;q=0, gzip;q=0.001", Some("gzip")),
    ] {
        let fields = format!("Accept-Encoding: {accepted}\r\n");
        let response = client.ask(request("GET", &path(1), &fields));
        assert_eq!(response.header("content-encoding"), coding, "{accepted}");
    }
}

#[test]
fn an_entity_tag_belongs_to_one_coding() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let plain = client.ask(get(&path(1))).tag();
    let coded = client.ask(request("GET", &path(1), GZIP)).tag();
    for (coding, own, other) in [("", &plain, &coded), (GZIP, &coded, &plain)] {
        for (known, status) in [
            (own.clone(), 304),
            (format!("W/{own}"), 304),
            (format!("{other}, {own}"), 304),
            ("*".to_owned(), 304),
            (other.clone(), 200),
        ] {
            let fields = format!("{coding}If-None-Match: {known}\r\n");
            let response = client.ask(request("GET", &path(1), &fields));
            assert_eq!(response.status, status, "{fields}");
            assert_eq!(response.tag(), *own);
            assert_eq!(response.header("vary"), Some("Accept-Encoding"));
            let kept = "public, max-age=31536000, immutable";
            assert_eq!(response.header("cache-control"), Some(kept));
        }
        let fields = format!("{coding}If-Match: {other}\r\n");
        assert_problem(&client.ask(request("GET", &path(1), &fields)), 412);
    }
}

#[test]
fn head_sends_the_fields_of_get_except_for_a_length_that_is_not_known() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let mut head = |number, coding| {
        client.send(request("HEAD", &path(number), coding));
        client.head()
    };
    let (undrawn, undrawn_coded) = (head(1, ""), head(1, GZIP));
    assert_eq!(undrawn.header("content-length"), None);
    assert_eq!(undrawn.header("transfer-encoding"), None);
    for (coding, before) in [("", undrawn), (GZIP, undrawn_coded)] {
        let mut client = Client::connect(server.address);
        let got = client.ask(request("GET", &path(1), coding));
        client.send(request("HEAD", &path(1), coding));
        let ready = client.head();
        let length = got.body.len().to_string();
        assert_eq!(ready.header("content-length"), Some(&*length));
        let undated = |response: &Response, length: bool| -> Vec<String> {
            let fields = response
                .head
                .lines()
                .filter(|line| !line.starts_with("Date:"));
            let fields = fields.filter(|line| length || !line.starts_with("Content-Length:"));
            let mut fields: Vec<String> = fields.map(str::to_owned).collect();
            fields.sort();
            fields
        };
        assert_eq!(undated(&ready, true), undated(&got, true));
        assert_eq!(undated(&before, false), undated(&got, false));
    }
}
