//! The program: reads its options, serves, and says by its exit status how that went.

use picture_frame::{
    config::{Config, Stop},
    logging,
    serve::{Failure, serve},
};
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// The server could not run.
const FAILED: u8 = 1;
/// What it was told makes no sense.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let config = match Config::read(std::env::args_os()) {
        Ok(config) => config,
        Err(Stop::Told(text)) => {
            // Whoever closes the pipe after the first lines has read enough.
            let _ = write!(io::stdout(), "{text}");
            return ExitCode::SUCCESS;
        }
        Err(Stop::Wrong(line)) => return fail(USAGE, &line),
    };
    let result = logging::start()
        .map_err(Failure::from)
        .and_then(|()| serve(config));
    log::logger().flush();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error @ Failure::Setup(_)) => fail(USAGE, &error.to_string()),
        Err(error) => fail(FAILED, &error.to_string()),
    }
}

fn fail(status: u8, line: &str) -> ExitCode {
    // Where nobody listens the status still tells.
    let _ = writeln!(io::stderr(), "picture-frame: {line}");
    ExitCode::from(status)
}
