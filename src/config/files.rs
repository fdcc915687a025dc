//! The options of files: the blocked words, the page's folder, and the trace.

use super::{Config, values::folder};
use crate::frame::Blocked;
use clap::Args;
use std::{
    fs::{File, OpenOptions},
    path::PathBuf,
};

/// Files that the server reads or writes besides the history.
#[derive(Args, Clone, Debug)]
pub(crate) struct FileOptions {
    /// File of words and phrases that find no picture, one a line; matched as whole words, in any case
    #[arg(long, env = "PICTURE_FRAME_BLOCK", value_name = "FILE", value_parser = Blocked::read)]
    pub(crate) block: Option<Blocked>,

    /// Folder to serve the page from, instead of from the binary, for working on the page
    #[arg(long, env = "PICTURE_FRAME_PUBLIC", value_name = "DIR", value_parser = folder)]
    pub(crate) public: Option<PathBuf>,

    /// File to add a trace of the loop's turns to, up to 256 MiB, for <https://ui.perfetto.dev>; for learning and for
    /// finding faults, since it makes the server slower
    #[arg(long, env = "PICTURE_FRAME_TRACE", value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
}

impl Config {
    /// Opens the file of the trace, if there is to be a trace.
    ///
    /// # Errors
    ///
    /// A line that says why the file cannot be opened.
    pub fn trace(&self) -> Result<Option<File>, String> {
        let Some(path) = &self.files.trace else {
            return Ok(None);
        };
        let opened = OpenOptions::new().append(true).create(true).open(path);
        let trace = opened.map_err(|error| format!("--trace {}: {error}", path.display()))?;
        Ok(Some(trace))
    }
}
