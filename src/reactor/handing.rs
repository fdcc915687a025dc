//! Sockets that outlive the program. A descriptor is a reference to an open socket, and another process can get one too.
//! The loop lends its descriptors to be sent, and takes a socket back if the other process does not take over.
//!
//! A socket that another process has as well stays registered with a poller after this process has closed its own
//! descriptor (epoll(7)). The loop therefore deregisters a socket before it hands the socket over.

use super::{Handler, Io, Listener, Meter, Reactor, Token, bind::Listening, turn::hear};
use crate::handover::CarriedListener;
use mio::{Interest, net::TcpStream};
use std::{
    io,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::net::UnixListener,
    },
};

impl<H: Handler> Io<H> {
    /// The descriptor of a connection. None if the connection is gone.
    pub(crate) fn lend(&self, at: Token) -> Option<BorrowedFd<'_>> {
        let slot = self.slots.get(at.index as usize)?;
        (slot.socket.generation == at.generation).then(|| slot.socket.stream.as_fd())
    }

    /// Deregisters a connection, of which the loop then hears nothing.
    pub(crate) fn release(&mut self, at: Token) -> io::Result<()> {
        match self.slots.get_mut(at.index as usize) {
            Some(slot) => self.registry.deregister(&mut slot.socket.stream),
            None => Ok(()),
        }
    }

    /// Registers a connection that was released. The poller reports at once whether the socket is ready.
    pub(crate) fn take_back(&mut self, at: Token) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        match self.slots.get_mut(at.index as usize) {
            Some(slot) => self
                .registry
                .register(&mut slot.socket.stream, at.into(), interest),
            None => Ok(()),
        }
    }

    /// The loop's counts of itself, to add the counts of another process.
    pub(crate) fn meter_mut(&mut self) -> &mut Meter {
        &mut self.meter
    }

    /// Takes over a connection of another process.
    pub(crate) fn adopt(&mut self, socket: OwnedFd, is_apart: bool) -> io::Result<Token> {
        self.open(TcpStream::from(socket), is_apart)
    }
}

impl<H: Handler> Reactor<H> {
    /// Runs the loop until the handler calls [`Io::stop`]. The loop can run again.
    ///
    /// # Errors
    ///
    /// As of [`Reactor::run`].
    pub(crate) fn go_on(&mut self, handler: &mut H) -> io::Result<()> {
        self.io.running = true;
        while self.io.running {
            self.turn(handler)?;
        }
        Ok(())
    }

    /// Calls the handler for all messages that were posted before.
    pub(crate) fn catch_up(&mut self, handler: &mut H) {
        self.io.take_time(None, false);
        self.more = true;
        while std::mem::take(&mut self.more) {
            self.deliver(handler);
        }
        self.bury(handler);
    }

    /// Calls the handler for the signals that the process got since the last turn.
    pub(crate) fn hear(&mut self, handler: &mut H) {
        hear(&mut self.signals, &mut self.io, handler);
    }

    /// The listeners, each with its descriptor.
    pub(crate) fn lend_listeners(&self) -> impl Iterator<Item = (CarriedListener, BorrowedFd<'_>)> {
        self.listeners.lend()
    }

    /// Makes the files of unix sockets, which were another process's, those of this process.
    pub(crate) fn own_files(&mut self) {
        self.listeners.own_files();
    }

    /// Closes the descriptors of the listeners, which another process has as well, and leaves the files of unix sockets
    /// to that process.
    pub(crate) fn forget_listeners(&mut self) {
        self.listeners.forget_files();
        self.listeners.close(self.poll.registry());
    }
}

impl Listener {
    /// The listener that another process had.
    ///
    /// # Errors
    ///
    /// When the socket has no address.
    pub(crate) fn inherited(socket: OwnedFd, carried: &CarriedListener) -> io::Result<Self> {
        let mut listener: Self = match carried.is_unix {
            true => Self::from(UnixListener::from(socket)),
            false => Self {
                file: None,
                socket: Listening::Tcp(socket.into()),
                is_apart: false,
            },
        };
        if carried.owns_file {
            listener.hold_file()?;
        }
        Ok(match carried.is_operators {
            true => listener.apart(),
            false => listener,
        })
    }
}
