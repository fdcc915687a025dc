//! The loop's turns as a trace in Chrome's JSON format, which Perfetto draws: a track for the loop with the steps of each
//! turn, a track for each connection with the lines about it, and an arrow from each published event to its deliveries.
//!
//! The lines of the log have all that is drawn: a line about a connection has the connection's number as a value, and
//! the last line of a turn has the durations of the steps.

use super::{Entry, QUEUE, flush};
use log::{Metadata, Record};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Write},
    process,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::{Instant, SystemTime},
};

/// The most bytes of a trace: Perfetto, in a browser, opens no much larger file.
const MOST: u64 = 256 * 1024 * 1024;
/// The published events whose times are kept, for the arrows.
const EVENTS: usize = 1024;
/// The track of the loop. A connection has the track of its number.
const LOOP: u64 = 0;
/// The nanoseconds of a day. Times are told since midnight, since 64 bits have no nanoseconds for times since 1970.
const DAY: u128 = 86_400_000_000_000;
/// The length that a line has on the track of its connection, in nanoseconds. An arrow needs a line with a length.
const LINE: u64 = 500;
/// The steps of a turn, in their order, as the last line of a turn names them.
const STEPS: [&str; 8] = [
    "serve",
    "tell_ends",
    "deliver",
    "read_on",
    "expire",
    "accept",
    "turn",
    "bury",
];

/// The writer of a trace.
pub(super) struct Trace {
    queue: SyncSender<Entry>,
    began: Instant,
    /// The time of `began`, in nanoseconds since midnight.
    epoch: u64,
    /// The greatest number of a connection whose track has a name.
    named: AtomicU64,
    arrows: AtomicU64,
    /// The times at which events were published, by channel and number.
    published: Mutex<VecDeque<((u64, u64), u64)>>,
    dropped: AtomicU64,
}

impl Trace {
    /// Begins a trace, which a thread of its own adds to `file`.
    pub(super) fn start(file: File) -> io::Result<Self> {
        let (queue, lines) = sync_channel(QUEUE);
        thread::Builder::new()
            .name("trace".to_owned())
            .spawn(move || write(file, &lines))?;
        let since_1970 = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let trace = Self {
            queue,
            began: Instant::now(),
            epoch: (since_1970.as_nanos() % DAY) as u64,
            named: AtomicU64::default(),
            arrows: AtomicU64::default(),
            published: Mutex::default(),
            dropped: AtomicU64::default(),
        };
        trace.add(
            "M",
            LOOP,
            "process_name",
            json!({"args": {"name": "picture-frame"}}),
        );
        trace.add(
            "M",
            LOOP,
            "thread_name",
            json!({"args": {"name": "the loop"}}),
        );
        Ok(trace)
    }

    /// True if the trace has the lines of this module.
    pub(super) fn wants(metadata: &Metadata<'_>) -> bool {
        ["picture_frame::reactor", "picture_frame::server"]
            .iter()
            .any(|module| metadata.target().starts_with(module))
    }

    /// Draws a line of the log.
    pub(super) fn log(&self, record: &Record<'_>) {
        if !Self::wants(record.metadata()) {
            return;
        }
        let now = self.epoch + self.began.elapsed().as_nanos() as u64;
        let text = record.args().to_string();
        match (number(record, "number"), number(record, "connection")) {
            (Some(turn), _) => self.draw_turn(record, turn, now),
            (None, Some(connection)) => self.draw_line(record, connection, &text, now),
            (None, None) => self.add("i", LOOP, &text, json!({"ts": micros(now), "s": "t"})),
        }
        if let (Some(channel), Some(event)) =
            (number(record, "channel"), number(record, "published"))
        {
            let mut published = self.published.lock().expect("nothing panics here");
            published.truncate(EVENTS - 1);
            published.push_front(((channel, event), now));
        }
    }

