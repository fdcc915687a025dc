//! `--check`: the start without its effects.

#[cfg(feature = "history")]
use super::history;
use super::{Capacity, Made, ServeError, listeners::Listeners, open_files, source};
use crate::config::Config;

/// Tells in a few lines what a server with these options would do. It connects to nothing and listens on nothing.
///
/// # Errors
///
/// [`ServeError`], whatever would keep the server from starting, as far as that shows.
pub fn check(config: Config) -> Result<String, ServeError> {
    let Made { name, .. } = source(&config.source, None).map_err(ServeError::Setup)?;
    let listeners = Listeners::new(&config)?;
    listeners.check()?;
    if let Some(note) = &config.note {
        log::warn!("{note}");
    }
    let mut lines: Vec<String> = listeners.lines().collect();
    lines.push(format!("take pictures from {name}"));
    lines.push(match &config.files.public {
        Some(folder) => format!("serve the page from the folder {}", folder.display()),
        None => "serve the page from the binary".to_owned(),
    });
    if let Some(file) = &config.files.trace {
        lines.push(format!("add a trace to the file {}", file.display()));
    }
    if config.operator.loop_control {
        lines.push("let the operator hold the loop".to_owned());
    }
    #[cfg(feature = "history")]
    if let Some(file) = &config.history.history_file {
        lines.push(history::check(file)?);
    }
    #[cfg(feature = "redis")]
    if let Some(redis) = &config.redis {
        lines.push(super::shared::check(redis));
    }
    let limits = Capacity::new(&config, &listeners, open_files());
    lines.extend(limits.lines());
    if let Some(asked) = limits.cut(&config) {
        lines.push(format!("cut --max-connections {asked} to {}", limits.room));
    }
    Ok(lines.join("\n") + "\n")
}
