//! The plan of a run: options that were checked, with the names in them resolved.

pub(super) mod limits;

use super::{
    crowd::post::MOST_POSTS,
    options::Options,
    stages,
    wire::{publication::Publication, request::Additions, target::Target, tls::Trust},
};
use crate::reactor::system;
use std::time::Duration;

/// Publishes in a run: the report keeps some hundred bytes of each.
pub(super) const MOST_PUBLISHES: u32 = 1_000_000;

/// The plan of a run.
pub(super) struct Plan {
    pub(super) options: Options,
    /// The resources that have the event stream: at least one.
    pub(super) targets: Vec<Target>,
    /// The resource to publish to, and the form, if anything is to be published.
    pub(super) publish: Option<(Target, Publication)>,
    /// The fields that are added to the requests of subscribers and fetchers.
    pub(super) additions: Additions,
    /// The certificates that are trusted.
    pub(super) trust: Trust,
    /// The name of the event by which the server says that it could not bring every event.
    pub(super) gap_event: Option<String>,
}

impl Plan {
    /// Resolves names and raises limits. An error says what stands in the way.
    pub(super) fn new(mut options: Options) -> Result<Self, String> {
        stages::check(&options.stages)?;
        if let Some(last) = options.stages.last() {
            options.subscribers = last.subscribers;
            options.hold = options.stages.iter().map(|stage| stage.hold).sum();
        }
        let publishes = dues(options.every, options.hold);
        if options.place().is_some() && publishes > MOST_PUBLISHES {
            return Err(format!(
                "--for and --every come to more than {MOST_PUBLISHES} publishes; publish less often, or hold for less long"
            ));
        }
        if options.half_open > 0 && !system::DROPS_INPUT {
            return Err(
                "--half-open needs Linux, whose kernel can drop a connection's packets".to_owned(),
            );
        }
        let additions = Additions::read(&options.headers, options.bearer_file.as_deref())?;
        let trust = Trust::new(options.ca.as_deref(), options.insecure)?;
        let targets = targets(&options, &additions)?;
        let publish = publish(&options)?;
        let plan = Self {
            gap_event: options.gap_event.clone(),
            options,
            targets,
            publish,
            additions,
            trust,
        };
        plan.warn();
        let posts = match plan.publish {
            Some(_) => publishes.min(MOST_POSTS as u32),
            None => 0,
        };
        limits::check(
            plan.connections().into(),
            posts.into(),
            &plan.targets,
            &plan.options.bind,
        )?;
        Ok(plan)
    }

    /// Whether the server is known to be on this machine.
    pub(super) fn is_local(&self) -> bool {
        self.options.pid.is_some() || self.targets[0].is_loopback()
    }

    /// Warns of options that a user may not mean as they are.
    fn warn(&self) {
        if self.options.insecure {
            log::warn!(
                "--insecure: any certificate is taken, so that another machine on the way can read and change everything"
            );
        }
        let (tokens, subscribers) = (self.additions.tokens(), self.members() as usize);
        if (1..subscribers).contains(&tokens) {
            log::info!("{subscribers} subscribers share {tokens} tokens, each in turn");
        }
    }

    /// The number of subscribers of all kinds.
    fn members(&self) -> u32 {
        self.options.subscribers.saturating_add(self.misbehaving())
    }

    /// The number of subscribers that misbehave.
    pub(super) fn misbehaving(&self) -> u32 {
        let options = &self.options;
        let others = options.slow.saturating_add(options.half_open);
        options.stalled.saturating_add(others)
    }

    /// The number of connections of subscribers of all kinds, and of fetchers.
    fn connections(&self) -> u32 {
        let options = &self.options;
        let fetchers = u32::from(options.fetch_picture) * options.subscribers;
        self.members().saturating_add(fetchers)
    }
}

/// The resources of all URLs of the stream.
fn targets(options: &Options, additions: &Additions) -> Result<Vec<Target>, String> {
    let target = |url: &String| {
        let target = reach(url, options)?;
        additions.check(&target).map(|()| target)
    };
    options.urls.iter().map(target).collect()
}

/// The resource to publish to, and the form, if anything is to be published.
fn publish(options: &Options) -> Result<Option<(Target, Publication)>, String> {
    let Some(url) = options.place() else {
        return match options.publishing.is_form() {
            true => Err("--publish is needed: the URL to publish to".to_owned()),
            false => Ok(None),
        };
    };
    let target = reach(&url, options).map_err(|error| format!("--publish: {error}"))?;
    let publication = options.publishing.publication(&options.urls[0], &target)?;
    Ok(Some((target, publication)))
}

/// The resource of a URL, with the addresses that can be reached.
fn reach(url: &str, options: &Options) -> Result<Target, String> {
    let mut target = Target::resolve(url)?;
    target.reach_from(&options.bind).map(|()| target)
}

/// The number of publishes that are due in `hold`, the first at once and the others `every` apart; at most `u32::MAX`.
pub(super) fn dues(every: Duration, hold: Duration) -> u32 {
    u32::try_from(hold.as_nanos().div_ceil(every.as_nanos())).unwrap_or(u32::MAX)
}
