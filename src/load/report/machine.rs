//! The machine on which a run was made, and the command that began it.

mod command;

pub(crate) use command::without_secrets;

use crate::reactor::system;
use serde::{Deserialize, Serialize};
use std::{env, thread::available_parallelism};

/// The machine of a run, and the command.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Machine {
    /// The system and its release, as `Linux 6.12.9`.
    pub(crate) system: String,
    /// The processor's name, if the system tells it.
    pub(crate) processor: Option<String>,
    /// The cores that this program may use.
    pub(crate) cores: usize,
    /// Whether the server was on the same machine.
    pub(crate) has_server: bool,
    /// The command line that repeats the run, without secrets.
    pub(crate) command: String,
}

impl Machine {
    /// This machine, and the command of this process.
    pub(crate) fn this(has_server: bool) -> Self {
        let arguments = env::args_os().map(|argument| argument.to_string_lossy().into_owned());
        Self {
            system: system::release(),
            processor: system::processor_name(),
            cores: available_parallelism().map_or(1, usize::from),
            has_server,
            command: command::line(arguments),
        }
    }
}
