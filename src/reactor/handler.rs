//! The callbacks of a loop's owner.

use super::{Ended, Io, Token};
#[cfg(doc)]
use super::{Mailbox, Reactor, Socket};
use std::sync::Arc;

/// The owner of the connections' states. The loop calls it for everything that happens to a connection.
///
/// Every callback runs on the loop's thread and must not block it. Only [`received`](Handler::received) has to be written;
/// each other callback does by default what suits a handler that needs nothing of its kind. See the [module](super) for an
/// example.
#[expect(
    unused_variables,
    reason = "the documentation shows the arguments by their names"
)]
pub trait Handler: Sized {
    /// The part of a slot that belongs to the handler: its state of one connection.
    type State: Default;
    /// The type of the messages that other threads post.
    type Message: Send + 'static;

    /// The peer sent `bytes`: 1 to 16,384 bytes, cut anywhere. This callback has no default.
    fn received(&mut self, io: &mut Io<Self>, at: Token, bytes: &[u8]);

    /// The connection was accepted. It has no deadline unless this callback sets one. By default nothing happens.
    fn opened(&mut self, io: &mut Io<Self>, at: Token) {}

    /// The peer will send no more, and may still read (a half-close). The loop may call this twice. A paused socket may
    /// have unread input before the end: [`Socket::has_input`]. By default the connection is closed.
    fn ended(&mut self, io: &mut Io<Self>, at: Token) {
        io.with(at, |slot| slot.socket.close());
    }

    /// Input waits at a paused socket. With [much](Socket::has_much_input) input the kernel may take no more, and does not
    /// report the peer's end behind the input. By default nothing happens.
    fn input_waits(&mut self, io: &mut Io<Self>, at: Token) {}

    /// The socket takes bytes again. The first call for a connection that this side makes says that it is connected. By
    /// default nothing happens.
    fn writable(&mut self, io: &mut Io<Self>, at: Token) {}

    /// The connection's deadline has come: never early, a tick late, or later when the loop is busy. The callback moves the
    /// deadline or closes the connection. A deadline that stays in the past comes again after each [`Io::with`]. By default
    /// the connection is closed.
    fn expired(&mut self, io: &mut Io<Self>, at: Token) {
        io.with(at, |slot| slot.socket.close());
    }

    /// The alarm that [`Io::alarm`] set under `id` has come. By default nothing happens.
    fn alarm(&mut self, io: &mut Io<Self>, id: u32) {}

    /// Another thread posted `message` by [`Mailbox::post`]. The messages of one thread come in their order. By default
    /// nothing happens.
    fn message(&mut self, io: &mut Io<Self>, message: Self::Message) {}

    /// The process got one of the signals that [`Reactor::new`] was given. By default the loop stops.
    fn signal(&mut self, io: &mut Io<Self>, signal: i32) {
        io.stop();
    }

    /// The turn is nearly over: a slice of background work may follow. Returns true if more work is left, so that the next
    /// turn must not sleep. By default there is no such work.
    fn turn(&mut self, io: &mut Io<Self>) -> bool {
        false
    }

    /// A time to look at the loop, between two turns, while its view is open. Returns true if work is left to the turn.
    #[cfg(feature = "frame")]
    #[doc(hidden)]
    fn look(&mut self, io: &mut Io<Self>) -> bool {
        false
    }

    /// The connection is gone, as `ended` says, and the handler gets its state back. The loop calls this once for each
    /// connection that was opened, except for connections that are open when the loop stops. By default nothing happens.
    fn closed(&mut self, io: &mut Io<Self>, at: Token, state: Self::State, ended: Ended) {}

    /// The bytes that a connection's state has on the heap, which the loop adds up over all connections. By default 0.
    fn held(state: &Self::State) -> usize {
        0
    }

    /// Bytes that a connection's state may share with other connections. The loop counts the bytes once, as long as any
    /// connection holds them. By default there are none.
    fn shared(state: &Self::State) -> Option<&Arc<[u8]>> {
        None
    }
}
