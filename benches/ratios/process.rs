//! A child process on a core of its own: lines go to it and come from it, its processor time and memory can be read, and
//! it is killed when it is dropped.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    thread::sleep,
    time::Duration,
};

/// The core of the server, or of the floor.
const SERVING: &str = "0";
/// The core of the clients.
const ASKING: &str = "1";
/// The program's binary.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_picture-frame");
/// The time between two looks whether a process rests.
const QUIET: Duration = Duration::from_millis(1);

/// A running child.
pub struct Process {
    child: Child,
    input: ChildStdin,
    lines: BufReader<Box<dyn Read + Send>>,
}

impl Process {
    /// The real server, and its address. Its heartbeats are far apart, and publishes are not limited.
    pub fn server() -> (Self, SocketAddr) {
        Self::served(on_core(SERVING, Path::new(PROGRAM)))
    }

    /// The real server, started by the command that `wrapper` begins.
    pub fn wrapped_server(wrapper: &[String]) -> (Self, SocketAddr) {
        let mut command = Command::new(&wrapper[0]);
        command.args(&wrapper[1..]).arg(PROGRAM);
        Self::served(command)
    }

    fn served(mut command: Command) -> (Self, SocketAddr) {
        command
            .args([
                "--listen",
                "127.0.0.1:0",
                "--heartbeat",
                "3600",
                "--source",
                "gallery",
            ])
            .env("PICTURE_FRAME_PUBLISH_RATE", "0")
            .env("PICTURE_FRAME_BROADCAST_RATE", "0")
            .env("PICTURE_FRAME_LOOKUP_QUEUE", "1000")
            .env("RUST_LOG", "info")
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        Self::listening(&mut command)
    }

    /// An example, started by the command that `wrapper` begins if there is one, and its address.
    pub fn example(name: &str, wrapper: &[String]) -> (Self, SocketAddr) {
        let mut words = wrapper.to_vec();
        words.push(example(name).display().to_string());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg("127.0.0.1:0");
        Self::listening(command.stdout(Stdio::piped()).stderr(Stdio::null()))
    }

    /// The bare loop (`floor.rs`), whose answers have these lengths, and its address.
    pub fn floor(lengths: [usize; 3]) -> (Self, SocketAddr) {
        let mut command = on_core(SERVING, &this());
        command
            .arg("floor")
            .args(lengths.map(|length| length.to_string()));
        Self::listening(&mut command)
    }

    /// Clients that hold connections to `address` (`crowd.rs`).
    pub fn crowd(address: SocketAddr, count: usize, path: &str) -> Self {
        Self::client(&["crowd", &address.to_string(), &count.to_string(), path])
    }

    /// Clients that send requests to `address` (`asker.rs`), whose answers have this length.
    pub fn asker(address: SocketAddr, count: usize, length: usize) -> Self {
        Self::client(&[
            "asker",
            &address.to_string(),
            &count.to_string(),
            &length.to_string(),
        ])
    }

    /// The program as a client, with these arguments.
    pub fn program(arguments: &[&str]) -> Self {
        let mut command = on_core(ASKING, Path::new(PROGRAM));
        command.args(arguments).env("RUST_LOG", "warn");
        Self::spawn(command.stdout(Stdio::piped()))
    }

    /// This program in another role.
    pub fn client(role: &[&str]) -> Self {
        let mut command = on_core(ASKING, &this());
        command.args(role);
        Self::spawn(command.stdout(Stdio::piped()))
    }

    fn listening(command: &mut Command) -> (Self, SocketAddr) {
        let mut process = Self::spawn(command);
        loop {
            let line = process.line();
            if let Some((_, rest)) = line.split_once("listening on ") {
                let address = rest
                    .trim_start_matches("http://")
                    .split_whitespace()
                    .next()
                    .expect("the line has an address");
                return (process, address.parse().expect("an address"));
            }
        }
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let lines: Box<dyn Read + Send> = match (child.stdout.take(), child.stderr.take()) {
            (Some(output), _) => Box::new(output),
            (None, Some(log)) => Box::new(log),
            (None, None) => unreachable!("one of them is piped"),
        };
        Self {
            input: child.stdin.take().expect("it is piped"),
            lines: BufReader::new(lines),
            child,
        }
    }

    /// The next line that the process writes.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line).expect("the pipe holds");
        assert!(read > 0, "a process ended early");
        line
    }

    /// Writes a line for the process to read.
    pub fn tell(&mut self, line: usize) {
        writeln!(self.input, "{line}").expect("it listens");
    }

    /// The processor time that the process has used, in user and system mode and by all of its threads, once all sleep.
    pub fn cpu(&self) -> Duration {
        loop {
            if let Some(used) = self.at_rest() {
                return used;
            }
        }
    }

    /// Waits until all threads of the process sleep, or it has ended. Returns whether it is alive.
    pub fn comes_to_rest(&mut self) -> bool {
        while self.child.try_wait().is_ok_and(|status| status.is_none()) {
            if self.at_rest().is_some() {
                return true;
            }
        }
        false
    }

    /// The processor time that the process has used, if all its threads sleep. A process that has ended does not sleep.
    fn at_rest(&self) -> Option<Duration> {
        let before = self.tasks(cpu);
        sleep(QUIET);
        let rests = self.tasks(is_asleep).into_iter().all(|asleep| asleep);
        (rests && self.tasks(cpu) == before).then(|| before.into_iter().sum())
    }

    fn tasks<T>(&self, read: fn(&Path) -> T) -> Vec<T> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it runs");
        let read = |task: io::Result<fs::DirEntry>| read(&task.expect("it runs").path());
        tasks.map(read).collect()
    }

    /// The resident memory of the process in bytes (proc(5), `smaps_rollup`, which is exact).
    pub fn resident(&self) -> f64 {
        let path = format!("/proc/{}/smaps_rollup", self.child.id());
        let text = fs::read_to_string(path).expect("it runs");
        let line = text.lines().find(|line| line.starts_with("Rss:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        1024.0
            * kilobytes
                .expect("it has a line Rss")
                .parse::<f64>()
                .expect("a number")
    }
}

/// The processor time of a thread (proc(5), `schedstat`).
fn cpu(task: &Path) -> Duration {
    let text = fs::read_to_string(task.join("schedstat")).unwrap_or_default();
    let nanoseconds = text.split(' ').next().unwrap_or_default();
    Duration::from_nanos(nanoseconds.parse().unwrap_or_default())
}

/// Whether a thread sleeps, and does not wait for a processor (proc(5), `stat`: the state follows the name).
fn is_asleep(task: &Path) -> bool {
    let text = fs::read_to_string(task.join("stat")).unwrap_or_default();
    text.rsplit(") ")
        .next()
        .is_some_and(|rest| rest.starts_with('S'))
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The path of an example, which cargo puts beside the folder of the benches.
pub fn example(name: &str) -> std::path::PathBuf {
    let folder = this();
    let profile = folder.parent().and_then(Path::parent);
    profile
        .expect("cargo has folders")
        .join("examples")
        .join(name)
}

/// This program, which knows the other roles.
fn this() -> std::path::PathBuf {
    std::env::current_exe().expect("a program knows where it is")
}

/// The command for a program on a core, if the machine has several and taskset(1).
fn on_core(core: &str, program: &Path) -> Command {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut command = if cores > 1 && Path::new("/usr/bin/taskset").exists() {
        let mut command = Command::new("/usr/bin/taskset");
        command.args(["-c", core]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.stdout(Stdio::piped());
    command
}
