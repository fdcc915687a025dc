//! Plain integers that count what the server did. Only the loop touches them; the metrics put them into words.

/// The reason why a client or a request was refused.
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
    /// The bytes are no request, or the request does not say what it has to.
    Malformed,
    /// All clients together publish too often. Counted as [`Refused::Rate`], but with lines of its own in the log.
    Broadcasts,
}

impl Refused {
    /// The reasons that are told apart in the metrics.
    pub const ALL: [(Self, &str); 6] = [
        (Self::Connections, "connections"),
        (Self::Subscribers, "subscribers"),
        (Self::Rate, "rate"),
        (Self::Queue, "queue"),
        (Self::CrossSite, "cross_site"),
        (Self::Malformed, "malformed"),
    ];
}

/// The reason why a connection ended during a stream, a poll, a request or its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnected {
    /// The client closed or reset the connection.
    Left,
    /// The client fell behind by more than is held for it.
    Slow,
    /// The client took nothing for too long, or acknowledged nothing.
    WriteTimeout,
    /// The server is shutting down.
    Drained,
    /// The system, or the application, failed.
    Error,
}

impl Disconnected {
    /// All reasons.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Left, "left"),
        (Self::Slow, "slow"),
        (Self::WriteTimeout, "write_timeout"),
        (Self::Drained, "drained"),
        (Self::Error, "error"),
    ];

    /// The reason's name in the log and in the metrics.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// The counters.
#[derive(Default)]
pub struct Counters {
    deliveries: u64,
    refused: [u64; Refused::ALL.len()],
    disconnected: [u64; Disconnected::ALL.len()],
}

impl Counters {
    /// Counts events handed out: to a subscriber, when the socket has taken all of an event; to a poll, when it is
    /// answered.
    pub fn delivered(&mut self, events: u64) {
        self.deliveries += events;
    }

    /// Counts a client or a request that is refused.
    pub fn refused(&mut self, why: Refused) {
        let counted = match why {
            Refused::Broadcasts => Refused::Rate,
            why => why,
        };
        self.refused[counted as usize] += 1;
    }

    /// Counts a connection that ends.
    pub fn disconnected(&mut self, why: Disconnected) {
        self.disconnected[why as usize] += 1;
    }

    /// The number of events handed out.
    pub fn deliveries(&self) -> u64 {
        self.deliveries
    }

    /// The numbers of clients and requests refused, by reason.
    pub fn refusals(&self) -> impl Iterator<Item = (&'static str, u64)> {
        named(&Refused::ALL, &self.refused)
    }

    /// The numbers of connections that ended, by reason.
    pub fn disconnects(&self) -> impl Iterator<Item = (&'static str, u64)> {
        named(&Disconnected::ALL, &self.disconnected)
    }
}

fn named<R>(
    reasons: &[(R, &'static str)],
    counts: &[u64],
) -> impl Iterator<Item = (&'static str, u64)> {
    let names = reasons.iter().map(|(_, name)| *name);
    names.zip(counts.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_stand_in_the_order_of_the_reasons() {
        for (index, (reason, _)) in Refused::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index);
        }
        for (index, (reason, name)) in Disconnected::ALL.into_iter().enumerate() {
            assert_eq!((reason as usize, reason.name()), (index, name));
        }
    }

    #[test]
    fn publishes_refused_for_all_clients_together_count_as_those_of_a_client() {
        let mut counters = Counters::default();
        counters.delivered(3);
        counters.delivered(4);
        counters.refused(Refused::Rate);
        counters.refused(Refused::Broadcasts);
        counters.refused(Refused::Malformed);
        counters.disconnected(Disconnected::Slow);
        let counted = |(name, count)| (count > 0).then_some((name, count));
        assert_eq!(counters.deliveries(), 7);
        let refusals: Vec<_> = counters.refusals().filter_map(counted).collect();
        assert_eq!(refusals, [("rate", 2), ("malformed", 1)]);
        let disconnects: Vec<_> = counters.disconnects().filter_map(counted).collect();
        assert_eq!(disconnects, [("slow", 1)]);
    }
}
