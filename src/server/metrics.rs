//! The server's counters: plain integers that only the loop touches, written as text when `/metrics` is asked for.

mod census;
mod process;
mod report;

pub(crate) use report::Report;

use super::{
    Context, Reply,
    connection::{Connection, Disconnected},
    hub::Hub,
};
use crate::{
    http::Response,
    reactor::{Ended, Slot},
};
use census::Census;
use process::Process;
use strum::{EnumCount, VariantNames};

/// Why a request, a subscriber or a connection is refused: the `reason` of `picture_frame_refused_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Refused {
    /// The server has as many connections as it may have.
    Connections,
    /// The server has as many subscribers as it may have.
    Subscribers,
    /// The client asks too often.
    Rate,
    /// Too many jobs wait.
    Queue,
    /// A browser asks on behalf of another site.
    CrossSite,
    /// The request is invalid or lacks something.
    Malformed,
    /// All clients together publish too often. Counted as [`Refused::Rate`], but with lines of its own in the log.
    #[strum(disabled)]
    Broadcasts,
}

/// The counters, and the last answer made of them.
#[derive(Default)]
pub(super) struct Metrics {
    /// Events delivered. A subscriber's event counts when the socket has taken all of it, a poll's when the poll is
    /// answered.
    pub(super) deliveries: u64,
    refused: [u64; Refused::COUNT],
    disconnected: [u64; Disconnected::COUNT],
    /// The last answer, and the turn that made it. All requests of one turn get the same answer.
    last: Option<(u64, Response)>,
}

impl Metrics {
    /// Counts a refusal.
    pub(super) fn refused(&mut self, why: Refused) {
        let counted = match why {
            Refused::Broadcasts => Refused::Rate,
            why => why,
        };
        self.refused[counted as usize] += 1;
    }

    fn report(&self, report: &mut Report) {
        let help = "Events delivered, to subscribers and to those who poll";
        report
            .counter("picture_frame_deliveries_total", help)
            .is(self.deliveries);
        let help = "Connections that ended during a stream, a poll, a request or its answer, by why: left (the client \
                    did), slow (fell behind by more than is held), write_timeout (took or acknowledged nothing), \
                    drained (shutdown), error";
        let counter = report.counter("picture_frame_disconnects_total", help);
        counter.by("reason", Disconnected::VARIANTS, &self.disconnected);
        let help = "Clients and requests refused, by why: connections and subscribers (as many as there may be), \
                    rate (one client's requests, or all clients' publishes), queue (too many jobs wait), cross_site (a browser's, for another \
                    site), malformed";
        let counter = report.counter("picture_frame_refused_total", help);
        counter.by("reason", Refused::VARIANTS, &self.refused);
    }
}

impl<A: 'static> Hub<A> {
    /// Counts a connection that ends before everything is sent. At shutdown, streams and polls are counted when they are
    /// told that they end, and other answers end well.
    fn disconnected(&mut self, state: &Connection, why: Disconnected) {
        if state.is_amid() && (state.channel().is_some() || !self.is_draining()) {
            self.metrics.disconnected[why as usize] += 1;
        }
    }

    /// Logs and counts a connection that the server ends.
    pub(super) fn cut(&mut self, slot: &Slot<Connection>, why: Disconnected) {
        let (number, name) = (slot.socket.number(), Disconnected::VARIANTS[why as usize]);
        log::debug!("connection {number}: {name}");
        self.disconnected(&slot.state, why);
    }

    /// Counts a connection that the reactor ended. A connection that the server closed was counted by then.
    pub(super) fn closed(&mut self, state: &Connection, ended: Ended) {
        let why = match ended {
            Ended::Closed => return,
            Ended::Left => Disconnected::Left,
            Ended::Stalled => Disconnected::WriteTimeout,
            Ended::Failed => Disconnected::Error,
        };
        self.disconnected(state, why);
    }
}

impl<A: 'static> Context<'_, A> {
    /// Counts a refusal, and logs it if its limit is reached anew.
    pub(crate) fn refused(&mut self, why: Refused) {
        self.hub.refused(self.io, why);
    }

    /// Answers with the metrics of the server and of the process, and with those that `add` adds. A thread that does not
    /// wait for jobs reads the files that the process's numbers come from.
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
        let mut report = Report::default();
        let (hub, meter) = (&self.hub, self.io.meter());
        let help = "Streams of events under way";
        report
            .gauge("picture_frame_subscribers", help)
            .is(hub.subscribers);
        Census::of(self.io.states(), &hub.channels).report(&mut report);
        add(self.app, &mut report);
        hub.metrics.report(&mut report);
        let help = "Bytes that came from clients";
        report
            .counter("picture_frame_received_bytes_total", help)
            .is(meter.received);
        let help = "Bytes that clients' sockets took";
        report
            .counter("picture_frame_sent_bytes_total", help)
            .is(meter.sent);
        report
            .counter("picture_frame_turns_total", "Turns of the loop")
            .is(meter.turns.total());
        let help = "How long a turn of the loop kept everyone else waiting, in seconds";
        report.histogram("picture_frame_turn_seconds", help, &meter.turns);
        let help = "Always 1; the label tells the version";
        let gauge = report.gauge("picture_frame_build_info", help);
        gauge.by("version", &[env!("CARGO_PKG_VERSION")], &[1]);
        process.report(&mut report);
        report.into_response()
    }
}
