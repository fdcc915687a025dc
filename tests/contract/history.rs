//! The contract's section on the history file: pictures are there again after a restart, and nothing is told as if it
//! were whole that is not.

mod crashes;
mod disks;
mod journals;
mod starts;

use crate::support::{
    client::{Client, Event, Stream},
    clock::with_a_clock,
    metrics::Metrics,
    programs::{find, skip},
    server::{Server, program, program_by},
    setups::{id, publish_on},
};
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};

/// A folder with the path of a history that is not there.
fn nowhere() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("history.db");
    (folder, path)
}

/// A server that keeps its pictures in the file at `path`.
fn keep_in(path: &Path, options: &[&str]) -> Server {
    let mut command = program();
    command.arg("--history-file").arg(path).args(options);
    Server::spawn(command)
}

/// Publishes a picture for each of these keywords. Returns the ids.
fn publish_all(server: &Server, keywords: &[&str]) -> Vec<String> {
    let mut client = Client::connect(server.address);
    let publish = |keyword: &&str| publish_on(&mut client, keyword);
    keywords.iter().map(publish).collect()
}

/// The next events of a stream, without its beginning.
fn events(stream: &mut Stream, count: usize) -> Vec<Event> {
    assert_eq!(stream.block().unwrap().name, "hello");
    (0..count).map(|_| stream.block().unwrap()).collect()
}

/// The ids and names of the first events that a client gets which resumes behind `place`.
fn resumed(server: &Server, place: &str, count: usize) -> Vec<(String, Option<String>)> {
    let events = events(&mut Stream::resume(server.address, place), count);
    events
        .into_iter()
        .map(|event| (event.name, event.id))
        .collect()
}

fn pictures(ids: &[String]) -> Vec<(String, Option<String>)> {
    let picture = |id: &String| ("picture".to_owned(), Some(id.clone()));
    ids.iter().map(picture).collect()
}

/// `missed`, and then these pictures.
fn missed_and(ids: &[String]) -> Vec<(String, Option<String>)> {
    let missed = ("missed".to_owned(), None);
    [missed].into_iter().chain(pictures(ids)).collect()
}

#[test]
fn pictures_are_there_again_after_a_shutdown_and_after_a_crash() {
    for sync in ["never", "1s", "always"] {
        for signal in ["TERM", "KILL"] {
            let (_folder, path) = nowhere();
            let mut server = keep_in(&path, &["--history-sync", sync, "--drain", "0"]);
            let first = Stream::open(server.address).block().unwrap().id.unwrap();
            let mut ids = publish_all(&server, &["one", "two", "three"]);
            server.signal(signal);
            let ended = server.wait();
            assert_eq!(ended.success(), signal == "TERM", "{}", server.log());
            let server = keep_in(&path, &[]);
            assert_eq!(
                events(&mut Stream::open(server.address), 1)[0].id,
                Some(ids[2].clone())
            );
            assert_eq!(resumed(&server, &first, 3), pictures(&ids));
            ids.extend(publish_all(&server, &["four"]));
            assert!(id(&ids[3]) > id(&ids[2]));
            assert_eq!(
                resumed(&server, &ids[1], 2),
                pictures(&ids[2..]),
                "{sync} {signal}"
            );
        }
    }
}

#[test]
fn an_id_that_is_not_known_after_a_restart_may_have_missed_pictures() {
    let (_folder, path) = nowhere();
    let ids = publish_all(&keep_in(&path, &[]), &["one", "two"]);
    let (millis, _) = ids[1].split_once('-').unwrap();
    let unknown = format!("{millis}-7");
    let server = keep_in(&path, &[]);
    assert_eq!(resumed(&server, &unknown, 3), missed_and(&ids));
    let newer = publish_all(&server, &["three"]);
    let all = [ids.as_slice(), newer.as_slice()].concat();
    assert_eq!(resumed(&server, &unknown, 4), missed_and(&all));
    assert_eq!(resumed(&server, &all[1], 1), pictures(&newer));
}

#[test]
fn only_as_many_pictures_as_the_history_has_are_there_again() {
    let (_folder, path) = nowhere();
    let ids = publish_all(
        &keep_in(&path, &["--history", "3"]),
        &["1", "2", "3", "4", "5"],
    );
    let server = keep_in(&path, &["--history", "2"]);
    assert_eq!(resumed(&server, &ids[2], 2), pictures(&ids[3..]));
    assert_eq!(resumed(&server, &ids[1], 3), missed_and(&ids[3..]));
}

#[test]
fn ids_grow_from_the_last_one_in_the_file_though_the_clock_is_behind() {
    let (_folder, path) = nowhere();
    let mut ids = publish_all(&keep_in(&path, &[]), &["one"]);
    let options = ["--history-file", path.to_str().unwrap()];
    let Some((server, _clock)) = with_a_clock("-1d", &options) else {
        return;
    };
    ids.extend(publish_all(&server, &["two", "three"]));
    assert!(
        ids.iter()
            .map(|text| id(text))
            .is_sorted_by(|one, other| one < other),
        "{ids:?}"
    );
    assert_eq!(resumed(&server, &ids[0], 2), pictures(&ids[1..]));
}

#[test]
fn metrics_tell_whether_the_history_is_kept_and_how_much_it_has() {
    let (_folder, path) = nowhere();
    let server = keep_in(&path, &["--history", "3"]);
    let metrics = Metrics::wait_for(server.address, |metrics| {
        metrics
            .names()
            .any(|name| name == "picture_frame_history_up")
    });
    assert_eq!(
        (metrics.get("history_up"), metrics.get("history_events")),
        (1.0, 0.0)
    );
    publish_all(&server, &["1", "2", "3", "4"]);
    let metrics = Metrics::scrape(server.address);
    assert_eq!(metrics.get("history_events"), 3.0);
    assert_eq!(metrics.get("history_commit_seconds_count"), 4.0);
    let without = Metrics::scrape(Server::start(&[]).address);
    assert!(!without.names().any(|name| name.contains("history")));
}
