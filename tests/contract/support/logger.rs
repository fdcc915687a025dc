//! The one logger of the test process, for tests of the library in this process.

use log::{Level, LevelFilter, Log, Metadata, Record};
use std::{
    cell::RefCell,
    sync::{Mutex, Once},
};

struct Collector;

/// Lines at warn or above that any thread has logged.
static WARNINGS: Mutex<Vec<String>> = Mutex::new(Vec::new());

thread_local! {
    /// Lines that this thread has logged.
    static LINES: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
}

impl Log for Collector {
    /// Leaves out ureq's own lines, which name the URL, as the program's logger does.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        !metadata.target().starts_with("ureq")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let text = record.args().to_string();
            if record.level() <= Level::Warn {
                WARNINGS.lock().unwrap().push(text.clone());
            }
            LINES.with_borrow_mut(|lines| lines.push((record.level(), text)));
        }
    }

    fn flush(&self) {}
}

/// Collects lines from then on.
pub fn collect() {
    static COLLECT: Once = Once::new();
    COLLECT.call_once(|| {
        log::set_logger(&Collector).expect("the only logger");
        log::set_max_level(LevelFilter::Trace);
    });
}

/// Takes the lines that this thread has logged.
pub fn take() -> Vec<(Level, String)> {
    LINES.take()
}

/// Lines at warn or above that any thread has logged and that begin with `beginning`.
pub fn warnings(beginning: &str) -> Vec<String> {
    let lines = WARNINGS.lock().unwrap();
    let found = lines.iter().filter(|line| line.starts_with(beginning));
    found.cloned().collect()
}
