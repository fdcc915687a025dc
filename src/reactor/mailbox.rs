//! The mailbox, by which other threads reach the loop: a queue, and a descriptor that becomes readable (eventfd(2)).

use mio::Waker;
use std::{
    fmt,
    sync::{Arc, mpsc::Sender},
};

/// Posts messages to a handler from any thread, and wakes its loop.
pub struct Mailbox<M> {
    pub(super) sender: Sender<M>,
    pub(super) waker: Arc<Waker>,
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
    /// Posts a message, with which the loop calls [`Handler::message`](super::Handler::message). Posting never blocks, and
    /// does nothing after the loop's end.
    pub fn post(&self, message: M) {
        if self.sender.send(message).is_ok()
            && let Err(error) = self.waker.wake()
        {
            log::error!("cannot wake the loop: {error}");
        }
    }
}
