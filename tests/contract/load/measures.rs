//! The figures of a run: arrivals by the kernel's stamps, the processor time of a server with children, connects that
//! the kernel had to ask for again, and misbehaving peers of which nobody can know whether they were let go.

use super::{Told, command, hub::Hub, load, stamped::Stamped, told};
use crate::support::{
    metrics::Metrics,
    process::eventually,
    server::{Server, program},
};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    thread,
};

const FEW: [&str; 6] = ["--subscribers", "4", "--every", "100ms", "--for", "500ms"];
/// A longest wait that no machine reaches.
const PATIENT: [&str; 2] = ["--timeout", "60s"];

#[test]
fn an_event_counts_as_arrived_when_the_kernel_has_it_however_late_it_is_read() {
    let server = Stamped::start();
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("report.json");
    let mut command = command(server.address, &[&FEW[..], &PATIENT].concat());
    command.arg("--json").arg(&json);
    let run = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    server.stop(run.id());
    let output = run.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    let told = told(&output, report);
    let (began, around) = (told.number("/began"), server.around());
    assert_eq!(around.len(), 5, "{}", told.all);
    for (number, (before, after)) in around.iter().enumerate() {
        let of = |name| told.number(&format!("/broadcasts/{number}/{name}"));
        let (first, last) = (
            began + of("at") + of("first"),
            began + of("at") + of("last"),
        );
        assert!(
            [*before, first, last, *after].is_sorted(),
            "{before} {first} {last} {after}: {}",
            told.all
        );
    }
    // Four heads, and four subscribers with five events each.
    assert_eq!(told.number("/read_late/count"), 24.0, "{}", told.all);
}

/// A process that has a child of 50 MB, and a child that does not rest.
struct Family {
    parent: Child,
}

impl Family {
    fn start() -> Self {
        let script = "(head -c 50000000 /dev/zero; echo grown >&2; exec sleep 1000) | tail -c 60000000 & \
                      sh -c 'while :; do :; done' & wait";
        let mut command = Command::new("sh");
        command.args(["-c", script]).process_group(0);
        let mut parent = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(parent.stderr.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "grown\n");
        Self { parent }
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        let kill = format!("kill -KILL -{}", self.parent.id());
        let _ = Command::new("sh").args(["-c", &kill]).status();
        let _ = self.parent.wait();
    }
}

#[test]
fn the_memory_and_the_processor_time_of_a_server_are_those_of_its_children_as_well() {
    let family = Family::start();
    let pid = family.parent.id().to_string();
    let hub = Hub::honest();
    let crowd = ["--subscribers", "4", "--every", "100ms", "--for", "2s"];
    let options = [&crowd[..], &PATIENT, &["--pid", &pid]].concat();
    let told = load(hub.address, &options);
    told.is_clean();
    assert!(
        told.number("/memory/before/resident") > 50e6,
        "{}",
        told.all
    );
    assert!(told.number("/cpu/server") > 0.0, "{}", told.all);
    let span = told.number("/cpu/server") / told.number("/cpu/server_share");
    let held = told.number("/held_until") - told.number("/held_from");
    assert!(span >= held * 0.9, "of {span} s: {}", told.all);
    assert!(
        told.table.contains("processor  ") && told.table.contains("server"),
        "{}",
        told.all
    );
}

/// The line of the table about misbehaving peers.
fn misbehaving(told: &Told) -> &str {
    let mut lines = told.table.lines();
    lines.find(|line| line.starts_with("misbehaving")).unwrap()
}

#[test]
fn whether_a_peer_that_does_not_read_was_let_go_is_what_the_server_tells_or_not_known() {
    let options = [&FEW[..], &PATIENT, &["--stalled", "1", "--half-open", "1"]].concat();
    let told = load(Hub::honest().address, &options);
    told.is_clean();
    assert!(told.report["totals"]["let_go"].is_null(), "{}", told.all);
    assert!(
        misbehaving(&told).contains("not known from here"),
        "{}",
        told.all
    );
    let server = Server::start(&["--publish-rate", "0"]);
    let told = load(server.address, &options);
    told.is_clean();
    assert_eq!(told.number("/totals/let_go"), 0.0, "{}", told.all);
    assert!(
        misbehaving(&told).ends_with("the server let go of 0"),
        "{}",
        told.all
    );
}

