//! The start of the new process, on a thread of its own: the loop serves on meanwhile.

use super::VARIABLE;
use crate::{
    handover::{FORMAT, Frame, Hello, Offer},
    reactor::{Courier, Handler, Lost, Reactor},
};
use std::{
    fmt,
    io::{self, Read},
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// The longest wait for the check of the options, and for the hello of the new process.
const PATIENCE: Duration = Duration::from_secs(10);
/// The time between two looks at a process.
const LOOK: Duration = Duration::from_millis(10);
/// The longest wait for the exit status of a process that has closed its end.
const ENDING: Duration = Duration::from_secs(1);
/// The most bytes of a process's lines that are looked at.
const LINES: u64 = 16 * 1024;

/// The commands that start a new version: a check of its options, and its process.
pub(crate) struct Successor {
    commands: Box<dyn Fn() -> [Command; 2]>,
}

/// A thread that starts a new process. When this is dropped, the thread kills the process and ends.
pub(in crate::server) struct Starting {
    is_cancelled: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// A new process that waits for the hand-over. It is killed when this is dropped.
pub(in crate::server) struct Ready {
    child: Option<Child>,
    pub(super) courier: Courier,
    pub(super) hello: Hello,
}

/// A process that is killed when this is dropped.
struct Running(Option<Child>);

impl Drop for Starting {
    fn drop(&mut self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // The thread looks at the flag each 10 ms.
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // A process that has ended already cannot be killed.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        drop(Running(self.child.take()));
    }
}

impl Ready {
    /// The number of the process.
    pub(super) fn process(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// Lets the process live on. Returns the way to it.
    pub(super) fn keep(&mut self) -> &mut Courier {
        self.child = None;
        &mut self.courier
    }
}

impl fmt::Debug for Successor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Successor").finish_non_exhaustive()
    }
}

impl Successor {
    /// A successor that `commands` start: the first checks the options and ends, the second runs the server.
    pub(crate) fn new(commands: impl Fn() -> [Command; 2] + 'static) -> Self {
        Self {
            commands: Box::new(commands),
        }
    }

    /// Starts a thread that starts the new process, and calls `tell` with the outcome.
    ///
    /// # Errors
    ///
    /// When the system refuses a descriptor or a thread.
    pub(super) fn start<H: Handler>(
        &self,
        reactor: &Reactor<H>,
        tell: impl FnOnce(Result<Ready, String>) + Send + 'static,
    ) -> io::Result<Starting> {
        let mut listeners = Vec::new();
        let mut descriptors = Vec::new();
        for (carried, descriptor) in reactor.lend_listeners() {
            listeners.push(carried);
            descriptors.push(descriptor.try_clone_to_owned()?);
        }
        let offer = Frame::Offer(Offer {
            format: FORMAT,
            listeners,
        });
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let launch = Launch {
            until: Instant::now() + PATIENCE,
            is_cancelled: Arc::clone(&is_cancelled),
        };
        let commands = (self.commands)();
        let work = move || {
            tell(launch.run(commands, &offer, &descriptors));
        };
        let thread = thread::Builder::new().name("upgrade".to_owned());
        Ok(Starting {
            is_cancelled,
            thread: Some(thread.spawn(work)?),
        })
    }
}

/// The start of a process.
struct Launch {
    /// The time at which the present wait is over.
    until: Instant,
    is_cancelled: Arc<AtomicBool>,
}

impl Launch {
    fn run(
        mut self,
        [check, run]: [Command; 2],
        offer: &Frame,
        listeners: &[OwnedFd],
    ) -> Result<Ready, String> {
        self.check(check)?;
        self.until = Instant::now() + PATIENCE;
        self.greet(run, offer, listeners)
    }

    /// Has the new version check its options.
    fn check(&self, mut check: Command) -> Result<(), String> {
        let (mut lines, theirs) = UnixStream::pair().map_err(refused)?;
        check.stdin(Stdio::null()).stdout(Stdio::null());
        check.stderr(OwnedFd::from(theirs));
        let mut running = Running(Some(
            check.spawn().map_err(|error| cannot_run(&check, &error))?,
        ));
        // The command has a descriptor of the other end.
        drop(check);
        let status = self.end_of(&mut running, self.until);
        let Some(status) = status.map_err(refused)? else {
            return Err("the new version hangs when it is to check its options".to_owned());
        };
        match status.success() {
            true => Ok(()),
            false => Err(format!(
                "the new version refuses its options ({status}): {}",
                last_line(&mut lines)
            )),
        }
    }

    /// Starts the new process, and waits for its hello.
    fn greet(
        &self,
        mut run: Command,
        offer: &Frame,
        listeners: &[OwnedFd],
    ) -> Result<Ready, String> {
        let (ours, theirs) = UnixStream::pair().map_err(refused)?;
        run.stdin(OwnedFd::from(theirs));
        run.env(VARIABLE, "1");
        let mut running = Running(Some(run.spawn().map_err(|error| cannot_run(&run, &error))?));
        drop(run);
        let mut courier = Courier::new(ours);
        let descriptors: Vec<_> = listeners.iter().map(AsFd::as_fd).collect();
        let sent = courier.send(offer, &descriptors, self.until);
        let answer = match sent {
            // A process that has ended may have said why.
            Ok(()) | Err(Lost::Ended) => self.hello(&mut courier),
            Err(lost) => Err(lost),
        };
        match answer {
            Ok(Frame::Hello(hello)) if hello.format == FORMAT => Ok(Ready {
                child: running.0.take(),
                courier,
                hello,
            }),
            Ok(Frame::Hello(hello)) => Err(format!(
                "the new version speaks format {} of the hand-over, and this one format {FORMAT}",
                hello.format
            )),
            Ok(Frame::Failed(why)) => Err(format!("the new version cannot take over: {why}")),
            Ok(_) => Err("the new version does not say hello".to_owned()),
            Err(lost) => Err(self.tell_end(&mut running, &lost)),
        }
    }

    /// Waits for the first frame of the new process.
    fn hello(&self, courier: &mut Courier) -> Result<Frame, Lost> {
        loop {
            match courier.receive(Some(self.until.min(Instant::now() + LOOK))) {
                Err(Lost::Late) if !self.is_over(self.until) => {}
                received => return received.map(|(frame, _)| frame),
            }
        }
    }

    /// The line about a process that gave no hello.
    fn tell_end(&self, running: &mut Running, lost: &Lost) -> String {
        let ended = match lost {
            Lost::Ended => self.end_of(running, Instant::now() + ENDING),
            _ => Ok(None),
        };
        match ended {
            Ok(Some(status)) => format!("the new version ended ({status}) before it was ready"),
            _ => format!("the new version is not ready: {lost}"),
        }
    }

    /// Waits for the end of a process, until a time. `None` if it does not end.
    fn end_of(&self, running: &mut Running, until: Instant) -> io::Result<Option<ExitStatus>> {
        let Some(child) = &mut running.0 else {
            return Ok(None);
        };
        loop {
            let status = child.try_wait()?;
            if status.is_some() || self.is_over(until) {
                return Ok(status);
            }
            thread::sleep(LOOK);
        }
    }

    fn is_over(&self, until: Instant) -> bool {
        Instant::now() >= until || self.is_cancelled.load(Ordering::Relaxed)
    }
}

fn refused(error: io::Error) -> String {
    format!("the system refused: {error}")
}

fn cannot_run(command: &Command, error: &io::Error) -> String {
    let path = command.get_program().to_string_lossy();
    format!("the new version cannot be started: {path}: {error}")
}

/// The last line that a process has written, without a wait.
fn last_line(lines: &mut UnixStream) -> String {
    let mut bytes = Vec::new();
    let read = lines.set_nonblocking(true);
    let _ = read.and_then(|()| lines.take(LINES).read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes);
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    last.map_or("it says nothing".to_owned(), |line| {
        line.trim().escape_debug().to_string()
    })
}
