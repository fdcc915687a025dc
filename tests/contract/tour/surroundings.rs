//! The tour in odd surroundings: it leaves no process behind, and nothing in the environment changes what it shows.

use super::{TITLES, labelled, steps, told, unpaused};
use crate::support::{
    process::{self, eventually},
    server::{PROGRAM, program, program_by},
};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, ChildStdout, Command, Stdio},
};

/// A tour whose reader is slow. It is killed when this is dropped.
struct Running {
    child: Child,
    /// Standard output, until it is closed.
    text: Option<BufReader<ChildStdout>>,
}

impl Running {
    /// Starts a tour in a process group of its own.
    fn start(mut command: Command) -> Self {
        command
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let text = child.stdout.take().map(BufReader::new);
        Self { child, text }
    }

    /// A tour that waits for Enter. Tests in the background are started with SIGINT ignored, and by nohup with SIGHUP ignored.
    fn paused() -> Self {
        let mut command = program_by(&["env", "--default-signal=INT,HUP"]);
        command.arg("tour").stdin(Stdio::piped());
        Self::start(command)
    }

    /// Reads until the tour waits for Enter.
    fn await_pause(&mut self) -> String {
        let mut text = Vec::new();
        while !text.ends_with("Enter goes on … ".as_bytes()) {
            let read = self.text().read_until(b' ', &mut text).unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&text));
        }
        String::from_utf8(text).unwrap()
    }

    fn text(&mut self) -> &mut BufReader<ChildStdout> {
        self.text.as_mut().unwrap()
    }

    fn enter(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// Kills the tour by a signal, which ends it, and checks that no process is left.
    fn end_by(mut self, signal: i32) {
        process::signal(self.child.id(), &signal.to_string());
        assert_eq!(self.child.wait().unwrap().signal(), Some(signal));
        self.is_alone();
    }

    /// Waits until no process of the group is left.
    fn is_alone(&self) {
        let group = self.child.id();
        eventually("an empty group", || members(group).is_empty());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The processes of a group (proc(5), `stat`, field 5), but for those that have ended.
fn members(group: u32) -> Vec<String> {
    let stats = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let stat = fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        let rest = stat.rsplit(") ").next()?.to_owned();
        let mut fields = rest.split(' ');
        let is_dead = fields.next() == Some("Z");
        let is_member = fields.nth(1)?.parse() == Ok(group);
        (is_member && !is_dead).then_some(stat)
    });
    stats.collect()
}

#[test]
fn each_enter_goes_on_and_the_end_of_the_input_goes_on_to_the_end() {
    let mut tour = Running::paused();
    for title in &TITLES[..2] {
        let text = tour.await_pause();
        assert!(text.contains(&format!("of 9: {title}\n")), "{text}");
        assert_eq!(text.matches(" of 9: ").count(), 1, "{text}");
        tour.enter();
    }
    drop(tour.child.stdin.take());
    let mut rest = String::new();
    tour.text().read_to_string(&mut rest).unwrap();
    assert!(rest.contains("9 of 9: shutdown\n"), "{rest}");
    assert_eq!(rest.matches("Enter goes on").count(), 1, "{rest}");
    assert!(tour.child.wait().unwrap().success());
    tour.is_alone();
}

#[test]
fn a_signal_ends_the_tour_at_once_and_the_new_process_with_it() {
    for (signal, before) in [(2, 1), (2, 8), (15, 8), (1, 8)] {
        let mut tour = Running::paused();
        for _ in 1..before {
            tour.await_pause();
            tour.enter();
        }
        tour.await_pause();
        let expected = if before < 8 { 1 } else { 2 };
        assert_eq!(members(tour.child.id()).len(), expected);
        tour.end_by(signal);
    }
}

#[test]
fn a_reader_that_closes_standard_output_ends_the_tour_quietly() {
    let mut tour = Running::start(unpaused());
    let mut line = String::new();
    tour.text().read_line(&mut line).unwrap();
    tour.text = None;
    assert!(tour.child.wait().unwrap().success());
    let mut errors = String::new();
    tour.child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut errors)
        .unwrap();
    assert_eq!(errors, "");
    tour.is_alone();
}

#[test]
fn variables_of_the_server_and_of_the_log_change_nothing() {
    let mut command = unpaused();
    for (name, value) in [
        ("RUST_LOG", "off"),
        ("PORT", "no port"),
        ("FLICKR_API_KEY", "not a key"),
        ("PICTURE_FRAME_LISTEN", "nowhere"),
        ("PICTURE_FRAME_HEARTBEAT", "1000"),
        ("PICTURE_FRAME_PUBLISH_RATE", "1"),
        ("PICTURE_FRAME_HOST", "elsewhere.example"),
        ("PICTURE_FRAME_REDIS", "redis://127.0.0.1:1"),
        ("PICTURE_FRAME_HISTORY_FILE", "/nowhere/history.db"),
        ("PICTURE_FRAME_TRACE", "/nowhere/trace.json"),
        ("PICTURE_FRAME_UPGRADE", "1"),
        ("HTTPS_PROXY", "no proxy"),
        ("NOTIFY_SOCKET", "/nowhere/notify"),
    ] {
        command.env(name, value);
    }
    let text = told(command.output().unwrap());
    assert_eq!(steps(&text).len(), 9);
    assert!(!text.contains('\x1b'), "no colours without a terminal");
}

#[test]
fn a_limit_of_open_files_that_is_too_small_is_told() {
    let mut command = Command::new("sh");
    let output = command
        .args([
            "-c",
            &format!("ulimit -n 64; exec {PROGRAM} tour --no-pause"),
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let line = String::from_utf8(output.stderr).unwrap();
    let begin = "picture-frame: tour: the tour needs 128 open files, and 64 are allowed";
    assert!(line.starts_with(begin), "{line}");
}

#[test]
fn a_small_limit_of_open_files_is_enough() {
    let output = Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -n 128; exec {PROGRAM} tour --no-pause"),
        ])
        .output()
        .unwrap();
    let text = told(output);
    assert_eq!(labelled(&text, "Result    ").len(), 9);
}

#[test]
fn the_help_names_the_tour() {
    let help = |arguments: &[&str]| {
        let output = program().args(arguments).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(help(&["--help"]).contains("\n  tour  Watch the loop in nine steps\n"));
    assert!(help(&["tour", "--help"]).contains("--no-pause"));
}
