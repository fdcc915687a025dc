//! The pictures that events name, read from the data of events, resolved, and counted. Pure.

use super::latencies::Latencies;
use crate::load::{
    report::Fetches,
    wire::target::{Reference, Target},
};
use serde::Deserialize;
use std::{borrow::Cow, rc::Rc, time::Duration};

/// Digits of times, as for all deliveries.
const DIGITS: u8 = 3;

/// The counts of pictures, over all subscribers.
pub(crate) struct Pictures {
    target: Target,
    /// The data read last, and the picture that it names: most subscribers get the same event one after the other.
    data: Vec<u8>,
    named: NamedPicture,
    /// The newest picture that the subscriber being read was told of, until its fetcher takes it.
    news: Option<Rc<str>>,
    /// The counts for the report.
    pub(crate) fetches: Fetches,
    times: Latencies,
}

/// The picture that an event's data names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum NamedPicture {
    /// No picture.
    Nothing,
    /// A picture on the server under test, by its path.
    Path(Rc<str>),
    /// A picture on another host, or a picture that is not served over plain HTTP.
    Elsewhere,
    /// A text that is no URL.
    NoUrl,
}

/// The data of an event, as far as it names a picture.
#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    url: Cow<'a, str>,
}

impl Pictures {
    /// No pictures yet, of events from `target`.
    pub(crate) fn new(target: Target) -> Self {
        Self {
            target,
            data: Vec::new(),
            named: NamedPicture::Nothing,
            news: None,
            fetches: Fetches::default(),
            times: Latencies::new(DIGITS),
        }
    }

    /// Takes the data of an event that is new to its subscriber. Returns false if it names a picture by a text that is no
    /// URL.
    pub(crate) fn told(&mut self, data: &[u8]) -> bool {
        if self.data != data {
            self.named = self.read(data);
            data.clone_into(&mut self.data);
        }
        self.fetches.named += u64::from(self.named != NamedPicture::Nothing);
        match &self.named {
            NamedPicture::Nothing => {}
            NamedPicture::Path(path) => {
                let path = Rc::clone(path);
                self.fetches.overtaken += u64::from(self.news.replace(path).is_some());
            }
            NamedPicture::Elsewhere => self.fetches.elsewhere += 1,
            NamedPicture::NoUrl => self.fetches.failed += 1,
        }
        self.named != NamedPicture::NoUrl
    }

    fn read(&self, data: &[u8]) -> NamedPicture {
        let Ok(Data { url }) = serde_json::from_slice(data) else {
            return NamedPicture::Nothing;
        };
        match self.target.refer(&url) {
            Some(Reference::Path(path)) => NamedPicture::Path(path.into()),
            Some(Reference::Elsewhere) => NamedPicture::Elsewhere,
            None => NamedPicture::NoUrl,
        }
    }

    /// The newest picture since the last call.
    pub(crate) fn news(&mut self) -> Option<Rc<str>> {
        self.news.take()
    }

    /// Counts an answer that came whole, so long after its request was due. Returns whether it is a success.
    pub(crate) fn answered(&mut self, status: u16, took: Duration) -> bool {
        *self.fetches.statuses.entry(status).or_default() += 1;
        self.times.record(took);
        let success = (200..300).contains(&status);
        self.fetches.failed += u64::from(!success);
        success
    }

    /// The counts and the distribution of times, for the report.
    pub(crate) fn finish(self) -> (Fetches, Latencies) {
        let fetches = Fetches {
            time: self.times.quantiles(),
            ..self.fetches
        };
        (fetches, self.times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pictures() -> Pictures {
        Pictures::new(Target::resolve("http://127.0.0.1:4000/live/subscribe").unwrap())
    }

    #[test]
    fn an_event_names_a_picture_by_its_url() {
        for (data, named) in [
            (r#"{"url":"/a.svg","keyword":"b"}"#, "/a.svg"),
            (r#"{"keyword":"b","url":"\/a\u002esvg"}"#, "/a.svg"),
            (r#"{"url":"a.svg?b"}"#, "/live/a.svg?b"),
            (r#"{"url":"http://127.0.0.1:4000/a.svg"}"#, "/a.svg"),
        ] {
            let mut pictures = pictures();
            assert!(pictures.told(data.as_bytes()), "{data}");
            assert_eq!(pictures.news().as_deref(), Some(named), "{data}");
            assert_eq!(pictures.news(), None);
        }
    }

    #[test]
    fn data_without_a_url_names_nothing() {
        for data in ["128", "", "{}", "{\"url\":1}", "{\"url\":\"/a\"", "\"/a\""] {
            let mut pictures = pictures();
            assert!(pictures.told(data.as_bytes()), "{data}");
            assert_eq!((pictures.news(), pictures.fetches.named), (None, 0));
        }
    }

    #[test]
    fn the_newest_picture_wins_and_other_hosts_are_only_counted() {
        let mut pictures = pictures();
        for path in ["/a", "/b", "/b", "/c"] {
            assert!(pictures.told(format!("{{\"url\":\"{path}\"}}").as_bytes()));
        }
        assert!(pictures.told(br#"{"url":"https://live.staticflickr.com/d.jpg"}"#));
        assert!(!pictures.told(br#"{"url":"/e f"}"#));
        assert_eq!(pictures.news().as_deref(), Some("/c"));
        let (fetches, _) = pictures.finish();
        assert_eq!((fetches.named, fetches.overtaken), (6, 3));
        assert_eq!((fetches.elsewhere, fetches.failed), (1, 1));
    }

    #[test]
    fn answers_are_counted_by_status_and_other_than_2xx_is_a_failure() {
        let mut pictures = pictures();
        let second = Duration::from_secs(1);
        assert!(pictures.answered(200, second) && pictures.answered(204, second));
        assert!(!pictures.answered(304, second) && !pictures.answered(404, second));
        let (fetches, _) = pictures.finish();
        assert_eq!(fetches.statuses.len(), 4);
        assert_eq!((fetches.failed, fetches.time.count), (2, 4));
        assert_eq!(fetches.time.max, 1.0);
    }
}