    /// Draws a turn that has ended at `now`, with its steps, and the wait before it.
    fn draw_turn(&self, record: &Record<'_>, turn: u64, now: u64) {
        let took = |step| number(record, step).unwrap_or_default();
        let length: u64 = STEPS.into_iter().map(took).sum();
        let (mut at, wait) = (now - length, took("wait"));
        self.add(
            "X",
            LOOP,
            "wait",
            json!({"ts": micros(at - wait), "dur": micros(wait)}),
        );
        self.add(
            "X",
            LOOP,
            &format!("turn {turn}"),
            json!({"ts": micros(at), "dur": micros(length)}),
        );
        for step in STEPS {
            let took = took(step);
            self.add(
                "X",
                LOOP,
                &step.replace('_', " "),
                json!({"ts": micros(at), "dur": micros(took)}),
            );
            at += took;
        }
    }

    /// Draws a line about a connection, and the arrows to it if events were delivered.
    fn draw_line(&self, record: &Record<'_>, connection: u64, text: &str, now: u64) {
        if self.named.fetch_max(connection, Ordering::Relaxed) < connection {
            let name = format!("connection {connection}");
            self.add(
                "M",
                connection,
                "thread_name",
                json!({"args": {"name": name}}),
            );
        }
        let (_, told) = text.split_once(": ").unwrap_or(("", text));
        self.add(
            "X",
            connection,
            told,
            json!({"ts": micros(now), "dur": micros(LINE)}),
        );
        let [Some(channel), Some(had), Some(has)] =
            ["channel", "had", "has"].map(|name| number(record, name))
        else {
            return;
        };
        let published = self.published.lock().expect("nothing panics here");
        for ((_, event), began) in published.iter().filter(|((of, _), _)| *of == channel) {
            if (had + 1..=has).contains(event) {
                let id = self.arrow();
                let name = format!("event {event}");
                self.add(
                    "s",
                    LOOP,
                    &name,
                    json!({"cat": "event", "id": id, "ts": micros(*began)}),
                );
                let end = json!({"cat": "event", "id": id, "ts": micros(now), "bp": "e"});
                self.add("f", connection, &name, end);
            }
        }
    }

    /// The id of the next arrow. Perfetto joins the ends of an arrow by the id alone, so that no two processes which write
    /// into one file may give the same id. An id has 52 bits, since a number of JSON may lose more.
    fn arrow(&self) -> u64 {
        let number = self.arrows.fetch_add(1, Ordering::Relaxed);
        (u64::from(process::id()) << 30) | (number & ((1 << 30) - 1))
    }

    /// Queues an entry of the trace, which is dropped if too many wait.
    fn add(&self, kind: &str, track: u64, name: &str, mut entry: Value) {
        entry["ph"] = kind.into();
        entry["pid"] = process::id().into();
        entry["tid"] = track.into();
        entry["name"] = name.into();
        let line = format!("{entry}").into_bytes();
        if self.queue.try_send(Entry::Line(line)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until what was drawn is written, and says how much is missing.
    pub(super) fn flush(&self) {
        let count = self.dropped.swap(0, Ordering::Relaxed);
        if count > 0 {
            log::warn!(
                "the trace lacks {count} entries: they came faster than they could be written"
            );
        }
        flush(&self.queue);
    }
}

/// Nanoseconds in microseconds, the format's unit.
fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1e3
}

/// A number that a line of the log has under this name.
fn number(record: &Record<'_>, name: &str) -> Option<u64> {
    record.key_values().get(name.into())?.to_u64()
}

/// Writes entries, each in a line of its own. The array of entries has no end, which the format allows, so that a
/// process can add to the trace of another.
fn write(mut file: File, lines: &Receiver<Entry>) {
    let mut length = file.metadata().map_or(0, |data| data.len());
    while let Ok(entry) = lines.recv() {
        let mut line = match entry {
            Entry::Flush(tell) => {
                let _ = tell.send(());
                continue;
            }
            Entry::Line(line) => line,
        };
        line.splice(..0, if length == 0 { *b"[\n" } else { *b",\n" });
        if length > MOST {
            continue;
        }
        length += line.len() as u64;
        if let Err(error) = file.write_all(&line) {
            log::error!("the trace ends here: {error}");
            length = MOST + 1;
        } else if length > MOST {
            log::warn!("the trace ends here: it has {MOST} bytes");
        }
    }
}
