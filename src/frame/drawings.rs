//! Pictures of the gallery that were drawn lately, as the bytes that are sent: one copy for all clients that fetch it.

use crate::source::gallery::Work;
use flate2::{Compression, write::GzEncoder};
use std::{collections::HashMap, io::Write, sync::Arc};

/// Bound on the bytes of published pictures: the last 50 pictures at least, since a picture has less than 40 KiB, and
/// less than half of that compressed.
const MOST_PUBLISHED: usize = 3 << 20;
/// Bound on the bytes of other pictures. Clients that have them drawn thus never displace published pictures.
const MOST_ASKED: usize = 1 << 20;

/// A picture as it is sent, plain and compressed. A clone shares the bytes.
#[derive(Clone)]
pub(crate) struct Drawing {
    plain: Arc<[u8]>,
    gzip: Arc<[u8]>,
}

impl Drawing {
    /// Draws and compresses a picture, which takes a millisecond: work for a pool thread.
    pub(super) fn of(work: Work) -> Self {
        let plain = work.draw().into_bytes();
        log::debug!("drawn: {work}");
        Self {
            gzip: gzip(&plain).into(),
            plain: plain.into(),
        }
    }

    /// The bytes of the picture, or of its gzip coding.
    pub(super) fn bytes(&self, is_gzip: bool) -> Arc<[u8]> {
        Arc::clone(if is_gzip { &self.gzip } else { &self.plain })
    }

    fn size(&self) -> usize {
        self.plain.len() + self.gzip.len()
    }
}

/// Compresses by the fastest level: the default level saves a fifth of the bytes, but takes several times as long.
fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 2), Compression::fast());
    let written = encoder.write_all(plain).and_then(|()| encoder.finish());
    written.expect("a Vec takes every byte")
}

/// The drawings that are ready. Beyond its bound a shelf forgets the least recently fetched picture.
pub(crate) struct Drawings {
    published: Shelf,
    asked: Shelf,
    fetches: u64,
}

impl Default for Drawings {
    fn default() -> Self {
        Self {
            published: Shelf::new(MOST_PUBLISHED),
            asked: Shelf::new(MOST_ASKED),
            fetches: 0,
        }
    }
}

impl Drawings {
    /// The picture of this name, if it is ready.
    pub(super) fn fetch(&mut self, name: &str) -> Option<Drawing> {
        self.fetches += 1;
        let fetches = self.fetches;
        let kept = match self.published.kept.get_mut(name) {
            Some(kept) => kept,
            None => self.asked.kept.get_mut(name)?,
        };
        kept.fetched = fetches;
        Some(kept.drawing.clone())
    }

    /// Keeps a picture that is about to be published.
    pub(super) fn publish(&mut self, name: &str, drawing: Drawing) {
        self.asked.remove(name);
        self.published.keep(name, drawing, self.fetches);
    }

    /// Keeps a picture that a client asked for.
    pub(super) fn keep(&mut self, name: &str, drawing: Drawing) {
        if !self.published.kept.contains_key(name) {
            self.asked.keep(name, drawing, self.fetches);
        }
    }
}

/// Drawings by name, with a bound on their bytes.
struct Shelf {
    kept: HashMap<String, Kept>,
    bytes: usize,
    most: usize,
}

struct Kept {
    drawing: Drawing,
    /// The number of the drawing's last fetch.
    fetched: u64,
}

impl Shelf {
    fn new(most: usize) -> Self {
        Self {
            kept: HashMap::new(),
            bytes: 0,
            most,
        }
    }

    fn keep(&mut self, name: &str, drawing: Drawing, fetched: u64) {
        self.remove(name);
        let size = drawing.size();
        if size > self.most {
            return;
        }
        while self.bytes + size > self.most {
            self.forget_one();
        }
        self.bytes += size;
        self.kept.insert(name.to_owned(), Kept { drawing, fetched });
    }

    fn remove(&mut self, name: &str) {
        if let Some(kept) = self.kept.remove(name) {
            self.bytes -= kept.drawing.size();
        }
    }

