//! The database of a journal: opened, checked, appended to.
//!
//! The database has a write-ahead log (<https://sqlite.org/wal.html>): a commit is appended to the log, and survives
//! the death of the process without a sync. A checkpoint moves the log's pages into the database.

use super::{
    SyncPolicy,
    place::{ALLOW, APPLICATION, Fault, Found, Place, VERSION},
    rows::{self, Insert, Rows, TABLE},
};
use crate::{
    event::Id,
    journal::{Entry, Failure, Kept, unix_millis},
};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, config::DbConfig};
use std::{path::Path, time::SystemTime};

/// The most bytes of the log that stay on the disk after a checkpoint.
const LOG: i64 = 256 * 1024;
/// The most pages that are given back to the system after a checkpoint.
const PAGES: usize = 256;

/// The database, which no other process can use meanwhile.
pub struct Store {
    place: Place,
    connection: Connection,
    most: i64,
    /// The number of the newest row.
    newest: i64,
    /// The id of the newest row.
    last: Id,
    /// The number of events behind the last break of the chain.
    events: i64,
    /// True if events were sent that the file does not know of.
    has_hole: bool,
}

impl Store {
    /// Opens the database, and makes it if there is none. A damaged database is renamed, and a new one is made. Returns
    /// the newest `most` events as well.
    pub fn open(place: Place, sync: SyncPolicy, most: usize) -> Result<(Self, Kept), Failure> {
        let opened = match Self::try_open(&place, sync, most) {
            // A disk that has failed to read once has not damaged the file, and SQLite does not always tell the two
            // apart.
            Err(Fault::Damaged(_)) => Self::try_open(&place, sync, most),
            opened => opened,
        };
        let opened = match opened {
            Err(Fault::Damaged(why)) => {
                let copy = place.put_aside()?;
                let copy = copy.display();
                log::error!(
                    "{place} is damaged ({why}): it is kept as {copy}, and the history begins anew"
                );
                Self::try_open(&place, sync, most)
            }
            opened => opened,
        };
        opened.map_err(|fault| match fault {
            Fault::Damaged(why) => place.refusal(&why, "name another file"),
            Fault::Refused(failure) => failure,
        })
    }

    fn try_open(place: &Place, sync: SyncPolicy, most: usize) -> Result<(Self, Kept), Fault> {
        if place.look()? == Found::Nothing {
            place.put(|path| create(path).map_err(|error| fault(place, &error)))?;
        }
        let connection = connect(place, sync)?;
        let Rows { mut kept, newest } = rows::read(&connection, most)?;
        // The checks are over: from here on the log may be moved into the database when the file is closed.
        let closing = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
        closing.map_err(|error| fault(place, &error))?;
        let now = Id::at(unix_millis(SystemTime::now()));
        kept.until = now.max(kept.last());
        let mut store = Self {
            place: place.clone(),
            connection,
            most: i64::try_from(most).unwrap_or(i64::MAX),
            newest,
            last: kept.last(),
            events: kept.events.len() as i64,
            has_hole: false,
        };
        if place.has_hole() {
            kept = store.begin_anew(kept.last().next(unix_millis(SystemTime::now())));
        }
        Ok((store, kept))
    }

