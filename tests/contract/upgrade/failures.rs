//! New versions that fail: the old one goes on as if nothing had been, and says so in one line.

use super::{Upgradable, runs};
use crate::support::{
    client::{Client, Stream, publish},
    process::{connections, descriptors, eventually},
    server::PROGRAM,
};
use std::fs;

/// A server with a subscriber, a held poll, and a connection that has sent half a request.
struct Clients {
    frame: Upgradable,
    stream: Stream,
    poll: Client,
    half: Client,
    rounds: usize,
    descriptors: usize,
}

impl Clients {
    fn start(options: &[&str]) -> Self {
        let frame = Upgradable::start(&[options, &["--request-timeout", "120"]].concat());
        let address = frame.server.address;
        publish(address, "before");
        let mut stream = Stream::open(address);
        assert_eq!(stream.picture()["keyword"], "before");
        let [poll, mut half] = [(); 2].map(|()| Client::connect(address));
        half.send("GET /healthz HTTP/1.1\r\nHo");
        let mut clients = Self {
            frame,
            stream,
            poll,
            half,
            rounds: 0,
            descriptors: 0,
        };
        clients.go_on();
        clients.descriptors = descriptors(clients.frame.pid());
        clients
    }

    /// Checks that every client is served on, and prepares the clients for another time.
    #[track_caller]
    fn go_on(&mut self) {
        self.rounds += 1;
        let (address, keyword) = (self.frame.server.address, self.rounds.to_string());
        if self.rounds == 1 {
            self.poll.send(poll("0-1"));
            self.poll.response();
        }
        let last = publish(address, "between").json()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(self.stream.picture()["keyword"], "between");
        if self.rounds > 1 {
            self.poll.response();
        }
        self.poll.send(poll(&last));
        eventually("the poll is held", || connections(address, "polling") == 1);
        publish(address, &keyword);
        assert_eq!(self.stream.picture()["keyword"], *keyword);
        let last = self.poll.response().json()["last"]
            .as_str()
            .unwrap()
            .to_owned();
        self.half.send("st: a\r\n\r\n");
        assert_eq!(self.half.response().text(), "ok");
        self.half.send("GET /healthz HTTP/1.1\r\nHo");
        self.poll.send(poll(&last));
        eventually("the poll is held", || connections(address, "polling") == 1);
    }

    /// Has a new version fail, with a line that has all of `words`.
    #[track_caller]
    fn fail(&mut self, words: &[&str]) {
        let (before, serves) = (self.frame.server.log(), self.frame.pid());
        self.frame.fail(words);
        let log = self.frame.server.log();
        let lines = log[before.len()..].lines();
        let told = lines.filter(|line| line.contains(" WARN ") || line.contains(" ERROR "));
        assert_eq!(told.count(), 1, "{log}");
        self.go_on();
        assert_eq!(self.frame.pid(), serves);
        eventually("the descriptors are closed", || {
            descriptors(serves) <= self.descriptors
        });
    }

    /// Has the real program take over.
    #[track_caller]
    fn succeed(&mut self) {
        self.frame.mend();
        self.frame.upgrade();
        self.go_on();
    }
}

fn poll(after: &str) -> String {
    format!("GET /poll?after={after}&wait=60 HTTP/1.1\r\nHost: a\r\n\r\n")
}

#[test]
fn a_version_that_does_not_start_leaves_everything_as_it_was() {
    let mut clients = Clients::start(&[]);
    for (script, words) in [
        (
            "echo 'picture-frame: no such option' >&2; exit 2",
            &["refuses its options", "exit status: 2", "no such option"][..],
        ),
        ("exec yes >&2", &["hangs when it is to check"]),
        ("kill -s ABRT $$", &["refuses its options", "signal: 6"]),
    ] {
        clients.frame.replace(script);
        clients.fail(words);
    }
    for (script, words) in [
        (
            "exit 4",
            &["ended (exit status: 4) before it was ready"][..],
        ),
        ("kill -s SEGV $$", &["signal: 11"]),
        ("echo garbage; exit 0", &["ended (exit status: 0)"]),
        (
            "echo garbage >&0; exec sleep 60",
            &["no frame of the hand-over"],
        ),
        ("exec \"$pf\" --no-such-option", &["exit status: 2"]),
    ] {
        clients.frame.replace_run(script);
        clients.fail(words);
    }
    clients.succeed();
}

#[test]
fn a_version_that_hangs_is_ended_after_ten_seconds() {
    let mut clients = Clients::start(&[]);
    clients.frame.replace_run("echo $$ >&2; exec sleep 60");
    clients.fail(&["no answer in time"]);
    let log = clients.frame.server.log();
    let number = log.lines().find_map(|line| line.parse().ok()).unwrap();
    assert!(!runs(number), "it was killed");
    clients.succeed();
}

#[test]
fn a_file_that_is_no_program_leaves_everything_as_it_was() {
    let mut clients = Clients::start(&[]);
    fs::remove_file(&clients.frame.binary).unwrap();
    clients.fail(&["cannot be started", "No such file"]);
    fs::write(&clients.frame.binary, "").unwrap();
    clients.fail(&["cannot be started", "Permission denied"]);
    clients.frame.replace_by(|new| {
        let mut program = fs::read(PROGRAM).unwrap()[..4096].to_vec();
        // The number of a processor that nobody builds (elf(5), `e_machine`).
        program[18..20].copy_from_slice(&[0xee, 0xee]);
        fs::write(new, program).unwrap();
    });
    clients.fail(&["cannot be started", "Exec format error"]);
    clients.succeed();
}

#[test]
fn a_version_with_too_low_an_open_file_limit_is_refused() {
    let mut clients = Clients::start(&["--lookup-threads", "1"]);
    let address = clients.frame.server.address;
    let streams: Vec<Stream> = (0..40).map(|_| Stream::open(address)).collect();
    clients.descriptors += streams.len();
    clients.frame.replace("ulimit -n 50; exec \"$pf\" \"$@\"");
    clients.fail(&["open-file limit", "leaves room for 13 connections"]);
    drop(streams);
    clients.descriptors -= 40;
    clients.succeed();
}

#[test]
fn with_a_history_file_the_old_version_takes_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut clients = Clients::start(&["--history-file", path.to_str().unwrap()]);
    clients.frame.replace_run("exit 3");
    clients.fail(&["exit status: 3"]);
    clients.succeed();
}
