//! The publisher's state: its connections, and the publishes that have no answer. Knows no socket.

use crate::{
    load::wire::{exchange::Exchange, pipe::Pipe, request, response::Fault, target::Target},
    reactor::Token,
};
use slab::Slab;
use std::{collections::VecDeque, time::Duration};

/// The most publishes that have no answer. Each takes a connection, and a server that is this far behind is overloaded.
pub(crate) const MOST_POSTS: usize = 1024;
/// The longest time that a connection stays unused before its next publish: a server may close it in between.
const KEEP: Duration = Duration::from_secs(4);

/// The publisher: each publish has a connection of its own until its answer has come.
pub(super) struct Publisher {
    pub(super) target: Target,
    lines: Slab<Line>,
    /// The connections without a publish, in the order in which they were used.
    idle: VecDeque<u32>,
    /// Publishes that are not due yet.
    to_come: u32,
}

/// A connection of the publisher.
#[derive(Default)]
pub(super) struct Line {
    pub(super) at: Option<Token>,
    pub(super) pipe: Pipe,
    /// Addresses of the server that have failed since the connection was begun.
    pub(super) failed: u8,
    /// The publish that has no answer.
    pub(super) post: Option<Post>,
    /// The moment of the last answer. Absent before the first.
    used: Option<Duration>,
}

/// A publish that has no answer.
pub(super) struct Post {
    /// The number of the broadcast.
    pub(super) number: u32,
    pub(super) request: Vec<u8>,
    /// The request is in the pipe, from which it is sent.
    pub(super) is_asked: bool,
    pub(super) answer: Exchange,
    /// Some of the answer has come.
    is_begun: bool,
}

impl Post {
    fn new(number: u32, request: Vec<u8>) -> Self {
        Self {
            number,
            request,
            is_asked: false,
            answer: Exchange::default(),
            is_begun: false,
        }
    }

    /// Takes some of the answer. Returns whether the answer is whole.
    fn read(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        self.is_begun = true;
        self.answer.read(bytes)
    }
}

impl Line {
    /// Takes what has arrived. Returns whether the answer is whole. A server that has not been asked has nothing to say.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        let Self { pipe, post, .. } = self;
        let mut is_whole = false;
        pipe.read(bytes, &mut |plain| {
            let post = post.as_mut();
            let post = post.ok_or(Fault::Malformed("more than was announced"))?;
            is_whole = post.read(plain)?;
            Ok::<_, Fault>(())
        })?;
        Ok(is_whole)
    }

    /// Whether the answer is whole, when the connection ends here.
    pub(super) fn is_whole_at_end(&self) -> bool {
        let answer = self.post.as_ref().map(|post| &post.answer);
        let is_whole = answer.is_some_and(|answer| answer.status != 0 && answer.end().is_ok());
        is_whole && self.pipe.end().is_ok()
    }

    /// Turns to the next address, if the connection is not there yet and `target` has any. Returns whether that is so.
    pub(super) fn tries_next(&mut self, target: &Target) -> bool {
        let is_connecting = self.post.as_ref().is_some_and(|post| !post.is_asked);
        self.failed += u8::from(is_connecting);
        is_connecting && target.address_after(0, self.failed).is_some()
    }
}

