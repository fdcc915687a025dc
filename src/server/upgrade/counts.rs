//! The counters go along, so that none of them goes back.

use crate::{
    handover::Counts,
    reactor::{Meter, system},
    server::{
        Server,
        parts::counters::{Disconnected, Refused},
    },
};
use std::time::Duration;
use strum::VariantNames;

/// The processor time of this process, in microseconds.
fn own_processor() -> u64 {
    let seconds = system::processor_time().unwrap_or_default();
    Duration::from_secs_f64(seconds).as_micros() as u64
}

impl<A: 'static> Server<A> {
    /// The counters as another process gets them.
    pub(super) fn carry_counts(&self, meter: &Meter) -> Counts {
        let counters = &self.parts.counters;
        let named = |kind: &str, names: &[&str], counts: &[u64]| {
            let name = |name: &&str| format!("{kind} {name}");
            let names: Vec<String> = names.iter().map(name).collect();
            names.into_iter().zip(counts.to_vec()).collect::<Vec<_>>()
        };
        let mut plain = vec![
            ("published".to_owned(), self.parts.channels.published()),
            ("deliveries".to_owned(), counters.deliveries()),
            ("received".to_owned(), meter.received),
            ("sent".to_owned(), meter.sent),
            (
                "processor".to_owned(),
                counters.earlier_processor() + own_processor(),
            ),
        ];
        plain.extend(named("refused", Refused::VARIANTS, counters.refusals()));
        let disconnects = counters.disconnects();
        plain.extend(named("disconnected", Disconnected::VARIANTS, disconnects));
        Counts {
            plain,
            histograms: vec![
                ("turns".to_owned(), meter.turns.carry()),
                ("commits".to_owned(), self.parts.keeping.commits().carry()),
            ],
        }
    }

    /// Adds the counts of another process. A name that is not known is passed over.
    pub(super) fn continue_counts(&mut self, counts: &Counts, meter: &mut Meter) {
        for (name, count) in &counts.plain {
            match (name.as_str(), name.split_once(' ')) {
                ("published", _) => self.parts.channels.add_published(*count),
                ("deliveries", _) => self.parts.counters.delivered(*count),
                ("received", _) => meter.received += count,
                ("sent", _) => meter.sent += count,
                ("processor", _) => self.parts.counters.add_earlier_processor(*count),
                (_, Some(("refused", why))) => self.parts.counters.add_refused(why, *count),
                (_, Some(("disconnected", why))) => {
                    self.parts.counters.add_disconnected(why, *count);
                }
                _ => {}
            }
        }
        for (name, histogram) in &counts.histograms {
            match name.as_str() {
                "turns" => meter.turns.add(histogram),
                "commits" => self.parts.keeping.add_commits(histogram),
                _ => {}
            }
        }
    }
}
