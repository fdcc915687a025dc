//! The mailbox, by which other threads reach the loop: a queue, and a descriptor that becomes readable (eventfd(2)).

use mio::Waker;
use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        mpsc::{self, Receiver, Sender},
    },
};

/// Posts messages to a handler from any thread, and wakes its loop.
pub struct Mailbox<M> {
    sender: Sender<M>,
    /// Absent until the mailbox has a loop.
    waker: Arc<OnceLock<Arc<Waker>>>,
}

impl<M> fmt::Debug for Mailbox<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").finish_non_exhaustive()
    }
}

impl<M> Clone for Mailbox<M> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            waker: Arc::clone(&self.waker),
        }
    }
}

impl<M> Mailbox<M> {
    /// A mailbox, whose messages wait until it has a loop, and the loop's end of it.
    pub(crate) fn new() -> (Self, Receiver<M>) {
        let (sender, inbox) = mpsc::channel();
        let waker = Arc::default();
        (Self { sender, waker }, inbox)
    }

    /// Posts a message, with which the loop calls [`Handler::message`](super::Handler::message). Posting never blocks, and
    /// does nothing after the loop's end.
    pub fn post(&self, message: M) {
        // The message comes first: a loop that is woken first may find no message, and sleep again.
        if self.sender.send(message).is_ok() {
            self.wake();
        }
    }

    /// Gives the mailbox its loop, which finds the messages that wait. A mailbox has at most one loop.
    pub(super) fn attach(&self, waker: Arc<Waker>) {
        let is_first = self.waker.set(waker).is_ok();
        debug_assert!(is_first, "a second loop");
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.get()
            && let Err(error) = waker.wake()
        {
            log::error!("cannot wake the loop: {error}");
        }
    }
}
