//! Disks that are full, that fail, and that hang: the keeping ends and begins again, and the service goes on.

use super::*;
use crate::support::{
    client::{form, get, publish},
    setups::{assert_problem, retry_after},
};
use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// A small disk in memory, mounted on a folder of its own.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempdir().unwrap();
        let place = folder.path().to_str().unwrap();
        let mount = ["-t", "tmpfs", "-o", "size=1m", "none", place];
        if !Command::new("mount")
            .args(mount)
            .status()
            .is_ok_and(|status| status.success())
        {
            skip("a small disk cannot be mounted here");
            return None;
        }
        Some(Self(folder))
    }

    fn history(&self) -> PathBuf {
        self.0.path().join("history.db")
    }

    /// Fills the disk to its last byte.
    fn fill(&self) {
        let filled = fs::write(self.0.path().join("ballast"), vec![0; 1 << 20]);
        assert!(filled.is_err(), "the disk is small");
    }

    fn make_room(&self) {
        fs::remove_file(self.0.path().join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

/// Publishes until the server says that it cannot keep the pictures. Returns the ids.
fn publish_into_the_hole(server: &Server) -> Vec<String> {
    let mut ids = Vec::new();
    while !server.log().contains("the history cannot be written") {
        ids.extend(publish_all(server, &["more"]));
        assert!(ids.len() < 2000, "{}", server.log());
    }
    ids
}

fn is_up(server: &Server) -> f64 {
    Metrics::scrape(server.address).get("history_up")
}

/// A fault begins behind a first picture, and ends. The server goes on, and after a restart nothing before the hole is
/// told as if it were whole.
fn goes_on(path: &Path, begin: impl FnOnce(&Server), end: impl FnOnce(&Server)) {
    let server = keep_in(path, &[]);
    let mut ids = publish_all(&server, &["before"]);
    begin(&server);
    let mut stream = Stream::resume(server.address, &ids[0]);
    ids.extend(publish_into_the_hole(&server));
    ids.extend(publish_all(&server, &["within", "within"]));
    assert_eq!(is_up(&server), 0.0);
    let seen = events(&mut stream, ids.len() - 1);
    assert!(
        seen.iter()
            .map(|event| event.id.as_ref().unwrap())
            .eq(&ids[1..])
    );
    end(&server);
    let behind = publish_all(&server, &["behind", "behind"]);
    Metrics::wait_for(server.address, |metrics| metrics.get("history_up") == 1.0);
    let all = [&ids[..], &behind[..]].concat();
    assert_eq!(
        resumed(&server, &ids[0], all.len() - 1),
        pictures(&all[1..]),
        "the ring is whole"
    );
    assert!(server.wait_for_log("is written to").contains("again"));
    let said = server.log();
    assert_eq!(said.matches("ERROR").count(), 1, "{said}");
    server.signal("KILL");
    drop(server);
    let server = keep_in(path, &[]);
    for id in [&ids[0], ids.last().unwrap()] {
        let told = resumed(&server, id, 2);
        let is_missed = told[0].0 == "missed";
        assert!(is_missed || told == pictures(&behind), "{told:?}");
        assert!(is_missed || id == ids.last().unwrap());
    }
    assert_eq!(resumed(&server, &behind[0], 1), pictures(&behind[1..]));
}

#[test]
fn a_full_disk_ends_the_keeping_and_not_the_service() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    goes_on(&disk.history(), |_| disk.fill(), |_| disk.make_room());
}

#[test]
fn a_server_that_is_killed_while_its_disk_is_full_tells_who_was_there_that_pictures_are_missed() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let server = keep_in(&disk.history(), &[]);
    let mut ids = publish_all(&server, &["before"]);
    disk.fill();
    ids.extend(publish_into_the_hole(&server));
    drop(server);
    disk.make_room();
    let server = keep_in(&disk.history(), &[]);
    let behind = publish_all(&server, &["behind"]);
    assert!(id(&behind[0]) > id(ids.last().unwrap()));
    for id in &ids {
        assert_eq!(resumed(&server, id, 2), missed_and(&behind));
    }
}

/// A debugger on the thread that writes the history of a server. The thread's calls fail or hang as long as this lives.
struct Fault(Child);

