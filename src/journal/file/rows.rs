//! The rows of a journal's database: a chain of events, oldest first.
//!
//! A row names the id of the event before it. So a row tells where the chain is broken, when the events before it were
//! sent but not kept, or are lost: only the events behind the last break are told. A row without data is no event, but
//! an id from which a client can resume.

use super::place::Fault;
use crate::{
    event::Id,
    journal::{Entry, Kept},
};
use rusqlite::{CachedStatement, Connection, Row, params, types::ValueRef};

/// The table. An operator can read it with `sqlite3`.
pub const TABLE: &str = "CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    previous TEXT NOT NULL,
    name TEXT NOT NULL,
    data TEXT,
    checksum INTEGER NOT NULL
) STRICT";

/// The rows that were read.
pub struct Rows {
    pub kept: Kept,
    /// The number of the newest row.
    pub newest: i64,
}

/// Reads the newest `most` events.
pub fn read(connection: &Connection, most: usize) -> Result<Rows, Fault> {
    let query = "SELECT number, id, previous, name, data, checksum FROM event ORDER BY number";
    let mut statement = connection.prepare(query).map_err(damaged)?;
    let mut found = statement.query([]).map_err(damaged)?;
    let mut rows: Option<Rows> = None;
    while let Some(row) = found.next().map_err(damaged)? {
        let stored = Stored::of(row).map_err(damaged)?;
        let rows = rows.get_or_insert_with(|| Rows::before(&stored));
        stored.join(rows)?;
    }
    let mut rows = rows.ok_or_else(|| Fault::Damaged("it has no row".to_owned()))?;
    let events = &mut rows.kept.events;
    let surplus = events.len().saturating_sub(most);
    if let Some(dropped) = events.drain(..surplus).next_back() {
        rows.kept.after = dropped.id;
    }
    Ok(rows)
}

fn damaged(error: rusqlite::Error) -> Fault {
    Fault::Damaged(error.to_string())
}

impl Rows {
    /// No rows, before the first row.
    fn before(first: &Stored<'_>) -> Self {
        let after = first.previous;
        Self {
            kept: Kept {
                after,
                events: Vec::new(),
                until: after,
            },
            newest: 0,
        }
    }
}

/// A row.
struct Stored<'a> {
    number: i64,
    id: Id,
    previous: Id,
    name: &'a str,
    data: Option<&'a str>,
}

impl<'a> Stored<'a> {
    fn of(row: &'a Row<'_>) -> rusqlite::Result<Self> {
        let text = |index| Ok::<_, rusqlite::Error>(row.get_ref(index)?.as_str()?);
        let id = |text: &str| text.parse().map_err(|_| rusqlite::Error::InvalidQuery);
        let (number, texts) = (row.get(0)?, [text(1)?, text(2)?, text(3)?]);
        let data = match row.get_ref(4)? {
            ValueRef::Null => None,
            data => Some(data.as_str()?),
        };
        if row.get::<_, i64>(5)? != checksum(number, texts, data) {
            return Err(rusqlite::Error::InvalidQuery);
        }
        let [of, previous, name] = texts;
        Ok(Self {
            number,
            id: id(of)?,
            previous: id(previous)?,
            name,
            data,
        })
    }

    /// Adds the row to the rows before it.
    fn join(self, rows: &mut Rows) -> Result<(), Fault> {
        let kept = &mut rows.kept;
        let last = kept.last();
        if self.id <= last && rows.newest > 0 || self.previous > self.id {
            return Err(Fault::Damaged("its ids do not grow".to_owned()));
        }
        if self.previous != last || self.data.is_none() {
            kept.events.clear();
            kept.after = self.previous;
        }
        match self.data {
            None => kept.after = self.id,
            Some(data) => kept.events.push(Entry {
                id: self.id,
                name: self.name.to_owned(),
                data: data.to_owned(),
            }),
        }
        rows.newest = self.number;
        Ok(())
    }
}

/// Inserts rows.
pub struct Insert<'a>(CachedStatement<'a>);

impl<'a> Insert<'a> {
    pub fn new(connection: &'a Connection) -> rusqlite::Result<Self> {
        let insert = "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        connection.prepare_cached(insert).map(Self)
    }

    /// Inserts an event behind the event `previous`.
    pub fn event(&mut self, number: i64, entry: &Entry, previous: Id) -> rusqlite::Result<()> {
        self.row(&Stored {
            number,
            id: entry.id,
            previous,
            name: &entry.name,
            data: Some(&entry.data),
        })
    }

    /// Inserts an id that is no event's, from which a client can resume.
    pub fn place(&mut self, number: i64, id: Id) -> rusqlite::Result<()> {
        self.row(&Stored {
            number,
            id,
            previous: id,
            name: "",
            data: None,
        })
    }

    fn row(&mut self, row: &Stored<'_>) -> rusqlite::Result<()> {
        let (id, previous) = (row.id.to_string(), row.previous.to_string());
        let sum = checksum(row.number, [&id, &previous, row.name], row.data);
        let columns = params![row.number, id, previous, row.name, row.data, sum];
        self.0.execute(columns).map(drop)
    }
}

/// The checksum of a row's columns. A length before each text tells where the text ends.
fn checksum(number: i64, texts: [&str; 3], data: Option<&str>) -> i64 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&number.to_le_bytes());
    for text in texts.map(Some).into_iter().chain([data]) {
        let length = text.map_or(u64::MAX, |text| text.len() as u64);
        sum.update(&length.to_le_bytes());
        sum.update(text.unwrap_or_default().as_bytes());
    }
    sum.finalize().into()
}
