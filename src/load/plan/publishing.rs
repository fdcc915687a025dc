//! Where and in which form a run publishes.

use crate::load::{
    options::Options,
    wire::{publication::Publication, target::Target},
};

/// The resource to publish to, and the form, if anything is to be published.
pub(super) fn publish(options: &Options) -> Result<Option<(Target, Publication)>, String> {
    let publishing = &options.publishing;
    let known = || publishing.url(&options.url);
    let Some(url) = options.publish.clone().or_else(known) else {
        return match publishing.is_form() {
            true => Err("--publish is needed: the URL to publish to".to_owned()),
            false => Ok(None),
        };
    };
    let target = Target::resolve(&url).map_err(|error| format!("--publish: {error}"))?;
    let publication = publishing.publication(&options.url, &target)?;
    Ok(Some((target, publication)))
}
