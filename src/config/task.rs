//! The tasks of the program, and the reasons why there is none.

use super::Config;
use crate::load;
use clap::{Args, Subcommand};

/// The tasks that a word of the command line asks for.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Load(load::Work),
    Tour(Tour),
}

/// Watch the loop in nine steps.
///
/// A server and its clients run in this process. Each step shows what the clients send and receive, the lines that the
/// server's loop writes meanwhile, and the functions to read. The server listens on a free port of 127.0.0.1. Options and
/// variables of the server do not count.
#[derive(Clone, Copy, Debug, Args)]
pub struct Tour {
    /// Go on without waiting for Enter after each step
    #[arg(long)]
    pub(crate) no_pause: bool,
}

/// A task of the program.
#[derive(Debug)]
pub enum Task {
    /// Run the server.
    Serve(Box<Config>),
    /// Tell what the server would do.
    Check(Box<Config>),
    /// Run the load test, or work on its reports.
    Load(load::Work),
    /// Show the loop.
    Tour(Tour),
}

/// The reasons why there is no task to run.
#[derive(Debug)]
pub enum EarlyExit {
    /// Help or version was asked for: the text for standard output.
    Told(String),
    /// A usage error, on one line.
    Wrong(String),
}
