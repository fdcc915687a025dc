//! Upgrades of the server in the middle of a run: a thread sends SIGUSR2 again and again, and follows the server from
//! process to process.

use crate::reactor::system;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// The longest wait for a new process.
const PATIENCE: Duration = Duration::from_secs(30);
/// The time between two looks at the processes.
const LOOK: Duration = Duration::from_millis(5);

/// Begins the upgrades, one each time `every` has passed, until the returned value is dropped. The present process of
/// the server is in `process`.
pub(super) fn begin(every: Duration, process: Arc<AtomicU32>) -> Sender<()> {
    let (until, over) = channel();
    let work = move || upgrade_on(every, &process, &over);
    if let Err(error) = thread::Builder::new()
        .name("upgrades".to_owned())
        .spawn(work)
    {
        log::warn!("the server is not upgraded: {error}");
    }
    until
}

fn upgrade_on(every: Duration, process: &AtomicU32, over: &Receiver<()>) {
    for number in 1.. {
        if over.recv_timeout(every) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        let old = process.load(Relaxed);
        match upgrade(old) {
            Ok(new) => {
                process.store(new, Relaxed);
                log::info!("upgrade {number}: the process {new} has taken over from {old}");
            }
            Err(why) => return log::error!("upgrade {number} of the process {old} failed: {why}"),
        }
    }
}

/// Has a new process take over from the process `old`. Returns its number.
fn upgrade(old: u32) -> Result<u32, String> {
    let pid = i32::try_from(old).ok().and_then(Pid::from_raw);
    let sent = kill_process(pid.ok_or("there is no such process")?, Signal::USR2);
    sent.map_err(|error| error.to_string())?;
    let (begun, mut children) = (Instant::now(), HashSet::new());
    while begun.elapsed() < PATIENCE {
        let all = system::processes();
        children.extend(all.iter().filter(|it| it.parent == old).map(|it| it.id));
        if !all.iter().any(|it| it.id == old) || is_ended(old) {
            // The process that has checked the options has ended as well.
            let heir = all
                .iter()
                .find(|it| children.contains(&it.id) && !is_ended(it.id));
            return heir
                .map(|heir| heir.id)
                .ok_or("no process is left".to_owned());
        }
        thread::sleep(LOOK);
    }
    Err("no other process has taken over".to_owned())
}

/// True if a process has ended, whether or not its parent has asked for its status: then it has no memory.
fn is_ended(process: u32) -> bool {
    system::resident(Some(process)).is_none()
}
