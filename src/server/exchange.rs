//! An exchange without a network: for tests of actions.

use super::Server;
use crate::reactor::{Handler as _, Reactor};
use std::{
    io::{self, ErrorKind, Read, Write},
    os::unix::net::UnixStream,
};

impl<A: 'static> Server<A> {
    /// Answers the bytes of a client, on this thread and without a port: for tests of actions. Returns the bytes that the
    /// server sends until it waits for more input, for a time or for an event. Jobs that the requests begin are awaited.
    /// The client then leaves. The state of the application and the channels that are kept stay.
    ///
    /// ```
    /// # use picture_frame::{http::{Request, Response}, server::{Context, Reply, Router, Server, Settings}};
    /// fn count(cx: &mut Context<'_, u32>, _: &Request<'_>) -> Reply<u32> {
    ///     *cx.app += 1;
    ///     Response::text(200, cx.app.to_string()).into()
    /// }
    ///
    /// let mut server = Server::new(0, Router::new().get("/", count), &Settings::default())?;
    /// for number in ["1", "2"] {
    ///     let answer = server.exchange(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ///     let answer = String::from_utf8(answer)?;
    ///     assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(number));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the system refuses the descriptors that the loop needs, or a pair of sockets (socketpair(2)).
    pub fn exchange(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut reactor = self.take_loop().expect("the system gives descriptors");
        let answer = self.converse(&mut reactor, bytes);
        self.rehearsed = Some(Box::new(reactor));
        answer.expect("the system gives a pair of sockets")
    }

    fn converse(&mut self, reactor: &mut Reactor<Self>, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let (at, mut client) = reactor.pair()?;
        self.opened(reactor.io(), at);
        let (mut unsent, mut answer) = (bytes, Vec::new());
        loop {
            let had = (unsent.len(), answer.len());
            send(&mut client, &mut unsent)?;
            let is_waiting = self.parts.outstanding() > 0;
            let is_busy = reactor.step(self, is_waiting)?;
            receive(&mut client, &mut answer)?;
            if !is_busy && !is_waiting && had == (unsent.len(), answer.len()) {
                break;
            }
        }
        reactor.io().with(at, |slot| slot.socket.close());
        reactor.step(self, false)?;
        Ok(answer)
    }
}

/// Sends as many bytes as the socket takes. A server that has closed the connection takes none.
fn send(client: &mut UnixStream, unsent: &mut &[u8]) -> io::Result<()> {
    match client.write(unsent) {
        Ok(count) => *unsent = &unsent[count..],
        Err(error) if is_no_room(&error) => {}
        Err(_) => *unsent = &[],
    }
    Ok(())
}

/// Receives the bytes that the server has sent.
fn receive(client: &mut UnixStream, answer: &mut Vec<u8>) -> io::Result<()> {
    match client.read_to_end(answer) {
        Err(error) if !is_no_room(&error) && error.kind() != ErrorKind::ConnectionReset => {
            Err(error)
        }
        _ => Ok(()),
    }
}

fn is_no_room(error: &io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock
}
