//! The server's metrics: the counters of its parts, put into words when a monitor asks.

mod census;
mod process;
mod report;

pub(crate) use report::Report;

use super::{
    connection::{Connection, Over},
    context::{Context, Parts, Reply},
    parts::{
        counters::{Counters, Disconnected, Refused},
        jobs::Threads,
    },
};
use crate::{
    http::Response,
    reactor::{Ended, Slot},
};
use census::Census;
use process::Process;

/// The ends of connections, counted.
impl<A: 'static> Parts<A> {
    /// Counts a connection that ends for this reason, unless it ends well. At shutdown, streams and polls are counted
    /// when they are told that they end, and other answers end well.
    fn disconnected(&mut self, state: &Connection, why: Disconnected) {
        if state.is_amid() && (state.channel().is_some() || !self.phase.is_draining()) {
            self.counters.disconnected(why);
        }
    }

    /// Logs and counts the reason why the server ends a connection.
    pub(super) fn ends(&mut self, slot: &Slot<Connection>, why: Disconnected) {
        log::debug!("connection {}: {}", slot.socket.number(), why.name());
        self.disconnected(&slot.state, why);
    }

    /// Closes a connection for this reason.
    pub(super) fn cut(&mut self, slot: &mut Slot<Connection>, why: Disconnected) {
        self.ends(slot, why);
        slot.socket.close();
    }

    /// Closes a connection that is over by itself.
    pub(super) fn over(&mut self, slot: &mut Slot<Connection>, over: Over) {
        match over {
            Over::Done => slot.socket.close(),
            Over::Slow => self.cut(slot, Disconnected::Slow),
            Over::Stalled => self.cut(slot, Disconnected::WriteTimeout),
        }
    }

    /// Counts a connection that is gone. A connection that the server closed was counted when it did.
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
    /// Counts a client or request that is refused.
    pub(crate) fn refused(&mut self, why: Refused) {
        self.parts.refuse(self.sockets, why);
    }

    /// Answers with the server's metrics, the process', and what `add` adds, in Prometheus' text format. What the
    /// system has to be asked for is read on a thread that does not wait for jobs.
    pub(crate) fn report(&mut self, add: fn(&A, &mut Report)) -> Reply<A> {
        let mut cx = self.on(Threads::Files);
        cx.share("metrics".to_owned(), Process::read, move |cx, process| {
            let turn = cx.sockets.meter().turns.total();
            let last = cx.parts.last_report.take();
            let response = match last {
                Some((of, response)) if of == turn => response,
                _ => cx.write_report(add, &process),
            };
            cx.parts.last_report = Some((turn, response.clone()));
            response.into()
        })
    }

    fn write_report(&self, add: fn(&A, &mut Report), process: &Process) -> Response {
        let mut report = Report::new();
        let (parts, meter) = (&self.parts, self.sockets.meter());
        let subscribers = parts.channels.subscribers() as u64;
        report.gauge(
            "picture_frame_subscribers",
            "Streams of events under way",
            subscribers,
        );
        Census::of(self.sockets.states(), &parts.channels).report(&mut report);
        add(self.app, &mut report);
        tell(&parts.counters, &mut report);
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

fn tell(counters: &Counters, report: &mut Report) {
    let help = "Events delivered, to subscribers and to those who poll";
    report.counter(
        "picture_frame_deliveries_total",
        help,
        counters.deliveries(),
    );
    let help = "Connections that ended during a stream, a poll, a request or its answer, by why: left (the client \
                did), slow (fell behind by more than is held), write_timeout (took or acknowledged nothing), \
                drained (shutdown), error";
    let values = counters.disconnects();
    report.counters("picture_frame_disconnects_total", help, "reason", values);
    let help = "Clients and requests refused, by why: connections and subscribers (as many as there may be), \
                rate (one client's requests, or all clients' publishes), queue (too many jobs wait), cross_site (a browser's, for another \
                site), malformed";
    let values = counters.refusals();
    report.counters("picture_frame_refused_total", help, "reason", values);
}
