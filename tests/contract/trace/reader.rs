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
    /// The other fields, by which an entry binds to others.
    value: Value,
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

    /// Checks the rules of the format that a reader of traces relies on, which drops or misplaces other entries without a
    /// word ("Trace Event Format", and `json_trace_parser_impl.cc` of Perfetto).
    pub fn check(&self) {
        for entry in &self.0 {
            assert!(!entry.name.is_empty(), "{entry:?} has a name");
            let is_timed = entry.value["ts"].as_f64().is_some_and(|at| at >= 0.0);
            match &*entry.kind {
                "M" => assert!(entry.text.is_some(), "{entry:?} names something"),
                "X" => assert!(
                    is_timed && entry.value["dur"].as_f64() >= Some(0.0),
                    "{entry:?}"
                ),
                "i" => assert!(is_timed && entry.value["s"] == "t", "{entry:?}: on a track"),
                "s" | "f" => assert!(is_timed && entry.id.is_some(), "{entry:?}"),
                kind => panic!("no entry of this program is of kind {kind}"),
            }
        }
        self.check_names();
        self.check_nesting();
        self.check_arrows();
    }

    /// Each process and each track has one name.
    fn check_names(&self) {
        let mut names = Vec::new();
        let mut tracks = BTreeSet::new();
        for entry in &self.0 {
            match &*entry.name {
                "process_name" => names.push((entry.process, None)),
                "thread_name" => names.push((entry.process, Some(entry.track))),
                _ => {}
            }
            tracks.insert((entry.process, None));
            tracks.insert((entry.process, Some(entry.track)));
        }
        names.sort_unstable();
        assert!(names.iter().eq(&tracks), "{names:?} for {tracks:?}");
    }

    /// Of two entries with a length on one track, one lies within the other, or both lie apart.
    fn check_nesting(&self) {
        let mut all: Vec<&Entry> = self.0.iter().filter(|entry| entry.kind == "X").collect();
        all.sort_by_key(|entry| (entry.process, entry.track, entry.at, -entry.length));
        let mut open: Vec<&Entry> = Vec::new();
        for entry in all {
            let track = (entry.process, entry.track);
            open.retain(|outer| (outer.process, outer.track) == track && outer.end() > entry.at);
            for outer in &open {
                assert!(entry.end() <= outer.end(), "{entry:?} overlaps {outer:?}");
            }
            open.push(entry);
        }
    }

    /// Each arrow has one start and one end, later and on another track, and each of them lies in an entry of its track.
    fn check_arrows(&self) {
        let of = |kind: &str| self.0.iter().filter(|entry| entry.kind == kind).count();
        let (arrows, ids) = (self.arrows(), self.ids());
        assert_eq!([of("s"), of("f"), ids.len()], [arrows.len(); 3], "arrows");
        for (start, end) in arrows {
            let key = |entry: &Entry| {
                (
                    entry.process,
                    entry.name.clone(),
                    entry.value["cat"].clone(),
                )
            };
            assert_eq!(
                key(start),
                key(end),
                "Perfetto joins these, if the id is one"
            );
            assert!(
                start.at <= end.at && start.track != end.track,
                "{start:?}, {end:?}"
            );
            assert_eq!(end.value["bp"], "e", "{end:?} binds to the entry around it");
            for half in [start, end] {
                let holds = |entry: &&Entry| {
                    let is_there = (entry.process, entry.track) == (half.process, half.track);
                    let is_line = ["X", "i"].contains(&&*entry.kind);
                    is_there && is_line && (entry.at..=entry.end()).contains(&half.at)
                };
                assert!(
                    self.0.iter().any(|entry| holds(&entry)),
                    "{half:?} lies in no entry"
                );
            }
        }
    }

    /// The ids of the arrows.
    fn ids(&self) -> BTreeSet<i64> {
        self.0.iter().filter_map(|entry| entry.id).collect()
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
            value: value.clone(),
        }
    }

    fn end(&self) -> i64 {
        self.at + self.length
    }
}
