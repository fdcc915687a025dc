//! The origin of the pictures, from the options and the key in the environment.

use super::environment::Environment;
use clap::ValueEnum;

/// Origin of the pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SourceName {
    /// Flickr, asked with the key in FLICKR_API_KEY
    Flickr,
    /// Pictures that the server draws itself
    Gallery,
}

/// A source with its settings.
#[derive(Clone)]
pub(crate) enum SourceConfig {
    Gallery,
    Flickr {
        /// The key. `Debug` leaves it out.
        key: String,
        url: String,
        /// Look-ups within any 60 minutes; 0 = no limit.
        quota: u32,
    },
}

impl std::fmt::Debug for SourceConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gallery => f.write_str("Gallery"),
            Self::Flickr { url, quota, .. } => f
                .debug_struct("Flickr")
                .field("url", url)
                .field("quota", quota)
                .finish_non_exhaustive(),
        }
    }
}

/// The source that the options ask for.
pub(super) fn source(
    name: Option<SourceName>,
    url: String,
    quota: u32,
    environment: &mut Environment,
) -> Result<SourceConfig, String> {
    // A key that is not UTF-8 is kept, with replacement characters, so that the start refuses it instead of passing
    // over it.
    let key = environment
        .value("FLICKR_API_KEY", false)
        .map(|key| key.to_string_lossy().into_owned())
        .filter(|key| !key.trim().is_empty());
    match (name, key) {
        (Some(SourceName::Gallery), _) | (None, None) => Ok(SourceConfig::Gallery),
        (_, Some(key)) => Ok(SourceConfig::Flickr { key, url, quota }),
        (Some(SourceName::Flickr), None) => {
            let given = match environment.name("source") {
                option if option.starts_with("--") => option + " ",
                variable => variable + "=",
            };
            Err(format!(
                "{given}flickr needs a key: set FLICKR_API_KEY in the environment, or use {given}gallery"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_not_shown() {
        let source = SourceConfig::Flickr {
            key: "secret".into(),
            url: "u".into(),
            quota: 1,
        };
        assert!(!format!("{source:?}").contains("secret"));
    }
}
