//! The program: reads its options, serves or tests a server, and says by its exit status how that went.

use picture_frame::{
    config::{Config, Stop, Task},
    load, logging,
    serve::{Failure, serve},
};
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// The server could not run, or did not stand the test.
const FAILED: u8 = 1;
/// What it was told makes no sense.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let task = match Config::read(std::env::args_os()) {
        Ok(task) => task,
        Err(Stop::Told(text)) => return tell(&text, ExitCode::SUCCESS),
        Err(Stop::Wrong(line)) => return fail(USAGE, &line),
    };
    let screen = load::Screen::default();
    let started = match task {
        Task::Serve(_) => logging::start(io::stderr()),
        Task::Load(_) => logging::start(screen.clone()),
    };
    match (started, task) {
        (Err(error), _) => fail(FAILED, &error.to_string()),
        (Ok(()), Task::Serve(config)) => served(serve(*config)),
        (Ok(()), Task::Load(options)) => tested(load::run(*options, &screen)),
    }
}

fn served(result: Result<(), Failure>) -> ExitCode {
    log::logger().flush();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error @ Failure::Setup(_)) => fail(USAGE, &error.to_string()),
        Err(error) => fail(FAILED, &error.to_string()),
    }
}

fn tested(result: Result<(String, bool), load::Error>) -> ExitCode {
    log::logger().flush();
    match result {
        Ok((report, true)) => tell(&report, ExitCode::SUCCESS),
        Ok((report, false)) => tell(&report, ExitCode::from(FAILED)),
        Err(load::Error::Usage(line)) => fail(USAGE, &line),
        Err(load::Error::System(error)) => fail(FAILED, &error.to_string()),
    }
}

fn tell(text: &str, status: ExitCode) -> ExitCode {
    // Whoever closes the pipe after the first lines has read enough.
    let _ = write!(io::stdout(), "{text}");
    status
}

fn fail(status: u8, line: &str) -> ExitCode {
    logging::say(format!("picture-frame: {line}"));
    ExitCode::from(status)
}
