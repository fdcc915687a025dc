//! Connections by state, and how far behind the slowest subscriber is: counted when someone asks, so that nobody has to
//! keep it up to date. A look at 18,000 connections, and to write all of it down, takes some 0.2 ms.

use super::Report;
use crate::server::{
    connection::{Connection, State},
    parts::channels::Channels,
};

/// All connections, counted.
#[derive(Default)]
pub(super) struct Census {
    states: [u64; State::ALL.len()],
    slowest_behind: u64,
}

impl Census {
    pub(super) fn of<'a>(
        connections: impl Iterator<Item = &'a Connection>,
        channels: &Channels<impl Sized>,
    ) -> Self {
        let mut census = Self::default();
        for connection in connections {
            census.states[connection.state() as usize] += 1;
            if let Some(cursor) = connection.cursor() {
                let behind = channels.read(Some(cursor.channel())).behind(cursor);
                census.slowest_behind = census.slowest_behind.max(behind);
            }
        }
        census
    }

    pub(super) fn report(&self, report: &mut Report) {
        let states = State::ALL.iter().map(|(_, name)| *name).zip(self.states);
        let help = "Connections by what they wait for, the one that asks among the deferred";
        report.gauges("picture_frame_connections", help, "state", states);
        let help = "Events that the subscriber furthest behind was not sent";
        report.gauge("picture_frame_slowest_behind", help, self.slowest_behind);
    }
}
