//! The view of the loop: a stream that tells the loop's state.

use super::{Context, Reply, limits::busy};
use crate::{http::Response, reactor::Pace, server::parts::owner::Owner};

/// The bytes that the kernel may buffer of a view, which the kernel doubles: a look should be one write, since each further
/// write is a turn of its own.
const BUFFER: usize = 64 * 1024;
/// The delay after which a viewer comes back, in milliseconds.
const RETRY: u32 = 1000;

impl<A: 'static> Context<'_, A> {
    /// Replies with a stream that tells the state of the loop ten times a second, each time by an event `loop`. The reply
    /// is 503 while the server shuts down, and to more than 8 viewers.
    pub(crate) fn view(&mut self) -> Reply<A> {
        if self.is_draining() {
            return busy("The server is shutting down.").into();
        }
        let sockets = &mut *self.sockets;
        self.parts
            .viewers
            .present(|viewer| sockets.still(viewer.owner) == viewer.owner);
        if self.parts.viewers.is_full() {
            return busy("As many viewers look at the loop as may look.").into();
        }
        Reply::stream(Response::events(), |cx| cx.begin_view())
    }

    /// Sets the pace of the loop.
    pub(crate) fn set_pace(&mut self, pace: Pace) {
        self.sockets.set_pace(pace);
    }

    /// Has a paused loop take one turn. Returns false if the loop is not paused.
    pub(crate) fn ask_for_turn(&mut self) -> bool {
        self.sockets.ask_for_turn()
    }

    fn begin_view(&mut self) {
        self.write(format!("retry: {RETRY}\n\n"));
        if let Owner::Stream(at, _) = self.purpose.owner {
            self.sockets
                .with(at, |slot| slot.socket.limit_send_buffer(BUFFER));
            self.parts.viewers.add(self.purpose);
            self.sockets.open_view();
        }
    }
}
