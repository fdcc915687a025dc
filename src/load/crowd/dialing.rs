//! How a subscriber or a fetcher dials: to which address of the server, and from which address and port.

use super::Crowd;
use crate::reactor::{Dial, Io, Token};
use std::io::{self, ErrorKind};

/// Ports in a row that other services may have taken.
const PORTS_TO_TRY: usize = 8;

impl Crowd {
    /// Dials for the subscriber with this number; from the next port if a port is taken by a service that listens there
    /// on all addresses.
    pub(super) fn dial(
        &mut self,
        io: &mut Io<Self>,
        number: u32,
        receive_buffer: Option<usize>,
    ) -> io::Result<Token> {
        for _ in 1..PORTS_TO_TRY {
            match self.dial_once(io, number, receive_buffer) {
                Err(error) if error.kind() == ErrorKind::AddrInUse => {}
                result => return result,
            }
        }
        self.dial_once(io, number, receive_buffer)
    }

    fn dial_once(
        &mut self,
        io: &mut Io<Self>,
        number: u32,
        receive_buffer: Option<usize>,
    ) -> io::Result<Token> {
        self.dials = self.dials.wrapping_add(1);
        let target = &self.plan.target;
        let dial = Dial {
            to: target.address(number),
            from: target.source(number, self.dials, &self.plan.options.bind),
            receive_buffer,
        };
        let at = io.connect(&dial)?;
        // Without stamps, input counts as arrived when it is read.
        io.with(at, |slot| slot.socket.stamp_input());
        Ok(at)
    }
}
