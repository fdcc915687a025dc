//! The work of `load`: a run, or what is made of the reports of runs.

use super::{Error, Options, Outcome, Screen, compare, merge};
use clap::{ArgMatches, Args, Command, FromArgMatches};

/// The work of `load`. A first word that is no URL names what is made of reports.
#[derive(Clone, Debug)]
pub enum Work {
    /// Hold a crowd.
    Run(Box<Options>),
    /// Put the reports of several processes together.
    Merge(merge::Options),
    /// Compare the reports of two runs.
    Compare(compare::Options),
}

impl Work {
    /// Does the work, and shows the standing of a run on `screen`. Returns the text for standard output, and the outcome
    /// for the exit status.
    ///
    /// # Errors
    ///
    /// [`Error`], when a run cannot begin, a report cannot be read, or the system fails.
    pub fn done(self, screen: &Screen) -> Result<(String, Outcome), Error> {
        match self {
            Self::Run(options) => super::run(*options, screen),
            Self::Merge(options) => merge::run(&options),
            Self::Compare(options) => {
                let table = compare::run(&options).map_err(Error::Usage)?;
                Ok((table, Outcome::Passed))
            }
        }
    }
}

impl Args for Work {
    fn augment_args(command: Command) -> Command {
        Options::augment_args(command)
            .args_conflicts_with_subcommands(true)
            .subcommand_negates_reqs(true)
            .disable_help_subcommand(true)
            .subcommand(merge::Options::augment_args(Command::new("merge")))
            .subcommand(compare::Options::augment_args(Command::new("compare")))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Work {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        match matches.subcommand() {
            Some(("merge", matches)) => merge::Options::from_arg_matches(matches).map(Self::Merge),
            Some((_, matches)) => compare::Options::from_arg_matches(matches).map(Self::Compare),
            None => Options::from_arg_matches(matches).map(|options| Self::Run(Box::new(options))),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
