//! A client that has seen more than this server: it comes from another server, which has read further in the journal
//! that both share.

use super::{Answer, Context, Reply, framing};
use crate::{
    channel::Cursor,
    event::Id,
    http::{Method, Request},
    timer_wheel::Tick,
};
use std::time::Duration;

/// The longest wait of a client until the server has read as far as the client.
pub(super) const CATCHING_UP: Duration = Duration::from_secs(2);

/// The hold of a request: until its channel has an event behind the cursor, or until a time.
#[derive(Clone, Copy, Debug)]
pub(in crate::server) struct Held {
    pub(in crate::server) cursor: Cursor,
    pub(in crate::server) until: Tick,
    /// True if the request waits until the channel has read as far as the client.
    pub(in crate::server) catches_up: bool,
}

impl<A: 'static> Context<'_, A> {
    /// Holds the request of a client that names the event `seen`, if the channel's journal may report this event within
    /// `wait`. The action is called again when an event has come. `None` if there is nothing to wait for.
    pub(super) fn catch_up(
        &mut self,
        request: &Request<'_>,
        channel: &str,
        seen: Option<Id>,
        wait: Duration,
    ) -> Option<Reply<A>> {
        let channels = &self.parts.channels;
        if request.method == Method::Head || !channels.may_bring(channel, seen?) {
            return None;
        }
        let (events, now) = (channels.named(channel)?, self.sockets.now());
        let until = match self.polled {
            None => now.after(wait.min(CATCHING_UP)),
            // A hold without news is over for good: its time is up, or the client has left.
            Some(held) if !held.catches_up || !events.has_more(&held.cursor) => return None,
            Some(held) if held.until.is_due(now) => return None,
            Some(held) => held.until,
        };
        Some(Reply(Answer::Poll(Held {
            cursor: events.end(framing(request)),
            until,
            catches_up: true,
        })))
    }
}
