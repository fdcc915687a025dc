//! The terminal: how the run stands below, log lines above. A thread of its own draws, since a terminal may be slow;
//! where standard error is none, nothing is drawn.

pub(super) mod standing;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use standing::Standing;
use std::{
    io::{self, Write},
    sync::mpsc::{SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

/// What is drawn, of 1000.
const WHOLE: u64 = 1000;
/// States that may wait to be drawn. More would only be out of date.
const WAITING: usize = 2;

/// Standard error, shared by what is drawn and what is logged: write log lines here.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    bars: MultiProgress,
}

impl Screen {
    /// Whether there is a terminal to draw on.
    pub(super) fn is_there(&self) -> bool {
        !self.bars.is_hidden()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bars.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// What draws how a run stands, until it is dropped: then nothing of it is left.
pub(super) struct Display {
    states: Option<SyncSender<Standing>>,
    painter: Option<JoinHandle<()>>,
}

impl Display {
    /// Begins, where there is something to draw on.
    pub(super) fn start(screen: &Screen) -> io::Result<Option<Self>> {
        if !screen.is_there() {
            return Ok(None);
        }
        let (states, news) = sync_channel(WAITING);
        let bars = screen.bars.clone();
        let painter = thread::Builder::new()
            .name("screen".to_owned())
            .spawn(move || {
                let (bar, line) = (bar(&bars), line(&bars));
                for standing in news {
                    paint(&bar, &line, &standing);
                }
                // Nothing is left to be told of an error on where errors go.
                let _ = bars.clear();
            })?;
        Ok(Some(Self {
            states: Some(states),
            painter: Some(painter),
        }))
    }

    /// Has it drawn; if the last is still being drawn, not.
    pub(super) fn show(&self, standing: Standing) {
        if let Some(states) = &self.states {
            let _ = states.try_send(standing);
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.states = None;
        if let Some(painter) = self.painter.take() {
            // It can only have panicked, and that was logged.
            let _ = painter.join();
        }
    }
}

fn bar(bars: &MultiProgress) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:10.bold} {bar:30.cyan/dim} {wide_msg}")
        .expect("the template is right");
    let style = style.progress_chars("━╸─");
    bars.add(ProgressBar::new(WHOLE).with_style(style))
}

fn line(bars: &MultiProgress) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_msg}").expect("the template is right");
    bars.add(ProgressBar::new(WHOLE).with_style(style))
}

fn paint(bar: &ProgressBar, line: &ProgressBar, standing: &Standing) {
    bar.set_prefix(standing.phase());
    bar.set_position(standing.part());
    bar.set_message(standing.course());
    line.set_message(standing.figures());
}
