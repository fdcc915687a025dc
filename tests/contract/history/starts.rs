//! Starts with a file that is in use, not ours, damaged, large, or where nothing can be written.

use super::*;
use picture_frame::{
    event::Id,
    journal::{FileJournal, Journal, Report, SyncPolicy},
};
use std::{fs, process::Command, sync::mpsc};

/// Starts a server that does not start. Returns its line.
#[track_caller]
fn refused(path: &Path) -> String {
    let mut command = program();
    command
        .args(["--listen", "127.0.0.1:0", "--history-file"])
        .arg(path);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(path.to_str().unwrap()), "{said}");
    said
}

#[test]
fn a_second_process_says_who_has_the_file() {
    let (_folder, path) = nowhere();
    let server = keep_in(&path, &[]);
    let ids = publish_all(&server, &["one"]);
    let line = refused(&path);
    let holder = format!("the process {} uses it; stop that process", server.pid());
    assert!(line.contains(&holder), "{line}");
    assert_eq!(publish_all(&server, &["two"]).len(), 1);
    drop(server);
    assert_eq!(resumed(&keep_in(&path, &[]), &ids[0], 1).len(), 1);
}

#[test]
fn a_check_tells_of_the_file_without_its_lock() {
    let (_folder, path) = nowhere();
    let check = || {
        let mut command = program();
        let output = command
            .arg("--check")
            .arg("--history-file")
            .arg(&path)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let (status, said) = check();
    assert!(status == Some(0) && !path.exists(), "{said}");
    let server = keep_in(&path, &[]);
    let (status, said) = check();
    let line = format!("keep the history in {}", path.display());
    assert!(status == Some(0) && said.contains(&line), "{said}");
    drop(server);
    fs::write(&path, "dear diary\n").unwrap();
    let (status, said) = check();
    assert!(
        status != Some(0) && said.contains("it is not a history"),
        "{said}"
    );
}

#[test]
fn the_log_tells_how_many_pictures_are_there_again() {
    let (_folder, path) = nowhere();
    for events in ["0 events", "1 event", "2 events"] {
        let server = keep_in(&path, &[]);
        let line = server.wait_for_log("the history in");
        assert!(line.ends_with(&format!(" has {events}")), "{line}");
        publish_all(&server, &["more"]);
    }
}

#[test]
fn a_file_that_is_not_ours_or_of_a_later_version_is_never_touched() {
    let (_folder, path) = nowhere();
    drop(keep_in(&path, &[]));
    let ours = fs::read(&path).unwrap();
    let mut later = ours.clone();
    later[60..64].copy_from_slice(&9_i32.to_be_bytes());
    for (bytes, why) in [
        (&b"dear diary\n"[..], "it is not a history of picture-frame"),
        (&later, "it is of version 9"),
    ] {
        fs::write(&path, bytes).unwrap();
        let line = refused(&path);
        assert!(
            line.contains(why) && line.contains("another file"),
            "{line}"
        );
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_damaged_file_is_renamed_and_the_server_starts_without_it() {
    let (folder, path) = nowhere();
    let server = keep_in(&path, &["--drain", "0"]);
    let ids = publish_all(&server, &["one", "two"]);
    server.signal("TERM");
    let mut server = server;
    server.wait();
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes
        .windows(7)
        .rposition(|text| text == b"keyword")
        .unwrap();
    bytes[at] = b'K';
    fs::write(&path, &bytes).unwrap();
    let server = keep_in(&path, &[]);
    let copy = folder.path().join("history.db-damaged-1");
    let line = server.wait_for_log("is damaged");
    assert!(
        line.contains("ERROR") && line.contains(copy.to_str().unwrap()),
        "{line}"
    );
    assert_eq!(fs::read(&copy).unwrap(), bytes);
    assert_eq!(server.log().matches("ERROR").count(), 1);
    assert_eq!(resumed(&server, &ids[1], 1), missed_and(&[]));
    let newer = publish_all(&server, &["three"]);
    assert!(id(&newer[0]) > id(&ids[1]));
}

#[test]
fn where_nothing_can_be_written_the_start_is_refused() {
    let (folder, path) = nowhere();
    let place = folder.path();
    let mount = ["-t", "tmpfs", "-o", "ro", "none", place.to_str().unwrap()];
    let mounted = Command::new("mount").args(mount).status();
    if !mounted.is_ok_and(|status| status.success()) {
        return skip("a read-only file system cannot be mounted here");
    }
    let line = std::panic::catch_unwind(|| refused(&path));
    assert!(
        Command::new("umount")
            .arg(place)
            .status()
            .unwrap()
            .success()
    );
    let line = line.unwrap();
    assert!(line.contains("allow the program to write there"), "{line}");
}

#[test]
fn a_hundred_thousand_pictures_are_there_again() {
    const MANY: u64 = 100_000;
    let (_folder, path) = nowhere();
    let mut journal = FileJournal::new(&path, SyncPolicy::Never);
    let begin = journal.open(MANY as usize).unwrap();
    let (report, reports) = mpsc::channel();
    journal.start(Box::new(move |each| drop(report.send(each))));
    let data = format!(
        "{{\"url\":\"/gallery/x.svg\",\"keyword\":\"{}\"}}",
        "k".repeat(150)
    );
    let mut last = Id::default();
    for token in 1..=MANY {
        while journal.append(token, "picture", &data).is_err() {
            std::thread::yield_now();
        }
    }
    drop(journal);
    for each in reports {
        if let Report::Appended { id, .. } = each {
            last = id;
        }
    }
    let server = keep_in(&path, &["--history", "100000"]);
    let metrics = Metrics::wait_for(server.address, |metrics| {
        metrics
            .names()
            .any(|name| name == "picture_frame_history_up")
    });
    assert_eq!(metrics.get("history_events"), MANY as f64);
    let mut stream = Stream::resume(server.address, &begin.after.to_string());
    let told = events(&mut stream, MANY as usize);
    assert!(told.iter().all(|event| event.name == "picture"));
    assert_eq!(told.last().unwrap().id, Some(last.to_string()));
}
