//! A reader of traces in Chrome's JSON format. Times are in nanoseconds.

use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};

/// An entry of a trace.
#[derive(Debug)]
pub struct Entry {
    pub kind: String,
    pub name: String,
    pub process: i64,
    pub track: i64,
    pub at: i64,
    pub length: i64,
    pub id: Option<i64>,
    text: Option<String>,
}

/// A whole trace.
pub struct Trace(Vec<Entry>);

impl Trace {
    /// Reads a file. Its list has no end, which the format allows.
    pub fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        // The last entry may be half written while the server runs.
        let whole = match text.ends_with('}') {
            true => &*text,
            false => text.rsplit_once(",\n").map_or("[", |(whole, _)| whole),
        };
        let list: Vec<Value> = serde_json::from_str(&format!("{whole}]")).unwrap();
        Self(list.iter().map(Entry::new).collect())
    }

    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    pub fn turns(&self) -> Vec<&Entry> {
        let is_turn = |entry: &&Entry| entry.kind == "X" && entry.name.starts_with("turn ");
        self.0.iter().filter(is_turn).collect()
    }

    /// The entries of these names that follow the entry of a turn, before the next wait.
    pub fn within(&self, turn: &Entry, names: &[&str]) -> Vec<&Entry> {
        let behind = self
            .0
            .iter()
            .skip_while(|entry| !std::ptr::eq(*entry, turn));
        let behind = behind.skip(1).take_while(|entry| entry.kind == "X");
        behind
            .take_while(|entry| names.contains(&&*entry.name))
            .collect()
    }

    /// The arrows: their starts and ends, by the tracks of the ends.
    pub fn arrows(&self) -> Vec<(&Entry, &Entry)> {
        let of = |kind: &'static str| self.0.iter().filter(move |entry| entry.kind == kind);
        let end = |start: &Entry| of("f").find(|end| end.id == start.id).unwrap();
        let mut arrows: Vec<_> = of("s").map(|start| (start, end(start))).collect();
        arrows.sort_by_key(|(_, end)| end.track);
        arrows
    }

    /// The name of a track.
    pub fn track(&self, number: i64) -> Option<&str> {
        let mut entries = self.0.iter();
        let named = entries.find(|entry| entry.name == "thread_name" && entry.track == number)?;
        named.text.as_deref()
    }

    pub fn processes(&self) -> BTreeSet<i64> {
        self.0.iter().map(|entry| entry.process).collect()
    }
}

impl Entry {
    fn new(value: &Value) -> Self {
        let number = |name: &str| value[name].as_i64();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let nanos = |name: &str| (value[name].as_f64().unwrap_or_default() * 1e3).round() as i64;
        Self {
            kind: text(&value["ph"]).unwrap(),
            name: text(&value["name"]).unwrap(),
            process: number("pid").unwrap(),
            track: number("tid").unwrap(),
            at: nanos("ts"),
            length: nanos("dur"),
            id: number("id"),
            text: text(&value["args"]["name"]),
        }
    }
}
