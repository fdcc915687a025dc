//! `--public DIR`: the page from the folder's files as they are at each request, and no file outside the folder.

mod large;
mod unreadable;

use super::{get, with};
use crate::support::{
    client::{Client, Response, Stream, ask},
    server::Server,
    setups::assert_problem,
};
use std::{collections::HashSet, fs, os::unix::fs::symlink};
use tempfile::TempDir;

/// A folder with a page, and beside it a secret that links lead to.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("public");
    fs::create_dir_all(root.join("sub")).unwrap();
    fs::create_dir(folder.path().join("outside")).unwrap();
    for (name, text) in [
        ("secret", "secret"),
        ("outside/secret", "secret"),
        ("public/index.html", "<p>the page"),
        ("public/a b.txt", "a"),
        ("public/caf\u{e9}.txt", "caf\u{e9}"),
        ("public/sub/index.html", "<p>below"),
        ("public/.hidden", "hidden"),
        ("public/100%.txt", "percent"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    symlink("../secret", root.join("link")).unwrap();
    symlink(folder.path().join("secret"), root.join("absolute")).unwrap();
    symlink("../outside", root.join("door")).unwrap();
    symlink("link", root.join("chain")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("sub/index.html", root.join("inner")).unwrap();
    folder
}

fn start(folder: &TempDir) -> Server {
    let root = folder.path().join("public");
    Server::start(&["--public", root.to_str().unwrap()])
}

#[test]
fn the_page_is_served_from_the_folder() {
    let folder = folder();
    let server = start(&folder);
    let mut client = Client::connect(server.address);
    for (target, text) in [
        ("/", "<p>the page"),
        ("/index.html", "<p>the page"),
        ("/a%20b.txt", "a"),
        ("/caf%C3%A9.txt", "caf\u{e9}"),
        ("/sub/", "<p>below"),
        ("/sub/../a%20b.txt", "a"),
        ("/100%25.txt", "percent"),
        ("/inner", "<p>below"),
    ] {
        let response = client.ask(get(target));
        assert_eq!((response.status, response.text()), (200, text), "{target}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
        assert!(response.header("content-security-policy").is_some());
    }
    assert_problem(&client.ask(get("/frame.js")), 404);
    assert_problem(&client.ask(get("/sub")), 404);
    assert_eq!(client.ask(get("/healthz")).text(), "ok");
}

#[test]
fn a_folder_s_card_of_a_link_stands_in_for_the_programs_own() {
    let folder = folder();
    let server = start(&folder);
    let mut client = Client::connect(server.address);
    let own = ask(Server::start(&[]).address, get("/card.jpg"));
    let known = |card: &Response| format!("If-None-Match: {}\r\n", card.header("etag").unwrap());
    let card = client.ask(get("/card.jpg"));
    assert_eq!((card.status, &card.body), (200, &own.body));
    assert_eq!(
        client.ask(with("GET", "/card.jpg", &known(&card))).status,
        304
    );
    fs::write(folder.path().join("public/card.jpg"), "mine").unwrap();
    let mine = client.ask(with("GET", "/card.jpg", &known(&card)));
    assert_eq!((mine.status, mine.text()), (200, "mine"));
    assert_eq!(mine.header("content-type"), Some("image/jpeg"));
    assert_eq!(
        client.ask(with("GET", "/card.jpg", &known(&mine))).status,
        304
    );
    client.send(with("POST", "/card.jpg", "Content-Length: 0\r\n"));
    assert_eq!(client.head().status, 405);
}

#[test]
fn symbolic_links_never_leave_the_folder_nor_do_dots() {
    let folder = folder();
    let server = start(&folder);
    let mut client = Client::connect(server.address);
    for target in [
        "/link",
        "/absolute",
        "/chain",
        "/loop",
        "/door/secret",
        "/door/",
        "/door/../secret",
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/sub/../../secret",
        "/sub%2f..%2f..%2fsecret",
        "/%252e%252e%252fsecret",
        "//etc/passwd",
        "/%2fetc/passwd",
    ] {
        let response = client.ask(get(target));
        assert_problem(&response, 404);
        assert!(!response.text().contains("secret"), "{target}");
    }
    client.send(with("HEAD", "/link", ""));
    assert_eq!(client.head().status, 404);
}

#[test]
fn a_change_is_seen_at_once_and_an_unchanged_file_is_not_sent_again() {
    let folder = folder();
    let server = start(&folder);
    let mut client = Client::connect(server.address);
    let first = client.ask(get("/"));
    let known = format!("If-None-Match: {}\r\n", first.header("etag").unwrap());
    assert_eq!(client.ask(with("GET", "/", &known)).status, 304);
    fs::write(folder.path().join("public/index.html"), "<p>anew").unwrap();
    let second = client.ask(with("GET", "/", &known));
    assert_eq!((second.status, second.text()), (200, "<p>anew"));
    assert_ne!(first.header("etag"), second.header("etag"));
    fs::remove_file(folder.path().join("public/index.html")).unwrap();
    assert_problem(&client.ask(with("GET", "/", &known)), 404);
}

#[test]
fn the_pages_tag_and_the_tag_in_hello_change_with_any_of_its_files() {
    let folder = folder();
    let server = start(&folder);
    let mut client = Client::connect(server.address);
    let mut tags = HashSet::new();
    for (name, text) in [
        ("index.html", "<p>one"),
        ("index.html", "<p>two"),
        ("a b.txt", "b"),
        ("new.js", "let it;"),
        ("sub/index.html", "<p>beneath"),
    ] {
        fs::write(folder.path().join("public").join(name), text).unwrap();
        let tag = client.ask(get("/")).header("etag").unwrap().to_owned();
        let hello = Stream::open(server.address).next("hello").data;
        let hello: serde_json::Value = serde_json::from_str(&hello).unwrap();
        assert_eq!(hello["page"], tag, "{name}");
        assert!(tags.insert(tag), "{name} {text}");
    }
    let again = client.ask(get("/")).header("etag").unwrap().to_owned();
    assert!(tags.contains(&again), "nothing has changed");
}

#[test]
fn a_folders_files_take_the_methods_that_a_page_takes() {
    let folder = folder();
    let server = start(&folder);
    let mut client = Client::connect(server.address);
    client.send(with("HEAD", "/", ""));
    let head = client.head();
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("11"))
    );
    let response = client.ask(with("POST", "/", "Content-Length: 1\r\n") + "x");
    assert_problem(&response, 405);
    assert_eq!(response.header("allow"), Some("GET, HEAD, OPTIONS"));
    assert_eq!(client.ask(with("OPTIONS", "/", "")).status, 204);
    assert_problem(&client.ask(with("DELETE", "/none", "")), 404);
}

#[test]
fn answers_from_a_folder_keep_their_order() {
    let folder = folder();
    let server = start(&folder);
    let mut client = Client::connect(server.address);
    client.send(
        [get("/"), get("/healthz"), get("/none")]
            .concat()
            .repeat(30),
    );
    for _ in 0..30 {
        assert_eq!(client.response().text(), "<p>the page");
        assert_eq!(client.response().text(), "ok");
        assert_eq!(client.response().status, 404);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_not_there() {
    let folder = folder();
    let server = start(&folder);
    for target in ["/index.html/x", "/%C3%A9", &format!("/{}", "x".repeat(300))] {
        assert_problem(&ask(server.address, get(target)), 404);
    }
}
