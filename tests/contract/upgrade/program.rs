//! The program around an upgrade: how it is asked for, signals, the service manager, sockets and files.

use super::{Upgradable, binary, runs, signal, write_program};
use crate::support::{
    PATIENCE,
    client::{Client, Stream, get, publish},
    programs::find,
    server::{PROGRAM, Server, program_at},
};
use std::{
    fs,
    net::TcpListener,
    os::{
        fd::OwnedFd,
        unix::{fs::PermissionsExt, net::UnixDatagram, process::CommandExt},
    },
    path::Path,
    process::{Command, Stdio},
};

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

/// The address in the log line of the operator's listener.
fn admin(server: &Server) -> std::net::SocketAddr {
    let line = server.wait_for_log("(admin)");
    let (_, address) = line.split_once("http://").unwrap();
    address.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn the_operator_asks_for_an_upgrade_by_a_request() {
    let frame = Upgradable::start(&["--admin", "127.0.0.1:0"]);
    let (address, admin) = (frame.server.address, admin(&frame.server));
    let mut operator = Client::connect(admin);
    let upgrade = "POST /upgrade HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n";
    assert_eq!(
        Client::connect(address)
            .ask(format!("{upgrade}\r\n"))
            .status,
        404
    );
    for fields in ["Sec-Fetch-Site: cross-site\r\n", "Origin: http://b\r\n"] {
        assert_eq!(operator.ask(format!("{upgrade}{fields}\r\n")).status, 403);
    }
    assert_eq!(operator.ask(format!("{upgrade}\r\n")).status, 202);
    frame.wait_for_heirs(1);
    assert_eq!(operator.ask(HEALTH).text(), "ok");
    assert_eq!(get(admin, "/metrics").status, 200);
    assert_eq!(get(address, "/metrics").status, 404);
}

#[test]
fn the_old_process_ends_with_0_and_the_new_one_stops_in_order() {
    let mut frame = Upgradable::start(&["--drain", "0"]);
    let mut stream = Stream::open(frame.server.address);
    frame.upgrade();
    assert_eq!(frame.server.wait().code(), Some(0));
    frame.signal("TERM");
    assert_eq!(
        std::iter::from_fn(|| stream.block()).last().unwrap().name,
        "hello"
    );
    frame.wait_until("ended", || !runs(frame.pid()));
    assert!(frame.failures().is_empty());
}

#[test]
fn a_file_that_was_renamed_or_written_anew_is_the_new_version() {
    let (folder, path) = binary();
    fs::remove_file(&path).unwrap();
    write_program(&path, &fs::read(PROGRAM).unwrap());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = program_at(&path);
    command.current_dir(folder.path());
    let frame = Upgradable {
        server: Server::spawn(command),
        binary: path.clone(),
        _folder: folder,
    };
    let mark = frame.binary.with_extension("mark");
    let script = format!("echo \"$1\" >>{}; exec \"$pf\" \"$@\"", mark.display());
    frame.replace(&script);
    frame.upgrade();
    let marks = fs::read_to_string(&mark).unwrap();
    assert_eq!(marks.lines().collect::<Vec<_>>(), ["--check", "--listen"]);
    // The real program took over, and remembers its own path.
    frame.upgrade();
}

#[test]
fn a_program_that_was_found_in_path_is_found_there_again() {
    let (folder, binary) = binary();
    let mut command = program_at(Path::new("picture-frame"));
    command.env("PATH", folder.path());
    let frame = Upgradable {
        server: Server::spawn(command),
        binary,
        _folder: folder,
    };
    frame.replace_run("exit 3");
    frame.fail(&["exit status: 3"]);
    frame.mend();
    frame.upgrade();
    assert_eq!(get(frame.server.address, "/healthz").text(), "ok");
}

#[test]
fn a_second_signal_meanwhile_is_a_line_and_a_stop_ends_both() {
    let mut frame = Upgradable::start(&["--drain", "0"]);
    let mark = frame.binary.with_extension("pid");
    frame.replace_run(&format!("echo $$ >{}; exec sleep 60", mark.display()));
    let mut stream = Stream::open(frame.server.address);
    frame.signal("USR2");
    let number = || fs::read_to_string(&mark).ok()?.trim().parse::<u32>().ok();
    frame.wait_until("started", || number().is_some());
    frame.signal("USR2");
    let line = frame
        .server
        .wait_for_log("no upgrade, for another upgrade is under way");
    assert!(line.contains(" WARN "), "{line}");
    frame.signal("TERM");
    assert_eq!(frame.server.wait().code(), Some(0));
    assert!(std::iter::from_fn(|| stream.block()).count() > 0);
    assert!(!runs(number().unwrap()), "the new process was killed");
}

#[test]
fn an_interrupt_at_a_terminal_stops_whichever_process_serves_in_order() {
    let frame = Upgradable::start_by(|command| {
        command.args(["--drain", "0"]).process_group(0);
    });
    let mut stream = Stream::open(frame.server.address);
    frame.upgrade();
    let group = format!("-{}", frame.server.pid());
    let kill = Command::new("kill")
        .args(["-s", "INT", "--", &group])
        .status();
    assert!(kill.unwrap().success());
    assert!(std::iter::from_fn(|| stream.block()).count() > 0);
    frame.wait_until("ended", || !runs(frame.pid()));
    let stopping = "stopping, with 1 subscribers";
    frame.server.wait_for_log(stopping);
    assert_eq!(frame.server.log().matches(stopping).count(), 1);
}

#[test]
fn process_1_is_not_upgraded() {
    let Some(unshare) = find(&["unshare"], "util-linux") else {
        return;
    };
    let mut probe = Command::new(&unshare);
    probe.args(["--user", "--map-root-user", "--pid", "--fork", "true"]);
    probe.stderr(Stdio::null());
    if !probe.status().unwrap().success() {
        return crate::support::programs::skip("no namespaces here");
    }
    let unshare = unshare.to_str().unwrap();
    let launcher = [
        unshare,
        "--user",
        "--map-root-user",
        "--pid",
        "--fork",
        "--kill-child",
    ];
    let server = Server::spawn(crate::support::server::program_by(&launcher));
    let children = format!("/proc/{0}/task/{0}/children", server.pid());
    let child = fs::read_to_string(children)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    signal(child, "USR2");
    let line = server.wait_for_log("signal 12: ");
    let served = get(server.address, "/healthz");
    // The launcher may leave its child alone when it is killed.
    signal(child, "KILL");
    assert!(line.contains("no upgrade, for this is process 1"), "{line}");
    assert_eq!(served.text(), "ok");
}

#[test]
fn a_unix_socket_keeps_its_file_until_the_last_version_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let name = format!("unix:{}", path.display());
    let frame = Upgradable::start(&["--listen", &name, "--drain", "0"]);
    let mut idle = Client::connect_unix(&path);
    assert_eq!(idle.ask(HEALTH).text(), "ok");
    let mut stream = Stream::begin(Client::connect_unix(&path), "/subscribe", "");
    // A version that fails with the listeners in its hands leaves the file alone.
    frame.replace_run("exec \"$pf\" --history-file /nowhere/at/all \"$@\"");
    frame.fail(&["/nowhere/at/all"]);
    frame.mend();
    for _ in 0..2 {
        frame.upgrade();
        frame.wait_until("the old one ended", || !runs(frame.server.pid()));
        assert_eq!(idle.ask(HEALTH).text(), "ok");
        assert_eq!(Client::connect_unix(&path).ask(HEALTH).text(), "ok");
    }
    publish(frame.server.address, "x");
    assert_eq!(stream.picture()["keyword"], "x");
    frame.signal("TERM");
    frame.wait_until("ended", || !runs(frame.pid()));
    assert!(!path.exists(), "the file is removed");
}

