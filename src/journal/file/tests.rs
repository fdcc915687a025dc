mod damage;

use super::*;
use crate::{
    event::Id,
    journal::{Entry, Report},
};
use std::{fs, path::Path, sync::mpsc};
use tempfile::{TempDir, tempdir};

/// The longest wait for a report, which comes at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with the path of a file that is not there.
fn nowhere() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("history.db");
    (folder, path)
}

fn open(path: &Path, most: usize) -> (Store, Kept) {
    let place = Place::new(path).unwrap();
    Store::open(place, SyncPolicy::Never, most).unwrap()
}

fn entry(millis: u64) -> Entry {
    Entry {
        id: Id::at(millis),
        name: "e".to_owned(),
        data: format!("event {millis}"),
    }
}

/// The millisecond in which the ids of the tests' events begin: in the future.
const LATER: u64 = 9_000_000_000_000;

/// Appends an event for each number, in a commit of its own.
fn append(store: &mut Store, mut previous: Id, numbers: std::ops::Range<u64>) -> Id {
    for number in numbers {
        let entry = entry(LATER + number);
        store
            .append(std::slice::from_ref(&entry), previous)
            .unwrap();
        previous = entry.id;
    }
    previous
}

fn numbers(kept: &Kept) -> Vec<u64> {
    let number = |entry: &Entry| (0..).find(|number| Id::at(LATER + number) == entry.id);
    kept.events
        .iter()
        .map(|entry| number(entry).unwrap())
        .collect()
}

#[test]
fn events_are_reported_in_their_order_and_are_there_again_under_their_ids() {
    let (_folder, path) = nowhere();
    let mut journal = FileJournal::new(&path, SyncPolicy::Always);
    assert_eq!(journal.append(1, "e", "too early"), Err(Full));
    let begin = journal.open(9).unwrap();
    assert!(begin.events.is_empty() && begin.until >= begin.after);
    let (report, reports) = mpsc::channel();
    journal.start(Box::new(move |each| drop(report.send(each))));
    assert_eq!(reports.recv_timeout(PATIENCE), Ok(Report::Up { events: 0 }));
    for token in 1..=3 {
        let data = format!("line\n{token}\0");
        assert_eq!(journal.append(token, "e", &data), Ok(Appended::Later));
    }
    drop(journal);
    let all: Vec<Report> = reports.iter().collect();
    let mut entries = Vec::new();
    for report in &all {
        match report {
            Report::Event(entry) => entries.push(entry.clone()),
            Report::Appended { token, id } => {
                assert_eq!(
                    (*token as usize, *id),
                    (entries.len(), entries.last().unwrap().id)
                );
            }
            report => assert!(matches!(report, Report::Committed { events: 1..=3, .. })),
        }
    }
    assert_eq!(entries.len(), 3);
    assert!(entries.is_sorted_by(|one, other| one.id < other.id) && entries[0].id > begin.after);
    let kept = FileJournal::new(&path, SyncPolicy::Never).open(9).unwrap();
    assert_eq!((kept.after, &kept.events), (begin.after, &entries));
    assert!(kept.until >= entries[2].id);
    assert!(
        !path.with_extension("db-wal").exists(),
        "the file was closed"
    );
}

#[test]
fn an_event_that_was_given_up_before_it_was_written_is_dropped() {
    let (_folder, path) = nowhere();
    let mut journal = FileJournal::new(&path, SyncPolicy::Never);
    journal.open(9).unwrap();
    for token in 1..=3 {
        assert_eq!(
            journal.append(token, "e", &token.to_string()),
            Ok(Appended::Later)
        );
    }
    journal.give_up(2);
    let (report, reports) = mpsc::channel();
    journal.start(Box::new(move |each| drop(report.send(each))));
    drop(journal);
    let told = reports
        .iter()
        .filter(|report| matches!(report, Report::Event(_)));
    assert_eq!(told.count(), 1);
    assert_eq!(
        FileJournal::new(&path, SyncPolicy::Never)
            .open(9)
            .unwrap()
            .events[0]
            .data,
        "3"
    );
}

#[test]
fn more_events_than_the_queue_holds_are_refused() {
    let (_folder, path) = nowhere();
    let mut journal = FileJournal::new(&path, SyncPolicy::Never);
    journal.open(9).unwrap();
    let taken = (1..).take_while(|token| journal.append(*token, "e", "x").is_ok());
    assert_eq!(taken.count(), QUEUE);
}

#[test]
fn only_the_newest_events_are_kept_and_the_id_before_them_is_known() {
    let (_folder, path) = nowhere();
    let (mut store, kept) = open(&path, 3);
    append(&mut store, kept.after, 0..5);
    assert_eq!(store.events(), 3);
    drop(store);
    for (most, expected) in [(3, 2..5), (9, 2..5), (1, 4..5), (0, 5..5)] {
        let (_, kept) = open(&path, most);
        assert_eq!(numbers(&kept), Vec::from_iter(expected.clone()));
        assert_eq!(kept.after, Id::at(LATER + expected.start - 1));
        assert_eq!(kept.last(), Id::at(LATER + 4));
    }
}

