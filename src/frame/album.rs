//! Pictures found lately, by keyword, so that a keyword that is asked for again soon costs no question. Time is an
//! argument.

use crate::source::Picture;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Keywords kept at most: with 30 pictures each, some 3 MB.
const MAX_KEYWORDS: usize = 128;
/// Bound on the age of a keyword's pictures, since a photographer may take a picture back.
const MAX_AGE: Duration = Duration::from_secs(15 * 60);

/// A cache of pictures by keyword. It forgets a keyword that is too old, and beyond its bound the least recently drawn.
#[derive(Default)]
pub(crate) struct Album {
    kept: HashMap<String, Deck>,
    draws: u64,
}

struct Deck {
    /// The pictures, in the random order in which they are drawn.
    pictures: Vec<Picture>,
    next: usize,
    since: Instant,
    drawn: u64,
}

impl Album {
    /// Draws the next picture of `key`, if the album has some. No picture comes again before all others have come.
    pub(crate) fn draw(&mut self, key: &str, now: Instant) -> Option<Picture> {
        let kept = self.kept.get_mut(key)?;
        if now.saturating_duration_since(kept.since) >= MAX_AGE {
            self.kept.remove(key);
            return None;
        }
        self.draws += 1;
        kept.drawn = self.draws;
        Some(kept.draw())
    }

    /// Draws the next picture of `key`, from the album or else from `found`, which the album then keeps. None if
    /// `found` is empty.
    pub(crate) fn draw_or_keep(
        &mut self,
        key: &str,
        found: &[Picture],
        now: Instant,
    ) -> Option<Picture> {
        if let Some(picture) = self.draw(key, now) {
            return Some(picture);
        }
        if found.is_empty() {
            return None;
        }
        if self.kept.len() == MAX_KEYWORDS {
            self.forget_least_recent();
        }
        let kept = Deck {
            next: found.len(),
            pictures: found.to_vec(),
            since: now,
            drawn: 0,
        };
        self.kept.insert(key.to_owned(), kept);
        self.draw(key, now)
    }

    /// Forgets the least recently drawn keyword. Looking at each keyword is quicker than keeping them in order.
    fn forget_least_recent(&mut self) {
        let oldest = self
            .kept
            .iter()
            .min_by_key(|(_, kept)| kept.drawn)
            .map(|(key, _)| key.clone());
        if let Some(key) = oldest {
            self.kept.remove(&key);
        }
    }
}

impl Deck {
    fn draw(&mut self) -> Picture {
        if self.next == self.pictures.len() {
            self.shuffle();
        }
        self.next += 1;
        self.pictures[self.next - 1].clone()
    }

    /// Shuffles the pictures for another round. The last picture of a round does not begin the next.
    fn shuffle(&mut self) {
        let last = self.pictures.last().cloned();
        fastrand::shuffle(&mut self.pictures);
        if self.pictures.first() == last.as_ref() {
            self.pictures.rotate_left(1);
        }
        self.next = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn pictures(count: usize) -> Vec<Picture> {
        let picture = |n: usize| Picture {
            url: n.to_string(),
            ..Picture::default()
        };
        (0..count).map(picture).collect()
    }

    #[test]
    fn all_pictures_come_before_one_comes_again_and_none_twice_in_a_row() {
        let (mut album, now) = (Album::default(), Instant::now());
        let mut drawn = vec![album.draw_or_keep("a", &pictures(5), now).unwrap().url];
        drawn.extend((1..50).map(|_| album.draw("a", now).unwrap().url));
        for round in drawn.chunks(5) {
            assert_eq!(round.iter().collect::<HashSet<_>>().len(), 5);
        }
        assert!(drawn.windows(2).all(|two| two[0] != two[1]));
    }

    #[test]
    fn pictures_are_forgotten_after_a_while_and_none_are_not_kept() {
        let (mut album, now) = (Album::default(), Instant::now());
        assert_eq!(album.draw_or_keep("a", &Vec::new(), now), None);
        assert!(album.draw_or_keep("a", &pictures(1), now).is_some());
        assert!(
            album
                .draw("a", now + MAX_AGE - Duration::from_secs(1))
                .is_some()
        );
        assert_eq!(album.draw("a", now + MAX_AGE), None);
        assert!(album.kept.is_empty());
    }

    #[test]
    fn the_keyword_drawn_from_least_recently_makes_room() {
        let (mut album, now) = (Album::default(), Instant::now());
        for n in 0..MAX_KEYWORDS {
            album.draw_or_keep(&n.to_string(), &pictures(2), now);
        }
        album.draw("0", now);
        album.draw_or_keep("one more", &pictures(2), now);
        assert_eq!(album.kept.len(), MAX_KEYWORDS);
        assert!(album.draw("0", now).is_some() && album.draw("1", now).is_none());
    }
}
