//! The history file: the journal that its options ask for.

use crate::{
    config::HistorySync,
    journal::{FileJournal, SyncPolicy},
    server::Failure,
};
use std::path::Path;

/// The journal in this file.
pub(super) fn journal(file: &Path, sync: HistorySync) -> FileJournal {
    FileJournal::new(
        file,
        match sync {
            HistorySync::Never => SyncPolicy::Never,
            HistorySync::EachSecond => SyncPolicy::EachSecond,
            HistorySync::Always => SyncPolicy::Always,
        },
    )
}

/// Looks at this file, without its lock and without a change. Returns the line that tells what a start would do.
pub(super) fn check(file: &Path) -> Result<String, Failure> {
    FileJournal::check(file)?;
    Ok(format!("keep the history in {}", file.display()))
}
