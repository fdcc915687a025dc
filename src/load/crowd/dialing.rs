//! How a subscriber or a fetcher dials: to which address of the server, from which address and port, and what happens when
//! this machine has no more of them.

use super::{Crowd, course::Phase, drop_all};
use crate::{
    load::plan::limits,
    reactor::{Dial, Io, Token},
};
use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
};

/// Ports in a row that other services may have taken.
const PORTS_TO_TRY: usize = 8;

impl Crowd {
    /// Dials to an address for the subscriber with this number; from the next port if a port is taken by a service that
    /// listens there on all addresses.
    pub(super) fn dial(
        &mut self,
        io: &mut Io<Self>,
        number: u32,
        to: SocketAddr,
        receive_buffer: Option<usize>,
    ) -> io::Result<Token> {
        let mut dialled = self.dial_once(io, number, to, receive_buffer);
        for _ in 1..PORTS_TO_TRY {
            match &dialled {
                Err(error) if error.kind() == ErrorKind::AddrInUse => {
                    dialled = self.dial_once(io, number, to, receive_buffer);
                }
                _ => break,
            }
        }
        if let Err(error) = &dialled {
            self.finds_limit(io, error, to);
        }
        dialled
    }

    fn dial_once(
        &mut self,
        io: &mut Io<Self>,
        number: u32,
        to: SocketAddr,
        receive_buffer: Option<usize>,
    ) -> io::Result<Token> {
        self.dials = self.dials.wrapping_add(1);
        let bind = &self.plan.options.bind;
        let dial = Dial {
            to,
            from: self.plan.targets[0].source(to, number, self.dials, bind),
            receive_buffer,
        };
        let at = io.connect(&dial)?;
        // Without stamps, input counts as arrived when it is read.
        io.with(at, |slot| slot.socket.stamp_input());
        Ok(at)
    }

    /// Notes the limit of this machine that `error` tells of, if it does.
    pub(super) fn finds_limit(&mut self, io: &Io<Self>, error: &io::Error, to: SocketAddr) {
        if self.limit.is_none() {
            self.limit = limits::hit(error, io.connections(), to);
        }
    }

    /// The limit of this machine that ended the run before the crowd was held.
    pub(crate) fn limit_before_hold(&self) -> Option<String> {
        let limit = self.limit.clone();
        limit.filter(|_| self.course.phase == Phase::Ramp)
    }

    /// Ends the run at a limit of this machine: at once while the subscribers come, and else with the events that are on
    /// their way.
    pub(super) fn end_at_limit(&mut self, io: &mut Io<Self>) {
        match self.course.phase {
            Phase::Ramp => {
                drop_all(io);
                io.stop();
            }
            Phase::Hold => {
                log::warn!("a limit of this machine ends the run");
                self.break_off(io);
            }
            Phase::Settle | Phase::Leave => {}
        }
    }
}
