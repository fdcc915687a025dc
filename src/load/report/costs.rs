//! Processor time, bytes and slow connects in words, as a table and a page tell them.

use super::{
    Connections, Cpu, Network, Report, Totals, Traffic,
    units::{count, many, rate, time},
};

/// The part of a core from which this program's own work may be in its figures.
const BUSY: f64 = 0.7;

impl Report {
    /// Notes about what was measured: no fault of the server.
    pub(crate) fn measuring_notes(&self) -> Vec<String> {
        let busy = self.cpu.own_share.filter(|share| *share > BUSY).map(busy);
        let is_local = self.machine.has_server;
        let slow = self.connections.slow(self.network.as_ref(), is_local);
        busy.into_iter().chain(slow).collect()
    }
}

fn busy(share: f64) -> String {
    format!(
        "this program used {} of a core while the crowd was held: its own work may be in the times of publishes and \
         connects, and \"read late\" tells how late it read; use a smaller crowd, or several processes on more cores",
        percent(share)
    )
}

impl Totals {
    /// The misbehaving connections that the server has let go, as far as that is known.
    pub(crate) fn let_go_told(&self) -> String {
        match (self.let_go, self.seen_let_go) {
            (Some(number), _) => format!("the server let go of {}", count(number)),
            (None, 0) => "whether the server let go of them is not known from here".to_owned(),
            (None, seen) => format!(
                "{} saw that the server let go of them, of the others it is not known from here",
                count(seen)
            ),
        }
    }
}

impl Connections {
    /// The connects that the kernel had to ask for again, and a way to find out why.
    fn slow(&self, network: Option<&Network>, is_local: bool) -> Option<String> {
        let again = network.map(|network| network.syn_sent_again);
        if self.after_seconds.is_empty() || again == Some(0) {
            return None;
        }
        let groups = self.after_seconds.iter();
        let groups = groups.map(|(seconds, number)| {
            format!("{} took about {seconds} s", many(*number, "connect"))
        });
        let sent = again.map_or(String::new(), |number| {
            format!(" (TCPSynRetrans +{})", count(number))
        });
        Some(format!(
            "{}: this machine sent the first packet (SYN) again{sent}, since no answer came. {}",
            groups.collect::<Vec<_>>().join(", "),
            cause(network, is_local)
        ))
    }
}

fn cause(network: Option<&Network>, is_local: bool) -> String {
    let overflows = network.map_or(0, |network| network.listen_overflows);
    let drops = network.map_or(0, |network| network.listen_drops);
    match (is_local, overflows, drops) {
        (true, 1.., _) => format!(
            "The queue of the listener was full (ListenOverflows +{}): have the server accept sooner or give listen(2) a \
             longer queue, raise net.core.somaxconn, or lower --ramp",
            count(overflows)
        ),
        (true, 0, 1..) => format!(
            "The listener dropped requests for another reason than a full queue (ListenDrops +{})",
            count(drops)
        ),
        (true, 0, 0) => "No listener of this machine dropped any: look for packets that were dropped, as by a firewall".to_owned(),
        (false, ..) => "Packets were lost, or the queue of the listener was full: look there at `nstat -az \
                        TcpExtListenOverflows`, or lower --ramp".to_owned(),
    }
}

impl Cpu {
    /// The processor time in words; nothing if it is not known.
    pub(crate) fn told(&self) -> Option<String> {
        let own = self.own_share.map(percent);
        let own = own.map(|share| format!("this program {share} of a core"));
        let server = self.server_share.map(percent);
        let server = server.map(|share| format!("server {share}"));
        let each = |seconds: Option<f64>, what| Some(format!("{} for each {what}", fine(seconds?)));
        let costs = [
            each(self.per_event, "event"),
            each(self.per_stream, "stream opened"),
        ];
        let parts = [own, server].into_iter().chain(costs).flatten();
        let parts = parts.collect::<Vec<_>>().join(", ");
        (!parts.is_empty()).then_some(parts)
    }
}

impl Traffic {
    /// The bytes in words; nothing without an event.
    pub(crate) fn told(&self, events: u64) -> Option<String> {
        let each = |bytes: u64| rate(bytes as f64 / events as f64);
        (events > 0).then(|| {
            format!(
                "{} for each event: {} of data, {} of fields, comments and line ends, {} of heads and chunks",
                each(self.received),
                each(self.data),
                each(self.body.saturating_sub(self.data)),
                each(self.received.saturating_sub(self.body))
            )
        })
    }
}

/// A part of a whole.
pub(crate) fn percent(part: f64) -> String {
    format!("{} %", rate(part * 100.0))
}

/// A time that may be of a few microseconds.
pub(crate) fn fine(seconds: f64) -> String {
    match seconds {
        s if s < 1e-4 => format!("{:.1} µs", s * 1e6),
        s => time(s),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_can_know_is_said_to_be_unknown() {
        let told = |let_go, seen_let_go| {
            Totals {
                let_go,
                seen_let_go,
                ..Totals::default()
            }
            .let_go_told()
        };
        assert_eq!(told(Some(0), 0), "the server let go of 0");
        assert!(told(None, 0).ends_with("is not known from here"));
        assert!(
            told(None, 3).starts_with("3 saw") && told(None, 3).ends_with("not known from here")
        );
    }

    #[test]
    fn slow_connects_are_told_with_their_cause() {
        let slow = |network: Option<[u64; 3]>, is_local| {
            let connections = Connections {
                after_seconds: [(1, 12), (3, 1)].into(),
                ..Connections::default()
            };
            let network = network.map(|[syn_sent_again, listen_overflows, listen_drops]| Network {
                syn_sent_again,
                listen_overflows,
                listen_drops,
            });
            connections
                .slow(network.as_ref(), is_local)
                .unwrap_or_default()
        };
        for (network, is_local, words) in [
            (Some([15, 14, 14]), true, "ListenOverflows +14"),
            (Some([15, 0, 9]), true, "ListenDrops +9"),
            (Some([15, 0, 0]), true, "firewall"),
            (Some([15, 14, 14]), false, "nstat"),
            (
                None,
                false,
                "12 connects took about 1 s, 1 connect took about 3 s",
            ),
            (Some([15, 0, 0]), true, "TCPSynRetrans +15"),
        ] {
            let told = slow(network, is_local);
            assert!(told.contains(words), "{words}: {told}");
        }
        assert_eq!(slow(Some([0, 0, 0]), true), "", "slow for another reason");
    }

    #[test]
    fn costs_are_told_as_far_as_they_are_known() {
        assert_eq!(Cpu::default().told(), None);
        let cpu = Cpu {
            own_share: Some(0.123),
            server_share: Some(0.061),
            per_event: Some(3.26e-6),
            ..Cpu::default()
        };
        let told = "this program 12 % of a core, server 6.1 %, 3.3 µs for each event";
        assert_eq!(cpu.told().unwrap(), told);
        let traffic = Traffic {
            received: 2000,
            body: 1500,
            data: 1000,
        };
        assert_eq!(traffic.told(0), None);
        let told = "200 for each event: 100 of data, 50 of fields, comments and line ends, 50 of heads and chunks";
        assert_eq!(traffic.told(10).unwrap(), told);
    }

    #[test]
    fn a_program_that_is_busy_says_that_its_own_work_may_be_in_the_figures() {
        let notes = |share| {
            let mut report = Report::default();
            report.cpu.own_share = Some(share);
            report.measuring_notes()
        };
        assert_eq!(notes(0.7), [""; 0]);
        assert!(notes(0.83)[0].contains("used 83 % of a core"));
    }
}
