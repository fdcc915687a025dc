//! A fetcher's state: the picture that is being fetched, and the next. Knows no socket.

use crate::{
    load::{
        report::Fetches,
        wire::{exchange::Exchange, pipe::Pipe, response::Fault},
    },
    reactor::Token,
};
use std::{mem, rc::Rc, time::Duration};

/// A subscriber's fetcher. Its connection waits for an answer, or for the next picture.
#[derive(Debug, Default)]
pub(super) struct Fetcher {
    pub(super) at: Option<Token>,
    /// An answer came on this connection, so that the server may close it in between (RFC 9112, section 9.3).
    pub(super) is_used: bool,
    pub(super) fetch: Option<Fetch>,
    pub(super) pipe: Pipe,
    /// Addresses of the server that have failed since the fetcher began to connect.
    pub(super) failed: u8,
    next: Wanted,
}

/// The picture to be fetched next.
#[derive(Debug, Default)]
enum Wanted {
    #[default]
    None,
    /// A picture whose time has not come.
    Later(Rc<str>),
    /// A picture to be fetched since this moment of the run, as soon as the picture before is there.
    Due(Rc<str>, Duration),
}

/// A picture that is being fetched.
#[derive(Debug)]
pub(super) struct Fetch {
    pub(super) path: Rc<str>,
    pub(super) due: Duration,
    pub(super) is_sent: bool,
    /// Some of the answer has come.
    pub(super) is_begun: bool,
    pub(super) answer: Exchange,
}

impl Fetch {
    /// Takes some of the answer. Returns whether the answer is whole.
    fn read(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        self.is_begun = true;
        self.answer.read(bytes)
    }
}

impl Fetcher {
    /// Takes what has arrived on the connection. Returns whether the answer is whole.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        let Self { pipe, fetch, .. } = self;
        let mut is_whole = false;
        pipe.read(bytes, &mut |plain| {
            let fetch = fetch
                .as_mut()
                .ok_or(Fault::Malformed("more than was announced"))?;
            is_whole = fetch.read(plain)?;
            Ok::<_, Fault>(())
        })?;
        Ok(is_whole)
    }

    /// Whether the answer is whole, when the connection ends here.
    pub(super) fn end(&self) -> Option<Result<(), Fault>> {
        let answer = &self.fetch.as_ref()?.answer;
        Some(answer.end().and_then(|()| self.pipe.end()))
    }

    /// Whether there is nothing to be fetched.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.next, Wanted::None) && self.fetch.is_none()
    }

    /// Whether a picture is due and not there.
    pub(super) fn is_late(&self) -> bool {
        matches!(self.next, Wanted::Due(..)) || self.fetch.is_some()
    }

    /// Takes a newer picture, in place of the next that has not begun. Returns whether its wait begins.
    pub(super) fn wants(&mut self, path: Rc<str>, fetches: &mut Fetches) -> bool {
        match &mut self.next {
            Wanted::None => {
                self.next = Wanted::Later(path);
                return true;
            }
            Wanted::Later(older) | Wanted::Due(older, _) => *older = path,
        }
        fetches.overtaken += 1;
        false
    }

    /// The wait of the next picture is over.
    pub(super) fn comes_due(&mut self, now: Duration) {
        if let Wanted::Later(path) = mem::take(&mut self.next) {
            self.next = Wanted::Due(path, now);
        }
    }

    /// Turns to the next picture, if it is due and no other is being fetched. Returns whether that is so.
    pub(super) fn turns(&mut self) -> bool {
        if self.fetch.is_some() {
            return false;
        }
        match mem::take(&mut self.next) {
            Wanted::Due(path, due) => {
                self.fetch = Some(Fetch {
                    path,
                    due,
                    is_sent: false,
                    is_begun: false,
                    answer: Exchange::default(),
                });
                true
            }
            next => {
                self.next = next;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_picture_is_fetched_when_the_wait_of_the_first_is_over() {
        let (mut fetcher, mut fetches) = (Fetcher::default(), Fetches::default());
        assert!(fetcher.is_idle() && !fetcher.turns());
        assert!(fetcher.wants("/a".into(), &mut fetches));
        assert!(!fetcher.wants("/b".into(), &mut fetches));
        assert!(!fetcher.is_idle() && !fetcher.is_late() && !fetcher.turns());
        fetcher.comes_due(Duration::from_secs(1));
        assert!(fetcher.is_late() && fetcher.turns() && !fetcher.turns());
        let fetch = fetcher.fetch.as_ref().unwrap();
        assert_eq!((&*fetch.path, fetch.due), ("/b", Duration::from_secs(1)));
        assert!(fetcher.wants("/c".into(), &mut fetches) && !fetcher.is_idle());
        assert_eq!(fetches.overtaken, 1);
    }
}
