//! The page over HTTP: its files' types, validators and caching, and its policy, which allows nothing inline.

use super::{get, with};
use crate::support::{
    client::{Client, Response, ask},
    flickr::FlickrStub,
    server::Server,
    setups::over_flickr,
};
use std::collections::HashMap;

const TYPES: [(&str, &str); 8] = [
    ("/", "text/html; charset=utf-8"),
    ("/index.html", "text/html; charset=utf-8"),
    ("/frame.js", "text/javascript; charset=utf-8"),
    ("/line.js", "text/javascript; charset=utf-8"),
    ("/manifest.webmanifest", "application/manifest+json"),
    ("/icon.png", "image/png"),
    ("/card.jpg", "image/jpeg"),
    ("/style.css", "text/css; charset=utf-8"),
];

fn tag(response: &Response) -> &str {
    let tag = response.header("etag").expect("an ETag");
    assert!(
        tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'),
        "{tag}"
    );
    tag
}

/// The directives of the page's policy.
fn policy(response: &Response) -> HashMap<String, Vec<String>> {
    let policy = response
        .header("content-security-policy")
        .expect("a policy");
    let directives = policy.split(';').map(|directive| {
        let mut words = directive.split_whitespace().map(str::to_owned);
        (words.next().expect("a name"), words.collect())
    });
    directives.collect()
}

#[test]
fn each_file_of_the_page_has_its_type_and_may_not_be_guessed_at() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for (target, media) in TYPES {
        let response = client.ask(get(target));
        assert_eq!(response.status, 200, "{target}");
        assert_eq!(response.header("content-type"), Some(media), "{target}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
        assert!(response.header("cache-control").is_some(), "{target}");
        assert!(!response.body.is_empty(), "{target}");
    }
}

#[test]
fn a_file_that_is_known_is_not_sent_again() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    for (target, _) in TYPES {
        let whole = client.ask(get(target));
        let tag = tag(&whole);
        for known in [
            tag.to_owned(),
            format!("W/{tag}"),
            format!("\"x\", {tag}"),
            format!("\"x\",W/{tag} , \"y\""),
            "*".to_owned(),
        ] {
            let fields = format!("If-None-Match: {known}\r\n");
            let response = client.ask(with("GET", target, &fields));
            assert_eq!(response.status, 304, "{target} {known}");
            assert!(response.body.is_empty());
            assert_eq!(response.header("content-length"), None);
            for name in ["etag", "cache-control", "content-security-policy"] {
                assert_eq!(response.header(name), whole.header(name), "{name}");
            }
            client.send(with("HEAD", target, &fields));
            assert_eq!(client.head().status, 304);
        }
    }
}

#[test]
fn a_file_that_is_another_one_is_sent_whole() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let script = client.ask(get("/frame.js"));
    let style = client.ask(get("/style.css"));
    assert_ne!(tag(&script), tag(&style));
    for known in [
        tag(&style),
        "\"x\"",
        "x",
        "",
        "W/\"x\"",
        tag(&script).trim_matches('"'),
    ] {
        let fields = format!("If-None-Match: {known}\r\n");
        let response = client.ask(with("GET", "/frame.js", &fields));
        assert_eq!(
            (response.status, &response.body),
            (200, &script.body),
            "{known}"
        );
    }
}

#[test]
fn the_tag_is_the_same_on_every_server_with_these_files() {
    let [one, other] = [(); 2].map(|()| Server::start(&[]));
    let [one, other] = [one, other].map(|server| ask(server.address, get("/")));
    assert_eq!(tag(&one), tag(&other));
}

#[test]
fn the_policy_lets_in_the_pictures_hosts_and_nothing_inline() {
    let server = Server::start(&[]);
    for target in ["/", "/index.html"] {
        let policy = policy(&ask(server.address, get(target)));
        assert_eq!(policy["default-src"], ["'none'"]);
        assert_eq!(policy["script-src"], ["'self'"]);
        assert_eq!(policy["style-src"], ["'self'"]);
        assert_eq!(policy["connect-src"], ["'self'"]);
        let pictures = &policy["img-src"];
        for host in ["'self'", "https://live.staticflickr.com"] {
            assert!(
                pictures.iter().any(|allowed| allowed == host),
                "{pictures:?}"
            );
        }
        for source in policy.values().flatten() {
            let inline = source.contains("unsafe") || ["*", "data:", "blob:"].contains(&&**source);
            assert!(!inline, "{source}");
        }
    }
}

#[test]
fn with_another_flickr_url_the_policy_lets_that_origin_in_too() {
    let stub = FlickrStub::start();
    let server = over_flickr(&stub, &[]);
    let url = stub.url();
    let origin = url.split('/').take(3).collect::<Vec<_>>().join("/");
    let pictures = policy(&ask(server.address, get("/")))["img-src"].clone();
    assert!(pictures.contains(&origin), "{origin} in {pictures:?}");
    let pictures = policy(&ask(Server::start(&[]).address, get("/")))["img-src"].clone();
    assert!(!pictures.contains(&origin), "{origin} in {pictures:?}");
}

