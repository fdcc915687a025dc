//! A new version that ends, or errs, at any message of the hand-over.

use super::{Upgradable, binary, runs, signal};
use crate::support::{
    client::{Stream, publish},
    process::{eventually, metric},
    programs::{find, skip},
    server::{Server, program_at},
};
use std::{fs, net::TcpStream, path::Path};

/// A command of a shell script that sends a frame of this CBOR to the old version.
fn send(cbor: &[u8]) -> String {
    let length = (cbor.len() as u32).to_be_bytes();
    let bytes = [b"PFho", &length[..], cbor].concat();
    let octal: String = bytes.iter().map(|byte| format!("\\{byte:03o}")).collect();
    format!("printf '{octal}' >&0; ")
}

/// A hello of this format, from a version with room for 20,000 connections.
pub fn hello(format: u8) -> String {
    send(
        &[
            &b"\x82\x01\x81\xa3\x00"[..],
            &[format],
            b"\x01\x619\x02\x19\x4e\x20",
        ]
        .concat(),
    )
}

#[test]
fn a_version_that_ends_at_any_message_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let frame = Upgradable::start(&["--history-file", path.to_str().unwrap()]);
    let address = frame.server.address;
    let mut stream = Stream::open(address);
    let (had, taken, failed) = (
        send(b"\x82\x05\x81\x01"),
        send(b"\x82\x07\x81\x09"),
        send(b"\x82\x09\x81\x62no"),
    );
    let (hello, read) = (hello(1), "head -c 300 <&0 >/dev/null; ");
    for (number, (script, words)) in [
        (hello.clone(), "does not take over"),
        (format!("{hello}{read}"), "it ended"),
        (
            format!("{hello}{failed}cat <&0 >/dev/null"),
            "cannot take over: no",
        ),
        (format!("{hello}{had}{read}"), "it ended"),
        (
            format!("{hello}{had}{taken}cat <&0 >/dev/null"),
            "it answers Taken",
        ),
        (
            format!("{hello}{taken}cat <&0 >/dev/null"),
            "it answers Taken",
        ),
        (
            format!("{hello}echo garbage >&0; cat <&0 >/dev/null"),
            "no frame",
        ),
        (format!("{hello}exec sleep 60"), "no answer in time"),
        (failed.clone(), "cannot take over: no"),
        (had, "does not say hello"),
    ]
    .into_iter()
    .enumerate()
    {
        frame.replace_run(&script);
        frame.fail(&[words]);
        let keyword = number.to_string();
        assert_eq!(publish(address, &keyword).status, 200, "{words}");
        assert_eq!(stream.picture()["keyword"], *keyword);
        assert_eq!(metric(address, "picture_frame_history_up"), 1);
    }
    frame.mend();
    frame.upgrade();
    publish(address, "after");
    assert_eq!(stream.picture()["keyword"], "after");
    assert_eq!(metric(address, "picture_frame_history_events"), 11);
}

#[test]
fn versions_that_speak_another_format_part_in_peace() {
    let frame = Upgradable::start(&[]);
    let mut stream = Stream::open(frame.server.address);
    for format in [0, 2] {
        frame.replace_run(&format!("{}exec sleep 60", hello(format)));
        frame.fail(&[&format!("speaks format {format} "), "this one format 1"]);
    }
    publish(frame.server.address, "x");
    assert_eq!(stream.picture()["keyword"], "x");
}

#[test]
fn an_old_version_that_is_killed_takes_the_new_one_with_it() {
    for script in [
        // It is killed while the new version starts, and has its offer.
        "kill -s KILL $PPID; exec \"$pf\" \"$@\"",
        // It is killed after a hello, which nobody reads.
        &format!("{}kill -s KILL $PPID; cat <&0 >/dev/null", hello(1)),
    ] {
        let mut frame = Upgradable::start(&[]);
        let address = frame.server.address;
        let number = frame.binary.with_extension("pid");
        frame.replace_run(&format!("echo $$ >{}; {script}", number.display()));
        frame.signal("USR2");
        assert!(!frame.server.wait().success());
        let new = fs::read_to_string(&number).unwrap().trim().parse().unwrap();
        eventually("the new version has ended", || !runs(new));
        eventually("nobody listens", || TcpStream::connect(address).is_err());
    }
}

