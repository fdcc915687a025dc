//! Logging that never blocks its caller. A line that cannot be written at once waits in a bounded queue; a line beyond
//! the bound is dropped and counted. The loop must not stand still because a terminal or a pipe does.

mod discreet;
mod trace;

use discreet::{Discreet, visible};
use env_logger::{Builder, Env, Target};
use log::{LevelFilter, Log, Metadata, Record};
use std::{
    env,
    fs::File,
    io::{self, Write},
    panic,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};
use trace::Trace;

/// Lines that may wait to be written: a burst, not a flood.
const QUEUE: usize = 4096;
/// Bound on writing the last lines.
const FLUSH: Duration = Duration::from_secs(1);

enum Entry {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

struct Background {
    queue: SyncSender<Entry>,
    dropped: Arc<AtomicU64>,
}

impl Write for Background {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Entry::Line(bytes.to_vec())).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The logger that `log` calls: it filters each line, and queues it for the writer's thread.
struct Logger {
    discreet: Discreet,
    queue: SyncSender<Entry>,
    trace: Option<Trace>,
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.discreet.enabled(metadata) || (self.trace.is_some() && Trace::wants(metadata))
    }

    fn log(&self, record: &Record<'_>) {
        self.discreet.log(record);
        if let Some(trace) = &self.trace {
            trace.log(record);
        }
    }

    fn flush(&self) {
        flush(&self.queue);
        if let Some(trace) = &self.trace {
            trace.flush();
        }
    }
}

/// Waits until the lines that were queued before are written.
fn flush(queue: &SyncSender<Entry>) {
    let (tell, told) = sync_channel(1);
    if queue.try_send(Entry::Flush(tell)).is_ok() {
        // A reader that has stopped reading must not keep the program from ending.
        let _ = told.recv_timeout(FLUSH);
    }
}

/// Sends all logging to `out`, at the level that `RUST_LOG` names, or at info. An empty variable names none.
/// The turns of the loop are written to `trace` as well.
///
/// # Errors
///
/// [`io::Error`], when the system refuses the writer's thread, or when a logger is set already.
pub fn start(out: impl Write + Send + 'static, trace: Option<File>) -> io::Result<()> {
    let (queue, lines) = sync_channel(QUEUE);
    let dropped = Arc::<AtomicU64>::default();
    let count = Arc::clone(&dropped);
    thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || write(out, &lines, &count))?;
    let target = Background {
        queue: queue.clone(),
        dropped,
    };
    let mut builder = Builder::from_env(Env::default().default_filter_or("info"));
    if env::var_os("RUST_LOG").is_some_and(|filter| filter.is_empty()) {
        builder.parse_filters("info");
    }
    let logger = builder.target(Target::Pipe(Box::new(target))).build();
    // A thread that panics must not wait for standard error either.
    panic::set_hook(Box::new(|panic| log::error!("{panic}")));
    let trace = trace.map(Trace::start).transpose()?;
    log::set_max_level(match trace {
        Some(_) => LevelFilter::Trace,
        None => logger.filter(),
    });
    let logger = Logger {
        discreet: Discreet::new(logger),
        queue,
        trace,
    };
    log::set_boxed_logger(Box::new(logger)).map_err(io::Error::other)
}

/// Writes a line to standard error, past the log, with control characters escaped. Waits for the write at most as long as
/// the last lines of the log may take; then the program goes on without the line.
pub fn say(line: String) {
    let (tell, told) = sync_channel(1);
    let write = move || {
        drop(writeln!(io::stderr(), "{}", visible(&line)));
        let _ = tell.send(());
    };
    if thread::Builder::new()
        .name("say".to_owned())
        .spawn(write)
        .is_ok()
    {
        let _ = told.recv_timeout(FLUSH);
    }
}

fn write(mut out: impl Write, lines: &Receiver<Entry>, dropped: &AtomicU64) {
    // A write that fails cannot be reported: standard error is the place for errors.
    while let Ok(entry) = lines.recv() {
        match entry {
            Entry::Line(line) => drop(out.write_all(&line)),
            Entry::Flush(tell) => drop(tell.send(())),
        }
        let count = dropped.swap(0, Ordering::Relaxed);
        if count > 0 {
            drop(writeln!(
                out,
                "{count} log lines were dropped: they came faster than they could be written"
            ));
        }
    }
}
