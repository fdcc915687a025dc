//! Files that a power cut or a bad disk left: cut anywhere, or with a wrong byte.

use super::*;

/// The bytes of a database and of its log, as a process that dies leaves them.
struct Files {
    database: Vec<u8>,
    log: Vec<u8>,
    /// The length of the log after each commit.
    commits: Vec<usize>,
}

const EVENTS: u64 = 12;

/// Writes events into the database, and then as many into its log.
fn files() -> Files {
    let (_folder, path) = nowhere();
    let (mut store, kept) = open(&path, 100);
    let mut last = append(&mut store, kept.after, 0..EVENTS);
    store.checkpoint().unwrap();
    let (log, mut commits) = (path.with_extension("db-wal"), Vec::new());
    // The log begins anew with the first commit after a checkpoint, and keeps its length until it is longer.
    fs::File::options()
        .write(true)
        .open(&log)
        .unwrap()
        .set_len(0)
        .unwrap();
    for number in EVENTS..2 * EVENTS {
        last = append(&mut store, last, number..number + 1);
        commits.push(fs::metadata(&log).unwrap().len() as usize);
    }
    Files {
        database: fs::read(&path).unwrap(),
        log: fs::read(&log).unwrap(),
        commits,
    }
}

/// The outcome of a start with damaged files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// The file was opened, and so many events were told.
    Opened(u64),
    /// The file was renamed.
    Renamed,
    /// The server does not start.
    Refused,
}

/// Opens copies of these files. Whatever the outcome, no event is told that was not written, and the files are either
/// used or still there as they were.
fn start(database: &[u8], log: &[u8]) -> Start {
    let (folder, path) = nowhere();
    fs::write(&path, database).unwrap();
    fs::write(path.with_extension("db-wal"), log).unwrap();
    let opened = Store::open(Place::new(&path).unwrap(), SyncPolicy::Never, 100);
    let aside = folder.path().join("history.db-damaged-1");
    let Ok((mut store, kept)) = opened else {
        assert_eq!(fs::read(&path).unwrap(), database);
        assert_eq!(fs::read(path.with_extension("db-wal")).unwrap(), log);
        return Start::Refused;
    };
    let told = kept.events.len() as u64;
    let all: Vec<Entry> = (0..told).map(|number| entry(LATER + number)).collect();
    assert!(kept.events == all, "{:?}", numbers(&kept));
    append(&mut store, kept.last(), 100..101);
    let log_aside = folder.path().join("history.db-damaged-1-wal");
    if !aside.exists() && !log_aside.exists() {
        return Start::Opened(told);
    }
    assert_eq!(told, 0);
    assert_eq!(fs::read(&aside).unwrap_or_default(), database);
    assert_eq!(fs::read(&log_aside).unwrap_or_default(), log);
    Start::Renamed
}

/// Cuts the database and then the log at every `step`th length.
fn cut(step: usize) {
    let Files {
        database,
        log,
        commits,
    } = files();
    assert_eq!(start(&database, &log), Start::Opened(2 * EVENTS));
    for length in (0..database.len()).step_by(step) {
        // The pages in the log stand for those that are cut off.
        let outcome = start(&database[..length], &log);
        let is_ours = length == 0 || length >= 72;
        let whole = [Start::Renamed, Start::Opened(2 * EVENTS)].contains(&outcome);
        assert!(
            whole && is_ours || outcome == Start::Refused && !is_ours,
            "{length}: {outcome:?}"
        );
    }
    for length in (0..log.len()).step_by(step) {
        let survived = commits.iter().filter(|commit| **commit <= length).count() as u64;
        let outcome = start(&database, &log[..length]);
        assert_eq!(
            outcome,
            Start::Opened(EVENTS + survived),
            "{length} of {commits:?}"
        );
    }
}

/// Changes each 64th byte from `first` on by `step` at a time, in the database and in the log.
fn flip(first: usize, step: usize) {
    let Files {
        database,
        log,
        commits,
    } = files();
    let flipped = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 0xff;
        bytes
    };
    for at in (first..database.len()).step_by(64 * step) {
        let outcome = start(&flipped(&database, at), &log);
        let fine = matches!(outcome, Start::Renamed | Start::Refused | Start::Opened(24));
        assert!(fine, "{at}: {outcome:?}");
    }
    for at in (first..log.len()).step_by(64 * step) {
        // SQLite ends the log before the first frame whose checksum is wrong.
        let survived = commits.iter().filter(|commit| **commit <= at).count() as u64;
        let outcome = start(&database, &flipped(&log, at));
        assert_eq!(
            outcome,
            Start::Opened(EVENTS + survived),
            "{at} of {commits:?}"
        );
    }
}

#[test]
fn a_file_that_is_cut_is_opened_renamed_or_refused_with_all_commits_that_survived() {
    cut(487);
}

#[test]
#[ignore = "minutes: every length"]
fn a_file_that_is_cut_at_any_length_is_opened_renamed_or_refused() {
    cut(1);
}

#[test]
fn a_file_with_a_wrong_byte_is_opened_renamed_or_refused_with_all_commits_before_it() {
    flip(0, 5);
}

#[test]
#[ignore = "a minute: every 64th byte"]
fn a_file_with_any_64th_byte_wrong_is_opened_renamed_or_refused() {
    for first in [0, 31, 60, 63] {
        flip(first, 1);
    }
}

#[test]
fn a_damaged_file_is_renamed_and_no_earlier_copy_is_overwritten() {
    let (folder, path) = nowhere();
    for number in 1..=3 {
        let (mut store, kept) = open(&path, 9);
        append(&mut store, kept.after, 0..1);
        drop(store);
        let mut bytes = fs::read(&path).unwrap();
        let end = bytes.len() - 1;
        bytes[end - 20..].fill(number);
        fs::write(&path, &bytes).unwrap();
        assert_eq!(open(&path, 9).1.events, []);
        let copy = folder.path().join(format!("history.db-damaged-{number}"));
        assert_eq!(fs::read(copy).unwrap(), bytes);
        fs::remove_file(&path).unwrap();
    }
}
