//! The requests of a connection on their way in.

use crate::{channel::Cursor, http::Input, server::parts::owner::RouteName, timer_wheel::Tick};

/// Requests on their way in. The first of them is the present request: it is being read or answered.
#[derive(Debug, Default)]
pub struct Incoming {
    /// The bytes of the requests.
    pub input: Input,
    /// The number of the present request, which no other of the latest 2³² requests of the server has: a job or a timer
    /// that was begun for an earlier request does not reach this request.
    pub number: u32,
    /// The route that answers the present request.
    pub route: RouteName,
    /// The tick at which the first byte of the present request came.
    pub(super) since: Tick,
    /// True once the peer has ended its direction.
    pub(super) ended: bool,
    /// The place in a channel at which the present request was held, if it was held.
    pub held: Option<Cursor>,
    /// The tick at which that hold ends.
    pub until: Tick,
    /// True if the request is held until its channel has read as far as the client.
    pub catches_up: bool,
}

impl Incoming {
    /// True if the peer has ended its direction behind the present request.
    pub fn is_last(&self) -> bool {
        self.ended && !self.input.has_more()
    }

    /// The number of bytes on the heap.
    pub fn held(&self) -> usize {
        size_of::<Self>() + self.input.held()
    }
}
