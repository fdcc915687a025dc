//! Counters of the server: plain integers that only the loop's thread changes. The metrics report them.

use strum::{EnumCount, VariantNames};

/// The reason why a request, a subscriber or a connection is refused: the `reason` of `picture_frame_refused_total`.
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

/// The reason why a connection ends before everything is sent: the `reason` of `picture_frame_disconnects_total`, and
/// the word in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Disconnected {
    /// The client closed or reset the connection.
    Left,
    /// The client fell behind by more than the server holds for it.
    Slow,
    /// The client took or acknowledged no byte for too long.
    WriteTimeout,
    /// The server is shutting down.
    Drained,
    /// The system, or the application, failed.
    Error,
}

impl Disconnected {
    /// The reason's name in the log and in the metrics.
    pub fn name(self) -> &'static str {
        Self::VARIANTS[self as usize]
    }
}

/// The counters.
#[derive(Default)]
pub struct Counters {
    deliveries: u64,
    refused: [u64; Refused::COUNT],
    disconnected: [u64; Disconnected::COUNT],
    /// The processor time of the processes from which this one took over, in microseconds.
    earlier_processor: u64,
}

impl Counters {
    /// Counts events that are handed out: to a subscriber when the socket has taken all of an event, to a poll when the
    /// poll is answered.
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

    /// Adds refusals of an earlier process, by the reason's name. An unknown name is passed over.
    pub fn add_refused(&mut self, why: &str, count: u64) {
        add(&mut self.refused, Refused::VARIANTS, why, count);
    }

    /// Adds connections that ended in an earlier process, by the reason's name. An unknown name is passed over.
    pub fn add_disconnected(&mut self, why: &str, count: u64) {
        add(&mut self.disconnected, Disconnected::VARIANTS, why, count);
    }

    /// Adds the processor time of an earlier process, in microseconds.
    pub fn add_earlier_processor(&mut self, micros: u64) {
        self.earlier_processor += micros;
    }

    /// The processor time of the processes from which this one took over, in microseconds.
    pub fn earlier_processor(&self) -> u64 {
        self.earlier_processor
    }

    /// The number of events handed out.
    pub fn deliveries(&self) -> u64 {
        self.deliveries
    }

    /// The numbers of clients and requests refused, in the order of [`Refused::VARIANTS`].
    pub fn refusals(&self) -> &[u64] {
        &self.refused
    }

    /// The numbers of connections that ended, in the order of [`Disconnected::VARIANTS`].
    pub fn disconnects(&self) -> &[u64] {
        &self.disconnected
    }
}

fn add(counts: &mut [u64], names: &[&str], name: &str, count: u64) {
    let place = names.iter().position(|known| *known == name);
    if let Some(counted) = place.and_then(|place| counts.get_mut(place)) {
        *counted += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_stands_at_the_place_of_its_reason() {
        let mut counters = Counters::default();
        counters.delivered(3);
        counters.delivered(4);
        for why in [Refused::Rate, Refused::Broadcasts, Refused::Malformed] {
            counters.refused(why);
        }
        counters.disconnected(Disconnected::WriteTimeout);
        assert_eq!(counters.deliveries(), 7);
        let counted = |names: &[&'static str], counts: &[u64]| {
            let named = names.iter().copied().zip(counts.iter().copied());
            named.filter(|(_, count)| *count > 0).collect::<Vec<_>>()
        };
        let refusals = counted(Refused::VARIANTS, counters.refusals());
        assert_eq!(refusals, [("rate", 2), ("malformed", 1)]);
        let disconnects = counted(Disconnected::VARIANTS, counters.disconnects());
        assert_eq!(disconnects, [(Disconnected::WriteTimeout.name(), 1)]);
        assert_eq!(Disconnected::WriteTimeout.name(), "write_timeout");
    }
}