#[test]
fn peers_that_do_not_read_and_that_our_server_has_let_go_are_counted_by_its_word() {
    let options = [
        "--publish-rate",
        "0",
        "--write-timeout",
        "1",
        "--heartbeat",
        "0.2",
    ];
    let server = Server::start(&options);
    let mut command = program();
    command.args(["load", &format!("http://{}/subscribe", server.address)]);
    command.args(["--subscribers", "1", "--half-open", "3", "--for", "1h"]);
    let run = super::start(command);
    Metrics::wait_for(server.address, |metrics| {
        metrics.of("disconnects_total", "write_timeout") == 3.0
    });
    let interrupt = format!("kill -INT {}", run.id());
    assert!(
        Command::new("sh")
            .args(["-c", &interrupt])
            .status()
            .unwrap()
            .success()
    );
    let told = told(&run.wait_with_output().unwrap(), Value::Null);
    assert!(
        misbehaving(&told).ends_with("the server let go of 3"),
        "{}",
        told.all
    );
}

/// True if a connect to this port of 127.0.0.1 was asked for again, since nobody answered it (proc_pid_net(5)).
fn is_asked_again(port: u16) -> bool {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let here = u32::from_ne_bytes([127, 0, 0, 1]);
    let peer = format!("{here:08X}:{port:04X}");
    table.lines().skip(1).any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        // SYN_SENT, and the number of unanswered questions behind the first.
        fields[2..4] == [&*peer, "02"] && fields[6] != "00000000"
    })
}

#[test]
fn a_connect_that_found_the_queue_of_the_server_full_is_told_as_such() {
    // The queue is as short as possible, and full.
    let listener =
        socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let any: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
    listener.bind(&any.into()).unwrap();
    listener.listen(0).unwrap();
    let listener = TcpListener::from(listener);
    let address = listener.local_addr().unwrap();
    let within = std::net::TcpStream::connect(address).unwrap();
    let mut command = program();
    command.args([
        "load",
        &format!("http://{address}/subscribe"),
        "--subscribers",
        "1",
    ]);
    command.args(["--for", "100ms", "--timeout", "60s", "--allow-unchecked"]);
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("report.json");
    // With both of these options the server is not asked for its metrics, by a connection that would be refused first.
    command.args(["--gap-event", "missed"]);
    command
        .args(["--pid", &std::process::id().to_string(), "--json"])
        .arg(&json);
    let run = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    eventually("the connect is asked for again", || {
        is_asked_again(address.port())
    });
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ =
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
                let _ = stream.read(&mut [0; 4096]);
            });
        }
    });
    let output = run.wait_with_output().unwrap();
    drop(within);
    let told = told(
        &output,
        serde_json::from_slice(&fs::read(json).unwrap()).unwrap(),
    );
    told.is_clean();
    assert!(
        told.number("/network/syn_sent_again") >= 1.0,
        "{}",
        told.all
    );
    assert!(
        told.number("/network/listen_overflows") >= 1.0,
        "{}",
        told.all
    );
    assert!(
        told.number("/connections/connect/max") >= 1.0,
        "{}",
        told.all
    );
}

#[test]
fn a_report_tells_how_to_repeat_the_run_and_no_secret() {
    let server = Server::start(&["--publish-rate", "0"]);
    let folder = tempfile::tempdir().unwrap();
    let [json, html] = ["report.json", "report.html"].map(|name| folder.path().join(name));
    let url = |path| format!("http://{}/{path}?access_token=hush", server.address);
    let mut command = program();
    command.args(["load", &url("subscribe"), "--publish", &url("publish")]);
    command.args(FEW).args(PATIENT).args(["--title", "A <try>"]);
    command.arg("--json").arg(&json).arg("--html").arg(&html);
    let output = command.output().unwrap();
    let [json, html] = [json, html].map(|path| fs::read_to_string(path).unwrap());
    let report: Value = serde_json::from_str(&json).unwrap();
    let told = told(&output, report);
    told.is_clean();
    let command = told.report["machine"]["command"].as_str().unwrap();
    assert!(
        command.contains("'A <try>'") && command.contains("/publish?access_token=[redacted]'"),
        "{command}"
    );
    assert_eq!(told.report["asked"]["title"], "A <try>");
    assert!(html.contains("A &lt;try&gt;") && html.contains("Measured on"));
    for text in [&json, &html, &told.all] {
        assert!(!text.contains("hush"), "{text}");
    }
}
