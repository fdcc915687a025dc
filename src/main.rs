//! The program: reads its options, runs the server or the load test, and ends with an exit status that tells the
//! result.

use picture_frame::{
    config::{Config, EarlyExit, Task},
    load, logging,
    serve::{ServeError, check, serve},
    tour::tour,
};
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Exit status when the server could not run, or when the load test found a fault.
const FAILED: u8 = 1;
/// Exit status of a usage error.
const USAGE: u8 = 2;
/// Exit status when the load test found no fault, and could not check all events.
const UNCHECKED: u8 = 3;

fn main() -> ExitCode {
    let task = match Config::read(std::env::args_os()) {
        Ok(task) => task,
        Err(EarlyExit::Told(text)) => return tell(&text, ExitCode::SUCCESS),
        Err(EarlyExit::Wrong(line)) => return fail(USAGE, &line),
    };
    let screen = load::Screen::default();
    let trace = match &task {
        Task::Serve(config) => config.trace(),
        Task::Check(_) | Task::Load(_) | Task::Tour(_) => Ok(None),
    };
    let trace = match trace {
        Ok(trace) => trace,
        Err(line) => return fail(USAGE, &line),
    };
    let started = match task {
        Task::Serve(_) | Task::Check(_) => logging::start(io::stderr(), trace),
        Task::Load(_) => logging::start(screen.clone(), None),
        // The tour has the log's lines for itself.
        Task::Tour(_) => Ok(()),
    };
    match (started, task) {
        (Err(error), _) => fail(FAILED, &error.to_string()),
        (Ok(()), Task::Serve(config)) => served(serve(*config)),
        (Ok(()), Task::Check(config)) => checked(check(*config)),
        (Ok(()), Task::Load(work)) => tested(work.done(&screen)),
        (Ok(()), Task::Tour(options)) => toured(tour(options)),
    }
}

fn served(result: Result<(), ServeError>) -> ExitCode {
    log::logger().flush();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error @ (ServeError::Setup(_) | ServeError::Usage(_))) => {
            fail(USAGE, &error.to_string())
        }
        Err(error) => fail(FAILED, &error.to_string()),
    }
}

/// Whatever would keep the server from running is a usage error, for the operator to mend before the start.
fn checked(result: Result<String, ServeError>) -> ExitCode {
    log::logger().flush();
    match result {
        Ok(plan) => tell(&plan, ExitCode::SUCCESS),
        Err(error) => fail(USAGE, &error.to_string()),
    }
}

fn tested(result: Result<(String, load::Outcome), load::Error>) -> ExitCode {
    log::logger().flush();
    match result {
        Ok((report, outcome)) => tell(&report, status(outcome)),
        Err(load::Error::Usage(line)) => fail(USAGE, &line),
        Err(load::Error::Limit(report, line)) => {
            tell(&report, ExitCode::SUCCESS);
            fail(USAGE, &line)
        }
        Err(load::Error::System(error)) => fail(FAILED, &error.to_string()),
    }
}

fn toured(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(line) => fail(FAILED, &line),
    }
}

fn status(outcome: load::Outcome) -> ExitCode {
    match outcome {
        load::Outcome::Passed => ExitCode::SUCCESS,
        load::Outcome::Failed => ExitCode::from(FAILED),
        load::Outcome::Unchecked => ExitCode::from(UNCHECKED),
    }
}

fn tell(text: &str, status: ExitCode) -> ExitCode {
    // A reader that closes the pipe after the first lines has read enough: no failure.
    let _ = write!(io::stdout(), "{text}");
    status
}

fn fail(status: u8, line: &str) -> ExitCode {
    logging::say(format!("picture-frame: {line}"));
    ExitCode::from(status)
}