#[test]
fn a_socket_that_the_manager_handed_over_goes_along() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (folder, path) = binary();
    let script = format!(
        "exec 3<&0 </dev/null; export LISTEN_PID=$$; exec {}",
        path.display()
    );
    let mut command = crate::support::server::program_by(&["sh", "-c", &script]);
    command
        .env("LISTEN_FDS", "1")
        .stdin(Stdio::from(OwnedFd::from(listener)));
    let server = Server::begin_with_input(command);
    server.wait_for_log(&format!("listening on http://{address}"));
    let frame = Upgradable {
        server,
        binary: path,
        _folder: folder,
    };
    let mut stream = Stream::open(address);
    for _ in 0..2 {
        frame.upgrade();
        publish(address, "x");
        assert_eq!(stream.picture()["keyword"], "x");
    }
}

#[test]
fn the_service_manager_is_told_the_main_process_and_that_it_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let notify = folder.path().join("notify");
    let socket = UnixDatagram::bind(&notify).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let frame = Upgradable::start_by(|command| {
        command
            .env("NOTIFY_SOCKET", &notify)
            .env("WATCHDOG_USEC", "100000");
    });
    let next = || {
        let mut bytes = [0; 1000];
        let count = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..count].to_vec()).unwrap()
    };
    let mut stream = Stream::open(frame.server.address);
    frame.upgrade();
    let mut signs: Vec<String> = Vec::new();
    let is_moved = |signs: &[String]| signs.iter().any(|sign| sign.starts_with("MAINPID="));
    while !is_moved(&signs) || !signs.last().unwrap().starts_with("READY=1") {
        signs.push(next());
    }
    let moved = format!("MAINPID={}", frame.pid());
    let place = signs
        .iter()
        .position(|sign| *sign == moved)
        .expect("the new main process");
    assert!(
        signs[place + 1].starts_with("READY=1\nSTATUS=1 subscribers"),
        "{signs:?}"
    );
    assert!(
        signs.iter().all(|sign| !sign.contains("STOPPING")),
        "{signs:?}"
    );
    let alive = next();
    assert!(alive.contains("WATCHDOG=1"), "{alive}");
    publish(frame.server.address, "x");
    assert_eq!(stream.picture()["keyword"], "x");
}

#[test]
fn a_history_file_goes_along_and_has_the_pictures_of_all_versions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let options = ["--history-file", path.to_str().unwrap(), "--drain", "0"];
    let frame = Upgradable::start(&options);
    let address = frame.server.address;
    let mut stream = Stream::open(address);
    let mut ids = Vec::new();
    for version in 0..3 {
        let answer = publish(address, &version.to_string()).json();
        ids.push(answer["id"].as_str().unwrap().to_owned());
        assert_eq!(stream.next("picture").id.as_ref(), ids.last());
        frame.upgrade();
    }
    frame.signal("TERM");
    frame.wait_until("ended", || !runs(frame.pid()));
    let server = Server::start(&options);
    let mut stream = Stream::resume(server.address, "1-0");
    assert_eq!(stream.next("missed").data, "{\"after\":\"1-0\"}");
    for id in ids {
        assert_eq!(stream.next("picture").id, Some(id));
    }
}
