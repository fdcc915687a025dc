//! The publisher's state: the publishes that wait, and the publish whose answer is out. Knows no socket.

use crate::{
    load::wire::{exchange::Exchange, response::Fault, target::Target},
    reactor::Token,
};
use std::{collections::VecDeque, mem};

/// The connection that publishes, and what is to be published.
pub(super) struct Publisher {
    pub(super) target: Target,
    pub(super) at: Option<Token>,
    /// The broadcast whose answer is out.
    pub(super) asked: Option<u32>,
    pub(super) is_sent: bool,
    pub(super) answer: Exchange,
    waiting: VecDeque<u32>,
    /// Publishes that are not due yet.
    to_come: u32,
}

impl Publisher {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            at: None,
            asked: None,
            is_sent: false,
            answer: Exchange::default(),
            waiting: VecDeque::new(),
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
        self.waiting.clear();
        self.asked = None;
        left
    }

    /// Whether everything was published and answered.
    pub(super) fn is_done(&self) -> bool {
        self.left() == 0
    }

    /// How many publishes are to come, or wait, or have no answer.
    fn left(&self) -> u64 {
        u64::from(self.to_come) + self.waiting.len() as u64 + u64::from(self.asked.is_some())
    }

    /// Whether a publish that has become due is wanted.
    pub(super) fn is_awaiting(&self) -> bool {
        self.to_come > 0
    }

    /// A publish that was to come is due: the broadcast with this number waits for its turn.
    pub(super) fn comes_due(&mut self, number: u32) {
        self.to_come -= 1;
        self.waiting.push_back(number);
    }

    /// Turns to the broadcast that waits longest, if no answer is out. Returns whether that is so.
    pub(super) fn turns(&mut self) -> bool {
        if self.asked.is_some() {
            return false;
        }
        self.asked = self.waiting.pop_front();
        self.is_sent = false;
        self.asked.is_some()
    }

    /// Takes some of the answer. Returns whether the answer is whole.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        self.answer.read(bytes)
    }

    /// Forgets the answer, to make room for the next. Returns its status, and the broadcast that it is about.
    pub(super) fn take_answer(&mut self) -> (u16, Option<u32>) {
        (mem::take(&mut self.answer).status, self.asked.take())
    }

    /// The request that publishes `keyword`.
    pub(super) fn request(&self, keyword: &str, is_kept: bool) -> String {
        let (host, path) = (&self.target.host, &self.target.path);
        let body = format!("keyword={keyword}");
        let close = if is_kept { "" } else { "Connection: close\r\n" };
        format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{close}Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publish_waits_until_the_one_before_is_answered_and_none_is_forgotten() {
        let mut publisher = Publisher::new(Target::resolve("http://127.0.0.1:4000/").unwrap());
        publisher.start(3);
        publisher.comes_due(0);
        publisher.comes_due(1);
        assert!(publisher.turns() && !publisher.turns());
        assert_eq!(publisher.asked, Some(0));
        let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(publisher.read(answer), Ok(true));
        assert_eq!(publisher.take_answer(), (204, Some(0)));
        assert!(publisher.turns() && !publisher.is_done());
        assert_eq!(publisher.give_up(), 2);
        assert!(publisher.is_done() && !publisher.is_awaiting() && !publisher.turns());
    }
}
