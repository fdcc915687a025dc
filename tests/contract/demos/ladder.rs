//! The ladder: each step's transcript, replayed against the program. Steps 3, 5 and 7 fail on purpose, as their
//! transcripts show.

use super::{Demo, program};
use crate::support::PATIENCE;
use std::{
    collections::BTreeMap,
    fs,
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    path::Path,
    thread::{self, JoinHandle},
};

/// The most lines of code of a step: without its head and empty lines.
const LINES: usize = 60;
/// A crowd of bytes that no kernel buffers.
const MUCH: usize = 32 << 20;

fn source(step: usize) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(root.join(format!("src/demos/ladder/step_{step}.rs"))).unwrap()
}

/// The lines of a step's transcript.
fn transcript(source: &str) -> Vec<&str> {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let lines = lines.skip_while(|line| *line != " ```text").skip(1);
    lines
        .map(str::trim_start)
        .take_while(|line| *line != "```")
        .collect()
}

/// The bytes of an idle client, and the turns and system calls of an echo, in the form in which the bench `ladder` of
/// `benches/ratios` reads them and measures them.
fn costs(source: &str) -> Vec<u32> {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let text: String = lines.collect();
    let (_, cost) = text
        .split_once("The cost: ")
        .expect("a step tells its cost");
    let units = [" bytes for an idle client", " turn", " system calls"];
    let number = |unit| {
        cost.split_once(unit)?
            .0
            .split(' ')
            .next_back()?
            .parse()
            .ok()
    };
    units.into_iter().filter_map(number).collect()
}

/// A client of a transcript, and the thread that sends much for it.
struct Client {
    socket: TcpStream,
    sender: Option<JoinHandle<()>>,
}

/// A step and its clients, by their names.
struct Replay {
    address: SocketAddr,
    clients: BTreeMap<String, Client>,
    end: &'static str,
}

impl Replay {
    fn line(&mut self, line: &str) {
        let (name, rest) = line.split_at(1);
        let address = self.address;
        let client = self.clients.entry(name.to_owned()).or_insert_with(|| {
            let socket = TcpStream::connect(address).unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            Client {
                socket,
                sender: None,
            }
        });
        match rest {
            " leaves" => self.clients.remove(name).unwrap().leave(),
            ": nothing" => client.has_nothing(),
            " sends 32 MiB" => client.send_much(),
            " has sent all" => client.sender.take().unwrap().join().unwrap(),
            " reads all" => client.read_much(),
            "< …" => {}
            _ => {
                let (sign, text) = rest.split_at(1);
                let text = text.trim_start();
                match sign {
                    ">" => client.send(&format!("{text}{}", self.end)),
                    "<" => client.expect(text),
                    _ => panic!("no line of a transcript: {line}"),
                }
            }
        }
    }
}

impl Client {
    /// Sends a line at once: the steps take what one read returns for a line.
    fn send(&mut self, line: &str) {
        self.socket.write_all(line.as_bytes()).unwrap();
    }

    /// Ends its direction, and waits until the server has closed the connection.
    fn leave(mut self) {
        self.socket.shutdown(Shutdown::Write).unwrap();
        self.socket.read_to_end(&mut Vec::new()).unwrap();
    }

    fn expect(&mut self, text: &str) {
        let text = text
            .strip_suffix('…')
            .map_or(format!("{text}\n"), str::to_owned);
        let mut got = vec![0; text.len()];
        self.socket.read_exact(&mut got).unwrap();
        assert_eq!(String::from_utf8_lossy(&got), text);
    }

    /// Reads lines until one of them is `text`.
    fn skip_to(&mut self, text: &str) {
        let (mut line, mut byte) = (Vec::new(), [0]);
        loop {
            self.socket.read_exact(&mut byte).unwrap();
            match byte {
                [b'\n'] if line == text.as_bytes() => return,
                [b'\n'] => line.clear(),
                [byte] => line.push(byte),
            }
        }
    }

    fn has_nothing(&mut self) {
        self.socket.set_nonblocking(true).unwrap();
        let got = self.socket.peek(&mut [0]);
        assert_eq!(got.unwrap_err().kind(), ErrorKind::WouldBlock);
        self.socket.set_nonblocking(false).unwrap();
    }

    fn send_much(&mut self) {
        let mut socket = self.socket.try_clone().unwrap();
        let send = move || socket.write_all(&vec![b'x'; MUCH]).unwrap();
        self.sender = Some(thread::spawn(send));
    }

    fn read_much(&mut self) {
        self.socket.read_exact(&mut vec![0; MUCH]).unwrap();
    }
}

fn replay(step: usize) {
    let demo = Demo::start(&format!("step_{step}"));
    let mut replay = Replay {
        address: demo.address,
        clients: BTreeMap::new(),
        // The last step speaks HTTP.
        end: if step == 10 { "\r\n" } else { "\n" },
    };
    let source = source(step);
    let lines = transcript(&source);
    assert!(lines.len() > 3, "step {step} has a transcript");
    for (at, line) in lines.iter().enumerate() {
        println!("{line}");
        match at.checked_sub(1).map(|before| lines[before]) {
            Some(before) if before.ends_with("< …") => {
                let client = replay.clients.get_mut(&line[..1]).unwrap();
                client.skip_to(&line[3..]);
            }
            _ => replay.line(line),
        }
    }
}

#[test]
fn a_server_that_blocks_serves_the_second_client_when_the_first_has_left() {
    replay(1);
}

#[test]
fn with_a_thread_each_no_client_waits_for_another() {
    replay(2);
}

#[test]
fn one_read_for_each_edge_leaves_bytes_behind_for_ever() {
    replay(3);
}

#[test]
fn an_edge_that_is_drained_leaves_nothing_behind() {
    replay(4);
}

#[test]
fn an_answer_for_a_slot_that_is_used_again_meets_a_stranger() {
    replay(5);
}

#[test]
fn with_generations_an_answer_for_a_client_that_has_left_meets_no_other_client() {
    replay(6);
}

#[test]
fn without_backpressure_a_client_that_does_not_read_makes_the_memory_grow() {
    replay(7);
}

#[test]
fn a_paused_client_waits_and_gets_everything_when_it_reads() {
    replay(8);
}

#[test]
fn the_echo_server_on_the_reactor_drains_and_pauses() {
    replay(9);
}

#[test]
fn in_the_chat_the_others_are_told_that_a_member_has_left() {
    replay(10);
}

#[test]
fn each_step_is_a_page_long_and_tells_its_cost() {
    for step in 1..=10 {
        let source = source(step);
        let is_code = |line: &&str| !line.is_empty() && !line.starts_with("//!");
        let lines = source.lines().filter(is_code).count();
        assert!(lines <= LINES, "step {step} has {lines} lines");
        assert_eq!(costs(&source).len(), 3, "step {step} tells its cost");
        assert!(program(&format!("step_{step}")).exists(), "step {step}");
    }
}
