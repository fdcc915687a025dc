//! A pipe: the layer between the bytes of a socket and the requests and answers above, either plain or TLS. It also keeps
//! what a socket has not taken. Pure: bytes in, bytes out.

use super::{
    response::Fault,
    target::Target,
    tls::{Session, Trust},
};

/// The pipe of a connection. A plain pipe from which everything was sent holds nothing on the heap.
#[derive(Debug, Default)]
pub(crate) struct Pipe(Option<Box<Held>>);

const _: () = assert!(size_of::<Pipe>() <= 8);

#[derive(Debug, Default)]
struct Held {
    /// The session, if the pipe is not plain.
    session: Option<Session>,
    /// Bytes that the socket has not taken.
    unsent: Vec<u8>,
}

impl Pipe {
    /// The pipe of a new connection to `target`. Over TLS there is something to send from the beginning.
    pub(crate) fn new(target: &Target, trust: &Trust) -> Result<Self, Fault> {
        let Some(name) = &target.name else {
            return Ok(Self::default());
        };
        Ok(Self(Some(Box::new(Held {
            session: Some(trust.session(name)?),
            unsent: Vec::new(),
        }))))
    }

    /// Takes bytes of the socket, and tells the plaintext in them. Over TLS there may be something to send afterwards.
    pub(crate) fn read<E: From<Fault>>(
        &mut self,
        bytes: &[u8],
        tell: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        match self.session() {
            Some(session) => session.read(bytes, tell),
            None => tell(bytes),
        }
    }

    /// Takes plaintext that is to be sent.
    pub(crate) fn write(&mut self, plain: &[u8]) {
        let held = self.0.get_or_insert_default();
        match &mut held.session {
            Some(session) => session.write(plain),
            None => held.unsent.extend_from_slice(plain),
        }
    }

    /// Offers the bytes that are to be sent to `socket`, which returns how many it took. The caller comes again when the
    /// socket takes more.
    pub(crate) fn flush(&mut self, mut socket: impl FnMut(&[u8]) -> usize) {
        let Some(held) = &mut self.0 else {
            return;
        };
        if let Some(session) = &mut held.session {
            session.seal(&mut held.unsent);
        }
        while !held.unsent.is_empty() {
            match socket(&held.unsent) {
                0 => return,
                taken => drop(held.unsent.drain(..taken)),
            }
        }
        held.unsent = Vec::new();
        if held.session.is_none() {
            self.0 = None;
        }
    }

    /// Whether the handshake is over, if there is one, and everything was sent.
    pub(crate) fn is_through(&self) -> bool {
        self.0.as_ref().is_none_or(|held| {
            let waits = held.session.as_ref().is_some_and(Session::is_busy);
            held.unsent.is_empty() && !waits
        })
    }

    /// Whether the server has told that it sends no more. A plain server tells so by closing the connection.
    pub(crate) fn is_ended(&self) -> bool {
        let session = self.0.as_ref().and_then(|held| held.session.as_ref());
        session.is_some_and(|session| session.is_ended)
    }

    /// Whether the connection may end here. Any machine on the way can close a connection, so that over TLS a body that ends
    /// with its connection is whole only if the server has told its end (RFC 9112, section 9.8).
    pub(crate) fn end(&self) -> Result<(), Fault> {
        let session = self.0.as_ref().and_then(|held| held.session.as_ref());
        match session {
            Some(session) if !session.is_ended => Err(Fault::Cut("without TLS's close_notify")),
            _ => Ok(()),
        }
    }

    fn session(&mut self) -> Option<&mut Session> {
        self.0.as_mut()?.session.as_mut()
    }
}

#[cfg(test)]
mod tests;
