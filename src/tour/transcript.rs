//! The transcript of a step: the lines of the loops and of the clients, in the order in which they came. Other threads wait
//! for lines in it.

use super::fault::Fault;
use log::{Level, Log, Metadata, Record};
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::{Duration, Instant},
};

/// The longest wait for a line.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most lines of a step.
const MOST: usize = 20_000;
/// The part of a line by which the loop says that it sleeps.
const SLEEPS: &str = ": may sleep";

/// The source of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    /// The loop of this process.
    Loop,
    /// The loop of the process that has taken over.
    NewLoop,
    /// A client, by its letter.
    Client(char),
}

/// A line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) speaker: Speaker,
    pub(super) text: String,
}

/// The lines of a step.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    lines: Mutex<Vec<Line>>,
    more: Condvar,
}

/// The logger of the tour: the lines of the loop and the server at every level, and other lines from level info on.
#[derive(Debug)]
pub(super) struct Logger(pub(super) Arc<Transcript>);

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let target = metadata.target();
        let is_the_loops = ["picture_frame::reactor", "picture_frame::server"]
            .iter()
            .any(|module| target.starts_with(module));
        is_the_loops || (metadata.level() <= Level::Info && target.starts_with("picture_frame"))
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.push(Speaker::Loop, record.args().to_string());
        }
    }

    fn flush(&self) {}
}

impl Transcript {
    /// Adds a line, unless the step has too many.
    pub(super) fn push(&self, speaker: Speaker, text: String) {
        let mut lines = self.lines();
        if lines.len() < MOST {
            lines.push(Line { speaker, text });
        }
        self.more.notify_all();
    }

    /// The number of lines so far.
    pub(super) fn len(&self) -> usize {
        self.lines().len()
    }

    /// Takes all lines. The line by which the loop says that it sleeps begins the next step as well.
    pub(super) fn take(&self) -> Vec<Line> {
        let mut lines = self.lines();
        let last = lines.last().filter(|line| line.text.contains(SLEEPS));
        let kept = last.cloned().into_iter().collect();
        std::mem::replace(&mut *lines, kept)
    }

    /// Waits until `look` finds something among the lines.
    pub(super) fn wait<T>(
        &self,
        what: &str,
        look: impl Fn(&[Line]) -> Option<T>,
    ) -> Result<T, Fault> {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = self.lines();
        loop {
            if let Some(found) = look(&lines) {
                return Ok(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Fault::of(format!("{what} has not come")));
            }
            let waited = self.more.wait_timeout(lines, left);
            lines = waited.expect("nothing panics here").0;
        }
    }

    /// Waits for a line of `speaker` that has `text`, behind the first `since` lines. Returns the line.
    pub(super) fn wait_for(
        &self,
        speaker: Speaker,
        since: usize,
        text: &str,
    ) -> Result<String, Fault> {
        let what = format!("the line {text:?} of the loop");
        self.wait(&what, |lines| {
            let mut lines = lines.iter().skip(since);
            let line = lines.find(|line| line.speaker == speaker && line.text.contains(text));
            line.map(|line| line.text.clone())
        })
    }

    /// Waits until `count` lines of `speaker` behind the first `since` lines have one of `texts`, and the loop sleeps
    /// afterwards.
    pub(super) fn wait_for_rest(
        &self,
        speaker: Speaker,
        since: usize,
        (texts, count): (&[&str], usize),
    ) -> Result<(), Fault> {
        let what = format!("the end of a turn with {texts:?}");
        self.wait(&what, |lines| {
            let own = |line: &&Line| line.speaker == speaker;
            let last = lines.iter().rfind(own)?;
            let is_meant = |line: &str| texts.iter().any(|text| line.contains(text));
            let has_all = matching(lines, speaker, since, is_meant) >= count;
            (has_all && last.text.contains(SLEEPS)).then_some(())
        })
    }

    /// The number of lines of `speaker` that are as `is_meant` says, behind the first `since` lines.
    pub(super) fn count(
        &self,
        speaker: Speaker,
        since: usize,
        is_meant: impl Fn(&str) -> bool,
    ) -> usize {
        matching(&self.lines(), speaker, since, is_meant)
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Line>> {
        self.lines.lock().expect("nothing panics here")
    }
}

fn matching(
    lines: &[Line],
    speaker: Speaker,
    since: usize,
    is_meant: impl Fn(&str) -> bool,
) -> usize {
    let lines = lines.iter().skip(since);
    let found = lines.filter(|line| line.speaker == speaker && is_meant(&line.text));
    found.count()
}
