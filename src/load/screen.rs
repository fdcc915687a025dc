//! The terminal: the run's standing below, log lines above. A thread of its own draws, since a terminal may be slow.
//! Nothing is drawn if standard error is no terminal.

pub(super) mod standing;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use standing::Standing;
use std::{
    io::{self, Write},
    sync::mpsc::{SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

/// The length of the whole bar.
const WHOLE: u64 = 1000;
/// Standings that may wait to be drawn: more would only be out of date.
const WAITING: usize = 2;

/// Standard error, shared by the drawing and the log: log lines are written here.
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

/// The display of a run's standing. Dropping it clears the drawing.
pub(super) struct Display {
    standings: Option<SyncSender<Standing>>,
    painter: Option<JoinHandle<()>>,
}

impl Display {
    /// Starts to draw; nothing if there is no terminal.
    pub(super) fn start(screen: &Screen) -> io::Result<Option<Self>> {
        if !screen.is_there() {
            return Ok(None);
        }
        let (standings, news) = sync_channel(WAITING);
        let bars = screen.bars.clone();
        let painter = thread::Builder::new()
            .name("screen".to_owned())
            .spawn(move || {
                let (bar, line) = (bar(&bars), line(&bars));
                for standing in news {
                    paint(&bar, &line, &standing);
                }
                // An error of standard error has nowhere to go.
                let _ = bars.clear();
            })?;
        Ok(Some(Self {
            standings: Some(standings),
            painter: Some(painter),
        }))
    }

    /// Has a standing drawn, unless others still wait.
    pub(super) fn show(&self, standing: Standing) {
        if let Some(standings) = &self.standings {
            let _ = standings.try_send(standing);
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.standings = None;
        if let Some(painter) = self.painter.take() {
            // The thread can only have panicked, which was logged.
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
