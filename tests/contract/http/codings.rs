//! The page's files in content codings: plain, brotli and gzip are the same bytes, with an entity tag each.

use super::{get, with};
use crate::support::{
    client::{Client, Response, Stream},
    server::Server,
    setups::assert_problem,
};
use flate2::read::GzDecoder;
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

fn public() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("public")
}

/// The name and contents of each file of the page whose bytes are the same for every client.
fn files() -> Vec<(String, Vec<u8>)> {
    let paths = fs::read_dir(public()).unwrap();
    let paths = paths.map(|entry| entry.unwrap().path());
    let named = paths.map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read(path).unwrap())
    });
    let files: Vec<_> = named.filter(|(name, _)| name != "index.html").collect();
    assert!(files.len() > 10, "the files were found");
    files
}

fn accepting(client: &mut Client, name: &str, codings: &str) -> Response {
    let fields = format!("Accept-Encoding: {codings}\r\n");
    client.ask(with("GET", &format!("/{name}"), &fields))
}

fn decoded(response: &Response) -> Vec<u8> {
    let mut plain = Vec::new();
    match response.header("content-encoding") {
        Some("br") => {
            brotli_decompressor::BrotliDecompress(&mut &*response.body, &mut plain).unwrap();
        }
        Some("gzip") => drop(
            GzDecoder::new(&*response.body)
                .read_to_end(&mut plain)
                .unwrap(),
        ),
        None => plain.clone_from(&response.body),
        Some(coding) => panic!("{coding}"),
    }
    plain
}

/// The values of all `Vary` fields, in small letters.
fn vary(response: &Response) -> String {
    let lines = response.head.lines().map(str::to_lowercase);
    lines.filter(|line| line.starts_with("vary:")).collect()
}

#[test]
fn each_script_and_style_comes_smaller_in_brotli_and_gzip_and_is_the_same_file() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for (name, contents) in files() {
        let plain = client.ask(get(&format!("/{name}")));
        assert!(plain.body == contents, "{name}");
        assert_eq!(plain.header("content-encoding"), None);
        let mut tags = vec![plain.tag()];
        for coding in ["br", "gzip"] {
            let coded = accepting(&mut client, &name, coding);
            let is_text = !name.ends_with(".png");
            if coded.header("content-encoding").is_none() {
                assert!(!is_text, "{name} {coding}");
                assert!(coded.body == contents, "{name}");
                continue;
            }
            assert_eq!(coded.header("content-encoding"), Some(coding), "{name}");
            assert!(decoded(&coded) == contents, "{name} {coding}");
            assert!(coded.body.len() < contents.len(), "{name} {coding}");
            assert_eq!(coded.header("content-type"), plain.header("content-type"));
            for response in [&coded, &plain] {
                assert!(vary(response).contains("accept-encoding"), "{name}");
            }
            tags.push(coded.tag());
        }
        tags.sort();
        let all = tags.len();
        tags.dedup();
        assert_eq!(tags.len(), all, "{name}");
    }
}

#[test]
fn the_coding_with_the_highest_weight_is_sent() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for (accepted, coding) in [
        ("gzip, deflate, br, zstd", Some("br")),
        ("gzip, deflate", Some("gzip")),
        ("*", Some("br")),
        ("br;q=0, *", Some("gzip")),
        ("br;q=0.4, gzip;q=0.5", Some("gzip")),
        ("identity;q=0, gzip;q=0.001", Some("gzip")),
        ("identity, br;q=0.9", None),
        ("identity;q=0", None),
        ("deflate", None),
        ("*;q=0", None),
        ("", None),
    ] {
        let response = accepting(&mut client, "frame.js", accepted);
        assert_eq!(response.status, 200, "{accepted}");
        assert_eq!(response.header("content-encoding"), coding, "{accepted}");
    }
}

#[test]
fn a_tag_belongs_to_one_coding_and_head_says_what_get_says() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let codings = ["identity", "br", "gzip"];
    let forms = codings.map(|coding| accepting(&mut client, "style.css", coding));
    for (coding, own) in codings.iter().zip(&forms) {
        let accepts = format!("Accept-Encoding: {coding}\r\n");
        client.send(with("HEAD", "/style.css", &accepts));
        let head = client.head();
        assert_eq!(undated(&head), undated(own), "{coding}");
        for other in &forms {
            let is_own = other.tag() == own.tag();
            let known = format!("{accepts}If-None-Match: \"x\", W/{}\r\n", other.tag());
            let response = client.ask(with("GET", "/style.css", &known));
            assert_eq!(response.status, if is_own { 304 } else { 200 }, "{known}");
            assert_eq!(response.tag(), own.tag());
            assert_eq!(vary(&response), vary(own));
            let wanted = format!("{accepts}If-Match: {}\r\n", other.tag());
            let response = client.ask(with("GET", "/style.css", &wanted));
            match is_own {
                true => assert!(response.body == own.body, "{wanted}"),
                false => assert_problem(&response, 412),
            }
        }
    }
}

/// The lines of a head but its date.
fn undated(response: &Response) -> Vec<&str> {
    let lines = response.head.lines();
    lines.filter(|line| !line.starts_with("Date:")).collect()
}

#[test]
fn a_range_of_a_coded_file_is_the_whole_file_as_a_range_of_any_other() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for coding in ["identity", "br", "gzip"] {
        let fields = format!("Accept-Encoding: {coding}\r\nRange: bytes=0-9\r\n");
        let response = client.ask(with("GET", "/frame.js", &fields));
        assert_eq!(response.status, 200, "{coding}");
        let whole = fs::read(public().join("frame.js")).unwrap();
        assert!(decoded(&response) == whole, "{coding}");
    }
}

#[test]
fn the_page_itself_is_plain_and_every_client_is_told_of_the_same_version() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let pages = ["identity", "br", "gzip"].map(|coding| accepting(&mut client, "", coding));
    let hello = Stream::open(server.address).next("hello").data;
    let hello: serde_json::Value = serde_json::from_str(&hello).unwrap();
    for page in &pages {
        assert_eq!(page.header("content-encoding"), None);
        assert_eq!(hello["page"], page.tag());
        assert!(page.text().contains(&format!("data-page={}", page.tag())));
    }
}

#[test]
fn a_folders_files_are_plain() {
    let server = Server::start(&["--public", public().to_str().unwrap()]);
    let mut client = Client::connect(server.address);
    for (name, contents) in files() {
        let response = accepting(&mut client, &name, "br, gzip");
        assert_eq!(response.header("content-encoding"), None, "{name}");
        assert!(response.body == contents, "{name}");
    }
}

#[test]
fn a_compressed_form_has_no_address_of_its_own() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for target in ["/frame.js.br", "/frame.js.gz"] {
        assert_eq!(client.ask(get(target)).status, 404, "{target}");
    }
}