/// The fields by which the page describes itself to a site that shows a link to it.
fn preview(options: &[&str], fields: &str) -> [String; 2] {
    let server = Server::start(options);
    let response = ask(server.address, format!("GET / HTTP/1.1\r\n{fields}\r\n"));
    assert_eq!(response.status, 200, "{fields}");
    ["image", "url"].map(|name| {
        let begin = format!("<meta property=\"og:{name}\" content=\"");
        let (_, rest) = response.text().split_once(&begin).expect(name);
        rest.split_once("\">\n").expect("an end").0.to_owned()
    })
}

#[test]
fn a_links_preview_has_absolute_addresses_of_the_host_that_was_asked_for() {
    for (fields, origin) in [
        ("Host: 127.0.0.1:4000\r\n", "http://127.0.0.1:4000"),
        ("Host: [::1]:80\r\n", "http://[::1]:80"),
        (
            "Host: a.localhost\r\nX-Forwarded-Host: evil.example\r\n",
            "http://a.localhost",
        ),
        ("Host: a&'.localhost\r\n", "http://a&amp;&#39;.localhost"),
    ] {
        assert_eq!(
            preview(&[], fields),
            [format!("{origin}/card.jpg"), format!("{origin}/")]
        );
    }
}

#[test]
fn the_picture_in_a_links_preview_has_a_format_and_a_size_that_sites_show() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let card = client.ask(get("/card.jpg"));
    assert_eq!(card.header("content-type"), Some("image/jpeg"));
    assert!(card.body.len() < 40 * 1024, "{} bytes", card.body.len());
    assert_eq!(size_of_jpeg(&card.body), (1200, 630));
    client.send(with("HEAD", "/card.jpg", ""));
    let length = card.body.len().to_string();
    assert_eq!(client.head().header("content-length"), Some(&*length));
}

/// Width and height, in the first frame header (ITU-T T.81, B.2.2) behind segments of other kinds.
fn size_of_jpeg(bytes: &[u8]) -> (u16, u16) {
    let number = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let mut at = 2;
    while !matches!(bytes[at + 1], 0xc0..=0xc2) {
        at += 2 + usize::from(number(at + 2));
    }
    (number(at + 7), number(at + 5))
}

#[test]
fn of_the_site_in_a_links_preview_a_trusted_proxy_has_the_last_word() {
    let fields = "Host: inner\r\nX-Forwarded-Host: evil.example, frame.example\r\nX-Forwarded-Proto: https\r\n";
    assert_eq!(
        preview(&["--trusted-proxy", "127.0.0.1"], fields)[0],
        "https://frame.example/card.jpg"
    );
    let answer = ask(Server::start(&[]).address, get("/"));
    let vary = answer.header("vary").unwrap().to_lowercase();
    assert!(
        vary.contains("x-forwarded-host") && vary.contains("x-forwarded-proto"),
        "{vary}"
    );
}

#[test]
fn the_page_knows_its_own_tag_and_a_hostile_host_is_no_page() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let page = client.ask(get("/"));
    let own = format!("<html lang=\"en\" data-page={}>", tag(&page));
    assert!(page.text().contains(&own), "{}", page.text());
    assert!(!page.text().contains("{{"), "{}", page.text());
    client.send(with("HEAD", "/", ""));
    let length = page.body.len().to_string();
    assert_eq!(client.head().header("content-length"), Some(&*length));
    for host in ["a\"><script>", "a<b", "a/b", "a b"] {
        let response = ask(
            server.address,
            format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        );
        assert_eq!(response.status, 400, "{host}");
    }
}

#[test]
fn the_page_has_nothing_inline_and_all_that_it_names_is_there() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let page = client.ask(get("/"));
    let text = page.text();
    assert!(!text.contains("<style") && !text.contains(" style="));
    for tag in text.split('<').filter_map(|part| part.split('>').next()) {
        let handler = |word: &str| word.starts_with("on") && word.contains('=');
        assert!(!tag.split_whitespace().any(handler), "<{tag}>");
        assert!(
            !tag.starts_with("script") || tag.contains(" src="),
            "<{tag}>"
        );
        for name in [" src=\"", " href=\""] {
            let Some((_, rest)) = tag.split_once(name) else {
                continue;
            };
            let target = rest.split('"').next().unwrap();
            assert!(
                !target.starts_with('/'),
                "a proxy may serve the page below a path"
            );
            let response = client.ask(get(&format!("/{target}")));
            // The poll has no picture to bring.
            let status = if target.starts_with("poll") { 204 } else { 200 };
            assert_eq!(response.status, status, "{target}");
        }
    }
}
