//! A run of the load test that a test starts and lets go on, with its log and its report.

use super::{Told, told};
use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, Command, Output, Stdio},
    thread::{self, JoinHandle},
};
use tempfile::TempDir;

/// A run. Killed when it is dropped.
pub struct Run {
    child: Child,
    /// The log so far, and the thread that reads on.
    log: String,
    rest: Option<JoinHandle<String>>,
    folder: TempDir,
}

/// Runs `command` as a test of the streams at `urls`, with publishes to `server`.
pub fn load_at(command: Command, urls: &[String], server: SocketAddr, options: &[&str]) -> Told {
    load_by(command, urls, &publish(server), options)
}

/// Runs `command` as a test of the streams at `urls`, with publishes to the URL `publish`.
pub fn load_by(command: Command, urls: &[String], publish: &str, options: &[&str]) -> Told {
    let (mut run, log) = begin(command, urls, publish, options);
    run.read_on(log);
    run.told()
}

fn publish(server: SocketAddr) -> String {
    format!("http://{server}/publish")
}

/// Starts `command` as a test of the streams at `urls`, and returns when all subscribers are connected.
pub fn start_at(command: Command, urls: &[String], server: SocketAddr, options: &[&str]) -> Run {
    let (mut run, mut log) = begin(command, urls, &publish(server), options);
    while !run.log.contains("are there") {
        let read = log.read_line(&mut run.log).unwrap();
        assert!(read > 0, "it has ended: {}", run.log);
    }
    run.read_on(log);
    run
}

fn begin(
    mut command: Command,
    urls: &[String],
    publish: &str,
    options: &[&str],
) -> (Run, impl BufRead + Send + 'static) {
    let folder = tempfile::tempdir().unwrap();
    command
        .arg("load")
        .args(urls)
        .args(["--publish", publish])
        .args(options)
        .arg("--json")
        .arg(folder.path().join("report.json"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    let run = Run {
        child,
        log: String::new(),
        rest: None,
        folder,
    };
    (run, log)
}

impl Run {
    /// Has a thread read the log to its end.
    fn read_on(&mut self, mut log: impl BufRead + Send + 'static) {
        let read = move || {
            let mut rest = String::new();
            log.read_to_string(&mut rest).unwrap();
            rest
        };
        self.rest = Some(thread::spawn(read));
    }

    /// The number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end, and returns the output.
    pub fn told(mut self) -> Told {
        let mut table = Vec::new();
        let mut stdout = self.child.stdout.take().unwrap();
        stdout.read_to_end(&mut table).unwrap();
        if let Some(rest) = self.rest.take() {
            self.log += &rest.join().unwrap();
        }
        let output = Output {
            status: self.child.wait().unwrap(),
            stdout: table,
            stderr: std::mem::take(&mut self.log).into_bytes(),
        };
        let report = std::fs::read(self.folder.path().join("report.json")).unwrap_or_default();
        told(&output, serde_json::from_slice(&report).unwrap_or_default())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
