//! What Flickr as a source tells the log: when it is lost and when it is back, and never the key.

use crate::support::flickr::FlickrStub;
use log::{Level, LevelFilter, Log, Metadata, Record};
use picture_frame::source::{Source, flickr::Flickr};
use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

const KEY: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75e";

/// All that was logged but for ureq's own lines, which name the URL and are silenced where the log is set up.
struct Lines;

thread_local! {
    /// A look-up logs on the thread that asks for it, and other tests run on others.
    static LINES: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
}

impl Log for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        !metadata.target().starts_with("ureq")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = (record.level(), record.args().to_string());
            LINES.with_borrow_mut(|lines| lines.push(line));
        }
    }

    fn flush(&self) {}
}

/// Looks up in each mode, and hands out what was logged above `debug`, and all of it.
fn logged(modes: &[&str]) -> (Vec<Level>, String) {
    let stub = FlickrStub::start();
    let flickr = Flickr::new(KEY.into(), stub.url(), 0).unwrap();
    let mut texts = String::new();
    for mode in modes {
        stub.mode(mode);
        let found = flickr.find("sushi", Instant::now() + Duration::from_secs(30));
        texts += &format!("{found:?}\n");
    }
    let lines = LINES.take();
    let levels = lines
        .iter()
        .map(|(level, _)| *level)
        .filter(|level| *level < Level::Debug);
    (levels.collect(), texts + &format!("{lines:?}"))
}

#[test]
fn loss_and_recovery_are_told_once_and_the_key_never() {
    log::set_logger(&Lines).unwrap();
    log::set_max_level(LevelFilter::Trace);

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
