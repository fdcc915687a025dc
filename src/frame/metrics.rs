//! `GET /metrics`: the counts that Prometheus scrapes.
//!
//! ```text
//! picture_frame_subscribers 128
//! picture_frame_lookups_total{result="found"} 17
//! ```

use super::{PictureFrame, client};
use crate::{
    handover::CarriedHistogram,
    histogram::Histogram,
    http::{Problem, Request},
    server::{Context, Exposition, Reply},
};
use std::time::Duration;
use strum::{EnumCount, VariantNames};

/// The action. It answers also while look-ups hang and while the server shuts down, but not the clients of a proxy: the
/// metrics are the operator's.
pub(super) fn metrics(
    cx: &mut Context<'_, PictureFrame>,
    request: &Request<'_>,
) -> Reply<PictureFrame> {
    if client::came_by_proxy(cx, request) {
        return Problem::new(403, "The metrics are not for clients of a proxy.").into();
    }
    operators(cx, request)
}

/// The action on the operator's listeners, where every client is the operator.
pub(super) fn operators(
    cx: &mut Context<'_, PictureFrame>,
    _: &Request<'_>,
) -> Reply<PictureFrame> {
    cx.report(|app, report| app.counts.report(report))
}

/// How a look-up ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Outcome {
    Found,
    Cached,
    NotFound,
    Quota,
    Refused,
    Unreadable,
    Timeout,
    Panicked,
}

/// Upper bounds of the histogram's buckets: from an answer of a host near by to the default look-up timeout.
const BOUNDS: [Duration; 10] = [
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2500),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

/// The application's counts.
pub(crate) struct Counts {
    outcomes: [u64; Outcome::COUNT],
    lookups: Histogram,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            outcomes: [0; Outcome::COUNT],
            lookups: Histogram::new(&BOUNDS),
        }
    }
}

impl Counts {
    /// Counts a look-up that the album answered, which takes no time.
    pub(super) fn drew(&mut self) {
        self.outcomes[Outcome::Cached as usize] += 1;
    }

    /// Counts a look-up that a question to the source answered, also one that publishers shared.
    pub(super) fn asked(&mut self, outcome: Outcome, took: Duration) {
        self.outcomes[outcome as usize] += 1;
        self.lookups.count(took);
    }

    /// The counts as another process gets them: by name, and the histogram.
    pub(super) fn carry(&self) -> (Vec<(String, u64)>, CarriedHistogram) {
        let names = Outcome::VARIANTS.iter().map(|name| (*name).to_owned());
        (names.zip(self.outcomes).collect(), self.lookups.carry())
    }

    /// Adds the counts of another process. A name that is not known is passed over.
    pub(super) fn continue_from(&mut self, counts: &[(String, u64)], lookups: &CarriedHistogram) {
        for (name, count) in counts {
            if let Some(place) = Outcome::VARIANTS.iter().position(|known| known == name) {
                self.outcomes[place] += count;
            }
        }
        self.lookups.add(lookups);
    }

    fn report(&self, report: &mut Exposition) {
        let help = "Look-ups by result, each publisher's counted: found, cached (found lately for someone), not_found, \
                    quota (spent), refused (or out of reach), unreadable, timeout, panicked";
        let counter = report.counter("picture_frame_lookups_total", help);
        counter.by("result", Outcome::VARIANTS, &self.outcomes);
        let help = "How long look-ups took that were not cached, the wait for a thread included, in seconds";
        report.histogram("picture_frame_lookup_seconds", help, &self.lookups);
    }
}
