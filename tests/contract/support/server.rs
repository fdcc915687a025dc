//! The real program, on a port of its own.

use super::{PATIENCE, pause, process::signal};
use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Instant,
};

/// The program's binary.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_picture-frame");

/// The program without variables that would change its behaviour, but with leave to publish as often as tests do, and
/// for any `Host`.
pub fn program() -> Command {
    clean(Command::new(PROGRAM))
}

/// The program, started by the name of another file.
pub fn program_at(path: &Path) -> Command {
    clean(Command::new(path))
}

/// The program, started by a command that executes its last arguments.
pub fn program_by(launcher: &[&str]) -> Command {
    let mut command = Command::new(launcher[0]);
    command.args(&launcher[1..]).arg(PROGRAM);
    clean(command)
}

fn clean(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("PICTURE_FRAME_")
            || text.to_ascii_uppercase().ends_with("_PROXY")
            || ["PORT", "RUST_LOG", "FLICKR_API_KEY"].contains(&&*text)
        {
            command.env_remove(name);
        }
    }
    command.env("PICTURE_FRAME_PUBLISH_RATE", "0");
    command.env("PICTURE_FRAME_HOST", "*");
    command
}

/// A running server. Killed when it is dropped.
pub struct Server {
    child: Child,
    /// The address on which the server listens.
    pub address: SocketAddr,
    log: Arc<Log>,
}

#[derive(Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

impl Server {
    /// Starts a server with these options, beside `--listen`.
    pub fn start(options: &[&str]) -> Self {
        let mut command = program();
        command.args(options);
        Self::spawn(command)
    }

    /// Starts `command`, which may have an environment of its own, on a free port.
    pub fn spawn(mut command: Command) -> Self {
        command.args(["--listen", "127.0.0.1:0"]);
        Self::spawn_as_told(command)
    }

    /// Starts `command`, which has its own option for the address.
    pub fn spawn_as_told(command: Command) -> Self {
        let mut server = Self::begin(command);
        let line = server.wait_for_log("listening on http://");
        let (_, address) = line.split_once("http://").unwrap();
        let address = address.split_whitespace().next().unwrap();
        server.address = address.parse().unwrap();
        server
    }

    /// Starts `command`, and does not wait for an address.
    pub fn begin(mut command: Command) -> Self {
        command.stdin(Stdio::null());
        Self::begin_with_input(command)
    }

    /// Starts `command`, which has an input, and does not wait for an address.
    pub fn begin_with_input(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Log::default());
        let (pipe, lines) = (child.stderr.take().unwrap(), Arc::clone(&log));
        thread::spawn(move || collect(pipe, &lines));
        Self {
            child,
            address: "0.0.0.0:0".parse().unwrap(),
            log,
        }
    }

    /// Waits for a log line that holds `text`, and returns the first such line.
    #[track_caller]
    pub fn wait_for_log(&self, text: &str) -> String {
        self.wait_for_logs(text, 1)
    }

    /// Waits for so many log lines that hold `text`, and returns the last of them.
    #[track_caller]
    pub fn wait_for_logs(&self, text: &str, count: usize) -> String {
        let (begun, mut lines) = (Instant::now(), self.log.lines.lock().unwrap());
        loop {
            let mut found = lines.iter().filter(|line| line.contains(text));
            if let Some(line) = found.nth(count - 1) {
                return line.clone();
            }
            let left = PATIENCE.saturating_sub(begun.elapsed());
            assert!(!left.is_zero(), "no log line with {text:?} in {lines:#?}");
            lines = self.log.more.wait_timeout(lines, left).unwrap().0;
        }
    }

    /// All log lines so far.
    pub fn log(&self) -> String {
        self.log.lines.lock().unwrap().join("\n")
    }

    /// The process' number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name, as `TERM`.
    pub fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// Waits for the server's end, and returns its status.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "it has not ended:\n{}",
                self.log()
            );
            pause();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(pipe: impl Read, log: &Log) {
    for line in BufReader::new(pipe).lines().map_while(Result::ok) {
        log.lines.lock().unwrap().push(line);
        log.more.notify_all();
    }
}
