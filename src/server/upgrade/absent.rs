//! A server without the upgrade, which is a part of the program.

use crate::{
    reactor::{Io, Reactor, Token},
    server::{Failure, Server},
};
use std::convert::Infallible;

/// No upgrade is ever under way.
#[derive(Default)]
pub(super) enum Upgrade {
    #[default]
    None,
}

/// There are no steps.
pub(super) type Progress = Infallible;
/// There is no new version to start.
pub(crate) type Successor = Infallible;

/// Nothing goes along.
pub(super) struct Carrying<A>(std::marker::PhantomData<A>);

impl<A: 'static> Server<A> {
    pub(super) fn run_loop(&mut self, reactor: Reactor<Self>) -> Result<(), Failure> {
        Ok(reactor.run(self)?)
    }

    pub(super) fn ask_for_upgrade(&mut self, _: &mut Io<Self>, cause: &str) {
        log::info!("{cause}: nothing to do");
    }

    pub(super) fn progress(&mut self, _: &mut Io<Self>, progress: Progress) {
        match progress {}
    }

    pub(super) fn look_at_upgrade(&mut self, _: &mut Io<Self>) {}

    pub(super) fn give_up_upgrade(&mut self) {}

    pub(super) fn has_handed_over(&self) -> bool {
        false
    }

    pub(super) fn send_late(&mut self, _: &mut Io<Self>, _: Token) -> bool {
        false
    }

    pub(super) fn pass_on(&mut self) {}
}
