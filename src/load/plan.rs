//! The plan of a run: options that were checked, with the names in them resolved.

mod limits;
mod publishing;

use super::{
    crowd::post::MOST_POSTS,
    options::Options,
    wire::{publication::Publication, target::Target},
};
use crate::reactor::system;
use std::time::Duration;

/// Publishes in a run: the report keeps some hundred bytes of each.
const MOST_PUBLISHES: u32 = 1_000_000;

/// The plan of a run.
pub(super) struct Plan {
    pub(super) options: Options,
    /// The event stream.
    pub(super) target: Target,
    /// The resource to publish to, and the form, if anything is to be published.
    pub(super) publish: Option<(Target, Publication)>,
    /// The name of the event by which the server says that it could not bring every event.
    pub(super) gap_event: Option<String>,
}

impl Plan {
    /// Resolves names and raises limits. An error says what stands in the way.
    pub(super) fn new(options: Options) -> Result<Self, String> {
        let publishes = dues(options.every, options.hold);
        if options.half_open > 0 && !system::DROPS_INPUT {
            return Err(
                "--half-open needs Linux, whose kernel can drop a connection's packets".to_owned(),
            );
        }
        let target = Target::resolve(&options.url)?;
        let publish = publishing::publish(&options)?;
        if publish.is_some() && publishes > MOST_PUBLISHES {
            return Err(format!(
                "--for and --every come to more than {MOST_PUBLISHES} publishes; publish less often, or hold for less long"
            ));
        }
        let plan = Self {
            gap_event: options.gap_event.clone(),
            options,
            target,
            publish,
        };
        let posts = match plan.publish {
            Some(_) => publishes.min(MOST_POSTS as u32),
            None => 0,
        };
        limits::check(
            u64::from(plan.connections() + posts),
            &plan.target,
            &plan.options.bind,
        )?;
        Ok(plan)
    }

    /// The number of connections of subscribers of all kinds, and of fetchers.
    fn connections(&self) -> u32 {
        let options = &self.options;
        let fetchers = u32::from(options.fetch_picture) * options.subscribers;
        [options.stalled, options.slow, options.half_open, fetchers]
            .iter()
            .fold(options.subscribers, |sum, count| sum.saturating_add(*count))
    }
}

/// The number of publishes that are due in `hold`, the first at once and the others `every` apart; at most `u32::MAX`.
pub(super) fn dues(every: Duration, hold: Duration) -> u32 {
    u32::try_from(hold.as_nanos().div_ceil(every.as_nanos())).unwrap_or(u32::MAX)
}
