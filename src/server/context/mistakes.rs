//! Warnings in the log, for the application's author.

use super::Context;
use crate::server::parts::{
    owner::Owner,
    warnings::{ChannelName, PAUSE},
};
use std::{fmt, time::Duration};

impl<A: 'static> Context<'_, A> {
    /// Logs that a call does nothing where it is made, and the call to use instead. Each place is logged once.
    pub(crate) fn mistake(&mut self, what: impl fmt::Display) {
        let line = format!("{}: {what}", self.place());
        let now = self.sockets.now();
        if self.parts.warnings.is_due(&line, Duration::MAX, now) {
            log::warn!("{line}");
        }
    }

    /// Logs that code held the loop. `part` names the code's part of a route or channel.
    pub(super) fn held_the_loop(&mut self, part: &str, took: Duration) {
        let code = format!("{part}{}", self.place());
        if self.parts.warnings.is_due(&code, PAUSE, self.sockets.now()) {
            let seconds = took.as_secs_f64();
            log::warn!(
                "{code} took {seconds:.1} s, and all connections waited: code that takes long belongs into a job, by \
                 Context::defer or Context::run"
            );
        }
    }

    /// The route or channel that the code runs for.
    fn place(&self) -> String {
        match self.purpose.owner {
            Owner::Channel(channel) => self.parts.channels.name(channel).map_or_else(
                || "a channel that has closed".to_owned(),
                |name| ChannelName(name).to_string(),
            ),
            Owner::Request(..) | Owner::Stream(..) | Owner::Gone => self.purpose.route.to_string(),
        }
    }
}
