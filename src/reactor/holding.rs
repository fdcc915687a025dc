//! The hold: the operator has the loop stand still, turn by turn or 100 ms before each turn, to look at it.
//!
//! A turn is held between its wait and its work. Meanwhile the loop serves the connections of the listeners that are
//! [apart](super::Listener::apart), and no other: it keeps the edges that the poller reports of the others, one for each
//! connection, and serves them in the turn. Input and connections wait in the kernel, and messages in the mailbox. The
//! loop's clock stands still, so that no deadline comes because of a hold. A signal ends the hold.

use super::{
    Handler, Io, MAILBOX, Pace, Reactor, SIGNALS, Token,
    edge::Edge,
    token::listener_number,
    turn::{hear, serve_edge, shorter},
};
use std::{
    io,
    time::{Duration, Instant},
};

impl<H: Handler> Reactor<H> {
    /// Holds the turn whose wait is over, as the pace says. Then notes what is ready, and takes the time.
    pub(super) fn hold(&mut self, handler: &mut H) -> io::Result<()> {
        if self.io.hold.pace() == Pace::Free {
            return Ok(());
        }
        let began = Instant::now();
        loop {
            let has_more = self.serve_apart(handler);
            let (_, until_look) = self.look(handler);
            let left = self.io.hold.left(began.elapsed());
            if left == Some(Duration::ZERO) || !self.io.running {
                break;
            }
            let most = if has_more { Some(Duration::ZERO) } else { left };
            self.poll(shorter(most, until_look))?;
        }
        self.io.hold.end();
        self.poll(Some(Duration::ZERO))?;
        self.io.stand_still();
        Ok(())
    }

    /// Serves the signals and the connections that are apart, and keeps the edges of the others. Returns true if more
    /// connections may wait at a listener that is apart, or if connections that are apart have more work.
    fn serve_apart(&mut self, handler: &mut H) -> bool {
        self.io.renew_budget();
        let Self {
            events,
            scratch,
            listeners,
            signals,
            io,
            ..
        } = self;
        for event in &*events {
            match event.token() {
                MAILBOX => {}
                SIGNALS => {
                    io.set_pace(Pace::Free);
                    hear(signals, io, handler);
                }
                token => match io.named(token) {
                    Some(at) if io.is_apart(at) => {
                        serve_edge(io, scratch, handler, at, Edge::of(event));
                    }
                    Some(_) => io.hold.keep(token, Edge::of(event)),
                    None => listener_number(token)
                        .into_iter()
                        .for_each(|number| listeners.ready(number)),
                },
            }
        }
        events.clear();
        for at in io.take_endings_apart() {
            handler.ended(io, at);
        }
        let may_wait = listeners.accept_apart(io, handler);
        let has_more = handler.turn_apart(io);
        self.bury(handler);
        may_wait || has_more
    }
}

impl<H: Handler> Io<H> {
    /// The pace of the loop.
    pub(crate) fn pace(&self) -> Pace {
        self.hold.pace()
    }

    /// Sets the pace of the loop.
    pub(crate) fn set_pace(&mut self, pace: Pace) {
        self.hold.set_pace(pace);
    }

    /// Has a paused loop take one turn. Returns false if the loop is not paused.
    pub(crate) fn ask_for_turn(&mut self) -> bool {
        self.hold.ask()
    }

    /// The number of connections with edges that wait for a turn that is held.
    pub(crate) fn kept_edges(&self) -> usize {
        self.hold.kept()
    }

    /// Takes the connections apart from the paused connections whose peer has ended its direction.
    fn take_endings_apart(&mut self) -> Vec<Token> {
        let all = std::mem::take(&mut self.endings).into_iter();
        let (apart, others) = all.partition(|at| self.is_apart(*at));
        self.endings = others;
        apart
    }

    /// True if the connection is one of a listener that is apart.
    pub(super) fn is_apart(&self, at: Token) -> bool {
        self.apart().contains(&at)
    }
}
