//! Flickr as a source, against a stand-in on loopback: its questions, its reading of each answer, and its time.

mod bounds;
mod log_lines;
mod way;

use crate::support::flickr::FlickrStub;
use picture_frame::source::{
    Picture, Source, SourceError,
    flickr::{Flickr, SetupError},
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

const KEY: &str = "0123456789abcdef0123456789abcdef";
/// Bound on a look-up that succeeds.
const PATIENCE: Duration = Duration::from_secs(30);

fn flickr(stub: &FlickrStub) -> Flickr {
    Flickr::new(KEY.into(), stub.url(), 0).unwrap()
}

fn within(time: Duration) -> Instant {
    Instant::now() + time
}

fn find(source: &Flickr, keyword: &str) -> Result<Vec<Picture>, SourceError> {
    source.find(keyword, within(PATIENCE))
}

/// The result of a look-up by a fresh source in this mode, and the number of questions.
fn in_mode(mode: &str) -> (Result<usize, SourceError>, usize) {
    let stub = FlickrStub::start();
    stub.mode(mode);
    let found = find(&flickr(&stub), "sushi").map(|pictures| pictures.len());
    (found, stub.requests().len())
}

#[test]
fn a_question_has_exactly_these_parameters() {
    let stub = FlickrStub::start();
    find(&flickr(&stub), "寿司 & \"rice\"+1%/?#").unwrap();
    let asked = &stub.requests()[0];
    let parameters: Vec<(&str, &str)> = asked
        .parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let expected = [
        ("method", "flickr.photos.search"),
        ("api_key", KEY),
        ("format", "json"),
        ("nojsoncallback", "1"),
        ("text", "寿司 & \"rice\"+1%/?#"),
        ("sort", "relevance"),
        ("safe_search", "1"),
        ("content_types", "0"),
        ("media", "photos"),
        ("per_page", "30"),
        ("page", "1"),
        (
            "extras",
            "owner_name,license,url_m,url_z,url_c,url_l,path_alias,o_dims",
        ),
    ];
    assert_eq!(parameters, expected);
    assert!(
        asked
            .head
            .contains("&text=%E5%AF%BF%E5%8F%B8%20%26%20%22rice%22%2B1%25%2F%3F%23&"),
        "{}",
        asked.head
    );
}

#[test]
fn a_question_is_a_plain_get_that_names_the_program() {
    let stub = FlickrStub::start();
    find(&flickr(&stub), "sushi").unwrap();
    let asked = &stub.requests()[0];
    assert_eq!(asked.path, "/services/rest/");
    assert!(
        asked.head.starts_with("GET /services/rest/?"),
        "{}",
        asked.head
    );
    let head = asked.head.to_lowercase();
    assert!(
        head.contains(&format!(
            "\r\nuser-agent: picture-frame/{}\r\n",
            env!("CARGO_PKG_VERSION")
        )),
        "{head}"
    );
    assert!(!head.contains("accept-encoding"), "{head}");
}

#[test]
fn a_leading_minus_is_not_passed_on() {
    let stub = FlickrStub::start();
    let source = flickr(&stub);
    assert!(!find(&source, "-sushi").unwrap().is_empty());
    assert_eq!((stub.by_keyword("sushi"), stub.requests().len()), (1, 1));
    assert_eq!(find(&source, "--"), Ok(Vec::new()));
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn a_picture_carries_all_that_the_credit_needs() {
    let stub = FlickrStub::start();
    let pictures = find(&flickr(&stub), "sushi").unwrap();
    let picture = &pictures[4];
    assert!(
        picture
            .url
            .starts_with("https://live.staticflickr.com/65535/")
            && picture.url.ends_with("_b.jpg")
    );
    assert_eq!(picture.title.as_deref(), Some("sushi 5"));
    assert_eq!(picture.owner.as_deref(), Some("Village Churches"));
    assert!(
        picture
            .page
            .as_ref()
            .unwrap()
            .starts_with("https://www.flickr.com/photos/villagechurches/")
    );
    assert_eq!(picture.license.as_deref(), Some("CC BY 2.0"));
    assert_eq!(
        picture.license_url.as_deref(),
        Some("https://creativecommons.org/licenses/by/2.0/")
    );
}

#[test]
fn a_good_answer_is_read_however_it_is_sent() {
    let table = [
        ("ok", 30),
        ("chunked", 30),
        ("continue", 30),
        ("nolength", 30),
        ("mebibyte", 30),
        ("recorded", 8),
        ("one", 1),
        ("bom", 1),
        ("latin1", 1),
        ("surrogate", 1),
        ("edge", 36),
        ("empty", 0),
        ("nophotolist", 0),
        ("fixture:search-ok.json", 8),
    ];
    for (mode, count) in table {
        assert_eq!(in_mode(mode), (Ok(count), 1), "{mode}");
    }
}

#[test]
fn a_keyword_that_flickr_will_not_search_for_has_no_picture() {
    assert_eq!(in_mode("fail3"), (Ok(0), 1));
    assert_eq!(in_mode("fail116"), (Ok(0), 1));
}

#[test]
fn an_answer_that_is_no_list_of_pictures_is_unreadable_and_not_asked_for_again() {
    let modes = [
        "malformed",
        "truncated",
        "badescape",
        "trailing",
        "jsonp",
        "xml",
        "html",
        "emptybody",
        "huge",
        "short",
        "badchunk",
        "gzip",
        "notHttp",
        "hugeheaders",
        "http204",
    ];
    for mode in modes {
        let (found, count) = in_mode(mode);
        assert!(
            matches!(found, Err(SourceError::Unreadable(_))),
            "{mode}: {found:?}"
        );
        assert_eq!(count, 1, "{mode}");
    }
}

#[test]
fn a_refusal_is_final() {
    for mode in [
        "http400", "http403", "http404", "fail18", "fail112", "redirect",
    ] {
        let (found, count) = in_mode(mode);
        assert!(
            matches!(found, Err(SourceError::Refused(_))),
            "{mode}: {found:?}"
        );
        assert_eq!(count, 1, "{mode}");
    }
}

#[test]
fn another_endpoint_may_serve_the_pictures_itself() {
    let stub = FlickrStub::start();
    stub.serve_pictures();
    let source = flickr(&stub);
    assert_eq!(source.image_origin(), Some(stub.origin().as_str()));
    let pictures = find(&source, "sushi").unwrap();
    let path = pictures[0].url.strip_prefix(&stub.origin()).unwrap();
    assert!(fetch(&stub, path).contains("Content-Type: image/svg+xml\r\n"));
    assert!(fetch(&stub, "/photos/missing1.svg").starts_with("HTTP/1.1 404 "));
    assert!(find(&source, "mode:ok others").unwrap()[0].url != pictures[0].url);
}

fn fetch(stub: &FlickrStub, path: &str) -> String {
    let mut socket = TcpStream::connect(stub.origin().strip_prefix("http://").unwrap()).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nHost: stub\r\n\r\n").unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_source_that_cannot_work_is_not_made() {
    assert_eq!(
        Flickr::new(String::new(), "http://127.0.0.1/".into(), 0).err(),
        Some(SetupError::Key)
    );
    assert!(matches!(
        Flickr::new(KEY.into(), "127.0.0.1".into(), 0).err(),
        Some(SetupError::Url(_))
    ));
}
