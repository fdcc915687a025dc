//! What the server counts of itself: plain integers that only the loop touches, put into words when someone asks.

mod census;
mod process;
mod report;

pub(crate) use report::Report;

use super::{
    Context, Reply,
    connection::{Connection, Over},
    hub::Hub,
};
use crate::{
    http::Response,
    reactor::{Ended, Slot},
};
use census::Census;
use process::Process;

/// Why someone was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There are as many connections as there may be.
    Connections,
    /// There are as many subscribers as there may be.
    Subscribers,
    /// The client asks too often.
    Rate,
    /// Too many jobs wait.
    Queue,
    /// A browser asked on behalf of another site.
    CrossSite,
    /// What came is no request, or does not say what it has to.
    Malformed,
    /// All clients together publish too often. Counted as [`Refused::Rate`], but with lines of its own in the log.
    Broadcasts,
}

impl Refused {
    /// The reasons that are told apart in the metrics.
    const ALL: [(Self, &str); 6] = [
        (Self::Connections, "connections"),
        (Self::Subscribers, "subscribers"),
        (Self::Rate, "rate"),
        (Self::Queue, "queue"),
        (Self::CrossSite, "cross_site"),
        (Self::Malformed, "malformed"),
    ];
}

/// Why a connection ended amid something: a stream, a poll, a request or its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disconnected {
    /// The client closed or reset it.
    Left,
    /// It fell behind by more than is held for it.
    Slow,
    /// It took nothing for too long, or acknowledged nothing.
    WriteTimeout,
    /// The server is shutting down.
    Drained,
    /// The system, or the application, failed.
    Error,
}

impl Disconnected {
    const ALL: [(Self, &str); 5] = [
        (Self::Left, "left"),
        (Self::Slow, "slow"),
        (Self::WriteTimeout, "write_timeout"),
        (Self::Drained, "drained"),
        (Self::Error, "error"),
    ];
}

/// The counters.
#[derive(Default)]
pub(super) struct Metrics {
    /// Events handed out: to a subscriber, when the socket has taken all of one; to one who polls, when it is answered.
    pub(super) deliveries: u64,
    refused: [u64; Refused::ALL.len()],
    disconnected: [u64; Disconnected::ALL.len()],
    /// The last answer, and the turn that it was made in: all who ask within one turn get the same.
    last: Option<(u64, Response)>,
}

impl Metrics {
    /// Someone was refused.
    pub(super) fn refused(&mut self, why: Refused) {
        let counted = match why {
            Refused::Broadcasts => Refused::Rate,
            why => why,
        };
        self.refused[counted as usize] += 1;
    }

    fn report(&self, report: &mut Report) {
        let help = "Events delivered, to subscribers and to those who poll";
        report.counter("picture_frame_deliveries_total", help, self.deliveries);
        let reasons = Disconnected::ALL.iter().map(|(_, name)| *name);
        let help = "Connections that ended during a stream, a poll, a request or its answer, by why: left (the client \
                    did), slow (fell behind by more than is held), write_timeout (took or acknowledged nothing), \
                    drained (shutdown), error";
        let values = reasons.zip(self.disconnected);
        report.counters("picture_frame_disconnects_total", help, "reason", values);
        let reasons = Refused::ALL.iter().map(|(_, name)| *name);
        let help = "Clients and requests refused, by why: connections and subscribers (as many as there may be), \
                    rate (one client's requests, or all clients' publishes), queue (too many jobs wait), cross_site (a browser's, for another \
                    site), malformed";
        let values = reasons.zip(self.refused);
        report.counters("picture_frame_refused_total", help, "reason", values);
    }
}

impl<A: 'static> Hub<A> {
    /// A connection ends for this reason, unless it ends well. At shutdown, streams and polls are counted when they are
    /// told that they end, and other answers end well.
    fn disconnected(&mut self, state: &Connection, why: Disconnected) {
        if state.is_amid() && (state.channel().is_some() || !self.is_draining()) {
            self.metrics.disconnected[why as usize] += 1;
        }
    }

    /// The server ends a connection for this reason.
    pub(super) fn cut(&mut self, slot: &Slot<Connection>, why: Disconnected) {
        let (number, (_, name)) = (slot.socket.number(), Disconnected::ALL[why as usize]);
        log::debug!("connection {number}: {name}");
        self.disconnected(&slot.state, why);
    }

    /// A connection is over by itself.
    pub(super) fn over(&mut self, slot: &Slot<Connection>, over: Over) {
        match over {
            Over::Done => {}
            Over::Slow => self.cut(slot, Disconnected::Slow),
            Over::Stalled => self.cut(slot, Disconnected::WriteTimeout),
        }
    }

    /// A connection is gone. One that the server closed was counted when it did.
    pub(super) fn closed(&mut self, state: &Connection, ended: Ended) {
        match ended {
            Ended::Closed => {}
            Ended::Left => self.disconnected(state, Disconnected::Left),
            Ended::Stalled => self.disconnected(state, Disconnected::WriteTimeout),
            Ended::Failed => self.disconnected(state, Disconnected::Error),
        }
    }
}

impl<A: 'static> Context<'_, A> {
    /// Counts one who is refused.
    pub(crate) fn refused(&mut self, why: Refused) {
        self.hub.refused(self.io, why);
    }

    /// Answers with the server's metrics, the process', and what `add` adds, in Prometheus' text format. What the
    /// system has to be asked for is read on a thread that does not wait for jobs.
    pub(crate) fn report(&mut self, add: fn(&A, &mut Report)) -> Reply<A> {
        self.share_file("metrics", Process::read, move |cx, process| {
            let turn = cx.io.meter().turns.total();
            let last = cx.hub.metrics.last.take();
            let response = match last {
                Some((of, response)) if of == turn => response,
                _ => cx.write_report(add, &process),
            };
            cx.hub.metrics.last = Some((turn, response.clone()));
            response.into()
        })
    }

    fn write_report(&self, add: fn(&A, &mut Report), process: &Process) -> Response {
        let mut report = Report::new();
        let (hub, meter) = (&self.hub, self.io.meter());
        let subscribers = hub.subscribers as u64;
        report.gauge(
            "picture_frame_subscribers",
            "Streams of events under way",
            subscribers,
        );
        Census::of(self.io.states(), &hub.channels).report(&mut report);
        add(self.app, &mut report);
        hub.metrics.report(&mut report);
        let help = "Bytes that came from clients";
        report.counter("picture_frame_received_bytes_total", help, meter.received);
        let help = "Bytes that clients' sockets took";
        report.counter("picture_frame_sent_bytes_total", help, meter.sent);
        let help = "Turns of the loop";
        report.counter("picture_frame_turns_total", help, meter.turns.total());
        let help = "How long a turn of the loop kept everyone else waiting, in seconds";
        report.histogram("picture_frame_turn_seconds", help, &meter.turns);
        let version = [(env!("CARGO_PKG_VERSION"), 1)];
        let help = "Always 1; the label tells the version";
        report.gauges("picture_frame_build_info", help, "version", version);
        process.report(&mut report);
        report.response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_stand_in_the_order_of_the_reasons() {
        for (index, (reason, _)) in Refused::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index);
        }
        for (index, (reason, _)) in Disconnected::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index);
        }
    }
}
