//! The contract's section on a new version: a process of the version that now stands where the server was started from
//! takes over live, and no client notices.

mod answers;
mod chain;
mod failures;
mod load;
mod looks;
mod program;
mod protocol;
mod shared;
mod streams;

use crate::support::{
    PATIENCE,
    flickr::FlickrStub,
    pause,
    server::{PROGRAM, Server, program_at},
    setups::KEY,
};
use std::{
    fs,
    io::Write,
    os::unix::{self, fs::PermissionsExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};
use tempfile::TempDir;

/// A server that was started by the name of a file which can be given to another version. Its process, and the
/// processes that took over from it, are killed when this is dropped.
struct Upgradable {
    server: Server,
    binary: PathBuf,
    _folder: TempDir,
}

/// The program under a name of its own in a new folder.
fn binary() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("picture-frame");
    unix::fs::symlink(PROGRAM, &binary).unwrap();
    (folder, binary)
}

impl Upgradable {
    fn start(options: &[&str]) -> Self {
        Self::start_by(|command| {
            command.args(options);
        })
    }

    /// A server whose pictures come from `stub`.
    fn over(stub: &FlickrStub, options: &[&str]) -> Self {
        Self::start_by(|command| {
            command.env("FLICKR_API_KEY", KEY);
            command.args(["--flickr-url", &stub.url()]).args(options);
        })
    }

    /// A server whose command is completed by `complete`.
    fn start_by(complete: impl FnOnce(&mut Command)) -> Self {
        let (folder, binary) = binary();
        let mut command = program_at(&binary);
        complete(&mut command);
        Self {
            server: Server::spawn(command),
            binary,
            _folder: folder,
        }
    }

    /// The numbers of the processes that have taken over, in order.
    fn heirs(&self) -> Vec<u32> {
        let log = self.server.log();
        let told = log.split("the process ").skip(1).filter_map(|rest| {
            let (number, rest) = rest.split_once(',')?;
            rest.contains("has taken").then(|| number.parse().ok())?
        });
        told.collect()
    }

    /// The process that serves.
    fn pid(&self) -> u32 {
        self.heirs().last().copied().unwrap_or(self.server.pid())
    }

    /// Sends a signal to the process that serves.
    fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// Has a new version take over, and waits until it has.
    #[track_caller]
    fn upgrade(&self) {
        let before = self.heirs().len();
        self.signal("USR2");
        self.wait_for_heirs(before + 1);
    }

    #[track_caller]
    fn wait_for_heirs(&self, count: usize) {
        self.wait_until("taken over", || self.heirs().len() == count);
    }

    /// Has a new version try, and waits for the line about its failure, which has all of `words`.
    #[track_caller]
    fn fail(&self, words: &[&str]) {
        let before = self.failures().len();
        self.signal("USR2");
        self.wait_for_failures(before + 1);
        let line = self.failures().pop().unwrap();
        for word in words {
            assert!(line.contains(word), "{line:?} does not say {word:?}");
        }
    }

    #[track_caller]
    fn wait_for_failures(&self, count: usize) {
        self.wait_until("failed", || self.failures().len() == count);
    }

    fn failures(&self) -> Vec<String> {
        let log = self.server.log();
        let lines = log.lines().filter(|line| line.contains(" ERROR "));
        lines.map(str::to_owned).collect()
    }

    #[track_caller]
    fn wait_until(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            let log = self.server.log();
            assert!(begun.elapsed() < PATIENCE, "not {what}:\n{log}");
            pause();
        }
    }

    /// Puts a shell script in the place of the binary. The variable `pf` names the real one.
    fn replace(&self, script: &str) {
        let text = format!("#!/bin/sh\npf='{PROGRAM}'\n{script}\n");
        self.replace_by(|new| write_program(new, text.as_bytes()));
    }

    /// Puts a script in the place of the binary that passes the check of options, and then runs `script`.
    fn replace_run(&self, script: &str) {
        self.replace(&format!("[ \"$1\" = --check ] && exit 0\n{script}"));
    }

    /// Puts another file in the place of the binary, by renaming.
    fn replace_by(&self, make: impl FnOnce(&Path)) {
        let new = self.binary.with_extension("new");
        make(&new);
        fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).unwrap();
        fs::rename(&new, &self.binary).unwrap();
    }

    /// Puts the real program back.
    fn mend(&self) {
        fs::remove_file(&self.binary).unwrap();
        unix::fs::symlink(PROGRAM, &self.binary).unwrap();
    }
}

impl Drop for Upgradable {
    fn drop(&mut self) {
        for heir in self.heirs() {
            signal(heir, "KILL");
        }
    }
}

/// Writes the file of a program. Another process has it open meanwhile: a process that this one starts on another
/// thread would have the descriptor as well, for a moment in which the program cannot be run.
fn write_program(path: &Path, bytes: &[u8]) {
    let mut cat = Command::new("sh");
    cat.args(["-c", "cat >\"$0\""]).arg(path);
    let mut cat = cat.stdin(Stdio::piped()).spawn().unwrap();
    cat.stdin.take().unwrap().write_all(bytes).unwrap();
    assert!(cat.wait().unwrap().success());
}

/// Sends a signal to a process, which may have ended.
fn signal(pid: u32, name: &str) {
    let mut kill = Command::new("kill");
    kill.args(["-s", name, &pid.to_string()]);
    kill.stderr(Stdio::null()).status().unwrap();
}

/// True while a process of this number runs.
fn runs(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = status
        .rsplit(") ")
        .next()
        .and_then(|rest| rest.chars().next());
    state.is_some_and(|state| state != 'Z')
}
