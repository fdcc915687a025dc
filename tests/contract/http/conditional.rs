//! `If-Match` and `If-None-Match` on files, in the binary and in a folder.

use super::{get, with};
use crate::support::{client::Client, server::Server, setups::assert_problem};
use std::fs;

#[test]
fn a_resource_with_an_etag_heeds_if_match_and_if_none_match_of_any_number_of_lines() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("index.html"), "<p>the page").unwrap();
    let folder = ["--public", folder.path().to_str().unwrap()];
    for options in [&[][..], &folder] {
        let server = Server::start(options);
        let mut client = Client::connect(server.address);
        let tag = client.ask(get("/")).header("etag").unwrap().to_owned();
        for (fields, status) in [
            ("If-Match: TAG\r\n", 200),
            ("If-Match: *\r\n", 200),
            ("If-Match: \"x\"\r\nIf-Match: TAG\r\n", 200),
            ("If-Match: \"x\"\r\n", 412),
            ("If-Match: W/TAG\r\n", 412),
            ("If-Match: \"x\"\r\nIf-None-Match: TAG\r\n", 412),
            ("If-Match: TAG\r\nIf-None-Match: TAG\r\n", 304),
            ("If-None-Match: \"x\"\r\nIf-None-Match: TAG\r\n", 304),
            ("If-None-Match: W/TAG\r\nIf-None-Match: \"x\"\r\n", 304),
            ("If-None-Match: \"x\"\r\nIf-None-Match: \"y\"\r\n", 200),
        ] {
            let fields = fields.replace("TAG", &tag);
            let response = client.ask(with("GET", "/", &fields));
            assert_eq!(response.status, status, "{fields}");
            if status == 412 {
                assert_problem(&response, 412);
            }
            client.send(with("HEAD", "/", &fields));
            assert_eq!(client.head().status, status, "{fields}");
        }
    }
}

#[test]
fn a_precondition_changes_no_answer_but_that_of_a_representation() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for (method, target, status) in [
        ("GET", "/none", 404),
        ("GET", "/healthz", 200),
        ("OPTIONS", "/", 204),
        ("DELETE", "/", 405),
    ] {
        for fields in [
            "If-Match: *\r\n",
            "If-Match: \"x\"\r\n",
            "If-None-Match: *\r\n",
        ] {
            let response = client.ask(with(method, target, fields));
            assert_eq!(response.status, status, "{method} {target} {fields}");
        }
    }
}
