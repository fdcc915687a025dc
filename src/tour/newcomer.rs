//! The process that takes over in the step "an upgrade". It never outlives the tour: whatever ends the tour kills it, but for
//! SIGKILL.

use super::{
    fault::Fault,
    options::OPTIONS,
    transcript::{Speaker, Transcript},
};
use crate::{reactor::system, server::Successor};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};
use std::{
    env,
    io::{self, BufRead, BufReader, PipeWriter},
    path::PathBuf,
    process::{Command, Stdio},
    sync::{Arc, Mutex, MutexGuard},
    thread,
};

/// The lines that the new process writes.
const LINES: &str = "picture_frame::reactor=trace,picture_frame::server=trace,info";

/// The process, if there is one.
pub(super) struct Newcomer {
    /// Locked while a process takes over, and has a number once it has.
    process: Arc<Mutex<Option<Pid>>>,
    transcript: Arc<Transcript>,
}

/// The command of the process.
pub(super) struct NewcomerCommand {
    program: PathBuf,
    lines: PipeWriter,
}

impl Newcomer {
    /// No process, so far.
    pub(super) fn new(transcript: Arc<Transcript>) -> Self {
        Self {
            process: Arc::default(),
            transcript,
        }
    }

    /// The command of a process of the program's file, whose path is remembered now. A thread reads the process' lines.
    pub(super) fn command(&self) -> io::Result<NewcomerCommand> {
        let (reader, lines) = io::pipe()?;
        let (transcript, process) = (Arc::clone(&self.transcript), Arc::clone(&self.process));
        let read = move || {
            for line in BufReader::new(reader).lines().map_while(Result::ok) {
                let text = line.split_once("] ").map_or(&*line, |(_, text)| text);
                transcript.push(Speaker::NewLoop, text.to_owned());
            }
            // The pipe ends with the process.
            let ended = end(&mut lock(&process), None);
            let status = ended.map_or("unknown".to_owned(), |status| status.to_string());
            transcript.push(
                Speaker::NewLoop,
                format!("the process has ended: status {status}"),
            );
        };
        thread::Builder::new()
            .name("lines".to_owned())
            .spawn(read)?;
        Ok(NewcomerCommand {
            program: env::current_exe()?,
            lines,
        })
    }

    /// Has `upgrade` start the process and return its number. From here on, a signal that ends the tour ends the process.
    pub(super) fn take_over(
        &self,
        upgrade: impl FnOnce() -> Result<Pid, Fault>,
    ) -> Result<(), Fault> {
        end_with_tour(Arc::clone(&self.process)).map_err(Fault::in_part("hearing signals"))?;
        let mut process = lock(&self.process);
        *process = Some(upgrade()?);
        Ok(())
    }

    /// Sends SIGTERM to the process.
    pub(super) fn terminate(&self) -> Result<(), Fault> {
        let process = lock(&self.process).ok_or_else(|| Fault::of("there is no new process"))?;
        let sent = kill_process(process, Signal::TERM).map_err(io::Error::from);
        sent.map_err(Fault::in_part("sending a signal"))
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        end(&mut lock(&self.process), Some(Signal::KILL));
    }
}

impl NewcomerCommand {
    /// The command as a server starts it. The variables of this process are not for the new one.
    pub(super) fn successor(self) -> Successor {
        Successor::new(move || {
            let [mut check, mut run] = [Command::new(&self.program), Command::new(&self.program)];
            check.env_clear().arg("--check").args(OPTIONS);
            run.env_clear().env("RUST_LOG", LINES).args(OPTIONS);
            run.stdout(Stdio::null());
            if let Ok(lines) = self.lines.try_clone() {
                run.stderr(lines);
            }
            [check, run]
        })
    }
}

fn lock(process: &Mutex<Option<Pid>>) -> MutexGuard<'_, Option<Pid>> {
    process.lock().expect("nothing panics here")
}

/// Waits for the end of the process, to which a signal may be sent before. Returns its exit status.
fn end(process: &mut Option<Pid>, signal: Option<Signal>) -> Option<i32> {
    let process = process.take()?;
    if let Some(signal) = signal {
        // A process that has ended cannot be killed.
        let _ = kill_process(process, signal);
    }
    let (_, status) = waitpid(Some(process), WaitOptions::empty()).ok()??;
    status.exit_status()
}

/// Has the signals that end this process kill the other one before.
fn end_with_tour(process: Arc<Mutex<Option<Pid>>>) -> io::Result<()> {
    // A tour in the background goes on at SIGINT, and a tour started by nohup(1) when its terminal is closed.
    let heard = [SIGINT, SIGTERM, SIGQUIT, SIGHUP].into_iter();
    let heard = heard.filter(|signal| !system::is_ignored(*signal));
    let mut signals = Signals::new(heard)?;
    let work = move || {
        for signal in signals.forever() {
            // The process is not waited for, so that the tour dies by the signal before it misses the process.
            if let Some(process) = lock(&process).take() {
                let _ = kill_process(process, Signal::KILL);
            }
            // Without a default, the signal has no effect.
            let _ = emulate_default_handler(signal);
        }
    };
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(work)?;
    Ok(())
}