impl Fault {
    /// None, with a line, where no debugger is permitted.
    fn begin(server: &Server, inject: &str) -> Option<Self> {
        let strace = find(&["strace"], "strace")?;
        let tasks = fs::read_dir(format!("/proc/{}/task", server.pid())).ok()?;
        let tasks = tasks.map(|task| task.unwrap().path());
        let is_writer = |task: &PathBuf| {
            fs::read_to_string(task.join("comm")).is_ok_and(|name| name == "history\n")
        };
        let writer = tasks
            .into_iter()
            .find(is_writer)
            .expect("a thread writes the history");
        let number = writer.file_name().unwrap().to_str().unwrap();
        let calls = "pwrite64,fsync,fdatasync,ftruncate";
        let child = Command::new(strace)
            .args(["-o", "/dev/null", "-e", &format!("trace={calls}")])
            .args(["-e", &format!("inject={calls}:{inject}"), "-p", number])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut fault, mut said) = (Self(child), String::new());
        BufReader::new(fault.0.stderr.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        if !said.contains("attached") {
            skip(&format!("no debugger is permitted here: {said}"));
            return None;
        }
        Some(fault)
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        // At SIGTERM the debugger lets its thread go.
        let number = self.0.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &number]).status();
        let _ = self.0.wait();
    }
}

#[test]
fn a_disk_that_fails_ends_the_keeping_and_not_the_service() {
    let (_folder, path) = nowhere();
    if Fault::begin(&keep_in(&path, &[]), "error=EIO").is_none() {
        return;
    }
    let fault = std::cell::Cell::new(None);
    let begin = |server: &Server| fault.set(Fault::begin(server, "error=EIO"));
    goes_on(&path, begin, |_| drop(fault.take()));
}

#[test]
fn a_disk_that_hangs_holds_up_publishers_and_no_one_else() {
    let (_folder, path) = nowhere();
    let server = keep_in(&path, &["--lookup-timeout", "0.5", "--heartbeat", "0.05"]);
    let first = publish_all(&server, &["before"]);
    let Some(fault) = Fault::begin(&server, "delay_enter=600000000") else {
        return;
    };
    let mut stream = Stream::resume(server.address, &first[0]);
    let mut publishers: Vec<Client> = (0..3)
        .map(|number| {
            let mut client = Client::connect(server.address);
            client.send(form(&format!("keyword=k{number}")));
            client
        })
        .collect();
    for _ in 0..3 {
        assert_eq!(get(server.address, "/healthz").status, 200);
        assert_eq!(get(server.address, "/").status, 200);
        stream.next("audience");
        assert_eq!(resumed(&server, &first[0], 1)[0].0, "audience");
    }
    for publisher in &mut publishers {
        let response = publisher.response();
        assert_problem(&response, 503);
        assert!(retry_after(&response) >= 1);
    }
    drop(fault);
    let answered = publish(server.address, "behind");
    assert_eq!(answered.status, 200, "{}", server.log());
    // The pictures that were on their way to the disk together are shown late.
    let told: Vec<String> = std::iter::from_fn(|| Some(stream.next("picture").data))
        .take_while(|data| !data.contains("behind"))
        .collect();
    assert!((1..=3).contains(&told.len()), "{told:?}");
    assert!(told.iter().all(|data| data.contains("\"k")), "{told:?}");
    assert_eq!(
        (is_up(&server), server.log().matches("ERROR").count()),
        (1.0, 0)
    );
    let pictures = Metrics::scrape(server.address).get("pictures_total");
    assert_eq!(pictures, 2.0 + told.len() as f64, "also those shown late");
}

#[test]
fn a_disk_that_fails_once_at_the_start_loses_no_history() {
    let Some(strace) = find(&["strace"], "strace") else {
        return;
    };
    let (folder, path) = nowhere();
    let mut server = keep_in(&path, &["--drain", "0"]);
    let ids = publish_all(&server, &["one", "two"]);
    server.signal("TERM");
    assert!(server.wait().success());
    let trace = folder.path().join("trace");
    // The first reads are of the header, the others of the pages.
    for read in [4, 5] {
        let inject = format!("inject=pread64:error=EIO:when={read}");
        let [strace, trace, path_] = [&strace, &trace, &path].map(|path| path.to_str().unwrap());
        let mut command = program_by(&[
            strace,
            "-D",
            "-f",
            "-o",
            trace,
            "-P",
            path_,
            "-e",
            "trace=pread64",
            "-e",
            &inject,
        ]);
        command.arg("--history-file").arg(&path);
        let server = Server::spawn(command);
        if !fs::read_to_string(trace).unwrap().contains("INJECTED") {
            return skip("no debugger is permitted here");
        }
        assert_eq!(
            resumed(&server, &ids[0], 1),
            pictures(&ids[1..]),
            "{}",
            server.log()
        );
    }
}
