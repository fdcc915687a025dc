//! Options that were checked, with what they need looked up.

mod limits;

use super::{crowd::publisher::dues, options::Options, wire::target::Target};

/// Descriptors for the publisher.
const PUBLISHER: u64 = 1;
/// Publishes in a run: of each one a hundred bytes are kept for the report.
const MOST_PUBLISHES: u32 = 1_000_000;

/// What is to be done, and where.
pub(super) struct Plan {
    pub(super) options: Options,
    pub(super) target: Target,
    pub(super) publish: Option<Target>,
}

impl Plan {
    /// Resolves names and raises limits; an error says what stands in the way.
    pub(super) fn new(options: Options) -> Result<Self, String> {
        let publishes = dues(options.every, options.hold);
        if options.publish.is_some() && publishes > MOST_PUBLISHES {
            return Err(format!(
                "--for and --every come to more than {MOST_PUBLISHES} publishes; publish less often, or hold for less long"
            ));
        }
        let target = Target::resolve(&options.url)?;
        let publish = options
            .publish
            .as_deref()
            .map(|url| Target::resolve(url).map_err(|error| format!("--publish: {error}")))
            .transpose()?;
        let plan = Self {
            options,
            target,
            publish,
        };
        limits::check(
            u64::from(plan.connections()) + PUBLISHER,
            &plan.target,
            &plan.options.bind,
        )?;
        Ok(plan)
    }

    /// Connections of subscribers of all kinds, and of those that fetch pictures.
    pub(super) fn connections(&self) -> u32 {
        let options = &self.options;
        let fetchers = u32::from(options.fetch_picture) * options.subscribers;
        [options.stalled, options.slow, options.half_open, fetchers]
            .iter()
            .fold(options.subscribers, |sum, count| sum.saturating_add(*count))
    }
}