    /// Begins behind the id `at`, since some events before it were sent and are not in the file.
    fn begin_anew(&mut self, at: Id) -> Kept {
        self.has_hole = true;
        let placed = self.commit(|insert, number| {
            insert.place(number + 1, at)?;
            Ok(number + 1)
        });
        match placed.and_then(|()| self.checkpoint().map(drop)) {
            Ok(()) => self.close_hole(),
            Err(error) => log::error!("{}: {error}", self.place),
        }
        (self.last, self.events) = (at, 0);
        Kept {
            after: at,
            events: Vec::new(),
            until: at,
        }
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The number of events that are kept.
    pub fn events(&self) -> usize {
        self.events as usize
    }

    /// True if events were sent that the file does not know of.
    pub fn has_hole(&self) -> bool {
        self.has_hole
    }

    /// Notes that events are sent that the file does not know of.
    pub fn open_hole(&mut self) {
        self.has_hole = true;
        self.place.begin_hole();
    }

    /// Notes that the file knows of its hole, by a break of the chain.
    pub fn close_hole(&mut self) {
        self.has_hole = false;
        self.place.end_hole();
    }

    /// Appends events behind the event `previous` in one commit, which removes the oldest events as well.
    pub fn append(&mut self, entries: &[Entry], previous: Id) -> rusqlite::Result<()> {
        self.commit(|insert, mut number| {
            let mut previous = previous;
            for entry in entries {
                number += 1;
                insert.event(number, entry, previous)?;
                previous = entry.id;
            }
            Ok(number)
        })?;
        if previous != self.last {
            self.events = 0;
        }
        self.events = self.most.min(self.events + entries.len() as i64);
        self.last = entries.last().map_or(previous, |newest| newest.id);
        Ok(())
    }

    /// Commits rows that `insert` adds behind the newest row, and returns the number of the newest row.
    fn commit(
        &mut self,
        insert: impl FnOnce(&mut Insert<'_>, i64) -> rusqlite::Result<i64>,
    ) -> rusqlite::Result<()> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        let newest = insert(&mut Insert::new(&transaction)?, self.newest)?;
        let remove = "DELETE FROM event WHERE number <= ?1";
        let mut remove = transaction.prepare_cached(remove)?;
        remove.execute([newest.saturating_sub(self.most)])?;
        drop(remove);
        transaction.commit()?;
        self.newest = newest;
        Ok(())
    }

    /// Moves the log into the database, and gives unused pages back to the system if they are many. Returns true if
    /// this has written to the log.
    pub fn checkpoint(&mut self) -> rusqlite::Result<bool> {
        let connection = &self.connection;
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        let number = |name| connection.query_row(name, [], |row| row.get::<_, i64>(0));
        let (free, all) = (
            number("PRAGMA freelist_count")?,
            number("PRAGMA page_count")?,
        );
        let is_wide = free > 64 && free > all / 4;
        if is_wide {
            let mut shrink = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
            let mut pages = shrink.query([])?;
            while pages.next()?.is_some() {}
        }
        Ok(is_wide)
    }
}

/// Makes a database without events.
fn create(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open_with_flags(path, flags() | OpenFlags::SQLITE_OPEN_CREATE)?;
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    connection.execute_batch(TABLE)?;
    let now = Id::at(unix_millis(SystemTime::now()));
    Insert::new(&connection)?.place(1, now)?;
    connection.close().map_err(|(_, error)| error)
}

/// Opens and locks a database, and checks it as a whole. As long as the checks are not over, the file is not written
/// to, not even when it is closed.
fn connect(place: &Place, sync: SyncPolicy) -> Result<Connection, Fault> {
    let fault = |error: rusqlite::Error| fault(place, &error);
    let connection = Connection::open_with_flags(place.path(), flags()).map_err(fault)?;
    let keep_log = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
    connection.set_db_config(keep_log, true).map_err(fault)?;
    lock(&connection, sync).map_err(fault)?;
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    place.check_version(number("user_version").map_err(fault)?)?;
    let check = "PRAGMA quick_check(1)";
    let check: rusqlite::Result<String> = connection.query_row(check, [], |row| row.get(0));
    match check.map_err(fault)?.as_str() {
        "ok" => Ok(connection),
        why => Err(Fault::Damaged(why.replace('\n', " "))),
    }
}

/// Locks a database as long as it is open.
fn lock(connection: &Connection, sync: SyncPolicy) -> rusqlite::Result<()> {
    let synchronous = match sync {
        SyncPolicy::Never => "OFF",
        SyncPolicy::EachSecond => "NORMAL",
        SyncPolicy::Always => "FULL",
    };
    connection.busy_timeout(std::time::Duration::ZERO)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "journal_size_limit", LOG)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.execute_batch("BEGIN IMMEDIATE; COMMIT")
}

fn flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// The fault that an error tells of. An error that the system did not cause shows that the file is damaged.
fn fault(place: &Place, error: &rusqlite::Error) -> Fault {
    let refused = |advice| Fault::Refused(place.refusal(&error.to_string(), advice));
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Fault::Refused(place.in_use()),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            refused(ALLOW)
        }
        Some(ErrorCode::DiskFull) => refused("make room, or name another file"),
        Some(ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory) => refused("name another file"),
        _ => Fault::Damaged(error.to_string()),
    }
}
