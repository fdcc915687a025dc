//! The options of the history.

use super::values::history;
use clap::Args;
#[cfg(feature = "history")]
use {clap::ValueEnum, std::path::PathBuf};

/// The pictures that are held, and the file that keeps them.
#[derive(Args, Clone, Debug)]
pub(crate) struct HistoryOptions {
    /// Pictures held for subscribers that come back
    #[arg(long = "history", env = "PICTURE_FRAME_HISTORY", value_name = "N", default_value = "256", value_parser = history)]
    pub(crate) history: usize,

    /// File that keeps these pictures as well, over a restart or a crash; made if it is not there; an SQLite database
    #[cfg(feature = "history")]
    #[arg(long, env = "PICTURE_FRAME_HISTORY_FILE", value_name = "FILE")]
    pub(crate) history_file: Option<PathBuf>,

    /// When the history file is forced to the disk; a crash of the program loses nothing with any of them
    #[cfg(feature = "history")]
    #[arg(
        long,
        env = "PICTURE_FRAME_HISTORY_SYNC",
        value_name = "WHEN",
        default_value = "1s"
    )]
    pub(crate) history_sync: HistorySync,
}

impl HistoryOptions {
    /// True if a file keeps the pictures.
    #[cfg(feature = "redis")]
    pub(super) fn has_file(&self) -> bool {
        #[cfg(feature = "history")]
        return self.history_file.is_some();
        #[cfg(not(feature = "history"))]
        false
    }
}

/// The time at which the history file is forced to the disk.
#[cfg(feature = "history")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HistorySync {
    /// When the system decides: a power cut may damage the file
    Never,
    /// Once a second: a power cut loses about a second
    #[value(name = "1s")]
    EachSecond,
    /// Before each broadcast, which waits for the disk: a power cut loses nothing
    Always,
}