    /// Forgets the least recently fetched picture. Looking at each of them is quicker than keeping them in order: a
    /// shelf has some hundred pictures, and forgets one for each picture drawn.
    fn forget_one(&mut self) {
        let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.fetched);
        if let Some(name) = oldest.map(|(name, _)| name.clone()) {
            self.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    fn drawing(size: usize) -> Drawing {
        Drawing {
            plain: vec![b'x'; size - size / 4].into(),
            gzip: vec![b'z'; size / 4].into(),
        }
    }

    fn all_bytes(drawings: &Drawings) -> usize {
        let shelves = [&drawings.published, &drawings.asked];
        let kept = shelves.into_iter().flat_map(|shelf| shelf.kept.values());
        kept.map(|kept| kept.drawing.size()).sum()
    }

    #[test]
    fn a_drawing_is_the_work_and_its_gzip_coding() {
        let work = Work::named("coast-00f3a61c2b07d44e.svg").unwrap();
        let drawing = Drawing::of(work);
        assert_eq!(&*drawing.bytes(false), work.draw().as_bytes());
        let mut plain = String::new();
        let coded = drawing.bytes(true);
        GzDecoder::new(&*coded).read_to_string(&mut plain).unwrap();
        assert_eq!(plain, work.draw());
        assert!(coded.len() * 2 < plain.len());
        assert_eq!(coded, Drawing::of(work).bytes(true), "its tag is strong");
    }

    #[test]
    fn a_picture_that_is_kept_is_fetched_without_a_copy() {
        let mut drawings = Drawings::default();
        assert!(drawings.fetch("a").is_none());
        let a = drawing(100);
        drawings.keep("a", a.clone());
        let fetched = drawings.fetch("a").unwrap();
        assert!(Arc::ptr_eq(&fetched.plain, &a.plain) && Arc::ptr_eq(&fetched.gzip, &a.gzip));
    }

    #[test]
    fn no_more_than_4_mebibytes_are_kept_and_the_picture_fetched_least_recently_makes_room() {
        let mut drawings = Drawings::default();
        for n in 0..1000 {
            drawings.publish(&n.to_string(), drawing(40_000));
            drawings.keep(&format!("asked {n}"), drawing(40_000));
            assert!(drawings.fetch("0").is_some(), "{n}");
            assert!(all_bytes(&drawings) <= 4 << 20);
        }
        assert_eq!(drawings.published.kept.len(), 78);
        assert!(drawings.fetch("999").is_some() && drawings.fetch("1").is_none());
        let counted = drawings.published.bytes + drawings.asked.bytes;
        assert_eq!(counted, all_bytes(&drawings));
    }

    #[test]
    fn pictures_that_clients_ask_for_do_not_make_room_for_themselves_among_the_published() {
        let mut drawings = Drawings::default();
        for n in 0..50 {
            drawings.publish(&n.to_string(), drawing(40_000));
        }
        for n in 0..1000 {
            drawings.keep(&format!("asked {n}"), drawing(40_000));
        }
        assert!((0..50).all(|n| drawings.fetch(&n.to_string()).is_some()));
        assert!(drawings.fetch("asked 999").is_some());
    }

    #[test]
    fn a_picture_stands_on_one_shelf() {
        let mut drawings = Drawings::default();
        drawings.keep("a", drawing(100));
        drawings.publish("a", drawing(100));
        drawings.keep("a", drawing(100));
        drawings.publish("a", drawing(100));
        assert_eq!((drawings.published.bytes, drawings.asked.bytes), (100, 0));
    }

    #[test]
    fn a_picture_larger_than_the_shelf_is_not_kept_and_nothing_goes_for_it() {
        let mut drawings = Drawings::default();
        drawings.keep("a", drawing(100));
        drawings.keep("huge", drawing(MOST_ASKED + 1));
        assert!(drawings.fetch("a").is_some() && drawings.fetch("huge").is_none());
    }
}