/// A server that gets this signal when its loop sends the message of this number in a hand-over: the state, the
/// connections, the end or the last word.
fn signalled_at(message: usize, name: &str, strace: &Path, options: &[&str]) -> Upgradable {
    let (folder, binary) = binary();
    let mut command = program_at(strace);
    let trace = folder.path().join("trace");
    command.args(["-D", "-e", "trace=sendmsg", "-e"]);
    command.arg(format!("inject=sendmsg:signal={name}:when={message}"));
    command.arg("-o").args([&trace, &binary]).args(options);
    Upgradable {
        server: Server::spawn(command),
        binary,
        _folder: folder,
    }
}

#[test]
fn an_old_version_that_is_killed_at_any_message_leaves_a_new_one_that_serves_or_none() {
    let Some(strace) = find(&["strace"], "strace") else {
        return;
    };
    for message in 1..=4 {
        let mut frame = signalled_at(message, "KILL", &strace, &[]);
        let (address, number) = (frame.server.address, frame.binary.with_extension("pid"));
        let mut stream = Stream::open(address);
        frame.replace_run(&format!(
            "echo $$ >{}; exec \"$pf\" \"$@\"",
            number.display()
        ));
        signal(frame.server.pid(), "USR2");
        if frame.server.wait().success() {
            return skip("no debugger is permitted here");
        }
        let new = fs::read_to_string(&number).unwrap().trim().parse().unwrap();
        if message < 4 {
            eventually("the new version has ended", || !runs(new));
            assert!(TcpStream::connect(address).is_err());
        } else {
            assert_eq!(publish(address, "new").status, 200);
            assert_eq!(stream.picture()["keyword"], "new");
            signal(new, "KILL");
        }
    }
}

#[test]
fn a_stop_that_comes_at_any_message_ends_the_process_that_has_the_connections() {
    let Some(strace) = find(&["strace"], "strace") else {
        return;
    };
    for message in 1..=4 {
        let mut frame = signalled_at(message, "TERM", &strace, &["--drain", "0"]);
        let address = frame.server.address;
        let mut stream = Stream::open(address);
        signal(frame.server.pid(), "USR2");
        assert!(frame.server.wait().success(), "{message}");
        let trace = fs::read_to_string(frame.binary.with_file_name("trace")).unwrap();
        if !trace.contains("SIGTERM") {
            return skip("no debugger is permitted here");
        }
        eventually("nobody listens", || TcpStream::connect(address).is_err());
        while stream.block().is_some() {}
    }
}

#[test]
fn a_history_that_cannot_be_opened_again_is_tried_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let [kept, away] = ["kept", "away"].map(|name| folder.path().join(name));
    fs::create_dir(&kept).unwrap();
    let path = kept.join("history.db");
    let frame = Upgradable::start(&["--history-file", path.to_str().unwrap()]);
    let address = frame.server.address;
    let mut stream = Stream::open(address);
    assert_eq!(publish(address, "before").status, 200);
    let (hello, moves) = (
        hello(1),
        format!("mv {} {}", kept.display(), away.display()),
    );
    frame.replace_run(&format!("{hello}head -c 300 <&0 >/dev/null; {moves}"));
    frame.signal("USR2");
    frame.wait_for_failures(2);
    assert!(frame.failures()[0].contains("until the history can be used again"));
    assert_eq!(publish(address, "meanwhile").status, 503);
    assert_eq!(metric(address, "picture_frame_history_up"), 0);
    fs::rename(&away, &kept).unwrap();
    eventually("the history is back", || {
        metric(address, "picture_frame_history_up") == 1
    });
    assert_eq!(publish(address, "after").status, 200);
    for keyword in ["before", "after"] {
        assert_eq!(stream.picture()["keyword"], keyword);
    }
    assert_eq!(metric(address, "picture_frame_history_events"), 2);
    assert_eq!(frame.failures().len(), 2, "it is told once");
}
