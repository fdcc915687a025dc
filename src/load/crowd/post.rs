//! The publisher's state: its connections, and the publishes that have no answer. Knows no socket.

use crate::{
    load::wire::{
        exchange::Exchange,
        pipe::Pipe,
        publication::{Edition, Publication},
        response::Fault,
        target::{Reference, Target},
    },
    reactor::Token,
};
use slab::Slab;
use std::{collections::VecDeque, time::Duration};

/// The most publishes that have no answer. Each takes a connection, and a server that is this far behind is overloaded.
pub(crate) const MOST_POSTS: usize = 1024;
/// The longest time that a connection stays unused before its next publish: a server may close it in between.
const KEEP: Duration = Duration::from_secs(4);

/// The redirections that a publish follows.
const MOST_HOPS: u8 = 5;

/// The publisher: each publish has a connection of its own until its answer has come.
pub(super) struct Publisher {
    pub(super) target: Target,
    publication: Publication,
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
    /// A redirection took away the method and the body.
    is_get: bool,
    /// How often the publish was redirected.
    hops: u8,
}

/// The way on from an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Onward {
    /// The answer is the last.
    None,
    /// The publish is to be sent again, elsewhere on the same server.
    Redirected,
    /// The answer redirects the publish, and is not followed; why.
    Nowhere(&'static str),
}

impl Post {
    fn new(number: u32, request: Vec<u8>) -> Self {
        Self {
            number,
            request,
            is_asked: false,
            answer: Exchange::default(),
            is_begun: false,
            is_get: false,
            hops: 0,
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
    pub(super) fn new((target, publication): (Target, Publication)) -> Self {
        Self {
            target,
            publication,
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

    /// Gives up everything that is not answered. Returns how many publishes were still to come, and the broadcasts of the
    /// others.
    pub(super) fn give_up(&mut self) -> (u64, Vec<u32>) {
        let to_come = u64::from(self.to_come);
        let posts = self.lines.iter().filter_map(|(_, line)| line.post.as_ref());
        let mut unanswered: Vec<u32> = posts.map(|post| post.number).collect();
        unanswered.sort_unstable();
        self.stop();
        self.lines.clear();
        self.idle.clear();
        (to_come, unanswered)
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

    /// The request that publishes an edition.
    pub(super) fn request(&self, edition: Edition<'_>) -> Vec<u8> {
        let Target { host, path, .. } = &self.target;
        self.publication.request(host, path, edition)
    }

    /// Takes a publish onward from its answer, as browsers do: a redirection with 301 or 302 makes a GET of a POST, and
    /// one with 307 or 308 leaves the request as it is (RFC 9110, section 15.4).
    pub(super) fn goes_on(&mut self, key: u32, edition: Edition<'_>) -> Onward {
        let line = self.lines.get_mut(key as usize);
        let Some(post) = line.and_then(|line| line.post.as_mut()) else {
            return Onward::None;
        };
        let path = match way(&post.answer, &self.target) {
            Ok(None) => return Onward::None,
            Ok(Some(_)) if post.hops == MOST_HOPS => {
                return Onward::Nowhere("was redirected more than five times");
            }
            Ok(Some(path)) => path,
            Err(why) => return Onward::Nowhere(why),
        };
        let publication = &self.publication;
        post.is_get |= publication.method == "POST" && [301, 302].contains(&post.answer.status);
        let request = match post.is_get {
            true => publication
                .as_get()
                .request(&self.target.host, &path, edition),
            false => publication.request(&self.target.host, &path, edition),
        };
        *post = Post {
            is_get: post.is_get,
            hops: post.hops + 1,
            ..Post::new(post.number, request)
        };
        Onward::Redirected
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

/// The path that an answer redirects to; nothing if it is no redirection.
fn way(answer: &Exchange, from: &Target) -> Result<Option<String>, &'static str> {
    if ![301, 302, 307, 308].contains(&answer.status) {
        return Ok(None);
    }
    let location = answer.location.as_deref().unwrap_or_default();
    let location = std::str::from_utf8(location).unwrap_or_default();
    match from.refer(location) {
        Some(Reference::Path(path)) if !location.is_empty() => Ok(Some(path)),
        Some(Reference::Elsewhere) => {
            Err("was redirected to another server, which is not followed")
        }
        _ => Err("was redirected without a place to go"),
    }
}

#[cfg(test)]
mod tests;
