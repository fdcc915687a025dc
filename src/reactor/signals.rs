//! Signals that end a process: a repeated signal at once, and SIGQUIT with a line in the log.

use signal_hook::{consts::SIGQUIT, flag};
use std::{
    io, process,
    sync::{Arc, atomic::AtomicBool},
};

/// Has the second of `signals` end the process, with the status 128 plus its number. The first signal only sets a flag.
/// With the flag set, the next signal ends the process in its handler, also if the loop hangs.
pub(crate) fn end_at_the_second(signals: &[i32]) -> io::Result<()> {
    let asked = Arc::new(AtomicBool::new(false));
    for &signal in signals {
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&asked))?;
        flag::register(signal, Arc::clone(&asked))?;
    }
    Ok(())
}

/// Ends the process, as SIGQUIT asks, with a line in the log.
pub(crate) fn quit() -> ! {
    log::error!("signal {SIGQUIT}: ending at once");
    log::logger().flush();
    process::exit(128 + SIGQUIT)
}