#[test]
fn events_before_a_hole_are_not_told_as_if_they_were_whole() {
    let (_folder, path) = nowhere();
    let (mut store, kept) = open(&path, 9);
    append(&mut store, kept.after, 0..3);
    let unseen = Id::at(LATER + 7);
    append(&mut store, unseen, 8..10);
    assert_eq!(store.events(), 2);
    drop(store);
    let (_, kept) = open(&path, 9);
    assert_eq!((kept.after, numbers(&kept)), (unseen, vec![8, 9]));
}

#[test]
fn a_process_that_died_within_a_hole_is_followed_by_one_that_begins_anew() {
    let (_folder, path) = nowhere();
    let (mut store, kept) = open(&path, 9);
    let last = append(&mut store, kept.after, 0..3);
    store.open_hole();
    drop(store);
    let (mut store, kept) = open(&path, 9);
    assert!(kept.after > last && kept.events.is_empty() && !store.has_hole());
    append(&mut store, kept.after, 5..6);
    drop(store);
    let (store, again) = open(&path, 9);
    assert_eq!((again.after, numbers(&again)), (kept.after, vec![5]));
    assert!(!store.place().has_hole());
}

#[test]
fn the_file_stays_small_and_shrinks_when_less_is_kept() {
    let (_folder, path) = nowhere();
    let (mut store, kept) = open(&path, 1000);
    let mut last = append(&mut store, kept.after, 0..1);
    let mut number = 1;
    let mut fill = |store: &mut Store, events: u64| {
        let large = |number| Entry {
            data: "x".repeat(1000),
            ..entry(LATER + number)
        };
        let entries: Vec<Entry> = (number..number + events).map(large).collect();
        number += events;
        store.append(&entries, last).unwrap();
        last = entries.last().unwrap().id;
        while store.checkpoint().unwrap() {}
        fs::metadata(&path).unwrap().len()
    };
    let full = fill(&mut store, 1000);
    let most = (0..20).map(|_| fill(&mut store, 300)).max().unwrap();
    assert!(most < 3 * full, "{most} and {full}");
    drop(store);
    let (mut store, _) = open(&path, 10);
    let few = fill(&mut store, 1);
    assert!(few < full / 3, "{few} and {full}");
}

#[test]
fn a_file_that_is_not_ours_or_of_a_later_version_is_refused_and_stays_as_it_is() {
    let (_folder, path) = nowhere();
    drop(open(&path, 9));
    let ours = fs::read(&path).unwrap();
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = ours.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    for (bytes, why) in [
        (b"a letter\n".to_vec(), "not a history of picture-frame"),
        (ours[..50].to_vec(), "not a history of picture-frame"),
        (with(68, &[0; 4]), "not a history of picture-frame"),
        (with(60, &2_i32.to_be_bytes()), "it is of version 2"),
    ] {
        fs::write(&path, &bytes).unwrap();
        let refused = FileJournal::new(&path, SyncPolicy::Never)
            .open(9)
            .unwrap_err();
        assert!(
            refused.0.contains(why) && refused.0.contains("another file"),
            "{refused}"
        );
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_folder_a_device_and_a_file_in_no_folder_are_refused() {
    let (folder, path) = nowhere();
    for path in [folder.path(), Path::new("/dev/null"), &path.join("below")] {
        let refused = FileJournal::new(path, SyncPolicy::Never)
            .open(9)
            .unwrap_err();
        assert!(refused.0.contains("cannot keep the history"), "{refused}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_symbolic_link_to_a_file_that_is_not_there_has_that_file_made() {
    let (folder, path) = nowhere();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("history.db", &link).unwrap();
    let (mut store, kept) = open(&link, 9);
    append(&mut store, kept.after, 0..1);
    drop(store);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(numbers(&open(&path, 9).1), [0]);
}

#[test]
fn a_file_that_cannot_be_made_leaves_nothing_behind() {
    let (folder, path) = nowhere();
    let place = Place::new(&path).unwrap();
    let refused = place.put(|new| {
        fs::write(new, "a part").unwrap();
        fs::write(
            new.with_extension(format!("db-new-{}-wal", std::process::id())),
            "",
        )
        .unwrap();
        Err(Fault::Refused(
            place.refusal("the disk is full", "make room"),
        ))
    });
    assert!(refused.is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_empty_file_becomes_a_history() {
    let (_folder, path) = nowhere();
    fs::write(&path, "").unwrap();
    let (mut store, kept) = open(&path, 9);
    append(&mut store, kept.after, 0..1);
    drop(store);
    assert_eq!(numbers(&open(&path, 9).1), [0]);
}