impl Publisher {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            lines: Slab::new(),
            idle: VecDeque::new(),
            to_come: 0,
        }
    }

    /// Takes on `count` publishes that are to come.
    pub(super) fn start(&mut self, count: u32) {
        self.to_come = count;
    }

    /// Gives up the publishes that are to come.
    pub(super) fn stop(&mut self) {
        self.to_come = 0;
    }

    /// Gives up everything that is not answered. Returns how many publishes that is.
    pub(super) fn give_up(&mut self) -> u64 {
        let left = self.left();
        self.stop();
        self.lines.clear();
        self.idle.clear();
        left
    }

    /// Whether everything was published and answered.
    pub(super) fn is_done(&self) -> bool {
        self.left() == 0
    }

    /// How many publishes are to come, or have no answer.
    fn left(&self) -> u64 {
        u64::from(self.to_come) + self.posts() as u64
    }

    /// The number of publishes that have no answer.
    fn posts(&self) -> usize {
        self.lines.len() - self.idle.len()
    }

    /// Whether no further publish may be sent before an answer comes.
    pub(super) fn is_full(&self) -> bool {
        self.posts() >= MOST_POSTS
    }

    /// A publish has become due. Returns whether it is wanted.
    pub(super) fn comes_due(&mut self) -> bool {
        let is_wanted = self.to_come > 0;
        self.to_come -= u32::from(is_wanted);
        is_wanted
    }

    /// Gives the publish of a broadcast a connection: the one that was used last, or else a new one. Returns its key.
    pub(super) fn assign(&mut self, number: u32, request: Vec<u8>) -> u32 {
        let post = Some(Post::new(number, request));
        match self.idle.pop_back() {
            Some(key) => {
                self.lines[key as usize].post = post;
                key
            }
            None => self.lines.insert(Line {
                post,
                ..Line::default()
            }) as u32,
        }
    }

    /// The server, and a connection.
    pub(super) fn at(&mut self, key: u32) -> Option<(&Target, &mut Line)> {
        let line = self.lines.get_mut(key as usize)?;
        Some((&self.target, line))
    }

    pub(super) fn line(&mut self, key: u32) -> Option<&mut Line> {
        self.lines.get_mut(key as usize)
    }

    pub(super) fn post(&mut self, key: u32) -> Option<&mut Post> {
        self.line(key)?.post.as_mut()
    }

    /// The connection of a publish may be used again, from `now` on. Returns the publish.
    pub(super) fn keep(&mut self, key: u32, now: Duration) -> Option<Post> {
        let line = self.line(key)?;
        line.used = Some(now);
        let post = line.post.take()?;
        self.idle.push_back(key);
        Some(post)
    }

    /// Forgets a connection. Returns it.
    pub(super) fn forget(&mut self, key: u32) -> Option<Line> {
        self.idle.retain(|idle| *idle != key);
        self.lines.try_remove(key as usize)
    }

    /// Forgets a connection that was unused for so long that the server may be about to close it. Returns it.
    pub(super) fn forget_stale(&mut self, now: Duration) -> Option<Line> {
        let oldest = *self.idle.front()?;
        let used = self.lines.get(oldest as usize)?.used?;
        match now.saturating_sub(used) > KEEP {
            true => self.forget(oldest),
            false => None,
        }
    }

    /// The request that publishes `keyword`.
    pub(super) fn request(&self, keyword: &str) -> Vec<u8> {
        let (host, path) = (&self.target.host, &self.target.path);
        let user = request::basic(&self.target, 0);
        let user = user.map_or(String::new(), |value| format!("Authorization: {value}\r\n"));
        let body = format!("keyword={keyword}");
        format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{user}Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    /// Prepares a publish to be sent again, on another connection. It must have been the server that closed a connection
    /// it had kept, without a word about this publish (RFC 9112, section 9.3.1). Returns whether that is so.
    pub(super) fn repeats(&mut self, key: u32) -> bool {
        let Some(line) = self.line(key) else {
            return false;
        };
        let was_used = line.used.take().is_some();
        line.failed = 0;
        match &mut line.post {
            Some(post) if was_used && !post.is_begun => {
                post.is_asked = false;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(1);

    fn publisher() -> Publisher {
        Publisher::new(Target::resolve("http://127.0.0.1:4000/").unwrap())
    }

    #[test]
    fn a_publish_waits_for_no_other_and_none_is_forgotten() {
        let mut publisher = publisher();
        publisher.start(4);
        for number in 0..3 {
            assert!(publisher.comes_due());
            assert_eq!(publisher.assign(number, Vec::new()), number);
        }
        let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(publisher.line(1).unwrap().read(answer), Ok(true));
        assert_eq!(publisher.post(1).unwrap().answer.status, 204);
        assert_eq!(publisher.keep(1, SOON).unwrap().number, 1);
        assert!(!publisher.is_done());
        assert_eq!(publisher.give_up(), 3);
        assert!(publisher.is_done() && !publisher.comes_due());
    }

    #[test]
    fn a_kept_connection_is_used_again_unless_it_was_idle_for_long() {
        let mut publisher = publisher();
        for number in 0..3 {
            publisher.assign(number, Vec::new());
        }
        for key in [2, 0, 1] {
            publisher.keep(key, SOON * key);
        }
        assert_eq!(publisher.assign(3, Vec::new()), 1);
        assert!(publisher.forget_stale(SOON * 2).is_none());
        assert_eq!(publisher.keep(1, SOON * 6).unwrap().number, 3);
        assert!(publisher.forget_stale(SOON * 7).is_some());
        assert!(publisher.forget_stale(SOON * 7).is_some());
        assert!(publisher.forget_stale(SOON * 7).is_none());
        assert_eq!(publisher.assign(4, Vec::new()), 1);
        assert!(publisher.forget(1).is_some() && publisher.forget(1).is_none());
    }

    #[test]
    fn no_more_publishes_are_under_way_than_the_bound() {
        let mut publisher = publisher();
        for number in 0..MOST_POSTS as u32 {
            assert!(!publisher.is_full());
            publisher.assign(number, Vec::new());
        }
        assert!(publisher.is_full());
        publisher.keep(7, SOON);
        assert!(!publisher.is_full());
    }

    #[test]
    fn a_publish_is_sent_again_only_if_a_kept_connection_ended_without_a_word() {
        let mut publisher = publisher();
        let key = publisher.assign(0, b"POST".to_vec());
        publisher.post(key).unwrap().is_asked = true;
        assert!(!publisher.repeats(key), "the connection was new");
        publisher.keep(key, SOON);
        publisher.assign(1, b"POST".to_vec());
        publisher.post(key).unwrap().is_asked = true;
        assert!(publisher.repeats(key));
        assert!(!publisher.post(key).unwrap().is_asked);
        publisher.keep(key, SOON);
        publisher.assign(2, b"POST".to_vec());
        assert_eq!(publisher.line(key).unwrap().read(b"HTTP"), Ok(false));
        assert!(!publisher.repeats(key), "an answer had begun");
    }
}
