//! The server's metrics: the counters of its parts, written as text when a client asks for `/metrics`.

mod census;
mod exposition;
mod process;

pub(crate) use exposition::Exposition;

#[cfg(feature = "frame")]
use super::parts::viewers::Viewers;
use super::{
    connection::Connection,
    context::{Context, Parts, Reply},
    parts::{
        counters::{Counters, Disconnected, Refused},
        jobs::Threads,
        keeping::Keeping,
        sharing::Sharing,
    },
};
use crate::{
    http::Response,
    reactor::{Ended, Slot},
};
use census::Census;
use process::Process;
use strum::VariantNames;

/// The counting of connections that end.
impl<A: 'static> Parts<A> {
    /// Counts a connection that ends within a request, an answer or a stream. At shutdown, streams and polls are
    /// counted when the server ends them, and other answers end well.
    fn disconnected(&mut self, state: &Connection, why: Disconnected) {
        if state.is_under_way() && (state.channel().is_some() || !self.phase.is_draining()) {
            self.counters.disconnected(why);
        }
    }

    /// Logs and counts a connection that the server ends.
    pub(super) fn ends(&mut self, slot: &Slot<Connection>, why: Disconnected) {
        let connection = slot.socket.number();
        log::debug!(connection; "connection {connection}: {}", why.name());
        self.disconnected(&slot.state, why);
    }

    /// Logs, counts and closes a connection.
    pub(super) fn cut(&mut self, slot: &mut Slot<Connection>, why: Disconnected) {
        self.ends(slot, why);
        slot.socket.close();
    }

    /// Counts a connection that the reactor ended. A connection that the server closed is counted before.
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
    /// Counts a refusal, and logs the refusal if its limit was not met lately.
    pub(crate) fn refused(&mut self, why: Refused) {
        self.parts.refuse(self.sockets, why);
    }

    /// Answers with the metrics of the server and of the process, and with the metrics that `add` adds. A thread for
    /// files reads the process's numbers, so that the answer waits for no job. Answers of one turn are the same.
    pub(crate) fn report(&mut self, add: fn(&A, &mut Exposition)) -> Reply<A> {
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

    fn write_report(&self, add: fn(&A, &mut Exposition), process: &Process) -> Response {
        let mut report = Exposition::default();
        let (parts, meter) = (&self.parts, self.sockets.meter());
        let help = "Streams of events under way";
        report
            .gauge("picture_frame_subscribers", help)
            .is(parts.channels.subscribers());
        Census::of(self.sockets.states(), &parts.channels).report(&mut report);
        report
            .counter("picture_frame_pictures_total", "Pictures published")
            .is(parts.channels.published());
        add(self.app, &mut report);
        tell(&parts.counters, &mut report);
        if parts.keeping.is_known() {
            tell_keeping(&parts.keeping, &mut report);
        }
        if parts.sharing.is_known() {
            tell_sharing(&parts.sharing, &mut report);
        }
        #[cfg(feature = "frame")]
        if parts.viewers.are_known() {
            tell_view(&parts.viewers, &mut report);
        }
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
        process.report(&mut report, parts.counters.earlier_processor());
        report.into_response()
    }
}

fn tell(counters: &Counters, report: &mut Exposition) {
    let help = "Events delivered, to subscribers and to those who poll";
    report
        .counter("picture_frame_deliveries_total", help)
        .is(counters.deliveries());
    let help = "Connections that ended during a stream, a poll, a request or its answer, by why: left (the client \
                did), slow (fell behind by more than is held), write_timeout (took or acknowledged nothing), \
                drained (shutdown), error";
    let counter = report.counter("picture_frame_disconnects_total", help);
    counter.by("reason", Disconnected::VARIANTS, counters.disconnects());
    let help = "Clients and requests refused, by why: connections and subscribers (as many as there may be), \
                rate (one client's requests, or all clients' publishes), queue (too many jobs wait), cross_site (a browser's, for another \
                site), malformed";
    let counter = report.counter("picture_frame_refused_total", help);
    counter.by("reason", Refused::VARIANTS, counters.refusals());
}

#[cfg(feature = "frame")]
fn tell_view(viewers: &Viewers, report: &mut Exposition) {
    let help = "Streams of the operator's that show the loop";
    report
        .gauge("picture_frame_viewers", help)
        .is(viewers.len());
    let help = "Looks at the loop, which are taken while there are viewers";
    report
        .counter("picture_frame_looks_total", help)
        .is(viewers.looks());
}

fn tell_keeping(keeping: &Keeping, report: &mut Exposition) {
    let help = "1 while events are kept in the history, 0 while they are in memory alone";
    report
        .gauge("picture_frame_history_up", help)
        .is(u8::from(keeping.is_up()));
    let help = "Events that the history keeps";
    report
        .gauge("picture_frame_history_events", help)
        .is(keeping.events());
    let help = "How long it took to keep events in the history, in seconds";
    report.histogram(
        "picture_frame_history_commit_seconds",
        help,
        keeping.commits(),
    );
}

fn tell_sharing(sharing: &Sharing, report: &mut Exposition) {
    let help = "1 while events can be shared by Redis, 0 while Redis is away";
    report
        .gauge("picture_frame_redis_up", help)
        .is(u8::from(sharing.is_up()));
    let help = "How long it took an event of this server to be appended in Redis and read back, in seconds";
    report.histogram("picture_frame_redis_lag_seconds", help, sharing.lag());
    let help = "Events put back that Redis had lost";
    report
        .counter("picture_frame_redis_healed_total", help)
        .is(sharing.healed());
    let help = "Connections to Redis that replaced a lost one";
    report
        .counter("picture_frame_redis_reconnects_total", help)
        .is(sharing.reconnects());
}
