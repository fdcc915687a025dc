//! The commands that start a new version of the program: the file from which this process was started, with the same
//! arguments and environment.

use crate::server::Successor;
use std::{
    env,
    ffi::OsString,
    io,
    path::{Path, PathBuf, absolute},
    process::{self, Command},
};

/// The successor of this process. The path is remembered now: once another file has it, the system no longer tells it.
///
/// # Errors
///
/// When the system does not tell the path.
pub(super) fn of_this_process() -> io::Result<Successor> {
    let mut arguments = env::args_os();
    let path = path(arguments.next())?;
    let arguments: Vec<OsString> = arguments.collect();
    Ok(Successor::new(move || {
        let [mut check, mut run] = [Command::new(&path), Command::new(&path)];
        check.arg("--check").args(&arguments);
        run.args(&arguments);
        if env::var("WATCHDOG_PID").is_ok_and(|pid| pid == process::id().to_string()) {
            // The service manager watches whichever process is the main process.
            run.env_remove("WATCHDOG_PID");
        }
        [check, run]
    }))
}

/// The path of the program's file. The name that it was called by may be a symbolic link, which will lead to the new
/// version.
fn path(name: Option<OsString>) -> io::Result<PathBuf> {
    let own = env::current_exe()?;
    let called = name.filter(|name| Path::new(name).components().count() > 1);
    let called = called.and_then(|name| absolute(name).ok());
    let is_own = |path: &PathBuf| path.canonicalize().is_ok_and(|path| path == own);
    Ok(called.filter(is_own).unwrap_or(own))
}
