//! Flickr's answer, or a stranger's in its place: every picture made of it is fit to be shown.

use crate::{
    frame,
    source::{MAX_TEXT, Picture, flickr},
};
use serde_json::Value;

/// Origin of another endpoint, whose pictures may be shown.
const ORIGIN: &str = "http://127.0.0.1:9000";

/// Checks the pictures of an answer with this body.
pub fn flickr_answer(body: &[u8]) {
    let flickrs = flickr::read(&mut body.to_vec(), None).unwrap_or_default();
    for picture in &flickrs {
        check(picture);
        assert!(picture.url.starts_with("https://"), "{}", picture.url);
    }
    let found = flickr::read(&mut body.to_vec(), Some(ORIGIN));
    if let Err(error) = &found {
        assert!(!error.to_string().is_empty());
    }
    let found = found.unwrap_or_default();
    assert!(found.len() >= flickrs.len());
    found.iter().for_each(check);
}

fn check(picture: &Picture) {
    let url = &picture.url;
    let host = url
        .strip_prefix("https://")
        .and_then(|rest| rest.split('/').next());
    let is_flickrs = host.is_some_and(|host| host.ends_with(".staticflickr.com"));
    let is_own = url
        .strip_prefix(ORIGIN)
        .is_some_and(|rest| rest.starts_with('/'));
    assert!(is_flickrs || is_own, "{url}");
    assert!(
        url.len() <= 300 && url.bytes().all(|byte| byte.is_ascii_graphic()),
        "{url}"
    );
    assert!(
        !url.contains(['"', '\'', '(', ')', '<', '>', '\\']),
        "{url}"
    );
    let page = picture.page.as_deref().expect("each picture has a page");
    assert!(
        page.starts_with("https://www.flickr.com/photos/") && page.ends_with('/'),
        "{page}"
    );
    assert_eq!(page.split('/').count(), 7, "{page}");
    for text in [&picture.title, &picture.owner].into_iter().flatten() {
        let length = text.chars().count();
        assert!((1..=MAX_TEXT).contains(&length), "{length} characters");
        assert_eq!(text.trim(), text);
        assert!(!text.chars().any(char::is_control), "{text:?}");
        let told = text.to_ascii_lowercase();
        assert!(!told.contains(flickr::FUZZED_KEY), "{text:?}");
    }
    check_event(picture);
}

/// Checks that the event's data is one line of JSON with the picture's texts.
fn check_event(picture: &Picture) {
    let line = frame::shown("sushi", picture);
    assert!(!line.contains(['\n', '\r']), "{line}");
    let read: Value = serde_json::from_str(&line).expect("it is JSON");
    assert_eq!(read["url"].as_str(), Some(&*picture.url));
    assert_eq!(read["title"].as_str(), picture.title.as_deref());
    assert_eq!(read["owner"].as_str(), picture.owner.as_deref());
}
