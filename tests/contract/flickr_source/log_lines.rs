//! The Flickr source's log lines: one when Flickr is lost, one when it is back, and never the key.

use crate::support::{flickr::FlickrStub, logger};
use log::Level;
use picture_frame::source::{Source, flickr::Flickr};
use std::time::{Duration, Instant};

const KEY: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75e";

/// Looks up in each mode. Returns the levels of the lines above `debug`, and the text of all lines.
fn logged(modes: &[&str]) -> (Vec<Level>, String) {
    let stub = FlickrStub::start();
    let flickr = Flickr::new(KEY.into(), stub.url(), 0).unwrap();
    let mut texts = String::new();
    for mode in modes {
        stub.mode(mode);
        let found = flickr.find("sushi", Instant::now() + Duration::from_secs(30));
        texts += &format!("{found:?}\n");
    }
    let lines = logger::take();
    let levels = lines
        .iter()
        .map(|(level, _)| *level)
        .filter(|level| *level < Level::Debug);
    (levels.collect(), texts + &format!("{lines:?}"))
}

#[test]
fn loss_and_recovery_are_told_once_and_the_key_never() {
    logger::collect();

    let (levels, _) = logged(&["ok", "ok"]);
    assert!(levels.is_empty(), "{levels:?}");

    let (levels, text) = logged(&["http403", "malformed", "close", "ok", "ok", "html"]);
    assert_eq!(levels, [Level::Warn, Level::Info, Level::Warn], "{text}");
    assert!(!text.contains(KEY), "{text}");

    let (levels, text) = logged(&["fail100", "fail100", "ok"]);
    assert_eq!(levels, [Level::Error], "{text}");
    assert!(
        text.contains("FLICKR_API_KEY") && !text.contains(KEY),
        "{text}"
    );

    let all = [
        "redirect",
        "notHttp",
        "badchunk",
        "reset",
        "hugeheaders",
        "fail18",
        "http500",
        "huge",
        "gzip",
        "http429",
    ];
    assert!(!logged(&all).1.contains(KEY));
}
